//! Item 7: `--version` runs on every platform and prints the release's version.

use crate::model::{FactKey, Image, Platform, Reason, ReasonKind, Run, RunEnd, RunKind};

use super::super::context::Context;
use super::super::subject::Subject;
use super::super::version::{drop_v, printed, same_version};
use super::Checked;
use super::judgement::Judgement;
use super::platforms::{no_cell, place};
use super::runs::{self, command_line, on};

/// Judges item 7.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let platforms = |image: &Image| match image.version {
        Some(_) => image.platforms.clone(),
        None => Vec::new(),
    };
    let judge =
        |image: &Image, platform: &Platform, subject: &Subject| one(context, image, platform, subject);
    checked.per_platform(context, platforms, no_cell, judge);
    // A run beyond what is required is shown where somebody made one.
    checked.beyond(context, |image, platform, subject| {
        let key = key(context, image, subject)?;
        context.facts.get(&key)?;
        one(context, image, platform, subject)
    });
    checked.warnings.extend(context.run_doubts(RunKind::Version));
    checked.note = note(context, &checked);
    checked
}

fn note(context: &Context, checked: &Checked) -> String {
    if checked.counted().next().is_some() {
        let version = drop_v(&context.release.version);
        return checked.summary(format!("prints {version} on every platform"));
    }
    if context.release.images.iter().all(|image| image.version.is_none()) {
        return "no image has a command that prints its version".to_owned();
    }
    "nothing is built that could run".to_owned()
}

fn key(context: &Context, image: &Image, subject: &Subject) -> Option<FactKey> {
    let argv = image.version.as_ref()?.command.clone();
    let config = subject.config_digest(context.facts).seen()?;
    Some(FactKey::Run { config, kind: RunKind::Version, argv })
}

fn one(context: &Context, image: &Image, platform: &Platform, subject: &Subject) -> Option<Judgement> {
    let version = image.version.as_ref()?;
    let command = command_line(&version.command, "--version");
    let place = place(image, Some(platform));
    Some(runs::judge(context, subject, RunKind::Version, &version.command, &place, |run| {
        ran(context, image, run, &command)
    }))
}

/// What a run of the version command comes to.
pub(super) fn ran(context: &Context, image: &Image, run: &Run, command: &str) -> Judgement {
    match run.ended {
        RunEnd::Exited(0) => prints(context, image, run, command),
        _ => runs::ended_badly(run, command),
    }
}

fn prints(context: &Context, image: &Image, run: &Run, command: &str) -> Judgement {
    let expected = drop_v(&context.release.version);
    let pattern = image.version.as_ref().and_then(|version| version.pattern.as_deref());
    match printed(&run.stdout, &run.stderr, pattern, expected) {
        Err(error) => Judgement::unknown(&Reason::new(ReasonKind::NotConfigured, error)),
        Ok(Some(found)) if same_version(&found, expected) => {
            Judgement::pass(format!("`{command}` prints {found} on {}", on(run)))
        }
        Ok(Some(found)) => {
            Judgement::fail(format!("`{command}` prints {found} on {}, the release is {expected}", on(run)))
        }
        Ok(None) => Judgement::fail(format!("`{command}` prints no version on {}", on(run))),
    }
}

#[cfg(test)]
mod tests;
