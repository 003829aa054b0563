//! What an inspection amounts to.

use super::found::{Found, OnDigest, Standing, Stored};
use super::{Inspection, Top};
use crate::dod::linter::Flaw;
use crate::dod::sight::Sight;
use crate::model::{
    Digest, FactKey, Facts, LocalImages, Observed, Platform, Reason, ReasonKind, SignatureOutcome, Signer,
};

/// What an inspection amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The digest that was looked at; none when there is none.
    pub digest: Option<Digest>,
    /// The digest that was judged: that one, or a platform's.
    pub judged: Option<Digest>,
    /// What was found, on the digest itself and on each of its platforms.
    pub on: Vec<OnDigest>,
    /// BuildKit's attestations in the index: there, and unsigned.
    pub buildkit: Vec<(Digest, String)>,
    /// What is wrong with the rule for identities.
    pub flaws: Vec<Flaw>,
    /// What else should be known.
    pub warnings: Vec<String>,
    /// The result.
    pub result: Result,
}

/// The result of an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Result {
    /// Signed by whom was asked for.
    Verified,
    /// Signed, and not by whom was asked for, or not validly: why.
    Rejected(String),
    /// The image is not there, or nothing of the kind is attached to it: what.
    NothingThere(String),
    /// Nobody was asked for: what is missing.
    NoRule(String),
    /// Something that may be it could not be looked at: why.
    CouldNotLook(String),
}

impl Conclusion {
    /// The first signer of what counts, whose rule may be suggested.
    pub fn signer(&self) -> Option<&Signer> {
        self.on_judged()?.found.iter().find_map(signer)
    }

    /// Who signed what was accepted.
    pub fn accepted(&self) -> Option<&Signer> {
        self.on_judged()?.found.iter().filter(|found| found.standing == Standing::Accepted).find_map(signer)
    }

    /// Why something on what counts could not be looked at, so that nothing is authoritatively missing.
    pub fn unread(&self) -> Option<&str> {
        let on = self.on_judged()?;
        let found = on.found.iter().find_map(|found| match &found.standing {
            Standing::Unread(why) | Standing::Unsupported(why) => Some(why.as_str()),
            _ => None,
        });
        on.unread.first().map(String::as_str).or(found)
    }

    fn on_judged(&self) -> Option<&OnDigest> {
        let judged = self.judged.as_ref()?;
        self.on.iter().find(|on| on.digest == *judged)
    }

    /// How the things that were found are stored, each once.
    pub fn formats(&self) -> Vec<Stored> {
        let mut formats: Vec<Stored> =
            self.on.iter().flat_map(|on| on.found.iter().map(|found| found.stored)).collect();
        if !self.buildkit.is_empty() {
            formats.push(Stored::BuildKit);
        }
        formats.sort();
        formats.dedup();
        formats
    }
}

fn signer(found: &Found) -> Option<&Signer> {
    match &found.signature.as_ref()?.outcome {
        SignatureOutcome::Valid(signer) => Some(signer),
        SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => None,
    }
}

/// The one image of a layout.
pub(super) fn only_image(images: &LocalImages) -> Sight<Digest> {
    let manifests = || images.images.iter().filter_map(|image| image.manifest.clone());
    match (&images.index, manifests().count()) {
        (Some(index), _) => Sight::Seen(index.clone()),
        (None, 1) => manifests().next().map_or(Sight::Pending, Sight::Seen),
        (None, 0) => Sight::Unknown(Reason::new(ReasonKind::Unreadable, "the layout holds no image")),
        (None, _) => {
            let named: Vec<String> = manifests().map(|digest| digest.to_string()).collect();
            let text = format!("the layout holds several images: {}", named.join(", "));
            let reason = Reason::new(ReasonKind::NotConfigured, text);
            Sight::Unknown(reason.cure("name one: --local-image DIR@sha256:…"))
        }
    }
}

