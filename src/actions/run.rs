//! Runs `--version` or the example of every image, on every platform that it is required for,
//! and keeps what it showed as evidence of the config digest that it ran.

use futures_util::future::join_all;

use jiff::Timestamp;

use super::sink::Learned;
use super::{Context, JobSink, Outline};
use crate::gather::Origin;
use crate::model::{
    Answer, Digest, Exchange, FactKey, Image, ImageConfig, ImageName, LocalSource, Observed, Place, Platform,
    Reason, Run, RunEnd, RunKind, Stage,
};
use crate::{dod, formats, gather};

/// One run to do.
#[derive(Debug)]
struct Target {
    image: ImageName,
    platform: Platform,
    key: FactKey,
    /// Whether it is in an OCI layout of this machine.
    layout: bool,
}

pub(super) async fn outline(kinds: &[RunKind], origin: Origin, context: &Context) -> Result<Outline, String> {
    if origin == Origin::Registry && !is_published(context) {
        return Err("not every image is in a registry under its tag; publish first".to_owned());
    }
    let targets = targets(kinds, context);
    if targets.is_empty() {
        return Err(nothing(kinds, context));
    }
    let asked = targets.iter().map(|target| async move {
        let here = target.layout && origin == Origin::Nearest;
        (target, gather::runs_where(&target.platform, here, &context.world).await)
    });
    let mut outline = Outline::default();
    let mut nowhere = Vec::new();
    for (target, place) in join_all(asked).await {
        let FactKey::Run { config, argv, kind } = &target.key else { continue };
        let command = match kind {
            RunKind::Healthcheck => "its own command until its healthcheck answers".to_owned(),
            RunKind::Version | RunKind::Example if argv.is_empty() => {
                "its entrypoint with --version".to_owned()
            }
            RunKind::Version | RunKind::Example => argv.join(" "),
        };
        let what = format!("`{command}` of {} {} ({})", target.image, target.platform, config.short());
        match place {
            Ok(place) if origin == Origin::Registry => {
                let (image, platform) = (&target.image, &target.platform);
                outline
                    .steps
                    .push(format!("pull {image} {platform} from every registry, every layer by digest"));
                outline.steps.push(format!("run {what} {place}"));
            }
            Ok(place) => outline.steps.push(format!("run {what} {place}")),
            Err(reason) => nowhere.push(format!("{what} cannot run: {reason}")),
        }
    }
    if outline.steps.is_empty() {
        return Err(nowhere.into_iter().next().unwrap_or_default());
    }
    outline.warnings = nowhere;
    Ok(outline)
}

fn is_published(context: &Context) -> bool {
    let Context { release, policy, scope, facts, .. } = context;
    let stages = dod::judge(release, policy, scope, facts).stages;
    stages.values().all(|stage| matches!(stage, Stage::Published(_)))
}

fn nothing(kinds: &[RunKind], context: &Context) -> String {
    let asked = |image: &Image, kind: &RunKind| match kind {
        RunKind::Version => image.version.is_some(),
        RunKind::Example => image.example.is_some(),
        RunKind::Healthcheck => image.healthcheck.is_some(),
    };
    let configured = |image: &Image| kinds.iter().any(|kind| asked(image, kind));
    if context.release.images.iter().any(configured) {
        "no image is built or pushed for its platforms; press b first".to_owned()
    } else {
        let word = kinds.first().map_or("version", |kind| kind.word());
        format!("no image has a command for it; set `{word} = {{ command = […] }}`")
    }
}

fn targets(kinds: &[RunKind], context: &Context) -> Vec<Target> {
    let of = |image| kinds.iter().map(move |kind| (*kind, image));
    let all = context.release.images.iter().flat_map(of);
    all.flat_map(|(kind, image)| of_image(kind, image, context)).collect()
}

