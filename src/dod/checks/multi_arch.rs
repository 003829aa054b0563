//! Item 2: an index that lists each required platform once, truly.

use std::collections::BTreeSet;

use crate::model::{
    FactKey, Image, ImageConfig, Observed, Outcome, Platform, Reason, ReasonKind, Status, Symbol,
};

use super::super::context::{Context, Reach, There};
use super::super::listing::{self};
use super::super::rootfs::Runs;
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::judgement::Judgement;
use super::platforms::{listed, place};
use super::{Checked, Instead};

/// Judges item 2.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    for image in &context.release.images {
        let mut open = BTreeSet::new();
        for platform in &image.platforms {
            let judged = cell(context, image, platform);
            if !matches!(judged.outcome, Outcome::Pass | Outcome::Pending) {
                open.insert(platform.clone());
            }
            checked.push(image, Some(platform), judged);
        }
        for doubt in context.build_doubts(image, &open) {
            if !checked.warnings.contains(&doubt) {
                checked.warnings.push(doubt);
            }
        }
    }
    checked.beyond(context, |_, platform, subject| Some(one(context, platform, subject)));
    checked.note = checked.summary("every image lists every required platform");
    if context.nothing_staged && !checked.is_pending() {
        let instead = locally(context);
        checked.note.clone_from(&instead.note);
        checked.instead = Some(instead);
    }
    checked
}

fn cell(context: &Context, image: &Image, platform: &Platform) -> Judgement {
    match context.reach(image) {
        Reach::Pending => Judgement::pending(),
        Reach::Unknown(reason) => Judgement::unknown(&reason),
        // What is built locally decides the last column, so it has to be known.
        Reach::Nowhere if context.nothing_staged && matches!(context.local(image), Sight::Pending) => {
            Judgement::pending()
        }
        Reach::Nowhere => Judgement::absent(format!("{} is in no registry yet", image.name))
            .because([FactKey::Local(image.name.clone())]),
        Reach::Registry(_) => match context.there(image, platform) {
            Sight::Seen(There::Registry(subjects)) => listed_once(context, image, platform, &subjects),
            Sight::Unknown(reason) => Judgement::unknown(&reason),
            Sight::Pending | Sight::Seen(There::Local(_)) => Judgement::pending(),
        },
    }
}

/// Each index that is there has to list the platform once.
fn listed_once(context: &Context, image: &Image, platform: &Platform, subjects: &[Subject]) -> Judgement {
    let Reach::Registry(indexes) = context.reach(image) else { return Judgement::pending() };
    let judged = indexes.iter().map(|index| {
        let here: Vec<&Subject> =
            subjects.iter().filter(|subject| subject.index.as_ref() == Some(index)).collect();
        let because = [FactKey::Manifest(index.clone())];
        let judged = match here.as_slice() {
            [] => match listing::list(context.facts, index) {
                Sight::Seen(_) => Judgement::fail(format!(
                    "{platform} is missing from {}'s index {}",
                    image.name,
                    index.short()
                )),
                Sight::Unknown(reason) => Judgement::unknown(&reason),
                Sight::Pending => Judgement::pending(),
            },
            [one_entry] => one_of_index(context, image, platform, one_entry),
            _ => Judgement::fail(format!(
                "{platform} is in {}'s index {} {} times",
                image.name,
                index.short(),
                here.len()
            )),
        };
        judged.because(because)
    });
    let worst = Judgement::worst(judged.collect::<Vec<_>>());
    let worst = worst.unwrap_or_else(Judgement::pending);
    if matches!(worst.outcome, Outcome::Pending | Outcome::Unknown) {
        return worst;
    }
    worst.seen_at(crate::model::Level::Registry, true)
}

fn one_of_index(context: &Context, image: &Image, platform: &Platform, subject: &Subject) -> Judgement {
    if let Some(other) = shared(context, image, platform, subject) {
        return Judgement::fail(format!("{platform} and {other} of {} are the same manifest", image.name));
    }
    for holder in &subject.holders {
        let Some(digest) = subject.manifest.clone() else { continue };
        let key = FactKey::Present { repository: holder.clone(), digest };
        if context.facts.present(&key).is_some_and(Observed::is_absent) {
            return Judgement::fail(format!("{holder} lists {platform} and does not have its manifest"))
                .because([key]);
        }
        if context.is_wanted(&key) {
            return Judgement::pending();
        }
    }
    one(context, platform, subject)
}

/// Another platform of the same index with the same manifest.
fn shared(context: &Context, image: &Image, platform: &Platform, subject: &Subject) -> Option<Platform> {
    let index = subject.index.as_ref()?;
    let listing = listing::list(context.facts, index).seen()?;
    let same = listing.platforms.iter().filter(|other| Some(&other.manifest) == subject.manifest.as_ref());
    let others = same.filter_map(|other| listing::platform(context.facts, other).seen());
    others
        .into_iter()
        .find(|other| other != platform && (image.platforms.contains(other) || !other.is_unknown()))
}

