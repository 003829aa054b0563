//! The packages of an SBOM: a table, sorted and searched.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, fit, pad};
use crate::cockpit::State;
use crate::model::SbomPackage;
use crate::tui::packages::{Column, Document, documents};
use crate::tui::ui::Ui;

/// What stands above the table: what the document is, what is searched for, the headings.
const ABOVE: u16 = 3;

pub(super) fn render(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let documents = documents(state);
    let shown = ui.packages.shown(documents.len());
    let width = usize::from(area.width.saturating_sub(4));
    let Some(document) = documents.get(shown) else {
        let line = Line::styled(" no SBOM was read yet", ui.theme.dim());
        let block = block(ui, true).title(Span::styled(" Packages ", ui.theme.title()));
        return frame.render_widget(Paragraph::new(line).block(block), area);
    };
    let rows = ui.packages.rows(document);
    let height = area.height.saturating_sub(2 + ABOVE);
    let at = usize::from(ui.scroll.drawn(rows.len(), height));
    let widths = widths(width);
    let mut lines =
        vec![about(document, ui, width), search(rows.len(), document, ui, width), headings(widths, ui)];
    let visible = rows.iter().skip(at).take(usize::from(height));
    lines.extend(visible.map(|place| row(&document.sbom.listed[*place], widths, ui)));
    let place =
        if documents.len() > 1 { format!(" {} of {} ", shown + 1, documents.len()) } else { String::new() };
    let left = match ui.scroll.below() {
        0 => " end ".to_owned(),
        below => format!(" ↓ {below} more "),
    };
    let title = fit(&format!(" Packages of {} ", document.of.join(", ")), width.saturating_sub(place.len()));
    let block = block(ui, true)
        .title(Span::styled(title, ui.theme.title()))
        .title(Line::styled(place, ui.theme.dim()).right_aligned())
        .title_bottom(Line::styled(left, ui.theme.dim()).right_aligned());
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// `SPDX 2.3, 755 packages, by syft 1.18.1, made 2026-11-24 02:48Z, 3 left out`.
fn about(document: &Document, ui: &Ui, width: usize) -> Line<'static> {
    let sbom = document.sbom;
    let mut parts = vec![sbom.format.clone(), format!("{} packages", sbom.packages)];
    if !sbom.tools.is_empty() {
        parts.push(format!("by {}", sbom.tools.join(", ")));
    }
    parts.extend(sbom.created.map(|created| format!("made {}", created.strftime("%Y-%m-%d %H:%MZ"))));
    if sbom.skipped > 0 {
        parts.push(format!("{} entries could not be read", sbom.skipped));
    }
    let more = sbom.packages.saturating_sub(sbom.listed.len() as u64);
    if more > 0 {
        parts.push(format!("{more} more are not listed here"));
    }
    Line::styled(fit(&format!(" {}", parts.join(", ")), width), ui.theme.dim())
}

fn search(found: usize, document: &Document, ui: &Ui, width: usize) -> Line<'static> {
    let text = match ui.packages.search() {
        ("", false) => return Line::default(),
        (search, typing) => {
            let cursor = if typing { "_" } else { "" };
            format!(" /{search}{cursor}   {found} of {}", document.sbom.listed.len())
        }
    };
    Line::styled(fit(&text, width), ui.theme.accent())
}

/// The column that the table is sorted by has an arrow.
fn headings(widths: [usize; 5], ui: &Ui) -> Line<'static> {
    let (sorted, descending) = ui.packages.order();
    let mut spans = vec![Span::raw(" ")];
    for (column, width) in Column::ALL.into_iter().zip(widths) {
        let arrow = match (column == sorted, descending) {
            (true, false) => " ↑",
            (true, true) => " ↓",
            (false, _) => "",
        };
        spans.push(Span::styled(pad(&format!("{}{arrow}", column.title()), width), ui.theme.title()));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

fn row(package: &SbomPackage, widths: [usize; 5], ui: &Ui) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (column, width) in Column::ALL.into_iter().zip(widths) {
        let text = match column.of(package) {
            "" => "·",
            text => text,
        };
        let style = if column == Column::Name { ui.theme.text() } else { ui.theme.dim() };
        spans.push(Span::styled(pad(text, width), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// The widths of the columns, with a space behind each.
fn widths(width: usize) -> [usize; 5] {
    let kind = 8;
    let room = width.saturating_sub(kind + 6);
    let (name, version, license) = (room * 34 / 100, room * 22 / 100, room * 22 / 100);
    [name, version, kind, license, room.saturating_sub(name + version + license)]
}
