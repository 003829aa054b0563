//! The cells of an item as marks: by image, registry and platform, in as many rows as there is room for.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::frame::{fit, pad};
use crate::model::{Cell, Outcome, Platform, Symbol};
use crate::tui::ui::Ui;

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

/// The room beside a label for the gap and a count: `· 2 absent`.
const COUNT: usize = 14;

/// Where a cell is, in few words: `runner ghcr.io arm64`.
pub(super) fn place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(|repository| repository.registry().to_owned()));
    parts.extend(cell.platform.as_ref().map(platform));
    parts.join(" ")
}

/// `arm64`, `windows/amd64`: what nearly every image is for goes without saying.
fn platform(platform: &Platform) -> String {
    let whole = platform.to_string();
    whole.strip_prefix("linux/").map_or_else(|| whole.clone(), str::to_owned)
}

/// The cells of one image, or of one image in one registry.
struct Row<'a> {
    label: String,
    cells: Vec<(String, &'a Cell)>,
}

/// By platform where there are platforms, else by registry.
fn rows(cells: &[Cell]) -> Vec<Row<'_>> {
    let by_platform = cells.iter().any(|cell| cell.platform.is_some());
    let mut rows: Vec<Row> = Vec::new();
    for cell in cells {
        let registry = cell.repository.as_ref().map(|repository| repository.registry().to_owned());
        let (label, column) = if by_platform {
            let label = registry
                .map_or_else(|| cell.image.to_string(), |registry| format!("{} {registry}", cell.image));
            (label, cell.platform.as_ref().map(platform).unwrap_or_default())
        } else {
            (cell.image.to_string(), registry.unwrap_or_default())
        };
        let column = if cell.beyond { format!("({column})") } else { column };
        match rows.iter_mut().find(|row| row.label == label) {
            Some(row) => row.cells.push((column, cell)),
            None => rows.push(Row { label, cells: vec![(column, cell)] }),
        }
    }
    rows
}

/// Marks in at most so many lines. What does not fit is counted: no cell is left out without a word.
pub(super) fn marks(cells: &[Cell], ui: &Ui, width: usize, lines: usize) -> Vec<Line<'static>> {
    if cells.is_empty() || lines == 0 {
        return Vec::new();
    }
    let rows = rows(cells);
    let together: usize = rows.iter().map(|row| row.label.width() + 1 + row.width() + 2).sum();
    if together <= width + 2 {
        let spans = rows
            .iter()
            .flat_map(|row| row.spans(row.label.width() + 1, ui).into_iter().chain([Span::raw("  ")]));
        return vec![[Span::raw(" ")].into_iter().chain(spans).collect()];
    }
    if lines == 1 {
        return vec![counts(cells, ui, width)];
    }
    let shown = if rows.len() > lines { lines - 1 } else { rows.len() };
    let label = rows.iter().map(|row| row.label.width()).max().unwrap_or(0);
    // A label that is cut may be that of another row: what is beside it makes room, down to a count.
    let label = label.min(width.saturating_sub(COUNT).max(width / 2));
    let mut all: Vec<Line> = rows[..shown]
        .iter()
        .map(|row| {
            if label + 2 + row.width() <= width {
                let spans = row.spans(label + 2, ui);
                return [Span::raw(" ")].into_iter().chain(spans).collect();
            }
            let own: Vec<Cell> = row.cells.iter().map(|(_, cell)| (*cell).clone()).collect();
            let mut line = counts(&own, ui, width.saturating_sub(label + 2));
            line.spans[0] = Span::styled(format!(" {}  ", pad(&row.label, label)), ui.theme.text());
            line
        })
        .collect();
    if shown < rows.len() {
        let left: Vec<Cell> =
            rows[shown..].iter().flat_map(|row| row.cells.iter().map(|(_, cell)| (*cell).clone())).collect();
        let mut line = counts(&left, ui, width.saturating_sub(2));
        line.spans[0] = Span::styled(" … ", ui.theme.dim());
        all.push(line);
    }
    all
}

