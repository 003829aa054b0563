//! What is attached to one digest: how it is stored, what it states, who signed it, and what comes of that.

use super::expected::Difference;
use super::{Expected, Inspection, PredicateType};
use crate::dod::attached::{self, Claim};
use crate::model::{
    Classic, Descriptor, Digest, FactKey, Facts, Manifest, Observed, Platform, ReferrersVia, Signature,
    SignatureFormat, SignatureOutcome, signature_id,
};

/// Everything found on one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDigest {
    /// The index or manifest.
    pub digest: Digest,
    /// Its platform, where it is one platform's.
    pub platform: Option<Platform>,
    /// How the registry lists what refers to it; none where it could not be asked.
    pub via: Option<ReferrersVia>,
    /// What is attached to it.
    pub found: Vec<Found>,
    /// What could not be looked at.
    pub unread: Vec<String>,
}

/// One attached thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it is stored.
    pub stored: Stored,
    /// The media type of what holds it.
    pub media_type: String,
    /// The manifest that carries it.
    pub manifest: Digest,
    /// What it states: verified where its verification came so far, else as it claims. None for simple signing.
    pub predicate_type: Option<String>,
    /// Its verification; none where nothing in it is signed.
    pub signature: Option<Signature>,
    /// What comes of it.
    pub standing: Standing,
}

/// How something is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stored {
    /// A classic signature: `sha256-….sig`.
    ClassicSignature,
    /// A classic attestation: `sha256-….att`.
    ClassicAttestation,
    /// A Sigstore bundle that holds an image signature, as a referrer.
    BundleSignature,
    /// A Sigstore bundle that holds an attestation, as a referrer.
    BundleAttestation,
    /// An SBOM that nobody signed: `sha256-….sbom`, or a referrer.
    UnsignedSbom,
    /// BuildKit's attestation manifest in the index, which nobody signed.
    BuildKit,
    /// Something else.
    Other,
}

impl Stored {
    /// A name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClassicSignature => "classic signature (.sig)",
            Self::ClassicAttestation => "classic attestation (.att)",
            Self::BundleSignature => "bundle, image signature",
            Self::BundleAttestation => "bundle, attestation",
            Self::UnsignedSbom => "SBOM, unsigned",
            Self::BuildKit => "BuildKit attestation, unsigned",
            Self::Other => "other artifact",
        }
    }

    /// Which verifiers can read it. cosign 3 looks for bundles first and for classic ones when it finds none;
    /// GitHub's tool reads bundles of attestations.
    pub fn readers(self) -> &'static [&'static str] {
        match self {
            Self::ClassicSignature | Self::ClassicAttestation => &["cosign 2", "cosign 3"],
            Self::BundleSignature => &["cosign 3"],
            Self::BundleAttestation => &["cosign 3", "gh"],
            Self::UnsignedSbom | Self::BuildKit | Self::Other => &[],
        }
    }
}

/// What comes of one attached thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Valid, and by whom was asked for.
    Accepted,
    /// Valid; nobody was asked for.
    Unasked,
    /// Valid, and by somebody else.
    SomebodyElse(Vec<Difference>),
    /// A step of its verification failed.
    Invalid(String),
    /// Of a kind that is not supported: neither good nor bad.
    Unsupported(String),
    /// It could not be looked at.
    Unread(String),
    /// Nothing in it is signed.
    Unsigned,
}

impl OnDigest {
    /// Everything on `digest`.
    pub(super) fn of(
        inspection: &Inspection,
        digest: &Digest,
        platform: Option<Platform>,
        facts: &Facts,
    ) -> Self {
        let mut on =
            Self { digest: digest.clone(), platform, via: None, found: Vec::new(), unread: Vec::new() };
        on.referrers(inspection, facts);
        for kind in Classic::ALL {
            on.classic(inspection, kind, facts);
        }
        on
    }

