//! The parts that every table on the screen has: headings, the line of the search, rows.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::frame::{fit, pad};
use crate::tui::sorting::{Column, Sorting};
use crate::tui::ui::Ui;

/// What stands above a table: what it is of, what is searched for, the headings.
pub(super) const ABOVE: u16 = 3;

/// What is searched for, and how many of how many rows have it.
pub(super) fn search<C: Column>(
    sorting: &Sorting<C>,
    found: usize,
    of: usize,
    ui: &Ui,
    width: usize,
) -> Line<'static> {
    let text = match sorting.search() {
        ("", false) => return Line::default(),
        (search, typing) => {
            let cursor = if typing { "_" } else { "" };
            format!(" /{search}{cursor}   {found} of {of}")
        }
    };
    Line::styled(fit(&text, width), ui.theme.accent())
}

/// The column that the table is sorted by has an arrow.
pub(super) fn headings<C: Column>(sorting: &Sorting<C>, widths: &[usize], ui: &Ui) -> Line<'static> {
    let (sorted, turned) = sorting.order();
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
pub(super) fn below(ui: &Ui) -> Line<'static> {
    let left = match ui.scroll.below() {
        0 => " end ".to_owned(),
        below => format!(" ↓ {below} more "),
    };
    Line::styled(left, ui.theme.dim()).right_aligned()
}
