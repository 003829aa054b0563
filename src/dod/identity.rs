//! Whether whoever signed will do: the identity rule of the policy, taken as cosign takes it, and the source
//! repository and commit of a GitHub certificate.

use regex::Regex;

use crate::model::{CertificateSigner, IdentityRule, Release, SignaturePolicy, Signer};

use super::linter::is_anchored;
use super::source::{same_commit, same_repository};

const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// What the policy says of a signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judged {
    /// It satisfies the policy.
    Good(String),
    /// It matches a rule that is too wide, or no rule is set.
    Soft(String),
    /// It is somebody else.
    Bad(String),
    /// Nobody can say.
    Unknown(String),
}

/// Judges a verified signer.
pub(super) fn judge(signer: &Signer, policy: &SignaturePolicy, release: &Release) -> Judged {
    match signer {
        Signer::Key { configured: true, .. } => Judged::Good("the configured key".to_owned()),
        Signer::Key { fingerprint, configured: false } => {
            Judged::Unknown(format!("signed by the key {}, which is not configured", fingerprint.short()))
        }
        Signer::Certificate(certificate) => certificate_signer(certificate, policy, release),
    }
}

fn certificate_signer(
    certificate: &CertificateSigner,
    policy: &SignaturePolicy,
    release: &Release,
) -> Judged {
    let who = &certificate.identity;
    let Some(rule) = &policy.identity else {
        return match policy.key {
            Some(_) => Judged::Bad(format!("signed by {who} and not with the configured key")),
            None => {
                Judged::Soft(format!("signed by {who}, but no identity rule is set ([signature] identity)"))
            }
        };
    };
    // An empty issuer would match a certificate that names none.
    let Some(issuer) = policy.issuer.as_ref().filter(|issuer| !issuer.is_empty()) else {
        return Judged::Soft(format!("signed by {who}, but no issuer is set ([signature] issuer)"));
    };
    if certificate.issuer != *issuer {
        return Judged::Bad(format!("issuer {} and not {issuer}", certificate.issuer));
    }
    let anchored = match rule {
        IdentityRule::Exact(identity) if identity == who => true,
        IdentityRule::Exact(identity) => {
            return Judged::Bad(format!("signed by {who} and not by {identity}"));
        }
        IdentityRule::Regexp(pattern) => match Regex::new(pattern) {
            Err(error) => return Judged::Unknown(format!("identity_regexp cannot be read: {error}")),
            Ok(regex) if regex.is_match(who) => is_anchored(pattern),
            Ok(_) => return Judged::Bad(format!("signed by {who}, which {pattern} does not match")),
        },
    };
    let source = source(certificate, release);
    match source {
        Judged::Good(_) if !anchored => Judged::Soft(format!(
            "signed by {who}, but the identity rule is not anchored from ^ through owner/repo/"
        )),
        Judged::Good(_) => Judged::Good(who.clone()),
        other => other,
    }
}

/// A GitHub certificate has to name the release's source repository, and its commit when that is known.
fn source(certificate: &CertificateSigner, release: &Release) -> Judged {
    let good = || Judged::Good(String::new());
    if certificate.issuer != GITHUB_ISSUER && certificate.source_repository.is_none() {
        return good();
    }
    if let Some(expected) = &release.source {
        match &certificate.source_repository {
            None => return Judged::Soft("the certificate names no source repository".to_owned()),
            Some(found) if !same_repository(found, expected) => {
                return Judged::Bad(format!("the certificate is for {found} and not for {expected}"));
            }
            Some(_) => {}
        }
    }
    if let Some(expected) = &release.revision {
        match &certificate.source_revision {
            None => return Judged::Soft("the certificate names no commit".to_owned()),
            Some(found) if !same_commit(found, expected) => {
                return Judged::Bad(format!("signed for commit {found}, the release is {expected}"));
            }
            Some(_) => {}
        }
    }
    good()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{IDENTITY, own_certificate, sample};
    use super::*;
    use crate::model::Digest;

    fn judged(change: impl FnOnce(&mut CertificateSigner, &mut SignaturePolicy, &mut Release)) -> Judged {
        let mut sample = sample();
        let mut certificate = own_certificate();
        change(&mut certificate, &mut sample.policy.signature, &mut sample.release);
        judge(&Signer::Certificate(certificate), &sample.policy.signature, &sample.release)
    }

    #[test]
    fn the_exact_identity_of_the_release_is_good() {
        assert_eq!(judged(|_, _, _| ()), Judged::Good(IDENTITY.to_owned()));
    }

    #[test]
    fn another_identity_issuer_repository_or_commit_is_bad() {
        let bad = |judged| assert!(matches!(judged, Judged::Bad(_)), "{judged:?}");
        bad(judged(|certificate, _, _| certificate.identity.push_str("-evil")));
        bad(judged(|certificate, _, _| certificate.issuer = "https://evil.example".to_owned()));
        bad(judged(|certificate, _, _| {
            certificate.source_repository = Some("https://github.com/acme/other".to_owned());
        }));
        bad(judged(|certificate, _, _| certificate.source_revision = Some("0".repeat(40))));
        bad(judged(|_, policy, _| {
            policy.identity = None;
            policy.key = Some("cosign.pub".to_owned());
        }));
    }

    #[test]
    fn a_missing_rule_issuer_source_or_a_wide_rule_is_soft() {
        let soft = |judged| assert!(matches!(judged, Judged::Soft(_)), "{judged:?}");
        soft(judged(|_, policy, _| policy.identity = None));
        soft(judged(|_, policy, _| policy.issuer = None));
        soft(judged(|certificate, policy, _| {
            certificate.issuer.clear();
            policy.issuer = Some(String::new());
        }));
        soft(judged(|_, policy, _| policy.identity = Some(IdentityRule::Regexp(".*".to_owned()))));
        soft(judged(|certificate, _, _| certificate.source_repository = None));
        soft(judged(|certificate, _, _| certificate.source_revision = None));
    }

    #[test]
    fn a_regexp_searches_as_cosign_does() {
        let rule = |pattern: &str| {
            judged(|_, policy, _| policy.identity = Some(IdentityRule::Regexp(pattern.to_owned())))
        };
        assert!(matches!(rule("acme/greenlang"), Judged::Soft(_)));
        assert!(matches!(rule("^https://github.com/acme/greenlang/"), Judged::Good(_)));
        assert!(matches!(rule("^https://github.com/other/"), Judged::Bad(_)));
        assert!(matches!(rule("("), Judged::Unknown(_)));
    }

    #[test]
    fn a_key_that_is_not_configured_is_named() {
        let key = Signer::Key { fingerprint: Digest::of(b"key"), configured: false };
        let sample = sample();
        let Judged::Unknown(text) = judge(&key, &sample.policy.signature, &sample.release) else { panic!() };
        assert!(text.contains(Digest::of(b"key").short()), "{text}");
    }
}
