//! What items 7 and 9 share: a run of a config digest, now or earlier, wherever that digest is.

use crate::model::{Digest, FactKey, Observed, Reason, ReasonKind, Run, RunEnd, RunKind};

use super::super::context::Context;
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::attested_runs::Attestations;
use super::judgement::Judgement;

/// The run that is looked for.
#[derive(Debug, Clone)]
pub(super) struct Ran<'a> {
    /// The config of the image.
    pub config: Digest,
    /// What is run.
    pub kind: RunKind,
    /// Its command.
    pub argv: &'a [String],
}

/// Finds the run of `subject`'s config and lets `seen` judge it: this machine's own, else one that was attested; without
/// one, says whose turn it is.
pub(super) fn judge(
    context: &Context,
    subject: &Subject,
    kind: RunKind,
    argv: &[String],
    place: &str,
    seen: impl Fn(&Run) -> Judgement,
) -> Judgement {
    let config = match subject.config_digest(context.facts) {
        Sight::Pending => return Judgement::pending(),
        Sight::Unknown(reason) => return Judgement::unknown(&reason),
        Sight::Seen(config) => config,
    };
    let stored = FactKey::StoredRuns(config.clone());
    let key = FactKey::Run { config: config.clone(), kind, argv: argv.to_vec() };
    let own = context.facts.run(&key);
    let judged = match own {
        Some(Observed::Seen(run)) => seen(run),
        Some(Observed::Unknown(reason)) => Judgement::unknown(reason),
        Some(Observed::Absent(absence)) => Judgement::untried(format!("{place}: {absence}")),
        None if context.is_wanted(&key) || context.is_wanted(&stored) => return Judgement::pending(),
        None => Judgement::untried(format!("{place}: {} was not run yet", what(kind))),
    };
    let judged = match context.facts.evidence(&key) {
        // A run made locally is proof for the same config digest in a registry.
        Some(evidence) => judged.seen_at(evidence.level, subject.in_registry()).because(subject.presence()),
        None => judged,
    }
    .because([key]);
    if own.is_some_and(|own| own.seen().is_some()) {
        return judged;
    }
    let tried_here = own.is_some_and(|own| own.unknown().is_some());
    Attestations::of(context, subject, &Ran { config, kind, argv }, seen).or(judged, tried_here)
}

fn what(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Version => "--version",
        RunKind::Example => "the example",
        RunKind::Healthcheck => "the healthcheck",
    }
}

/// A run past its limits: a native program's own doing, an emulated one's perhaps the emulator's.
fn limit(run: &Run, text: &str) -> Judgement {
    if run.emulated {
        return Judgement::unknown(&Reason::new(ReasonKind::TimedOut, text));
    }
    Judgement::fail(text)
}

/// A command as one reads it: the image's own entrypoint with `argument` when it is empty.
pub(super) fn command_line(argv: &[String], argument: &str) -> String {
    if argv.is_empty() { format!("<entrypoint> {argument}").trim_end().to_owned() } else { argv.join(" ") }
}

/// Where a run was, as one reads it: `linux/arm64 (emulated)`.
pub(super) fn on(run: &Run) -> String {
    format!("{} ({})", run.platform, if run.emulated { "emulated" } else { "native" })
}

/// The judgement of a run that did not end with exit code 0.
pub(super) fn ended_badly(run: &Run, command: &str) -> Judgement {
    let platform = on(run);
    match run.ended {
        RunEnd::Exited(code) => {
            let said = telling_line(&run.stderr).or_else(|| telling_line(&run.stdout));
            let said = said.map_or(String::new(), |line| format!(": {line}"));
            Judgement::fail(format!("`{command}` exits {code} on {platform}{said}"))
        }
        RunEnd::ExecFormatError => {
            Judgement::fail(format!("`{command}`: exec format error, though {} runs here", run.platform))
        }
        RunEnd::TimedOut => limit(run, &format!("`{command}` did not end in time on {platform}")),
        RunEnd::Flooded => limit(run, &format!("`{command}` printed past its limit on {platform}")),
        // Only a healthcheck ends so, and that is no command.
        RunEnd::Healthy | RunEnd::Unhealthy => Judgement::unknown(&Reason::new(
            ReasonKind::Unreadable,
            format!("the run of `{command}` on {platform} is kept as one of a healthcheck"),
        )),
    }
}

/// The line of an output that tells most: the first that speaks of an error, else the last, for usage comes first.
pub(super) fn telling_line(text: &str) -> Option<String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let speaks = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["error", "no such", "unknown", "unrecognized", "invalid", "cannot"]
            .iter()
            .any(|word| line.contains(word))
    };
    let line = lines().find(speaks).or_else(|| lines().next_back())?;
    Some(line.chars().take(160).collect())
}
