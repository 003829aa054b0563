//! What moved between two audits, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::harmless;
use super::kept::time;
use super::layout::Look;
use crate::diff::{Diff, ItemDiff, Moved, Sign, Standing};
use crate::model::{AuditSummary, Item};

/// How many new or gone entries of a list are named; the JSON has all of them.
const MOST_NAMED: usize = 5;

/// How much of what moved is told of one item; the JSON has all.
const MOST_MOVED: usize = 6;

/// What moved, for a terminal.
pub fn diff_text(diff: &Diff, look: Look) -> String {
    let mut out = String::new();
    let ids = [&diff.a.id, &diff.b.id];
    side(&mut out, 'a', &diff.a, ids[0].short(ids), look);
    side(&mut out, 'b', &diff.b, ids[1].short(ids), look);
    let _ = writeln!(out, "\n{}", look.with("1", &diff.summary()));
    let _ = writeln!(out, "= same  + better  - worse  ? not known  ~ other\n");
    for item in &diff.items {
        one(&mut out, item, look);
        let mut moved: Vec<&Moved> = diff.moved_of(item.item).collect();
        moved.sort_by_key(|moved| weight(moved.sign));
        for moved in moved.iter().take(MOST_MOVED) {
            moved_text(&mut out, moved, look);
        }
        if moved.len() > MOST_MOVED {
            let _ = writeln!(out, "     … and {} more: --format json has all", moved.len() - MOST_MOVED);
        }
    }
    if !diff.settings.is_empty() {
        let _ = writeln!(out, "\n{}", look.with("1", "Settings that were others"));
    }
    for setting in &diff.settings {
        let set = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
        let (before, after) = (set(&setting.before), set(&setting.after));
        look.line(&mut out, "  ~ ", 4, &format!("{}: {before} → {after}", setting.path));
    }
    if diff.is_empty() {
        let _ = writeln!(out, "\nNothing moved: the same was seen, and judged the same.");
    }
    out
}

fn side(out: &mut String, name: char, summary: &AuditSummary, id: &str, look: Look) {
    let verdict = summary.verdict.words();
    let text = format!(
        "{id}  {} {}  {}  {verdict}  {}, proven {}",
        summary.release,
        summary.version,
        time(summary.finished),
        summary.readiness,
        summary.proven.points
    );
    look.line(out, &format!("{name}  "), 3, &text);
}

fn one(out: &mut String, item: &ItemDiff, look: Look) {
    let mark = look.with(color(item.sign), item.sign.mark());
    let title = format!("{:>2} {:<22}", item.item.number(), item.item.title());
    let same = item.sign == Sign::Same && item.before.status == item.after.status;
    let stood = if same {
        standing(&item.after)
    } else {
        format!("{} → {}", standing(&item.before), standing(&item.after))
    };
    look.line(out, &format!("{mark} {title} "), 28, &stood);
    if item.before.note != item.after.note {
        look.line(out, "       was  ", 12, &item.before.note);
        look.line(out, "       is   ", 12, &item.after.note);
    }
}

fn standing(standing: &Standing) -> String {
    let points = standing.points.map_or_else(String::new, |points| format!(" {points}"));
    let proven = if standing.proven { ", proven" } else { "" };
    format!("{} {}{points}{proven}", standing.symbol.screen(), standing.status)
}

fn moved_text(out: &mut String, moved: &Moved, look: Look) {
    let mark = look.with(color(moved.sign), moved.sign.mark());
    look.line(out, &format!("     {mark} "), 7, &moved_words(moved));
}

/// What got worse comes first.
pub fn weight(sign: Sign) -> u8 {
    match sign {
        Sign::Worse => 0,
        Sign::NotKnown => 1,
        Sign::Better => 2,
        Sign::Other => 3,
        Sign::Same => 4,
    }
}

/// Something that moved, in a line.
pub fn moved_words(moved: &Moved) -> String {
    let (before, after) = (or_none(moved.before.as_deref()), or_none(moved.after.as_deref()));
    let mut words = format!("{} {}: {before} → {after}", moved.place, moved.what);
    for (what, list) in [("new", &moved.list.new), ("gone", &moved.list.gone)] {
        if !list.is_empty() && moved.list.new.len() + moved.list.gone.len() > 1 {
            let named: Vec<&str> = list.iter().take(MOST_NAMED).map(String::as_str).collect();
            let more = list.len() - named.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let _ = write!(words, "; {} {what}: {}{more}", list.len(), named.join(", "));
        }
    }
    words
}

fn or_none(value: Option<&str>) -> &str {
    value.unwrap_or("not looked at")
}

fn color(sign: Sign) -> &'static str {
    match sign {
        Sign::Same => "2",
        Sign::Better => "32",
        Sign::Worse => "31",
        Sign::NotKnown => "36",
        Sign::Other => "33",
    }
}

/// What moved, for programs.
pub fn diff_json(diff: &Diff) -> String {
    let side = |summary: &AuditSummary| {
        json!({
            "run": summary.id, "release_name": summary.release, "release_version": summary.version,
            "finished_at": summary.finished.to_string(), "status": summary.verdict.decision,
            "conditional": summary.verdict.conditional, "undecided": summary.verdict.undecided,
            "readiness_score": summary.readiness.points, "proven_score": summary.proven.points,
        })
    };
    let items: Vec<Value> = diff.items.iter().map(|item| item_json(item, diff)).collect();
    let settings: Vec<Value> = diff
        .settings
        .iter()
        .map(|setting| json!({ "path": setting.path, "before": setting.before, "after": setting.after }))
        .collect();
    let document = json!({
        "a": side(&diff.a), "b": side(&diff.b), "same": diff.is_empty(), "points": diff.points(),
        "summary": diff.summary(), "items": items, "settings": settings,
    });
    format!("{:#}\n", harmless(document))
}

fn item_json(item: &ItemDiff, diff: &Diff) -> Value {
    let stood = |standing: &Standing| {
        json!({
            "status": standing.status, "points": standing.points, "proven": standing.proven,
            "notes": standing.note,
        })
    };
    json!({
        "item": item.item, "change": item.sign.word(), "before": stood(&item.before),
        "after": stood(&item.after), "moved": moved_json(item.item, diff),
    })
}

fn moved_json(item: Item, diff: &Diff) -> Vec<Value> {
    let one = |moved: &Moved| {
        json!({
            "place": moved.place, "what": moved.what, "change": moved.sign.word(), "before": moved.before,
            "after": moved.after, "new": moved.list.new, "gone": moved.list.gone,
        })
    };
    diff.moved_of(item).map(one).collect()
}
