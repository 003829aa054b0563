//! What the source declares and this machine has: Dockerfiles, release workflows, local images.

use std::collections::BTreeSet;

use super::super::Input;
use super::escape::list;
use crate::model::{
    Dockerfile, Fact, FactKey, Image, LocalImages, Location, Observed, Platform, Reason, StepKind, Workflows,
};

/// The lines of the section.
#[derive(Default)]
struct Lines {
    good: Vec<String>,
    attention: Vec<String>,
    not_looked_at: Vec<String>,
}

/// Writes the section.
pub(super) fn section(out: &mut String, input: &Input) {
    let mut lines = Lines::default();
    for image in &input.release.images {
        of_dockerfile(image, input, &mut lines);
        of_local(image, input, &mut lines);
    }
    match input.facts.workflows(&FactKey::Workflows) {
        Some(Observed::Seen(workflows)) => of_workflows(workflows, &mut lines),
        Some(Observed::Absent(absence)) => lines.attention.push(format!("Release workflow: {absence}")),
        Some(Observed::Unknown(reason)) => lines.not_seen("Release workflow", reason),
        None => lines.not_looked_at.push("Release workflows: not looked at in this run".to_owned()),
    }
    out.push_str("## Infrastructure Assessment\n\n");
    list(out, "### ✅ Excellent Components", &lines.good, "Nothing was seen that could be praised.");
    list(out, "### ⚠️ Needs Attention", &lines.attention, "Nothing in what was looked at.");
    if !lines.not_looked_at.is_empty() {
        list(out, "### ❓ Not Looked At", &lines.not_looked_at, "");
    }
}

impl Lines {
    fn not_seen(&mut self, what: &str, reason: &Reason) {
        self.not_looked_at.push(format!("{what}: could not be read: {reason}"));
    }
}

fn of_dockerfile(image: &Image, input: &Input, lines: &mut Lines) {
    let what = format!("Dockerfile of {}", image.name);
    match input.facts.dockerfile(&FactKey::Dockerfile(image.name.clone())) {
        Some(Observed::Seen(dockerfile)) => declared(image, dockerfile, lines),
        Some(Observed::Absent(absence)) => lines.attention.push(format!("{what}: {absence}")),
        Some(Observed::Unknown(reason)) => lines.not_seen(&what, reason),
        None if image.build.as_ref().is_none_or(|build| build.dockerfile.is_none()) => {
            lines.not_looked_at.push(format!("{what}: none is configured (`build.dockerfile`)"));
        }
        None => lines.not_looked_at.push(format!("{what}: not looked at in this run")),
    }
}

fn declared(image: &Image, dockerfile: &Dockerfile, lines: &mut Lines) {
    let name = format!("{} ({})", dockerfile.file.display(), image.name);
    match &dockerfile.user {
        Some(user) if !is_root(&user.value) => {
            lines.good.push(format!("{name}: runs as user {}, line {}", user.value, user.at.line));
        }
        Some(user) => lines.attention.push(format!("{name}: runs as {}, line {}", user.value, user.at.line)),
        None => lines.attention.push(format!("{name}: sets no USER")),
    }
    match &dockerfile.healthcheck {
        Some(check) if check.value.first().is_some_and(|kind| kind == "NONE") => {
            lines.attention.push(format!("{name}: HEALTHCHECK NONE, line {}", check.at.line));
        }
        Some(check) => lines.good.push(format!("{name}: a HEALTHCHECK, line {}", check.at.line)),
        None => lines.attention.push(format!("{name}: has no HEALTHCHECK")),
    }
    match dockerfile.labels.len() {
        0 => lines.attention.push(format!("{name}: sets no labels")),
        count => lines.good.push(format!("{name}: sets {count} labels")),
    }
    if dockerfile.bases.len() > 1 {
        lines.good.push(format!("{name}: is built in {} stages", dockerfile.bases.len()));
    }
    for base in dockerfile.bases.iter().filter(|base| !base.value.pinned) {
        let reference = &base.value.reference;
        lines.attention.push(format!("{}: base image {reference} is not pinned by digest", base.at));
    }
    for hint in &dockerfile.hints {
        let line = format!("{name}: {}, line {}", hint.value.words(), hint.at.line);
        if hint.value.is_good() { lines.good.push(line) } else { lines.attention.push(line) }
    }
    let troubles = dockerfile.troubles.iter();
    lines.not_looked_at.extend(troubles.map(|trouble| format!("{}: {}", trouble.at, trouble.value)));
}

fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    matches!(name, "" | "root") || name.parse() == Ok(0_u64)
}

