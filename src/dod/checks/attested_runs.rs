//! Runs that this machine does not know, and that somebody attested to the platform's manifest: by the release's
//! identity they are as good as its own.

use crate::model::{
    AttestedRun, Classic, Digest, FactKey, Level, Observed, Outcome, Reason, ReasonKind, Repository, Run,
    RunKind, TestResult, is_test_result_predicate, text,
};

use super::super::attached::{Attached, Claim};
use super::super::context::Context;
use super::super::identity::Judged;
use super::super::subject::Subject;
use super::judgement::Judgement;
use super::runs::Ran;
use super::signatures::{Tried, tried};

/// What the attested test results of one run come to.
#[derive(Debug, Default)]
pub(super) struct Attestations {
    /// The newest that counts: when it ran, what it comes to.
    newest: Option<(jiff::Timestamp, Judgement)>,
    /// An answer that is still to come.
    pending: bool,
    /// Why one that may count could not be read.
    unread: Option<Reason>,
    /// Repositories whose attestations could not be listed, and those that were.
    unlisted: Option<Reason>,
    listed: bool,
    /// What is there and does not count.
    shown: Vec<String>,
}

impl Attestations {
    /// Looks at everything that is attached to the manifest of `subject`, in every repository that has it.
    pub fn of(context: &Context, subject: &Subject, ran: &Ran, seen: impl Fn(&Run) -> Judgement) -> Self {
        let mut found = Self::default();
        let Some(manifest) = &subject.manifest else { return found };
        for holder in &subject.holders {
            found.in_repository(context, holder, manifest, ran, &seen);
        }
        found
    }

    /// What counts where no run is known here; `here` is what this machine says without one.
    pub fn or(self, here: Judgement, tried_here: bool) -> Judgement {
        let shown = self.shown;
        let unread = self.unread.or(self.unlisted.filter(|_| !self.listed));
        let judged = match (self.newest, unread) {
            _ if self.pending => return Judgement::pending(),
            (Some((_, judged)), _) => judged,
            // That it could not be run here is said; else that it cannot be told whether somebody attested it.
            (None, Some(reason)) if !tried_here => Judgement::unknown(&reason),
            (None, _) => here,
        };
        shown.into_iter().fold(judged, Judgement::warn)
    }

    fn in_repository(
        &mut self,
        context: &Context,
        repository: &Repository,
        manifest: &Digest,
        ran: &Ran,
        seen: &impl Fn(&Run) -> Judgement,
    ) {
        let attached = Attached::list(context, repository, manifest, &[Classic::Attestation]);
        self.pending |= attached.pending;
        self.listed |= attached.unread.is_none();
        self.unlisted = self.unlisted.take().or(attached.unread.clone());
        let tried = tried(context, repository, manifest, context.policy.for_attestations());
        let is_result = |tried: &&Tried| match &tried.predicate_type {
            Some(predicate) => is_test_result_predicate(predicate),
            None => tried.claim(&attached).is_some_and(Claim::may_attest_test_result),
        };
        for one in tried.iter().filter(is_result) {
            self.attestation(context, one, ran, seen);
        }
        for artifact in attached.artifacts.iter().filter(|artifact| artifact.claim.may_attest_test_result()) {
            if tried.iter().any(|tried| tried.artifact() == Some(&artifact.blob)) {
                continue;
            }
            let key = FactKey::Signature {
                repository: repository.clone(),
                subject: manifest.clone(),
                artifact: artifact.blob.clone(),
            };
            if context.is_wanted(&key) {
                self.pending = true;
            } else {
                self.not_read(ReasonKind::NotVerified, "a test result is attested: not verified yet");
            }
        }
    }

