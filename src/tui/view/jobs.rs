//! Jobs, what the chosen one printed, and the log.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::cockpit::log_line;
use super::frame::{block, fit, searched, spinner, wrap};
use crate::cockpit::{Job, State};
use crate::model::{JobOutcome, Symbol};
use crate::tui::hits::Target;
use crate::tui::screens::{JOB_LIST as LIST, JOB_OUTPUT as OUTPUT, Jobs};
use crate::tui::ui::Ui;

/// From this height on the log has a place of its own below a job's output.
const HIGH: u16 = 30;

pub(in crate::tui) fn render(
    screen: &Jobs,
    state: &State,
    ui: &Ui,
    turn: usize,
    frame: &mut Frame,
    area: Rect,
) {
    let Some(chosen) = screen.job(state) else {
        let [list, log] = Layout::vertical([Constraint::Length(3), Constraint::Fill(1)]).areas(area);
        self::list(None, state, ui, turn, frame, list);
        return output("Log", log_lines(state, ui, log.width), screen, ui, frame, log);
    };
    let wanted = u16::try_from(state.jobs.len()).unwrap_or(u16::MAX).saturating_add(2);
    let list = if screen.whole { 3 } else { wanted.clamp(3, (area.height / 3).max(3)) };
    let log = if area.height >= HIGH && !screen.whole { area.height / 4 } else { 0 };
    let rows = [Constraint::Length(list), Constraint::Fill(1), Constraint::Length(log)];
    let [list, printed, log] = Layout::vertical(rows).areas(area);
    self::list(Some(chosen), state, ui, turn, frame, list);
    let title = format!("Output of job {} {}", chosen.id, chosen.action);
    output(&title, output_lines(chosen, screen.wraps, ui, printed.width), screen, ui, frame, printed);
    if log.height > 2 {
        let lines = log_lines(state, ui, log.width);
        let skipped = lines.len().saturating_sub(usize::from(log.height - 2));
        let block = block(ui, false).title(Span::styled(" Log ", ui.theme.dim()));
        frame.render_widget(Paragraph::new(lines[skipped..].to_vec()).block(block), log);
    }
}

/// What a job printed, and before it how much of that is not here, and where it is.
fn output_lines(job: &Job, wraps: bool, ui: &Ui, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width.saturating_sub(3));
    let mut lines = Vec::new();
    if job.dropped > 0 {
        let left_out = wrap(&left_out(job), width).into_iter();
        lines.extend(left_out.map(|part| Line::styled(format!(" {part}"), ui.theme.accent())));
    }
    for text in &job.output {
        let parts = if wraps { wrap(text, width) } else { vec![fit(text, width)] };
        lines.extend(parts.into_iter().map(|part| Line::styled(format!(" {part}"), ui.theme.text())));
    }
    if let Some((_, JobOutcome::Failed(why))) = &job.ended {
        let lost = wrap(&format!("✗ {why}"), width).into_iter();
        lines.extend(lost.map(|part| Line::styled(format!(" {part}"), ui.theme.symbol(Symbol::Not))));
    }
    lines
}

/// How many lines are not here, and the file that has them all.
fn left_out(job: &Job) -> String {
    let lines = if job.dropped == 1 { "line" } else { "lines" };
    let left_out = format!("… {} {lines} before these not shown", job.dropped);
    match &job.whole {
        None => left_out,
        Some(Ok(file)) => format!("{left_out}; the whole output is in {file}"),
        Some(Err(why)) => format!("{left_out}, and not kept: {why}"),
    }
}

fn log_lines(state: &State, ui: &Ui, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width.saturating_sub(4));
    state.log.iter().map(|line| log_line(line, ui, width)).collect()
}

