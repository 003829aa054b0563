//! The finished audits: a chart of the score, oldest left, and the list, newest first.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{block, chosen_row, fit, pad};
use crate::cockpit::State;
use crate::model::{AuditSummary, Verdict};
use crate::report::changed;
use crate::tui::hits::Target;
use crate::tui::screens::{History, audits};
use crate::tui::ui::Ui;

/// How many lines the bars of the chart have.
const BARS: u16 = 5;

/// The columns left of the bars: `100 │`.
const AXIS: usize = 6;

/// The column at which what changed begins.
const CHANGED: usize = 67;

/// The least height that shows the chart as well.
const WITH_CHART: u16 = 18;

pub(in crate::tui) fn render(history: &History, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let list = audits(state);
    let chart_height = if area.height >= WITH_CHART && !list.is_empty() { BARS + 3 } else { 0 };
    let [top, rows] = Layout::vertical([Constraint::Length(chart_height), Constraint::Fill(1)]).areas(area);
    if chart_height > 0 {
        chart(list, history, ui, frame, top);
    }
    let title = format!(" History of {} ", fit(&state.release.name, 40));
    let block = block(ui, true).title(Span::styled(title, ui.theme.title()));
    let inner = block.inner(rows);
    frame.render_widget(block, rows);
    if list.is_empty() {
        let said = match state.history {
            None => " reading …",
            Some(_) => " No finished audit is kept yet: a makes one.",
        };
        frame.render_widget(Paragraph::new(Line::styled(said, ui.theme.text())), inner);
        return;
    }
    table(history, list, ui, frame, inner);
}

fn table(history: &History, list: &[AuditSummary], ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let at = history.at.min(list.len() - 1);
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    let skipped = (at + 1).saturating_sub(room);
    let head = format!("   {:<6}{:<14}{:<12}{:<18}{:>5}", "run", "time (UTC)", "version", "verdict", "score");
    let head = if width >= 70 { format!("{head} {:>6}  changed", "proven") } else { head };
    let head = Line::styled(fit(&head, width), ui.theme.dim());
    frame.render_widget(Paragraph::new(head), Rect { height: 1, ..area });
    for (y, (place, summary)) in (area.y + 1..area.bottom()).zip(list.iter().enumerate().skip(skipped)) {
        let row = Rect { y, height: 1, ..area };
        ui.hits.add(row, Target::Row(place));
        let is_marked = history.marked.contains(&summary.id);
        let line = row_of(list, place, place == at, is_marked, ui, width);
        frame.render_widget(Paragraph::new(line), row);
    }
}

fn row_of(
    list: &[AuditSummary],
    place: usize,
    is_chosen: bool,
    is_marked: bool,
    ui: &Ui,
    width: usize,
) -> Line<'static> {
    let summary = &list[place];
    let id = summary.id.short(list.iter().map(|other| &other.id));
    let at = summary.finished.strftime("%d %b %H:%M").to_string();
    let style = ui.theme.text();
    let mut spans = vec![
        Span::styled(if is_chosen { "▌" } else { " " }, ui.theme.border(true)),
        Span::styled(if is_marked { "* " } else { "  " }, ui.theme.accent()),
        Span::styled(format!("{}{}{}", pad(id, 6), pad(&at, 14), pad(&summary.version, 11)), style),
        Span::styled(
            format!(" {}", pad(summary.verdict.words(), 17)),
            ui.theme.verdict(Some(&summary.verdict)),
        ),
        Span::styled(format!(" {:>5}", summary.readiness.points), style),
    ];
    if width >= 70 {
        spans.push(Span::styled(format!(" {:>6}", summary.proven.points), style));
        let changed = changed(summary, list.get(place + 1));
        spans.push(Span::styled(
            format!("  {}", fit(&changed, width.saturating_sub(CHANGED))),
            ui.theme.dim(),
        ));
    }
    let line = Line::from(spans);
    if is_chosen { chosen_row(line, width, ui) } else { line }
}

/// The score of the newest audits, oldest left: a bar each, `█` for what was proven and `░` for what was only ready.
fn chart(list: &[AuditSummary], history: &History, ui: &Ui, frame: &mut Frame, area: Rect) {
    let block = block(ui, false).title(Span::styled(" Score, oldest left ", ui.theme.title()));
    let inner = block.inner(area);
    let legend = Line::styled(" █ proven  ░ ready, not proven  ^ chosen ", ui.theme.dim()).right_aligned();
    frame.render_widget(block.title_bottom(legend), area);
    let room = usize::from(inner.width).saturating_sub(AXIS + 1);
    // Of so many audits that not all fit, those around the chosen one.
    let fits = (room / 3).max(1);
    let at = history.at.min(list.len() - 1);
    let first = (at + 1).saturating_sub(fits);
    let shown: Vec<(usize, &AuditSummary)> = list.iter().enumerate().skip(first).take(fits).collect();
    let mut lines = Vec::new();
    for row in 0..BARS {
        let label = match row {
            0 => "100 │",
            2 => " 50 │",
            _ => "    │",
        };
        let mut spans = vec![Span::styled(format!(" {label}"), ui.theme.dim())];
        for (_, summary) in shown.iter().rev() {
            let least = u16::from(100 / u8::try_from(BARS).unwrap_or(1)) * (BARS - 1 - row);
            let bar = bar(summary, least);
            spans.push(Span::styled(format!("{bar}{bar} "), verdict_style(&summary.verdict, ui)));
        }
        lines.push(Line::from(spans));
    }
    let mut foot = String::from("   0 └");
    for (place, _) in shown.iter().rev() {
        foot += if *place == at { "^^ " } else { "── " };
    }
    lines.push(Line::styled(foot, ui.theme.dim()));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// What a bar shows in a line that begins above `least` points.
fn bar(summary: &AuditSummary, least: u16) -> &'static str {
    let reaches = |points: u8| u16::from(points) > least;
    match (reaches(summary.proven.points), reaches(summary.readiness.points)) {
        (true, _) => "█",
        (false, true) => "░",
        (false, false) => " ",
    }
}

fn verdict_style(verdict: &Verdict, ui: &Ui) -> ratatui::style::Style {
    ui.theme.verdict(Some(verdict))
}
