//! Runs an image as it is until the engine's own probing of its healthcheck has come to an end.

use std::time::{Duration, Instant};

use bollard::models::{ContainerState, ContainerStateStatusEnum, HealthStatusEnum};
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt as _;

use super::RunSpec;
use super::container::{Seen, not_started, parts};
use super::output::{Printed, Stream};
use crate::engine::Engine;
use crate::model::{Reason, RunEnd};

/// How often the engine is asked how the container is.
const PAUSE: Duration = Duration::from_millis(250);

/// How many of the container's own last lines are kept.
const LINES: &str = "100";

/// Starts the container and waits for what its healthcheck says. The output of the last probe is the standard
/// output of the run, what the container itself printed is its standard error.
///
/// # Errors
/// When nothing was seen: what the engine says.
pub(super) async fn watch(
    spec: &RunSpec,
    engine: &Engine,
    id: &str,
    mut output: impl FnMut(&str) + Send,
) -> Result<Seen, Reason> {
    let started = Instant::now();
    let millis = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Err(error) = engine.client().start_container(id, None).await {
        return not_started(engine, &error, millis());
    }
    loop {
        let inspected = engine.client().inspect_container(id, None).await;
        let state = inspected.map_err(|error| engine.trouble("look at the container", &error))?.state;
        let state = state.unwrap_or_default();
        let ended =
            ended(&state).or_else(|| (started.elapsed() > spec.limits.time).then_some(RunEnd::TimedOut));
        if let Some(ended) = ended {
            let mut printed = Printed::default();
            printed.take(Stream::Out, last_probe(&state).as_bytes(), &mut output);
            logs(spec, engine, id, &mut printed, &mut output).await;
            return Ok(Seen { ended, printed, millis: millis() });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How it ended, once it has.
fn ended(state: &ContainerState) -> Option<RunEnd> {
    let gone =
        matches!(state.status, Some(ContainerStateStatusEnum::EXITED | ContainerStateStatusEnum::DEAD));
    if gone {
        let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
        return Some(RunEnd::Exited(code.unwrap_or(i32::MAX)));
    }
    match state.health.as_ref()?.status? {
        HealthStatusEnum::HEALTHY => Some(RunEnd::Healthy),
        HealthStatusEnum::UNHEALTHY => Some(RunEnd::Unhealthy),
        HealthStatusEnum::EMPTY | HealthStatusEnum::NONE | HealthStatusEnum::STARTING => None,
    }
}

fn last_probe(state: &ContainerState) -> String {
    let log = state.health.as_ref().and_then(|health| health.log.as_ref());
    log.and_then(|log| log.last()?.output.clone()).unwrap_or_default()
}

/// What the container printed, within the limit of the run.
async fn logs(
    spec: &RunSpec,
    engine: &Engine,
    id: &str,
    printed: &mut Printed,
    output: &mut (impl FnMut(&str) + Send),
) {
    let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(LINES).build();
    let mut chunks = engine.client().logs(id, Some(options));
    while let Some(Ok(chunk)) = chunks.next().await {
        let (_, bytes) = parts(chunk);
        printed.take(Stream::Err, &bytes, output);
        if printed.len() > spec.limits.output {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::{Health, HealthcheckResult};

    use super::*;

    fn state(status: ContainerStateStatusEnum, health: Option<HealthStatusEnum>) -> ContainerState {
        let result = |text: &str| HealthcheckResult { output: Some(text.to_owned()), ..Default::default() };
        let log = Some(vec![result("first"), result("last")]);
        ContainerState {
            status: Some(status),
            exit_code: Some(3),
            health: health.map(|health| Health { status: Some(health), log, ..Health::default() }),
            ..ContainerState::default()
        }
    }

    #[test]
    fn only_an_answer_of_the_healthcheck_or_an_exit_ends_it() {
        use ContainerStateStatusEnum::{EXITED, RUNNING};
        use HealthStatusEnum::{HEALTHY, STARTING, UNHEALTHY};
        for (status, health, expected) in [
            (RUNNING, None, None),
            (RUNNING, Some(STARTING), None),
            (RUNNING, Some(HEALTHY), Some(RunEnd::Healthy)),
            (RUNNING, Some(UNHEALTHY), Some(RunEnd::Unhealthy)),
            // Docker keeps the last word of the healthcheck of what has exited.
            (EXITED, Some(HEALTHY), Some(RunEnd::Exited(3))),
        ] {
            assert_eq!(ended(&state(status, health)), expected, "{status:?} {health:?}");
        }
        assert_eq!(last_probe(&state(RUNNING, Some(UNHEALTHY))), "last");
        assert_eq!(last_probe(&state(RUNNING, None)), "");
    }
}