fn of_local(image: &Image, input: &Input, lines: &mut Lines) {
    match input.facts.local(&FactKey::Local(image.name.clone())) {
        Some(Observed::Seen(local)) => built(image, local, lines),
        Some(Observed::Absent(absence)) if image.local.is_some() => {
            lines.attention.push(format!("Local images of {}: {absence}", image.name));
        }
        Some(Observed::Unknown(reason)) => {
            lines.not_seen(&format!("Local images of {}", image.name), reason);
        }
        Some(Observed::Absent(_)) | None => {}
    }
}

fn built(image: &Image, local: &LocalImages, lines: &mut Lines) {
    let has = |platform: &Platform| local.images.iter().any(|one| one.platform == *platform);
    let (there, missing): (Vec<_>, Vec<_>) = image.platforms.iter().partition(|platform| has(platform));
    let words =
        |platforms: &[&Platform]| platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !there.is_empty() {
        lines.good.push(format!("{} is built for {} ({})", image.name, words(&there), local.source));
    }
    if !missing.is_empty() {
        lines.attention.push(format!(
            "{} is not built for {} ({})",
            image.name,
            words(&missing),
            local.source
        ));
    }
}

fn of_workflows(workflows: &Workflows, lines: &mut Lines) {
    const KINDS: [(StepKind, &str); 4] = [
        (StepKind::Push, "pushes the images"),
        (StepKind::Sign, "signs them"),
        (StepKind::Sbom, "makes an SBOM"),
        (StepKind::Scan, "scans for vulnerabilities"),
    ];
    for (kind, does) in KINDS {
        let of_kind = || workflows.steps.iter().filter(move |step| step.step == kind);
        if of_kind().next().is_none() {
            lines.attention.push(format!("Release workflow: no step {does}"));
        }
        for step in of_kind() {
            match &step.disarmed {
                None => lines.good.push(format!("Release workflow: {} {does} ({})", step.name, step.at)),
                Some(why) => lines.attention.push(format!(
                    "Release workflow: {} ({}) could not stop a release: {} ({})",
                    step.name, step.at, why.value, why.at
                )),
            }
        }
    }
    around_the_steps(workflows, lines);
    let hollow = workflows.hollow.iter();
    lines.attention.extend(hollow.map(|one| format!("Release workflow: {one} ({})", one.at)));
    let troubles = workflows.troubles.iter();
    lines.not_looked_at.extend(troubles.map(|trouble| format!("{}: {}", trouble.at, trouble.value)));
}

/// What the steps build for, where they log in, what they try, and what they may not do.
fn around_the_steps(workflows: &Workflows, lines: &mut Lines) {
    let words = |platforms: &BTreeSet<Platform>| {
        platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    for build in &workflows.builds {
        let what = format!("Release workflow: {} ({})", build.name, build.at);
        match &build.platforms {
            Some(platforms) => lines.good.push(format!("{what} builds for {}", words(platforms))),
            None => lines.not_looked_at.push(format!("{what}: its platforms are not written out")),
        }
        if !build.unemulated.is_empty() {
            let platforms = words(&build.unemulated);
            lines.attention.push(format!("{what} has no emulation set up for {platforms}"));
        }
    }
    let mut registries: Vec<(&str, &Location)> = Vec::new();
    for login in &workflows.logins {
        let Some(registry) = login.value.as_deref() else {
            let line =
                format!("Release workflow: a login at a registry that is not written out ({})", login.at);
            lines.not_looked_at.push(line);
            continue;
        };
        if !registries.iter().any(|(known, _)| *known == registry) {
            registries.push((registry, &login.at));
        }
    }
    let registries = registries.into_iter();
    lines.good.extend(registries.map(|(host, at)| format!("Release workflow: logs in at {host} ({at})")));
    for run in &workflows.runs {
        let what = format!("Release workflow: {} ({})", run.name, run.at);
        let command = run.command.join(" ");
        let on = run.platform.as_ref().map_or_else(String::new, |platform| format!(" on {platform}"));
        match &run.disarmed {
            None => lines.good.push(format!("{what} runs {} {command}{on}", run.image)),
            Some(why) => lines.attention.push(format!(
                "{what} runs {} {command} and could not stop a release: {} ({})",
                run.image, why.value, why.at
            )),
        }
    }
    let lacking = workflows.lacking.iter();
    lines.attention.extend(lacking.map(|lacking| format!("Release workflow: {lacking} ({})", lacking.at)));
    if let [first, rest @ ..] = workflows.opaque.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        lines
            .not_looked_at
            .push(format!("Release workflow: what is run at {first}{more} is written elsewhere"));
    }
}

/// Facts that could not be had, with their reasons: what no section above could be filled from.
pub(super) fn unseen(input: &Input) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (_, entry) in input.facts.iter() {
        let (fact, evidence): (&Fact, _) = (entry.fact.as_ref(), entry.evidence.as_ref());
        if let Some(reason) = fact.reason() {
            let line = format!("{}: {reason}", evidence.subject);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}
