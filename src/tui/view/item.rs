//! One item: what it requires, every cell, the evidence, what would help.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::cockpit::{mark, symbol};
use super::frame::{pad, page, wrap};
use super::signatures;
use unicode_width::UnicodeWidthStr as _;

use crate::cockpit::State;
use crate::model::{Cell, Entry, FactKey, Finding, Level, Symbol};
use crate::tui::pager::Pager;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(pager: &Pager, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let finding = &state.assessment.findings[ui.focus];
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = Vec::new();
    decision(&mut lines, finding, ui, width);
    cells(&mut lines, finding, ui, width);
    warnings(&mut lines, finding, ui, width);
    helps(&mut lines, finding, state, ui, width);
    evidence(&mut lines, finding, state, ui, width);
    let title = format!("{} {}", finding.item.number(), finding.item.title());
    page(&title, lines, pager, ui, frame, area);
}

pub(super) fn heading(lines: &mut Vec<Line<'static>>, text: &str, ui: &Ui) {
    lines.push(Line::default());
    lines.push(Line::styled(format!(" {text}"), ui.theme.title()));
}

fn paragraph(lines: &mut Vec<Line<'static>>, text: &str, indent: &str, ui: &Ui, width: usize) {
    for line in wrap(text, width.saturating_sub(indent.len())) {
        lines.push(Line::styled(format!("{indent}{line}"), ui.theme.text()));
    }
}

fn decision(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    let points =
        finding.points.map_or_else(|| "no points yet".to_owned(), |points| format!("{points} of 10"));
    let proven = if finding.proven { ", proven" } else { "" };
    lines.push(Line::from(vec![
        Span::styled(
            format!(" {} {}", finding.symbol.screen(), finding.status),
            ui.theme.symbol(finding.symbol),
        ),
        Span::styled(
            format!(
                "  {points}{proven}  {}",
                if finding.class == crate::model::Class::Must { "MUST" } else { "SHOULD" }
            ),
            ui.theme.dim(),
        ),
    ]));
    paragraph(lines, &finding.requirement, " ", ui, width);
    paragraph(lines, &finding.note, " ", ui, width);
    if let Some(stop) = &finding.hard_stop {
        for line in wrap(&format!("hard stop: {stop}"), width) {
            lines.push(Line::styled(format!(" {line}"), ui.theme.symbol(Symbol::Not)));
        }
    }
}

/// A table: outcome, image, repository, platform, level, and the reason below.
fn cells(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    heading(lines, "Cells", ui);
    if finding.cells.is_empty() {
        lines.push(Line::styled("   none yet", ui.theme.dim()));
        return;
    }
    let columns = columns(&finding.cells, width.saturating_sub(14 + 10));
    for cell in &finding.cells {
        let mut spans = vec![Span::styled(
            format!("   {} {:<8} ", mark(cell.outcome), cell.outcome.word()),
            ui.theme.symbol(symbol(cell.outcome)),
        )];
        for (text, width) in parts(cell).into_iter().zip(columns).filter(|(_, width)| *width > 0) {
            spans.push(Span::styled(format!("{}  ", pad(&text, width)), ui.theme.text()));
        }
        spans.push(Span::styled(cell.level.map_or("", Level::word), ui.theme.dim()));
        lines.push(Line::from(spans));
        let beyond = if cell.beyond { "beyond what is required: " } else { "" };
        let stop = if cell.hard_stop { "hard stop: " } else { "" };
        for line in wrap(&format!("{stop}{beyond}{}", cell.reason), width.saturating_sub(14)) {
            lines.push(Line::styled(format!("              {line}"), ui.theme.dim()));
        }
    }
}

