//! What the release workflows declare, held against the release and its policy.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::model::{
    Blocker, DeclaredBuild, DeclaredRun, DeclaredStep, DeclaredVerification, FactKey, Facts, IdentityRule,
    Image, LackingPermission, Located, Location, Observed, Platform, Release, Risk, RunKind, ScanGate,
    Severity, StepKind, Workflows,
};

use super::checks::{DeclaredBy, listed};
use super::context::{Context, place};
use super::linter::{Flaw, lint};

impl Context<'_> {
    fn workflows(&self) -> Option<&Workflows> {
        self.facts.workflows(&FactKey::Workflows)?.seen()
    }

    /// The first armed step of this kind.
    pub fn declared(&self, kind: StepKind) -> Option<DeclaredBy> {
        let step =
            self.workflows()?.steps.iter().find(|step| step.step == kind && step.disarmed.is_none())?;
        Some(DeclaredBy { step: kind, name: step.name.clone(), at: step.at.clone() })
    }

    /// What keeps the steps of this kind from their promise, or only looks like evidence of it, a warning each.
    pub fn doubts(&self, kind: StepKind) -> Vec<String> {
        let Some(workflows) = self.workflows() else { return Vec::new() };
        let disarmed = workflows.steps.iter().filter(|step| step.step == kind).filter_map(|step| {
            Some(stops_nothing(&step.name, &step.at, step.disarmed.as_ref()?, "it declares nothing"))
        });
        let mut doubts: Vec<String> = disarmed.collect();
        // What speaks of the whole release is said where it goes live.
        let hollow = workflows.hollow.iter().filter(|one| one.step.unwrap_or(StepKind::Push) == kind);
        doubts.extend(hollow.map(|one| format!("{}: {one}", place(&one.at))));
        let verifications = workflows.verifications.iter().filter(|verification| verification.step == kind);
        doubts.extend(verifications.flat_map(too_wide));
        let lacking = workflows.lacking.iter().filter(|lacking| lacking.step == kind);
        doubts.extend(lacking.map(lacks));
        match kind {
            StepKind::Push => doubts.extend(self.without_login(workflows)),
            StepKind::Scan => doubts.extend(self.lets_pass(workflows)),
            StepKind::Sign | StepKind::Sbom => {}
        }
        doubts
    }

    /// What of the workflows was not looked into, and may do more than is known.
    pub fn unread_step(&self) -> Option<String> {
        let workflows = self.workflows()?;
        let unread = || workflows.opaque.iter().chain(workflows.troubles.iter().map(|trouble| &trouble.at));
        let first = place(unread().next()?);
        Some(match unread().count() {
            1 => format!("what {first} does was not looked into"),
            count => format!("what {first} and {} more do was not looked into", count - 1),
        })
    }

    /// Registries that the release goes to and nobody logs in at; nothing where what cannot be looked into may.
    fn without_login(&self, workflows: &Workflows) -> Option<String> {
        let pushes = workflows.steps.iter().any(|step| step.step == StepKind::Push);
        let unclear = workflows.logins.iter().any(|login| login.value.is_none());
        if !pushes || unclear || has_unread(workflows) || !self.release_is_ahead() {
            return None;
        }
        let known = |host: &str| workflows.logins.iter().any(|login| login.value.as_deref() == Some(host));
        let hosts: BTreeSet<&str> =
            self.release.repositories().map(|(_, repository)| repository.registry()).collect();
        let missing = hosts.into_iter().filter(|host| !is_local(host) && !known(host));
        let missing: Vec<String> = missing.map(str::to_owned).collect();
        let first = workflows.steps.iter().find(|step| step.step == StepKind::Push)?;
        (!missing.is_empty()).then(|| {
            format!(
                "{}: `{}` pushes, and no step logs in at {}, where the release goes",
                place(&first.at),
                first.name,
                listed(&missing)
            )
        })
    }

    /// Armed scans that let pass what the policy does not.
    fn lets_pass(&self, workflows: &Workflows) -> Vec<String> {
        let threshold = self.policy.vulnerabilities.threshold;
        let scans = workflows.steps.iter().filter(|step| step.disarmed.is_none());
        let doubt = |step: &DeclaredStep| {
            let gate = step.gate.as_ref()?;
            let why = weaker(&gate.value, threshold)?;
            Some(format!("{}: `{}` {why}", place(&gate.at), step.name))
        };
        scans.filter_map(doubt).collect()
    }

    /// Why the builds of an image may not bring its `open` platforms: those that no registry shows as they should be.
    pub fn build_doubts(&self, image: &Image, open: &BTreeSet<Platform>) -> Vec<String> {
        let builds = self.workflows().map(|workflows| builds_of(image, workflows)).unwrap_or_default();
        let mut doubts = Vec::new();
        let known: Option<Vec<&BTreeSet<Platform>>> =
            builds.iter().map(|build| build.platforms.as_ref()).collect();
        let platforms = known.map(|all| all.into_iter().flatten().collect::<BTreeSet<&Platform>>());
        if let (Some(built), [first, ..]) = (platforms, builds.as_slice()) {
            let missing: Vec<String> =
                open.iter().filter(|platform| !built.contains(platform)).map(ToString::to_string).collect();
            if !missing.is_empty() {
                let built: Vec<String> = built.iter().map(ToString::to_string).collect();
                let (at, name) = (place(&first.at), &first.name);
                doubts.push(format!(
                    "{at}: `{name}` builds {} for {} only, without {}",
                    image.name,
                    listed(&built),
                    listed(&missing)
                ));
            }
        }
        for build in builds {
            let slow: Vec<String> = build.unemulated.intersection(open).map(ToString::to_string).collect();
            if !slow.is_empty() {
                doubts.push(format!(
                    "{}: `{}` builds {} on a machine that no step lets emulate it (docker/setup-qemu-action): a RUN for it fails, unless the Dockerfile cross-compiles",
                    place(&build.at),
                    build.name,
                    listed(&slow)
                ));
            }
        }
        doubts
    }

    /// Runs of the workflows that try this and could not stop a release.
    pub fn run_doubts(&self, kind: RunKind) -> Vec<String> {
        let runs = self.workflows().map(|workflows| runs_of(self, kind, workflows)).unwrap_or_default();
        let doubt = |run: &&DeclaredRun| {
            Some(stops_nothing(&run.name, &run.at, run.disarmed.as_ref()?, "it tries nothing"))
        };
        runs.iter().filter_map(doubt).collect()
    }
}

