//! The ten panes: a grid of two columns where there is room, else a list with the focused item beside it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use super::frame::{block, fit, pad, spinner, wrap_within};
use crate::cockpit::State;
use crate::keymap::{BINDINGS, Press};
use crate::model::{Cell, Finding, Item, Outcome, PlanStep, Status, Symbol};
use crate::tui::hits::Target;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    if area.width >= 110 && area.height >= 24 {
        grid(state, ui, turn, frame, area);
    } else {
        list(state, ui, turn, frame, area);
    }
}

fn grid(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    ui.columns.set(2);
    let log = area.height.saturating_sub(25).clamp(0, 12);
    let [panes, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(log)]).areas(area);
    let columns: [Rect; 2] = Layout::horizontal([Constraint::Fill(1); 2]).areas(panes);
    for (column, area) in columns.into_iter().enumerate() {
        let rows: [Rect; 5] = Layout::vertical([Constraint::Fill(1); 5]).areas(area);
        for (row, area) in rows.into_iter().enumerate() {
            let item = column * 5 + row;
            ui.hits.add(area, Target::Item(item));
            pane(&state.assessment.findings[item], item == ui.focus, state, ui, turn, frame, area);
        }
    }
    if log >= 3 {
        log_pane(state, ui, frame, below);
    }
}

/// `✗ NOT STARTED  0`, and a spinner while the item is looked at.
fn status_words(finding: &Finding, turn: usize) -> String {
    let points = finding.points.map_or_else(|| "-".to_owned(), |points| points.to_string());
    let symbol = if finding.status == Status::Pending { spinner(turn) } else { finding.symbol.screen() };
    format!("{symbol} {:<11} {points:>2}", finding.status)
}

fn pane(
    finding: &Finding,
    focused: bool,
    state: &State,
    ui: &Ui,
    turn: usize,
    frame: &mut Frame,
    area: Rect,
) {
    let width = usize::from(area.width.saturating_sub(4));
    let status = format!(" {} ", status_words(finding, turn));
    let title = format!(" {} {} ", finding.item.number(), finding.item.title());
    let block = block(ui, focused)
        .title(Span::styled(title, if focused { ui.theme.title() } else { ui.theme.text() }))
        .title(Line::styled(status, ui.theme.symbol(finding.symbol)).right_aligned());
    let height = usize::from(area.height.saturating_sub(2));
    let lines = pane_lines(finding, state, ui, width, height);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn pane_lines(finding: &Finding, state: &State, ui: &Ui, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> = wrap_within(&finding.note, width, height.saturating_sub(1).max(1))
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), ui.theme.text()))
        .collect();
    if lines.len() < height {
        lines.push(marks(finding, ui, width));
    }
    if lines.len() < height
        && let Some(help) = help_line(finding, state, ui)
    {
        lines.push(Line::styled(format!(" {}", fit(&help, width)), ui.theme.accent()));
    }
    lines
}

/// One mark per cell: `runner ghcr.io ✓`, shortened to what fits.
fn marks(finding: &Finding, ui: &Ui, width: usize) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    let mut used = 0;
    for cell in &finding.cells {
        let mark = format!("{} {}  ", mark(cell.outcome), short_place(cell));
        if used + mark.width() > width {
            spans.push(Span::styled("…", ui.theme.dim()));
            break;
        }
        used += mark.width();
        let style = ui.theme.symbol(symbol(cell.outcome));
        spans.push(Span::styled(mark, style));
    }
    Line::from(spans)
}

/// The symbol whose colour a cell has.
pub(super) fn symbol(outcome: Outcome) -> Symbol {
    match outcome {
        Outcome::Pass => Symbol::Done,
        Outcome::Soft => Symbol::Partly,
        Outcome::Fail | Outcome::Absent => Symbol::Not,
        Outcome::Untried | Outcome::Unknown | Outcome::Pending => Symbol::Question,
    }
}

/// The mark of a cell; each outcome has its own.
pub(super) fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Soft => "!",
        Outcome::Fail => "✗",
        Outcome::Absent => "·",
        Outcome::Untried => "-",
        Outcome::Unknown => "?",
        Outcome::Pending => "…",
    }
}

fn short_place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(|repository| repository.registry().to_owned()));
    parts.extend(cell.platform.as_ref().map(|platform| platform.architecture().to_owned()));
    parts.join(" ")
}

