//! A verification for a terminal.

use std::fmt::Write as _;

use super::{Outcome, Verified, VerifyArgs, cosign};
use crate::dod;
use crate::dod::inspection::{Found, OnDigest, Standing};
use crate::model::{CertificateSigner, ReferrersVia, Signature, SignatureOutcome, Signer, text};
use crate::sigstore::TrustMaterial;

/// Everything, image by image.
pub(super) fn of(verified: &[Verified], args: &VerifyArgs, root: &TrustMaterial) -> String {
    let mut out = Lines::default();
    for (index, verified) in verified.iter().enumerate() {
        if index > 0 {
            out.line(0, "");
        }
        image(verified, args, &mut out);
    }
    out.line(0, &format!("Trust root: {}{}", root.source(), age(root)));
    if let Some(stale) = root.stale() {
        out.line(2, &format!("! {stale}"));
    }
    out.text
}

/// How old a trust root is that was refreshed at some time.
fn age(root: &TrustMaterial) -> String {
    let age = root.age(crate::registry::now());
    age.map_or_else(String::new, |age| format!(" ({} h old)", age.as_hours().max(0)))
}

/// Cleaned lines.
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn line(&mut self, indent: usize, line: &str) {
        let _ = writeln!(self.text, "{:indent$}{}", "", text::clean_line(line));
    }
}

fn image(verified: &Verified, args: &VerifyArgs, out: &mut Lines) {
    let conclusion = &verified.conclusion;
    out.line(0, &verified.given);
    for on in &conclusion.on {
        on_digest(on, conclusion.judged.as_ref() == Some(&on.digest), out);
    }
    for (manifest, of) in &conclusion.buildkit {
        let about = of.get(..19).unwrap_or(of);
        out.line(2, &format!("– BuildKit attestation {} of {about}, unsigned", manifest.short()));
    }
    if !conclusion.formats().is_empty() {
        out.line(2, "formats");
        for stored in conclusion.formats() {
            let readers = match stored.readers() {
                [] => "nothing to verify".to_owned(),
                readers => format!("read by {}", readers.join(", ")),
            };
            out.line(4, &format!("{}: {readers}", stored.name()));
        }
    }
    for flaw in &conclusion.flaws {
        out.line(2, &format!("! the rule is too wide: {flaw}"));
    }
    for warning in &conclusion.warnings {
        out.line(2, &format!("! {warning}"));
    }
    let wants_rule = !conclusion.flaws.is_empty() || matches!(conclusion.result, Outcome::NoRule(_));
    if let (true, Some(Signer::Certificate(certificate))) = (wants_rule, conclusion.signer()) {
        out.line(2, "exactly who signed, if that is who should:");
        out.line(4, &dod::suggestion(certificate));
    }
    if verified.inspection.expected.is_complete() {
        let command = cosign::command(&verified.inspection, args, conclusion.judged.as_ref());
        out.line(2, &format!("as cosign: {command}"));
    }
    out.line(
        2,
        &match &conclusion.result {
            Outcome::Verified => "✓ VERIFIED".to_owned(),
            Outcome::Rejected(why) => format!("✗ REJECTED: {why}"),
            Outcome::NothingThere(what) => format!("✗ NOT SIGNED: {what}"),
            Outcome::NoRule(what) => format!("? NOT JUDGED: {what}"),
            Outcome::CouldNotLook(why) => format!("? COULD NOT LOOK: {why}"),
        },
    );
}

fn on_digest(on: &OnDigest, judged: bool, out: &mut Lines) {
    let what = on.platform.as_ref().map_or_else(|| "index".to_owned(), ToString::to_string);
    let listed = match on.via {
        Some(ReferrersVia::Api) => ", referrers API",
        Some(ReferrersVia::FallbackTag) => ", no referrers API: fallback tag",
        Some(ReferrersVia::Layout) => ", OCI layout",
        None => "",
    };
    let judged = if judged { "" } else { ", shown" };
    out.line(2, &format!("{} ({what}{listed}{judged})", on.digest));
    if on.found.is_empty() && on.unread.is_empty() {
        out.line(4, "nothing is attached");
    }
    for found in &on.found {
        attached(found, out);
    }
    for unread in &on.unread {
        out.line(4, &format!("? {unread}"));
    }
}

fn attached(found: &Found, out: &mut Lines) {
    let (symbol, word) = match &found.standing {
        Standing::Accepted => ("✓", "accepted".to_owned()),
        Standing::Unasked => ("·", "valid, nobody was asked for".to_owned()),
        Standing::SomebodyElse(_) => ("✗", "valid, by somebody else".to_owned()),
        Standing::Invalid(why) => ("✗", format!("invalid: {why}")),
        Standing::Unsupported(what) => ("?", format!("not supported: {what}")),
        Standing::Unread(why) => ("?", why.clone()),
        Standing::Unsigned => ("–", "nothing to verify".to_owned()),
    };
    let states = found.predicate_type.as_ref().map_or_else(String::new, |states| format!(", {states}"));
    out.line(4, &format!("{symbol} {}{states}: {word}", found.stored.name()));
    if let Standing::SomebodyElse(differences) = &found.standing {
        for difference in differences {
            out.line(8, &format!("{:<17} expected {}", difference.what, difference.expected));
            out.line(8, &format!("{:<17} seen     {}", "", difference.seen));
        }
    }
    let Some(signature) = &found.signature else { return };
    match &signature.outcome {
        SignatureOutcome::Valid(Signer::Certificate(certificate)) => by_certificate(certificate, out),
        SignatureOutcome::Valid(Signer::Key { fingerprint, .. }) => {
            out.line(8, &format!("{:<17} {fingerprint}", "key"));
        }
        SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => {}
    }
    checks(signature, out);
}

fn by_certificate(certificate: &CertificateSigner, out: &mut Lines) {
    for (name, value) in certificate.rows() {
        out.line(8, &format!("{name:<17} {value}"));
    }
}

fn checks(signature: &Signature, out: &mut Lines) {
    for time in &signature.checks.times {
        out.line(8, &format!("{:<17} {time}", "signed"));
    }
    for entry in &signature.checks.log {
        out.line(8, &format!("{:<17} {entry}", "log"));
    }
    let steps: Vec<String> = signature
        .checks
        .steps
        .iter()
        .map(|step| format!("{} {}", step.outcome.mark(), step.kind.name()))
        .collect();
    if !steps.is_empty() {
        out.line(8, &format!("{:<17} {}", "steps", steps.join("  ")));
    }
}
