//! What the scans found: a table, sorted and searched. What does not count is dimmed, with its reason.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, fit};
use super::table::{self, ABOVE};
use crate::cockpit::State;
use crate::model::{Catalogued, JudgedScan, Observed, Symbol};
use crate::tui::screens::{Row, Vulnerabilities, VulnerabilityColumn as Column, rows};
use crate::tui::table::Column as Columns;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(
    screen: &Vulnerabilities,
    state: &State,
    ui: &Ui,
    frame: &mut Frame,
    area: Rect,
) {
    let width = usize::from(area.width.saturating_sub(4));
    let all = rows(state);
    let (count, aside) = (all.len(), all.iter().filter(|row| row.set_aside.is_some()).count());
    let shown = screen.sorted(all);
    let height = area.height.saturating_sub(2 + ABOVE);
    let at = usize::from(screen.table.scroll.drawn(shown.len(), height));
    let widths = widths(width);
    let scans = state.assessment.scans.len();
    let about = match count {
        // Nothing found by nobody is no clean report.
        0 if scans == 0 => " no scan was seen".to_owned(),
        0 => format!(" nothing was found by {scans} {}", plural(scans, "scan")),
        _ => format!(
            " {count} {} of {scans} {}, {aside} of them ignored or cleared",
            plural(count, "finding"),
            plural(scans, "scan")
        ),
    };
    let about = match blind(state) {
        0 => about,
        blind => format!("{about}; {blind} {} looked at nothing", plural(blind, "scan")),
    };
    let mut lines = vec![
        Line::styled(fit(&about, width), ui.theme.dim()),
        table::search(&screen.table, shown.len(), count, ui, width),
        table::headings(&screen.table, &widths, ui, area),
    ];
    let visible = shown.iter().skip(at).take(usize::from(height));
    lines.extend(visible.map(|one| screen.table.search.mark(row(one, state, widths, ui))));
    let block = block(ui, true)
        .title(Span::styled(" Vulnerabilities ", ui.theme.title()))
        .title_bottom(table::below(&screen.table.scroll, ui));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// How many scans looked at nothing: what they did not find says nothing.
fn blind(state: &State) -> usize {
    let is_blind = |judged: &&JudgedScan| match state.facts.scan(&judged.scan) {
        Some(Observed::Seen(scan)) => matches!(scan.catalogued, Catalogued::Nothing(_)),
        _ => false,
    };
    state.assessment.scans.iter().filter(is_blind).count()
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

fn row(row: &Row, state: &State, widths: [usize; 7], ui: &Ui) -> Line<'static> {
    let over = row.finding.severity >= Some(state.policy.vulnerabilities.threshold);
    let cells = <Column as Columns>::ALL.iter().map(|column| {
        let text = match (column, row.set_aside) {
            // Why it does not count says more than who found it.
            (Column::Source, Some(why)) => why,
            _ => column.of(row),
        };
        let style = match (row.set_aside.is_some(), column) {
            (false, Column::Severity | Column::Id) if over => ui.theme.symbol(Symbol::Not),
            (false, Column::Id | Column::Package) => ui.theme.text(),
            _ => ui.theme.dim(),
        };
        (text.to_owned(), style)
    });
    table::row(cells, &widths)
}

/// From this width on every column is legible.
const ROOMY: usize = 72;

/// The widths of the columns, with a space behind each. Where room is short two are left out: an identifier that is cut
/// is none.
fn widths(width: usize) -> [usize; 7] {
    let severity = 10;
    if width < ROOMY {
        let (id, package, fixed) = (14, 9, 8);
        let source = width.saturating_sub(severity + id + package + fixed + 8);
        return [severity, id, package, 0, fixed, 0, source];
    }
    let room = width.saturating_sub(severity + 8);
    let part = |percent: usize| room * percent / 100;
    let (id, package, installed, fixed, platform) = (part(24), part(18), part(14), part(14), part(15));
    let source = room.saturating_sub(id + package + installed + fixed + platform);
    [severity, id, package, installed, fixed, platform, source]
}
