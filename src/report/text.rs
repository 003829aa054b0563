//! The audit for a terminal: calm, aligned, never by colour alone.

use std::fmt::Write as _;

use super::{Input, verdict_words};
use crate::model::{Cell, Decision, Finding, Outcome, PlanStep, Symbol, text as clean};

struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn symbol(&self, symbol: Symbol, text: &str) -> String {
        let code = match symbol {
            Symbol::Done => "32",
            Symbol::Partly => "33",
            Symbol::Question => "36",
            Symbol::Not => "31",
            Symbol::Looking | Symbol::Off => "2",
        };
        self.with(code, text)
    }
}

/// The audit as text, with colours or without.
pub fn text(input: &Input, colors: bool) -> String {
    let paint = Paint(colors);
    let mut out = String::new();
    header(&mut out, input, &paint);
    for finding in &input.assessment.findings {
        item(&mut out, finding, &paint);
    }
    blockers(&mut out, input, &paint);
    plan(&mut out, input, &paint);
    warnings(&mut out, input);
    footer(&mut out, input);
    out
}

fn header(out: &mut String, input: &Input, paint: &Paint) {
    let assessment = input.assessment;
    let words = verdict_words(assessment);
    let code = match assessment.verdict.as_ref().map(|verdict| (verdict.decision, verdict.conditional)) {
        Some((Decision::GO, false)) => "1;32",
        Some((Decision::GO, true)) => "1;33",
        Some((Decision::NO_GO, _)) => "1;31",
        None => "1",
    };
    let (name, version) = (clean::clean_line(&input.release.name), clean::clean_line(&input.release.version));
    let _ = writeln!(out, "{} {version}   {}", paint.with("1", &name), paint.with(code, words));
    let _ = writeln!(
        out,
        "readiness {}   proven {}   risk {}",
        assessment.readiness,
        assessment.proven.points,
        assessment.risk.word()
    );
    for reason in assessment.verdict.iter().flat_map(|verdict| &verdict.reasons) {
        let _ = writeln!(out, "  {}", clean::clean_line(reason));
    }
    out.push('\n');
}

fn item(out: &mut String, finding: &Finding, paint: &Paint) {
    let points = finding.points.map_or_else(|| " -".to_owned(), |points| format!("{points:>2}"));
    let status = paint.symbol(finding.symbol, &format!("{} {:<11}", finding.symbol.screen(), finding.status));
    let _ = writeln!(
        out,
        "{:>2} {:<22} {status} {points}  {}",
        finding.item.number(),
        finding.item.title(),
        clean::clean_line(&finding.note)
    );
    for cell in finding.cells.iter().filter(|cell| cell.outcome != Outcome::Pass) {
        let _ = writeln!(
            out,
            "     {:<8} {}: {}",
            cell.outcome.word(),
            place(cell),
            clean::clean_line(&cell.reason)
        );
    }
}

/// Where a cell is, in words.
pub(super) fn place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(ToString::to_string));
    parts.extend(cell.platform.as_ref().map(ToString::to_string));
    parts.join(" ")
}

fn blockers(out: &mut String, input: &Input, paint: &Paint) {
    if input.assessment.blockers.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint.with("1", "Blockers"));
    for blocker in &input.assessment.blockers {
        let _ = writeln!(out, "  {:<8} {}", blocker.severity.word(), clean::clean_line(&blocker.title));
        let _ = writeln!(out, "           problem  {}", clean::clean_line(&blocker.problem));
        let _ = writeln!(out, "           fix      {}", clean::clean_line(&blocker.fix));
        if let Some(location) = &blocker.location {
            let _ = writeln!(out, "           where    {}", clean::clean_line(location));
        }
    }
}

fn plan(out: &mut String, input: &Input, paint: &Paint) {
    if input.assessment.plan.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint.with("1", "Plan"));
    for step in &input.assessment.plan {
        let _ = writeln!(out, "  {:>3}  {}{}", points(step), clean::clean_line(&step.title), after(step));
        for command in &step.commands {
            let _ = writeln!(out, "         {}", clean::clean_line(command));
        }
    }
}

fn points(step: &PlanStep) -> String {
    format!("{:+}", step.points)
}

fn after(step: &PlanStep) -> String {
    step.after.as_ref().map(|after| format!("  (after: {})", clean::clean_line(after))).unwrap_or_default()
}

fn warnings(out: &mut String, input: &Input) {
    let of_items = input.assessment.findings.iter().flat_map(|finding| {
        finding.warnings.iter().map(move |warning| format!("item {}: {warning}", finding.item.number()))
    });
    for warning in input.assessment.warnings.iter().cloned().chain(of_items) {
        let _ = writeln!(out, "warning: {}", clean::clean_line(&warning));
    }
}

fn footer(out: &mut String, input: &Input) {
    let total: u64 = input.requests.iter().map(|(_, count)| count).sum();
    let at = input.finished.unwrap_or(input.started);
    let _ = writeln!(
        out,
        "\n{} facts, {total} requests, as of {}",
        input.facts.len(),
        at.strftime("%Y-%m-%d %H:%M:%SZ")
    );
}
