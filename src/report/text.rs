//! The audit for a terminal: calm, aligned, never by colour alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Input, verdict_words};
use crate::model::{Cell, Decision, Finding, Outcome, PlanStep, Symbol, text as clean};

/// How long a line is that only points to what is told elsewhere.
const LINE: usize = 110;

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
    let mut told = BTreeSet::new();
    for finding in &input.assessment.findings {
        item(&mut out, finding, &paint, &mut told);
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
        let _ = writeln!(out, "  {}", cut(reason));
    }
    out.push('\n');
}

fn item(out: &mut String, finding: &Finding, paint: &Paint, told: &mut BTreeSet<String>) {
    let points = finding.points.map_or_else(|| " -".to_owned(), |points| format!("{points:>2}"));
    let status = paint.symbol(finding.symbol, &format!("{} {:<11}", finding.symbol.screen(), finding.status));
    let _ = writeln!(
        out,
        "{:>2} {:<22} {status} {points}  {}",
        finding.item.number(),
        finding.item.title(),
        cut(&finding.note)
    );
    for (outcome, reason, places) in grouped(finding) {
        // What the note has told already is not told again; a long reason of several items is told once.
        let reason = if finding.note == reason && reason.chars().count() <= LINE {
            String::new()
        } else if told.insert(reason.to_owned()) || reason.chars().count() <= LINE {
            format!(": {}", clean::clean_line(reason))
        } else {
            ": as above".to_owned()
        };
        let _ = writeln!(out, "     {:<8} {}{reason}", outcome.word(), places.join(", "));
    }
}

/// What does not pass, places with one reason together.
fn grouped(finding: &Finding) -> Vec<(Outcome, &str, Vec<String>)> {
    let mut groups: Vec<(Outcome, &str, Vec<String>)> = Vec::new();
    for cell in finding.cells.iter().filter(|cell| cell.outcome != Outcome::Pass) {
        let known =
            groups.iter_mut().find(|(outcome, reason, _)| *outcome == cell.outcome && *reason == cell.reason);
        match known {
            Some((.., places)) => places.push(place(cell)),
            None => groups.push((cell.outcome, &cell.reason, vec![place(cell)])),
        }
    }
    groups
}

/// The first part of a line that is told in full elsewhere.
fn cut(line: &str) -> String {
    let line = clean::clean_line(line);
    if line.chars().count() <= LINE {
        return line.into_owned();
    }
    line.chars().take(LINE - 1).chain(['…']).collect()
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
        let _ = writeln!(out, "           problem  {}", cut(&blocker.problem));
        let _ = writeln!(out, "           fix      {}", cut(&blocker.fix));
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
