//! Facts: what was observed, under the key that names it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Checkout, Classic, Digest, Dockerfile, Evidence, ImageConfig, ImageName, LayerIndex, LocalImages,
    Manifest, NameHolder, NameKind, Observed, PackageVisibility, Reason, Referrers, ReleaseWorkflow,
    Repository, Run, RunKind, Sbom, Scan, ScanSource, Signature, Staged, Tag, TagFact, TestResult, Vex,
    WorkflowRun, Workflows,
};

/// The name of a fact. Keys by digest name what cannot change; the others are looked at again in every round.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKey {
    /// What a tag resolves to.
    Tag {
        /// The repository.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// With or without credentials.
        access: Access,
        /// At the start or at the end of the audit.
        pass: Pass,
    },
    /// An index or manifest.
    Manifest(Digest),
    /// Whether a repository has this manifest.
    Present {
        /// The repository.
        repository: Repository,
        /// The manifest.
        digest: Digest,
    },
    /// An image config.
    Config(Digest),
    /// What a layer holds, by the digest of its stored bytes.
    Layer(Digest),
    /// What refers to a digest in a repository.
    Referrers {
        /// The repository.
        repository: Repository,
        /// What is referred to.
        subject: Digest,
    },
    /// What a classic cosign tag resolves to.
    ClassicTag {
        /// The repository.
        repository: Repository,
        /// What it is attached to.
        subject: Digest,
        /// Which of the three tags.
        kind: Classic,
    },
    /// The verification of one attached artifact.
    Signature {
        /// Where it was found.
        repository: Repository,
        /// What it shall have signed.
        subject: Digest,
        /// The blob that holds the signature (a bundle, a layer of a classic manifest).
        artifact: Digest,
    },
    /// An SBOM, by the digest of its document.
    Sbom(Digest),
    /// A test result, by the digest of the predicate that states it.
    TestResult(Digest),
    /// A scan of a platform's manifest.
    Scan {
        /// The manifest that it is bound to.
        subject: Digest,
        /// Where it comes from.
        source: ScanSource,
    },
    /// Which scans of a platform's manifest this machine made and keeps; brings the `Scan` facts with it.
    StoredScans(Digest),
    /// A VEX document, by its file.
    Vex(PathBuf),
    /// The staged digest of an image, as this machine remembers it.
    Staged(ImageName),
    /// The local images of a name.
    Local(ImageName),
    /// Which runs of a config are kept on this machine; brings the `Run` facts with it.
    StoredRuns(Digest),
    /// A run of an image.
    Run {
        /// The image's config.
        config: Digest,
        /// What was run.
        kind: RunKind,
        /// The program and its arguments; empty for the image's own entrypoint with `--version`.
        argv: Vec<String>,
    },
    /// What an image's Dockerfile declares.
    Dockerfile(ImageName),
    /// What the release workflows declare.
    Workflows,
    /// The git repository that the configuration lies in.
    Git,
    /// The release's tag on a remote of that repository.
    RemoteTag {
        /// The remote's name.
        remote: String,
        /// The tag.
        tag: String,
    },
    /// The newest run of a workflow for the release's tag or commit.
    WorkflowRun {
        /// The workflow's file name.
        workflow: String,
        /// The release's tag.
        tag: String,
        /// The release's commit, where it is known.
        commit: Option<String>,
    },
    /// The names of the secrets or variables that somebody holds for the source's workflows.
    Names {
        /// Secrets or variables.
        kind: NameKind,
        /// Who holds them.
        holder: NameHolder,
    },
    /// Who can pull a repository of GitHub's registry.
    Package(Repository),
}

/// How a tag is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Without credentials, as strangers pull.
    Anonymous,
    /// With this machine's credentials.
    Credentials,
}

/// When in an audit a tag is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// At the start.
    First,
    /// When nothing else is wanted.
    Last,
}

/// A place where a fact may be found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A repository on a registry.
    Registry(Repository),
    /// A folder in the OCI image layout.
    Layout(PathBuf),
    /// A container engine, by the image's name there.
    Engine(String),
    /// A file or folder of the source.
    Source(PathBuf),
    /// What this machine keeps.
    Store,
    /// A repository on a GitHub.
    Github {
        /// The host that the source names: `github.com`.
        host: String,
        /// `owner/name`.
        repository: String,
    },
}

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident($content:ty) $accessor:ident by $pattern:pat,)*) => {
        /// What was observed under a key.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fact {
            $($(#[$doc])* $variant(Observed<$content>),)*
        }

        impl Fact {
            /// The fact that says of `key` that it could not be looked at.
            pub fn unknown(key: &FactKey, reason: Reason) -> Self {
                match key {
                    $($pattern => Self::$variant(Observed::Unknown(reason)),)*
                }
            }

            /// The fact that says of `key` that it is authoritatively not there.
            pub fn absent(key: &FactKey, absence: super::Absence) -> Self {
                match key {
                    $($pattern => Self::$variant(Observed::Absent(absence)),)*
                }
            }

            /// Whether this is the kind of fact that `key` names.
            pub fn fits(&self, key: &FactKey) -> bool {
                match (key, self) {
                    $(($pattern, Self::$variant(_)) => true,)*
                    _ => false,
                }
            }

            /// Why it could not be looked at, if so.
            pub fn reason(&self) -> Option<&Reason> {
                match self {
                    $(Self::$variant(observed) => observed.unknown(),)*
                }
            }

            /// Whether it is authoritatively not there.
            pub fn is_absent(&self) -> bool {
                match self {
                    $(Self::$variant(observed) => observed.is_absent(),)*
                }
            }
        }

        impl Facts {
            $($(#[$doc])* pub fn $accessor(&self, key: &FactKey) -> Option<&Observed<$content>> {
                match self.get(key)?.fact.as_ref() {
                    Fact::$variant(observed) => Some(observed),
                    _ => None,
                }
            })*
        }
    };
}

