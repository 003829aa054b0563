//! The audit as the report that people know: every section filled from this run's evidence; a section
//! without evidence says what was not looked at.

mod escape;
mod infrastructure;

use std::fmt::Write as _;

use super::kept::sentence;
use super::{Input, place, time_to_production, verdict_of};
use crate::model::{Class, Decision, Finding, Item, Outcome, PlanPart, PlanStep, Risk, Status, Symbol};
use escape::{block, code, escape, list};

/// The audit as Markdown.
pub fn markdown(input: &Input) -> String {
    let mut out = String::new();
    title(&mut out, input);
    summary(&mut out, input);
    table(&mut out, input);
    blockers(&mut out, input);
    infrastructure::section(&mut out, input);
    state(&mut out, input);
    plan(&mut out, input);
    risks(&mut out, input);
    recommendations(&mut out, input);
    conclusion(&mut out, input);
    out
}

fn title(out: &mut String, input: &Input) {
    let assessment = input.assessment;
    let at = input.finished.unwrap_or(input.started);
    let _ = writeln!(out, "# {} Exit Bar Audit Report\n", escape(&input.release.name));
    let _ = writeln!(out, "**Status: {}**", verdict_of(input));
    let _ =
        writeln!(out, "**Readiness Score: {}** (proven {})", assessment.readiness, assessment.proven.points);
    let _ = writeln!(out, "**Release Version: {}**", escape(&input.release.version));
    let _ = writeln!(out, "**Date: {}**\n", at.strftime("%Y-%m-%d"));
    if let Some(kept) = input.kept {
        let _ = writeln!(out, "> {}\n", escape(&sentence(kept)));
    }
}

