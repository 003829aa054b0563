//! The packages of an SBOM: a table, sorted and searched.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, fit};
use super::table::{self, ABOVE};
use crate::cockpit::State;
use crate::model::SbomPackage;
use crate::tui::screens::{Document, PackageColumn as Column, Packages, documents};
use crate::tui::table::Column as Columns;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(screen: &Packages, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let documents = documents(state);
    let shown = screen.shown(documents.len());
    let width = usize::from(area.width.saturating_sub(4));
    let Some(document) = documents.get(shown) else {
        let line = Line::styled(" no SBOM was read yet", ui.theme.dim());
        let block = block(ui, true).title(Span::styled(" Packages ", ui.theme.title()));
        return frame.render_widget(Paragraph::new(line).block(block), area);
    };
    let rows = screen.rows(document);
    let height = area.height.saturating_sub(2 + ABOVE);
    let at = usize::from(screen.table.scroll.drawn(rows.len(), height));
    let widths = widths(width);
    let mut lines = vec![
        about(document, ui, width),
        table::search(&screen.table, rows.len(), document.sbom.listed.len(), ui, width),
        table::headings(&screen.table, &widths, ui, area),
    ];
    let visible = rows.iter().skip(at).take(usize::from(height));
    lines.extend(
        visible.map(|place| screen.table.search.mark(row(&document.sbom.listed[*place], widths, ui))),
    );
    let place =
        if documents.len() > 1 { format!(" {} of {} ", shown + 1, documents.len()) } else { String::new() };
    let title = fit(&format!(" Packages of {} ", document.of.join(", ")), width.saturating_sub(place.len()));
    let block = block(ui, true)
        .title(Span::styled(title, ui.theme.title()))
        .title(Line::styled(place, ui.theme.dim()).right_aligned())
        .title_bottom(table::below(&screen.table.scroll, ui));
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

fn row(package: &SbomPackage, widths: [usize; 5], ui: &Ui) -> Line<'static> {
    let cells = <Column as Columns>::ALL.iter().map(|column| {
        let style = if *column == Column::Name { ui.theme.text() } else { ui.theme.dim() };
        (column.of(package).to_owned(), style)
    });
    table::row(cells, &widths)
}

/// The widths of the columns, with a space behind each.
fn widths(width: usize) -> [usize; 5] {
    let kind = 8;
    let room = width.saturating_sub(kind + 6);
    let (name, version, license) = (room * 34 / 100, room * 22 / 100, room * 22 / 100);
    [name, version, kind, license, room.saturating_sub(name + version + license)]
}