/// Whether one manifest is truly for `platform`: its config says so, and so does what it runs.
fn one(context: &Context, platform: &Platform, subject: &Subject) -> Judgement {
    let config = match subject.config(context.facts) {
        Sight::Pending => return Judgement::pending(),
        Sight::Unknown(reason) => return Judgement::unknown(&reason).because(subject.because(context.facts)),
        Sight::Seen(config) => config,
    };
    let judged = if config.platform == *platform {
        machine(context, platform, subject, config)
    } else {
        Judgement::fail(format!("listed as {platform}, its config says {}", config.platform))
    };
    judged.because(subject.because(context.facts)).seen_at(subject.level(), subject.in_registry())
}

/// Whether the program that the image starts is for this platform.
fn machine(context: &Context, platform: &Platform, subject: &Subject, config: &ImageConfig) -> Judgement {
    let rootfs = match subject.rootfs(context.facts) {
        None => {
            let reason =
                Reason::new(ReasonKind::NotSupported, "the layers were not read, so nor was the program");
            return Judgement::unknown(&reason);
        }
        Some(Sight::Pending) => return Judgement::pending(),
        Some(Sight::Unknown(reason)) => return Judgement::unknown(&reason),
        Some(Sight::Seen(rootfs)) => rootfs,
    };
    let command = if config.entrypoint.is_empty() { &config.cmd } else { &config.entrypoint };
    let judged = match rootfs.runs(command, config) {
        Runs::Nothing => Judgement::pass(format!("{platform}; the image starts nothing by itself")),
        Runs::Missing(program) if platform.os() == "windows" => Judgement::unknown(&Reason::new(
            ReasonKind::Unreadable,
            format!("`{program}` is not in the layers that could be read"),
        )),
        Runs::Missing(program) => {
            Judgement::fail(format!("`{program}`, which it starts, is not in the image"))
        }
        Runs::Unreadable(path) => Judgement::unknown(&Reason::new(
            ReasonKind::NotSupported,
            format!("/{path} is neither ELF nor PE nor a script"),
        )),
        Runs::Binary { path, format, machine, loader } => binary(platform, &path, format, &machine, loader),
    };
    judged.because(subject.layer_keys(context.facts))
}

fn binary(
    platform: &Platform,
    path: &str,
    format: &str,
    machine: &str,
    loader: Option<(String, Option<String>)>,
) -> Judgement {
    let fits = |machine: &str| machine.split('/').next() == Some(platform.architecture());
    if !fits(machine) {
        return Judgement::fail(format!("/{path} is a program for {machine}, in an image for {platform}"));
    }
    let judged = Judgement::pass(format!("{platform}; /{path} is {format} for {machine}"));
    match loader {
        Some((loader, None)) => {
            judged.warn(format!("/{path} names the loader {loader}, which is not in the image"))
        }
        Some((loader, Some(machine))) if !fits(&machine) => Judgement::fail(format!(
            "{loader}, the loader of /{path}, is for {machine}, in an image for {platform}"
        )),
        _ => judged,
    }
}

/// The last column: CONFIGURED when every required platform is built locally, else NOT TESTED, with nothing.
fn locally(context: &Context) -> Instead {
    let mut built: Vec<Platform> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    let mut unread = None;
    for image in &context.release.images {
        match context.local(image) {
            Sight::Seen(local) => {
                for platform in &image.platforms {
                    if local.images.iter().any(|found| found.platform == *platform) {
                        if !built.contains(platform) {
                            built.push(platform.clone());
                        }
                    } else {
                        missing.push(place(image, Some(platform)));
                    }
                }
            }
            Sight::Unknown(reason) => unread = Some(reason),
            Sight::Pending => {}
        }
    }
    let built: Vec<String> = built.iter().map(ToString::to_string).collect();
    if missing.is_empty() && unread.is_none() && !built.is_empty() {
        let note = format!("{} built locally, in no registry yet", listed(&built));
        return Instead { status: Status::Configured, points: 5, symbol: Symbol::Partly, note };
    }
    let note = match (unread, built.as_slice()) {
        (Some(reason), _) => format!("what is built locally could not be seen: {reason}"),
        (None, []) => "nothing is built locally".to_owned(),
        (None, [only]) if context.release.images.iter().all(|image| image.platforms.len() > 1) => {
            format!("Only {only} built locally")
        }
        (None, _) => format!("not built: {}", listed(&missing)),
    };
    Instead { status: Status::NotTested, points: 0, symbol: Symbol::Not, note }
}

#[cfg(test)]
mod tests;
