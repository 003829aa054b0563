//! Signatures that a script verifies, and by which rule for whoever may have signed.

use std::path::Path;

use regex::Regex;

use super::call::Call;
use super::shell::ShellCommand;
use crate::model::text::clean_line;
use crate::model::{DeclaredVerification, Hollow, Location, StepKind};

/// The option of cosign that takes a regular expression for identities.
const RULE: &str = "--certificate-identity-regexp";

/// What a script verifies by a rule that is written out.
pub(super) fn of_commands(commands: &[ShellCommand], file: &Path) -> Vec<DeclaredVerification> {
    let verification = |command: &ShellCommand| {
        let call = Call::of(command)?;
        let rule = rule(&call)?.to_owned();
        let issuer = |word: &String| word.starts_with("--certificate-oidc-issuer");
        Some(DeclaredVerification {
            step: signed(&call),
            name: clean_line(&call.title()).into_owned(),
            at: Location { file: file.to_owned(), line: command.line },
            rule,
            has_issuer: call.written.iter().any(issuer),
        })
    };
    commands.iter().filter_map(verification).collect()
}

/// The verification, where it accepts whoever signed.
pub(super) fn hollow(verification: &DeclaredVerification) -> Option<Hollow> {
    satisfies_everybody(&verification.rule).then(|| Hollow {
        step: Some(verification.step),
        what: verification.name.clone(),
        why: format!("`{RULE} '{}'` accepts whoever signed: it verifies nothing", verification.rule),
        at: verification.at.clone(),
    })
}

/// Whether a command verifies signatures and everybody's would do.
pub(super) fn accepts_anyone(call: &Call) -> bool {
    rule(call).is_some_and(satisfies_everybody)
}

/// The rule by which a command verifies; none where it is not written out.
fn rule<'a>(call: &Call<'a>) -> Option<&'a str> {
    let verifies = matches!(call.plain.first(), Some(&("verify" | "verify-attestation" | "verify-blob")));
    let is_written_out = || !call.written_value(RULE).is_some_and(|written| written.contains("${{"));
    let rule = (call.program == "cosign" && verifies).then(|| call.value(RULE)).flatten();
    rule.filter(|rule| !rule.is_empty() && is_written_out())
}

/// What the signature is of.
fn signed(call: &Call) -> StepKind {
    match (call.plain.first(), call.value("--type").unwrap_or_default()) {
        (Some(&"verify-attestation"), kind) if kind.starts_with("spdx") || kind.starts_with("cyclonedx") => {
            StepKind::Sbom
        }
        (Some(&"verify-attestation"), "vuln") => StepKind::Scan,
        _ => StepKind::Sign,
    }
}

fn satisfies_everybody(rule: &str) -> bool {
    // Whoever has an account anywhere: a person, a workflow of somebody's.
    let strangers =
        ["nobody@example.org", "https://github.com/nobody/nothing/.github/workflows/x.yml@refs/heads/x"];
    Regex::new(rule).is_ok_and(|rule| strangers.iter().any(|stranger| rule.is_match(stranger)))
}
