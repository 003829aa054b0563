//! Builds from Dockerfiles in the container engines: every image for every platform at the same time, as
//! many as an engine takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::{Context, JobSink};
use crate::engine::{Assigned, BuildEvent, BuildFailure, BuildSpec, Engine};
use crate::formats::dockerfile;
use crate::model::{
    Build, BuildSecret, Image, ImageName, LocalSource, Platform, Reason, ReasonKind, platform_tag,
};

/// How many builds an engine does at the same time: more share its processors and its disk.
const AT_ONCE: usize = 4;

/// The longest Dockerfile that is looked at, in bytes.
const DOCKERFILE: u64 = 1 << 20;

/// One image to build for one platform.
#[derive(Debug)]
pub(super) struct ImageBuild {
    image: ImageName,
    platform: Platform,
    build: Build,
    dockerfile: PathBuf,
    /// The name that the image gets in the engine.
    name: String,
}

/// The builds of an image, one for each platform.
pub(super) fn builds(image: &Image) -> Result<Vec<ImageBuild>, String> {
    let build = image.build.clone().unwrap_or_default();
    let Some(dockerfile) = build.dockerfile.clone() else {
        return Err(format!("image {} has neither a Dockerfile nor a build command", image.name));
    };
    let Some(LocalSource::Engine(local)) = &image.local else {
        let name = image.repositories.first().map_or(image.name.as_str(), |repository| repository.path());
        let name = name.rsplit('/').next().unwrap_or(name);
        return Err(format!(
            "image {} has a Dockerfile, and nothing says what it is called in the engine; set `local = \
             \"docker:{name}:{}\"` for it, or `build.command` to a command that writes an OCI layout",
            image.name, image.tag
        ));
    };
    let of = |platform: &Platform| ImageBuild {
        image: image.name.clone(),
        platform: platform.clone(),
        build: build.clone(),
        dockerfile: dockerfile.clone(),
        name: platform_tag(local, platform),
    };
    Ok(image.platforms.iter().map(of).collect())
}

/// What a plan says of the builds, and what the operator should know.
pub(super) async fn steps(
    builds: &[ImageBuild],
    context: &Context,
) -> Result<(Vec<String>, Vec<String>), String> {
    let (mut steps, mut warnings) = (Vec::new(), Vec::new());
    let asked = builds.iter().map(|build| async move { (build, engine_for(&build.platform, context).await) });
    for (build, engine) in join_all(asked).await {
        let label = build.label();
        let (assigned, warning) = engine.map_err(|reason| format!("{label}: {reason}"))?;
        warnings.extend(warning.map(|warning| format!("{label}: {warning}")));
        let how = if assigned.emulated { " (emulated)" } else { "" };
        let target = build.build.target.as_ref().map(|target| format!(", stage {target}"));
        steps.push(format!(
            "build {label} from {}{} as {} in engine {}{how}",
            build.dockerfile.display(),
            target.unwrap_or_default(),
            build.name,
            assigned.engine.address()
        ));
        steps.extend(build.secrets());
    }
    steps.dedup();
    Ok((steps, warnings))
}

/// The engine of a platform. One that cannot run its programs can still build an image that runs none.
async fn engine_for(platform: &Platform, context: &Context) -> Result<(Assigned, Option<String>), Reason> {
    match context.world.engines.to_build(platform).await {
        Ok(assigned) => Ok((assigned, None)),
        Err(reason) if reason.kind == ReasonKind::NoEmulation => {
            let engines = context.world.engines.answering().await?;
            let engine = engines.into_iter().find(|engine| engine.builds().is_ok());
            let engine = engine.ok_or_else(|| reason.clone())?;
            Ok((Assigned { engine, emulated: true }, Some(format!("every RUN will fail: {reason}"))))
        }
        Err(reason) => Err(reason),
    }
}

impl ImageBuild {
    fn label(&self) -> String {
        format!("{} {}", self.image, self.platform)
    }

    fn secrets(&self) -> Vec<String> {
        let said = |(id, place): (&String, &BuildSecret)| match place {
            BuildSecret::Env(name) => format!("give builds the secret {id} of the variable {name}"),
            BuildSecret::File(path) => format!("give builds the secret {id} of the file {}", path.display()),
        };
        self.build.secrets.iter().map(said).collect()
    }

    /// Builds it; what went wrong in a line.
    pub(super) async fn run(&self, at: usize, context: &Context, board: &Board<'_>) -> Result<(), String> {
        let label = self.label();
        let failed = |reason: Reason| format!("{label}: {reason}");
        let (assigned, warning) = engine_for(&self.platform, context).await.map_err(failed)?;
        if let Some(warning) = warning {
            board.sink.line(&format!("{label}: {warning}")).await;
        }
        let turns = board.turns(&assigned.engine);
        let _turn = turns.acquire().await;
        let text = read(&context.world.wiring.path(&self.dockerfile)).await;
        let spec = self.spec(&text, context);
        match assigned.engine.build(&spec, |event| board.event(at, &label, event)).await {
            Ok(built) => {
                board.done(at, &label);
                let how = if assigned.emulated { ", emulated" } else { "" };
                let id = &built.image.id;
                let said = format!("{label}: built {} ({id}, {}{how})", built.name, built.image.platform);
                board.sink.line(&said).await;
                Ok(())
            }
            Err(failure) => Err(self.failed(&failure, &text, board.sink).await),
        }
    }

