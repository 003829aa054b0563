//! The world as it is looked at: through the same fetches as an audit, and judged by the same code.

use std::sync::Arc;
use std::time::Duration;

use crate::dod;
use crate::dod::inspection::{self, Expected, Inspection};
use crate::formats;
use crate::gather::{self, World};
use crate::model::{
    AbsenceKind, Access, Answer, Digest, Evidence, Exchange, Fact, FactKey, Facts, ImageName, Level,
    Observed, Pass, Place, Policy, Reason, ReasonKind, Release, Scope, Tag, TagFact,
};
use crate::registry::{now, retry_after};

use super::judged::{self, Judged, Verified};
use super::known::{Kind, Presence};
use super::target::{Target, Top};
use super::watcher::{Eyes, Polled};

/// What digests are held against.
#[derive(Debug, Clone)]
pub enum Rules {
    /// The policy of a release; its moving tags are held against its rule for signatures only.
    Release {
        /// The release.
        release: Arc<Release>,
        /// Its policy.
        policy: Arc<Policy>,
        /// Which staged digests are given.
        scope: Scope,
    },
    /// Who has to have signed, as cosign's flags say it.
    Signer(Expected),
}

/// Looks through [`gather`].
#[derive(Debug, Clone)]
pub struct Gatherer {
    /// What is reached.
    pub world: World,
    /// What digests are held against.
    pub rules: Rules,
}

impl Eyes for Gatherer {
    async fn poll(&self, target: &Target) -> Polled {
        let first = self.ask(target, target.access).await;
        let hidden = match (&first.observed, target.access) {
            (Observed::Absent(absence), Access::Anonymous) => absence.kind == AbsenceKind::MissingOrPrivate,
            _ => false,
        };
        if hidden && self.world.registries.has_credentials(&target.repository).await {
            let second = self.ask(target, Access::Credentials).await;
            if second.observed.seen().is_some() {
                return second.polled(true);
            }
        }
        first.polled(false)
    }

    async fn verify(&self, there: Vec<(Target, Digest, Access)>) -> Verified {
        // A trust root that was renewed meanwhile counts from now on.
        self.world.forget_trust().await;
        let mut verified = match &self.rules {
            Rules::Release { release, policy, scope } => self.release(release, policy, scope, &there).await,
            Rules::Signer(expected) => {
                let looked =
                    there.iter().enumerate().map(|(index, there)| self.inspect(index, there, expected));
                let judged = futures_util::future::join_all(looked).await;
                Verified { judged, ..Verified::default() }
            }
        };
        verified.stale_root = self.world.stale_trust().await;
        verified
    }
}

impl Gatherer {
    async fn ask(&self, target: &Target, access: Access) -> Asked {
        let key = match &target.top {
            Top::Tag(tag) => tag_key(target, tag, access, Pass::Last),
            Top::Digest(digest) => {
                FactKey::Present { repository: target.repository.clone(), digest: digest.clone() }
            }
        };
        let places = [Place::Registry(target.repository.clone())];
        let exchanges = gather::fetch(&key, &places, &Facts::new(now()), &self.world).await;
        let retry_after = exchanges.iter().find_map(asked_to_wait);
        let read = formats::read(&key, &exchanges).into_iter().find(|(found, ..)| *found == key);
        let observed = match (read.map(|(_, fact, _)| fact), &target.top) {
            (Some(Fact::Tag(observed)), _) => match observed {
                Observed::Seen(tag) => Observed::Seen(tag.digest),
                Observed::Absent(absence) => Observed::Absent(absence),
                Observed::Unknown(reason) => Observed::Unknown(reason),
            },
            (Some(Fact::Present(observed)), Top::Digest(digest)) => match observed {
                Observed::Seen(()) => Observed::Seen(digest.clone()),
                Observed::Absent(absence) => Observed::Absent(absence),
                Observed::Unknown(reason) => Observed::Unknown(reason),
            },
            _ => Observed::Unknown(Reason::new(
                ReasonKind::Unreadable,
                format!("{} gave no answer that can be read", target.repository.registry()),
            )),
        };
        Asked { observed, retry_after }
    }

    /// A release is judged as an audit judges it, on everything but what would be expensive to read: layers that
    /// this machine never read, and local images.
    async fn release(
        &self,
        release: &Release,
        policy: &Policy,
        scope: &Scope,
        there: &[(Target, Digest, Access)],
    ) -> Verified {
        let of_version = |target: &Target| !target.moving;
        let seed = seeded(there.iter().filter(|(target, ..)| of_version(target)));
        let wants = |facts: &Facts| {
            let mut wanted = dod::wants(release, policy, scope, facts);
            wanted.retain(|key, _| self.is_looked_at(key));
            wanted
        };
        let facts = gather::settle_from(seed, wants, &self.world).await;
        let assessment = dod::judge(release, policy, scope, &facts);
        let mut judged = judged::of_assessment(release, &assessment, &facts);
        judged.extend(self.moving_tags(policy, there, &judged).await);
        Verified {
            judged,
            deadlines: judged::scan_deadlines(policy, &assessment, &facts),
            verdict: assessment.verdict.as_ref().map(|verdict| verdict.words().to_owned()),
            stale_root: None,
        }
    }