fn parts(cell: &Cell) -> [String; 3] {
    [
        cell.image.to_string(),
        cell.repository.as_ref().map(ToString::to_string).unwrap_or_default(),
        cell.platform.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}

/// The widths of the columns; the widest gives way where there is not room for all.
fn columns(cells: &[Cell], room: usize) -> [usize; 3] {
    let mut widths = [0; 3];
    for cell in cells {
        for (width, text) in widths.iter_mut().zip(parts(cell)) {
            *width = text.width().max(*width);
        }
    }
    let room = room.saturating_sub(2 * widths.len());
    while widths.iter().sum::<usize>() > room.max(3) {
        if let Some(widest) = widths.iter_mut().max() {
            *widest -= 1;
        }
    }
    widths
}

fn warnings(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    let all: Vec<&String> = finding.warnings.iter().chain(&finding.caps).collect();
    if all.is_empty() {
        return;
    }
    heading(lines, "Warnings", ui);
    for warning in all {
        paragraph(lines, &format!("! {warning}"), "   ", ui, width);
    }
}

fn helps(lines: &mut Vec<Line<'static>>, finding: &Finding, state: &State, ui: &Ui, width: usize) {
    let steps: Vec<_> =
        state.assessment.plan.iter().filter(|step| step.items.contains(&finding.item)).collect();
    if steps.is_empty() {
        return;
    }
    heading(lines, "What would help", ui);
    for step in steps {
        let after = step.after.as_ref().map(|after| format!(" (after: {after})")).unwrap_or_default();
        paragraph(lines, &format!("{:+}  {}{after}", step.points, step.title), "   ", ui, width);
        for command in &step.commands {
            for line in wrap(command, width.saturating_sub(7)) {
                lines.push(Line::styled(format!("       {line}"), ui.theme.accent()));
            }
        }
    }
}

fn evidence(lines: &mut Vec<Line<'static>>, finding: &Finding, state: &State, ui: &Ui, width: usize) {
    let keys: BTreeSet<&FactKey> =
        finding.cells.iter().flat_map(|cell| &cell.because).chain(&finding.because).collect();
    signatures::render(lines, keys.iter().copied(), state, ui, width);
    let others = keys.into_iter().filter(|key| !signatures::shows(key, state));
    let entries: Vec<&Entry> = others.filter_map(|key| state.facts.get(key)).collect();
    heading(lines, &format!("Evidence ({})", entries.len()), ui);
    if entries.is_empty() {
        lines.push(Line::styled("   none yet", ui.theme.dim()));
    }
    for entry in entries {
        one_evidence(lines, entry, state, ui, width);
    }
}

/// Of what, where, how and when; and where nothing was seen, why.
fn one_evidence(lines: &mut Vec<Line<'static>>, entry: &Entry, state: &State, ui: &Ui, width: usize) {
    const INDENT: &str = "            ";
    let evidence = &entry.evidence;
    for (place, line) in wrap(&evidence.subject, width.saturating_sub(INDENT.len())).into_iter().enumerate() {
        let level = if place == 0 { evidence.level.word() } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!("   {level:<9}"), ui.theme.accent()),
            Span::styled(line, ui.theme.text()),
        ]));
    }
    let exit = evidence.exit.map(|code| format!(", exit {code}")).unwrap_or_default();
    let seen = when(evidence.at, state.facts.as_of);
    let text = format!("{}: {}{exit}, {seen}", evidence.source, evidence.method);
    let dim = |line: String| Line::styled(format!("{INDENT}{line}"), ui.theme.dim());
    lines.extend(wrap(&text, width.saturating_sub(INDENT.len())).into_iter().map(dim));
    if let Some(reason) = entry.fact.reason() {
        paragraph(lines, &format!("? unknown: {reason}"), INDENT, ui, width);
    } else if entry.fact.is_absent() {
        paragraph(lines, "· not there", INDENT, ui, width);
    }
}

/// `12:04:31Z`; with the day and the age where it was not seen just now.
fn when(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins();
    match minutes {
        ..1 => at.strftime("%H:%M:%SZ").to_string(),
        1..60 => format!("{}, {minutes} min ago", at.strftime("%H:%M:%SZ")),
        60..2880 => format!("{}, {} h ago", at.strftime("%Y-%m-%d %H:%MZ"), minutes / 60),
        _ => format!("{}, {} days ago", at.strftime("%Y-%m-%d %H:%MZ"), minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_says_its_age_once_it_has_one() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let at = |at: &str| when(at.parse().unwrap(), now);
        assert_eq!(at("2026-11-24T11:59:30Z"), "11:59:30Z");
        assert_eq!(at("2026-11-24T11:50:00Z"), "11:50:00Z, 10 min ago");
        assert_eq!(at("2026-11-24T09:00:00Z"), "2026-11-24 09:00Z, 3 h ago");
        assert_eq!(at("2026-11-20T12:00:00Z"), "2026-11-20 12:00Z, 4 days ago");
    }
}