impl Row<'_> {
    /// Of the marks, without the label.
    fn width(&self) -> usize {
        self.cells.iter().map(|(column, _)| column.width() + 3).sum::<usize>() + self.cells.len() - 1
    }

    /// `runner  ✓ amd64  · arm64`, the label as wide as given.
    fn spans(&self, label: usize, ui: &Ui) -> Vec<Span<'static>> {
        let mut spans = vec![Span::styled(pad(&self.label, label), ui.theme.text())];
        for (place, (column, cell)) in self.cells.iter().enumerate() {
            let gap = if place == 0 { "" } else { "  " };
            let text = format!("{gap}{} {column}", mark(cell.outcome));
            spans.push(Span::styled(text, ui.theme.symbol(symbol(cell.outcome))));
        }
        spans
    }
}

/// `✓ 3 pass  · 5 absent`.
fn counts(cells: &[Cell], ui: &Ui, width: usize) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    let mut left = width;
    for outcome in Outcome::ALL {
        let count = cells.iter().filter(|cell| cell.outcome == outcome).count();
        if count > 0 {
            let text = fit(&format!("{} {count} {}  ", mark(outcome), outcome.word()), left);
            left = left.saturating_sub(text.width());
            spans.push(Span::styled(text, ui.theme.symbol(symbol(outcome))));
        }
    }
    Line::from(spans)
}

/// A table of marks: images and registries below each other, platforms or registries beside each other.
pub(super) fn matrix(cells: &[Cell], ui: &Ui, width: usize) -> Option<Vec<Line<'static>>> {
    let rows = rows(cells);
    let mut columns: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flat_map(|row| &row.cells) {
        if !columns.contains(&column.as_str()) {
            columns.push(column);
        }
    }
    let label = rows.iter().map(|row| row.label.width()).max()? + 2;
    // A word under each heading: `✓ pass`, `- untried`.
    let widths: Vec<usize> = columns.iter().map(|column| column.width().max(9) + 2).collect();
    if columns.len() < 2 || label + widths.iter().sum::<usize>() + 3 > width {
        return None;
    }
    let mut heading = vec![Span::raw(" ".repeat(label + 3))];
    heading.extend(
        columns.iter().zip(&widths).map(|(column, width)| Span::styled(pad(column, *width), ui.theme.dim())),
    );
    let mut lines = vec![Line::from(heading)];
    for row in &rows {
        let mut spans = vec![Span::styled(format!("   {}", pad(&row.label, label)), ui.theme.text())];
        for (column, width) in columns.iter().zip(&widths) {
            let cell = row.cells.iter().find(|(own, _)| own == column);
            spans.push(match cell {
                Some((_, cell)) => Span::styled(
                    pad(&format!("{} {}", mark(cell.outcome), cell.outcome.word()), *width),
                    ui.theme.symbol(symbol(cell.outcome)),
                ),
                None => Span::raw(" ".repeat(*width)),
            });
        }
        lines.push(Line::from(spans));
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::Keymap;
    use crate::model::{Item, Scope};
    use crate::tui::sample::report;
    use crate::tui::theme::{Depth, Theme};

    fn shown(item: Item, width: usize, lines: usize) -> Vec<String> {
        let ui = Ui::new(Keymap::default(), Theme::named("mono", Depth::None).unwrap(), Scope::default());
        let state = report();
        let lines = marks(&state.assessment.finding(item).cells, &ui, width, lines);
        lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect()
    }

    #[test]
    fn marks_stand_in_one_line_below_each_other_or_are_counted() {
        let wide = shown(Item::Published, 80, 1);
        assert_eq!(wide, [" runner · ghcr.io  · docker.io  full · ghcr.io  · docker.io"]);
        let rows = shown(Item::Published, 40, 2);
        assert_eq!(rows, [" runner  · ghcr.io  · docker.io", " full    · ghcr.io  · docker.io"]);
        assert_eq!(shown(Item::Published, 40, 1), [" · 4 absent"]);
        let some = shown(Item::Sbom, 60, 3);
        assert_eq!(some[1..], [" runner docker.io  · amd64  · arm64", " … · 4 absent"]);
        assert!(shown(Item::Published, 40, 0).is_empty());
    }

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        for item in Item::ALL {
            for width in 12..90 {
                for lines in 1..6 {
                    let shown = shown(item, width, lines);
                    assert!(
                        shown.len() <= lines && shown.iter().all(|line| line.width() <= width + 1),
                        "{shown:?}"
                    );
                }
            }
        }
    }
}
