//! What blocks the release, and the plan.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::frame::{clickable, fit, page, two_pages, wrap};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::model::PlanStep;
use crate::tui::hits::Target;
use crate::tui::screens::{Blockers, steps};
use crate::tui::ui::Ui;

/// From this width on the plan stands beside what blocks.
const WIDE: u16 = 150;

pub(in crate::tui) fn render(screen: &Blockers, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let pager = &screen.pager;
    if area.width < WIDE {
        let width = usize::from(area.width.saturating_sub(4));
        let mut lines = blockers(state, ui, width);
        let starts = plan(&mut lines, screen.chosen, state, ui, width);
        others(&mut lines, state, ui, width);
        page("Blockers and plan", lines, pager, ui, frame, area);
        return steps_at(starts, screen, ui, area);
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
    let width = usize::from(left.width.saturating_sub(4));
    let mut lines = blockers(state, ui, width);
    others(&mut lines, state, ui, width);
    let mut beside = Vec::new();
    let starts = plan(&mut beside, screen.chosen, state, ui, width);
    if starts.is_empty() {
        beside.push(Line::styled(" the plan has no step", ui.theme.text()));
    }
    two_pages(("Blockers", lines), ("Plan", beside), pager, ui, frame, [left, right]);
    steps_at(starts, screen, ui, right);
}

/// A click on a step chooses it.
fn steps_at(starts: Vec<usize>, screen: &Blockers, ui: &Ui, area: Rect) {
    let rows = starts.iter().enumerate().map(|(step, line)| (*line, Target::Row(step)));
    clickable(rows, &screen.pager, ui, area);
    *screen.lines.borrow_mut() = starts;
}

/// The verdict and what blocks.
fn blockers(state: &State, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    verdict(&mut lines, state, ui, width);
    for blocker in &state.assessment.blockers {
        lines.push(Line::from(vec![
            Span::styled(format!(" {:<9}", blocker.severity.word()), ui.theme.warning()),
            Span::styled(fit(&blocker.title, width.saturating_sub(10)), ui.theme.title()),
        ]));
        let parts = [
            ("problem", Some(&blocker.problem)),
            ("impact", Some(&blocker.impact)),
            ("fix", Some(&blocker.fix)),
            ("where", blocker.location.as_ref()),
        ];
        for (name, text) in parts {
            if let Some(text) = text {
                labelled(&mut lines, name, text, ui, width);
            }
        }
        for (place, action) in blocker.actions.iter().enumerate() {
            labelled(&mut lines, if place == 0 { "do" } else { "" }, action, ui, width);
        }
        lines.push(Line::default());
    }
    if state.assessment.blockers.is_empty() {
        lines.push(Line::styled(" nothing that was seen blocks the release", ui.theme.text()));
        lines.push(Line::default());
    }
    lines
}

/// What does not block.
fn others(lines: &mut Vec<Line<'static>>, state: &State, ui: &Ui, width: usize) {
    list(lines, "Warnings", &state.assessment.warnings, ui, width);
    list(lines, "Nice to have", &state.assessment.nice_to_have, ui, width);
}

/// Why the verdict is what it is, and how long it takes from here.
fn verdict(lines: &mut Vec<Line<'static>>, state: &State, ui: &Ui, width: usize) {
    let Some(verdict) = &state.assessment.verdict else {
        lines.push(Line::styled(" no verdict while something is looked for", ui.theme.dim()));
        lines.push(Line::default());
        return;
    };
    lines.push(Line::styled(format!(" {}", verdict.words()), ui.theme.verdict(Some(verdict))));
    for (place, reason) in verdict.reasons.iter().enumerate() {
        let name = if place == 0 { "because" } else { "" };
        labelled(lines, name, reason, ui, width);
    }
    let (least, most) = state.assessment.time_to_production;
    if most > 0 {
        labelled(lines, "time", &format!("{} to production", duration(least, most)), ui, width);
    }
    lines.push(Line::default());
}

/// Minutes as a range that people say: `2-4 hours`.
fn duration(least: u32, most: u32) -> String {
    let hours = |minutes: u32| minutes.div_ceil(60);
    match (least, most) {
        (_, ..=90) if least == most => format!("{most} minutes"),
        (_, ..=90) => format!("{least}-{most} minutes"),
        _ if hours(least) == hours(most) => format!("{} hours", hours(most)),
        _ => format!("{}-{} hours", hours(least), hours(most)),
    }
}

fn labelled(lines: &mut Vec<Line<'static>>, name: &str, text: &str, ui: &Ui, width: usize) {
    for (place, line) in wrap(text, width.saturating_sub(12)).into_iter().enumerate() {
        let name = if place == 0 { name } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!("   {name:<9}"), ui.theme.dim()),
            Span::styled(line, ui.theme.text()),
        ]));
    }
}

fn list(lines: &mut Vec<Line<'static>>, title: &str, texts: &[String], ui: &Ui, width: usize) {
    if texts.is_empty() {
        return;
    }
    lines.push(Line::styled(format!(" {title}"), ui.theme.title()));
    for text in texts {
        labelled(lines, "", text, ui, width);
    }
    lines.push(Line::default());
}

/// The steps, the chosen one with a mark; gives the line of each.
fn plan(lines: &mut Vec<Line<'static>>, chosen: usize, state: &State, ui: &Ui, width: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut part = None;
    for (place, step) in steps(state).into_iter().enumerate() {
        if part != Some(step.part) {
            if part.is_some() {
                lines.push(Line::default());
            }
            part = Some(step.part);
            lines.push(Line::styled(format!(" {}", step.part.title()), ui.theme.title()));
        }
        starts.push(lines.len());
        one_step(lines, step, place == chosen, ui, width);
    }
    if part.is_some() {
        lines.push(Line::default());
    }
    starts
}

fn one_step(lines: &mut Vec<Line<'static>>, step: &PlanStep, chosen: bool, ui: &Ui, width: usize) {
    let after = step.after.as_ref().map(|after| format!(" (after: {after})")).unwrap_or_default();
    let key = step.action.map(|action| format!("  [{}]", ui.key(Press::Plan(action)))).unwrap_or_default();
    let title = wrap(&format!("{}{after}{key}", step.title), width.saturating_sub(7));
    for (place, line) in title.into_iter().enumerate() {
        let points = if place == 0 { format!("{:+}", step.points) } else { String::new() };
        let cursor = if chosen { "▌" } else { " " };
        lines.push(Line::from(vec![
            Span::styled(cursor, ui.theme.border(true)),
            Span::styled(format!("{points:>4}  "), ui.theme.accent()),
            Span::styled(line, if chosen { ui.theme.title() } else { ui.theme.text() }),
        ]));
    }
    let commands = step.commands.iter().map(|command| (command, ui.theme.accent()));
    for (text, style) in [(&step.why, ui.theme.dim())].into_iter().chain(commands) {
        for line in wrap(text, width.saturating_sub(7)) {
            lines.push(Line::styled(format!("       {line}"), style));
        }
    }
}
