//! A verification for programs.

use serde_json::{Value, json};

use super::{Outcome, Verified, VerifyArgs, code, cosign};
use crate::dod;
use crate::dod::inspection::{Found, OnDigest, Standing};
use crate::model::{SignatureOutcome, Signer, text};
use crate::sigstore::TrustMaterial;

/// The whole, pretty, with a line break at its end.
pub(super) fn of(verified: &[Verified], args: &VerifyArgs, root: &TrustMaterial) -> String {
    let images: Vec<Value> = verified.iter().map(|verified| image(verified, args)).collect();
    let whole = json!({
        "trust_root": { "digest": root.digest(), "source": root.source().to_string(), "stale": root.stale() },
        "images": images,
    });
    let mut printed = serde_json::to_string_pretty(&whole).unwrap_or_default();
    printed.push('\n');
    printed
}

fn image(verified: &Verified, args: &VerifyArgs) -> Value {
    let conclusion = &verified.conclusion;
    let (result, reason) = match &conclusion.result {
        Outcome::Verified => ("verified", None),
        Outcome::Rejected(why) => ("rejected", Some(why)),
        Outcome::NothingThere(what) => ("nothing there", Some(what)),
        Outcome::NoRule(what) => ("nobody was asked for", Some(what)),
        Outcome::CouldNotLook(why) => ("could not look", Some(why)),
    };
    let suggestion = match conclusion.signer() {
        Some(Signer::Certificate(certificate)) => Some(dod::suggestion(certificate)),
        _ => None,
    };
    let flaws: Vec<String> = conclusion.flaws.iter().map(ToString::to_string).collect();
    let formats: Vec<Value> = conclusion
        .formats()
        .iter()
        .map(|stored| json!({ "format": stored.name(), "readers": stored.readers() }))
        .collect();
    let buildkit: Vec<Value> = conclusion
        .buildkit
        .iter()
        .map(|(manifest, of)| json!({ "manifest": manifest, "of": clean(of) }))
        .collect();
    json!({
        "reference": clean(&verified.given),
        "digest": conclusion.digest,
        "judged": conclusion.judged,
        "result": result,
        "exit_code": code(&conclusion.result),
        "reason": reason.map(|reason| clean(reason)),
        "subjects": conclusion.on.iter().map(on).collect::<Vec<_>>(),
        "buildkit_attestations": buildkit,
        "formats": formats,
        "rule_flaws": flaws,
        "warnings": conclusion.warnings.iter().map(|warning| clean(warning)).collect::<Vec<_>>(),
        "suggestion": suggestion,
        "cosign": verified.inspection.expected.is_complete().then(|| {
            cosign::command(&verified.inspection, args, conclusion.judged.as_ref())
        }),
    })
}

fn on(on: &OnDigest) -> Value {
    json!({
        "digest": on.digest,
        "platform": on.platform.as_ref().map(ToString::to_string),
        "referrers": on.via,
        "attached": on.found.iter().map(found).collect::<Vec<_>>(),
        "unread": on.unread.iter().map(|unread| clean(unread)).collect::<Vec<_>>(),
    })
}

fn found(found: &Found) -> Value {
    let (standing, reason) = match &found.standing {
        Standing::Accepted => ("accepted", None),
        Standing::Unasked => ("valid", None),
        Standing::SomebodyElse(_) => ("somebody else", None),
        Standing::Invalid(why) => ("invalid", Some(why)),
        Standing::Unsupported(what) => ("not supported", Some(what)),
        Standing::Unread(why) => ("unknown", Some(why)),
        Standing::Unsigned => ("unsigned", None),
    };
    let differences: Vec<Value> = match &found.standing {
        Standing::SomebodyElse(differences) => differences
            .iter()
            .map(|it| json!({ "what": it.what, "expected": clean(&it.expected), "seen": clean(&it.seen) }))
            .collect(),
        _ => Vec::new(),
    };
    let signature = found.signature.as_ref();
    let signer = signature.and_then(|signature| match &signature.outcome {
        SignatureOutcome::Valid(signer) => Some(signer),
        SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => None,
    });
    json!({
        "format": found.stored.name(),
        "media_type": clean(&found.media_type),
        "manifest": found.manifest,
        "predicate_type": found.predicate_type.as_deref().map(clean),
        "standing": standing,
        "reason": reason.map(|reason| clean(reason)),
        "differences": differences,
        "signer": signer.and_then(|signer| serde_json::to_value(signer).ok()).map(cleaned),
        "checks": signature.and_then(|signature| serde_json::to_value(&signature.checks).ok()).map(cleaned),
        "readers": found.stored.readers(),
    })
}

fn clean(text: &str) -> String {
    text::clean_line(text).into_owned()
}

/// Every string of a value, cleaned.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(cleaned).collect()),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, cleaned(value))).collect(),
        other => other,
    }
}
