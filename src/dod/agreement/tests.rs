use super::super::judge;
use super::super::testing::{REVISION, Sample, sample};
use super::*;
use crate::model::{Changes, Fact, GitRemote, Outcome, ReasonKind, Status, Upstream};

const OTHER: &str = "0123456789abcdef0123456789abcdef01234567";

fn checkout(tag: Option<&str>) -> Checkout {
    Checkout {
        head: Some(REVISION.to_owned()),
        tag: tag.map(str::to_owned),
        remote: Some(GitRemote {
            name: "origin".to_owned(),
            url: "https://github.com/acme/greenlang".to_owned(),
        }),
        ..Checkout::default()
    }
}

fn key() -> FactKey {
    FactKey::RemoteTag { remote: "origin".to_owned(), tag: "v0.2.0".to_owned() }
}

/// A complete release whose tag is `here` and `there`.
fn tagged(here: Option<&str>, there: Option<&str>) -> Sample {
    let mut sample = Sample::complete();
    with(&mut sample, checkout(here), there);
    sample
}

fn with(sample: &mut Sample, checkout: Checkout, there: Option<&str>) {
    sample.put(FactKey::Git, Fact::Git(Observed::Seen(checkout)));
    match there {
        Some(commit) => sample.put(key(), Fact::RemoteTag(Observed::Seen(commit.to_owned()))),
        None => sample.put_absent(key(), "origin has no tag v0.2.0"),
    }
}

fn warned(sample: &Sample, item: Item) -> Vec<String> {
    let assessment = judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    assessment.finding(item).warnings.clone()
}

fn says(sample: &Sample, item: Item, words: &[&str]) {
    let warnings = warned(sample, item);
    let found = warnings.iter().any(|warning| words.iter().all(|word| warning.contains(word)));
    assert!(found, "{words:?} in {warnings:?}");
}

#[test]
fn where_everybody_agrees_nothing_is_said_and_everything_is_complete() {
    let agreeing = tagged(Some(REVISION), Some(REVISION));
    for item in Item::ALL {
        assert_eq!(warned(&agreeing, item), warned(&Sample::complete(), item), "{item:?}");
    }
}

#[test]
fn the_remote_is_asked_for_the_tag_once_it_is_known() {
    let mut sample = tagged(Some(REVISION), Some(REVISION));
    sample.facts.remove(&key());
    assert!(sample.wanted().contains_key(&key()));
    sample.put_absent(FactKey::Git, "in no git repository");
    assert!(!sample.wanted().contains_key(&key()));
}

#[test]
fn a_tag_at_another_commit_is_named_with_both_values() {
    let moved = tagged(Some(OTHER), Some(OTHER));
    says(&moved, Item::OciLabels, &["the tag v0.2.0 is at", OTHER, REVISION, "the release is"]);
    says(&moved, Item::OciLabels, &["runner: the label revision is", OTHER, REVISION]);
    says(&moved, Item::Signed, &["signed for commit", REVISION, OTHER]);
    let split = tagged(Some(REVISION), Some(OTHER));
    says(&split, Item::OciLabels, &["here and", "on the remote", REVISION, OTHER]);
}

#[test]
fn the_commit_of_the_tag_is_the_release_s_where_none_is_configured() {
    let mut sample = tagged(Some(OTHER), Some(OTHER));
    sample.release.revision = None;
    let outcomes = |sample: &Sample, item| {
        let judged = judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
        judged.finding(item).cells.iter().map(|cell| cell.outcome).collect::<BTreeSet<_>>()
    };
    assert_eq!(outcomes(&sample, Item::OciLabels), [Outcome::Fail].into());
    assert_eq!(outcomes(&sample, Item::Signed), [Outcome::Fail].into());
    with(&mut sample, checkout(Some(REVISION)), Some(REVISION));
    assert_eq!(outcomes(&sample, Item::Signed), [Outcome::Pass].into());
    // Where the two disagree nobody knows: it is said, and nothing fails by it.
    with(&mut sample, checkout(Some(REVISION)), Some(OTHER));
    assert_eq!(outcomes(&sample, Item::OciLabels), [Outcome::Pass].into());
    sample.put_absent(FactKey::Git, "in no git repository");
    assert_eq!(with_commit(&sample.release, &sample.facts).revision, None);
}

#[test]
fn another_version_at_head_and_a_published_release_without_its_tag_are_named() {
    let mut sample = Sample::complete();
    let head_tags = vec!["v0.3.0".to_owned(), "nightly".to_owned()];
    with(&mut sample, Checkout { head_tags, ..checkout(None) }, None);
    says(&sample, Item::VersionCommand, &["v0.3.0", "0.2.0"]);
    says(&sample, Item::VersionCommand, &["origin has no tag v0.2.0"]);
    sample.put_unknown(key(), ReasonKind::TimedOut, "origin did not answer");
    assert!(!warned(&sample, Item::VersionCommand).iter().any(|warning| warning.contains("has no tag")));
}

#[test]
fn a_checkout_that_is_not_the_commit_is_said_until_the_release_is_published() {
    let changed = Changes { count: 1, first: vec!["src/main.rs".to_owned()] };
    let upstream = Upstream { name: "origin/main".to_owned(), ahead: 0, behind: 2 };
    let dirty = Checkout { changed, upstream: Some(upstream), ..checkout(Some(OTHER)) };
    let warnings = |mut sample: Sample| {
        with(&mut sample, dirty.clone(), None);
        judge(&sample.release, &sample.policy, &sample.scope, &sample.facts).warnings
    };
    let said = warnings(sample()).join("\n");
    for word in ["src/main.rs", "2 commits behind origin/main", OTHER, "not on the remote"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert_eq!(warnings(Sample::complete()), Vec::<String>::new());
}

#[test]
fn what_git_could_not_tell_changes_no_status() {
    let mut sample = Sample::complete();
    sample.put_unknown(FactKey::Git, ReasonKind::ToolFailed, "git ended with 128");
    let judged = judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    assert!(judged.findings.iter().all(|finding| finding.status == Status::Complete));
}
