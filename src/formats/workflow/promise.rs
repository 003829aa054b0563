//! What an action or a command promises.

use super::around::Disarmed;
use super::call::{Call, unquoted};
use super::gate::{self, Gate};
use super::machine::Machine;
use super::permissions;
use super::runs;
use super::shell::{self, ShellCommand};
use super::syntax::{self, Step, Text};
use super::tag;
use super::values::Variables;
use crate::model::StepKind;

/// What a step promises, before it is known whether it is armed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promise {
    pub step: StepKind,
    /// What it runs, where the step has no name.
    pub what: String,
    pub line: u32,
    /// Why its failure cannot stop the release.
    pub disarmed: Option<Disarmed>,
    /// The tag that it scans, where it is no digest.
    pub tag: Option<String>,
    /// Whether the SBOM that it makes stays with the workflow, until another step attaches it.
    pub is_loose: bool,
    /// What fails it, where it is a scan.
    pub gate: Option<Gate>,
    /// The permissions of the job's token that it needs.
    pub asks: Vec<&'static str>,
}

fn promise(step: StepKind, what: &str, line: u32, disarmed: Option<Disarmed>) -> Promise {
    let what = what.to_owned();
    Promise { step, what, line, disarmed, tag: None, is_loose: false, gate: None, asks: Vec::new() }
}

/// What `uses:` promises; the action's version does not matter.
pub(super) fn of_action(uses: &Text, step: &Step, machine: &Machine, variables: &Variables) -> Vec<Promise> {
    let mut promises = of_known_action(uses, step, variables);
    let gate = gate::of_action(uses, step, machine, variables);
    let scanned = ["image-ref", "image"].iter().find_map(|name| step.input(name));
    let tag = scanned.and_then(|scanned| tag::of(&scanned.value, variables));
    for scan in promises.iter_mut().filter(|promise| promise.step == StepKind::Scan) {
        scan.tag.clone_from(&tag);
        scan.gate.clone_from(&gate);
    }
    promises
}

