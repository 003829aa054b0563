//! How far each image has come: declared, built, staged, published (design, section 2, "Stages of a release").
//!
//! An image is judged on the furthest stage that it has reached. Only an authoritative "not there" sends
//! the judge back: a registry that cannot be read leaves the image's stage unknown.

use crate::model::{
    Absence, AbsenceKind, Access, Digest, FactKey, Facts, Image, Observed, Pass, Reason, ReasonKind,
    Repository, Scope, Stage,
};

/// What a repository answered about an image's version tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TagAnswer {
    /// Not yet.
    Pending,
    /// It could not be read.
    Unknown(Reason),
    /// It resolves, read in this way.
    Resolves(Digest, Access),
    /// Authoritatively not there.
    Absent(Absence),
}

/// The key of an image's version tag in a repository.
pub(super) fn tag_key(image: &Image, repository: &Repository, access: Access, pass: Pass) -> FactKey {
    FactKey::Tag { repository: repository.clone(), tag: image.tag.clone(), access, pass }
}

/// How an image's tags are asked for first: strangers have to be able to pull what is not marked private.
pub(super) fn first_access(image: &Image) -> Access {
    if image.private { Access::Credentials } else { Access::Anonymous }
}

/// What `repository` answered about the version tag of `image`.
pub(super) fn tag_answer(image: &Image, repository: &Repository, facts: &Facts) -> TagAnswer {
    let access = first_access(image);
    let absence = match facts.tag(&tag_key(image, repository, access, Pass::First)) {
        None => return TagAnswer::Pending,
        Some(Observed::Unknown(reason)) => return TagAnswer::Unknown(reason.clone()),
        Some(Observed::Seen(tag)) => return TagAnswer::Resolves(tag.digest.clone(), access),
        Some(Observed::Absent(absence)) => absence.clone(),
    };
    match (absence.kind, access) {
        (AbsenceKind::NotFound, _) => TagAnswer::Absent(absence),
        // A private image whose credentials are missing or refused: nobody knows what is there.
        (AbsenceKind::MissingOrPrivate, Access::Credentials) => TagAnswer::Unknown(
            Reason::new(ReasonKind::NoCredentials, format!("{repository} is private: {}", absence.text))
                .cure(format!("docker login {}", repository.registry())),
        ),
        (AbsenceKind::MissingOrPrivate, Access::Anonymous) => {
            with_credentials(image, repository, facts, absence)
        }
    }
}

/// The second look at what is "missing or private": only credentials that read it show that it is there.
fn with_credentials(image: &Image, repository: &Repository, facts: &Facts, absence: Absence) -> TagAnswer {
    match facts.tag(&tag_key(image, repository, Access::Credentials, Pass::First)) {
        None => TagAnswer::Pending,
        Some(Observed::Seen(tag)) => TagAnswer::Resolves(tag.digest.clone(), Access::Credentials),
        Some(Observed::Absent(_)) => TagAnswer::Absent(absence),
        Some(Observed::Unknown(reason)) => match reason.kind {
            ReasonKind::NoCredentials | ReasonKind::Denied => TagAnswer::Absent(absence),
            _ => TagAnswer::Unknown(reason.clone()),
        },
    }
}

/// What a repository holds of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    /// Not known yet.
    Pending,
    /// It could not be read.
    Unknown(Reason),
    /// The version tag resolves to this, read in this way.
    Tagged(Digest, Access),
    /// The index is there by digest; the version tag is not, or not yet.
    Staged(Digest),
    /// Authoritatively nothing.
    Nothing(Absence),
}

impl Holds {
    /// The index digest that is there.
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Tagged(digest, _) | Self::Staged(digest) => Some(digest),
            Self::Pending | Self::Unknown(_) | Self::Nothing(_) => None,
        }
    }
}

/// How far one image has come, repository by repository.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// The stage.
    pub stage: Stage,
    /// What each repository holds, in the order of the configuration.
    pub held: Vec<(Repository, Holds)>,
}

impl Standing {
    /// Reads the standing of `image` from the facts.
    pub fn of(image: &Image, scope: &Scope, facts: &Facts) -> Self {
        let candidates = candidates(image, scope, facts);
        let held: Vec<(Repository, Holds)> = image
            .repositories
            .iter()
            .map(|repository| (repository.clone(), holds(image, repository, &candidates, facts)))
            .collect();
        let stage = stage(image, &held, facts);
        Self { stage, held }
    }