    /// Those that count: image signatures, or attestations of a type. What was not verified counts by what it
    /// claims to be.
    pub(super) fn that_count<'a>(
        &'a self,
        wanted: Option<&'a PredicateType>,
    ) -> impl Iterator<Item = &'a Found> {
        self.found.iter().filter(move |found| match (wanted, found.stored) {
            (None, Stored::ClassicSignature | Stored::BundleSignature) => true,
            (Some(wanted), Stored::ClassicAttestation | Stored::BundleAttestation) => {
                found.predicate_type.as_deref().is_none_or(|stated| wanted.is(stated))
            }
            // A bundle that does not say what it states, and could not be verified, may be either.
            (Some(_), Stored::BundleSignature) => {
                found.predicate_type.is_none() && found.media_type.contains("bundle")
            }
            _ => false,
        })
    }

    fn referrers(&mut self, inspection: &Inspection, facts: &Facts) {
        let key =
            FactKey::Referrers { repository: inspection.repository.clone(), subject: self.digest.clone() };
        match facts.referrers(&key) {
            Some(Observed::Seen(listed)) => {
                self.via = Some(listed.via);
                for descriptor in &listed.manifests {
                    self.open(inspection, &descriptor.digest, None, facts);
                }
            }
            Some(Observed::Unknown(reason)) => self.unread.push(format!("the referrers: {reason}")),
            Some(Observed::Absent(_)) | None => {}
        }
    }

    fn classic(&mut self, inspection: &Inspection, kind: Classic, facts: &Facts) {
        let repository = inspection.repository.clone();
        let key = FactKey::ClassicTag { repository, subject: self.digest.clone(), kind };
        match facts.classic_tag(&key) {
            Some(Observed::Seen(tag)) => self.open(inspection, &tag.digest, Some(kind), facts),
            Some(Observed::Unknown(reason)) => {
                self.unread.push(format!("cosign's .{} tag: {reason}", kind.suffix()));
            }
            Some(Observed::Absent(_)) | None => {}
        }
    }

    fn open(&mut self, inspection: &Inspection, manifest: &Digest, kind: Option<Classic>, facts: &Facts) {
        match facts.manifest(&FactKey::Manifest(manifest.clone())) {
            Some(Observed::Seen(Manifest::Image(image))) => {
                if image.subject.as_ref().is_some_and(|named| named.digest != self.digest) {
                    return;
                }
                for (layer, claim) in attached::claims(image, kind) {
                    let found = self.layer(inspection, manifest, layer, claim, facts);
                    if !self.found.contains(&found) {
                        self.found.push(found);
                    }
                }
            }
            Some(Observed::Seen(Manifest::Index(_))) => {}
            Some(Observed::Unknown(reason)) => {
                self.unread.push(format!("{}: {reason}", manifest.short()));
            }
            Some(Observed::Absent(absence)) => {
                self.unread.push(format!("{} is listed and cannot be opened: {absence}", manifest.short()));
            }
            None => self.unread.push(format!("more is attached than is opened: {}", manifest.short())),
        }
    }

    fn layer(
        &self,
        inspection: &Inspection,
        manifest: &Digest,
        layer: &Descriptor,
        claim: Claim,
        facts: &Facts,
    ) -> Found {
        let key = FactKey::Signature {
            repository: inspection.repository.clone(),
            subject: self.digest.clone(),
            artifact: signature_id(layer),
        };
        let observed = facts.signature(&key);
        let signature = observed.and_then(Observed::seen).cloned();
        let verified = signature.as_ref().and_then(|signature| signature.predicate_type.clone());
        let stored = stored(layer, &claim, signature.as_ref());
        let standing = match (SignatureFormat::of_media_type(&layer.media_type), observed) {
            (None, _) => Standing::Unsigned,
            (Some(_), Some(Observed::Seen(signature))) => standing(signature, &inspection.expected),
            (Some(_), Some(Observed::Unknown(reason))) => Standing::Unread(reason.to_string()),
            (Some(_), Some(Observed::Absent(absence))) => Standing::Unread(format!("listed, and {absence}")),
            (Some(_), None) => Standing::Unread("more is attached than is verified".to_owned()),
        };
        let claimed = match claim {
            Claim::Attestation(predicate_type) => Some(predicate_type),
            _ => None,
        };
        Found {
            stored,
            media_type: layer.media_type.clone(),
            manifest: manifest.clone(),
            predicate_type: verified.or(claimed),
            signature,
            standing,
        }
    }
}

fn standing(signature: &Signature, expected: &Expected) -> Standing {
    match &signature.outcome {
        SignatureOutcome::Invalid(why) => Standing::Invalid(why.clone()),
        SignatureOutcome::Unsupported(what) => Standing::Unsupported(what.clone()),
        SignatureOutcome::Valid(signer) => match expected.differences(signer) {
            differences if !differences.is_empty() => Standing::SomebodyElse(differences),
            _ if expected.is_complete() => Standing::Accepted,
            _ => Standing::Unasked,
        },
    }
}

/// By what was verified, else by what it claims.
fn stored(layer: &Descriptor, claim: &Claim, signature: Option<&Signature>) -> Stored {
    let verified = signature.filter(|signature| matches!(signature.outcome, SignatureOutcome::Valid(_)));
    match SignatureFormat::of_media_type(&layer.media_type) {
        Some(SignatureFormat::SimpleSigning) => Stored::ClassicSignature,
        Some(SignatureFormat::ClassicAttestation) => Stored::ClassicAttestation,
        Some(SignatureFormat::Bundle) => match (verified, claim) {
            (Some(verified), _) if verified.is_image_signature() => Stored::BundleSignature,
            (Some(_), _) | (None, Claim::Attestation(_)) => Stored::BundleAttestation,
            (None, _) => Stored::BundleSignature,
        },
        None if *claim == Claim::PlainSbom => Stored::UnsignedSbom,
        None => Stored::Other,
    }
}
