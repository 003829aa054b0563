//! What builds images: for which platforms, from which Dockerfile, and whether that goes to a registry.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::call::Call;
use super::machine::Machine;
use super::promise::{outputs, pushes_by};
use super::syntax::{self, Step, Text};
use super::values::{self, Values, Variables};
use crate::model::Platform;

/// A build in one of the runs of its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Built {
    pub line: u32,
    pub dockerfile: Option<PathBuf>,
    pub platforms: Option<BTreeSet<Platform>>,
    /// Those that its machine cannot run.
    pub unemulated: BTreeSet<Platform>,
    /// Whether it goes to a registry by itself.
    pub pushes: bool,
}

/// What is written of a build.
struct Written<'w> {
    line: u32,
    file: Option<&'w str>,
    context: Option<&'w str>,
    platforms: Platforms<'w>,
    pushes: bool,
    /// Whether it runs programs of the platform that it builds for.
    runs: bool,
}

enum Platforms<'w> {
    /// A list, divided by commas or lines.
    Said(&'w str),
    /// That of the machine.
    Own,
    /// Said somewhere else.
    Elsewhere,
}

/// What an action builds, once for each run of its job that makes a difference.
pub(super) fn of_action(uses: &Text, step: &Step, machine: &Machine, variables: &Variables) -> Vec<Built> {
    let input = |name| step.input(name).map(|input| input.value.as_str());
    let said = input("platforms").filter(|said| !said.trim().is_empty());
    let pushes = input("push").is_some_and(|push| push.trim() != "false")
        || pushes_by(&outputs(step).to_ascii_lowercase());
    if !makes_image(&outputs(step)) {
        return Vec::new();
    }
    let line = step.input("platforms").map_or_else(|| syntax::line(uses), syntax::line);
    let own = said.map_or(Platforms::Own, Platforms::Said);
    let written = match syntax::action_name(uses).as_str() {
        "docker/build-push-action" | "depot/build-push-action" | "useblacksmith/build-push-action" => {
            let (file, context) = (input("file"), input("context"));
            Written { line, file, context, platforms: own, pushes, runs: true }
        }
        "docker/bake-action" => {
            let platforms = Platforms::Elsewhere;
            Written { line, file: Some("$"), context: None, platforms, pushes, runs: true }
        }
        _ => return Vec::new(),
    };
    written.built(machine, variables)
}

/// What a command builds.
pub(super) fn of_command(call: &Call, line: u32, machine: &Machine, variables: &Variables) -> Vec<Built> {
    let words = call.operands(&TAKES_A_WORD);
    let said = call.written_values("--platform").join(",");
    let said = if said.is_empty() { Platforms::Own } else { Platforms::Said(&said) };
    let file = call.written_value("--file").or(call.written_value("-f"));
    if !makes_image(&[call.written_values("--output"), call.written_values("-o")].concat().join("\n")) {
        return Vec::new();
    }
    let pushes = call.has("--push")
        || call.written_value("--output").or(call.written_value("-o")).is_some_and(pushes_by);
    let written = match (call.program, call.plain.as_slice()) {
        ("docker", ["buildx", "build" | "b", ..] | ["build" | "image", ..])
        | ("podman" | "nerdctl", ["build", ..])
        | ("buildah", ["build" | "bud", ..]) => {
            if call.plain.first() == Some(&"image") && call.plain.get(1) != Some(&"build") {
                return Vec::new();
            }
            let context = words.last().and_then(|place| call.written.get(*place)).map(String::as_str);
            Written { line, file, context, platforms: said, pushes, runs: true }
        }
        ("docker", ["buildx", "bake", ..]) => {
            let platforms = Platforms::Elsewhere;
            Written { line, file: Some("$"), context: None, platforms, pushes, runs: true }
        }
        ("ko", ["build" | "publish", ..]) => {
            // Without the option its own file of settings says which.
            let platforms = match said {
                Platforms::Own => Platforms::Elsewhere,
                said => said,
            };
            let pushes = !call.has("--local");
            // It compiles for any machine, and runs nothing on it.
            Written { line, file: Some("$"), context: None, platforms, pushes, runs: false }
        }
        _ => return Vec::new(),
    };
    written.built(machine, variables)
}

/// Whether an output of BuildKit's is an image at all, and not files.
fn makes_image(outputs: &str) -> bool {
    let kinds = ["type=docker", "type=oci", "type=image", "type=registry", "push="];
    let outputs = outputs.trim();
    outputs.is_empty() || outputs.starts_with('$') || kinds.iter().any(|kind| outputs.contains(kind))
}

impl Written<'_> {
    fn built(&self, machine: &Machine, variables: &Variables) -> Vec<Built> {
        machine.each_run(variables, |values| {
            let platforms = match self.platforms {
                Platforms::Said(said) => values.of(said).as_deref().and_then(platforms),
                Platforms::Own => machine.platform(values).map(|own| BTreeSet::from([own])),
                Platforms::Elsewhere => None,
            };
            let unemulated = platforms.as_ref().filter(|_| self.runs);
            Built {
                line: self.line,
                dockerfile: self.dockerfile(values),
                unemulated: unemulated.map(|all| machine.unemulated(all, values)).unwrap_or_default(),
                platforms,
                pushes: self.pushes,
            }
        })
    }

    fn dockerfile(&self, values: Values) -> Option<PathBuf> {
        let file = match (self.file, self.context) {
            (Some(file), _) => PathBuf::from(values.of(file)?),
            (None, None) => PathBuf::from("Dockerfile"),
            (None, Some(context)) => Path::new(&values.of(context)?).join("Dockerfile"),
        };
        // `./Dockerfile` is the same file.
        Some(file.components().filter(|part| *part != std::path::Component::CurDir).collect())
    }
}

/// The platforms of a list; none where one of them is none.
fn platforms(text: &str) -> Option<BTreeSet<Platform>> {
    let all: BTreeSet<Platform> =
        values::listed(text).map(|word| word.parse().ok()).collect::<Option<_>>()?;
    (!all.is_empty()).then_some(all)
}

/// Options of `build` whose value is the next word.
const TAKES_A_WORD: [&str; 31] = [
    "--add-host",
    "--allow",
    "--annotation",
    "--attest",
    "--build-arg",
    "--build-context",
    "--builder",
    "--cache-from",
    "--cache-to",
    "--cgroup-parent",
    "--file",
    "-f",
    "--iidfile",
    "--label",
    "--metadata-file",
    "--network",
    "--no-cache-filter",
    "--output",
    "-o",
    "--platform",
    "--progress",
    "--secret",
    "--shm-size",
    "--ssh",
    "--tag",
    "-t",
    "--target",
    "--ulimit",
    "--memory",
    "-m",
    "--call",
];
