//! The ten items as a list, the focused one below it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::cells::{mark, marks, place, symbol};
use super::cockpit::log;
use super::frame::{block, fit, pad, wrap_within};
use super::pane::{Help, help_line, seen, status_words};
use crate::cockpit::State;
use crate::model::{Finding, Item, Outcome};
use crate::tui::hits::Target;
use crate::tui::ui::Ui;

/// From this height on the log stands below the focused item.
const HIGH: u16 = 30;
const STATUS: usize = 17;
const TITLE: usize = 25;

pub(super) fn render(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    ui.columns.set(1);
    let below = if area.height >= HIGH { (area.height - 10) / 3 } else { 0 };
    let rows = [Constraint::Length(10), Constraint::Fill(1), Constraint::Length(below)];
    let [items, focused, below] = Layout::vertical(rows).areas(area);
    let width = usize::from(area.width);
    for (item, y) in Item::ALL.into_iter().zip(items.y..items.bottom()) {
        let row = Rect { y, height: 1, ..items };
        ui.hits.add(row, Target::Item(item.index()));
        let line = line(state.assessment.finding(item), item.index() == ui.focus, ui, turn, width);
        frame.render_widget(Paragraph::new(line), row);
    }
    let finding = &state.assessment.findings[ui.focus];
    let title = format!(" {} {} ", finding.item.number(), finding.item.title());
    let mut block = block(ui, false).title(Span::styled(title, ui.theme.title()));
    if let Some(seen) = seen(finding, state) {
        block = block.title(Line::styled(format!(" {seen} "), ui.theme.dim()).right_aligned());
    }
    let inner = block.inner(focused);
    frame.render_widget(block, focused);
    let (width, height) = (usize::from(inner.width.saturating_sub(2)), usize::from(inner.height));
    let help = help_line(finding, state, ui);
    let lines = detail(finding, help.as_ref(), ui, width, height);
    if let Some(help) = help {
        help.clickable(&lines, ui, inner);
    }
    frame.render_widget(Paragraph::new(lines), inner);
    if below.height > 2 {
        log(state, ui, frame, below);
    }
}

fn line(finding: &Finding, focused: bool, ui: &Ui, turn: usize, width: usize) -> Line<'static> {
    let cursor = if focused { "▌" } else { " " };
    let title = format!("{:>2} {}", finding.item.number(), finding.item.title());
    let style = if focused { ui.theme.selected() } else { ui.theme.text() };
    Line::from(vec![
        Span::styled(cursor, ui.theme.border(true)),
        Span::styled(pad(&title, TITLE), style),
        Span::styled(pad(&status_words(finding, turn), STATUS), ui.theme.symbol(finding.symbol)),
        Span::styled(
            format!(" {}", fit(&finding.note, width.saturating_sub(STATUS + TITLE + 3))),
            ui.theme.dim(),
        ),
    ])
}

/// The note, every cell with its reason as far as there is room, and the key that helps.
fn detail(
    finding: &Finding,
    help: Option<&Help>,
    ui: &Ui,
    width: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let room = height.saturating_sub(usize::from(help.is_some())).max(1);
    let text = |lines: Vec<String>, style| {
        lines.into_iter().map(move |line| Line::styled(format!(" {line}"), style))
    };
    let mut lines: Vec<Line> = Vec::new();
    if room >= 8 {
        lines.extend(text(wrap_within(&finding.requirement, width, 1), ui.theme.dim()));
    }
    lines.extend(text(wrap_within(&finding.note, width, room - lines.len()), ui.theme.text()));
    let left = room.saturating_sub(lines.len());
    // A reason that only repeats the note says nothing.
    let told = |cell: &&crate::model::Cell| cell.outcome != Outcome::Pass && cell.reason != finding.note;
    let reasons = finding.cells.iter().filter(told).count();
    let few = marks(&finding.cells, ui, width, left.saturating_sub(reasons).max(1).min(left));
    let left = left - few.len();
    lines.extend(few);
    for cell in finding.cells.iter().filter(told).take(left) {
        let label = format!("{} {}  ", mark(cell.outcome), place(cell));
        lines.push(Line::from(vec![
            Span::styled(format!(" {label}"), ui.theme.symbol(symbol(cell.outcome))),
            Span::styled(fit(&cell.reason, width.saturating_sub(label.chars().count())), ui.theme.dim()),
        ]));
    }
    if let Some(help) = help.filter(|_| lines.len() < height) {
        lines.push(help.line(ui, width));
    }
    lines
}
