//! The walkthrough: the stages and steps, and of the chosen step why it is asked, what will be done, and where it stands.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr as _;

use super::frame::{block, fit, pad, page, spinner, wrap};
use crate::cockpit::{Job, State};
use crate::keymap::Press;
use crate::model::{Doing, PlanPart, StepKey, StepState, Symbol, WalkStep};
use crate::tui::hits::Target;
use crate::tui::screens::GoLive;
use crate::tui::ui::Ui;

/// From this width on the steps stand beside the chosen one.
const WIDE: u16 = 76;
/// From this inner width on the list has a word beside each mark.
const WORDS: usize = 34;
/// How many lines of a job's output are shown.
const TAIL: usize = 6;

pub(in crate::tui) fn render(
    screen: &GoLive,
    state: &State,
    ui: &Ui,
    turn: usize,
    frame: &mut Frame,
    area: Rect,
) {
    let [list, step] = if area.width >= WIDE {
        let left = (area.width * 36 / 100).clamp(30, 58);
        Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(area)
    } else {
        Layout::vertical([Constraint::Length(5), Constraint::Fill(1)]).areas(area)
    };
    let place = screen.place(state);
    steps(place, state, ui, turn, frame, list);
    if let Some(place) = place {
        let shown = &state.walkthrough.steps[place];
        let title = format!("Step {} of {}", place + 1, state.walkthrough.steps.len());
        let lines = lines(shown, state, ui, turn, usize::from(step.width.saturating_sub(4)));
        page(&title, lines, &screen.pager, ui, frame, step);
    } else {
        page("Go-live", vec![Line::from(" looking")], &screen.pager, ui, frame, step);
    }
    if let Some((key, reason)) = &screen.reason {
        ask_reason(*key, reason, ui, frame, area);
    }
}

/// The stages with their steps; the chosen one is always in sight.
fn steps(chosen: Option<usize>, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(2));
    let mut rows: Vec<(Option<usize>, Line<'static>)> = Vec::new();
    for part in PlanPart::ALL {
        rows.push((None, Line::styled(fit(part.title(), width), ui.theme.title())));
        for (place, step) in state.walkthrough.of(part) {
            rows.push((Some(place), row(place, step, chosen == Some(place), ui, turn, width)));
        }
    }
    let height = usize::from(area.height.saturating_sub(2)).max(1);
    let at = rows.iter().position(|(place, _)| place.is_some() && *place == chosen).unwrap_or(0);
    let first = (at + 2).saturating_sub(height).min(rows.len().saturating_sub(height));
    let shown: Vec<_> = rows.into_iter().skip(first).take(height).collect();
    for (row, (place, _)) in (area.y + 1..).zip(&shown) {
        if let Some(place) = place {
            ui.hits.add(Rect { y: row, height: 1, ..area }, Target::Row(*place));
        }
    }
    let done = state.walkthrough.steps.iter().filter(|step| matches!(step.state, StepState::Done(_))).count();
    let count = format!(" {done} of {} done ", state.walkthrough.steps.len());
    let block = block(ui, false)
        .title(Span::styled(" Go-live ", ui.theme.title()))
        .title(Line::styled(count, ui.theme.dim()).right_aligned());
    let lines: Vec<Line> = shown.into_iter().map(|(_, line)| line).collect();
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// `▌✓  3 Build every image…   done`.
fn row(place: usize, step: &WalkStep, chosen: bool, ui: &Ui, turn: usize, width: usize) -> Line<'static> {
    // Where the titles would be cut for it, the mark says it alone.
    let word = if width >= WORDS { short(&step.state) } else { "" };
    let title = width.saturating_sub(6 + word.width() + 1);
    Line::from(vec![
        Span::styled(if chosen { "▌" } else { " " }, ui.theme.border(true)),
        Span::styled(mark(&step.state, turn), style(&step.state, ui)),
        Span::styled(format!(" {:>2} ", place + 1), ui.theme.dim()),
        Span::styled(pad(&step.title, title), if chosen { ui.theme.title() } else { ui.theme.text() }),
        Span::styled(format!(" {word}"), style(&step.state, ui)),
    ])
}