/// The output in its block; says whether it follows, how much is below, and what is searched for.
fn output(title: &str, lines: Vec<Line<'static>>, screen: &Jobs, ui: &Ui, frame: &mut Frame, area: Rect) {
    ui.hits.add(area, Target::Part(OUTPUT));
    let pager = &screen.output;
    let shown = pager.page(lines, area.height.saturating_sub(2));
    let place = match (pager.follows(), pager.scroll.below()) {
        (true, _) => " following ".to_owned(),
        (false, 0) => " end ".to_owned(),
        (false, below) => format!(" ↓ {below} more "),
    };
    let wrapped = if screen.wraps { " wrapped " } else { "" };
    let block = block(ui, true)
        .title(Span::styled(format!(" {title} "), ui.theme.title()))
        .title(Line::styled(wrapped, ui.theme.dim()).right_aligned())
        .title_bottom(Line::styled(place, ui.theme.dim()).right_aligned())
        .title_bottom(searched(pager, ui, usize::from(area.width)));
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

/// The newest first; the chosen one is always among those that are shown.
pub(super) fn list(chosen: Option<&Job>, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let height = usize::from(area.height.saturating_sub(2)).max(1);
    let place = state.jobs.iter().rev().position(|job| Some(job.id) == chosen.map(|job| job.id)).unwrap_or(0);
    let skipped = (place + 1).saturating_sub(height);
    ui.hits.add(area, Target::Part(LIST));
    for (row, y) in (skipped..state.jobs.len()).zip(area.y + 1..area.bottom().saturating_sub(1)) {
        ui.hits.add(Rect { y, height: 1, ..area }, Target::Row(row));
    }
    let mut lines: Vec<Line> = state
        .jobs
        .iter()
        .rev()
        .skip(skipped)
        .take(height)
        .map(|job| job_line(job, Some(job.id) == chosen.map(|job| job.id), state, ui, turn, width))
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled(" no job yet", ui.theme.dim()));
    }
    let running = state.running_jobs().count();
    let count = format!(" {running} running, {} in all ", state.jobs.len());
    let block = block(ui, false)
        .title(Span::styled(" Jobs ", ui.theme.title()))
        .title(Line::styled(count, ui.theme.dim()).right_aligned());
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn job_line(job: &Job, chosen: bool, state: &State, ui: &Ui, turn: usize, width: usize) -> Line<'static> {
    let ended = job.ended.as_ref().map_or(state.facts.as_of, |(at, _)| *at);
    let seconds = job.started.map_or(0, |started| ended.duration_since(started).as_secs().max(0));
    let (sign, word, text, style) = match &job.ended {
        None if job.started.is_none() => ("·", "waiting", String::new(), ui.theme.dim()),
        None => (spinner(turn), "running", progress(job), ui.theme.accent()),
        Some((_, JobOutcome::Done(text))) => ("✓", "done", text.clone(), ui.theme.symbol(Symbol::Done)),
        Some((_, JobOutcome::Failed(text))) => ("✗", "failed", text.clone(), ui.theme.symbol(Symbol::Not)),
        Some((_, JobOutcome::Cancelled)) => ("–", "cancelled", String::new(), ui.theme.dim()),
    };
    Line::from(vec![
        Span::styled(if chosen { "▌" } else { " " }, ui.theme.border(true)),
        Span::styled(format!("{:>3} {:<12}", job.id, job.action), ui.theme.title()),
        Span::styled(format!(" {sign} {word:<10}"), style),
        Span::styled(format!("{seconds:>4} s  "), ui.theme.dim()),
        Span::styled(fit(&text, width.saturating_sub(38)), ui.theme.text()),
    ])
}

/// `████░░░░ 2/5 copy layers`; without the bar where nobody knows how much it is.
fn progress(job: &Job) -> String {
    const BAR: u64 = 10;
    match &job.progress {
        None => String::new(),
        Some(progress) if progress.total == 0 => progress.what.clone(),
        Some(progress) => {
            let full = (progress.done.min(progress.total)).saturating_mul(BAR) / progress.total;
            let full = usize::try_from(full).unwrap_or(0);
            let bar = "█".repeat(full) + &"░".repeat(10 - full.min(10));
            format!("{bar} {}/{} {}", progress.done, progress.total, progress.what)
        }
    }
}