fn summary(out: &mut String, input: &Input) {
    let assessment = input.assessment;
    let complete = assessment.findings.iter().filter(|finding| finding.status == Status::Complete).count();
    let _ = writeln!(out, "## Executive Summary\n");
    let proven = assessment.findings.iter().filter(|finding| finding.proven).count();
    let _ = writeln!(
        out,
        "**{complete} of {} items are complete**, {proven} of them proven on bytes in a registry.\n",
        assessment.readiness.counted
    );
    if assessment.blockers.is_empty() {
        let _ = writeln!(out, "Nothing that was looked at blocks the release.\n");
    } else {
        let _ = writeln!(out, "Critical blockers prevent production readiness:");
        for (number, blocker) in assessment.blockers.iter().enumerate() {
            let item = blocker.item.number();
            let _ = writeln!(out, "{}. {} (DoD requirement #{item})", number + 1, escape(&blocker.problem));
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "**Estimated Time to Production: {}**\n",
        time_to_production(assessment.time_to_production)
    );
}

fn table(out: &mut String, input: &Input) {
    let _ = writeln!(out, "## Definition of Done Compliance\n");
    let _ = writeln!(
        out,
        "| # | Requirement | Status | Points | Notes |\n|---|-------------|--------|--------|-------|"
    );
    for finding in &input.assessment.findings {
        let points = finding.points.map_or_else(|| "–".to_owned(), |points| points.to_string());
        let _ = writeln!(
            out,
            "| {} | {} | {} {} | {points} | {} |",
            finding.item.number(),
            escape(&finding.requirement),
            finding.symbol.report(),
            finding.status,
            escape(&finding.note)
        );
    }
    out.push('\n');
}

fn blockers(out: &mut String, input: &Input) {
    let _ = writeln!(out, "## Critical Blockers\n");
    if input.assessment.blockers.is_empty() {
        let _ = writeln!(out, "None.\n");
    }
    for (number, blocker) in input.assessment.blockers.iter().enumerate() {
        let _ = writeln!(out, "### {}. {} ({})", number + 1, escape(&blocker.title), blocker.severity.word());
        let _ = writeln!(out, "- **Problem**: {}", escape(&blocker.problem));
        let _ = writeln!(out, "- **Impact**: {}", escape(&blocker.impact));
        let _ = writeln!(out, "- **Fix**: {}", escape(&blocker.fix));
        if let Some(location) = &blocker.location {
            let _ = writeln!(out, "- **Location**: {}", escape(location));
        }
        if !blocker.actions.is_empty() {
            let _ = writeln!(out, "- **Required Actions**:");
        }
        for (step, action) in blocker.actions.iter().enumerate() {
            let _ = writeln!(out, "  {}. {}", step + 1, code(action));
        }
        out.push('\n');
    }
}

fn state(out: &mut String, input: &Input) {
    let (mut working, mut not_working, mut not_seen) = (Vec::new(), Vec::new(), Vec::new());
    for finding in &input.assessment.findings {
        for cell in &finding.cells {
            let line = format!("{} ({}): {}", finding.item.title(), place(cell), cell.reason);
            match cell.outcome {
                Outcome::Pass => working.push(format!("✅ {line}")),
                Outcome::Soft => not_working.push(format!("⚠️ {line}")),
                Outcome::Fail | Outcome::Absent => not_working.push(format!("❌ {line}")),
                Outcome::Untried | Outcome::Unknown | Outcome::Pending => {
                    not_seen.push(format!("❓ {line} ({})", cell.outcome.word()));
                }
            }
        }
        if finding.cells.is_empty() {
            let line = format!("{} {}: {}", finding.symbol.report(), finding.item.title(), finding.note);
            if finding.symbol == Symbol::Not { not_working.push(line) } else { not_seen.push(line) }
        }
    }
    let _ = writeln!(out, "## Current State vs Required State\n");
    list(out, "### What's Working", &working, "Nothing was seen to work.");
    list(out, "### What's Not Working", &not_working, "Nothing was seen to fail.");
    not_seen.extend(infrastructure::unseen(input).into_iter().map(|line| format!("❓ {line}")));
    list(out, "### What Was Not Seen", &not_seen, "Everything that was asked for was seen.");
}

fn plan(out: &mut String, input: &Input) {
    let _ = writeln!(out, "## Action Plan for Go-Live\n");
    let mut number = 0;
    for part in PlanPart::ALL {
        let steps: Vec<&PlanStep> = input.assessment.plan.iter().filter(|step| step.part == part).collect();
        let _ = writeln!(out, "### {} ({})", part.title(), minutes(part));
        if steps.is_empty() {
            let _ = writeln!(out, "Nothing.\n");
        }
        for step in steps {
            number += 1;
            let after =
                step.after.as_ref().map(|after| format!(", after: {}", escape(after))).unwrap_or_default();
            let _ = writeln!(out, "{number}. **{}** ({:+} points{after})", escape(&step.title), step.points);
            // What belongs to a numbered line starts where its text does.
            let indent = " ".repeat(number.to_string().len() + 2);
            let _ = writeln!(out, "{indent}- {}", escape(&step.why));
            if !step.commands.is_empty() {
                block(out, &indent, "bash", &step.commands);
            }
            out.push('\n');
        }
    }
}

fn minutes(part: PlanPart) -> String {
    match part.minutes() {
        (least, most) if least == most => format!("{most} minutes"),
        (least, most) => format!("{}-{} hours", least / 60, most / 60),
    }
}

fn risks(out: &mut String, input: &Input) {
    let _ = writeln!(out, "## Risk Assessment\n\n**Risk Level: {}**\n", input.assessment.risk.word());
    let kinds: [(&str, &[Item]); 4] = [
        ("Technical Risk", &[Item::MultiArch, Item::VersionCommand, Item::ExamplePipeline, Item::SizeBudget]),
        ("Operational Risk", &[Item::Published, Item::NonRootHealthcheck]),
        ("Security Risk", &[Item::Signed, Item::Sbom, Item::Vulnerabilities]),
        ("Compliance Risk", &[Item::OciLabels]),
    ];
    for (kind, items) in kinds {
        let open: Vec<String> = items
            .iter()
            .map(|item| input.assessment.finding(*item))
            .filter(|finding| !matches!(finding.status, Status::Complete | Status::Off | Status::Waived))
            .map(|finding| format!("{} {}", finding.item.title(), finding.status))
            .collect();
        let said = if open.is_empty() { "nothing open".to_owned() } else { open.join(", ") };
        let _ = writeln!(out, "- **{kind}**: {}", escape(&said));
    }
    out.push('\n');
}

fn recommendations(out: &mut String, input: &Input) {
    let _ = writeln!(out, "## Recommendations\n");
    let must: Vec<String> = input
        .assessment
        .blockers
        .iter()
        .filter(|blocker| blocker.severity >= Risk::High)
        .map(|blocker| blocker.fix.clone())
        .collect();
    let open = |finding: &&Finding| {
        finding.class == Class::Should
            && !matches!(finding.status, Status::Complete | Status::Off | Status::Waived)
    };
    let should: Vec<String> = input
        .assessment
        .findings
        .iter()
        .filter(open)
        .map(|finding| format!("{}: {}", finding.item.title(), finding.note))
        .collect();
    list(out, "### Must Fix Before Release", &must, "Nothing.");
    list(out, "### Should Fix Soon", &should, "Nothing.");
    list(
        out,
        "### Nice to Have",
        &input.assessment.nice_to_have,
        "Nothing was seen that would be better still.",
    );
}

fn conclusion(out: &mut String, input: &Input) {
    let assessment = input.assessment;
    let _ = writeln!(out, "## Conclusion\n");
    let said = match assessment.verdict.as_ref().map(|verdict| verdict.decision) {
        Some(Decision::GO) => "Every item that must be proven was seen on the published bytes.",
        Some(Decision::NO_GO) => "What was seen does not allow this release to go live yet.",
        None => "Not everything has answered, so there is no verdict.",
    };
    let _ = writeln!(out, "{said}");
    for reason in assessment.verdict.iter().flat_map(|verdict| &verdict.reasons) {
        let _ = writeln!(out, "- {}", escape(reason));
    }
    let next = match assessment.plan.as_slice() {
        [] => String::new(),
        [only] => format!(" - {}", escape(&only.title)),
        [first, rest @ ..] => {
            format!(" - {}, then the other {} steps of the plan", escape(&first.title), rest.len())
        }
    };
    let _ = writeln!(out, "\n**Final Verdict**: {}{next}\n", verdict_of(input));
    let total: u64 = input.requests.iter().map(|(_, count)| count).sum();
    let at = input.finished.unwrap_or(input.started);
    let _ = writeln!(
        out,
        "---\n\n*Generated by exitbar {} at {} from {} facts and {total} requests.*",
        env!("CARGO_PKG_VERSION"),
        at.strftime("%Y-%m-%d %H:%M:%SZ"),
        input.facts.len()
    );
}
