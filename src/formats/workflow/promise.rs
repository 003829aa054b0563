//! What an action or a command promises.

use super::around::Disarmed;
use super::shell::ShellCommand;
use super::syntax::{self, Step, Text};
use super::tag::{self, Variables};
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
}

fn promise(step: StepKind, what: &str, line: u32, disarmed: Option<Disarmed>) -> Promise {
    Promise { step, what: what.to_owned(), line, disarmed, tag: None, is_loose: false }
}

/// What `uses:` promises; the action's version does not matter.
pub(super) fn of_action(uses: &Text, step: &Step, variables: &Variables) -> Vec<Promise> {
    let mut promises = of_known_action(uses, step);
    let scanned = ["image-ref", "image"].iter().find_map(|name| step.input(name));
    let tag = scanned.and_then(|scanned| tag::of(&scanned.value, variables));
    for scan in promises.iter_mut().filter(|promise| promise.step == StepKind::Scan) {
        scan.tag.clone_from(&tag);
    }
    promises
}

fn of_known_action(uses: &Text, step: &Step) -> Vec<Promise> {
    let line = syntax::line(uses);
    let action = uses.value.split('@').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |name: &str| step.input(name).map(|input| input.value.trim().to_ascii_lowercase());
    let on = |name: &str| is(name).is_some_and(|value| value != "false");
    let one = |kind, disarmed| vec![promise(kind, &action, line, disarmed)];
    match action.as_str() {
        "docker/build-push-action" | "docker/bake-action" | "redhat-actions/push-to-registry" => {
            let pushes = action.starts_with("redhat")
                || on("push")
                || is("outputs").is_some_and(|out| pushes_by(&out));
            let mut promises = if pushes { one(StepKind::Push, None) } else { Vec::new() };
            if pushes && (on("sbom") || is("attests").is_some_and(|attests| attests.contains("type=sbom"))) {
                promises.extend(one(StepKind::Sbom, None));
            }
            promises
        }
        "actions/attest-sbom" => one(StepKind::Sbom, None),
        "anchore/sbom-action" => loose(one(StepKind::Sbom, None)),
        "actions/attest" if step.input("sbom-path").is_some() => one(StepKind::Sbom, None),
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

/// The SBOMs are made and not attached.
fn loose(mut promises: Vec<Promise>) -> Vec<Promise> {
    for promise in &mut promises {
        promise.is_loose = true;
    }
    promises
}

/// Whether an output of BuildKit's goes to a registry.
fn pushes_by(output: &str) -> bool {
    output.contains("push=true") || output.contains("type=registry")
}

/// trivy-action: an SBOM by `format`, else a scan, whose default exit code is 0.
fn trivy(step: &Step, line: u32, action: &str) -> Vec<Promise> {
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
        None => Some((line, "no `exit-code`: it ends with 0 whatever it finds".to_owned())),
        Some(code) if code.value.trim() == "0" => {
            Some((syntax::line(code), "exit-code: '0': it ends with 0 whatever it finds".to_owned()))
        }
        Some(_) => None,
    };
    vec![promise(StepKind::Scan, action, line, disarmed)]
}

/// What a command of a `run:` block promises. A program that only speaks of it (`echo`) promises nothing.
pub(super) fn of_command(command: &ShellCommand, variables: &Variables) -> Vec<Promise> {
    let Some(call) = Call::of(&command.words) else { return Vec::new() };
    let mut promises = Vec::new();
    for kind in call.promises() {
        let toothless = if kind == StepKind::Scan { call.toothless() } else { None };
        let disarmed = toothless.map(str::to_owned).or_else(|| command.disarmed.clone());
        let disarmed = disarmed.map(|why| (command.line, why));
        let tag = (kind == StepKind::Scan).then(|| tag::of(call.scanned(command)?, variables)).flatten();
        let is_loose = kind == StepKind::Sbom && !matches!(call.program, "cosign" | "docker");
        promises.push(Promise { tag, is_loose, ..promise(kind, &call.title(), command.line, disarmed) });
    }
    promises
}

/// Whether an action logs in somewhere.
pub(super) fn action_logs_in(uses: &Text) -> bool {
    let action = uses.value.split('@').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(
        action.as_str(),
        "docker/login-action"
            | "redhat-actions/podman-login"
            | "azure/docker-login"
            | "azure/login"
            | "aws-actions/configure-aws-credentials"
            | "google-github-actions/auth"
    )
}

/// Whether a command whose failure counts logs in at a registry.
pub(super) fn command_logs_in(command: &ShellCommand) -> bool {
    const PROGRAMS: [&str; 10] =
        ["docker", "podman", "buildah", "nerdctl", "skopeo", "helm", "oras", "crane", "regctl", "cosign"];
    let logs_in = |call: Call| {
        PROGRAMS.contains(&call.program)
            && matches!(call.plain.as_slice(), ["login", ..] | ["registry" | "auth", "login", ..])
    };
    command.disarmed.is_none() && Call::of(&command.words).is_some_and(logs_in)
}

/// A program with its arguments.
pub(super) struct Call<'a> {
    pub program: &'a str,
    arguments: Vec<&'a str>,
    /// The arguments that are no options.
    pub plain: Vec<&'a str>,
}