pub(super) fn conclude(inspection: &Inspection, facts: &Facts) -> Conclusion {
    let mut conclusion = Conclusion {
        digest: None,
        judged: None,
        on: Vec::new(),
        buildkit: Vec::new(),
        flaws: inspection.expected.flaws(),
        warnings: Vec::new(),
        result: Result::CouldNotLook("nothing has answered".to_owned()),
    };
    let top = match inspection.digest(facts) {
        Sight::Seen(top) => top,
        Sight::Unknown(reason) => {
            conclusion.result = no_digest(inspection, &reason, facts);
            return conclusion;
        }
        Sight::Pending => return conclusion,
    };
    conclusion.digest = Some(top.clone());
    if let Some(observed) = facts.manifest(&FactKey::Manifest(top.clone())) {
        match observed {
            Observed::Seen(_) => {}
            Observed::Absent(absence) => {
                conclusion.result = Result::NothingThere(format!("{top} is not there: {absence}"));
                return conclusion;
            }
            Observed::Unknown(reason) => {
                conclusion.result = Result::CouldNotLook(reason.to_string());
                return conclusion;
            }
        }
    }
    conclusion.buildkit = Inspection::unsigned_in_index(&top, facts);
    let subjects = Inspection::subjects(&top, facts);
    conclusion.on = subjects
        .iter()
        .map(|(digest, platform)| OnDigest::of(inspection, digest, platform.clone(), facts))
        .collect();
    if let Some(now) = inspection.moved(facts) {
        conclusion.warnings.push(format!("the tag was moved meanwhile, to {now}: this is about {top}"));
    }
    match judged(inspection, &top, &subjects) {
        Ok(judged) => {
            conclusion.judged = Some(judged.clone());
            conclusion.result = weigh(inspection, &mut conclusion, &judged);
        }
        Err(result) => conclusion.result = result,
    }
    conclusion
}

/// Why there is no digest: the tag is not there, or it could not be asked for.
fn no_digest(inspection: &Inspection, reason: &Reason, facts: &Facts) -> Result {
    if let Top::Tag(tag) = &inspection.top {
        let asked = facts.iter().filter(|(key, _)| matches!(key, FactKey::Tag { .. }));
        if asked.into_iter().all(|(_, entry)| entry.fact.is_absent()) {
            return Result::NothingThere(format!(
                "{} is not there: {reason}",
                inspection.repository.tagged(tag)
            ));
        }
    }
    Result::CouldNotLook(reason.to_string())
}

fn judged(
    inspection: &Inspection,
    top: &Digest,
    subjects: &[(Digest, Option<Platform>)],
) -> std::result::Result<Digest, Result> {
    let Some(wanted) = &inspection.platform else { return Ok(top.clone()) };
    let found = subjects.iter().find(|(_, platform)| platform.as_ref() == Some(wanted));
    if let Some((digest, _)) = found {
        return Ok(digest.clone());
    }
    let there: Vec<String> =
        subjects.iter().filter_map(|(_, platform)| Some(platform.as_ref()?.to_string())).collect();
    let there = if there.is_empty() { "no platform".to_owned() } else { there.join(", ") };
    Err(Result::NothingThere(format!("{top} has no {wanted}: it has {there}")))
}

/// One good one is enough. Then what could not be looked at: a good one may be among it. Then a bad one.
fn weigh(inspection: &Inspection, conclusion: &mut Conclusion, judged: &Digest) -> Result {
    let Some(on) = conclusion.on.iter().find(|on| on.digest == *judged) else {
        return Result::CouldNotLook("nothing has answered".to_owned());
    };
    if !inspection.expected.is_complete() {
        return Result::NoRule(missing_rule(inspection));
    }
    let counting: Vec<&Found> = on.that_count(inspection.predicate_type.as_ref()).collect();
    let accepted = counting.iter().any(|found| found.standing == Standing::Accepted);
    let bad: Vec<String> = counting.iter().filter_map(|found| bad(found)).collect();
    if accepted {
        let beside = bad.iter().map(|bad| format!("beside a good one: {bad}"));
        conclusion.warnings.extend(beside);
        return Result::Verified;
    }
    let unsure = counting.iter().find_map(|found| match &found.standing {
        Standing::Unsupported(what) => Some(format!("not supported: {what}")),
        Standing::Unread(why) => Some(why.clone()),
        _ => None,
    });
    let what = match &inspection.predicate_type {
        None => "image signature".to_owned(),
        Some(predicate_type) => format!("attestation of type {}", predicate_type.given()),
    };
    match (unsure.or_else(|| on.unread.first().cloned()), bad.first()) {
        (Some(unsure), _) => Result::CouldNotLook(unsure),
        (None, Some(bad)) => Result::Rejected(bad.clone()),
        (None, None) => Result::NothingThere(format!("{judged} has no {what}")),
    }
}

fn missing_rule(inspection: &Inspection) -> String {
    let expected = &inspection.expected;
    match (&expected.identity, expected.issuer.as_deref().filter(|issuer| !issuer.is_empty())) {
        (Some(_), None) => "whose identity? --certificate-oidc-issuer is missing".to_owned(),
        (None, Some(_)) => "who? --certificate-identity is missing".to_owned(),
        _ => "who has to have signed? give --certificate-identity and --certificate-oidc-issuer, or --key"
            .to_owned(),
    }
}

fn bad(found: &Found) -> Option<String> {
    match &found.standing {
        Standing::SomebodyElse(differences) => {
            Some(differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Standing::Invalid(why) => Some(format!("invalid: {why}")),
        _ => None,
    }
}
