//! Runs of images: those that are kept, and those that an audit or an action executes.

use super::{World, blocking, loads, local_exchange, nobody, pulls};
use crate::formats;
use crate::model::{
    Answer, Digest, Exchange, Fact, FactKey, Facts, Image, ImageConfig, ImageManifest, LocalSource, Manifest,
    Observed, Place, Platform, Reason, ReasonKind, Repository, Run, RunKind, StoredRun,
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
    let answer = match execute(key, Origin::Nearest, facts, world, |_| {}).await {
        Ok(run) => Answer::Run(run),
        Err(reason) => Answer::Failed(reason),
    };
    if places.is_empty() && matches!(answer, Answer::Failed(_)) {
        return vec![nobody(places, ReasonKind::NotConfigured, "nothing says where the image to run is")];
    }
    vec![local_exchange(place, request(key), answer)]
}

/// Whose bytes are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This machine's own copy where it has one, else a registry's.
    Nearest,
    /// What a registry gives, even where this machine has a copy.
    Registry,
}

/// Runs what `key` names, and keeps what it showed as evidence of the config digest that it ran: in a
/// container of the engine that serves its platform, else as a process of this host where that is allowed.
///
/// # Errors
/// Why nothing could be run: no engine, no emulation, the image is nowhere.
pub async fn execute(
    key: &FactKey,
    origin: Origin,
    facts: &Facts,
    world: &World,
    mut output: impl FnMut(&str) + Send,
) -> Result<Run, Reason> {
    let FactKey::Run { config, .. } = key else {
        return Err(Reason::new(ReasonKind::NotConfigured, "only runs can be run"));
    };
    let mut places = places(config, facts, world);
    let mut pulled = Vec::new();
    if origin == Origin::Registry {
        pulled = pull(config, &places, facts, world).await?;
        places = pulled.iter().cloned().map(Place::Registry).collect();
    }
    let spec = spec(key, &places, facts, world)?;
    let run = match world.engines.for_platform(&spec.platform).await {
        Ok(assigned) => {
            let engine = &assigned.engine;
            let manifest = manifest_of(config, facts);
            let bring =
                async || loads::bring(config, &spec.platform, manifest, &places, engine, facts, world).await;
            let mut image = bring().await?;
            let mut run = runner::in_container(&spec, &assigned, image.reference(), &mut output).await;
            // Another exitbar on the same engine may have been done with the image just then, and taken it away.
            if run.is_err() && matches!(engine.inspect(image.reference()).await, Ok(None)) {
                image.release().await;
                image = bring().await?;
                run = runner::in_container(&spec, &assigned, image.reference(), &mut output).await;
            }
            image.release().await;
            run?
        }
        Err(_) if spec.layout.is_some() && world.wiring.host_process.is_some() => {
            runner::as_host_process(&spec, &world.wiring, output).await?
        }
        Err(reason) => return Err(reason),
    };
    let run = Run { pulled, ..run };
    keep(key, &places, &run, world);
    Ok(run)
}

/// The repositories that publish the image of this config, once each gave every byte of it.
async fn pull(
    config: &Digest,
    places: &[Place],
    facts: &Facts,
    world: &World,
) -> Result<Vec<Repository>, Reason> {
    let mut given = Vec::new();
    for repository in pulls::repositories(places) {
        let Some(manifest) = manifest_of(config, facts) else { continue };
        if holds(repository, config, facts) {
            pulls::through(repository, config, manifest, facts, world).await?;
            given.push(repository.clone());
        }
    }
    Ok(given)
}

/// Whether the manifest of this config was seen in a repository, by its digest or as what the tag resolves to.
fn holds(repository: &Repository, config: &Digest, facts: &Facts) -> bool {
    let is_of = |digest: &Digest| {
        let manifest = facts.manifest(&FactKey::Manifest(digest.clone())).and_then(Observed::seen);
        matches!(manifest, Some(Manifest::Image(manifest)) if manifest.config.digest == *config)
    };
    facts.iter().any(|(key, entry)| match (key, entry.fact.as_ref()) {
        (FactKey::Present { repository: at, digest }, Fact::Present(Observed::Seen(()))) => {
            at == repository && is_of(digest)
        }
        (FactKey::Tag { repository: at, .. }, Fact::Tag(Observed::Seen(tag))) => {
            at == repository && is_of(&tag.digest)
        }
        _ => false,
    })
}

/// Where an image of this config would run, in words, without running it.
///
/// # Errors
/// As [`execute`].
pub async fn runs_where(platform: &Platform, local: bool, world: &World) -> Result<String, Reason> {
    match world.engines.for_platform(platform).await {
        Ok(assigned) => {
            let how = if assigned.emulated { "emulated" } else { "native" };
            Ok(format!("in a container of engine {} ({how})", assigned.engine.address()))
        }
        Err(_) if local && world.wiring.host_process.is_some() => {
            Ok("as a process of this host, without a container".to_owned())
        }
        Err(reason) => Err(reason),
    }
}

