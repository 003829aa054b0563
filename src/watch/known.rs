//! What is known of everything that is watched, at one time. Kept, it is what the next look is compared with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Digest;

/// Everything that is known, by the subject's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The subjects.
    pub subjects: BTreeMap<String, Subject>,
}

/// What is known of one thing: a tag, a registry, a scan, a waiver, the release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name: `ghcr.io/acme/app:0.2.0`, `ghcr.io`, `the waiver for size_budget of full`.
    pub name: String,
    /// What is under it, where it is a tag or a pinned digest.
    pub tag: Option<TagState>,
    /// Who signed it, where it is signed.
    pub signer: Option<String>,
    /// The verdict, where it is a release of which everything is known.
    pub verdict: Option<String>,
    /// When its signatures were verified last.
    pub verified_at: Option<Timestamp>,
    /// What is not as it should be.
    pub concerns: BTreeMap<Kind, Concern>,
}

/// What is under a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagState {
    /// What the last definite answer was; none before the first.
    pub presence: Option<Presence>,
    /// What it resolved to before it went; none where it is there, or nobody ever saw it.
    #[serde(default)]
    pub was: Option<Digest>,
    /// When that answer came.
    pub seen_at: Option<Timestamp>,
    /// Whether only credentials read it.
    pub hidden: bool,
    /// Whether it is a tag that moves with each release, so that moving alone is no alarm.
    #[serde(default)]
    pub moving: bool,
    /// Why the last look gave no answer, and since when none does.
    pub unseen: Option<Unseen>,
}

/// A definite answer about a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It resolves to this.
    At(Digest),
    /// It is authoritatively not there: what the answer was.
    Gone(String),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// How loud it is.
    pub loudness: Loudness,
    /// What tells it from another state of the same kind: when this changes, it is said again.
    pub state: String,
    /// In words.
    pub text: String,
    /// Since when.
    pub since: Timestamp,
}

/// How loud something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loudness {
    /// It is as it should be again.
    Well,
    /// It will need attention.
    Notice,
    /// It could not be looked at.
    Unknown,
    /// It needs attention now.
    Alarm,
}

impl Loudness {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Notice => "notice",
            Self::Unknown => "unknown",
            Self::Alarm => "alarm",
        }
    }

    /// A sign for it, of one column.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Well => "✓",
            Self::Notice => "!",
            Self::Unknown => "?",
            Self::Alarm => "✗",
        }
    }
}

/// What a concern, or a change, is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What a tag resolves to.
    Tag,
    /// Strangers cannot read what they should be able to read.
    Hidden,
    /// A registry.
    Registry,
    /// Signatures (item 3, or the rule that was given).
    Signature,
    /// Signatures that could not be looked at.
    SignatureUnseen,
    /// SBOMs (item 4).
    Sbom,
    /// SBOMs that could not be looked at.
    SbomUnseen,
    /// Scans (item 5).
    Scan,
    /// Scans that could not be looked at.
    ScanUnseen,
    /// How long a scan still counts.
    ScanAge,
    /// How long a waiver, or an ignored vulnerability, still counts.
    Waiver,
    /// The trust root.
    TrustRoot,
    /// The verdict.
    Verdict,
    /// How long ago the tags behind a GO were read.
    Freshness,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Hidden => "hidden",
            Self::Registry => "registry",
            Self::Signature => "signature",
            Self::SignatureUnseen => "signature_unseen",
            Self::Sbom => "sbom",
            Self::SbomUnseen => "sbom_unseen",
            Self::Scan => "scan",
            Self::ScanUnseen => "scan_unseen",
            Self::ScanAge => "scan_age",
            Self::Waiver => "waiver",
            Self::TrustRoot => "trust_root",
            Self::Verdict => "verdict",
            Self::Freshness => "freshness",
        }
    }

    /// The same thing, not to be looked at.
    pub(super) fn unseen(self) -> Self {
        match self {
            Self::Signature => Self::SignatureUnseen,
            Self::Sbom => Self::SbomUnseen,
            Self::Scan => Self::ScanUnseen,
            other => other,
        }
    }
}

impl Known {
    /// A subject, made where it is not known yet.
    pub(super) fn subject(&mut self, name: &str) -> &mut Subject {
        self.subjects
            .entry(name.to_owned())
            .or_insert_with(|| Subject { name: name.to_owned(), ..Subject::default() })
    }

    /// What is known of a tag.
    pub fn tag(&self, reference: &str) -> Option<&TagState> {
        self.subjects.get(reference)?.tag.as_ref()
    }

    /// Every concern, the loudest first.
    pub fn concerns(&self) -> Vec<(&str, Kind, &Concern)> {
        let mut all: Vec<_> = self
            .subjects
            .values()
            .flat_map(|subject| {
                subject.concerns.iter().map(|(kind, concern)| (subject.name.as_str(), *kind, concern))
            })
            .collect();
        all.sort_by_key(|(_, _, concern)| std::cmp::Reverse(concern.loudness));
        all
    }

    /// Whether everything that is known of this release says GO: its verdict, and nothing that is unseen or alarming.
    pub fn is_go(&self, release: &str) -> bool {
        let verdict = self.subjects.get(release).and_then(|subject| subject.verdict.as_deref());
        let gone = |tag: &TagState| matches!(tag.presence, Some(Presence::Gone(_)));
        verdict.is_some_and(|verdict| verdict.starts_with("GO"))
            && self.concerns().iter().all(|(_, _, concern)| concern.loudness < Loudness::Unknown)
            && !self.subjects.values().filter_map(|subject| subject.tag.as_ref()).any(gone)
    }

    /// When something of it was seen last.
    pub fn seen_at(&self) -> Option<Timestamp> {
        self.subjects.values().filter_map(|subject| subject.tag.as_ref()?.seen_at).max()
    }

    /// Whether something could not be looked at.
    pub fn could_not_look(&self) -> bool {
        self.concerns().iter().any(|(_, _, concern)| concern.loudness == Loudness::Unknown)
    }
}

impl Subject {
    /// Notes a concern. One that is there already keeps the time since when it is.
    pub(super) fn concerned(
        &mut self,
        kind: Kind,
        loudness: Loudness,
        state: &str,
        text: String,
        at: Timestamp,
    ) {
        let since = match self.concerns.get(&kind) {
            Some(known) if known.state == state && known.loudness == loudness => known.since,
            _ => at,
        };
        self.concerns.insert(kind, Concern { loudness, state: state.to_owned(), text, since });
    }

    /// The loudest of its concerns.
    pub fn loudest(&self) -> Option<&Concern> {
        self.concerns.values().max_by_key(|concern| concern.loudness)
    }
}

impl TagState {
    /// The digest that it resolved to when it was last seen.
    pub fn digest(&self) -> Option<&Digest> {
        match &self.presence {
            Some(Presence::At(digest)) => Some(digest),
            Some(Presence::Gone(_)) | None => None,
        }
    }
}
