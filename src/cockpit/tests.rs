use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::dod;
use crate::model::{
    Absence, AbsenceKind, Access, Action, Digest, Evidence, Fact, FactKey, Facts, Image, JobEvent,
    JobOutcome, Level, Manifest, Observed, Pass, Policy, Reason, ReasonKind, Release, Scope, TagFact,
};

fn at() -> Timestamp {
    "2025-01-20T12:00:00Z".parse().unwrap()
}

fn state() -> State {
    let image = Image {
        name: "app".parse().unwrap(),
        repositories: vec!["ghcr.io/acme/app".parse().unwrap()],
        tag: "1.0.0".parse().unwrap(),
        moving_tags: Vec::new(),
        platforms: vec!["linux/amd64".parse().unwrap()],
        local: None,
        build: None,
        budget: None,
        limit: None,
        version: None,
        example: None,
        healthcheck: None,
        private: false,
    };
    let release = Release {
        name: "app".to_owned(),
        version: "1.0.0".to_owned(),
        source: None,
        revision: None,
        tag: None,
        images: vec![image],
    };
    let (policy, facts) = (Policy::default(), Facts::new(at()));
    let assessment = dod::judge(&release, &policy, &Scope::default(), &facts);
    State::of(Arc::new(release), Arc::new(policy), Scope::default(), facts, Arc::new(assessment))
}

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    state.apply(&Stamped { seq: 1, at: at(), event })
}

fn fact(generation: Generation, key: &FactKey, fact: Fact) -> Event {
    let evidence = Evidence {
        subject: String::new(),
        source: "test".to_owned(),
        method: "given".to_owned(),
        level: Level::Registry,
        at: at(),
        exit: None,
        raw: Vec::new(),
    };
    Event::Fact(generation, key.clone(), Box::new(fact), Box::new(evidence))
}

fn tag() -> FactKey {
    FactKey::Tag {
        repository: "ghcr.io/acme/app".parse().unwrap(),
        tag: "1.0.0".parse().unwrap(),
        access: Access::Anonymous,
        pass: Pass::First,
    }
}

fn seen_tag(what: &str) -> Fact {
    Fact::Tag(Observed::Seen(TagFact { digest: Digest::of(what.as_bytes()) }))
}

fn fetched(effects: &[Effect], key: &FactKey) -> Option<Generation> {
    effects.iter().find_map(|effect| match effect {
        Effect::Fetch(fetched, _, generation) if fetched == key => Some(*generation),
        _ => None,
    })
}

#[test]
fn a_round_asks_for_what_is_missing_and_asks_once() {
    let mut state = state();
    let effects = happen(&mut state, Event::Began(1, Scope::default()));
    assert!(fetched(&effects, &tag()).is_some());
    let staged = FactKey::Staged("app".parse().unwrap());
    let absent = Absence { kind: AbsenceKind::NotFound, text: "never pushed from here".to_owned() };
    let generation = fetched(&effects, &staged).unwrap();
    let effects = happen(&mut state, fact(generation, &staged, Fact::absent(&staged, absent)));
    assert_eq!(fetched(&effects, &tag()), None, "it is on its way already");
    assert!(state.is_looking());
}

#[test]
fn an_answer_of_an_older_generation_is_discarded_unless_it_is_by_digest() {
    let mut state = state();
    let before = fetched(&happen(&mut state, Event::Began(1, Scope::default())), &tag()).unwrap();
    happen(&mut state, fact(before, &tag(), seen_tag("old")));
    let again = fetched(&happen(&mut state, Event::Began(2, Scope::default())), &tag()).unwrap();
    assert!(again > before);
    happen(&mut state, fact(before, &tag(), seen_tag("old")));
    assert!(state.facts.get(&tag()).is_none(), "the tag may have moved since");
    let manifest = FactKey::Manifest(Digest::of(b"index"));
    let unknown = Fact::unknown(&manifest, Reason::new(ReasonKind::TimedOut, "slow"));
    happen(&mut state, fact(before, &manifest, unknown));
    assert!(state.facts.get(&manifest).is_some(), "bytes by digest never change");
    happen(&mut state, fact(again, &tag(), seen_tag("new")));
    assert!(state.facts.get(&tag()).is_some());
}

