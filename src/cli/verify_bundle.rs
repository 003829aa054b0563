//! `exitbar verify-bundle`: the Sigstore clients' conformance protocol (sigstore-conformance,
//! `docs/cli_protocol.md`).

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::args::VerifyBundleArgs;
use super::failure::Failure;
use crate::model::{Digest, Signature, SignatureOutcome, Signer, text};
use crate::sigstore::{Artifact, MAX_BUNDLE, Origin, PublicKey, TrustMaterial, Verifier, issued_by};

/// It was verified, and not what was asked for.
const REJECTED: u8 = 1;

/// Who has to have signed.
enum Expected {
    Certificate { identity: String, issuer: String },
    Key(PublicKey),
}

/// Verifies one bundle: 0 verified, 1 rejected, 2 bad usage.
pub(super) fn verify_bundle(args: &VerifyBundleArgs) -> Result<u8, Failure> {
    let expected = expected(args)?;
    let bundle = limited(&args.bundle)?;
    let material = match (&args.trusted_root, args.staging) {
        (Some(file), _) => TrustMaterial::from_file(file),
        (None, true) => TrustMaterial::staging(),
        (None, false) => TrustMaterial::embedded(issued_by(&bundle)),
    }
    .map_err(Failure::usage)?;
    let keys = match &expected {
        Expected::Key(key) => std::slice::from_ref(key),
        Expected::Certificate { .. } => &[],
    };
    let verifier = Verifier::new(&material, keys).map_err(Failure::usage)?;
    let signature = if let Ok(digest) = args.artifact.parse::<Digest>() {
        verifier.artifact_bundle(&bundle, Artifact::Digest(&digest), Origin::File)
    } else {
        let bytes =
            fs::read(&args.artifact).map_err(|error| unreadable(Path::new(&args.artifact), &error))?;
        verifier.artifact_bundle(&bundle, Artifact::Bytes(&bytes), Origin::File)
    }
    .signature;
    print!("{}", text::clean(&words(&signature)));
    match refused(&signature, &expected) {
        None => Ok(0),
        Some(why) => Err(Failure { code: REJECTED, text: why }),
    }
}

fn expected(args: &VerifyBundleArgs) -> Result<Expected, Failure> {
    if let Some(file) = &args.key {
        let pem = fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        return PublicKey::from_pem(&pem)
            .map(Expected::Key)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())));
    }
    match (&args.certificate_identity, &args.certificate_oidc_issuer) {
        (Some(identity), Some(issuer)) if !identity.is_empty() && !issuer.is_empty() => {
            Ok(Expected::Certificate { identity: identity.clone(), issuer: issuer.clone() })
        }
        _ => Err(Failure::usage(
            "whose signature? give --certificate-identity and --certificate-oidc-issuer, both not empty, or --key",
        )),
    }
}

/// A bundle, no further than one byte over what is parsed.
fn limited(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    fs::File::open(file)
        .and_then(|opened| opened.take(MAX_BUNDLE as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(file, &error))?;
    Ok(bytes)
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", file.display()))
}

/// Why the signature is not what was asked for.
fn refused(signature: &Signature, expected: &Expected) -> Option<String> {
    match (&signature.outcome, expected) {
        (SignatureOutcome::Invalid(why), _) => Some(format!("rejected: {why}")),
        (SignatureOutcome::Unsupported(what), _) => Some(format!("rejected: not supported: {what}")),
        (SignatureOutcome::Valid(Signer::Key { configured: true, .. }), Expected::Key(_)) => None,
        (SignatureOutcome::Valid(Signer::Key { fingerprint, .. }), _) => {
            Some(format!("rejected: signed by the key {fingerprint}, which was not given"))
        }
        (
            SignatureOutcome::Valid(Signer::Certificate(signer)),
            Expected::Certificate { identity, issuer },
        ) => {
            let differs = |what, seen: &str, expected: &str| {
                (seen != expected).then(|| {
                    format!("rejected: the {what} differs\n  expected: {expected}\n  seen:     {seen}")
                })
            };
            differs("identity", &signer.identity, identity)
                .or_else(|| differs("issuer", &signer.issuer, issuer))
        }
        (SignatureOutcome::Valid(Signer::Certificate(signer)), Expected::Key(_)) => {
            Some(format!("rejected: signed by {} with a certificate, and not with the key", signer.identity))
        }
    }
}

/// The steps and the signer, a line each.
fn words(signature: &Signature) -> String {
    let mut out = String::new();
    for step in &signature.checks.steps {
        let (symbol, seen) = (step.outcome.mark(), step.outcome.words());
        let colon = if seen.is_empty() { "" } else { ": " };
        out.push_str(&format!("{symbol} {}{colon}{}\n", step.kind.name(), text::clean_line(seen)));
    }
    match &signature.outcome {
        SignatureOutcome::Valid(Signer::Certificate(signer)) => {
            let line = format!("signed by {} ({})", signer.identity, signer.issuer);
            out.push_str(&format!("{}\n", text::clean_line(&line)));
        }
        SignatureOutcome::Valid(Signer::Key { fingerprint, .. }) => {
            out.push_str(&format!("signed by the key {fingerprint}\n"));
        }
        SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => {}
    }
    out
}
