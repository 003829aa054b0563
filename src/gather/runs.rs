//! Runs of images: those that are kept, and those that an audit or an action executes.

use super::{World, blocking, local_exchange, nobody};
use crate::formats;
use crate::model::{
    Answer, Digest, Example, Exchange, Fact, FactKey, Facts, ImageConfig, ImageManifest, LocalSource,
    Manifest, Observed, Place, Reason, ReasonKind, Run, RunKind, StoredRun,
};
use crate::runner::{self, Limits, RunSpec};

/// The runs of a config that this machine keeps.
pub(super) async fn stored(config: &Digest, world: &World) -> Vec<Exchange> {
    let (store, wanted) = (world.store.clone(), config.clone());
    let answer = match blocking(move || store.runs(&wanted)).await {
        Ok(runs) => Answer::StoredRuns(runs),
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Store, format!("runs of {config}"), answer)]
}

/// Executes a run that the scope asks for.
pub(super) async fn wanted(key: &FactKey, places: &[Place], facts: &Facts, world: &World) -> Vec<Exchange> {
    let place = places.first().cloned().unwrap_or(Place::Store);
    let answer = match execute(key, facts, world, |_| {}).await {
        Ok(run) => Answer::Run(run),
        Err(reason) => Answer::Failed(reason),
    };
    if places.is_empty() && matches!(answer, Answer::Failed(_)) {
        return vec![nobody(places, ReasonKind::NotConfigured, "nothing says where the image to run is")];
    }
    vec![local_exchange(place, request(key), answer)]
}

/// Runs what `key` names, and keeps what it showed as evidence of the config digest that it ran.
///
/// # Errors
/// Why nothing could be run: the image is not in a layout here, runs are not allowed, no emulation.
pub async fn execute(
    key: &FactKey,
    facts: &Facts,
    world: &World,
    output: impl FnMut(&str) + Send,
) -> Result<Run, Reason> {
    let spec = spec(key, facts, world)?;
    let run = runner::run(&spec, &world.wiring, output).await?;
    keep(key, &spec, &run, world);
    Ok(run)
}

fn request(key: &FactKey) -> String {
    match key {
        FactKey::Run { kind, argv, .. } if argv.is_empty() => format!("run the entrypoint ({})", kind.word()),
        FactKey::Run { argv, .. } => format!("run {}", argv.join(" ")),
        _ => "run".to_owned(),
    }
}

/// What is kept is read the same way as what has just run.
fn keep(key: &FactKey, spec: &RunSpec, run: &Run, world: &World) {
    let place = Place::Layout(spec.layout.clone());
    let exchange = local_exchange(place, request(key), Answer::Run(run.clone()));
    for (key, fact, evidence) in formats::read(key, &[exchange]) {
        if let Fact::Run(Observed::Seen(run)) = fact {
            // A store that cannot be written is a warning of its own, not the run's trouble.
            let _ = world.store.keep_run(&StoredRun { key, run, evidence });
        }
    }
}

fn spec(key: &FactKey, facts: &Facts, world: &World) -> Result<RunSpec, Reason> {
    let FactKey::Run { config: digest, kind, argv } = key else {
        return Err(Reason::new(ReasonKind::NotConfigured, "only runs can be run"));
    };
    let Some(Observed::Seen(config)) = facts.config(&FactKey::Config(digest.clone())) else {
        return Err(Reason::new(
            ReasonKind::Unreadable,
            format!("the config {digest} could not be read, so it cannot be run"),
        ));
    };
    let layers = manifest_of(digest, facts)
        .map(|manifest| manifest.layers.iter().map(|layer| layer.digest.clone()).collect())
        .ok_or_else(|| {
            Reason::new(ReasonKind::Unreadable, format!("no manifest of the config {digest} is known"))
        })?;
    let (layout, example) = source(digest, facts, world)?;
    Ok(RunSpec {
        kind: *kind,
        platform: config.platform.clone(),
        layout,
        layers,
        config: ImageConfig::clone(config),
        argv: argv.clone(),
        inputs: example
            .as_ref()
            .and_then(|example| example.inputs.as_ref())
            .map(|inputs| world.wiring.path(inputs)),
        outputs: example.map(|example| example.outputs).unwrap_or_default(),
        limits: Limits::of(*kind),
    }
    .without_example_unless(*kind == RunKind::Example))
}

fn manifest_of<'a>(config: &Digest, facts: &'a Facts) -> Option<&'a ImageManifest> {
    facts.iter().find_map(|(_, entry)| match entry.fact.as_ref() {
        Fact::Manifest(Observed::Seen(Manifest::Image(manifest))) if manifest.config.digest == *config => {
            Some(manifest)
        }
        _ => None,
    })
}

/// The layout that holds the config, and the example of its image.
fn source(
    config: &Digest,
    facts: &Facts,
    world: &World,
) -> Result<(std::path::PathBuf, Option<Example>), Reason> {
    for image in &world.release.images {
        let Some(LocalSource::Layout(layout)) = &image.local else { continue };
        let local = facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen);
        if local.is_some_and(|local| local.images.iter().any(|one| one.config == *config)) {
            return Ok((world.wiring.path(layout), image.example.clone()));
        }
    }
    let text = format!("no OCI layout on this machine holds the image of config {}", config.short());
    Err(Reason::new(ReasonKind::NoEngine, text).cure("build it here, or run it where an engine can pull it"))
}

impl RunSpec {
    fn without_example_unless(mut self, is_example: bool) -> Self {
        if !is_example {
            self.inputs = None;
            self.outputs = Vec::new();
        }
        self
    }
}
