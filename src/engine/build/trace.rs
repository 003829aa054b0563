//! BuildKit's trace (`moby.buildkit.v1.StatusResponse`) as plain events.

use std::collections::{BTreeMap, VecDeque};

use bollard::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog};

use super::session::Secrets;
use crate::model::text::clean_line;

/// How many of a step's last lines are kept, and how long a line is, in characters.
const LINES: usize = 20;
const LENGTH: usize = 2_000;

/// The most steps that are told apart: more are no Dockerfile's.
const STEPS: usize = 10_000;

/// What happens in a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEvent {
    /// A step began, named as BuildKit names it: `[build 2/4] RUN make`.
    Started {
        /// Its name.
        step: String,
    },
    /// A step need not be done again.
    Cached {
        /// Its name.
        step: String,
    },
    /// A step is done.
    Done {
        /// Its name.
        step: String,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// A step failed.
    Failed {
        /// Its name.
        step: String,
        /// What BuildKit says of it.
        text: String,
    },
    /// A line that a step printed, without control characters.
    Line {
        /// The step's name.
        step: String,
        /// The line.
        text: String,
    },
    /// Something that the engine wants to be known, such as a warning of its linter.
    Note(String),
    /// How far the build is. The number of steps grows while the engine reads the Dockerfile.
    Progress {
        /// Steps done.
        done: usize,
        /// Steps known.
        total: usize,
        /// The step that is under way.
        step: String,
    },
}

/// Where a build stands.
pub(super) struct Trace {
    /// What must not be shown, should a step print it.
    secrets: Secrets,
    steps: BTreeMap<String, Step>,
    progress: (usize, usize, String),
    failed: Option<String>,
}

#[derive(Debug, Default)]
struct Step {
    name: String,
    stage: Stage,
    partial: String,
    lines: VecDeque<String>,
    error: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Waiting,
    Running,
    Ended,
}

impl Trace {
    /// Of a build that has not begun.
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { secrets, steps: BTreeMap::new(), progress: (0, 0, String::new()), failed: None }
    }

    /// A line for people: without control characters and secrets, of a length that a screen can take.
    pub(super) fn cleaned(&self, bytes: &[u8]) -> String {
        self.secrets.hidden_in(cleaned(bytes))
    }

    /// The step that failed: its name, its last lines, what BuildKit says.
    pub(super) fn failure(&self) -> Option<(&str, Vec<String>, &str)> {
        let step = self.steps.get(self.failed.as_ref()?)?;
        let partial = (!step.partial.is_empty()).then(|| self.cleaned(step.partial.as_bytes()));
        let lines = step.lines.iter().cloned().chain(partial).collect();
        Some((&step.name, lines, &step.error))
    }

    /// Takes what came and says what it means.
    pub(super) fn apply(&mut self, status: &StatusResponse) -> Vec<BuildEvent> {
        let mut events = Vec::new();
        // A step is known by its first vertex; its lines may come in the same message as its end.
        for vertex in &status.vertexes {
            if self.steps.len() < STEPS || self.steps.contains_key(&vertex.digest) {
                self.begin(vertex, &mut events);
            }
        }
        for log in &status.logs {
            self.log(log, &mut events);
        }
        for vertex in &status.vertexes {
            self.end(vertex, &mut events);
        }
        for warning in &status.warnings {
            events.push(BuildEvent::Note(self.cleaned(&warning.short)));
        }
        self.count(&mut events);
        events
    }

    fn begin(&mut self, vertex: &Vertex, events: &mut Vec<BuildEvent>) {
        let name = self.cleaned(vertex.name.as_bytes());
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        step.name = name;
        if step.stage == Stage::Waiting && vertex.started.is_some() && !vertex.cached {
            step.stage = Stage::Running;
            events.push(BuildEvent::Started { step: step.name.clone() });
        }
    }

    fn end(&mut self, vertex: &Vertex, events: &mut Vec<BuildEvent>) {
        let Some(step) = self.steps.get_mut(&vertex.digest) else { return };
        if step.stage == Stage::Ended || vertex.completed.is_none() && !vertex.cached {
            return;
        }
        step.stage = Stage::Ended;
        step.flush(&self.secrets, events);
        let name = step.name.clone();
        if !vertex.error.is_empty() {
            step.error = self.secrets.hidden_in(cleaned(vertex.error.as_bytes()));
            let text = step.error.clone();
            // What is stopped because of another's failure ends as cancelled.
            if !is_cancelled(&text) || self.failed.is_none() {
                self.failed = Some(vertex.digest.clone());
            }
            events.push(BuildEvent::Failed { step: name, text });
        } else if vertex.cached {
            events.push(BuildEvent::Cached { step: name });
        } else {
            events.push(BuildEvent::Done { step: name, millis: millis(vertex) });
        }
    }

    fn log(&mut self, log: &VertexLog, events: &mut Vec<BuildEvent>) {
        let Some(step) = self.steps.get_mut(&log.vertex) else { return };
        step.partial.push_str(&String::from_utf8_lossy(&log.msg));
        while let Some(end) = step.partial.find('\n') {
            let rest = step.partial.split_off(end + 1);
            let line = std::mem::replace(&mut step.partial, rest);
            step.line(&line, &self.secrets, events);
        }
        // A program that never ends its line.
        if step.partial.len() > LENGTH {
            step.flush(&self.secrets, events);
        }
    }

    fn count(&mut self, events: &mut Vec<BuildEvent>) {
        let done = self.steps.values().filter(|step| step.stage == Stage::Ended).count();
        let running = self.steps.values().filter(|step| step.stage == Stage::Running);
        let step = running.map(|step| step.name.clone()).max_by_key(|name| !is_internal(name));
        let progress = (done, self.steps.len(), step.unwrap_or_else(|| self.progress.2.clone()));
        if progress != self.progress {
            let (done, total, step) = progress.clone();
            self.progress = progress;
            events.push(BuildEvent::Progress { done, total, step });
        }
    }
}

impl Step {
    fn flush(&mut self, secrets: &Secrets, events: &mut Vec<BuildEvent>) {
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.line(&line, secrets, events);
        }
    }

    fn line(&mut self, line: &str, secrets: &Secrets, events: &mut Vec<BuildEvent>) {
        // A progress bar draws over itself: what it drew last counts.
        let line = line.trim_end_matches(['\n', '\r']);
        let text = secrets.hidden_in(cleaned(line.rsplit('\r').next().unwrap_or_default().as_bytes()));
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(text.clone());
        events.push(BuildEvent::Line { step: self.name.clone(), text });
    }
}

/// Steps of BuildKit's own, such as reading the Dockerfile.
fn is_internal(name: &str) -> bool {
    name.starts_with("[internal]") || name.starts_with("exporting")
}

fn is_cancelled(text: &str) -> bool {
    text.contains("context canceled") || text.contains("CANCELED")
}

/// A line for people, of a length that a screen can take.
pub(super) fn cleaned(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LENGTH)]).into_owned();
    clean_line(&text).trim_end().chars().take(LENGTH).collect()
}

fn millis(vertex: &Vertex) -> u64 {
    let (Some(started), Some(completed)) = (&vertex.started, &vertex.completed) else { return 0 };
    let nanos = i128::from(completed.seconds - started.seconds) * 1_000_000_000
        + i128::from(completed.nanos - started.nanos);
    u64::try_from(nanos / 1_000_000).unwrap_or(0)
}
