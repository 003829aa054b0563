//! Runs `--version` or the example of every image, on every platform that it is required for,
//! and keeps what it showed as evidence of the config digest that it ran.

use futures_util::future::join_all;

use jiff::Timestamp;

use super::sink::Learned;
use super::{Context, JobSink, Outline};
use crate::model::{
    Answer, Exchange, FactKey, Image, ImageName, LocalSource, Place, Platform, Reason, Run, RunEnd, RunKind,
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

pub(super) async fn outline(kind: RunKind, context: &Context) -> Result<Outline, String> {
    let targets = targets(kind, context);
    if targets.is_empty() {
        return Err(nothing(kind, context));
    }
    let asked = targets.iter().map(|target| async move {
        (target, gather::runs_where(&target.platform, target.layout, &context.world).await)
    });
    let mut outline = Outline::default();
    let mut nowhere = Vec::new();
    for (target, place) in join_all(asked).await {
        let FactKey::Run { config, argv, .. } = &target.key else { continue };
        let command =
            if argv.is_empty() { "its entrypoint with --version".to_owned() } else { argv.join(" ") };
        let what = format!("`{command}` of {} {} ({})", target.image, target.platform, config.short());
        match place {
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

fn nothing(kind: RunKind, context: &Context) -> String {
    let configured = |image: &Image| match kind {
        RunKind::Version => image.version.is_some(),
        RunKind::Example => image.example.is_some(),
    };
    if context.release.images.iter().any(configured) {
        "no image is built or pushed for its platforms; press b first".to_owned()
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
            let layout = matches!(image.local, Some(LocalSource::Layout(_)));
            let Context { release, policy, scope, facts, .. } = context;
            let configs = dod::configs(image, &platform, release, policy, scope, facts);
            targets.extend(configs.into_iter().map(|config| Target {
                image: image.name.clone(),
                platform: platform.clone(),
                key: FactKey::Run { config, kind, argv: argv.clone() },
                layout,
            }));
        }
    }
    targets
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
        },
        Err(reason) => format!("could not run: {reason}"),
    }
}
