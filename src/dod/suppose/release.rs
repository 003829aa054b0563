//! What pushing by digest and setting the tags are meant to leave in the registries.

use crate::model::{
    Checkout, Digest, Fact, FactKey, Facts, Image, Level, LocalImage, Observed, Pass, Release, Repository,
    Staged, TagFact,
};

use super::super::agreement::remote_key;
use super::super::listing;
use super::super::promotion::promotion;
use super::super::stage::{candidates, staged_digest};
use super::build::{keep_index, keep_manifest};
use super::{access, put};
use crate::model::Scope;

/// Every image that is built here is in every repository, by digest.
pub(super) fn push(release: &Release, facts: &mut Facts) {
    for image in &release.images {
        let Some(index) = index(image, facts) else { continue };
        let staged = Staged { digest: index.clone(), at: Some(facts.as_of) };
        put(
            facts,
            FactKey::Staged(image.name.clone()),
            Fact::Staged(Observed::Seen(staged)),
            Level::Registry,
        );
        for repository in &image.repositories {
            present(repository, &index, facts);
        }
    }
}

/// The index that would be pushed: the layout's own, else one made of what is there.
fn index(image: &Image, facts: &mut Facts) -> Option<Digest> {
    let local = facts.local(&FactKey::Local(image.name.clone()))?.seen()?.clone();
    if local.index.is_some() || local.images.is_empty() {
        return local.index;
    }
    let mut images: Vec<LocalImage> = local.images;
    for found in &mut images {
        if found.manifest.is_none() {
            let config = found.config.clone();
            found.manifest = Some(keep_manifest(image, &found.platform, &config, None, facts));
        }
    }
    Some(keep_index(image, &images, std::collections::BTreeMap::new(), facts))
}

/// An index and everything that it lists.
fn present(repository: &Repository, index: &Digest, facts: &mut Facts) {
    let listing = listing::list(facts, index).seen().unwrap_or_default();
    let children = listing.platforms.into_iter().map(|listed| listed.manifest);
    let all = children.chain(listing.nested).chain([index.clone()]);
    for digest in all.collect::<Vec<_>>() {
        let key = FactKey::Present { repository: repository.clone(), digest };
        put(facts, key, Fact::Present(Observed::Seen(())), Level::Registry);
    }
}

/// The version tags resolve to what is staged, in every repository that has it.
pub(super) fn publish(release: &Release, facts: &mut Facts) {
    for image in &release.images {
        let Some(digest) = to_publish(image, facts) else { continue };
        for repository in &image.repositories {
            let there = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
            let tag_key = |pass| FactKey::Tag {
                repository: repository.clone(),
                tag: image.tag.clone(),
                access: access(image),
                pass,
            };
            let tagged = facts.tag(&tag_key(Pass::First)).and_then(Observed::seen);
            let has = facts.present(&there).is_some_and(|present| present.seen().is_some())
                || tagged.is_some_and(|tag| tag.digest == digest);
            if !has {
                continue;
            }
            for pass in [Pass::First, Pass::Last] {
                let tag = TagFact { digest: digest.clone() };
                put(facts, tag_key(pass), Fact::Tag(Observed::Seen(tag)), Level::Registry);
            }
            present(repository, &digest, facts);
        }
    }
}

/// The git tag is at HEAD, here and on the remote.
pub(super) fn tag(release: &Release, facts: &mut Facts) {
    let Some(checkout) = facts.git(&FactKey::Git).and_then(Observed::seen).cloned() else { return };
    let (Some(head), Some(key)) = (checkout.head.clone(), remote_key(release, facts)) else { return };
    let tagged = Checkout { tag: Some(head.clone()), ..checkout };
    put(facts, FactKey::Git, Fact::Git(Observed::Seen(tagged)), Level::Declared);
    put(facts, key, Fact::RemoteTag(Observed::Seen(head)), Level::Declared);
}

/// What one repository has is in every other one, with everything attached.
pub(super) fn promote(release: &Release, facts: &mut Facts) {
    for image in &release.images {
        let Ok(promotion) = promotion(image, &Scope::default(), facts) else { continue };
        for to in &promotion.to {
            present(to, &promotion.digest, facts);
            attached(&promotion.from, to, facts);
        }
    }
}

/// What is attached in one repository is attached in another.
fn attached(from: &Repository, to: &Repository, facts: &mut Facts) {
    let copied: Vec<(FactKey, Fact)> = facts
        .iter()
        .filter_map(|(key, entry)| Some((moved(key, from, to)?, entry.fact.as_ref().clone())))
        .collect();
    for (key, fact) in copied {
        put(facts, key, fact, Level::Registry);
    }
}

fn moved(key: &FactKey, from: &Repository, to: &Repository) -> Option<FactKey> {
    let is_from = |repository: &Repository| repository == from;
    let repository = to.clone();
    match key {
        FactKey::Referrers { repository: of, subject } if is_from(of) => {
            Some(FactKey::Referrers { repository, subject: subject.clone() })
        }
        FactKey::ClassicTag { repository: of, subject, kind } if is_from(of) => {
            Some(FactKey::ClassicTag { repository, subject: subject.clone(), kind: *kind })
        }
        FactKey::Signature { repository: of, subject, artifact } if is_from(of) => {
            let (subject, artifact) = (subject.clone(), artifact.clone());
            Some(FactKey::Signature { repository, subject, artifact })
        }
        _ => None,
    }
}

/// What was staged from here; else the one digest that is published already.
fn to_publish(image: &Image, facts: &Facts) -> Option<Digest> {
    let scope = Scope::default();
    staged_digest(image, &scope, facts).or_else(|| match candidates(image, &scope, facts).as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })
}
