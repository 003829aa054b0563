//! Who has to have signed, as cosign's flags say it; and what differs in who did.

use std::fmt;
use std::str::FromStr;

use regex::Regex;

use crate::dod::linter::{self, Flaw};
use crate::dod::source::{same_commit, same_repository};
use crate::model::{CertificateSigner, IdentityRule, Signer};

/// Who has to have signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The rule for the certificate's identity.
    pub identity: Option<IdentityRule>,
    /// The exact issuer.
    pub issuer: Option<String>,
    /// A key was given, in place of an identity.
    pub key: bool,
    /// What a GitHub certificate has to say besides.
    pub claims: Claims,
}

/// Claims of a GitHub certificate that have to hold (`fulcio/docs/oid-info.md`), to the letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The source repository: `owner/repo`, or its URL.
    pub repository: Option<String>,
    /// The ref, such as `refs/tags/v0.2.0`.
    pub reference: Option<String>,
    /// The commit.
    pub sha: Option<String>,
    /// The event, such as `push`.
    pub trigger: Option<String>,
}

/// What was expected, beside what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub what: &'static str,
    /// What was asked for.
    pub expected: String,
    /// What is there.
    pub seen: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} differs: expected {}, seen {}", self.what, self.expected, self.seen)
    }
}

impl Expected {
    /// Whether it says enough to accept anybody: a key, or an identity with its issuer.
    pub fn is_complete(&self) -> bool {
        let issuer = self.issuer.as_deref().is_some_and(|issuer| !issuer.is_empty());
        self.key || self.identity.is_some() && issuer
    }

    /// What is wrong with the rule: whom it would accept besides.
    pub fn flaws(&self) -> Vec<Flaw> {
        match &self.identity {
            Some(rule) if !self.key => linter::lint(rule, self.issuer.as_deref()),
            _ => Vec::new(),
        }
    }

    /// What differs between who signed and who was asked for; nothing when it is he.
    pub(super) fn differences(&self, signer: &Signer) -> Vec<Difference> {
        match signer {
            Signer::Key { configured: true, .. } if self.key => Vec::new(),
            Signer::Key { fingerprint, .. } => {
                let expected = if self.key { "the given key" } else { "a certificate" };
                vec![difference("signer", expected, &format!("the key {fingerprint}"))]
            }
            Signer::Certificate(certificate) if self.key => {
                let seen = format!("a certificate of {}", certificate.identity);
                vec![difference("signer", "the given key", &seen)]
            }
            Signer::Certificate(certificate) => self.of_certificate(certificate),
        }
    }

    fn of_certificate(&self, certificate: &CertificateSigner) -> Vec<Difference> {
        let mut found = Vec::new();
        let seen = &certificate.identity;
        match &self.identity {
            Some(IdentityRule::Exact(identity)) if identity != seen => {
                found.push(difference("identity", identity, seen));
            }
            // It searches, as cosign's does.
            Some(IdentityRule::Regexp(pattern)) if !Regex::new(pattern).is_ok_and(|it| it.is_match(seen)) => {
                found.push(difference("identity", &format!("a match of {pattern}"), seen));
            }
            _ => {}
        }
        match &self.issuer {
            Some(issuer) if *issuer != certificate.issuer => {
                found.push(difference("issuer", issuer, &certificate.issuer));
            }
            _ => {}
        }
        found.extend(self.claims.differences(certificate));
        found
    }
}

impl Claims {
    fn differences(&self, certificate: &CertificateSigner) -> Vec<Difference> {
        let repository = |given: &str, seen: &str| {
            let url =
                if given.contains("://") { given.to_owned() } else { format!("https://github.com/{given}") };
            same_repository(seen, &url)
        };
        let claims = [
            ("source repository", &self.repository, &certificate.source_repository),
            ("ref", &self.reference, &certificate.source_ref),
            ("commit", &self.sha, &certificate.source_revision),
            ("trigger", &self.trigger, &certificate.trigger),
        ];
        let differs = claims.into_iter().filter_map(|(what, expected, seen)| {
            claim(what, expected.as_deref(), seen.as_deref(), |expected, seen| match what {
                "source repository" => repository(expected, seen),
                "commit" => same_commit(seen, expected),
                _ => expected == seen,
            })
        });
        differs.collect()
    }
}

/// What differs in one claim, where something is expected of it.
fn claim(
    what: &'static str,
    expected: Option<&str>,
    seen: Option<&str>,
    same: impl Fn(&str, &str) -> bool,
) -> Option<Difference> {
    let expected = expected?;
    match seen {
        Some(seen) if same(expected, seen) => None,
        seen => Some(difference(what, expected, seen.unwrap_or("none"))),
    }
}

fn difference(what: &'static str, expected: &str, seen: &str) -> Difference {
    let seen = if seen.is_empty() { "none" } else { seen };
    Difference { what, expected: expected.to_owned(), seen: seen.to_owned() }
}

/// The predicate type of an attestation, as cosign's `--type` takes it: a short name, or a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredicateType {
    given: String,
    uri: String,
}

/// cosign's short names (`cosign verify-attestation --help`).
const SHORT: [(&str, &str); 10] = [
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
    ("link", "https://in-toto.io/Link/v1"),
    ("spdx", "https://spdx.dev/Document"),
    ("spdxjson", "https://spdx.dev/Document"),
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
    ("openvex", "https://openvex.dev/ns"),
    ("custom", "https://cosign.sigstore.dev/attestation/v1"),
];

impl PredicateType {
    /// As it was given.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// Whether a statement's predicate type is this one, or a version of it.
    pub(super) fn is(&self, stated: &str) -> bool {
        let rest = stated.strip_prefix(self.uri.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for PredicateType {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let short = SHORT.iter().find(|(name, _)| *name == given);
        let uri = match short {
            Some((_, uri)) => (*uri).to_owned(),
            None if given.contains("://") => given.to_owned(),
            None => {
                let names: Vec<&str> = SHORT.iter().map(|(name, _)| *name).collect();
                return Err(format!("expected a URI, or one of {}", names.join(", ")));
            }
        };
        Ok(Self { given: given.to_owned(), uri })
    }
}
