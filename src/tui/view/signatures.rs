//! Signatures in full: who signed, when, in which log, for which digest, and each step of the verification.

use ratatui::text::{Line, Span};

use super::frame::wrap;
use super::item::heading;
use crate::cockpit::State;
use crate::model::{
    Digest, FactKey, Observed, Repository, Signature, SignatureFormat, SignatureOutcome,
    SignatureStepOutcome, Signer, Symbol,
};
use crate::tui::ui::Ui;

const INDENT: usize = 7;
const NAME: usize = 17;

/// One verification that could be made.
struct One<'a> {
    repository: &'a Repository,
    subject: &'a Digest,
    signature: &'a Signature,
}

/// Every signature and attestation among `keys`.
pub(super) fn render<'a>(
    lines: &mut Vec<Line<'static>>,
    keys: impl Iterator<Item = &'a FactKey>,
    state: &State,
    ui: &Ui,
    width: usize,
) {
    let all: Vec<One> = keys
        .filter_map(|key| match key {
            FactKey::Signature { repository, subject, .. } => {
                let signature = state.facts.signature(key).and_then(Observed::seen)?;
                Some(One { repository, subject, signature })
            }
            _ => None,
        })
        .collect();
    if all.is_empty() {
        return;
    }
    heading(lines, &format!("Signatures and attestations ({})", all.len()), ui);
    for one in all {
        one.render(lines, ui, width);
    }
}

/// Whether `key` is shown here, and need not be listed as evidence once more.
pub(super) fn shows(key: &FactKey, state: &State) -> bool {
    state.facts.signature(key).and_then(Observed::seen).is_some()
}

impl One<'_> {
    fn render(&self, lines: &mut Vec<Line<'static>>, ui: &Ui, width: usize) {
        let (mark, symbol, word) = match &self.signature.outcome {
            SignatureOutcome::Valid(_) => ("✓", Symbol::Done, "valid"),
            SignatureOutcome::Invalid(_) => ("✗", Symbol::Not, "invalid"),
            SignatureOutcome::Unsupported(_) => ("?", Symbol::Question, "not supported"),
        };
        lines.push(Line::from(vec![
            Span::styled(format!("   {mark} {word}  "), ui.theme.symbol(symbol)),
            Span::styled(format!("{} in {}", self.what(), self.repository), ui.theme.text()),
        ]));
        let mut row = |name: &str, value: &str| {
            let room = width.saturating_sub(INDENT + NAME + 1);
            for (place, line) in wrap(value, room).into_iter().enumerate() {
                let name = if place == 0 { name } else { "" };
                lines.push(Line::from(vec![
                    Span::styled(format!("{:INDENT$}{name:<NAME$} ", ""), ui.theme.dim()),
                    Span::styled(line, ui.theme.text()),
                ]));
            }
        };
        row("of", self.subject.as_str());
        if let Some(predicate_type) = &self.signature.predicate_type {
            row("states", predicate_type);
        }
        match &self.signature.outcome {
            SignatureOutcome::Valid(Signer::Certificate(certificate)) => {
                for (name, value) in certificate.rows() {
                    row(name, value);
                }
            }
            SignatureOutcome::Valid(Signer::Key { fingerprint, .. }) => row("key", fingerprint.as_str()),
            SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => {}
        }
        for time in &self.signature.checks.times {
            row("signed", &time.to_string());
        }
        for entry in &self.signature.checks.log {
            row("log", &entry.to_string());
        }
        self.steps(lines, ui, width);
    }

    /// What holds in one row; what does not, with its reason.
    fn steps(&self, lines: &mut Vec<Line<'static>>, ui: &Ui, width: usize) {
        let steps = &self.signature.checks.steps;
        let held: Vec<String> = steps
            .iter()
            .filter(|step| matches!(step.outcome, SignatureStepOutcome::Passed(_)))
            .map(|step| format!("{} {}", step.outcome.mark(), step.kind.name()))
            .collect();
        let room = width.saturating_sub(INDENT + NAME + 1);
        for (place, line) in wrap(&held.join("  "), room).into_iter().enumerate() {
            let name = if place == 0 { "steps" } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{:INDENT$}{name:<NAME$} ", ""), ui.theme.dim()),
                Span::styled(line, ui.theme.symbol(Symbol::Done)),
            ]));
        }
        for step in steps.iter().filter(|step| !matches!(step.outcome, SignatureStepOutcome::Passed(_))) {
            let style = match step.outcome {
                SignatureStepOutcome::Failed(_) => ui.theme.symbol(Symbol::Not),
                _ => ui.theme.dim(),
            };
            let text = format!("{} {}: {}", step.outcome.mark(), step.kind.name(), step.outcome.words());
            for line in wrap(&text, room) {
                lines.push(Line::from(vec![
                    Span::raw(" ".repeat(INDENT + NAME + 1)),
                    Span::styled(line, style),
                ]));
            }
        }
    }

    fn what(&self) -> &'static str {
        match self.signature.format {
            SignatureFormat::SimpleSigning => "classic signature (.sig)",
            SignatureFormat::ClassicAttestation => "classic attestation (.att)",
            SignatureFormat::Bundle if self.signature.is_image_signature() => "bundle, image signature",
            SignatureFormat::Bundle => "bundle",
        }
    }
}
