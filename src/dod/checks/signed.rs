//! Item 3: one signature on the index satisfies the policy, in every repository that has the image.

use crate::model::{
    Classic, Digest, FactKey, Image, Level, Outcome, Reason, ReasonKind, Repository, Signature,
    SignatureFormat, SignatureOutcome, Signer, StepKind,
};

use super::super::attached::{Attached, Claim};
use super::super::context::{Context, Reach};
use super::super::identity::Judged;
use super::super::linter;
use super::super::listing;
use super::super::stage::Holds;
use super::Checked;
use super::judgement::Judgement;
use super::signatures::{Tried, nothing_yet, tried, workflows_pending};

/// Between a digest and who signed it.
const SIGNED_BY: &str = " signed by ";

/// Judges item 3.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    for image in &context.release.images {
        for (repository, judged) in cells(context, image) {
            let warnings = judged.warnings.iter().map(|warning| format!("{repository}: {warning}"));
            checked.warnings.extend(warnings);
            checked.cells.push(judged.cell(&image.name, Some(&repository), None));
        }
    }
    checked.note = checked.summary(signed_by(&checked));
    checked.warnings.extend(about_the_rule(context, &checked));
    nothing_yet(context, StepKind::Sign, &mut checked);
    checked
}

/// Who signed, in the words of the first cell: the others are of the same identity.
fn signed_by(checked: &Checked) -> String {
    let first = checked.cells.first().and_then(|cell| cell.reason.split_once(SIGNED_BY));
    let who = first.map_or("the release's own identity", |(_, who)| who);
    format!("every index is signed by {}", who.strip_prefix("https://github.com/").unwrap_or(who))
}

/// Whom the identity rule would accept besides; and the rule that accepts exactly who signed, as a suggestion.
fn about_the_rule(context: &Context, checked: &Checked) -> Vec<String> {
    let policy = &context.policy.signature;
    let flaws = policy.identity.as_ref().map(|rule| linter::lint(rule, policy.issuer.as_deref()));
    let mut warnings: Vec<String> =
        flaws.iter().flatten().map(|flaw| format!("the identity rule is too wide: {flaw}")).collect();
    let unruled = policy.identity.is_none() && policy.key.is_none();
    if warnings.is_empty() && !unruled {
        return warnings;
    }
    let signer = checked.cells.iter().flat_map(|cell| &cell.because).find_map(|key| {
        let signature = context.facts.signature(key)?.seen()?;
        match &signature.outcome {
            SignatureOutcome::Valid(Signer::Certificate(signer)) if signature.is_image_signature() => {
                Some(signer)
            }
            _ => None,
        }
    });
    if let Some(signer) = signer {
        let rule = linter::suggested_rule(signer);
        warnings.push(format!("exactly who signed, if that is who should: [signature] {rule}"));
    }
    warnings
}

/// One cell per repository that has the image; a repository that lacks what another has counts in item 1 only.
fn cells(context: &Context, image: &Image) -> Vec<(Repository, Judgement)> {
    per_repository(context, image, |repository, index| on_index(context, image, repository, index))
}

/// The repositories of `image` with what `judge` says of the index that each holds, or with why there is none.
pub(super) fn per_repository(
    context: &Context,
    image: &Image,
    judge: impl Fn(&Repository, &Digest) -> Judgement,
) -> Vec<(Repository, Judgement)> {
    let standing = context.standing(image);
    let reach = context.reach(image);
    let cell = |holds: &Holds, repository: &Repository| match (holds, &reach) {
        (_, Reach::Pending) | (Holds::Pending, _) => Some(Judgement::pending()),
        _ if context.nothing_staged && workflows_pending(context) => Some(Judgement::pending()),
        (Holds::Unknown(reason), _) => Some(Judgement::unknown(reason)),
        (Holds::Tagged(digest, _) | Holds::Staged(digest), _) => Some(judge(repository, digest)),
        (Holds::Nothing(_), Reach::Nowhere) => {
            Some(Judgement::absent(format!("{repository} has nothing of {} yet", image.name)))
        }
        (Holds::Nothing(_), Reach::Registry(_) | Reach::Unknown(_)) => None,
    };
    standing
        .held
        .iter()
        .filter_map(|(repository, holds)| Some((repository.clone(), cell(holds, repository)?)))
        .collect()
}

/// The signatures on the index and, where the policy says so, on each platform's manifest.
pub(super) fn on_index(
    context: &Context,
    image: &Image,
    repository: &Repository,
    index: &Digest,
) -> Judgement {
    let on_index = on_digest(context, repository, index);
    if !context.policy.signature.recursive {
        return on_index;
    }
    let children = match context.listings(std::slice::from_ref(index)) {
        super::super::sight::Sight::Seen(listings) => listings,
        super::super::sight::Sight::Pending => return Judgement::pending(),
        super::super::sight::Sight::Unknown(reason) => return Judgement::unknown(&reason),
    };
    let platforms = children.iter().flat_map(|(_, listing)| &listing.platforms);
    let required = platforms.filter(|listed| {
        listing::platform(context.facts, listed).seen().is_some_and(|found| image.platforms.contains(&found))
    });
    let judged: Vec<Judgement> =
        required.map(|listed| on_digest(context, repository, &listed.manifest)).chain([on_index]).collect();
    // Every one of them has to be signed: an unread one leaves the whole unknown, unless another is worse.
    let unknown = judged.iter().find(|judged| judged.outcome == Outcome::Unknown).cloned();
    let worst = Judgement::worst(judged).unwrap_or_else(Judgement::pending);
    match unknown {
        Some(unknown) if matches!(worst.outcome, Outcome::Pass | Outcome::Soft) => unknown,
        _ => worst,
    }
}

