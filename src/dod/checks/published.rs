//! Item 1: the version tag resolves without credentials, to the same index everywhere, and again at the end.

use std::collections::BTreeSet;

use crate::model::{
    Absence, Access, Digest, FactKey, Image, Level, Observed, Outcome, Pass, Repository, StepKind,
};

use super::super::context::{Context, place};
use super::super::stage::{Holds, first_access, staged_digest, tag_key};
use super::Checked;
use super::judgement::Judgement;
use super::platforms::listed;

/// Judges item 1. It is never CONFIGURED, so no step declares it; where nothing is there its cells, all of them
/// absent, give NOT STARTED by themselves.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    for image in &context.release.images {
        let standing = context.standing(image);
        let digests: BTreeSet<&Digest> = standing
            .held
            .iter()
            .filter_map(|(_, holds)| match holds {
                Holds::Tagged(digest, _) => Some(digest),
                _ => None,
            })
            .collect();
        for (repository, holds) in &standing.held {
            let judged = repository_cell(context, image, repository, holds, &digests);
            checked.warnings.extend(judged.warnings.iter().cloned());
            checked.cells.push(judged.cell(&image.name, Some(repository), None));
        }
        not_what_was_staged(context, image, &digests, &mut checked);
    }
    checked.warnings.extend(context.doubts(StepKind::Push));
    checked.note = note(context, &checked);
    checked
}

fn repository_cell(
    context: &Context,
    image: &Image,
    repository: &Repository,
    holds: &Holds,
    digests: &BTreeSet<&Digest>,
) -> Judgement {
    let reference = repository.tagged(&image.tag);
    let first = tag_key(image, repository, first_access(image), Pass::First);
    let judged = match holds {
        Holds::Pending => Judgement::pending(),
        Holds::Unknown(reason) => Judgement::unknown(reason),
        Holds::Nothing(absence) => Judgement::absent(missing(image, repository, absence)),
        Holds::Staged(digest) => Judgement::absent(format!(
            "{repository} has {} by digest; the tag {} is not set",
            digest.short(),
            image.tag
        ))
        .because([FactKey::Present { repository: repository.clone(), digest: digest.clone() }]),
        Holds::Tagged(digest, _) if digests.len() > 1 => {
            let others =
                digests.iter().filter(|other| **other != digest).map(|other| other.short().to_owned());
            let others = listed(&others.collect::<Vec<_>>());
            Judgement::hard_stop(format!("{reference} is {}, elsewhere it is {others}", digest.short()))
                .seen_at(Level::Registry, true)
        }
        Holds::Tagged(digest, access) if *access != first_access(image) => {
            Judgement::fail(format!("{reference} ({}) can be read only with credentials", digest.short()))
                .because([tag_key(image, repository, Access::Credentials, Pass::First)])
                .seen_at(Level::Registry, true)
        }
        Holds::Tagged(digest, _) => again(context, image, repository, digest),
    };
    judged.because([first])
}

/// The second look, at the end of the audit.
fn again(context: &Context, image: &Image, repository: &Repository, digest: &Digest) -> Judgement {
    let reference = repository.tagged(&image.tag);
    let last = tag_key(image, repository, first_access(image), Pass::Last);
    let judged = match context.facts.tag(&last) {
        None => Judgement::pending(),
        Some(Observed::Seen(tag)) if tag.digest == *digest => {
            Judgement::pass(format!("{reference} is {}", digest.short()))
        }
        Some(Observed::Seen(tag)) => Judgement::hard_stop(format!(
            "{reference} moved during the audit, from {} to {}",
            digest.short(),
            tag.digest.short()
        )),
        Some(Observed::Absent(absence)) => {
            Judgement::hard_stop(format!("{reference} went away during the audit: {absence}"))
        }
        Some(Observed::Unknown(reason)) => Judgement::unknown(reason),
    };
    judged.seen_at(Level::Registry, true).because([last])
}

fn missing(image: &Image, repository: &Repository, absence: &Absence) -> String {
    format!("{} is not there: {absence}", repository.tagged(&image.tag))
}

/// A tag that resolves to something else than what was staged is worth knowing.
fn not_what_was_staged(context: &Context, image: &Image, digests: &BTreeSet<&Digest>, checked: &mut Checked) {
    let staged = staged_digest(image, context.scope, context.facts);
    if let Some(staged) = staged.filter(|staged| !digests.is_empty() && !digests.contains(staged)) {
        checked.warnings.push(format!(
            "{}: the tag {} does not resolve to what was staged, {}",
            image.name,
            image.tag,
            staged.short()
        ));
    }
}

fn note(context: &Context, checked: &Checked) -> String {
    let there = checked.counted().any(|cell| !matches!(cell.outcome, Outcome::Absent));
    if there || checked.cells.is_empty() {
        let registries: BTreeSet<&str> =
            context.release.repositories().map(|(_, repository)| repository.registry()).collect();
        let registries: Vec<String> = registries.into_iter().map(str::to_owned).collect();
        return checked.summary(format!("every version tag resolves in {}", listed(&registries)));
    }
    if !context.nothing_staged {
        return checked.summary("staged by digest; no version tag is set");
    }
    let push = context.declared(StepKind::Push);
    let push =
        push.map_or_else(|| "no armed step pushes".to_owned(), |by| format!("{} pushes", place(&by.at)));
    match checked.cells.as_slice() {
        [only] => format!("{}; {push}", only.reason),
        cells => format!("no version tag is there in {} repositories; {push}", cells.len()),
    }
}

#[cfg(test)]
mod tests;
