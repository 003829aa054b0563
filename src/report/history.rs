//! What is kept of a release, as a list and as a chart of its score.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::json::harmless;
use super::kept::time;
use super::layout::Look;
use crate::model::{AuditId, AuditSummary, Decision, Item, Status, text};

/// How wide a bar is, in columns.
const BAR: usize = 40;

/// The column at which what changed begins, in a list without names.
const CHANGED: usize = 75;

/// Finished audits as text: a bar for each version, then the audits. `list` has the newest first; the first `limit` of
/// them are shown.
pub fn history_text(list: &[AuditSummary], limit: usize, look: Look) -> String {
    let mut out = String::new();
    if list.is_empty() {
        return "No finished audit is kept yet: `exitbar audit` makes one.\n".to_owned();
    }
    chart(&mut out, list, look);
    let several = list.iter().any(|summary| summary.release != list[0].release);
    let name = if several { format!("{:<16} ", "release") } else { String::new() };
    let head = format!(
        "  {:<6}{:<18}{name}{:<14}{:<19}{:>5} {:>7}   changed",
        "run", "time (UTC)", "version", "verdict", "score", "proven"
    );
    let _ = writeln!(out, "{}", look.with("1", &head));
    for (place, summary) in list.iter().take(limit).enumerate() {
        let before = list[place + 1..].iter().find(|before| before.release == summary.release);
        one(&mut out, summary, before, list, several, look);
    }
    if list.len() > limit {
        let _ = writeln!(out, "  … and {} older: --limit {} has all", list.len() - limit, list.len());
    }
    let _ = writeln!(
        out,
        "\n`exitbar report RUN` prints one, `exitbar history diff A B` says what moved between two."
    );
    out
}

fn one(
    out: &mut String,
    summary: &AuditSummary,
    before: Option<&AuditSummary>,
    list: &[AuditSummary],
    several: bool,
    look: Look,
) {
    let id = summary.id.short(ids(list));
    let at = summary.finished.strftime("%Y-%m-%d %H:%M").to_string();
    let name = if several { format!("{} ", padded(&summary.release, 16)) } else { String::new() };
    let verdict = look.with(color(summary), &format!("{:<19}", summary.verdict.words()));
    let scores = format!("{:>5} {:>7}", summary.readiness.points, summary.proven.points);
    let lead = format!("  {id:<6}{at:<18}{name}{} {verdict}{scores}   ", padded(&summary.version, 13));
    let taken = CHANGED + if several { 17 } else { 0 };
    look.line(out, &lead, taken, &changed(summary, before));
}

/// What changed against the audit before it.
pub fn changed(summary: &AuditSummary, before: Option<&AuditSummary>) -> String {
    let Some(before) = before else { return "the first".to_owned() };
    let mut parts = Vec::new();
    if before.version != summary.version {
        parts.push(format!("after {}", before.version));
    }
    if before.verdict.words() != summary.verdict.words() {
        parts.push(format!("was {}", before.verdict.words()));
    }
    let changes = summary.changes_since(before);
    parts.extend(changes.iter().map(|(item, points)| format!("{points:+} {}", item.key())));
    if parts.is_empty() {
        parts.push("no points".to_owned());
    }
    if summary.times > 1 {
        parts.push(format!("seen {} times until {}", summary.times, time(summary.last_seen)));
    }
    parts.join(", ")
}

/// The newest audit of each version, newest first.
fn newest_of_each(list: &[AuditSummary]) -> Vec<&AuditSummary> {
    let mut found: Vec<&AuditSummary> = Vec::new();
    for summary in list {
        let known =
            |other: &&&AuditSummary| other.release == summary.release && other.version == summary.version;
        if found.iter().find(known).is_none() {
            found.push(summary);
        }
    }
    found
}

fn chart(out: &mut String, list: &[AuditSummary], look: Look) {
    let _ = writeln!(
        out,
        "{}",
        look.with("1", "Score by version, its newest audit  (█ proven, ▒ ready, not proven)")
    );
    let newest = newest_of_each(list);
    let label = |summary: &AuditSummary| {
        text::clean_line(&format!("{} {}", summary.release, summary.version)).into_owned()
    };
    let wide = newest.iter().map(|summary| label(summary).width()).max().unwrap_or_default().min(30);
    for summary in newest {
        let columns = |points: u8| usize::from(points.min(100)) * BAR / 100;
        let (proven, ready) = (columns(summary.proven.points), columns(summary.readiness.points));
        let proven = proven.min(ready);
        let bar = "█".repeat(proven) + &"▒".repeat(ready - proven) + &"░".repeat(BAR - ready);
        let verdict = look.with(color(summary), summary.verdict.words());
        let score = format!("{:>3}/100", summary.readiness.points);
        let _ = writeln!(out, "  {}  {bar} {score}  {verdict}", padded(&label(summary), wide));
    }
    out.push('\n');
}

