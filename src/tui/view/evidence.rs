//! What an item rests on: of what, where, how and when; raw where that is asked for.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};

use super::age::when;
use super::frame::{fit, wrap};
use super::item::{heading, paragraph};
use super::signatures;
use crate::cockpit::State;
use crate::model::{Entry, FactKey, Finding, Observed, SignatureOutcome, Signer};
use crate::tui::ui::Ui;

/// A layer has thousands of entries.
const MOST_RAW: usize = 200;
const INDENT: &str = "            ";
/// The public log can be looked at in a browser.
const PUBLIC_LOG: &str = "https://rekor.sigstore.dev";

/// The facts that an item rests on.
fn keys(finding: &Finding) -> BTreeSet<&FactKey> {
    finding.cells.iter().flat_map(|cell| &cell.because).chain(&finding.because).collect()
}

/// Signatures in full, then everything else.
pub(super) fn render(
    lines: &mut Vec<Line<'static>>,
    finding: &Finding,
    raw: bool,
    state: &State,
    ui: &Ui,
    width: usize,
) {
    let keys = keys(finding);
    signatures::render(lines, keys.iter().copied(), state, ui, width);
    let others = keys.into_iter().filter(|key| !signatures::shows(key, state));
    let entries: Vec<&Entry> = others.filter_map(|key| state.facts.get(key)).collect();
    heading(lines, &format!("Evidence ({})", entries.len()), ui);
    if entries.is_empty() {
        lines.push(Line::styled("   none yet", ui.theme.dim()));
    }
    for entry in entries {
        one(lines, entry, state, ui, width);
        if raw {
            self::raw(lines, entry, ui, width);
        }
    }
}

/// Of what, where, how and when; and where nothing was seen, why.
fn one(lines: &mut Vec<Line<'static>>, entry: &Entry, state: &State, ui: &Ui, width: usize) {
    let evidence = &entry.evidence;
    let room = width.saturating_sub(INDENT.len());
    for (place, line) in wrap(&evidence.subject, room).into_iter().enumerate() {
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
    lines.extend(wrap(&text, room).into_iter().map(dim));
    if let Some(reason) = entry.fact.reason() {
        paragraph(lines, &format!("? unknown: {reason}"), INDENT, ui, width);
    } else if entry.fact.is_absent() {
        paragraph(lines, "· not there", INDENT, ui, width);
    }
}

/// The fact as it is kept, and the digests of the bytes that it was read from.
fn raw(lines: &mut Vec<Line<'static>>, entry: &Entry, ui: &Ui, width: usize) {
    let room = width.saturating_sub(INDENT.len());
    let line = |text: String| Line::styled(format!("{INDENT}{}", fit(&text, room)), ui.theme.text());
    let fact = match serde_json::to_string_pretty(&*entry.fact) {
        Ok(fact) => fact,
        Err(error) => format!("cannot be shown: {error}"),
    };
    let hidden = fact.lines().count().saturating_sub(MOST_RAW);
    lines.extend(fact.lines().take(MOST_RAW).map(|text| line(text.to_owned())));
    if hidden > 0 {
        lines.push(line(format!("… {hidden} more lines")));
    }
    lines.extend(entry.evidence.raw.iter().map(|digest| line(format!("read from {digest}"))));
}

/// Where more can be seen: the workflow's run, the log's entry, the registry's page.
pub(super) fn links(lines: &mut Vec<Line<'static>>, finding: &Finding, state: &State, ui: &Ui, width: usize) {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let mut add = |what, address: String| {
        if !all.iter().any(|(_, known)| *known == address) {
            all.push((what, address));
        }
    };
    for key in keys(finding) {
        let Some(signature) = state.facts.signature(key).and_then(Observed::seen) else { continue };
        if let SignatureOutcome::Valid(Signer::Certificate(certificate)) = &signature.outcome {
            certificate.run.iter().for_each(|run| add("workflow run", run.clone()));
        }
        for entry in signature.checks.log.iter().filter(|entry| entry.log.starts_with(PUBLIC_LOG)) {
            add("log entry", format!("https://search.sigstore.dev/?logIndex={}", entry.index));
        }
    }
    for repository in finding.cells.iter().filter_map(|cell| cell.repository.as_ref()) {
        let name = repository.to_string();
        match name.split_once('/') {
            Some(("docker.io", path)) => add("registry", format!("https://hub.docker.com/r/{path}")),
            Some(("ghcr.io", _)) => add("registry", format!("https://{name}")),
            Some(("quay.io", path)) => add("registry", format!("https://quay.io/repository/{path}")),
            _ => {}
        }
    }
    if all.is_empty() {
        return;
    }
    heading(lines, "Links", ui);
    for (what, address) in all {
        ui.links.add(&address);
        for (place, line) in wrap(&address, width.saturating_sub(16)).into_iter().enumerate() {
            let what = if place == 0 { what } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("   {what:<13}"), ui.theme.dim()),
                Span::styled(line, ui.theme.link()),
            ]));
        }
    }
}
