//! What is attached to a digest in a repository: listed by the referrers API (or its fallback tag) and by
//! cosign's classic tags, and opened. A descriptor's own claims are not trusted, the manifest is.

use crate::model::{
    COSIGN_SIGN_PREDICATE, Classic, Descriptor, Digest, FactKey, IN_TOTO_PREDICATE_TYPE, ImageManifest,
    Manifest, Observed, Reason, ReasonKind, Repository, SignatureFormat, is_sbom_predicate,
    is_test_result_predicate, signature_id,
};

use super::context::Context;

const IN_TOTO: &str = "application/vnd.in-toto+json";
/// The annotation in which cosign names a bundle's predicate type.
const BUNDLE_PREDICATE: &str = "dev.sigstore.bundle.predicateType";
/// The annotation in which classic cosign names an attestation's predicate type.
const CLASSIC_PREDICATE: &str = "predicateType";

/// What an artifact claims to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// An image signature.
    Signature,
    /// A signed attestation of this predicate type.
    Attestation(String),
    /// A signed bundle that does not say what it states.
    Unstated,
    /// An SBOM that nobody signed.
    PlainSbom,
    /// Something else.
    Other,
}

impl Claim {
    /// Whether it may be an image signature.
    pub fn may_sign(&self) -> bool {
        matches!(self, Self::Signature | Self::Unstated)
    }

    /// Whether it may attest an SBOM.
    pub fn may_attest_sbom(&self) -> bool {
        match self {
            Self::Attestation(predicate) => is_sbom_predicate(predicate),
            Self::Unstated => true,
            Self::Signature | Self::PlainSbom | Self::Other => false,
        }
    }

    /// Whether it may attest a test result.
    pub fn may_attest_test_result(&self) -> bool {
        match self {
            Self::Attestation(predicate) => is_test_result_predicate(predicate),
            Self::Signature | Self::Unstated | Self::PlainSbom | Self::Other => false,
        }
    }

    /// Whether it may attest a scan.
    pub fn may_attest_scan(&self) -> bool {
        match self {
            Self::Attestation(predicate) => is_scan_predicate(predicate),
            Self::Signature | Self::Unstated | Self::PlainSbom | Self::Other => false,
        }
    }
}

/// Whether a predicate type is a vulnerability scan's.
pub(super) fn is_scan_predicate(predicate: &str) -> bool {
    predicate.starts_with("https://cosign.sigstore.dev/attestation/vuln/")
        || predicate.starts_with("https://in-toto.io/attestation/vulns/")
}

/// One attached artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Artifact {
    /// The manifest that carries it.
    pub manifest: Digest,
    /// The blob itself, or the name of the classic signature in it ([`signature_id`]).
    pub blob: Digest,
    /// What it claims to be.
    pub claim: Claim,
}

/// Everything that is attached to a digest in a repository, as far as it could be listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attached {
    /// What was found.
    pub artifacts: Vec<Artifact>,
    /// An answer that is still to come.
    pub pending: bool,
    /// Why something could not be listed or opened: nothing is authoritatively absent then.
    pub unread: Option<Reason>,
    /// The facts that this rests on.
    pub because: Vec<FactKey>,
}

impl Attached {
    /// Lists what is attached to `subject` in `repository`, by the referrers and by these classic tags.
    pub fn list(context: &Context, repository: &Repository, subject: &Digest, kinds: &[Classic]) -> Self {
        let mut attached = Self::default();
        attached.referrers(context, repository, subject);
        for kind in kinds {
            attached.classic(context, repository, subject, *kind);
        }
        attached
    }

    /// Adds what another list found.
    pub fn add(&mut self, other: Self) {
        for artifact in other.artifacts {
            if !self.artifacts.contains(&artifact) {
                self.artifacts.push(artifact);
            }
        }
        self.pending |= other.pending;
        self.unread = self.unread.take().or(other.unread);
        self.because.extend(other.because);
    }

    fn referrers(&mut self, context: &Context, repository: &Repository, subject: &Digest) {
        let key = FactKey::Referrers { repository: repository.clone(), subject: subject.clone() };
        match context.facts.referrers(&key) {
            None => self.missing(context, &key, "the referrers"),
            Some(Observed::Unknown(reason)) => self.unread = Some(reason.clone()),
            Some(Observed::Absent(_)) => {}
            Some(Observed::Seen(listed)) => {
                for descriptor in &listed.manifests {
                    self.open(context, &descriptor.digest, subject, None);
                }
            }
        }
        self.because.push(key);
    }