impl<'a> Call<'a> {
    pub fn of(words: &'a [String]) -> Option<Self> {
        let mut words = words.iter().map(String::as_str).peekable();
        loop {
            match *words.peek()? {
                // Its first argument is how long.
                "timeout" => {
                    words.next();
                    while words.next_if(|word| word.starts_with('-')).is_some() {}
                    words.next();
                }
                // What it starts comes behind its options, some of which take a word.
                "xargs" => {
                    words.next();
                    while let Some(option) = words.next_if(|word| word.starts_with('-')) {
                        if matches!(option, "-I" | "-n" | "-P" | "-L" | "-d" | "-a" | "-s" | "-E") {
                            words.next();
                        }
                    }
                }
                word if is_wrapper(word) || word.starts_with('-') => {
                    words.next();
                }
                _ => break,
            }
        }
        let program = words.next()?;
        let program = program.rsplit('/').next().unwrap_or_default();
        let arguments: Vec<&str> = words.collect();
        let plain = arguments.iter().copied().filter(|word| !word.starts_with('-')).collect();
        Some(Self { program, arguments, plain })
    }

    fn has(&self, flag: &str) -> bool {
        let is_set = |word: &&str| {
            word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
                && !word.ends_with("=false")
        };
        self.arguments.iter().any(is_set)
    }

