//! What an index lists: its platforms, indexes in indexes included, BuildKit's attestation manifests set aside.

use crate::model::{Descriptor, Digest, FactKey, Facts, Manifest, Observed, Platform, Reason, ReasonKind};

use super::sight::Sight;

/// How deep indexes may lie in indexes.
const DEPTH: usize = 3;

/// One entry of an index that is meant to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// The manifest.
    pub manifest: Digest,
    /// The platform that the index claims for it; a plain manifest has none but its config's.
    pub claimed: Option<Platform>,
}

/// Everything that an index lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// The platforms' manifests, in order.
    pub platforms: Vec<Listed>,
    /// BuildKit's attestation manifests, with the manifest that each is about.
    pub attestations: Vec<(Digest, String)>,
    /// Nested indexes and manifests that are still to be read.
    pub unread: Vec<Digest>,
    /// Nested indexes that were read.
    pub nested: Vec<Digest>,
}

/// Whether a media type names an index.
pub(super) fn is_index(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.index.v1+json"
            | "application/vnd.docker.distribution.manifest.list.v2+json"
    )
}

/// Whether a media type names an image config, so that the manifest is an image and no artifact.
pub(super) fn is_image_config(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json"
    )
}

/// Whether a media type names a layer of files.
pub(super) fn is_layer(media_type: &str) -> bool {
    ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."]
        .iter()
        .any(|prefix| media_type.starts_with(prefix))
}

/// Reads the index or plain manifest `top`; a plain manifest counts as an index of one.
pub(super) fn list(facts: &Facts, top: &Digest) -> Sight<Listing> {
    let mut listing = Listing::default();
    match facts.manifest(&FactKey::Manifest(top.clone())) {
        None => Sight::Pending,
        Some(Observed::Unknown(reason)) => Sight::Unknown(reason.clone()),
        Some(Observed::Absent(absence)) => Sight::Unknown(Reason::new(
            ReasonKind::Unreadable,
            format!("{} is named and cannot be read: {absence}", top.short()),
        )),
        Some(Observed::Seen(Manifest::Image(_))) => {
            listing.platforms.push(Listed { manifest: top.clone(), claimed: None });
            Sight::Seen(listing)
        }
        Some(Observed::Seen(Manifest::Index(index))) => {
            match entries(facts, &index.manifests, DEPTH, &mut listing) {
                Err(reason) => Sight::Unknown(reason),
                Ok(()) => Sight::Seen(listing),
            }
        }
    }
}

fn entries(
    facts: &Facts,
    manifests: &[Descriptor],
    depth: usize,
    listing: &mut Listing,
) -> Result<(), Reason> {
    for entry in manifests {
        if let Some(of) = entry.buildkit_attestation_of() {
            listing.attestations.push((entry.digest.clone(), of.to_owned()));
        } else if is_index(&entry.media_type) {
            nested(facts, &entry.digest, depth, listing)?;
        } else {
            listing
                .platforms
                .push(Listed { manifest: entry.digest.clone(), claimed: entry.platform.clone() });
        }
    }
    Ok(())
}

fn nested(facts: &Facts, digest: &Digest, depth: usize, listing: &mut Listing) -> Result<(), Reason> {
    if depth == 0 || listing.nested.contains(digest) {
        let text = format!("indexes lie more than {DEPTH} deep in one another at {}", digest.short());
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    match facts.manifest(&FactKey::Manifest(digest.clone())) {
        None => listing.unread.push(digest.clone()),
        Some(Observed::Unknown(reason)) => return Err(reason.clone()),
        Some(Observed::Absent(absence)) => {
            let text = format!("the index in the index, {}, cannot be read: {absence}", digest.short());
            return Err(Reason::new(ReasonKind::Unreadable, text));
        }
        Some(Observed::Seen(Manifest::Image(_))) => {
            listing.platforms.push(Listed { manifest: digest.clone(), claimed: None });
        }
        Some(Observed::Seen(Manifest::Index(index))) => {
            listing.nested.push(digest.clone());
            entries(facts, &index.manifests, depth - 1, listing)?;
        }
    }
    Ok(())
}

/// The platform of an entry: as the index claims it, else as its config says.
pub(super) fn platform(facts: &Facts, listed: &Listed) -> Sight<Platform> {
    if let Some(claimed) = &listed.claimed {
        return Sight::Seen(claimed.clone());
    }
    config_digest(facts, &listed.manifest).and_then(|config| {
        Sight::of(facts.config(&FactKey::Config(config))).map(|config| config.platform.clone())
    })
}

/// The config of an image manifest.
pub(super) fn config_digest(facts: &Facts, manifest: &Digest) -> Sight<Digest> {
    Sight::of(facts.manifest(&FactKey::Manifest(manifest.clone()))).and_then(|manifest| match manifest {
        Manifest::Image(image) if is_image_config(&image.config.media_type) => {
            Sight::Seen(image.config.digest.clone())
        }
        Manifest::Image(image) => Sight::Unknown(Reason::new(
            ReasonKind::NotSupported,
            format!("an artifact and no image: its config is {}", image.config.media_type),
        )),
        Manifest::Index(_) => {
            Sight::Unknown(Reason::new(ReasonKind::Unreadable, "an index where an image was expected"))
        }
    })
}
