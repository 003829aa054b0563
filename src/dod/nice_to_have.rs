//! What would be better still, seen in the evidence: no shell, pinned bases, provenance.

use std::collections::BTreeSet;

use crate::model::{Classic, FactKey, IN_TOTO_PREDICATE_TYPE, Image, Manifest, Observed};

use super::attached::{Attached, Claim};
use super::context::{Context, Reach};
use super::listing;
use super::workflows;

const PROVENANCE: &str = "https://slsa.dev/provenance/";

/// A line for each thing that was seen; what was not looked at is not spoken of.
pub(super) fn seen(context: &Context) -> Vec<String> {
    let mut lines = Vec::new();
    for image in &context.release.images {
        lines.extend(distroless(context, image));
        lines.extend(unpinned(context, image));
        lines.extend(provenance(context, image));
    }
    lines.extend(workflows::untried(context));
    lines
}

/// A shell or package manager in an image that is judged.
fn distroless(context: &Context, image: &Image) -> Option<String> {
    let mut found: BTreeSet<&'static str> = BTreeSet::new();
    for platform in &image.platforms {
        let Some(there) = context.there(image, platform).seen() else { continue };
        for subject in there.subjects() {
            let Some(rootfs) = subject.rootfs(context.facts).and_then(super::sight::Sight::seen) else {
                continue;
            };
            found.extend(rootfs.shell());
            found.extend(rootfs.package_manager());
        }
    }
    let found: Vec<String> = found.into_iter().map(str::to_owned).collect();
    (!found.is_empty()).then(|| {
        format!(
            "{} holds {}: a distroless base would leave less to attack",
            image.name,
            super::checks::listed(&found)
        )
    })
}

/// Base images that another build may find to be something else.
fn unpinned(context: &Context, image: &Image) -> Option<String> {
    let key = FactKey::Dockerfile(image.name.clone());
    let dockerfile = context.facts.dockerfile(&key)?.seen()?;
    let loose: Vec<String> = dockerfile
        .bases
        .iter()
        .filter(|base| !base.value.pinned)
        .map(|base| format!("{} ({})", base.value.reference, super::context::place(&base.at)))
        .collect();
    (!loose.is_empty())
        .then(|| format!("pin {} by digest, for {}", super::checks::listed(&loose), image.name))
}

/// Provenance that nobody attached; only where everything that is attached could be listed.
fn provenance(context: &Context, image: &Image) -> Option<String> {
    let Reach::Registry(indexes) = context.reach(image) else { return None };
    let standing = context.standing(image);
    for index in &indexes {
        let listing = listing::list(context.facts, index).seen()?;
        if listing.attestations.iter().any(|(manifest, _)| states_provenance(context, manifest)) {
            return None;
        }
        for repository in standing.holders(index) {
            let children = listing.platforms.iter().map(|listed| &listed.manifest);
            for subject in children.chain([index]) {
                let kinds = [Classic::Attestation];
                let attached = Attached::list(context, &repository, subject, &kinds);
                let provenance = |claim: &Claim| match claim {
                    Claim::Attestation(predicate) => predicate.starts_with(PROVENANCE),
                    Claim::Unstated => true,
                    Claim::Signature | Claim::PlainSbom | Claim::Other => false,
                };
                let unread = attached.pending || attached.unread.is_some();
                if unread || attached.artifacts.iter().any(|artifact| provenance(&artifact.claim)) {
                    return None;
                }
            }
        }
    }
    Some(format!("{} has no provenance attached (SLSA level 0): attest how it was built", image.name))
}

/// Whether BuildKit's attestation manifest holds provenance, or may hold it.
fn states_provenance(context: &Context, manifest: &crate::model::Digest) -> bool {
    match context.facts.manifest(&FactKey::Manifest(manifest.clone())) {
        Some(Observed::Seen(Manifest::Image(image))) => image.layers.iter().any(|layer| {
            let stated = layer.annotations.get(IN_TOTO_PREDICATE_TYPE);
            stated.is_some_and(|stated| stated.starts_with(PROVENANCE))
        }),
        Some(Observed::Seen(Manifest::Index(_)) | Observed::Absent(_)) => false,
        Some(Observed::Unknown(_)) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Sample, amd64, entry, program, sample};
    use super::*;
    use crate::model::{EntryKind, Program};

    fn lines(sample: &Sample) -> Vec<String> {
        super::super::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts).nice_to_have
    }

    fn one(sample: &Sample, word: &str) -> usize {
        lines(sample).iter().filter(|line| line.contains(word)).count()
    }

    #[test]
    fn unpinned_bases_are_named_with_their_line() {
        assert!(
            lines(&sample())
                .contains(&"pin python:3.12-slim (Dockerfile.runner:1) by digest, for runner".to_owned())
        );
    }

    #[test]
    fn a_shell_or_package_manager_is_named_where_one_was_seen() {
        let mut sample = sample();
        assert_eq!(one(&sample, "distroless"), 0);
        sample.change_layer("runner", &amd64(), |layer| {
            layer.entries.insert("bin/sh".to_owned(), program(Program::Other));
            layer.entries.insert("usr/bin/apt-get".to_owned(), entry(EntryKind::File));
        });
        assert_eq!(one(&sample, "runner holds apt-get and sh"), 1);
    }

    #[test]
    fn missing_provenance_is_said_only_where_everything_attached_was_listed() {
        assert_eq!(one(&sample(), "provenance"), 0);
        let mut sample = Sample::complete();
        assert_eq!(one(&sample, "provenance"), 2);
        let (repository, index) = (sample.repository("runner", 0), sample.index("runner"));
        sample.unsee(&FactKey::Referrers { repository: repository.clone(), subject: index.clone() });
        assert_eq!(one(&sample, "provenance"), 1);
        let mut sample = Sample::complete();
        sample.list_bundle(&repository, &index, "provenance", "https://slsa.dev/provenance/v1");
        assert_eq!(one(&sample, "provenance"), 1);
    }
}
