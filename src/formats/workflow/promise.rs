//! What an action or a command promises.

use super::Promise;
use super::shell::ShellCommand;
use super::syntax::{self, Step, Text};
use crate::model::StepKind;

fn promise(step: StepKind, what: &str, line: u32, disarmed: Option<(u32, String)>) -> Promise {
    Promise { step, what: what.to_owned(), line, disarmed }
}

/// What `uses:` promises; the action's version does not matter.
pub(super) fn of_action(uses: &Text, step: &Step) -> Vec<Promise> {
    let line = syntax::line(uses);
    let action = uses.value.split('@').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |name: &str| step.input(name).map(|input| input.value.trim().to_ascii_lowercase());
    let on = |name: &str| is(name).is_some_and(|value| value != "false");
    let one = |kind, disarmed| vec![promise(kind, &action, line, disarmed)];
    match action.as_str() {
        "docker/build-push-action" | "docker/bake-action" | "redhat-actions/push-to-registry" => {
            let pushes = action.starts_with("redhat")
                || on("push")
                || is("outputs").is_some_and(|out| out.contains("push=true"));
            let mut promises = if pushes { one(StepKind::Push, None) } else { Vec::new() };
            if pushes && on("sbom") {
                promises.extend(one(StepKind::Sbom, None));
            }
            promises
        }
        "actions/attest-sbom" => one(StepKind::Sbom, None),
        "anchore/sbom-action" => one(StepKind::Sbom, None),
        "aquasecurity/trivy-action" => trivy(step, line, &action),
        "anchore/scan-action" => {
            let off = step.input("fail-build").filter(|input| input.value.trim() == "false");
            let off = off
                .map(|input| (syntax::line(input), "fail-build: false: findings do not fail it".to_owned()));
            one(StepKind::Scan, off)
        }
        "docker/scout-action" => {
            let off = (!on("exit-code"))
                .then(|| (line, "without `exit-code: true` findings do not fail it".to_owned()));
            one(StepKind::Scan, off)
        }
        "snyk/actions/docker" => one(StepKind::Scan, None),
        _ => Vec::new(),
    }
}

/// trivy-action: an SBOM by `format`, else a scan, whose default exit code is 0.
fn trivy(step: &Step, line: u32, action: &str) -> Vec<Promise> {
    let format =
        step.input("format").map(|input| input.value.trim().to_ascii_lowercase()).unwrap_or_default();
    if matches!(format.as_str(), "spdx" | "spdx-json" | "cyclonedx" | "github") {
        return vec![promise(StepKind::Sbom, action, line, None)];
    }
    let disarmed = match step.input("exit-code") {
        None => Some((line, "no `exit-code`: it ends with 0 whatever it finds".to_owned())),
        Some(code) if code.value.trim() == "0" => {
            Some((syntax::line(code), "exit-code: '0': it ends with 0 whatever it finds".to_owned()))
        }
        Some(_) => None,
    };
    vec![promise(StepKind::Scan, action, line, disarmed)]
}

/// What a command of a `run:` block promises.
pub(super) fn of_command(command: &ShellCommand) -> Vec<Promise> {
    let words: Vec<&str> =
        command.words.iter().map(String::as_str).skip_while(|word| is_wrapper(word)).collect();
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let program = program.rsplit('/').next().unwrap_or_default();
    let has = |flag: &str| arguments.contains(&flag);
    let value = |flag: &str| {
        let prefix = format!("{flag}=");
        let joined = arguments.iter().find_map(|word| word.strip_prefix(prefix.as_str()));
        let next =
            arguments.iter().position(|word| *word == flag).and_then(|at| arguments.get(at + 1).copied());
        joined.or(next)
    };
    let plain: Vec<&str> = arguments.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let kind = match (program, plain.as_slice()) {
        ("docker" | "podman", ["push", ..]) | ("podman" | "docker", ["manifest", "push", ..]) => {
            StepKind::Push
        }
        ("docker", ["buildx", "build" | "bake", ..]) | ("docker", ["build", ..]) if has("--push") => {
            StepKind::Push
        }
        ("docker", ["buildx", "imagetools", "create", ..]) => StepKind::Push,
        ("skopeo", ["copy", ..])
        | ("crane", ["push" | "copy" | "cp", ..])
        | ("ko", ["build" | "publish", ..]) => StepKind::Push,
        ("buildah", ["push", ..]) | ("buildah", ["manifest", "push", ..]) => StepKind::Push,
        ("cosign", ["sign", ..]) => StepKind::Sign,
        ("cosign", ["attest" | "attach", ..]) => match value("--type") {
            Some(kind) if kind.starts_with("spdx") || kind.starts_with("cyclonedx") => StepKind::Sbom,
            _ if plain.get(1) == Some(&"sbom") => StepKind::Sbom,
            _ => return Vec::new(),
        },
        ("syft", [_, ..]) => StepKind::Sbom,
        ("trivy", ["image", ..]) => match value("--format").or(value("-f")) {
            Some("spdx" | "spdx-json" | "cyclonedx") => StepKind::Sbom,
            _ => StepKind::Scan,
        },
        ("grype", [_, ..]) | ("docker", ["scout", "cves" | "quickview", ..]) => StepKind::Scan,
        _ => return Vec::new(),
    };
    let toothless = match (kind, program) {
        (StepKind::Scan, "trivy") if value("--exit-code").is_none_or(|code| code == "0") => {
            Some("trivy without `--exit-code 1` ends with 0 whatever it finds")
        }
        (StepKind::Scan, "grype") if value("--fail-on").or(value("-f")).is_none() => {
            Some("grype without `--fail-on` ends with 0 whatever it finds")
        }
        (StepKind::Scan, "docker") if !has("--exit-code") && !has("-e") => {
            Some("docker scout without `--exit-code` ends with 0 whatever it finds")
        }
        _ => None,
    };
    let disarmed = toothless.map(str::to_owned).or_else(|| command.disarmed.clone());
    let disarmed = disarmed.map(|why| (command.line, why));
    let what: Vec<&str> = std::iter::once(program).chain(plain.iter().copied()).take(3).collect();
    vec![promise(kind, what.join(" ").trim(), command.line, disarmed)]
}

fn is_wrapper(word: &str) -> bool {
    matches!(word, "sudo" | "env" | "time" | "exec" | "command")
        || (word.contains('=') && !word.starts_with('-'))
}