fn mark(state: &StepState, turn: usize) -> &'static str {
    if matches!(state, StepState::Running(_)) { spinner(turn) } else { state.mark() }
}

/// The word for a state in a narrow list.
fn short(state: &StepState) -> &'static str {
    match state {
        StepState::Said(_) => "said",
        StepState::Failed(_) => "not yet",
        state => state.word(),
    }
}

fn style(state: &StepState, ui: &Ui) -> Style {
    match state {
        StepState::Done(_) => ui.theme.symbol(Symbol::Done),
        StepState::Failed(_) => ui.theme.symbol(Symbol::Not),
        StepState::Said(_) => ui.theme.symbol(Symbol::Partly),
        StepState::Open | StepState::Running(_) => ui.theme.accent(),
        StepState::Looking | StepState::Waits(_) | StepState::Skipped(_) => ui.theme.dim(),
    }
}

/// Everything that the operator has to know of a step.
fn lines(step: &WalkStep, state: &State, ui: &Ui, turn: usize, width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> = wrap(&step.title, width)
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), ui.theme.title()))
        .collect();
    let now = format!("{} {}: {}", mark(&step.state, turn), step.state.word(), step.state.detail());
    lines.extend(
        wrap(&now, width).into_iter().map(|line| Line::styled(format!(" {line}"), style(&step.state, ui))),
    );
    for line in wrap(&asked(step, ui), width) {
        lines.push(Line::styled(format!(" {line}"), ui.theme.title()));
    }
    lines.push(Line::default());
    if step.key == StepKey::Report {
        verdict(&mut lines, state, ui, width);
    }
    said(&mut lines, "Why", &step.why, ui.theme.text(), ui, width);
    for (place, answer) in step.answers.iter().enumerate() {
        said(&mut lines, if place == 0 { "Item" } else { "" }, answer, ui.theme.dim(), ui, width);
    }
    said(&mut lines, "What", &step.does, ui.theme.text(), ui, width);
    said(&mut lines, "Effect", step.doing.words(), ui.theme.warning(), ui, width);
    if let Some(points) = step.points {
        said(&mut lines, "Points", &format!("{points:+}"), ui.theme.title(), ui, width);
    }
    said(&mut lines, "Time", &step.time.to_string(), ui.theme.dim(), ui, width);
    for (place, command) in step.commands.iter().enumerate() {
        said(&mut lines, if place == 0 { "Command" } else { "" }, command, ui.theme.accent(), ui, width);
    }
    if let Some(job) = job(step, state) {
        progress(&mut lines, job, ui, width);
    }
    lines
}

fn said(lines: &mut Vec<Line<'static>>, name: &str, text: &str, style: Style, ui: &Ui, width: usize) {
    for (place, line) in wrap(text, width.saturating_sub(9)).into_iter().enumerate() {
        let name = if place == 0 { name } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!(" {name:<8} "), ui.theme.dim()),
            Span::styled(line, style),
        ]));
    }
}

/// The last job of the step's action, while it runs or where it fell short.
fn job<'a>(step: &WalkStep, state: &'a State) -> Option<&'a Job> {
    let Doing::Act(action) = step.doing else { return None };
    let shown = matches!(step.state, StepState::Running(_) | StepState::Failed(_));
    state.jobs.iter().rev().find(|job| job.action == action).filter(|_| shown)
}

fn progress(lines: &mut Vec<Line<'static>>, job: &Job, ui: &Ui, width: usize) {
    lines.push(Line::default());
    if let Some(progress) = job.progress.as_ref().filter(|_| job.is_running()) {
        let count = if progress.total == 0 {
            String::new()
        } else {
            format!("{}/{} ", progress.done, progress.total)
        };
        said(lines, "Now", &format!("{count}{}", progress.what), ui.theme.accent(), ui, width);
    }
    let skipped = job.output.len().saturating_sub(TAIL);
    for line in job.output.iter().skip(skipped) {
        lines.push(Line::styled(format!("   {}", fit(line, width.saturating_sub(2))), ui.theme.dim()));
    }
}