fn ids(list: &[AuditSummary]) -> impl Iterator<Item = &AuditId> {
    list.iter().map(|summary| &summary.id)
}

fn color(summary: &AuditSummary) -> &'static str {
    match (summary.verdict.decision, summary.verdict.conditional) {
        (Decision::GO, false) => "32",
        (Decision::GO, true) => "33",
        (Decision::NO_GO, _) => "31",
    }
}

/// A text of exactly this many columns, made safe.
fn padded(given: &str, columns: usize) -> String {
    let clean = text::clean_line(given);
    let mut out = String::new();
    let mut taken = 0;
    for letter in clean.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(letter).unwrap_or_default();
        if taken + wide > columns {
            while out.width() + 1 > columns {
                out.pop();
            }
            out.push('…');
            break;
        }
        out.push(letter);
        taken += wide;
    }
    let missing = columns.saturating_sub(out.width());
    out + &" ".repeat(missing)
}

#[derive(Serialize)]
struct RunOut<'a> {
    run: &'a str,
    release_name: &'a str,
    release_version: &'a str,
    started_at: String,
    finished_at: String,
    last_seen: String,
    times: u32,
    status: Decision,
    conditional: bool,
    undecided: bool,
    readiness_score: u8,
    proven_score: u8,
    exitbar: &'a str,
    exit_bar_results: Vec<ItemOut>,
    /// What changed against the audit before it; none of the first.
    changes: Option<Vec<ChangeOut>>,
}

#[derive(Serialize)]
struct ItemOut {
    item: Item,
    status: Status,
    points: Option<u8>,
    proven: bool,
}

#[derive(Serialize)]
struct ChangeOut {
    item: Item,
    points: i16,
}

#[derive(Serialize)]
struct ReleaseOut<'a> {
    release_name: &'a str,
    release_version: &'a str,
    run: &'a str,
    status: Decision,
    readiness_score: u8,
    proven_score: u8,
}

/// Finished audits as JSON, the first `limit` of them.
pub fn history_json(list: &[AuditSummary], limit: usize) -> String {
    let run = |(place, summary): (usize, &AuditSummary)| -> serde_json::Value {
        let before = list[place + 1..].iter().find(|before| before.release == summary.release);
        serde_json::to_value(run_out(summary, before)).unwrap_or_default()
    };
    let runs: Vec<serde_json::Value> = list.iter().enumerate().take(limit).map(run).collect();
    let newest = newest_of_each(list);
    let releases = newest.iter().map(|summary| ReleaseOut {
        release_name: &summary.release,
        release_version: &summary.version,
        run: summary.id.as_str(),
        status: summary.verdict.decision,
        readiness_score: summary.readiness.points,
        proven_score: summary.proven.points,
    });
    let document =
        serde_json::json!({ "runs": runs, "kept": list.len(), "releases": releases.collect::<Vec<_>>() });
    format!("{:#}\n", harmless(document))
}

fn run_out<'a>(summary: &'a AuditSummary, before: Option<&AuditSummary>) -> RunOut<'a> {
    let item = |found: &crate::model::ItemSummary| ItemOut {
        item: found.item,
        status: found.status,
        points: found.points,
        proven: found.proven,
    };
    let changes = before.map(|before| summary.changes_since(before));
    let change = |(item, points)| ChangeOut { item, points };
    RunOut {
        run: summary.id.as_str(),
        release_name: &summary.release,
        release_version: &summary.version,
        started_at: summary.started.to_string(),
        finished_at: summary.finished.to_string(),
        last_seen: summary.last_seen.to_string(),
        times: summary.times,
        status: summary.verdict.decision,
        conditional: summary.verdict.conditional,
        undecided: summary.verdict.undecided,
        readiness_score: summary.readiness.points,
        proven_score: summary.proven.points,
        exitbar: &summary.by,
        exit_bar_results: summary.items.iter().map(item).collect(),
        changes: changes.map(|list| list.into_iter().map(change).collect()),
    }
}