    fn spec(&self, dockerfile_text: &str, context: &Context) -> BuildSpec {
        let wiring = &context.world.wiring;
        let epoch = self.build.source_date_epoch.or_else(epoch_of_environment);
        let created = created(epoch, context);
        let declared = dockerfile::arguments(dockerfile_text);
        let secrets = self.build.secrets.iter().map(|(id, place)| {
            let place = match place {
                BuildSecret::File(path) => BuildSecret::File(wiring.path(path)),
                BuildSecret::Env(name) => BuildSecret::Env(name.clone()),
            };
            (id.clone(), place)
        });
        BuildSpec {
            platform: self.platform.clone(),
            name: self.name.clone(),
            context: wiring.path(&self.build.context),
            dockerfile: wiring.path(&self.dockerfile),
            target: self.build.target.clone(),
            args: context.release.build_args(&self.build, &declared, Some(&created)),
            labels: self.labels(&created, context),
            secrets: secrets.collect(),
            cache_from: self.build.cache_from.clone(),
            no_cache: self.build.no_cache,
            source_date_epoch: epoch,
        }
    }

    /// What the release tells (OCI image-spec, `annotations.md`), and what the configuration adds or says
    /// otherwise.
    fn labels(&self, created: &str, context: &Context) -> BTreeMap<String, String> {
        let release = &context.release;
        let told = [
            ("version", Some(release.version.clone())),
            ("revision", release.revision.clone()),
            ("created", Some(created.to_owned())),
            ("source", release.source.clone()),
        ];
        let named = |(name, value): (&str, Option<String>)| {
            Some((format!("org.opencontainers.image.{name}"), value?))
        };
        let own = self.build.labels.iter();
        let own = own.filter_map(|(name, text)| Some((name.clone(), release.filled(text, Some(created))?)));
        told.into_iter().filter_map(named).chain(own).collect()
    }

    /// Shows the last lines of the step that failed, and says in one line what and where.
    async fn failed(&self, failure: &BuildFailure, dockerfile_text: &str, sink: &JobSink) -> String {
        let label = self.label();
        let line =
            dockerfile::line_of_failure(dockerfile_text, failure.step.as_deref(), &failure.reason.text);
        let place = line.map(|line| format!(" {}:{line}:", self.dockerfile.display())).unwrap_or_default();
        let Some(step) = &failure.step else { return format!("{label}:{place} {failure}") };
        if !failure.lines.is_empty() {
            sink.line(&format!("{label}: the last lines of {step}:")).await;
        }
        for line in &failure.lines {
            sink.line(&format!("{label}:   {line}")).await;
        }
        let last = failure.lines.iter().rev().find(|line| !line.trim().is_empty());
        let last = last.map(|line| format!("; its last line: {line}")).unwrap_or_default();
        format!("{label}:{place} {step}: {failure}{last}")
    }
}

/// When the image was made: the time that makes builds reproducible, else the time of what is known.
fn created(epoch: Option<u64>, context: &Context) -> String {
    let of_epoch = |seconds: u64| jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok();
    let at = epoch.and_then(of_epoch).unwrap_or(context.facts.as_of);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn epoch_of_environment() -> Option<u64> {
    std::env::var("SOURCE_DATE_EPOCH").ok()?.trim().parse().ok()
}

/// A Dockerfile's text; empty where it cannot be read, which the build itself will say.
async fn read(path: &Path) -> String {
    use tokio::io::AsyncReadExt as _;
    let mut bytes = Vec::new();
    if let Ok(file) = tokio::fs::File::open(path).await {
        let _ = file.take(DOCKERFILE).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How far all builds are, together.
pub(super) struct Board<'a> {
    sink: &'a JobSink,
    /// Steps done and known, by build.
    steps: Mutex<Vec<(usize, usize)>>,
    turns: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

impl<'a> Board<'a> {
    pub(super) fn new(sink: &'a JobSink, builds: usize) -> Self {
        Self { sink, steps: Mutex::new(vec![(0, 1); builds]), turns: Mutex::default() }
    }

    /// The turns of an engine.
    fn turns(&self, engine: &Engine) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(AT_ONCE));
        Arc::clone(turns.entry(engine.address().to_owned()).or_insert_with(new))
    }

    fn event(&self, at: usize, label: &str, event: BuildEvent) {
        let line = match event {
            BuildEvent::Progress { done, total, step } => {
                // The image is named at last: until then one step is left.
                return self.count(at, (done, total + 1), format!("{label}: {step}"));
            }
            BuildEvent::Started { step } => format!("{label}: {step}"),
            BuildEvent::Cached { step } => format!("{label}: {step}: cached"),
            BuildEvent::Done { step, millis } => format!("{label}: {step}: {}", duration(millis)),
            BuildEvent::Failed { step, text } => format!("{label}: {step}: failed: {text}"),
            BuildEvent::Line { step, text } => format!("{label}: {}: {text}", place(&step)),
            BuildEvent::Note(text) => format!("{label}: {text}"),
        };
        self.sink.try_line(&line);
    }

    fn done(&self, at: usize, label: &str) {
        let total = self.steps.lock().unwrap_or_else(PoisonError::into_inner)[at].1;
        self.count(at, (total, total), format!("{label}: built"));
    }

    fn count(&self, at: usize, now: (usize, usize), what: String) {
        let (done, total) = {
            let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
            steps[at] = now;
            steps.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        self.sink.try_progress(done, total, what);
    }
}

/// `[build 2/4]` of `[build 2/4] RUN make`.
fn place(step: &str) -> &str {
    step.split_once("] ").map_or(step, |(place, _)| &step[..=place.len()])
}

fn duration(millis: u64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}