/// The key of a step of the plan that helps this item, with the points that it would give: one that could be
/// done now before one that cannot, then the one that is about the fewest other items.
fn help_line(finding: &Finding, state: &State, ui: &Ui) -> Option<String> {
    let of_item = |step: &&PlanStep| step.items.contains(&finding.item) && step.action.is_some();
    let steps = state.assessment.plan.iter().filter(of_item);
    let step = steps.min_by_key(|step| (step.after.is_some(), step.items.len()))?;
    let action = step.action?;
    let binding = BINDINGS.iter().find(|binding| binding.press == Press::Plan(action))?;
    let after = step.after.as_ref().map(|after| format!("  (after: {after})")).unwrap_or_default();
    Some(format!("{} {}  {:+}{after}", ui.key(binding.press), binding.short, step.points))
}

fn log_pane(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(4));
    let skipped = state.log.len().saturating_sub(height);
    let lines: Vec<Line> = state.log.iter().skip(skipped).map(|line| log_line(line, ui, width)).collect();
    let block = block(ui, false).title(Span::styled(" Log ", ui.theme.dim()));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// One line of the log.
pub(super) fn log_line(line: &crate::model::LogLine, ui: &Ui, width: usize) -> Line<'static> {
    let at = line.at.strftime("%H:%M:%S").to_string();
    Line::from(vec![
        Span::styled(format!(" {at} "), ui.theme.dim()),
        Span::styled(fit(&line.text, width.saturating_sub(10)), ui.theme.text()),
    ])
}

fn list(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    ui.columns.set(1);
    let [items, below] = Layout::vertical([Constraint::Length(10), Constraint::Fill(1)]).areas(area);
    let width = usize::from(area.width);
    for item in Item::ALL {
        let finding = state.assessment.finding(item);
        let row = Rect { y: items.y + u16::try_from(item.index()).unwrap_or(0), height: 1, ..items };
        ui.hits.add(row, Target::Item(item.index()));
        frame
            .render_widget(Paragraph::new(row_line(finding, item.index() == ui.focus, ui, turn, width)), row);
    }
    let finding = &state.assessment.findings[ui.focus];
    let block = block(ui, false).title(Span::styled(
        format!(" {} {} ", finding.item.number(), finding.item.title()),
        ui.theme.title(),
    ));
    let inner = block.inner(below);
    frame.render_widget(block, below);
    let (width, height) = (usize::from(inner.width.saturating_sub(2)), usize::from(inner.height));
    frame.render_widget(Paragraph::new(detail(finding, state, ui, width, height)), inner);
}

fn row_line(finding: &Finding, focused: bool, ui: &Ui, turn: usize, width: usize) -> Line<'static> {
    let cursor = if focused { "▌" } else { " " };
    let status = status_words(finding, turn);
    let title = format!("{:>2} {}", finding.item.number(), finding.item.title());
    let style = if focused { ui.theme.title() } else { ui.theme.text() };
    let note_width = width.saturating_sub(1 + 17 + 26 + 1);
    Line::from(vec![
        Span::styled(cursor, ui.theme.border(true)),
        Span::styled(pad(&status, 17), ui.theme.symbol(finding.symbol)),
        Span::styled(pad(&title, 26), style),
        Span::styled(fit(&finding.note, note_width), ui.theme.dim()),
    ])
}

fn detail(finding: &Finding, state: &State, ui: &Ui, width: usize, height: usize) -> Vec<Line<'static>> {
    let room = height.saturating_sub(1).max(1);
    let mut lines: Vec<Line> = wrap_within(&finding.note, width, room)
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), ui.theme.text()))
        .collect();
    let left = room - lines.len();
    let shown = if finding.cells.len() > left { left.saturating_sub(1) } else { left };
    for cell in finding.cells.iter().take(shown) {
        let text = format!("{} {}: {}", mark(cell.outcome), short_place(cell), cell.reason);
        lines.push(Line::styled(format!(" {}", fit(&text, width)), ui.theme.dim()));
    }
    let hidden = finding.cells.len().saturating_sub(shown);
    if hidden > 0 && left > 0 {
        lines.push(Line::styled(format!(" … {hidden} more"), ui.theme.dim()));
    }
    if height > room
        && let Some(help) = help_line(finding, state, ui)
    {
        lines.push(Line::styled(format!(" {}", fit(&help, width)), ui.theme.accent()));
    }
    lines
}
