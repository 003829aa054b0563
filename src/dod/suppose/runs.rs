//! What running an image is meant to show.

use std::collections::BTreeSet;

use crate::model::{
    Digest, Fact, FactKey, Facts, Image, Level, Observed, Output, Platform, Policy, ReasonKind, Release, Run,
    RunEnd, RunKind, Scope,
};

use super::super::context::Context;
use super::super::wants;
use super::put;

/// Runs `kind` on every platform of every image that can run here.
pub(super) fn run(kind: RunKind, release: &Release, policy: &Policy, facts: &mut Facts) {
    let targets = targets(kind, release, policy, facts);
    let platforms: BTreeSet<&Platform> = targets.iter().map(|(_, platform, _)| platform).collect();
    let running: BTreeSet<Platform> =
        platforms.into_iter().filter(|platform| runs_here(platform, policy, facts)).cloned().collect();
    for (image, platform, config) in targets {
        let Some(argv) = argv(kind, image) else { continue };
        let key = FactKey::Run { config, kind, argv };
        // The same bytes would do the same again.
        if facts.run(&key).is_some_and(|run| run.seen().is_some()) {
            continue;
        }
        if running.contains(&platform) {
            let fact = Fact::Run(Observed::Seen(passed(kind, release, image, &platform, &policy.native)));
            put(facts, key, fact, Level::Verified);
        } else if facts.run(&key).is_none_or(Observed::is_absent) {
            let reason = crate::model::Reason::new(
                ReasonKind::NoEmulation,
                format!("{platform} was not seen to run on this {} machine", policy.native),
            );
            let fact = Fact::Run(Observed::Unknown(reason));
            put(facts, key, fact, Level::Verified);
        }
    }
}

/// A run that satisfies every requirement.
pub(super) fn passed(
    kind: RunKind,
    release: &Release,
    image: &Image,
    platform: &Platform,
    native: &Platform,
) -> Run {
    let example = image.example.as_ref().filter(|_| kind == RunKind::Example);
    let outputs = example.map(|example| example.outputs.as_slice()).unwrap_or_default();
    Run {
        platform: platform.clone(),
        how: "supposed".to_owned(),
        emulated: platform != native,
        ended: match kind {
            RunKind::Version | RunKind::Example => RunEnd::Exited(0),
            RunKind::Healthcheck => RunEnd::Healthy,
        },
        stdout: format!("{}\n", release.version),
        stderr: String::new(),
        millis: 0,
        outputs: outputs.iter().map(|path| Output { path: path.clone(), size: Some(1) }).collect(),
        raw: Vec::new(),
        pulled: Vec::new(),
    }
}

fn argv(kind: RunKind, image: &Image) -> Option<Vec<String>> {
    match kind {
        RunKind::Version => image.version.as_ref().map(|version| version.command.clone()),
        RunKind::Example => image.example.as_ref().map(|example| example.command.clone()),
        RunKind::Healthcheck => image.healthcheck.map(|_| Vec::new()),
    }
}

/// Each image that is judged, with its platform and config, wherever it is.
fn targets<'r>(
    kind: RunKind,
    release: &'r Release,
    policy: &Policy,
    facts: &Facts,
) -> Vec<(&'r Image, Platform, Digest)> {
    let scope = Scope::default();
    let wanted = wants(release, policy, &scope, facts);
    let context = Context::new(release, policy, &scope, facts, &wanted);
    let mut targets = Vec::new();
    for image in &release.images {
        let platforms = match kind {
            RunKind::Version | RunKind::Healthcheck => image.platforms.clone(),
            RunKind::Example => image.example_platforms(&policy.native),
        };
        for platform in platforms {
            let Some(there) = context.there(image, &platform).seen() else { continue };
            let configs: BTreeSet<Digest> =
                there.subjects().iter().filter_map(|subject| subject.config_digest(facts).seen()).collect();
            targets.extend(configs.into_iter().map(|config| (image, platform.clone(), config)));
        }
    }
    targets
}

/// Whether this machine runs `platform`: the native one, or one that was seen to run, and whose last run was not
/// refused for want of emulation.
pub(in crate::dod) fn runs_here(platform: &Platform, policy: &Policy, facts: &Facts) -> bool {
    if *platform == policy.native {
        return true;
    }
    let tried = facts.iter().filter_map(|(key, entry)| {
        let (FactKey::Run { config, .. }, Fact::Run(run)) = (key, entry.fact.as_ref()) else { return None };
        let ran = match run {
            Observed::Seen(run) => run.platform == *platform && run.ended != RunEnd::ExecFormatError,
            Observed::Unknown(reason) if reason.kind == ReasonKind::NoEmulation => false,
            Observed::Unknown(_) | Observed::Absent(_) => return None,
        };
        let of = match run {
            Observed::Seen(run) => run.platform.clone(),
            _ => platform_of(config, facts)?,
        };
        (of == *platform).then_some((entry.evidence.at, ran))
    });
    // Of two at the same time the refusal counts.
    tried.max_by_key(|(at, ran)| (*at, !ran)).is_some_and(|(_, ran)| ran)
}

fn platform_of(config: &Digest, facts: &Facts) -> Option<Platform> {
    Some(facts.config(&FactKey::Config(config.clone()))?.seen()?.platform.clone())
}