fn request(key: &FactKey) -> String {
    match key {
        FactKey::Run { kind: RunKind::Healthcheck, .. } => "run it until its healthcheck answers".to_owned(),
        FactKey::Run { kind, argv, .. } if argv.is_empty() => format!("run the entrypoint ({})", kind.word()),
        FactKey::Run { argv, .. } => format!("run {}", argv.join(" ")),
        _ => "run".to_owned(),
    }
}

/// What is kept is read the same way as what has just run.
fn keep(key: &FactKey, places: &[Place], run: &Run, world: &World) {
    let place = places.first().cloned().unwrap_or(Place::Store);
    let exchange = local_exchange(place, request(key), Answer::Run(run.clone()));
    for (key, fact, evidence) in formats::read(key, &[exchange]) {
        if let Fact::Run(Observed::Seen(run)) = fact {
            // A store that cannot be written is a warning of its own, not the run's trouble.
            let _ = world.store.keep_run(&StoredRun { key, run, evidence });
        }
    }
}

fn spec(key: &FactKey, places: &[Place], facts: &Facts, world: &World) -> Result<RunSpec, Reason> {
    let FactKey::Run { config: digest, kind, argv } = key else {
        return Err(Reason::new(ReasonKind::NotConfigured, "only runs can be run"));
    };
    let Some(Observed::Seen(config)) = facts.config(&FactKey::Config(digest.clone())) else {
        return Err(Reason::new(
            ReasonKind::Unreadable,
            format!("the config {digest} could not be read, so it cannot be run"),
        ));
    };
    let layers = manifest_of(digest, facts).map(|manifest| &manifest.layers);
    let image = image_of(digest, argv, *kind, facts, world);
    let example = image.and_then(|image| image.example.clone());
    let example = example.filter(|_| *kind == RunKind::Example);
    let mut limits = Limits::of(*kind);
    if *kind == RunKind::Healthcheck
        && let Some(healthcheck) = image.and_then(|image| image.healthcheck)
    {
        limits.time = healthcheck.timeout;
    }
    Ok(RunSpec {
        kind: *kind,
        platform: config.platform.clone(),
        layout: loads::layout_of(places, world),
        layers: layers.into_iter().flatten().map(|layer| layer.digest.clone()).collect(),
        config: ImageConfig::clone(config),
        argv: argv.clone(),
        inputs: example
            .as_ref()
            .and_then(|example| example.inputs.as_ref())
            .map(|inputs| world.wiring.path(inputs)),
        outputs: example.map(|example| example.outputs).unwrap_or_default(),
        limits,
    })
}

fn manifest_of<'a>(config: &Digest, facts: &'a Facts) -> Option<&'a ImageManifest> {
    facts.iter().find_map(|(_, entry)| match entry.fact.as_ref() {
        Fact::Manifest(Observed::Seen(Manifest::Image(manifest))) if manifest.config.digest == *config => {
            Some(manifest)
        }
        _ => None,
    })
}

/// The image that a run of this config is of: the one that has it locally, else the one with this command.
fn image_of<'a>(
    config: &Digest,
    argv: &[String],
    kind: RunKind,
    facts: &Facts,
    world: &'a World,
) -> Option<&'a Image> {
    let images = &world.release.images;
    let command = |image: &Image| match kind {
        RunKind::Version => image.version.as_ref().is_some_and(|version| version.command == argv),
        RunKind::Example => image.example.as_ref().is_some_and(|example| example.command == argv),
        RunKind::Healthcheck => image.healthcheck.is_some(),
    };
    let here = images.iter().find(|image| is_local(image, config, facts) && command(image));
    here.or_else(|| images.iter().find(|image| command(image)))
}

fn is_local(image: &Image, config: &Digest, facts: &Facts) -> bool {
    let local = facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen);
    local.is_some_and(|local| local.images.iter().any(|one| one.config == *config))
}

/// Where the image of a config may be: on this machine first, then in the repositories.
fn places(config: &Digest, facts: &Facts, world: &World) -> Vec<Place> {
    let mut places = Vec::new();
    for image in world.release.images.iter().filter(|image| is_local(image, config, facts)) {
        match &image.local {
            Some(LocalSource::Layout(layout)) => places.push(Place::Layout(layout.clone())),
            Some(LocalSource::Engine(name)) => places.push(Place::Engine(name.clone())),
            None => {}
        }
    }
    if manifest_of(config, facts).is_some() {
        let repositories = world.release.repositories();
        places.extend(repositories.map(|(_, repository)| Place::Registry(repository.clone())));
    }
    places
}
