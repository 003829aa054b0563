use super::*;
use crate::dod::testing::Sample;
use crate::model::{Build, Image};

fn audit_of(sample: &Sample) -> Audit {
    let assessment = crate::dod::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let at = sample.facts.as_of;
    let times = AuditTimes { started: at, finished: at };
    let judged = (&sample.release, &sample.policy, &sample.scope);
    Audit::of(judged, sample.facts.clone(), assessment, vec![("ghcr.io".to_owned(), 4)], times).unwrap()
}

fn again(audit: &Audit) -> Audit {
    serde_json::from_slice(&serde_json::to_vec(audit).unwrap()).unwrap()
}

#[test]
fn an_audit_comes_back_from_json_as_it_was_and_is_judged_the_same() {
    for sample in [crate::dod::testing::sample(), Sample::staged(), Sample::complete()] {
        let audit = audit_of(&sample);
        let read = again(&audit);
        assert_eq!(read, audit);
        let judged = crate::dod::judge(&read.release, &read.policy, &read.scope, &read.facts);
        assert_eq!(judged, audit.assessment);
    }
}

#[test]
fn a_fact_under_the_key_of_another_kind_is_not_read() {
    let audit = audit_of(&Sample::complete());
    let mut json = serde_json::to_value(&audit).unwrap();
    let entries = json["facts"]["entries"].as_array_mut().unwrap();
    let workflows = entries.iter().position(|entry| entry["key"] == "workflows").unwrap();
    let fact = entries[workflows]["fact"].clone();
    let tag = entries.iter().position(|entry| entry["key"]["tag"].is_object()).unwrap();
    entries[tag]["fact"] = fact;
    assert!(serde_json::from_value::<Audit>(json).unwrap_err().to_string().contains("another kind"));
}

#[test]
fn the_value_of_a_build_argument_is_not_kept() {
    let mut sample = crate::dod::testing::sample();
    let args = [("TOKEN".to_owned(), "hunter2".to_owned())].into();
    sample.release.images[0].build = Some(Build { args, ..Build::default() });
    let audit = audit_of(&sample);
    assert!(!serde_json::to_string(&audit).unwrap().contains("hunter2"));
    let build = |image: &Image| image.build.clone().unwrap().args;
    assert_eq!(build(&audit.release.images[0])["TOKEN"], "(not kept)");
}

#[test]
fn a_twin_has_the_fingerprint_of_the_other_and_whatever_is_seen_otherwise_has_not() {
    let mut sample = Sample::complete();
    let one = audit_of(&sample);
    sample.facts.as_of += jiff::SignedDuration::from_mins(3);
    let twin = audit_of(&sample);
    assert_eq!(one.summary.fingerprint, twin.summary.fingerprint);
    assert_ne!(one.summary.id, twin.summary.id);
    sample.put_unknown(
        sample.tag_key("runner", 0, crate::model::Access::Anonymous, crate::model::Pass::First),
        crate::model::ReasonKind::TimedOut,
        "slow",
    );
    assert_ne!(audit_of(&sample).summary.fingerprint, one.summary.fingerprint);
    let mut policy = Sample::complete();
    policy.policy.vulnerabilities.fixable_only = true;
    assert_ne!(audit_of(&policy).summary.fingerprint, one.summary.fingerprint);
}

#[test]
fn an_id_is_as_short_as_it_can_be_among_others() {
    let ids: Vec<AuditId> = ["22222bcdfg", "22223bcdfg", "9bcdfghjkm"].map(|id| id.parse().unwrap()).into();
    assert_eq!(ids.iter().map(|id| id.short(&ids)).collect::<Vec<_>>(), ["22222", "22223", "9bcd"]);
    assert!("last".parse::<AuditId>().is_err() && "22222bcdfa".parse::<AuditId>().is_err());
}

#[test]
fn what_changed_is_said_by_points() {
    let (before, after) = (audit_of(&Sample::staged()), audit_of(&Sample::complete()));
    let changes = after.summary.changes_since(&before.summary);
    assert!(changes.contains(&(Item::Published, 10)), "{changes:?}");
    assert_eq!(before.summary.changes_since(&before.summary), []);
}
