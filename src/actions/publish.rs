//! Sets the tags, once the staged digest is in every registry: version tags first, moving ones last.

use futures_util::future::join_all;

use super::{Context, JobSink, Outline};
use crate::gather;
use crate::model::{Access, Digest, FactKey, Image, Observed, Pass, Reason, Repository, Tag};

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for image in &context.release.images {
        let digest = staged(image, context)?;
        for repository in &image.repositories {
            is_there(image, repository, &digest, context).await?;
            if let Some(step) = version_tag(image, repository, &digest, context)? {
                outline.steps.push(step);
            }
        }
        outline.digests.insert(image.name.clone(), digest);
    }
    for (image, repository) in context.release.repositories() {
        for tag in &image.moving_tags {
            outline.steps.push(format!("move {} there as well", repository.tagged(tag)));
        }
    }
    if outline.steps.is_empty() {
        return Err("every tag is where it should be; nothing to publish".to_owned());
    }
    Ok(outline)
}

/// The digest that shall be published: staged by this machine, or named by the operator.
fn staged(image: &Image, context: &Context) -> Result<Digest, String> {
    if let Some(digest) = context.scope.digests.get(&image.name) {
        return Ok(digest.clone());
    }
    let remembered = context.facts.staged(&FactKey::Staged(image.name.clone()));
    remembered.and_then(Observed::seen).map(|staged| staged.digest.clone()).ok_or_else(|| {
        let name = &image.name;
        format!("image {name} is not staged; push it first (p), or pass --digest {name}=sha256:…")
    })
}

async fn is_there(
    image: &Image,
    repository: &Repository,
    digest: &Digest,
    context: &Context,
) -> Result<(), String> {
    let unknown = |reason: &Reason| format!("cannot tell whether {repository} has {digest}: {reason}");
    let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
    let there = match context.facts.present(&key) {
        Some(Observed::Unknown(reason)) => return Err(unknown(reason)),
        Some(present) => present.seen().is_some(),
        // Where its tag points elsewhere nobody had asked for this digest yet.
        None => {
            let asked = context.world.registries.manifest_exists(repository, digest).await;
            asked.map_err(|reason| unknown(&reason))?
        }
    };
    if there {
        return Ok(());
    }
    Err(format!("{repository} does not have the staged digest of {}; push it first (p)", image.name))
}

/// What setting the version tag would do; nothing where it is right already.
fn version_tag(
    image: &Image,
    repository: &Repository,
    digest: &Digest,
    context: &Context,
) -> Result<Option<String>, String> {
    let reference = repository.tagged(&image.tag);
    match resolved(repository, &image.tag, context) {
        Some(Observed::Seen(tag)) if tag.digest == *digest => Ok(None),
        Some(Observed::Seen(tag)) if context.scope.move_tags.contains(&reference) => {
            Ok(Some(format!("MOVE {reference} from {} to {digest}, as asked for by name", tag.digest)))
        }
        Some(Observed::Seen(tag)) => Err(format!(
            "{reference} points to {} already; a version tag is not moved: release a new version, \
             or pass --move-tag {reference}",
            tag.digest
        )),
        Some(Observed::Unknown(reason)) => Err(format!("cannot tell where {reference} points: {reason}")),
        Some(Observed::Absent(_)) | None => Ok(Some(format!("tag {reference} → {digest}"))),
    }
}

/// What a version tag resolves to: with credentials where that was seen, else as strangers see it.
pub(super) fn resolved<'a>(
    repository: &Repository,
    tag: &Tag,
    context: &'a Context,
) -> Option<&'a Observed<crate::model::TagFact>> {
    let key =
        |access| FactKey::Tag { repository: repository.clone(), tag: tag.clone(), access, pass: Pass::First };
    let with_credentials = context.facts.tag(&key(Access::Credentials)).filter(|tag| tag.seen().is_some());
    with_credentials.or_else(|| context.facts.tag(&key(Access::Anonymous)))
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let images = &context.release.images;
    let total = context.release.repositories().count();
    sink.progress(0, total, "setting version tags").await;
    let mut sets = Vec::new();
    for image in images {
        let digest = staged(image, context)?;
        for repository in &image.repositories {
            if version_tag(image, repository, &digest, context)?.is_some() {
                sets.push((repository, &image.tag, digest.clone()));
            }
        }
    }
    all(sets, context, sink).await?;
    sink.progress(total, total, "moving the other tags").await;
    // Only now: nobody shall get a `latest` whose version tag is not there.
    let mut moves = Vec::new();
    for image in images {
        let digest = staged(image, context)?;
        for repository in &image.repositories {
            moves.extend(image.moving_tags.iter().map(|tag| (repository, tag, digest.clone())));
        }
    }
    all(moves, context, sink).await?;
    Ok(format!("{} is tagged in {total} repositories", context.release.version))
}

async fn all(
    sets: Vec<(&Repository, &Tag, Digest)>,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let done = join_all(
        sets.into_iter().map(|(repository, tag, digest)| set(repository, tag, digest, context, sink)),
    );
    let failures: Vec<String> = done.await.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

async fn set(
    repository: &Repository,
    tag: &Tag,
    digest: Digest,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let reference = repository.tagged(tag);
    let is_version = context
        .release
        .images
        .iter()
        .any(|image| image.tag == *tag && image.repositories.contains(repository));
    // Somebody else may have set it since the plan was made.
    if is_version && !context.scope.move_tags.contains(&reference) {
        let now = gather::tag_digest(repository, tag.as_str(), &context.facts, &context.world).await;
        let now = now.map_err(|reason| format!("{reference}: asking where it points: {reason}"))?;
        if let Some(other) = now.filter(|now| *now != digest) {
            return Err(format!("{reference} points to {other} since a moment ago; it is left there"));
        }
    }
    let bytes = gather::manifest_bytes(repository, &digest, &context.facts, &context.world).await;
    let bytes = bytes.map_err(|reason| format!("{reference}: reading {digest}: {reason}"))?;
    let manifest =
        crate::formats::manifest::parse(&bytes).map_err(|reason| format!("{reference}: {reason}"))?;
    let media_type = manifest.media_type();
    let pushed = context.world.registries.push_manifest(repository, tag.as_str(), media_type, &bytes).await;
    pushed.map_err(|reason| format!("{reference}: {reason}"))?;
    sink.line(&format!("{reference} → {digest}")).await;
    Ok(())
}