/// That something is no evidence, since its failure goes nowhere.
fn stops_nothing(name: &str, at: &Location, disarmed: &Located<String>, so: &str) -> String {
    let (at, why, there) = (place(at), &disarmed.value, place(&disarmed.at));
    format!("{at}: `{name}` cannot stop a release ({why} at {there}): {so}")
}

/// `release.yml:71: Sign images needs …`
fn lacks(lacking: &LackingPermission) -> String {
    format!("{}: {lacking}", place(&lacking.at))
}

/// What the release workflows do not try before they publish; nothing where what cannot be looked into may try it.
pub(super) fn untried(context: &Context) -> Vec<String> {
    let Some(workflows) = context.workflows() else { return Vec::new() };
    let Some(push) = workflows.steps.iter().find(|step| step.step == StepKind::Push) else {
        return Vec::new();
    };
    if has_unread(workflows) {
        return Vec::new();
    }
    let images = &context.release.images;
    let wanted = [
        (RunKind::Version, images.iter().any(|image| image.version.is_some()), "the version command"),
        (RunKind::Example, images.iter().any(|image| image.example.is_some()), "the example"),
    ];
    let none_armed = |kind| !runs_of(context, kind, workflows).iter().any(|run| run.disarmed.is_none());
    let untried = wanted.into_iter().filter(|(kind, is_wanted, _)| *is_wanted && none_armed(*kind));
    let what: Vec<String> = untried.map(|(_, _, what)| what.to_owned()).collect();
    let line = || {
        let file = push.at.file.file_name().unwrap_or_default().to_string_lossy();
        format!("let {file} run {} in the image before it publishes", listed(&what))
    };
    if what.is_empty() { Vec::new() } else { vec![line()] }
}

/// Why a run of the release workflows would fail: names that GitHub does not hold, permissions that a step lacks.
pub fn would_fail(release: &Release, facts: &Facts) -> Vec<String> {
    let workflows = facts.workflows(&FactKey::Workflows).and_then(Observed::seen);
    let lacking = workflows.into_iter().flat_map(|workflows| &workflows.lacking);
    super::github::lacks(release, facts).into_iter().chain(lacking.map(lacks)).collect()
}

