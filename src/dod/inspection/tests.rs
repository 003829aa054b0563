use super::*;
use crate::model::{CertificateSigner, IdentityRule, Signer};

fn signer() -> Signer {
    Signer::Certificate(CertificateSigner {
        identity: "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1".to_owned(),
        issuer: "https://token.actions.githubusercontent.com".to_owned(),
        source_repository: Some("https://github.com/acme/app".to_owned()),
        source_ref: Some("refs/tags/v1".to_owned()),
        ..CertificateSigner::default()
    })
}

fn expected(identity: IdentityRule) -> Expected {
    let issuer = Some("https://token.actions.githubusercontent.com".to_owned());
    Expected { identity: Some(identity), issuer, ..Expected::default() }
}

#[test]
fn what_differs_is_named_with_both_values() {
    let other = expected(IdentityRule::Exact("https://github.com/acme/other".to_owned()));
    let [difference] = &other.differences(&signer())[..] else { panic!() };
    assert_eq!(difference.what, "identity");
    assert!(difference.to_string().contains("acme/other") && difference.to_string().contains("acme/app"));
}

#[test]
fn a_regexp_searches_and_an_unreadable_one_matches_nobody() {
    let search = |pattern: &str| expected(IdentityRule::Regexp(pattern.to_owned())).differences(&signer());
    assert_eq!(search("acme/app"), []);
    assert_eq!(search("acme/other").len(), 1);
    assert_eq!(search("(").len(), 1);
}

#[test]
fn a_claim_that_the_certificate_does_not_make_is_a_difference() {
    let mut rule = expected(IdentityRule::Regexp("acme".to_owned()));
    rule.claims = Claims { repository: Some("acme/app".to_owned()), ..Claims::default() };
    assert_eq!(rule.differences(&signer()), []);
    rule.claims.trigger = Some("push".to_owned());
    assert_eq!(rule.differences(&signer())[0].seen, "none");
}

#[test]
fn a_key_is_nobody_of_a_certificate_and_a_certificate_is_no_key() {
    let key = |configured| Signer::Key { fingerprint: Digest::of(b"key"), configured };
    let by_key = Expected { key: true, ..Expected::default() };
    assert_eq!(by_key.differences(&key(true)), []);
    assert_eq!(by_key.differences(&key(false)).len(), 1);
    assert_eq!(by_key.differences(&signer()).len(), 1);
    assert_eq!(expected(IdentityRule::Regexp(".*".to_owned())).differences(&key(true)).len(), 1);
}

#[test]
fn a_rule_is_complete_with_a_key_or_with_identity_and_issuer() {
    assert!(!Expected::default().is_complete());
    let mut rule = expected(IdentityRule::Regexp(".*".to_owned()));
    assert!(rule.is_complete());
    rule.issuer = Some(String::new());
    assert!(!rule.is_complete());
    rule.key = true;
    assert!(rule.is_complete());
}

#[test]
fn a_predicate_type_is_a_short_name_of_cosign_or_a_uri_and_covers_its_versions() {
    let of = |given: &str| given.parse::<PredicateType>();
    assert!(of("spdxjson").unwrap().is("https://spdx.dev/Document"));
    assert!(of("spdxjson").unwrap().is("https://spdx.dev/Document/v2.3"));
    assert!(!of("spdxjson").unwrap().is("https://spdx.dev/Documents"));
    assert!(of("https://acme.example/x/v1").unwrap().is("https://acme.example/x/v1"));
    assert!(of("nonsense").unwrap_err().contains("slsaprovenance"));
}