    /// The value of an option, in the next word or behind `=`.
    pub fn value(&self, flag: &str) -> Option<&'a str> {
        let joined = self.arguments.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        let next = || {
            let at = self.arguments.iter().position(|word| *word == flag)?;
            self.arguments.get(at + 1).copied()
        };
        joined.or_else(next)
    }

    fn promises(&self) -> Vec<StepKind> {
        match (self.program, self.plain.as_slice()) {
            _ if self.has("--help") || self.has("--dry-run") => Vec::new(),
            ("docker", ["buildx", "build" | "bake" | "b", ..] | ["build", ..]) => self.buildx(),
            ("docker", ["buildx", "imagetools", "create", ..]) => vec![StepKind::Push],
            (
                "docker" | "podman" | "buildah" | "nerdctl",
                ["push", ..] | ["image" | "manifest" | "compose", "push", ..],
            ) => {
                vec![StepKind::Push]
            }
            // To a folder or an archive is no push; a word that is not written out may be a registry's.
            ("skopeo", ["copy", rest @ ..]) => {
                let to = rest.last().copied().unwrap_or_default();
                if to.is_empty() || to.starts_with("docker://") { vec![StepKind::Push] } else { Vec::new() }
            }
            ("crane", ["push" | "copy" | "cp", ..])
            | ("ko", ["build" | "publish", ..])
            | ("regctl", ["image", "copy", ..]) => {
                vec![StepKind::Push]
            }
            ("cosign", ["sign", ..]) => vec![StepKind::Sign],
            ("cosign", ["attach", "sbom", ..]) => vec![StepKind::Sbom],
            ("cosign", ["attest", ..]) => match self.value("--type") {
                Some(kind) if kind.starts_with("spdx") || kind.starts_with("cyclonedx") => {
                    vec![StepKind::Sbom]
                }
                Some(kind) if kind.contains("spdx.dev/") || kind.contains("cyclonedx.org/") => {
                    vec![StepKind::Sbom]
                }
                _ => Vec::new(),
            },
            ("syft", ["version" | "login" | "config" | "cataloger", ..]) => Vec::new(),
            ("syft", [_, ..]) | ("docker", ["sbom", ..] | ["scout", "sbom", ..]) => vec![StepKind::Sbom],
            ("trivy", ["image" | "i", ..]) => match self.value("--format").or(self.value("-f")) {
                Some("spdx" | "spdx-json" | "cyclonedx") => vec![StepKind::Sbom],
                _ => vec![StepKind::Scan],
            },
            ("grype", ["version" | "db" | "config" | "explain", ..]) => Vec::new(),
            ("grype", [_, ..]) | ("docker", ["scout", "cves" | "quickview", ..]) => vec![StepKind::Scan],
            _ => Vec::new(),
        }
    }

    fn buildx(&self) -> Vec<StepKind> {
        let output = self.value("--output").or(self.value("-o")).unwrap_or_default();
        if !self.has("--push") && !pushes_by(output) {
            return Vec::new();
        }
        let attests =
            self.has("--sbom") || self.value("--attest").is_some_and(|attest| attest.contains("type=sbom"));
        if attests { vec![StepKind::Push, StepKind::Sbom] } else { vec![StepKind::Push] }
    }

    /// What a scanner is given, as it is written; none where it reads something else than an image.
    fn scanned<'c>(&self, command: &'c ShellCommand) -> Option<&'c str> {
        if self.value("--input").is_some() {
            return None;
        }
        let written = command.written.get(command.words.len() - self.arguments.len()..)?;
        let subcommands = match self.program {
            "grype" => 0,
            "docker" => 2,
            _ => 1,
        };
        let mut words = written.iter().map(String::as_str);
        let mut plain = Vec::new();
        while let Some(word) = words.next() {
            match word.strip_prefix('-') {
                None => plain.push(word),
                Some(_) if TAKES_A_WORD.contains(&word) => {
                    words.next();
                }
                Some(_) => {}
            }
        }
        plain.get(subcommands).copied()
    }

    /// Why a scan ends with 0 whatever it finds.
    fn toothless(&self) -> Option<&'static str> {
        match self.program {
            "trivy" if self.value("--exit-code").is_none_or(|code| code == "0") => {
                Some("trivy without `--exit-code 1` ends with 0 whatever it finds")
            }
            "grype" if self.value("--fail-on").or(self.value("-f")).is_none() => {
                Some("grype without `--fail-on` ends with 0 whatever it finds")
            }
            "docker" if !self.has("--exit-code") && !self.has("-e") => {
                Some("docker scout without `--exit-code` ends with 0 whatever it finds")
            }
            _ => None,
        }
    }

    pub fn title(&self) -> String {
        let words = self.plain.iter().copied().filter(|word| !word.is_empty());
        std::iter::once(self.program).chain(words).take(3).collect::<Vec<_>>().join(" ")
    }
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

/// A program that only starts another one, or a variable set for it.
fn is_wrapper(word: &str) -> bool {
    matches!(word, "sudo" | "env" | "time" | "exec" | "command" | "nice" | "nohup")
        || (word.contains('=') && !word.starts_with('-'))
}