/// The end of the way: the verdict, and where it is written.
fn verdict(lines: &mut Vec<Line<'static>>, state: &State, ui: &Ui, width: usize) {
    let assessment = &state.assessment;
    let Some(verdict) = &assessment.verdict else { return };
    let words = format!(
        " {}, readiness {}, proven {}",
        verdict.words(),
        assessment.readiness,
        assessment.proven.points
    );
    lines.push(Line::styled(words, ui.theme.verdict(Some(verdict))));
    for reason in &verdict.reasons {
        for line in wrap(reason, width.saturating_sub(3)) {
            lines.push(Line::styled(format!("   {line}"), ui.theme.text()));
        }
    }
    if let Some(report) = state.progress.as_ref().and_then(|progress| progress.report.as_ref()) {
        for line in wrap(&format!("report written to {}", report.reason), width) {
            lines.push(Line::styled(format!(" {line}"), ui.theme.text()));
        }
    }
    lines.push(Line::default());
}

/// What the key does here, and what happens then.
fn asked(step: &WalkStep, ui: &Ui) -> String {
    let key = ui.key(Press::Open);
    match (&step.state, step.doing) {
        (StepState::Running(_), _) => {
            "It runs. What it brings to light is looked at when it ends.".to_owned()
        }
        (StepState::Looking, _) => "It is being looked at.".to_owned(),
        (StepState::Waits(_), _) => format!("{key} goes to what comes first."),
        (state, _) if state.is_settled() && step.key == StepKey::Report => {
            "This is the end of the way.".to_owned()
        }
        (state, _) if state.is_settled() => format!("{key} goes on to the next step."),
        (_, Doing::ByHand) => {
            format!("{key} says that you did it; the next build and run show whether it holds.")
        }
        (_, Doing::ByHandThenLook | Doing::Look) => format!("{key} looks again. Nothing is changed by it."),
        (_, Doing::Act(_)) => {
            format!(
                "{key} makes the plan: it names what is done to which digests, and asks before it is done."
            )
        }
        (_, Doing::Verify) => format!("{key} verifies everything again. Nothing is changed by it."),
        (_, Doing::Write) => format!("{key} writes the file. Nothing leaves this machine."),
    }
}

fn ask_reason(key: StepKey, reason: &str, ui: &Ui, frame: &mut Frame, area: Rect) {
    let area = Rect { y: area.bottom().saturating_sub(4), height: 4.min(area.height), ..area };
    let width = usize::from(area.width.saturating_sub(4));
    // The end of a long reason stays in sight.
    let skipped = reason.chars().count().saturating_sub(width.saturating_sub(3));
    let tail: String = reason.chars().skip(skipped).collect();
    let mut answers = Line::raw(" ");
    for (press, word) in [(Press::Open, "skip it for this reason"), (Press::Back, "don't skip")] {
        let text = format!("{} {word}", ui.key(press));
        let (from, long) = (answers.width(), text.width());
        let [from, long] = [from, long].map(|cells| u16::try_from(cells).unwrap_or(u16::MAX));
        let place = Rect { x: area.x.saturating_add(1 + from), y: area.y + 2, width: long, height: 1 };
        ui.hits.add(place.intersection(area), Target::Press(press));
        answers.push_span(Span::styled(format!("{text}   "), ui.theme.dim()));
    }
    let lines =
        vec![Line::styled(format!(" {}█", fit(&tail, width.saturating_sub(2))), ui.theme.text()), answers];
    let title = format!(" Why is {key} skipped? ");
    let block = block(ui, true).title(Span::styled(title, ui.theme.title()));
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
