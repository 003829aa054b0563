use super::*;
use crate::dod;
use crate::dod::testing::Sample;
use crate::model::{Access, AuditTimes, Observed, Pass, ReasonKind, TagFact};

fn audit(sample: &Sample) -> Audit {
    let assessment = dod::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let times = AuditTimes { started: sample.facts.as_of, finished: sample.facts.as_of };
    let judged = (&sample.release, &sample.policy, &sample.scope);
    Audit::of(judged, sample.facts.clone(), assessment, Vec::new(), times).unwrap()
}

fn of(a: &Sample, b: &Sample) -> Diff {
    diff(&audit(a), &audit(b))
}

fn item(diff: &Diff, item: Item) -> &ItemDiff {
    &diff.items[item.index()]
}

#[test]
fn nothing_moves_between_an_audit_and_itself() {
    for sample in [dod::testing::sample(), Sample::staged(), Sample::complete()] {
        let diff = of(&sample, &sample);
        assert!(diff.is_empty(), "{diff:#?}");
        assert_eq!(diff.count(Sign::Same), 10);
    }
}

#[test]
fn a_tag_that_is_gone_is_worse_and_is_named() {
    let before = Sample::complete();
    let mut after = Sample::complete();
    for pass in [Pass::First, Pass::Last] {
        after.put_absent(after.tag_key("runner", 0, Access::Anonymous, pass), "404 from ghcr.io");
    }
    let diff = of(&before, &after);
    assert_eq!(item(&diff, Item::Published).sign, Sign::Worse);
    let digest = diff.moved_of(Item::Published).find(|moved| moved.what == "digest").unwrap();
    assert!(digest.place.contains("ghcr.io/acme/greenlang-runner"), "{digest:?}");
    assert!(digest.after.as_deref().unwrap().contains("404"), "{digest:?}");
    assert!(diff.summary().contains("GO → NO_GO"), "{}", diff.summary());
    let back = of(&after, &before);
    assert_eq!(item(&back, Item::Published).sign, Sign::Better);
    assert_eq!(back.points(), -diff.points());
}

#[test]
fn what_could_not_be_seen_is_neither_better_nor_worse() {
    let before = Sample::complete();
    let mut after = Sample::complete();
    for pass in [Pass::First, Pass::Last] {
        let key = after.tag_key("runner", 0, Access::Anonymous, pass);
        after.put_unknown(key, ReasonKind::TimedOut, "no answer");
    }
    let diff = of(&before, &after);
    let digest = diff.moved_of(Item::Published).find(|moved| moved.what == "digest").unwrap();
    assert_eq!(digest.sign, Sign::NotKnown);
    assert!(digest.after.as_deref().unwrap().starts_with("unknown: no answer"));
}

#[test]
fn a_digest_that_moved_is_neither_better_nor_worse_by_itself() {
    let before = Sample::complete();
    let mut after = Sample::complete();
    let key = after.tag_key("runner", 0, Access::Anonymous, Pass::First);
    let digest = crate::model::Digest::of(b"another");
    after.put(key, crate::model::Fact::Tag(Observed::Seen(TagFact { digest: digest.clone() })));
    while let Some((key, _)) = after.wanted().into_iter().next() {
        after.put_absent(key, "404 from ghcr.io");
    }
    let diff = of(&before, &after);
    let moved = diff.moved_of(Item::Published).find(|moved| moved.what == "digest").unwrap();
    assert_eq!((moved.sign, moved.after.as_deref()), (Sign::Other, Some(digest.as_str())));
}

#[test]
fn signers_that_could_not_be_looked_at_are_not_taken_for_gone() {
    let before = Sample::complete();
    let of_referrers = |key: &crate::model::FactKey| matches!(key, crate::model::FactKey::Referrers { .. });
    let keys: Vec<_> = before.facts.iter().map(|(key, _)| key.clone()).filter(of_referrers).collect();
    assert!(!keys.is_empty());
    let mut after = Sample::complete();
    for key in keys {
        after.put_unknown(key, ReasonKind::ServerError, "503 from ghcr.io");
    }
    let diff = of(&before, &after);
    let signers: Vec<&Moved> = diff.moved_of(Item::Signed).filter(|moved| moved.what == "signers").collect();
    assert!(!signers.is_empty());
    assert!(signers.iter().all(|moved| moved.sign == Sign::NotKnown), "{signers:#?}");
}

#[test]
fn a_signature_that_is_gone_names_who_had_signed() {
    let before = Sample::complete();
    let mut after = Sample::complete();
    after.forget(|key| matches!(key, crate::model::FactKey::Signature { .. }));
    let keys: Vec<_> = after.facts.iter().map(|(key, _)| key.clone()).collect();
    for key in keys.into_iter().filter(|key| matches!(key, crate::model::FactKey::Referrers { .. })) {
        after.put(
            key,
            crate::model::Fact::Referrers(Observed::Seen(crate::model::Referrers {
                via: crate::model::ReferrersVia::Api,
                manifests: Vec::new(),
            })),
        );
    }
    let diff = of(&before, &after);
    let signers = diff.moved_of(Item::Signed).find(|moved| moved.what == "signers").unwrap();
    assert_eq!((signers.sign, signers.after.as_deref()), (Sign::Worse, Some("none")));
    assert!(signers.list.gone[0].contains("release.yml"), "{signers:?}");
}

#[test]
fn a_setting_that_is_another_is_named_by_its_path() {
    let before = Sample::complete();
    let mut after = Sample::complete();
    after.policy.vulnerabilities.threshold = crate::model::Severity::Critical;
    after.release.images[0].budget = None;
    let diff = of(&before, &after);
    let paths: Vec<&str> = diff.settings.iter().map(|setting| setting.path.as_str()).collect();
    assert_eq!(paths, ["policy.vulnerabilities.threshold", "release.images.runner.budget"]);
    assert_eq!(diff.settings[0].before.as_deref(), Some("high"));
    assert_eq!(diff.settings[1].after, None);
}