fn on_digest(context: &Context, repository: &Repository, subject: &Digest) -> Judgement {
    let attached = Attached::list(context, repository, subject, &[Classic::Signature]);
    let tried = tried(context, repository, subject, &context.policy.signature);
    let signatures: Vec<Tried> = tried.into_iter().filter(|tried| is_signature(tried, &attached)).collect();
    let verified = |blob: &Digest| signatures.iter().any(|tried| tried.artifact() == Some(blob));
    let unverified = attached
        .artifacts
        .iter()
        .find(|artifact| artifact.claim.may_sign() && !verified(&artifact.blob))
        .filter(|artifact| {
            context.signatures(repository, subject).iter().all(|(key, _)| !is_about(key, &artifact.blob))
        });
    let because: Vec<FactKey> =
        attached.because.iter().cloned().chain(signatures.iter().map(|tried| tried.key.clone())).collect();
    let judged = weigh(repository, subject, &signatures, &attached, unverified.is_some());
    let level = if judged.outcome == Outcome::Pass { Level::Verified } else { Level::Registry };
    judged.because(because).seen_at(level, true)
}

fn is_about(key: &FactKey, blob: &Digest) -> bool {
    matches!(key, FactKey::Signature { artifact, .. } if artifact == blob)
}

/// Whether what was tried is an image signature: by what was verified; else by how it is stored and annotated.
fn is_signature(tried: &Tried, attached: &Attached) -> bool {
    let verified = Signature {
        format: tried.format.unwrap_or(SignatureFormat::Bundle),
        outcome: SignatureOutcome::Unsupported(String::new()),
        predicate_type: tried.predicate_type.clone(),
        predicate: None,
        checks: crate::model::SignatureChecks::default(),
    };
    match (tried.format, &tried.predicate_type) {
        (Some(SignatureFormat::ClassicAttestation), _) => false,
        (Some(SignatureFormat::SimpleSigning), _) | (_, Some(_)) => verified.is_image_signature(),
        (Some(SignatureFormat::Bundle) | None, None) => tried.claim(attached).is_none_or(Claim::may_sign),
    }
}

/// The first line that matches: a good one; anything that is still to come or could not be seen; a bad one; a
/// soft one; nothing.
fn weigh(
    repository: &Repository,
    subject: &Digest,
    signatures: &[Tried],
    attached: &Attached,
    unverified: bool,
) -> Judgement {
    let of = |pick: fn(&Judged) -> Option<&String>| -> Vec<&String> {
        signatures.iter().filter_map(|tried| pick(&tried.judged)).collect()
    };
    let bad = of(|judged| if let Judged::Bad(text) = judged { Some(text) } else { None });
    let soft = of(|judged| if let Judged::Soft(text) = judged { Some(text) } else { None });
    let unsure = of(|judged| if let Judged::Unknown(text) = judged { Some(text) } else { None });
    let good = signatures.iter().find_map(|tried| match &tried.judged {
        Judged::Good(who) => Some((who, &tried.when)),
        _ => None,
    });
    if let Some((who, when)) = good {
        let when = if when.is_empty() { String::new() } else { format!(" at {when}") };
        let passed = Judgement::pass(format!("{}{SIGNED_BY}{who}{when}", subject.short()));
        return bad.iter().fold(passed, |passed, bad| passed.warn(format!("beside a good signature: {bad}")));
    }
    if attached.pending {
        return Judgement::pending();
    }
    let unseen = unseen(attached, unverified, unsure.first().map(|text| text.as_str()));
    match (bad.first(), soft.first(), unseen) {
        (Some(bad), _, None) => Judgement::hard_stop(format!("{repository}: {bad}")),
        // A good one may be among what could not be seen.
        (Some(bad), _, Some(unseen)) => {
            Judgement::unknown(&Reason::new(unseen.kind, format!("{bad}; {unseen}")))
        }
        (None, Some(soft), _) => Judgement::soft((*soft).clone()),
        (None, None, Some(unseen)) => Judgement::unknown(&unseen),
        (None, None, None) => Judgement::absent(format!("{repository}: {} is not signed", subject.short())),
    }
}

/// Why a good one may be there all the same.
fn unseen(attached: &Attached, unverified: bool, unsure: Option<&str>) -> Option<Reason> {
    if let Some(text) = unsure {
        return Some(Reason::new(ReasonKind::NotSupported, text));
    }
    if unverified {
        return Some(Reason::new(ReasonKind::NotVerified, "a signature is there: not verified yet"));
    }
    attached.unread.clone()
}

#[cfg(test)]
mod tests;
