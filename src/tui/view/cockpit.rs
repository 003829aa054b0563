//! The ten panes, as many beside each other as there is room for, with jobs and log below; else a list with the
//! focused item below it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, fit, pad};
use super::{jobs, list, pane};
use crate::cockpit::State;
use crate::keymap::{Press, Screen};
use crate::model::{LogLine, PlanStep};
use crate::tui::hits::Target;
use crate::tui::screens::steps;
use crate::tui::ui::Ui;

/// The least rows that say something besides their border.
const LEAST_WORK: u16 = 3;
/// From this width on the plan stands beside what is done.
const WITH_PLAN: u16 = 170;
/// From this width on jobs and log stand beside each other.
const WIDE_WORK: u16 = 110;

pub(in crate::tui) fn render(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    // Panes beside each other, and the least height of one.
    let (columns, least) = match (area.width, area.height) {
        (170.., 20..) => (5, 10),
        (110.., 24..) => (2, 5),
        _ => return list::render(state, ui, turn, frame, area),
    };
    ui.columns.set(columns);
    let rows = 10 / columns;
    let spare = area.height.saturating_sub(least * u16::try_from(rows).unwrap_or(1));
    let work = match spare {
        ..LEAST_WORK => 0,
        LEAST_WORK..=12 => spare,
        _ => 12 + (spare - 12) / 3,
    };
    let [panes, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(work)]).areas(area);
    let across = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(panes);
    for (column, area) in across.iter().enumerate() {
        let down = Layout::vertical(vec![Constraint::Fill(1); rows]).split(*area);
        for (row, area) in down.iter().enumerate() {
            // Two columns are read downward: 1 to 5 left, 6 to 10 right. Five are read as lines.
            let item = if columns == 2 { column * rows + row } else { row * columns + column };
            ui.hits.add(*area, Target::Item(item));
            pane::render(&state.assessment.findings[item], item == ui.focus, state, ui, turn, frame, *area);
        }
    }
    if below.height >= LEAST_WORK {
        self::work(state, ui, turn, frame, below);
    }
}

/// What is being done and what happened.
fn work(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    if area.width >= WITH_PLAN {
        let [plan, rest] = Layout::horizontal([Constraint::Fill(2), Constraint::Fill(3)]).areas(area);
        next(state, ui, frame, plan);
        return doings(state, ui, turn, frame, rest);
    }
    doings(state, ui, turn, frame, area);
}

/// Jobs and log.
fn doings(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    if state.jobs.is_empty() || area.width < WIDE_WORK {
        return log(state, ui, frame, area);
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
    jobs::list(None, state, ui, turn, frame, left);
    log(state, ui, frame, right);
}

/// The steps of the plan, those that can be done now in full colour; a click on one plans it.
fn next(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let room = usize::from(area.height.saturating_sub(2));
    let block = block(ui, false).title(Span::styled(" Plan ", ui.theme.title()));
    let inner = block.inner(area);
    let all = steps(state);
    let shown = if all.len() > room { room.saturating_sub(1) } else { all.len() };
    let mut lines: Vec<Line> = all[..shown].iter().map(|step| step_line(step, ui, width)).collect();
    for (step, y) in all[..shown].iter().zip(inner.y..) {
        if let Some(action) = step.action {
            ui.hits.add(Rect { y, height: 1, ..inner }, Target::Press(Press::Plan(action)));
        }
    }
    if all.is_empty() {
        let said = if state.assessment.verdict.is_some() { "nothing is left to do" } else { "looking" };
        lines.push(Line::styled(format!(" {said}"), ui.theme.dim()));
    } else if shown < all.len() {
        let more =
            format!(" {} more: {} shows them", all.len() - shown, ui.key(Press::Show(Screen::Blockers)));
        lines.push(Line::styled(more, ui.theme.dim()));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// `  +5  s  Sign by digest in every registry  (after: push)`.
fn step_line(step: &PlanStep, ui: &Ui, width: usize) -> Line<'static> {
    let key = step.action.map(|action| ui.key(Press::Plan(action))).unwrap_or_default();
    let after = step.after.as_ref().map(|after| format!("  (after: {after})")).unwrap_or_default();
    let (points, title) = if step.after.is_none() {
        (ui.theme.accent(), ui.theme.text())
    } else {
        (ui.theme.dim(), ui.theme.dim())
    };
    Line::from(vec![
        Span::styled(format!(" {:>4}  ", format!("{:+}", step.points)), points),
        Span::styled(pad(&key, 3), ui.theme.key()),
        Span::styled(fit(&format!("{}{after}", step.title), width.saturating_sub(9)), title),
    ])
}

/// The newest lines of the log.
pub(super) fn log(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(4));
    let skipped = state.log.len().saturating_sub(height);
    let lines: Vec<Line> = state.log.iter().skip(skipped).map(|line| log_line(line, ui, width)).collect();
    let block = block(ui, false).title(Span::styled(" Log ", ui.theme.dim()));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// One line of the log.
pub(super) fn log_line(line: &LogLine, ui: &Ui, width: usize) -> Line<'static> {
    let at = line.at.strftime("%H:%M:%S").to_string();
    Line::from(vec![
        Span::styled(format!(" {at}  "), ui.theme.dim()),
        Span::styled(fit(&line.text, width.saturating_sub(10)), ui.theme.text()),
    ])
}
