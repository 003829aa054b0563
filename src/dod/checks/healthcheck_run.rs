//! What a run of the image until its healthcheck answered adds to item 6. The run is asked for by the
//! configuration: what could not be seen of it warns, and what was seen of it counts.

use crate::model::{FactKey, Observed, Outcome, Platform, Run, RunEnd, RunKind};

use super::super::context::Context;
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::judgement::Judgement;
use super::runs::telling_line;

/// What Docker writes where a probe did not end in its time.
const PROBE_TIMED_OUT: &str = "exceeded timeout";

/// The same judgement with what the run showed.
pub(super) fn judge(
    context: &Context,
    platform: &Platform,
    subject: &Subject,
    judged: Judgement,
) -> Judgement {
    if judged.outcome == Outcome::Pending {
        return judged;
    }
    let Sight::Seen(config) = subject.config_digest(context.facts) else { return judged };
    let key = FactKey::Run { config, kind: RunKind::Healthcheck, argv: Vec::new() };
    let judged = match context.facts.run(&key) {
        Some(Observed::Seen(run)) => with(run, platform, judged),
        Some(Observed::Unknown(reason)) => {
            let warning = format!("the healthcheck could not be run on {platform}: {reason}");
            return judged.warn(warning).because([key]);
        }
        None if context.is_wanted(&key) => return Judgement::pending(),
        Some(Observed::Absent(_)) | None => return judged,
    };
    judged.because([key])
}

fn with(run: &Run, platform: &Platform, judged: Judgement) -> Judgement {
    let how = run.manner();
    let fails = |what: String| match judged.outcome {
        // What is wrong with the image itself comes first.
        Outcome::Fail => Judgement { reason: format!("{}, {what}", judged.reason), ..judged.clone() },
        _ => Judgement { outcome: Outcome::Fail, reason: what, ..judged.clone() },
    };
    let said = |texts: [&str; 2]| {
        let line = texts.into_iter().find_map(telling_line);
        line.map_or(String::new(), |line| format!(": {line}"))
    };
    match run.ended {
        RunEnd::Healthy if judged.outcome == Outcome::Pass => {
            let reason = format!("{}, healthy when run {how}", judged.reason);
            Judgement { reason, ..judged }
        }
        RunEnd::Healthy => judged,
        // An emulator may be slower than the probe allows.
        RunEnd::Unhealthy if run.emulated && run.stdout.contains(PROBE_TIMED_OUT) => {
            judged.warn(format!("the healthcheck's probe did not end in time on {platform} {how}"))
        }
        RunEnd::Unhealthy => fails(format!(
            "unhealthy when run {how} on {platform}{}",
            said([run.stdout.as_str(), run.stderr.as_str()])
        )),
        RunEnd::Exited(code) => fails(format!(
            "exits {code} before it is healthy on {platform}{}",
            said([run.stderr.as_str(), run.stdout.as_str()])
        )),
        RunEnd::ExecFormatError => {
            fails(format!("exec format error when run on {platform}, though {platform} runs here"))
        }
        RunEnd::TimedOut | RunEnd::Flooded => {
            let seconds = run.millis / 1000;
            judged.warn(format!(
                "the healthcheck still said starting after {seconds} s on {platform} {how}: see `healthcheck.timeout`"
            ))
        }
    }
}

#[cfg(test)]
mod tests;