    fn attestation(
        &mut self,
        context: &Context,
        tried: &Tried,
        ran: &Ran,
        seen: &impl Fn(&Run) -> Judgement,
    ) {
        if let (Judged::Bad(what), true) = (&tried.judged, tried.invalid) {
            return self.show(format!("a test result whose attestation is {what}"));
        }
        let result = match document(context, tried) {
            Document::Seen(key, result) => Ok((key, result)),
            Document::Pending => {
                self.pending = true;
                return;
            }
            Document::Unread(reason) => Err(reason),
        };
        match (&tried.judged, result) {
            (Judged::Good(who), Ok((key, result))) => {
                let Some(attested) = of_this_run(result, ran.kind) else { return };
                if let Some(why) = another(result, attested, ran) {
                    return self.show(format!("a test result attested by {who} is of {why}"));
                }
                self.count(judged(result, attested, who, seen, [tried.key.clone(), key]), attested);
            }
            (Judged::Good(_), Err(reason)) => {
                self.not_read(reason.kind, &format!("a test result is attested: {reason}"));
            }
            (Judged::Soft(text) | Judged::Bad(text), result) => {
                if result.is_ok_and(|(_, result)| of_this_run(result, ran.kind).is_some()) {
                    self.show(format!("a stranger's test result, {text}"));
                }
            }
            (Judged::Unknown(text), result) => {
                if result.map_or(true, |(_, result)| of_this_run(result, ran.kind).is_some()) {
                    self.not_read(ReasonKind::NotSupported, &format!("a test result is attested: {text}"));
                }
            }
        }
    }

    /// Of several the newest counts; of two at the same time the worse one.
    fn count(&mut self, judged: Judgement, attested: &AttestedRun) {
        let newer = match &self.newest {
            None => true,
            Some((at, known)) if *at == attested.at => judged.outcome > known.outcome,
            Some((at, _)) => *at < attested.at,
        };
        if newer {
            self.newest = Some((attested.at, judged));
        }
    }

    /// Said once, in however many repositories it is.
    fn show(&mut self, what: String) {
        let what = format!("{what}: shown, not counted");
        if !self.shown.contains(&what) {
            self.shown.push(what);
        }
    }

    fn not_read(&mut self, kind: ReasonKind, what: &str) {
        self.unread.get_or_insert_with(|| Reason::new(kind, what));
    }
}

/// What is known of the document of an attestation.
enum Document<'a> {
    Seen(FactKey, &'a TestResult),
    Pending,
    Unread(Reason),
}

fn document<'a>(context: &Context<'a>, tried: &Tried) -> Document<'a> {
    let unread = |text: String| Document::Unread(Reason::new(ReasonKind::Unreadable, text));
    let Some(digest) = &tried.predicate else { return unread("it holds no document".to_owned()) };
    let key = FactKey::TestResult(digest.clone());
    match context.facts.test_result(&key) {
        None if context.is_wanted(&key) => Document::Pending,
        None => unread("it was not read yet".to_owned()),
        Some(Observed::Unknown(reason)) => Document::Unread(reason.clone()),
        Some(Observed::Absent(absence)) => unread(format!("its document is not there: {absence}")),
        Some(Observed::Seen(result)) => Document::Seen(key, result),
    }
}

/// The run of this kind that a result is of. Results of other tests are nobody's business here.
fn of_this_run(result: &TestResult, kind: RunKind) -> Option<&AttestedRun> {
    result.run.as_ref().filter(|attested| attested.kind == kind)
}

/// What a result is of instead of this run, in words.
fn another(result: &TestResult, attested: &AttestedRun, ran: &Ran) -> Option<String> {
    if !result.configuration.is_empty() && !result.configuration.contains(&ran.config) {
        return Some("another image config".to_owned());
    }
    let same = ran.argv.len() == attested.argv.len()
        && ran.argv.iter().zip(&attested.argv).all(|(ours, theirs)| text::clean_line(ours) == *theirs);
    let command =
        if attested.argv.is_empty() { "its entrypoint".to_owned() } else { attested.argv.join(" ") };
    (!same).then(|| format!("another command, `{command}`"))
}

/// What the run comes to, as if it were this machine's own. One that says FAILED is no pass, whatever its run showed.
fn judged(
    result: &TestResult,
    attested: &AttestedRun,
    who: &str,
    seen: &impl Fn(&Run) -> Judgement,
    keys: [FactKey; 2],
) -> Judgement {
    let judged = seen(&attested.run);
    let by = format!("attested by {who}, run at {}", attested.at);
    let level = if attested.in_container { Level::Verified } else { Level::Local };
    let judged = match judged.outcome {
        Outcome::Pass if result.failed => Judgement::fail(format!("its test result says FAILED, {by}")),
        _ => Judgement { reason: format!("{}, {by}", judged.reason), ..judged },
    };
    judged.seen_at(level, true).because(keys)
}
