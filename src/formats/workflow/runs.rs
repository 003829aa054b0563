//! What a workflow runs in containers: whether it tries the image that it releases.

use std::collections::BTreeSet;

use super::call::{Call, unquoted};
use super::machine::Machine;
use super::shell::ShellCommand;
use super::values::{self, Variables};
use crate::model::Platform;

/// A container that a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Started {
    pub line: u32,
    /// Why its failure stops nothing.
    pub disarmed: Option<String>,
    pub image: String,
    pub command: Vec<String>,
    pub platform: Option<Platform>,
}

/// Programs that say by their exit code whether what they are given is what it should be.
const COMPARE: [&str; 10] = ["grep", "egrep", "fgrep", "rg", "test", "[", "[[", "diff", "cmp", "jq"];

/// Options of `run` that take no word.
const SWITCHES: [&str; 16] = [
    "--rm",
    "--detach",
    "--interactive",
    "--tty",
    "--init",
    "--privileged",
    "--read-only",
    "--no-healthcheck",
    "--sig-proxy",
    "--quiet",
    "--publish-all",
    "--oom-kill-disable",
    "--replace",
    "--no-hosts",
    "--disable-content-trust",
    "--use-api-socket",
];

/// The container that a command runs, once for each platform of its job's runs.
pub(super) fn of_command(
    command: &ShellCommand,
    call: &Call,
    machine: &Machine,
    variables: &Variables,
) -> Vec<Started> {
    let start = match (call.program, call.plain.as_slice()) {
        ("docker" | "podman" | "nerdctl", ["run", ..]) => 1,
        ("docker" | "podman" | "nerdctl", ["container", "run", ..]) => 2,
        _ => return Vec::new(),
    };
    let Some((image, rest)) = after_options(call, start) else { return Vec::new() };
    let entrypoint = call
        .written_value("--entrypoint")
        .filter(|_| !rest.iter().any(|word| word.starts_with("--entrypoint")));
    let given = entrypoint.into_iter().chain(rest.iter().map(|word| unquoted(word))).map(str::to_owned);
    let given: Vec<String> = given.collect();
    let platforms: BTreeSet<Option<Platform>> = machine
        .runs(variables)
        .map(|values| {
            let said = call.written_value("--platform").and_then(|said| values.of(said)?.parse().ok());
            said.or_else(|| machine.platform(values))
        })
        .collect();
    let started = |platform| Started {
        line: command.line,
        disarmed: command.unnoticed(&COMPARE).map(str::to_owned),
        image: unquoted(image).to_owned(),
        command: given.clone(),
        platform,
    };
    platforms.into_iter().map(started).collect()
}

/// Tools that are run out of their images, by the repositories of those.
const TOOLS: [(&str, &str); 9] = [
    ("aquasec/trivy", "trivy"),
    ("aquasecurity/trivy", "trivy"),
    ("anchore/grype", "grype"),
    ("anchore/syft", "syft"),
    ("sigstore/cosign", "cosign"),
    ("cosign/cosign", "cosign"),
    ("projectsigstore/cosign", "cosign"),
    ("skopeo/stable", "skopeo"),
    ("go-containerregistry/crane", "crane"),
];

/// What a command has such a tool do.
pub(super) fn contained<'a>(call: &Call<'a>, variables: &Variables) -> Option<Call<'a>> {
    let is_run =
        matches!(call.program, "docker" | "podman" | "nerdctl") && call.plain.first() == Some(&"run");
    if !is_run || call.written_value("--entrypoint").is_some() {
        return None;
    }
    let (image, rest) = after_options(call, 1)?;
    let image = values::substituted(unquoted(image), variables);
    let repository = image.split('@').next()?;
    // A colon after the last slash is a tag's.
    let repository = match repository.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => repository,
    };
    let is_it =
        |name: &str| repository.strip_suffix(name).is_some_and(|host| host.is_empty() || host.ends_with('/'));
    let (_, program) = TOOLS.into_iter().find(|(name, _)| is_it(name))?;
    Some(call.within(program, rest))
}

/// The image and what comes after it.
fn after_options<'a>(call: &Call<'a>, subcommands: usize) -> Option<(&'a str, &'a [String])> {
    let mut place = subcommands;
    loop {
        let word = call.written.get(place)?;
        if !word.starts_with('-') {
            return Some((word, &call.written[place + 1..]));
        }
        place += if takes_a_word(word) { 2 } else { 1 };
    }
}

fn takes_a_word(option: &str) -> bool {
    if option.contains('=') || SWITCHES.contains(&option) {
        return false;
    }
    match option.strip_prefix("--") {
        Some(_) => true,
        // `-it` are switches, `-v` takes a word, `-eNAME=x` has it in it.
        None => option.len() == 2 && !matches!(option, "-d" | "-i" | "-t" | "-q" | "-P"),
    }
}