#[test]
fn what_was_seen_by_digest_is_not_unseen_by_a_later_failure_and_what_was_not_seen_is_asked_again() {
    let mut state = state();
    happen(&mut state, Event::Began(1, Scope::default()));
    let key = FactKey::Manifest(Digest::of(b"index"));
    let manifest: Manifest =
        crate::formats::manifest::parse(br#"{"schemaVersion":2,"manifests":[]}"#).unwrap();
    happen(&mut state, fact(1, &key, Fact::Manifest(Observed::Seen(manifest))));
    happen(&mut state, fact(1, &key, Fact::unknown(&key, Reason::new(ReasonKind::TimedOut, "slow"))));
    assert!(state.facts.manifest(&key).unwrap().seen().is_some());
    let config = FactKey::Config(Digest::of(b"config"));
    happen(&mut state, fact(1, &config, Fact::unknown(&config, Reason::new(ReasonKind::TimedOut, "slow"))));
    happen(&mut state, Event::Began(2, Scope::default()));
    assert!(state.facts.get(&config).is_none() && state.facts.get(&key).is_some());
}

#[test]
fn a_job_that_ended_however_has_what_it_touched_looked_at_again() {
    for outcome in
        [JobOutcome::Done("ok".to_owned()), JobOutcome::Failed("no".to_owned()), JobOutcome::Cancelled]
    {
        let mut state = state();
        let generation = fetched(&happen(&mut state, Event::Began(1, Scope::default())), &tag()).unwrap();
        happen(&mut state, fact(generation, &tag(), seen_tag("x")));
        happen(&mut state, Event::Ended(1));
        happen(&mut state, Event::Job(1, JobEvent::Queued(Action::Publish)));
        let effects = happen(&mut state, Event::Job(1, JobEvent::Ended(outcome)));
        assert!(fetched(&effects, &tag()).is_some());
        assert!(state.is_looking() && state.running_jobs().next().is_none());
    }
}

#[test]
fn runs_belong_to_the_round_that_asked_for_them() {
    let mut state = state();
    let scope = Scope { run: [crate::model::RunKind::Version].into(), ..Scope::default() };
    happen(&mut state, Event::Began(1, scope));
    assert!(!state.scope.run.is_empty());
    happen(&mut state, Event::Ended(1));
    assert!(state.scope.run.is_empty());
}

/// A round in which every fact that is wanted is not there, or is as `fact` says.
fn round(state: &mut State, id: RoundId, answer: impl Fn(&FactKey) -> Fact) -> Vec<Effect> {
    let mut effects = happen(state, Event::Began(id, Scope::default()));
    loop {
        if effects.contains(&Effect::EndRound(id)) {
            return happen(state, Event::Ended(id));
        }
        let wanted = crate::dod::wants(&state.release, &state.policy, &state.scope, &state.facts);
        let key = wanted.into_keys().next().unwrap();
        let given = answer(&key);
        effects = happen(state, fact(Generation::MAX, &key, given));
    }
}

fn not_there(key: &FactKey) -> Fact {
    Fact::absent(key, Absence { kind: AbsenceKind::NotFound, text: "404".to_owned() })
}

#[test]
fn an_audit_that_ended_is_kept_and_one_that_was_cut_short_is_not() {
    let mut state = state();
    assert_eq!(round(&mut state, 1, not_there), [Effect::Keep]);
    assert_eq!(happen(&mut state, Event::Ended(7)), [], "no round of this number ended");
    let cancelled = |key: &FactKey| Fact::unknown(key, Reason::new(ReasonKind::Cancelled, "cancelled"));
    assert_eq!(round(&mut state, 2, cancelled), []);
    let unreachable = |key: &FactKey| Fact::unknown(key, Reason::new(ReasonKind::Unreachable, "down"));
    assert_eq!(
        round(&mut state, 3, unreachable),
        [Effect::Keep],
        "what could not be seen is worth knowing later"
    );
}

#[test]
fn an_audit_after_an_action_is_kept_as_well() {
    let mut state = state();
    round(&mut state, 1, not_there);
    happen(&mut state, Event::Job(1, JobEvent::Queued(Action::Publish)));
    happen(&mut state, Event::Job(1, JobEvent::Ended(JobOutcome::Done("ok".to_owned()))));
    loop {
        let wanted = crate::dod::wants(&state.release, &state.policy, &state.scope, &state.facts);
        let Some(key) = wanted.into_keys().next() else { break };
        happen(&mut state, fact(Generation::MAX, &key, not_there(&key)));
    }
    assert_eq!(happen(&mut state, Event::Ended(1)), [Effect::Keep]);
}

#[test]
fn what_was_kept_comes_first_in_the_history_and_a_twin_once() {
    let mut state = state();
    round(&mut state, 1, not_there);
    let times = crate::model::AuditTimes { started: at(), finished: at() };
    let judged = (&*state.release, &*state.policy, &state.scope);
    let (facts, assessment) = (state.facts.clone(), state.assessment.as_ref().clone());
    let audit = crate::model::Audit::of(judged, facts, assessment, Vec::new(), times).unwrap();
    let kept = audit.summary.clone();
    happen(&mut state, Event::Kept(Ok(Box::new(kept.clone()))));
    assert_eq!(state.history, None, "nobody has read it yet");
    happen(&mut state, Event::History(Vec::new()));
    happen(&mut state, Event::Kept(Ok(Box::new(kept.clone()))));
    let again = crate::model::AuditSummary { times: 2, ..kept.clone() };
    happen(&mut state, Event::Kept(Ok(Box::new(again.clone()))));
    assert_eq!(state.history.as_deref(), Some(&vec![again]));
    happen(&mut state, Event::Kept(Err("the disk is full".to_owned())));
    assert!(state.notice.as_ref().is_some_and(|(_, text)| text.contains("the disk is full")));
    happen(&mut state, Event::Recalled(kept.id.clone(), Ok(Arc::new(audit))));
    assert!(state.recalled(&kept.id).is_some_and(|audit| audit.is_ok()));
}