fn of_known_action(uses: &Text, step: &Step, variables: &Variables) -> Vec<Promise> {
    let line = syntax::line(uses);
    let action = syntax::action_name(uses);
    let is = |name: &str| step.input(name).map(|input| input.value.trim().to_ascii_lowercase());
    let on = |name: &str| is(name).is_some_and(|value| value != "false");
    let one = |kind, disarmed| vec![promise(kind, &action, line, disarmed)];
    // Files are not the image.
    let of_files =
        ["path", "file"].iter().any(|name| step.input(name).is_some()) && step.input("image").is_none();
    match action.as_str() {
        "docker/build-push-action"
        | "docker/bake-action"
        | "depot/build-push-action"
        | "useblacksmith/build-push-action"
        | "redhat-actions/push-to-registry" => {
            let pushes =
                action.starts_with("redhat") || on("push") || pushes_by(&outputs(step).to_ascii_lowercase());
            let mut promises = if pushes { one(StepKind::Push, None) } else { Vec::new() };
            if pushes && (on("sbom") || is("attests").is_some_and(|attests| attests.contains("type=sbom"))) {
                promises.extend(one(StepKind::Sbom, None));
            }
            promises
        }
        // Of a file that is released beside the image.
        "actions/attest-sbom" | "actions/attest" if step.input("subject-path").is_some() => Vec::new(),
        "actions/attest-sbom" => attested(one(StepKind::Sbom, None), on("push-to-registry")),
        "anchore/sbom-action" if of_files => Vec::new(),
        "anchore/sbom-action" => loose(one(StepKind::Sbom, None)),
        "actions/attest" if step.input("sbom-path").is_some() => {
            attested(one(StepKind::Sbom, None), on("push-to-registry"))
        }
        "aquasecurity/trivy-action" => trivy(step, line, &action, variables),
        "anchore/scan-action" if of_files => Vec::new(),
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

/// The SBOMs are made and not attached.
fn loose(mut promises: Vec<Promise>) -> Vec<Promise> {
    for promise in &mut promises {
        promise.is_loose = true;
    }
    promises
}

/// GitHub's own actions sign what they attest, and keep it at GitHub unless they are to push it.
fn attested(mut promises: Vec<Promise>, is_pushed: bool) -> Vec<Promise> {
    for promise in &mut promises {
        promise.is_loose = !is_pushed;
        promise.asks = vec![permissions::IDENTITY, permissions::ATTESTATIONS];
    }
    promises
}

/// Whether an output of BuildKit's goes to a registry. One that only a run decides (`push=${{ … }}`) may.
pub(super) fn pushes_by(output: &str) -> bool {
    output.contains("type=registry")
        || output.contains("push=true")
        || (output.contains("push=") && !output.contains("push=false"))
}

/// The outputs of a build action: its own input, and what it sets for bake's targets.
pub(super) fn outputs(step: &Step) -> String {
    let set = step.input("set").map_or("", |set| set.value.as_str());
    let set =
        set.lines().filter(|line| line.split('=').next().unwrap_or_default().trim().ends_with(".output"));
    let own = step.input("outputs").map(|outputs| outputs.value.as_str());
    own.into_iter().chain(set).collect::<Vec<_>>().join("\n")
}

/// trivy-action: an SBOM by `format`, else a scan, whose default exit code is 0.
fn trivy(step: &Step, line: u32, action: &str, variables: &Variables) -> Vec<Promise> {
    let format =
        step.input("format").map(|input| input.value.trim().to_ascii_lowercase()).unwrap_or_default();
    if matches!(format.as_str(), "spdx" | "spdx-json" | "cyclonedx" | "github") {
        return loose(vec![promise(StepKind::Sbom, action, line, None)]);
    }
    // Files and configurations are not the image.
    let scanned = step.input("scan-type").map_or("image", |input| input.value.trim());
    if !matches!(scanned, "image" | "sbom" | "") {
        return Vec::new();
    }
    let disarmed = match step.input("exit-code") {
        // Its file of settings may have one.
        None if step.input("trivy-config").is_some() || is_set_around("trivy", variables) => None,
        None => Some((line, "no `exit-code`: it ends with 0 whatever it finds".to_owned())),
        Some(code) if code.value.trim() == "0" => {
            Some((syntax::line(code), "exit-code: '0': it ends with 0 whatever it finds".to_owned()))
        }
        Some(_) => None,
    };
    vec![promise(StepKind::Scan, action, line, disarmed)]
}

/// What the commands of a `run:` block promise. One whose failure only chooses another one that promises the same
/// (`if copy; then …; else push; fi`) leaves it to that.
pub(super) fn of_commands(
    commands: &[ShellCommand],
    machine: &Machine,
    variables: &Variables,
) -> Vec<Promise> {
    let mut promises: Vec<Promise> = Vec::new();
    for command in commands {
        let found = of_command(command, machine, variables);
        for promise in found.iter().filter(|found| command.is_conditional && found.disarmed.is_none()) {
            let same = promises.iter_mut().filter(|earlier| earlier.step == promise.step);
            let is_chosen = |why: &Disarmed| shell::DECIDES.contains(&why.1.as_str());
            same.filter(|earlier| earlier.disarmed.as_ref().is_some_and(is_chosen))
                .for_each(|earlier| earlier.disarmed = None);
        }
        promises.extend(found);
    }
    promises
}

/// What a command promises. A program that only speaks of it (`echo`) promises nothing.
fn of_command(command: &ShellCommand, machine: &Machine, variables: &Variables) -> Vec<Promise> {
    let Some(call) = Call::of(command) else { return Vec::new() };
    let contained = runs::contained(&call, variables);
    let is_contained = contained.is_some();
    let call = contained.unwrap_or(call);
    let one = |kind| {
        let is_scan = kind == StepKind::Scan;
        let toothless = if is_scan { toothless(&call, variables) } else { None };
        // Who takes the digest out of what a push prints fails where there is none.
        let unnoticed = command.unnoticed(if is_scan { &[] } else { &["grep", "egrep", "rg"] });
        let disarmed = toothless.or(unnoticed).map(str::to_owned);
        let disarmed = disarmed.map(|why| (command.line, why));
        Promise {
            tag: is_scan.then(|| tag::of(scanned(&call)?, variables)).flatten(),
            gate: is_scan.then(|| gate::of_command(&call, command.line, machine, variables)).flatten(),
            is_loose: kind == StepKind::Sbom && !matches!(call.program, "cosign" | "docker"),
            asks: if !is_contained && is_keyless(&call, variables) {
                vec![permissions::IDENTITY]
            } else {
                Vec::new()
            },
            ..promise(kind, &call.title(), command.line, disarmed)
        }
    };
    promised(&call).into_iter().map(one).collect()
}

/// Whether a command signs with an identity that it gets from GitHub. Of what is not written out nobody can tell.
fn is_keyless(call: &Call, variables: &Variables) -> bool {
    const OTHERWISE: [&str; 4] = ["--key", "--sk", "--identity-token", "--oidc-provider"];
    let signs = call.program == "cosign" && matches!(call.plain.first(), Some(&("sign" | "attest")));
    if !signs || variables.contains_key("SIGSTORE_ID_TOKEN") {
        return false;
    }
    let is_said = |word: &String| {
        OTHERWISE.iter().any(|option| {
            word.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    };
    let operands = call.operands(&COSIGN_TAKES_A_WORD);
    // `$OPTIONS` may hold any of them; what comes last is the image.
    let may_be_options = |place: &usize| {
        let word = unquoted(&call.written[*place]).replace("[@]", "");
        word.starts_with('$') && !word.contains(['@', ':', '/'])
    };
    let mut before_last = operands.iter().rev().skip(1);
    !call.written.iter().any(is_said) && !before_last.any(may_be_options)
}

/// Options of `cosign sign` and `cosign attest` whose value is the next word.
const COSIGN_TAKES_A_WORD: [&str; 11] = [
    "--annotations",
    "-a",
    "--bundle",
    "--fulcio-url",
    "--oidc-issuer",
    "--output-signature",
    "--predicate",
    "--rekor-url",
    "--signing-config",
    "--timeout",
    "--type",
];

fn promised(call: &Call) -> Vec<StepKind> {
    // Its options may stand before what it is to do.
    let operands: Vec<&str> = match call.program {
        "trivy" => {
            call.operands(&TAKES_A_WORD).iter().filter_map(|at| call.arguments.get(*at).copied()).collect()
        }
        _ => call.plain.clone(),
    };
    match (call.program, operands.as_slice()) {
        _ if call.has("--help") || call.has("--dry-run") => Vec::new(),
        ("docker", ["buildx", "build" | "bake" | "b", ..] | ["build", ..] | ["compose", "build", ..]) => {
            buildx(call)
        }
        ("docker", ["buildx", "imagetools", "create", ..]) => vec![StepKind::Push],
        (
            "docker" | "podman" | "buildah" | "nerdctl",
            ["push", ..] | ["image" | "manifest" | "compose", "push", ..],
        ) => {
            vec![StepKind::Push]
        }
        // To a folder, an archive or an engine is no push; a word that is not written out may be a registry's.
        ("skopeo", ["copy", ..]) => {
            let to = call.written.last().map_or("", |to| unquoted(to));
            if to.starts_with('$') || to.starts_with("docker://") { vec![StepKind::Push] } else { Vec::new() }
        }
        ("crane", ["push" | "copy" | "cp", ..])
        | ("ko", ["build" | "publish", ..])
        | ("regctl", ["image", "copy", ..]) => {
            vec![StepKind::Push]
        }
        ("cosign", ["sign", ..]) => vec![StepKind::Sign],
        ("cosign", ["attach", "sbom", ..]) => vec![StepKind::Sbom],
        ("cosign", ["attest", ..]) => match call.value("--type") {
            Some(kind) if kind.starts_with("spdx") || kind.starts_with("cyclonedx") => {
                vec![StepKind::Sbom]
            }
            Some(kind) if kind.contains("spdx.dev/") || kind.contains("cyclonedx.org/") => {
                vec![StepKind::Sbom]
            }
            _ => Vec::new(),
        },
        ("syft", ["version" | "login" | "config" | "cataloger", ..]) => Vec::new(),
        // Files are not the image.
        ("syft", given) if given.iter().any(|what| is_files(what)) => Vec::new(),
        ("syft", [_, ..]) | ("docker", ["sbom", ..] | ["scout", "sbom", ..]) => vec![StepKind::Sbom],
        ("trivy", ["image" | "i", ..]) => match call.value("--format").or(call.value("-f")) {
            Some("spdx" | "spdx-json" | "cyclonedx") => vec![StepKind::Sbom],
            _ => vec![StepKind::Scan],
        },
        ("grype", ["version" | "db" | "config" | "explain", ..]) => Vec::new(),
        ("grype", [what, ..]) if is_files(what) => Vec::new(),
        ("grype", [_, ..]) | ("docker", ["scout", "cves" | "quickview", ..]) => vec![StepKind::Scan],
        _ => Vec::new(),
    }
}

/// Whether a scanner is given files.
fn is_files(what: &str) -> bool {
    what == "." || what.starts_with("dir:") || what.starts_with("file:")
}

fn buildx(call: &Call) -> Vec<StepKind> {
    let output = call.value("--output").or(call.value("-o")).unwrap_or_default();
    if !call.has("--push") && !pushes_by(output) {
        return Vec::new();
    }
    let attests =
        call.has("--sbom") || call.value("--attest").is_some_and(|attest| attest.contains("type=sbom"));
    if attests { vec![StepKind::Push, StepKind::Sbom] } else { vec![StepKind::Push] }
}

/// What a scanner is given, as it is written; none where it reads something else than an image.
fn scanned<'a>(call: &Call<'a>) -> Option<&'a str> {
    if call.value("--input").is_some() {
        return None;
    }
    let subcommands = match call.program {
        "grype" => 0,
        "docker" => 2,
        _ => 1,
    };
    let place = *call.operands(&TAKES_A_WORD).get(subcommands)?;
    call.written.get(place).map(String::as_str)
}

/// Why a scan ends with 0 whatever it finds.
fn toothless(call: &Call, variables: &Variables) -> Option<&'static str> {
    match call.program {
        // A file of settings may say so.
        "trivy" | "grype" if call.has("--config") || call.has("-c") => None,
        program if is_set_around(program, variables) => None,
        "trivy" if call.value("--exit-code").is_none_or(|code| code == "0") => {
            Some("trivy without `--exit-code 1` ends with 0 whatever it finds")
        }
        "grype" if call.value("--fail-on").or(call.value("-f")).is_none() => {
            Some("grype without `--fail-on` ends with 0 whatever it finds")
        }
        "docker" if !call.has("--exit-code") && !call.has("-e") => {
            Some("docker scout without `--exit-code` ends with 0 whatever it finds")
        }
        _ => None,
    }
}

/// Whether a variable of the environment says what fails a scan, or names a file that may.
fn is_set_around(program: &str, variables: &Variables) -> bool {
    let names: &[&str] = match program {
        "trivy" => &["TRIVY_EXIT_CODE", "TRIVY_CONFIG"],
        "grype" => &["GRYPE_FAIL_ON_SEVERITY", "GRYPE_CONFIG"],
        _ => &[],
    };
    names.iter().any(|name| variables.get(*name).is_some_and(|value| value.trim() != "0"))
}

/// Options of scanners whose value is the next word.
const TAKES_A_WORD: [&str; 25] = [
    "--cache-dir",
    "--config",
    "-c",
    "--exit-code",
    "--fail-on",
    "--file",
    "--format",
    "-f",
    "--ignore-policy",
    "--ignorefile",
    "--name",
    "--only-severity",
    "--output",
    "-o",
    "--pkg-types",
    "--platform",
    "--scanners",
    "--scope",
    "-s",
    "--severity",
    "--template",
    "-t",
    "--timeout",
    "--vex",
    "--vuln-type",
];