fn of_image(kind: RunKind, image: &Image, context: &Context) -> Vec<Target> {
    let (platforms, argv) = match kind {
        RunKind::Version => match &image.version {
            Some(version) => (image.platforms.clone(), version.command.clone()),
            None => return Vec::new(),
        },
        RunKind::Example => match &image.example {
            Some(example) => (image.example_platforms(&context.policy.native), example.command.clone()),
            None => return Vec::new(),
        },
        RunKind::Healthcheck if image.healthcheck.is_none() => return Vec::new(),
        RunKind::Healthcheck => (image.platforms.clone(), Vec::new()),
    };
    let layout = matches!(image.local, Some(LocalSource::Layout(_)));
    let Context { release, policy, scope, facts, .. } = context;
    // An image without a healthcheck fails by that alone.
    let has_one = |config: &Digest| {
        let config = facts.config(&FactKey::Config(config.clone())).and_then(Observed::seen);
        kind != RunKind::Healthcheck || config.is_some_and(ImageConfig::has_healthcheck)
    };
    let mut targets = Vec::new();
    for platform in platforms {
        let configs = dod::configs(image, &platform, release, policy, scope, facts);
        targets.extend(configs.into_iter().filter(has_one).map(|config| Target {
            image: image.name.clone(),
            platform: platform.clone(),
            key: FactKey::Run { config, kind, argv: argv.clone() },
            layout,
        }));
    }
    targets
}

pub(super) async fn perform(
    kinds: &[RunKind],
    origin: Origin,
    context: &Context,
    sink: &JobSink,
) -> Result<String, String> {
    let targets = targets(kinds, context);
    let total = targets.len();
    sink.progress(0, total, "running").await;
    let runs = targets.iter().map(|target| async move {
        let label = format!("{} {}", target.image, target.platform);
        let show = |line: &str| sink.try_line(&format!("{label}: {line}"));
        let ran = gather::execute(&target.key, origin, &context.facts, &context.world, show).await;
        sink.line(&format!("{label}: {}", said(&ran))).await;
        if let Err(reason) = &ran {
            sink.learn(not_run(&target.key, reason, context.facts.as_of));
        }
        ran
    });
    let ran: Vec<Result<Run, Reason>> = join_all(runs).await;
    sink.progress(total, total, "ran").await;
    // What a registry does not give, or nothing here can run, was not validated.
    if let Some(reason) = ran.iter().filter(|_| origin == Origin::Registry).find_map(|run| run.as_ref().err())
    {
        return Err(reason.to_string());
    }
    let is_health = |target: &&Target| matches!(target.key, FactKey::Run { kind: RunKind::Healthcheck, .. });
    let health = targets.iter().filter(is_health).count();
    let ended = |how: RunEnd| ran.iter().filter(|run| run.as_ref().is_ok_and(|run| run.ended == how)).count();
    // The exit code of a container whose healthcheck was waited for is no success.
    let exited = targets.iter().zip(&ran).filter(|(target, run)| {
        !is_health(target) && run.as_ref().is_ok_and(|run| run.ended == RunEnd::Exited(0))
    });
    let exited = format!("{} of {} runs ended with exit code 0", exited.count(), total - health);
    let healthy = format!("{} of {health} containers are healthy", ended(RunEnd::Healthy));
    Ok(match (total - health, health) {
        (_, 0) => exited,
        (0, _) => healthy,
        _ => format!("{exited}, {healthy}"),
    })
}

/// That a run was not possible is a fact as well: unknown, with its reason.
fn not_run(key: &FactKey, reason: &Reason, at: Timestamp) -> Vec<Learned> {
    let exchange = Exchange {
        place: Place::Store,
        request: "run it".to_owned(),
        credentials: false,
        at,
        answer: Answer::Failed(reason.clone()),
    };
    formats::read(key, &[exchange])
}

fn said(ran: &Result<Run, Reason>) -> String {
    match ran {
        Ok(run) => match run.ended {
            RunEnd::Exited(code) => format!("exit {code} after {} ms", run.millis),
            RunEnd::ExecFormatError => "exec format error".to_owned(),
            RunEnd::TimedOut => "stopped: it ran too long".to_owned(),
            RunEnd::Flooded => "stopped: it printed too much".to_owned(),
            RunEnd::Healthy => format!("healthy after {} ms", run.millis),
            RunEnd::Unhealthy => format!("unhealthy after {} ms", run.millis),
        },
        Err(reason) => format!("could not run: {reason}"),
    }
}
