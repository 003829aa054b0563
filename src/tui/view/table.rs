//! The parts that every table on the screen has: headings, the line of the search, rows.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::frame::{fit, pad};
use crate::tui::hits::Target;
use crate::tui::scroll::Scroll;
use crate::tui::table::{Column, Table};
use crate::tui::ui::Ui;

/// What stands above a table: what it is of, what is searched for, the headings.
pub(super) const ABOVE: u16 = 3;

/// What is searched for, and how many of how many rows have it.
pub(super) fn search<C: Column>(
    table: &Table<C>,
    found: usize,
    of: usize,
    ui: &Ui,
    width: usize,
) -> Line<'static> {
    if table.search.text().is_empty() && !table.search.is_typing() {
        return Line::default();
    }
    let text = format!(" {}   {found} of {of}", table.search.shown());
    Line::styled(fit(&text, width), ui.theme.accent())
}

/// The column that the table is sorted by has an arrow. `area` is that of the table with its borders: a click on a
/// heading sorts by it.
pub(super) fn headings<C: Column>(table: &Table<C>, widths: &[usize], ui: &Ui, area: Rect) -> Line<'static> {
    let mut x = area.x + 2;
    for (heading, width) in widths.iter().enumerate() {
        let width = u16::try_from(*width).unwrap_or(u16::MAX);
        ui.hits.add(Rect { x, y: area.y + ABOVE, width, height: 1 }, Target::Heading(heading));
        x = x.saturating_add(width + 1);
    }
    let (sorted, turned) = table.order();
    let heading = |column: &C| {
        let arrow = match (*column == sorted, turned) {
            (true, false) => " ↑",
            (true, true) => " ↓",
            (false, _) => "",
        };
        (format!("{}{arrow}", column.title()), ui.theme.title())
    };
    row(C::ALL.iter().map(heading), widths)
}

/// A row: each text in its column, with a space behind.
pub(super) fn row(cells: impl Iterator<Item = (String, Style)>, widths: &[usize]) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for ((text, style), width) in cells.zip(widths) {
        let text = if text.is_empty() { "·" } else { &text };
        spans.push(Span::styled(pad(text, *width), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// How much of a table is below what is shown.
pub(super) fn below(scroll: &Scroll, ui: &Ui) -> Line<'static> {
    let left = match scroll.below() {
        0 => " end ".to_owned(),
        below => format!(" ↓ {below} more "),
    };
    Line::styled(left, ui.theme.dim()).right_aligned()
}
