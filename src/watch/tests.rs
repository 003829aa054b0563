use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::*;
use crate::model::{Access, Digest, Outcome, Policy, Waiver};

/// Eyes that see what they are told; the last thing told stays.
#[derive(Debug, Clone, Default)]
struct Told {
    polls: Arc<Mutex<VecDeque<Polled>>>,
    verified: Arc<Mutex<Verified>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn then(&self, polled: Polled) {
        self.polls.lock().unwrap().push_back(polled);
    }

    fn signed(&self, outcome: Outcome, who: Option<&str>) {
        let judged = Judged {
            subject: APP.to_owned(),
            kind: Kind::Signature,
            outcome,
            text: format!("signed by {}", who.unwrap_or("nobody")),
            signer: who.map(str::to_owned),
            waived: false,
        };
        self.verified.lock().unwrap().judged = vec![judged];
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Eyes for Told {
    async fn poll(&self, target: &Target) -> Polled {
        self.asked.lock().unwrap().push(target.reference.clone());
        let mut polls = self.polls.lock().unwrap();
        let next = if polls.len() > 1 { polls.pop_front() } else { polls.front().cloned() };
        next.unwrap_or(at_digest("one"))
    }

    async fn verify(&self, there: Vec<(Target, Digest, Access)>) -> Verified {
        self.asked.lock().unwrap().push(format!("verify {}", there.len()));
        self.verified.lock().unwrap().clone()
    }
}

const APP: &str = "ghcr.io/acme/app:1";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn target(reference: &str) -> Target {
    let (repository, tag) = reference.rsplit_once(':').unwrap();
    Target {
        reference: reference.to_owned(),
        repository: repository.parse().unwrap(),
        top: Top::Tag(tag.parse().unwrap()),
        image: None,
        moving: false,
        access: Access::Anonymous,
        public: true,
    }
}

fn at_digest(what: &str) -> Polled {
    Polled::Answer { presence: Presence::At(Digest::of(what.as_bytes())), hidden: false }
}

fn gone() -> Polled {
    Polled::Answer { presence: Presence::Gone("404 from ghcr.io".to_owned()), hidden: false }
}

fn nothing(retry_after: Option<u64>) -> Polled {
    Polled::Nothing {
        reason: "ghcr.io answered 503".to_owned(),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

fn noon() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn watcher(eyes: &Told) -> Watcher<Told> {
    Watcher::new(eyes.clone(), vec![target(APP)], Known::default(), HOUR)
}

fn said(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| format!("{}: {}", change.level.word(), change.text)).collect()
}

#[tokio::test]
async fn each_change_is_one_sentence() {
    let (eyes, mut at, mut all) = (Told::default(), noon(), Vec::new());
    let mut watcher = watcher(&eyes);
    let steps = [
        (at_digest("one"), Outcome::Pass, Some("release.yml")),
        (at_digest("two"), Outcome::Absent, None),
        (nothing(None), Outcome::Absent, None),
        (at_digest("two"), Outcome::Fail, Some("mallory")),
        (at_digest("two"), Outcome::Unknown, None),
        (at_digest("two"), Outcome::Pass, Some("release.yml")),
        (at_digest("two"), Outcome::Pass, Some("other.yml")),
        (gone(), Outcome::Pass, None),
        (at_digest("three"), Outcome::Pass, Some("release.yml")),
    ];
    for (polled, outcome, who) in steps {
        eyes.polls.lock().unwrap().clear();
        eyes.then(polled);
        eyes.signed(outcome, who);
        let changes = watcher.look(at, true).await;
        all.push(format!("{}: {:#?}", at.strftime("%H:%M"), said(&changes)));
        at += HOUR;
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn what_could_not_be_looked_at_stays_as_it_was_seen_and_is_marked() {
    let eyes = Told::default();
    let mut watcher = watcher(&eyes);
    watcher.look(noon(), false).await;
    eyes.then(nothing(None));
    let changes = watcher.look(noon() + HOUR, false).await;
    assert!(changes.iter().all(|change| !change.counts()), "{changes:?}");
    let state = watcher.known.tag(APP).unwrap();
    assert_eq!(state.digest(), Some(&Digest::of(b"one")));
    assert_eq!((state.seen_at, state.unseen.as_ref().unwrap().since), (Some(noon()), noon() + HOUR));
    assert!(watcher.known.could_not_look());
    watcher.look(noon() + HOUR * 2, false).await;
    let state = watcher.known.tag(APP).unwrap();
    assert_eq!(state.unseen.as_ref().unwrap().since, noon() + HOUR, "since when it is so");
}

#[tokio::test]
async fn digests_are_verified_when_they_move_and_at_their_interval_only() {
    let eyes = Told::default();
    eyes.signed(Outcome::Pass, Some("release.yml"));
    let mut watcher = watcher(&eyes);
    watcher.look(noon(), false).await;
    assert_eq!(eyes.asked(), [APP, "verify 1"]);
    watcher.look(noon() + HOUR / 2, false).await;
    assert_eq!(eyes.asked(), [APP]);
    watcher.look(noon() + HOUR, false).await;
    assert_eq!(eyes.asked(), [APP, "verify 1"]);
    eyes.then(at_digest("two"));
    watcher.look(noon() + HOUR + HOUR / 10, false).await;
    assert_eq!(eyes.asked(), [APP, "verify 1"]);
    // What was kept says when that was: a start in between verifies nothing.
    let known = watcher.known.clone();
    let mut again = Watcher::new(eyes.clone(), vec![target(APP)], known, HOUR);
    again.look(noon() + HOUR + HOUR / 5, false).await;
    assert_eq!(eyes.asked(), [APP]);
}

#[tokio::test]
async fn a_registry_that_asks_to_be_left_alone_is_left_alone_and_stays_unknown() {
    let eyes = Told::default();
    let mut watcher = watcher(&eyes);
    eyes.then(nothing(Some(600)));
    watcher.look(noon(), false).await;
    eyes.asked();
    watcher.look(noon() + SignedDuration::from_mins(9), false).await;
    assert_eq!(eyes.asked(), Vec::<String>::new());
    assert!(watcher.known.could_not_look(), "not asked is not unchanged");
    watcher.look(noon() + SignedDuration::from_mins(10), false).await;
    assert_eq!(eyes.asked(), [APP]);
    eyes.polls.lock().unwrap().clear();
    eyes.then(nothing(Some(u64::MAX)));
    watcher.look(noon() + HOUR, false).await;
    watcher.look(noon() + HOUR * 7, false).await;
    assert_eq!(eyes.asked(), [APP, APP], "nobody is left alone for ever");
}

#[tokio::test]
async fn a_waiver_is_said_to_end_once_and_to_have_ended_once() {
    let eyes = Told::default();
    let mut watcher = watcher(&eyes);
    let waiver = Waiver {
        item: crate::model::Item::SizeBudget,
        image: Some("full".parse().unwrap()),
        platform: None,
        until: "2026-12-10".parse().unwrap(),
        reason: None,
    };
    watcher.deadlines = of_policy(&Policy { waivers: vec![waiver], ..Policy::default() });
    let mut all = Vec::new();
    for day in 0..16 {
        let at = noon() + SignedDuration::from_hours(24 * day);
        all.extend(said(&watcher.look(at, false).await).into_iter().map(|said| format!("day {day}: {said}")));
    }
    assert_eq!(
        all,
        [
            "day 7: notice: the waiver for size_budget of full ends in 6 days, at 2026-12-11 00:00 UTC",
            "day 14: alarm: the waiver for size_budget of full ended at 2026-12-11 00:00 UTC: it counts no more",
        ]
    );
}

#[tokio::test]
async fn a_go_is_stale_when_its_tags_were_not_read_lately() {
    let eyes = Told::default();
    eyes.verified.lock().unwrap().verdict = Some("GO".to_owned());
    let mut watcher = watcher(&eyes);
    watcher.release = Some(("app 1".to_owned(), SignedDuration::from_mins(15)));
    watcher.look(noon(), false).await;
    assert_eq!(watcher.last_go.as_ref().and_then(|go| go.at), Some(noon()));
    eyes.then(nothing(None));
    assert_eq!(watcher.look(noon() + SignedDuration::from_mins(10), false).await.len(), 1);
    assert_eq!(watcher.last_go.as_ref().and_then(|go| go.at), Some(noon()), "what is not seen is not GO");
    let changes = watcher.look(noon() + SignedDuration::from_mins(16), false).await;
    assert_eq!(said(&changes), ["unknown: app 1: GO is stale: a tag was last read 16 min ago"]);
    eyes.polls.lock().unwrap().clear();
    eyes.then(at_digest("one"));
    eyes.verified.lock().unwrap().verdict = Some("NO_GO".to_owned());
    let changes = watcher.look(noon() + SignedDuration::from_mins(17), true).await;
    assert!(said(&changes).contains(&"alarm: app 1 is NO_GO, and was GO".to_owned()), "{changes:?}");
}

#[tokio::test]
async fn a_tag_that_only_credentials_read_is_an_alarm_where_strangers_should() {
    let eyes = Told::default();
    let mut watcher = watcher(&eyes);
    watcher.targets[0].public = false;
    let hidden = Polled::Answer { presence: Presence::At(Digest::of(b"one")), hidden: true };
    eyes.then(hidden.clone());
    assert_eq!(watcher.look(noon(), false).await, [], "it may be private on purpose");
    eyes.then(at_digest("one"));
    eyes.polls.lock().unwrap().pop_front();
    watcher.look(noon(), false).await;
    eyes.then(hidden);
    eyes.polls.lock().unwrap().pop_front();
    let changes = watcher.look(noon(), false).await;
    assert_eq!((changes[0].about, changes[0].level), (Kind::Hidden, Loudness::Alarm));
}

#[test]
fn what_a_registry_sends_is_cleaned_before_it_is_said() {
    let mut after = Known::default();
    let subject = after.subject("ghcr.io/acme/app:1");
    subject.concerned(
        Kind::Signature,
        Loudness::Alarm,
        "x",
        "by \u{1b}[31mmallory\n\u{202e}".to_owned(),
        noon(),
    );
    let changes = changes(&Known::default(), &after, noon());
    assert_eq!(changes[0].text, "ghcr.io/acme/app:1 is not signed as it should be: by mallory ");
}

#[tokio::test]
async fn the_loop_looks_when_it_is_due_and_when_it_is_asked_and_keeps_what_changed() {
    let eyes = Told::default();
    let (views, mut seen) = watch::channel(Arc::new(View::default()));
    let (sender, mut changed) = mpsc::channel(8);
    let (commands, receiver) = mpsc::channel(1);
    let (due, waiting) = mpsc::channel::<()>(1);
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let kept = Arc::new(Mutex::new(0));
    let counting = Arc::clone(&kept);
    let edge = Edge {
        clock: noon,
        keep: move |_: &Known| *counting.lock().unwrap() += 1,
        kept_go: || None,
        pause: move || {
            let waiting = Arc::clone(&waiting);
            async move { waiting.lock().await.recv().await.unwrap_or_default() }
        },
    };
    let looping = tokio::spawn(run(watcher(&eyes), edge, receiver, views, sender));
    changed.recv().await.unwrap();
    assert_eq!(eyes.asked(), [APP, "verify 1"], "a start verifies");
    due.send(()).await.unwrap();
    changed.recv().await.unwrap();
    assert_eq!(eyes.asked(), [APP], "then it looks by HEAD");
    assert_eq!(*kept.lock().unwrap(), 1, "nothing changed, nothing is written");
    eyes.then(at_digest("two"));
    commands.send(Command::Look).await.unwrap();
    assert_eq!(changed.recv().await.unwrap().len(), 1);
    assert_eq!(eyes.asked(), [APP, "verify 1"]);
    assert_eq!(*kept.lock().unwrap(), 2);
    commands.send(Command::Verify).await.unwrap();
    changed.recv().await.unwrap();
    assert_eq!(eyes.asked(), [APP, "verify 1"]);
    commands.send(Command::Rest).await.unwrap();
    let turns = || async {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    };
    turns().await;
    due.send(()).await.unwrap();
    turns().await;
    assert!(eyes.asked().is_empty(), "it rests, though a look is due");
    let view = seen.borrow_and_update().clone();
    assert_eq!((view.looks, view.looking, view.changes.len()), (4, false, 1));
    commands.send(Command::Quit).await.unwrap();
    looping.await.unwrap();
}
