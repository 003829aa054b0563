//! `repositories`, `tag` and `moving_tags` of an image: where it is published.

use super::candidates::{Candidate, plain};
use super::draft::{
    Certainty::{FillIn, Found, Guessed},
    Section,
};
use super::expression::{TAG, VERSION};
use super::references;
use super::release::Release;
use super::value::Value;
use crate::model::Repository;

/// What is published where, so that no two images are published to one place.
pub(super) struct Destinations<'a> {
    release: &'a Release,
    taken: Vec<(Repository, String)>,
}

impl<'a> Destinations<'a> {
    pub fn new(release: &'a Release) -> Self {
        Self { release, taken: Vec::new() }
    }

    /// Writes where `image` is published; `own` is a name for it, where nothing says one.
    pub fn write(&mut self, image: &Candidate, own: &str, section: &mut Section) {
        let repositories = self.repositories(image, own, section);
        self.tags(image, &repositories, section);
    }

    fn repositories(&self, image: &Candidate, own: &str, section: &mut Section) -> Vec<Repository> {
        let mut repositories: Vec<Repository> = Vec::new();
        for reference in image.references() {
            if !repositories.contains(&reference.repository) {
                repositories.push(reference.repository.clone());
            }
        }
        if let Some(build) = &image.build {
            for written in &build.unread {
                let text = format!("{} pushes to {written}, which is not written out there", build.at);
                section.note(FillIn, format!("{text}: add that repository"));
            }
            if !repositories.is_empty() {
                section.set(Found, "repositories", Value::texts(&repositories), &build.at);
                return repositories;
            }
        }
        self.usual(own, section)
    }

    /// Where images of this source usually go, or a place that does not exist.
    pub fn usual(&self, own: &str, section: &mut Section) -> Vec<Repository> {
        let usual = self.release.source.as_ref().and_then(|source| {
            let (owner, name) = source.path.rsplit_once('/')?;
            match source.host.as_str() {
                // A project there has a repository of its own.
                "gitlab.com" if name == own => Some(format!("registry.gitlab.com/{}", source.path)),
                "github.com" => Some(format!("ghcr.io/{owner}/{own}")),
                "gitlab.com" => Some(format!("registry.gitlab.com/{}/{own}", source.path)),
                _ => None,
            }
        });
        if let Some(repository) = usual.and_then(|usual| usual.to_lowercase().parse::<Repository>().ok()) {
            let says =
                "the usual place for images of this source; list every repository that it is published to";
            section.set(Guessed, "repositories", Value::texts([&repository]), says);
            return vec![repository];
        }
        let says = "where it is published, one repository per registry: [\"ghcr.io/acme/app\", \"docker.io/acme/app\"]";
        // `.invalid` is nobody's, and never will be (RFC 2606).
        let nowhere = format!("registry.invalid/fill-in/{}", plain(own));
        section.set(FillIn, "repositories", Value::texts([nowhere]), says);
        Vec::new()
    }

    fn tags(&mut self, image: &Candidate, repositories: &[Repository], section: &mut Section) {
        let (found, moving) = references::templates(image.references(), &self.release.tag_prefix);
        let tag = found.clone().unwrap_or_else(|| VERSION.to_owned());
        let is_taken = |(other, taken): &(Repository, String)| repositories.contains(other) && *taken == tag;
        let tag = if self.taken.iter().any(is_taken) {
            let own = format!("{tag}-{}", image.name);
            let says = format!("another image is {tag} in the same repository: give each a tag of its own");
            section.set(FillIn, "tag", own.as_str().into(), says);
            own
        } else {
            self.tag(image, &tag, found.is_some(), section);
            tag
        };
        self.taken.extend(repositories.iter().map(|repository| (repository.clone(), tag.clone())));
        let moving: Vec<String> = moving.into_iter().filter(|one| *one != tag).collect();
        if let Some(at) = image.built_at().filter(|_| !moving.is_empty()) {
            let says = format!("{at}; shown, not judged");
            section.set(Found, "moving_tags", Value::texts(&moving), says);
        }
    }

    fn tag(&self, image: &Candidate, tag: &str, is_found: bool, section: &mut Section) {
        let Some(at) = image.built_at() else { return };
        let is_git_tag =
            image.references().iter().any(|one| one.tag.as_ref().is_some_and(|tag| tag.contains(TAG)));
        if !is_found {
            let says = format!("{at} does not say which tag is the version's; this is the default");
            section.suggest(Guessed, "tag", VERSION.into(), says);
        } else if is_git_tag && !self.release.is_prefix_known {
            section.set(
                Guessed,
                "tag",
                tag.into(),
                format!("{at}: the git tag, which is taken to be v and the version"),
            );
        } else if tag != VERSION {
            section.set(Found, "tag", tag.into(), at);
        }
    }
}
