//! Hostile text wherever something comes from outside.

use std::collections::VecDeque;
use std::sync::Arc;

use super::jobs::jobs;
use super::line;
use super::plan::plan;
use crate::cockpit::{PendingPlan, Severity, State};
use crate::model::JobOutcome;

/// What escapes, hides, turns round, is wide, and does not end.
pub(in crate::tui) const HOSTILE: &str =
    "e\u{1b}[2Jv\u{7}il \u{202e}字字\u{200b} \u{9b}31m\u{1b}]0;title\u{7}\r\n\ttab ";

/// Hostile text wherever something comes from outside.
pub(in crate::tui) fn hostile() -> State {
    let mut state = jobs();
    let evil = format!("{HOSTILE}{}", "x".repeat(300));
    let mut release = (*state.release).clone();
    release.name.clone_from(&evil);
    release.version.clone_from(&evil);
    state.release = Arc::new(release);
    let mut assessment = (*state.assessment).clone();
    for finding in &mut assessment.findings {
        finding.requirement.clone_from(&evil);
        finding.note.clone_from(&evil);
        finding.hard_stop = Some(evil.clone());
        finding.warnings = vec![evil.clone()];
        finding.caps = vec![evil.clone()];
        for cell in &mut finding.cells {
            cell.reason.clone_from(&evil);
        }
    }
    for blocker in &mut assessment.blockers {
        for text in [&mut blocker.title, &mut blocker.problem, &mut blocker.impact, &mut blocker.fix] {
            text.clone_from(&evil);
        }
        blocker.location = Some(evil.clone());
        blocker.actions = vec![evil.clone()];
    }
    for step in &mut assessment.plan {
        step.title.clone_from(&evil);
        step.why.clone_from(&evil);
        step.after = Some(evil.clone());
        step.commands = vec![evil.clone()];
    }
    assessment.warnings = vec![evil.clone()];
    assessment.nice_to_have = vec![evil.clone()];
    state.assessment = Arc::new(assessment);
    hostile_work(&mut state, &evil);
    state
}

pub(super) fn hostile_work(state: &mut State, evil: &str) {
    for job in &mut state.jobs {
        job.output = VecDeque::from([evil.to_owned()]);
        if let Some((_, outcome)) = &mut job.ended {
            *outcome = JobOutcome::Failed(evil.to_owned());
        }
        if let Some(progress) = &mut job.progress {
            evil.clone_into(&mut progress.what);
        }
    }
    let at = state.facts.as_of;
    state.log = VecDeque::from([line(at, evil), line(at, "e\u{301}\u{302}\u{303} combining")]);
    state.notice = Some((Severity::Warning, evil.to_owned()));
    let facts: Vec<_> = state.facts.iter().map(|(key, entry)| (key.clone(), entry.clone())).collect();
    for (key, entry) in facts {
        let mut evidence = (*entry.evidence).clone();
        for text in [&mut evidence.subject, &mut evidence.source, &mut evidence.method] {
            evil.clone_into(text);
        }
        state.facts.insert(key, (*entry.fact).clone(), evidence);
    }
}

/// A plan full of hostile text.
pub(in crate::tui) fn hostile_plan() -> PendingPlan {
    let evil = format!("{HOSTILE}{}", "x".repeat(300));
    let mut pending = plan();
    pending.plan.steps = vec![evil.clone()];
    pending.plan.warnings = vec![evil.clone()];
    pending.plan.verdict_after = Some(evil);
    pending
}
