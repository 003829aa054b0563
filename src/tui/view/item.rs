//! One item: what it requires, every cell, the evidence, what would help.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::cockpit::mark;
use super::frame::{pad, page, wrap};
use crate::cockpit::State;
use crate::model::{Cell, FactKey, Finding, Outcome, Symbol};
use crate::tui::ui::Ui;

pub(super) fn render(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let finding = &state.assessment.findings[ui.focus];
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = Vec::new();
    decision(&mut lines, finding, ui, width);
    cells(&mut lines, finding, ui, width);
    warnings(&mut lines, finding, ui, width);
    helps(&mut lines, finding, state, ui, width);
    evidence(&mut lines, finding, state, ui, width);
    let title = format!("{} {}", finding.item.number(), finding.item.title());
    page(&title, lines, ui.scroll, ui, frame, area);
}

fn heading(lines: &mut Vec<Line<'static>>, text: &str, ui: &Ui) {
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

fn cells(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    heading(lines, "Cells", ui);
    if finding.cells.is_empty() {
        lines.push(Line::styled("   none yet", ui.theme.dim()));
    }
    for cell in &finding.cells {
        let symbol = match cell.outcome {
            Outcome::Pass => Symbol::Done,
            Outcome::Fail | Outcome::Absent => Symbol::Not,
            Outcome::Soft => Symbol::Partly,
            Outcome::Untried | Outcome::Unknown | Outcome::Pending => Symbol::Question,
        };
        let level = cell.level.map_or("", |level| level.word());
        lines.push(Line::from(vec![
            Span::styled(
                format!("   {} {:<8}", mark(cell.outcome), cell.outcome.word()),
                ui.theme.symbol(symbol),
            ),
            Span::styled(format!(" {}", pad(&place(cell), width.saturating_sub(24))), ui.theme.text()),
            Span::styled(level.to_owned(), ui.theme.dim()),
        ]));
        for line in wrap(&cell.reason, width.saturating_sub(14)) {
            lines.push(Line::styled(format!("              {line}"), ui.theme.dim()));
        }
    }
}

fn place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(ToString::to_string));
    parts.extend(cell.platform.as_ref().map(ToString::to_string));
    if cell.beyond {
        parts.push("(beyond what is required)".to_owned());
    }
    parts.join("  ")
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
            lines.push(Line::styled(
                format!("       {}", super::frame::fit(command, width.saturating_sub(7))),
                ui.theme.accent(),
            ));
        }
    }
}

fn evidence(lines: &mut Vec<Line<'static>>, finding: &Finding, state: &State, ui: &Ui, width: usize) {
    let keys: BTreeSet<&FactKey> =
        finding.cells.iter().flat_map(|cell| &cell.because).chain(&finding.because).collect();
    heading(lines, &format!("Evidence ({})", keys.len()), ui);
    for key in keys {
        let Some(entry) = state.facts.get(key) else { continue };
        let evidence = &entry.evidence;
        let at = evidence.at.strftime("%H:%M:%SZ");
        let exit = evidence.exit.map(|code| format!(", exit {code}")).unwrap_or_default();
        let text =
            format!("{:<8} {at} {}: {}{exit}", evidence.level.word(), evidence.source, evidence.method);
        paragraph(lines, &text, "   ", ui, width);
        if let Some(reason) = entry.fact.reason() {
            paragraph(lines, &format!("unknown: {reason}"), "            ", ui, width);
        }
    }
}
