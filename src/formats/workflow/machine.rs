//! The machine that a job runs on: its platform, and which others it can emulate.

use std::collections::{BTreeMap, BTreeSet};

use super::call::Call;
use super::matrix::Matrix;
use super::syntax::{self, Job, Step, Text};
use super::values::{Values, Variables};
use crate::model::Platform;

/// What makes the kernel run programs of other machines.
const EMULATORS: [&str; 3] = ["binfmt", "qemu-user", "dbhi/qus"];

/// The machine of a job, by what was read of the job so far.
#[derive(Debug, Default)]
pub(super) struct Machine {
    /// The labels that it is asked for by, as they are written.
    labels: Vec<String>,
    /// What `matrix.…` is, one map for each time that the job runs.
    matrix: Vec<BTreeMap<String, String>>,
    /// Whether it runs programs of other machines.
    emulates: bool,
    /// Whether what it cannot run may be built somewhere else, or by what cannot be looked into.
    is_unclear: bool,
}

impl Machine {
    pub fn of(job: &Job) -> Self {
        Self {
            labels: job.labels(),
            matrix: Matrix::of(&job.strategy["matrix"]).runs(&BTreeMap::new()),
            ..Self::default()
        }
    }

    /// What is written out in each run of the job.
    pub fn runs<'v>(&'v self, variables: &'v Variables) -> impl Iterator<Item = Values<'v>> {
        self.matrix.iter().map(move |matrix| Values { variables, matrix })
    }

    /// What comes of the runs of the job, once for each that makes a difference.
    pub fn each_run<T: PartialEq>(&self, variables: &Variables, of: impl Fn(Values) -> T) -> Vec<T> {
        let mut found = Vec::new();
        for one in self.runs(variables).map(of) {
            if !found.contains(&one) {
                found.push(one);
            }
        }
        found
    }

    /// Takes in an action that a step uses.
    pub fn uses(&mut self, uses: &Text, step: &Step) {
        match syntax::action_name(uses).as_str() {
            "docker/setup-qemu-action" => self.emulates = true,
            "docker/setup-buildx-action" => {
                let builds_here =
                    step.input("driver").is_none_or(|driver| driver.value.trim() == "docker-container");
                let has_others = ["endpoint", "append"].iter().any(|name| step.input(name).is_some());
                self.is_unclear |= !builds_here || has_others;
            }
            // They build on machines of their own.
            "depot/build-push-action" | "useblacksmith/build-push-action" => self.is_unclear = true,
            _ => {}
        }
    }

    /// Takes in a command.
    pub fn runs_command(&mut self, call: &Call) {
        let sets_up = |word: &&str| EMULATORS.iter().any(|name| word.contains(name));
        self.emulates |= call.arguments.iter().any(sets_up);
        if call.program == "docker"
            && matches!(call.plain.as_slice(), ["buildx", "create" | "use", ..] | ["context", ..])
        {
            self.is_unclear = true;
        }
    }

    /// Takes in that a step did something that cannot be looked into.
    pub fn did_something_unknown(&mut self) {
        self.is_unclear = true;
    }

    /// Its own platform (GitHub's labels of hosted and self-hosted runners); none where nobody can tell.
    pub fn platform(&self, values: Values) -> Option<Platform> {
        let labels: Vec<String> = self.labels.iter().map(|label| values.of(label)).collect::<Option<_>>()?;
        let has = |word: &str| {
            labels.iter().any(|label| label.to_ascii_lowercase().split(['-', '_']).any(|part| part == word))
        };
        let architecture = match () {
            () if has("windows") || has("macos") => return None,
            () if has("arm") || has("arm64") => "arm64",
            // GitHub's own without another word in them.
            () if has("x64") || has("ubuntu") => "amd64",
            () => return None,
        };
        Some(Platform::new("linux", architecture, None))
    }

    /// Those of the platforms whose programs it cannot run, as far as anybody can tell.
    pub fn unemulated(&self, platforms: &BTreeSet<Platform>, values: Values) -> BTreeSet<Platform> {
        match self.platform(values) {
            Some(own) if !self.emulates && !self.is_unclear => {
                // A 64-bit machine of Arm or x86 runs what is for its 32-bit one, as a rule.
                let runs = |platform: &Platform| {
                    platform.machine() == own.machine()
                        || platform.architecture() == "386"
                        || (platform.architecture() == "arm" && own.architecture() == "arm64")
                };
                platforms.iter().filter(|platform| !runs(platform)).cloned().collect()
            }
            _ => BTreeSet::new(),
        }
    }
}