/// That a run of the release workflow fails for want of a permission.
pub(super) fn lacks_permissions(context: &Context) -> impl Iterator<Item = Blocker> {
    let lacking = context.workflows().map(|workflows| workflows.lacking.as_slice()).unwrap_or_default();
    let blocker = |first: &LackingPermission| {
        let problems: Vec<String> = lacking.iter().map(lacks).collect();
        let permissions: BTreeSet<String> =
            lacking.iter().map(|lacking| format!("`{}`", lacking.permission)).collect();
        let permissions = listed(&permissions.into_iter().collect::<Vec<_>>());
        let at = first.declared.as_ref().unwrap_or(&first.at);
        Blocker {
            item: first.step.item(),
            title: "The release workflow lacks permissions".to_owned(),
            severity: Risk::High,
            problem: problems.join("; "),
            impact: "the step fails, and what comes after it does not happen".to_owned(),
            fix: format!("add {permissions} to the `permissions` of the job"),
            location: Some(at.to_string()),
            actions: Vec::new(),
        }
    };
    lacking.first().filter(|_| context.release_is_ahead()).map(blocker).into_iter()
}

/// Whether a part of them was not read, which may do anything.
fn has_unread(workflows: &Workflows) -> bool {
    !workflows.opaque.is_empty() || !workflows.troubles.is_empty()
}

/// What is wrong with the rule by which a workflow verifies. One that everybody satisfies is named as hollow already.
fn too_wide(verification: &DeclaredVerification) -> Vec<String> {
    let rule = IdentityRule::Regexp(verification.rule.clone());
    let flaws = lint(&rule, verification.has_issuer.then_some("as it is written"));
    let shown = |flaw: &Flaw| {
        format!("{}: `{}` by '{}': {flaw}", place(&verification.at), verification.name, verification.rule)
    };
    flaws.iter().filter(|flaw| **flaw != Flaw::Anything).map(shown).collect()
}

/// The builds of an image: those from its Dockerfile, where one is named so; else any may be its own.
fn builds_of<'w>(image: &Image, workflows: &'w Workflows) -> Vec<&'w DeclaredBuild> {
    let file = image.build.as_ref().and_then(|build| build.dockerfile.as_deref());
    let is_its = |build: &&DeclaredBuild| {
        let written = build.dockerfile.as_deref();
        matches!((file, written), (Some(file), Some(written)) if file.ends_with(written) || written.ends_with(file))
    };
    let its: Vec<&DeclaredBuild> = workflows.builds.iter().filter(is_its).collect();
    if its.is_empty() { workflows.builds.iter().collect() } else { its }
}

/// The runs that try this of an image of the release.
pub(super) fn runs_of<'w>(
    context: &Context,
    kind: RunKind,
    workflows: &'w Workflows,
) -> Vec<&'w DeclaredRun> {
    let images = &context.release.images;
    let tries = |run: &&DeclaredRun| images.iter().any(|image| tries(image, kind, &run.command));
    workflows.runs.iter().filter(tries).collect()
}

/// Whether a container that is given this does what the image is to be tried with: the whole command, or what of it
/// comes after the program, which the entrypoint may be.
fn tries(image: &Image, kind: RunKind, given: &[String]) -> bool {
    let is = |command: &[String]| match command {
        [] => false,
        [_] => given == command,
        [_, rest @ ..] => given == command || given == rest,
    };
    match kind {
        RunKind::Version => image.version.as_ref().is_some_and(|version| {
            is(&version.command) || given.last().is_some_and(|last| last == "--version")
        }),
        RunKind::Example => image.example.as_ref().is_some_and(|example| is(&example.command)),
        RunKind::Healthcheck => false,
    }
}

/// What of the policy a scan lets pass.
fn weaker(gate: &ScanGate, threshold: Severity) -> Option<String> {
    let counted = Severity::ALL.into_iter().filter(|severity| *severity >= threshold);
    let passing = counted.filter(|severity| !gate.severities.contains(severity));
    let mut lets: Vec<String> = passing.map(|severity| severity.word().to_uppercase()).collect();
    if gate.fixed_only {
        lets.push("findings without a fix".to_owned());
    }
    let policy = threshold.word().to_uppercase();
    (!lets.is_empty())
        .then(|| format!("lets {} pass; the policy's threshold is {policy}, fixed or not", listed(&lets)))
}

/// A registry of this machine asks nobody who he is, as a rule.
fn is_local(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests;
