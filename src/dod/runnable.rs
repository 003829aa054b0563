//! Which configs a run has to be of, so that it counts: those of the images that are judged.

use std::collections::BTreeMap;

use crate::model::{Digest, Facts, Image, Platform, Policy, Release, Scope};

use super::context::Context;
use super::sight::Sight;

/// The config digests of what is judged of `image` on `platform`: in registries, or local.
pub fn configs(
    image: &Image,
    platform: &Platform,
    release: &Release,
    policy: &Policy,
    scope: &Scope,
    facts: &Facts,
) -> Vec<Digest> {
    let wanted = BTreeMap::new();
    let context = Context::new(release, policy, scope, facts, &wanted);
    let Sight::Seen(there) = context.there(image, platform) else { return Vec::new() };
    let mut configs = Vec::new();
    for subject in there.subjects() {
        if let Sight::Seen(config) = subject.config_digest(facts)
            && !configs.contains(&config)
        {
            configs.push(config);
        }
    }
    configs
}