    fn is_looked_at(&self, key: &FactKey) -> bool {
        match key {
            FactKey::Layer(digest) => self.world.store.layer(digest).is_some(),
            FactKey::Local(_) | FactKey::Run { .. } => false,
            _ => true,
        }
    }

    /// A moving tag that points where the version tag does is as that one is; another is inspected by itself.
    async fn moving_tags(
        &self,
        policy: &Policy,
        there: &[(Target, Digest, Access)],
        known: &[Judged],
    ) -> Vec<Judged> {
        let expected = Expected {
            identity: policy.signature.identity.clone(),
            issuer: policy.signature.issuer.clone(),
            key: policy.signature.key.is_some(),
            claims: inspection::Claims::default(),
        };
        let moving = there.iter().enumerate().filter(|(_, (target, ..))| target.moving);
        let judged = moving.map(|(index, here)| {
            let (target, digest, _) = here;
            let same = there.iter().find(|(other, at, _)| {
                !other.moving && other.repository == target.repository && at == digest
            });
            let known = same.and_then(|(same, ..)| {
                let about = |judged: &&Judged| judged.subject == same.reference;
                known.iter().filter(about).find(|judged| judged.kind == Kind::Signature)
            });
            let known = known.map(|judged| Judged { subject: target.reference.clone(), ..judged.clone() });
            let expected = &expected;
            async move {
                match known {
                    Some(known) => known,
                    None => self.inspect(index, here, expected).await,
                }
            }
        });
        futures_util::future::join_all(judged).await
    }

    async fn inspect(&self, index: usize, there: &(Target, Digest, Access), expected: &Expected) -> Judged {
        let (target, digest, _) = there;
        let inspection = Inspection {
            name: name(index),
            repository: target.repository.clone(),
            place: Place::Registry(target.repository.clone()),
            top: inspection::Top::Digest(digest.clone()),
            platform: None,
            predicate_type: None,
            expected: expected.clone(),
        };
        let seed = seeded(std::iter::once(there));
        let facts = gather::settle_from(seed, |facts| inspection.wants(facts), &self.world).await;
        judged::of_conclusion(&target.reference, &inspection.conclude(&facts))
    }
}

/// What one request for a target brought.
struct Asked {
    observed: Observed<Digest>,
    retry_after: Option<Duration>,
}

impl Asked {
    fn polled(self, hidden: bool) -> Polled {
        match self.observed {
            Observed::Seen(digest) => Polled::Answer { presence: Presence::At(digest), hidden },
            Observed::Absent(absence) => {
                Polled::Answer { presence: Presence::Gone(absence.to_string()), hidden: false }
            }
            Observed::Unknown(reason) => {
                Polled::Nothing { reason: reason.to_string(), retry_after: self.retry_after }
            }
        }
    }
}

/// How long a registry that refuses asks to be left alone.
fn asked_to_wait(exchange: &Exchange) -> Option<Duration> {
    match &exchange.answer {
        Answer::Http(answer) if matches!(answer.status, 429 | 503) => {
            retry_after(answer.retry_after.as_deref()?, exchange.at)
        }
        _ => None,
    }
}

pub(super) fn tag_key(target: &Target, tag: &Tag, access: Access, pass: Pass) -> FactKey {
    FactKey::Tag { repository: target.repository.clone(), tag: tag.clone(), access, pass }
}

/// What the polls brought, as facts: so no tag is asked for twice.
fn seeded<'a>(there: impl Iterator<Item = &'a (Target, Digest, Access)>) -> Facts {
    let mut facts = Facts::new(now());
    for (target, digest, access) in there {
        let Top::Tag(tag) = &target.top else { continue };
        for pass in [Pass::First, Pass::Last] {
            let fact = Fact::Tag(Observed::Seen(TagFact { digest: digest.clone() }));
            let evidence = Evidence {
                subject: target.reference.clone(),
                source: target.repository.registry().to_owned(),
                method: "the poll before".to_owned(),
                level: Level::Registry,
                at: facts.as_of,
                exit: None,
                raw: Vec::new(),
            };
            facts.insert(tag_key(target, tag, *access, pass), fact, evidence);
        }
    }
    facts
}

fn name(index: usize) -> ImageName {
    let name = format!("image-{}", index + 1).parse();
    name.unwrap_or_else(|error| unreachable!("a number is a name: {error}"))
}
