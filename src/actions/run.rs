//! Runs `--version` or the example of every image, on every platform that it is required for,
//! and keeps what it showed as evidence of the config digest that it ran.

use futures_util::future::join_all;

use jiff::Timestamp;

use super::sink::Learned;
use super::{Context, JobSink, Outline};
use crate::formats;
use crate::gather;
use crate::model::{
    Answer, Digest, Exchange, FactKey, Image, ImageName, LocalSource, Place, Platform, Reason, Run, RunEnd,
    RunKind,
};

/// One run to do.
#[derive(Debug)]
struct Target {
    image: ImageName,
    platform: Platform,
    key: FactKey,
}

pub(super) fn outline(kind: RunKind, context: &Context) -> Result<Outline, String> {
    if context.world.wiring.host_process.is_none() {
        return Err(
            "running images in an engine is not built yet, and programs of local images run as processes of \
                    this host only with `[host_process] allow = true`"
                .to_owned(),
        );
    }
    let targets = targets(kind, context);
    if targets.is_empty() {
        return Err(nothing(kind, context));
    }
    let mut outline = Outline::default();
    for target in &targets {
        let FactKey::Run { config, argv, .. } = &target.key else { continue };
        let command =
            if argv.is_empty() { "its entrypoint with --version".to_owned() } else { argv.join(" ") };
        outline.steps.push(format!(
            "run `{command}` of {} {} ({}) as a process of this host, without a container",
            target.image,
            target.platform,
            config.short()
        ));
    }
    Ok(outline)
}

fn nothing(kind: RunKind, context: &Context) -> String {
    let configured = |image: &Image| match kind {
        RunKind::Version => image.version.is_some(),
        RunKind::Example => image.example.is_some(),
    };
    if context.release.images.iter().any(configured) {
        "no local image is built; press b first".to_owned()
    } else {
        format!("no image has a command for it; set `{} = {{ command = […] }}`", kind.word())
    }
}

fn targets(kind: RunKind, context: &Context) -> Vec<Target> {
    let mut targets = Vec::new();
    for image in &context.release.images {
        let (platforms, argv) = match kind {
            RunKind::Version => {
                let Some(version) = &image.version else { continue };
                (image.platforms.clone(), version.command.clone())
            }
            RunKind::Example => {
                let Some(example) = &image.example else { continue };
                (image.example_platforms(&context.policy.native), example.command.clone())
            }
        };
        for platform in platforms {
            if let Some(config) = built(image, &platform, context) {
                let key = FactKey::Run { config, kind, argv: argv.clone() };
                targets.push(Target { image: image.name.clone(), platform, key });
            }
        }
    }
    targets
}

/// The config digest of the local image for `platform`.
fn built(image: &Image, platform: &Platform, context: &Context) -> Option<Digest> {
    let local = context.facts.local(&FactKey::Local(image.name.clone()))?.seen()?;
    if !matches!(image.local, Some(LocalSource::Layout(_))) {
        return None;
    }
    local.images.iter().find(|one| one.platform == *platform).map(|one| one.config.clone())
}

pub(super) async fn perform(kind: RunKind, context: &Context, sink: &JobSink) -> Result<String, String> {
    let targets = targets(kind, context);
    let total = targets.len();
    sink.progress(0, total, "running").await;
    let runs = targets.iter().map(|target| async move {
        let label = format!("{} {}", target.image, target.platform);
        let show = |line: &str| sink.try_line(&format!("{label}: {line}"));
        let ran = gather::execute(&target.key, &context.facts, &context.world, show).await;
        sink.line(&format!("{label}: {}", said(&ran))).await;
        if let Err(reason) = &ran {
            sink.learn(not_run(&target.key, reason, context.facts.as_of));
        }
        ran
    });
    let ran: Vec<Result<Run, Reason>> = join_all(runs).await;
    sink.progress(total, total, "ran").await;
    let good = ran.iter().filter(|run| run.as_ref().is_ok_and(|run| run.ended == RunEnd::Exited(0))).count();
    Ok(format!("{good} of {total} runs ended with exit code 0"))
}

/// That a run was not possible is a fact as well: unknown, with its reason.
fn not_run(key: &FactKey, reason: &Reason, at: Timestamp) -> Vec<Learned> {
    let exchange = Exchange {
        place: Place::Store,
        request: "run it as a process of this host".to_owned(),
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
        },
        Err(reason) => format!("could not run: {reason}"),
    }
}