    fn classic(&mut self, context: &Context, repository: &Repository, subject: &Digest, kind: Classic) {
        let key = FactKey::ClassicTag { repository: repository.clone(), subject: subject.clone(), kind };
        match context.facts.classic_tag(&key) {
            None => self.missing(context, &key, "cosign's classic tag"),
            Some(Observed::Unknown(reason)) => self.unread = Some(reason.clone()),
            Some(Observed::Absent(_)) => {}
            Some(Observed::Seen(tag)) => self.open(context, &tag.digest, subject, Some(kind)),
        }
        self.because.push(key);
    }

    /// An answer that is not there: still to come, or never asked for.
    fn missing(&mut self, context: &Context, key: &FactKey, what: &str) {
        if context.is_wanted(key) {
            self.pending = true;
        } else {
            self.unread = Some(Reason::new(ReasonKind::NotConfigured, format!("{what} were not asked for")));
        }
    }

    fn open(&mut self, context: &Context, digest: &Digest, subject: &Digest, kind: Option<Classic>) {
        let key = FactKey::Manifest(digest.clone());
        match context.facts.manifest(&key) {
            None => self.missing(context, &key, "more attached artifacts than are opened; the others"),
            Some(Observed::Unknown(reason)) => self.unread = Some(reason.clone()),
            Some(Observed::Absent(absence)) => {
                let text = format!("{} is listed and cannot be opened: {absence}", digest.short());
                self.unread = Some(Reason::new(ReasonKind::Unreadable, text));
            }
            Some(Observed::Seen(Manifest::Image(image))) => self.read(digest, image, subject, kind),
            Some(Observed::Seen(Manifest::Index(_))) => {}
        }
        self.because.push(key);
    }

    fn read(&mut self, digest: &Digest, image: &ImageManifest, subject: &Digest, kind: Option<Classic>) {
        for artifact in artifacts(digest, image, subject, kind) {
            if !self.artifacts.contains(&artifact) {
                self.artifacts.push(artifact);
            }
        }
    }

    /// What the artifact with this blob claims to be.
    pub fn claim(&self, blob: &Digest) -> Option<&Claim> {
        self.artifacts.iter().find(|artifact| artifact.blob == *blob).map(|artifact| &artifact.claim)
    }
}

/// What each layer of an artifact's manifest claims to be; `kind` is the classic tag that led to it.
pub(super) fn claims(
    image: &ImageManifest,
    kind: Option<Classic>,
) -> impl Iterator<Item = (&Descriptor, Claim)> {
    image.layers.iter().map(move |layer| (layer, claim(layer, image, kind)))
}

/// What the manifest `digest` attaches to `subject`; `kind` is the classic tag that it was found by, if it was.
pub(super) fn artifacts(
    digest: &Digest,
    image: &ImageManifest,
    subject: &Digest,
    kind: Option<Classic>,
) -> Vec<Artifact> {
    // A referrer that names another subject is another digest's.
    if image.subject.as_ref().is_some_and(|named| named.digest != *subject) {
        return Vec::new();
    }
    let of = |layer: &Descriptor| Artifact {
        manifest: digest.clone(),
        blob: signature_id(layer),
        claim: claim(layer, image, kind),
    };
    image.layers.iter().map(of).collect()
}

fn claim(layer: &Descriptor, image: &ImageManifest, kind: Option<Classic>) -> Claim {
    let stated = |key: &str| layer.annotations.get(key).or(image.annotations.get(key)).cloned();
    match SignatureFormat::of_media_type(&layer.media_type) {
        Some(SignatureFormat::SimpleSigning) => Claim::Signature,
        Some(SignatureFormat::ClassicAttestation) => {
            stated(CLASSIC_PREDICATE).map_or(Claim::Unstated, Claim::Attestation)
        }
        Some(SignatureFormat::Bundle) => match stated(BUNDLE_PREDICATE) {
            Some(predicate) if predicate == COSIGN_SIGN_PREDICATE => Claim::Signature,
            Some(predicate) => Claim::Attestation(predicate),
            None => Claim::Unstated,
        },
        None => {
            let in_toto = layer.media_type == IN_TOTO
                && stated(IN_TOTO_PREDICATE_TYPE).is_some_and(|stated| is_sbom_predicate(&stated));
            let plain = kind == Some(Classic::Sbom) || is_sbom_media_type(&layer.media_type);
            if in_toto || plain { Claim::PlainSbom } else { Claim::Other }
        }
    }
}

fn is_sbom_media_type(media_type: &str) -> bool {
    media_type.contains("spdx") || media_type.contains("cyclonedx") || media_type.contains("vnd.syft")
}
