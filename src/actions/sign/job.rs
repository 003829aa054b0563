//! A job that signs: who signs is known once, what is signed has its turn, and what failed is said at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::who::signing;
use super::{Target, artifact, classic};
use crate::actions::{Context, JobSink};
use crate::gather::Signing;
use crate::model::{COSIGN_SIGN_PREDICATE, Classic};

/// How many digests are signed at the same time: each signature asks Fulcio, a log and every registry.
const AT_ONCE: usize = 4;

/// A job that signs. What it writes, and where, is the same for signatures and for attestations of every kind.
pub(in crate::actions) struct SigningJob<'a> {
    context: &'a Context,
    sink: &'a JobSink,
    signing: Arc<Signing>,
    /// `signing`, `attesting`.
    doing: &'static str,
    done: AtomicUsize,
    total: usize,
}

impl<'a> SigningJob<'a> {
    /// Learns who signs what is written, and makes the repositories of all targets ready.
    ///
    /// # Errors
    /// When there is nobody to sign as, or a repository cannot be written.
    pub async fn open(
        kind: Classic,
        targets: impl Iterator<Item = &Target>,
        context: &'a Context,
        sink: &'a JobSink,
    ) -> Result<Self, String> {
        let doing = if kind == Classic::Signature { "signing" } else { "attesting" };
        let signing = signing(context, kind, sink).await?;
        let targets: Vec<&Target> = targets.collect();
        let total = targets.len();
        let repositories: BTreeSet<_> = targets.iter().flat_map(|target| &target.repositories).collect();
        let job = Self { context, sink, signing, doing, done: AtomicUsize::new(0), total };
        job.sink.progress(0, total, doing).await;
        artifact::prepare(&repositories, context).await?;
        Ok(job)
    }

    /// Signs the target itself; as cosign 2 does too, where that is asked for, or nothing but that.
    pub async fn sign(&self, target: &Target, only_classic: bool) -> Result<(), String> {
        if !only_classic {
            let statement = artifact::statement(&target.subject, COSIGN_SIGN_PREDICATE, &json!({}));
            artifact::vouch(target, &self.signing, COSIGN_SIGN_PREDICATE, &statement, self.context).await?;
        }
        if self.writes_classic() {
            classic::sign(target, &self.signing, self.context).await?;
        }
        let (subject, what, places) = (&target.subject, target.what(), target.places());
        self.said(&format!("{subject} ({what}) is signed in {places}")).await;
        Ok(())
    }

    /// Attests `predicate` to the target; as cosign 2 does too, where that is asked for. `line` says what was attested.
    pub async fn attest(
        &self,
        target: &Target,
        predicate_type: &str,
        predicate: &Value,
        line: &str,
    ) -> Result<(), String> {
        let statement = artifact::statement(&target.subject, predicate_type, predicate);
        artifact::vouch(target, &self.signing, predicate_type, &statement, self.context).await?;
        if self.writes_classic() {
            classic::attest(target, &self.signing, predicate_type, &statement, self.context).await?;
        }
        self.said(&format!("{}: {line}", target.what())).await;
        Ok(())
    }

    /// Lets every target have its turn, a few at a time; `words` say what was done once all succeeded.
    ///
    /// # Errors
    /// How many succeeded, and each reason why one failed, said once.
    pub async fn finish(
        &self,
        turns: Vec<impl Future<Output = Result<(), String>>>,
        words: &str,
    ) -> Result<String, String> {
        let attempts: Vec<Result<(), String>> = stream::iter(turns).buffered(AT_ONCE).collect().await;
        let mut said: Vec<&str> = Vec::new();
        for why in attempts.iter().filter_map(|attempt| attempt.as_ref().err()) {
            if !said.contains(&why.as_str()) {
                said.push(why);
            }
        }
        if said.is_empty() {
            return Ok(format!("{words} as {}", self.signing.who()));
        }
        let done = attempts.iter().filter(|attempt| attempt.is_ok()).count();
        Err(format!("{done} of {} done: {}", attempts.len(), said.join("; ")))
    }

    fn writes_classic(&self) -> bool {
        self.context.world.wiring.signing.classic
    }

    async fn said(&self, line: &str) {
        self.sink.line(line).await;
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.sink.progress(done, self.total, self.doing).await;
    }
}
