//! What the checks make of a sample, and how a test takes its evidence away.

use std::collections::{BTreeMap, BTreeSet};

use crate::dod::checks::{Checked, check};
use crate::dod::context::Context;
use crate::dod::wants;
use crate::model::{
    Digest, Fact, FactKey, ImageConfig, ImageIndex, Item, LayerIndex, Manifest, Observed, Outcome, Place,
    Platform, ReasonKind,
};

use super::Sample;

impl Sample {
    /// What is still wanted.
    pub fn wanted(&self) -> BTreeMap<FactKey, Vec<Place>> {
        wants(&self.release, &self.policy, &self.scope, &self.facts)
    }

    /// What the check of `item` makes of the facts.
    pub(in crate::dod) fn checked(&self, item: Item) -> Checked {
        let wanted = self.wanted();
        let context = Context::new(&self.release, &self.policy, &self.scope, &self.facts, &wanted);
        check(item, &context)
    }

    /// The outcomes of the cells that count, each different one once.
    pub fn outcomes(&self, item: Item) -> BTreeSet<Outcome> {
        self.checked(item).cells.iter().filter(|cell| !cell.beyond).map(|cell| cell.outcome).collect()
    }

    /// Forgets a fact and says that it could not be looked at.
    pub fn unsee(&mut self, key: &FactKey) {
        self.put_unknown(key.clone(), ReasonKind::TimedOut, "no answer in 10 s");
    }

    /// The index digest of what is built.
    pub fn index(&self, image: &str) -> Digest {
        self.local(image).index.unwrap()
    }

    /// The manifest of what is built.
    pub fn child(&self, image: &str, platform: &Platform) -> Digest {
        let images = self.local(image).images;
        images.into_iter().find(|local| local.platform == *platform).unwrap().manifest.unwrap()
    }

    /// The config of what is built.
    pub fn config(&self, image: &str, platform: &Platform) -> Digest {
        self.local(image).images.into_iter().find(|local| local.platform == *platform).unwrap().config
    }

    /// Changes a config without changing its digest, which is enough for a test.
    pub fn change_config(&mut self, image: &str, platform: &Platform, change: impl FnOnce(&mut ImageConfig)) {
        let key = FactKey::Config(self.config(image, platform));
        let mut config = self.facts.config(&key).and_then(Observed::seen).cloned().unwrap();
        change(&mut config);
        self.put(key, Fact::Config(Observed::Seen(config)));
    }

    /// The key of an image's only layer.
    pub fn layer_key(&self, image: &str, platform: &Platform) -> FactKey {
        let key = FactKey::Manifest(self.child(image, platform));
        match self.facts.manifest(&key).and_then(Observed::seen).unwrap() {
            Manifest::Image(manifest) => FactKey::Layer(manifest.layers[0].digest.clone()),
            Manifest::Index(_) => panic!("an index"),
        }
    }

    /// Changes a layer likewise.
    pub fn change_layer(&mut self, image: &str, platform: &Platform, change: impl FnOnce(&mut LayerIndex)) {
        let key = self.layer_key(image, platform);
        let mut layer = self.facts.layer(&key).and_then(Observed::seen).cloned().unwrap();
        change(&mut layer);
        self.put(key, Fact::Layer(Observed::Seen(layer)));
    }

    /// Changes an image's index likewise.
    pub fn change_index(&mut self, image: &str, change: impl FnOnce(&mut ImageIndex)) {
        let key = FactKey::Manifest(self.index(image));
        let mut manifest = self.facts.manifest(&key).and_then(Observed::seen).cloned().unwrap();
        if let Manifest::Index(index) = &mut manifest {
            change(index);
        }
        self.put(key, Fact::Manifest(Observed::Seen(manifest)));
    }

    /// Removes every fact that `pick` picks.
    pub fn forget(&mut self, pick: impl Fn(&FactKey) -> bool) {
        let keys: Vec<FactKey> =
            self.facts.iter().map(|(key, _)| key.clone()).filter(|key| pick(key)).collect();
        for key in keys {
            self.facts.remove(&key);
        }
    }
}