facts! {
    /// What a tag resolves to.
    Tag(TagFact) tag by FactKey::Tag { .. },
    /// An index or manifest.
    Manifest(Manifest) manifest by FactKey::Manifest(_),
    /// That a repository has a manifest.
    Present(()) present by FactKey::Present { .. },
    /// An image config.
    Config(ImageConfig) config by FactKey::Config(_),
    /// What a layer holds.
    Layer(LayerIndex) layer by FactKey::Layer(_),
    /// What refers to a digest; an empty list is an authoritative "nothing".
    Referrers(Referrers) referrers by FactKey::Referrers { .. },
    /// What a classic cosign tag resolves to.
    ClassicTag(TagFact) classic_tag by FactKey::ClassicTag { .. },
    /// What a verification yielded.
    Signature(Signature) signature by FactKey::Signature { .. },
    /// An SBOM.
    Sbom(Sbom) sbom by FactKey::Sbom(_),
    /// A test result.
    TestResult(TestResult) test_result by FactKey::TestResult(_),
    /// A scan.
    Scan(Scan) scan by FactKey::Scan { .. },
    /// How many scans of a manifest are kept.
    StoredScans(usize) stored_scans by FactKey::StoredScans(_),
    /// What a VEX document states.
    Vex(Vex) vex by FactKey::Vex(_),
    /// The staged digest of an image.
    Staged(Staged) staged by FactKey::Staged(_),
    /// The local images of a name.
    Local(LocalImages) local by FactKey::Local(_),
    /// How many runs of a config are kept.
    StoredRuns(usize) stored_runs by FactKey::StoredRuns(_),
    /// What a run showed.
    Run(Run) run by FactKey::Run { .. },
    /// What a Dockerfile declares.
    Dockerfile(Dockerfile) dockerfile by FactKey::Dockerfile(_),
    /// What the workflows declare.
    Workflows(Workflows) workflows by FactKey::Workflows,
    /// The git repository of the source.
    Git(Checkout) git by FactKey::Git,
    /// The commit of a tag on a remote.
    RemoteTag(String) remote_tag by FactKey::RemoteTag { .. },
    /// The newest run of a workflow for the release.
    WorkflowRun(WorkflowRun) workflow_run by FactKey::WorkflowRun { .. },
    /// The names of secrets or variables.
    Names(BTreeSet<String>) names by FactKey::Names { .. },
    /// Who can pull a package.
    Package(PackageVisibility) package by FactKey::Package(_),
}

/// A fact with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was observed.
    pub fact: Arc<Fact>,
    /// Where it comes from.
    pub evidence: Arc<Evidence>,
}

/// All facts known at one time. Cheap to clone: entries are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The only clock of the core: ages are counted from here.
    pub as_of: Timestamp,
    map: BTreeMap<FactKey, Entry>,
}

impl Facts {
    /// No facts, at `as_of`.
    pub fn new(as_of: Timestamp) -> Self {
        Self { as_of, map: BTreeMap::new() }
    }

    /// The entry under `key`.
    pub fn get(&self, key: &FactKey) -> Option<&Entry> {
        self.map.get(key)
    }

    /// The workflows that release by themselves, as far as they were seen.
    pub fn releasing(&self) -> &[ReleaseWorkflow] {
        let workflows = self.workflows(&FactKey::Workflows).and_then(Observed::seen);
        workflows.map_or(&[], |workflows| &workflows.releasing)
    }

    /// The evidence under `key`.
    pub fn evidence(&self, key: &FactKey) -> Option<&Evidence> {
        self.get(key).map(|entry| entry.evidence.as_ref())
    }

    /// Keeps a fact.
    ///
    /// # Panics
    /// In debug builds, when the fact is not of the kind that its key names.
    pub fn insert(&mut self, key: FactKey, fact: Fact, evidence: Evidence) {
        debug_assert!(fact.fits(&key), "a fact of another kind under {key:?}");
        self.map.insert(key, Entry { fact: Arc::new(fact), evidence: Arc::new(evidence) });
    }

    /// Forgets a fact; says whether it was there.
    pub fn remove(&mut self, key: &FactKey) -> bool {
        self.map.remove(key).is_some()
    }

    /// Every fact, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&FactKey, &Entry)> {
        self.map.iter()
    }

    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

impl FactKey {
    /// Whether what it names can change, so that a new round looks at it again.
    pub fn is_mutable(&self) -> bool {
        match self {
            Self::Tag { .. }
            | Self::Present { .. }
            | Self::Referrers { .. }
            | Self::ClassicTag { .. }
            | Self::Staged(_)
            | Self::Local(_)
            | Self::StoredRuns(_)
            | Self::StoredScans(_)
            | Self::Vex(_)
            | Self::Scan { source: ScanSource::File(_), .. }
            | Self::Dockerfile(_)
            | Self::Workflows
            | Self::Git
            | Self::RemoteTag { .. }
            | Self::WorkflowRun { .. }
            | Self::Names { .. }
            | Self::Package(_) => true,
            Self::Manifest(_)
            | Self::Config(_)
            | Self::Layer(_)
            | Self::Signature { .. }
            | Self::Sbom(_)
            | Self::TestResult(_)
            | Self::Scan { .. }
            | Self::Run { .. } => false,
        }
    }
}
