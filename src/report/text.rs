//! The audit for a terminal: calm, aligned, never by colour alone. The verdict is the last thing that stands there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::kept::{sentence, time};
use super::{Input, Look, place, time_to_production, verdict_words};
use crate::model::{Assessment, Blocker, Decision, Finding, Outcome, PlanStep, text as clean};

/// How many groups of cells of one item are shown; the JSON has all of them.
const MOST_GROUPS: usize = 8;

/// How long a text is that only points to what is told in full elsewhere.
const LINE: usize = 110;

/// The column at which the note of an item begins.
const NOTE: usize = 44;

/// The audit as text.
pub fn text(input: &Input, look: Look) -> String {
    let mut out = String::new();
    let title = format!("{} {}", input.release.name, input.release.version);
    let _ = writeln!(out, "{}", look.with("1", &clean::clean_line(&title)));
    let _ = writeln!(out, "{}", scores(input.assessment));
    if let Some(kept) = input.kept {
        look.line(&mut out, "", 0, &sentence(kept));
    }
    out.push('\n');
    let mut told = BTreeSet::new();
    for finding in &input.assessment.findings {
        item(&mut out, finding, look, &mut told);
    }
    blockers(&mut out, input, look);
    plan(&mut out, input, look);
    warnings(&mut out, input, look);
    verdict(&mut out, input, look);
    out
}

fn scores(assessment: &Assessment) -> String {
    let proven = assessment.proven.points;
    format!("readiness {}, proven {proven}, risk {}", assessment.readiness, assessment.risk.word())
}

fn item<'a>(out: &mut String, finding: &'a Finding, look: Look, told: &mut BTreeSet<&'a str>) {
    let points = finding.points.map_or_else(|| " –".to_owned(), |points| format!("{points:>2}"));
    let status = look.symbol(finding.symbol, &format!("{} {:<11}", finding.symbol.screen(), finding.status));
    let lead = format!("{:>2} {:<22} {status} {points}  ", finding.item.number(), finding.item.title());
    let groups = grouped(finding);
    // A note is cut only where a cell below tells it in full.
    let told_below = groups.iter().any(|group| group.reason == finding.note);
    let note = if told_below { cut(&finding.note) } else { finding.note.clone() };
    look.line(out, &lead, NOTE, &note);
    if let Some(stop) = &finding.hard_stop {
        look.line(out, "     hard stop: ", 16, stop);
    }
    for group in groups.iter().take(MOST_GROUPS) {
        let places = group.places.join(", ");
        let is_long = group.reason.chars().count() > LINE;
        // What the note has told already is not told again; a long reason of several items is told once.
        let said = if group.reason == finding.note && !is_long {
            places
        } else if is_long && !told.insert(group.reason) {
            format!("{places}: as above")
        } else {
            format!("{places}: {}", group.reason)
        };
        look.line(out, &format!("     {:<8} ", group.outcome.word()), 14, &said);
    }
    if groups.len() > MOST_GROUPS {
        let _ = writeln!(out, "     … and {} more: --format json has all", groups.len() - MOST_GROUPS);
    }
}

/// Cells that do not pass, for one reason.
struct Group<'a> {
    outcome: Outcome,
    reason: &'a str,
    places: Vec<String>,
}

fn grouped(finding: &Finding) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for cell in finding.cells.iter().filter(|cell| cell.outcome != Outcome::Pass) {
        let beyond = if cell.beyond { " (beyond what is required)" } else { "" };
        let place = format!("{}{beyond}", place(cell));
        let known = |group: &&mut Group<'_>| group.outcome == cell.outcome && group.reason == cell.reason;
        match groups.iter_mut().find(known) {
            Some(group) => group.places.push(place),
            None => groups.push(Group { outcome: cell.outcome, reason: &cell.reason, places: vec![place] }),
        }
    }
    groups
}

/// The first part of a text that is told in full elsewhere.
fn cut(text: &str) -> String {
    let line = clean::clean_line(text);
    if line.chars().count() <= LINE {
        return line.into_owned();
    }
    line.chars().take(LINE - 1).chain(['…']).collect()
}

fn blockers(out: &mut String, input: &Input, look: Look) {
    if input.assessment.blockers.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", look.with("1", "Blockers"));
    for blocker in &input.assessment.blockers {
        one_blocker(out, blocker, look);
    }
}

fn one_blocker(out: &mut String, blocker: &Blocker, look: Look) {
    look.line(out, &format!("  {:<8} ", blocker.severity.word()), 11, &blocker.title);
    look.line(out, "           problem  ", 20, &cut(&blocker.problem));
    look.line(out, "           fix      ", 20, &blocker.fix);
    if let Some(location) = &blocker.location {
        look.line(out, "           where    ", 20, location);
    }
}

fn plan(out: &mut String, input: &Input, look: Look) {
    if input.assessment.plan.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", look.with("1", "Plan, with the points that each step gives now"));
    for (number, step) in input.assessment.plan.iter().enumerate() {
        let lead = format!("  {:>2}. {:>3}  ", number + 1, format!("{:+}", step.points));
        look.line(out, &lead, 11, &titled(step));
        for command in &step.commands {
            // Commands stay whole: they are there to be copied.
            let _ = writeln!(out, "           {}", clean::clean_line(command));
        }
    }
}

fn titled(step: &PlanStep) -> String {
    let after = step.after.as_ref().map(|after| format!(" (after: {after})"));
    format!("{}{}", step.title, after.unwrap_or_default())
}

fn warnings(out: &mut String, input: &Input, look: Look) {
    let assessment = input.assessment;
    let of_items = assessment.findings.iter().flat_map(|finding| {
        let number = finding.item.number();
        finding.warnings.iter().map(move |warning| format!("item {number}: {warning}"))
    });
    let all: Vec<String> = assessment.warnings.iter().cloned().chain(of_items).collect();
    if !all.is_empty() {
        let _ = writeln!(out, "\n{}", look.with("1", "Warnings"));
    }
    for warning in all {
        look.line(out, "  - ", 4, &warning);
    }
}

fn verdict(out: &mut String, input: &Input, look: Look) {
    let assessment = input.assessment;
    let total: u64 = input.requests.iter().map(|(_, count)| count).sum();
    let at = input.finished.unwrap_or(input.started).strftime("%Y-%m-%d %H:%M:%S UTC");
    let _ = writeln!(out, "\n{} facts from {total} requests, as of {at}", input.facts.len());
    let code = match assessment.verdict.as_ref().map(|verdict| (verdict.decision, verdict.conditional)) {
        Some((Decision::GO, false)) => "1;32",
        Some((Decision::GO, true)) => "1;33",
        Some((Decision::NO_GO, _)) => "1;31",
        None => "1",
    };
    let words = verdict_words(assessment);
    let stale = match (assessment.stale, assessment.tags_read_at) {
        _ if input.kept.is_some() => format!(" at {}, stale", time(input.finished.unwrap_or(input.started))),
        (true, Some(at)) => format!(" at {}, stale", at.strftime("%H:%M UTC")),
        _ => String::new(),
    };
    let lead = format!("{}{stale}: ", look.with(code, words));
    let taken = words.chars().count() + stale.chars().count() + 2;
    let time = time_to_production(assessment.time_to_production);
    look.line(out, &lead, taken, &format!("{}; to production: {time}", scores(assessment)));
    for reason in assessment.verdict.iter().flat_map(|verdict| &verdict.reasons) {
        look.line(out, "  - ", 4, &cut(reason));
    }
}