    /// The index digests that are there, each once, in the order of the repositories.
    pub fn indexes(&self) -> Vec<Digest> {
        let tagged = |holds: &Holds| matches!(holds, Holds::Tagged(..));
        let published = self.held.iter().any(|(_, holds)| tagged(holds));
        let mut indexes: Vec<Digest> = Vec::new();
        for (_, holds) in self.held.iter().filter(|(_, holds)| !published || tagged(holds)) {
            if let Some(digest) = holds.digest().filter(|digest| !indexes.contains(digest)) {
                indexes.push(digest.clone());
            }
        }
        indexes
    }

    /// The repositories that hold `index`.
    pub fn holders(&self, index: &Digest) -> Vec<Repository> {
        let holds = |holds: &Holds| holds.digest() == Some(index);
        self.held.iter().filter(|(_, held)| holds(held)).map(|(repository, _)| repository.clone()).collect()
    }

    /// Whether a repository has not answered yet.
    pub fn is_pending(&self) -> bool {
        self.held.iter().any(|(_, holds)| *holds == Holds::Pending)
    }

    /// Why a repository could not be read, if one could not.
    pub fn unread(&self) -> Option<&Reason> {
        self.held.iter().find_map(|(_, holds)| match holds {
            Holds::Unknown(reason) => Some(reason),
            _ => None,
        })
    }
}

/// The staged digest that this machine pushed or the operator gave.
pub(super) fn staged_digest(image: &Image, scope: &Scope, facts: &Facts) -> Option<Digest> {
    let given = scope.digests.get(&image.name).cloned();
    given.or_else(|| {
        let staged = facts.staged(&FactKey::Staged(image.name.clone()))?.seen()?;
        Some(staged.digest.clone())
    })
}

/// The digests that a repository without the version tag may hold: what other repositories publish, else what
/// was staged.
pub(super) fn candidates(image: &Image, scope: &Scope, facts: &Facts) -> Vec<Digest> {
    let mut published: Vec<Digest> = Vec::new();
    for repository in &image.repositories {
        if let TagAnswer::Resolves(digest, _) = tag_answer(image, repository, facts)
            && !published.contains(&digest)
        {
            published.push(digest);
        }
    }
    if published.is_empty() { staged_digest(image, scope, facts).into_iter().collect() } else { published }
}

fn holds(image: &Image, repository: &Repository, candidates: &[Digest], facts: &Facts) -> Holds {
    let absence = match tag_answer(image, repository, facts) {
        TagAnswer::Pending => return Holds::Pending,
        TagAnswer::Unknown(reason) => return Holds::Unknown(reason),
        TagAnswer::Resolves(digest, access) => return Holds::Tagged(digest, access),
        TagAnswer::Absent(absence) => absence,
    };
    let mut otherwise = Holds::Nothing(absence);
    for digest in candidates {
        let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
        match facts.present(&key) {
            Some(Observed::Seen(())) => return Holds::Staged(digest.clone()),
            Some(Observed::Absent(_)) => {}
            Some(Observed::Unknown(reason)) => otherwise = Holds::Unknown(reason.clone()),
            None => return Holds::Pending,
        }
    }
    // What was staged from here may still be on its way to be known.
    let staged = FactKey::Staged(image.name.clone());
    if candidates.is_empty() && facts.get(&staged).is_none() { Holds::Pending } else { otherwise }
}

fn stage(image: &Image, held: &[(Repository, Holds)], facts: &Facts) -> Stage {
    let mut published: Vec<Digest> = Vec::new();
    for (_, holds) in held {
        if let Holds::Tagged(digest, _) = holds
            && !published.contains(digest)
        {
            published.push(digest.clone());
        }
    }
    if !published.is_empty() {
        return Stage::Published(published);
    }
    if let Some(digest) = held.iter().find_map(|(_, holds)| holds.digest()) {
        return Stage::Staged(digest.clone());
    }
    if held.iter().any(|(_, holds)| matches!(holds, Holds::Pending | Holds::Unknown(_))) {
        return Stage::Unknown;
    }
    let local = facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen);
    if local.is_some_and(|local| !local.images.is_empty()) { Stage::Built } else { Stage::Declared }
}

#[cfg(test)]
mod tests;
