//! What looks like evidence and is none: a success that is only echoed, a verification that accepts whoever signed.

use std::path::Path;

use super::call::Call;
use super::expression::{self, Part};
use super::promise::Promise;
use super::shell::{self, ShellCommand};
use super::syntax::Text;
use super::verification;
use crate::model::{Hollow, Location, StepKind};

/// The marks that a claim of success begins with.
const MARKS: [char; 4] = ['✅', '✔', '☑', '✓'];

/// Words of a claim that nothing names the object of.
const VERDICTS: [&str; 14] = [
    "met",
    "pass",
    "passed",
    "passes",
    "valid",
    "validated",
    "verified",
    "success",
    "successful",
    "compliant",
    "healthy",
    "ready",
    "complete",
    "completed",
];

/// Claims without a mark.
const PHRASES: [&str; 4] = ["dod met", "definition of done met", "all checks passed", "all checks pass"];

/// Programs that show or keep something and check nothing.
const IDLE: [&str; 17] = [
    "echo", "printf", "cat", "tee", ":", "true", "set", "cd", "pwd", "date", "ls", "mkdir", "touch", "sleep",
    "env", "source", ".",
];

/// Programs that run what is written elsewhere: it may do anything.
const OPAQUE: [&str; 26] = [
    "make",
    "just",
    "task",
    "mage",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "node",
    "deno",
    "bun",
    "python",
    "python3",
    "ruby",
    "bash",
    "sh",
    "go",
    "cargo",
    "bazel",
    "nix",
    "earthly",
    "dagger",
    "goreleaser",
    "ko",
    "gradle",
    "mvn",
];

/// Owners and actions that set something up, or whose promises are known.
const KNOWN: [&str; 7] = [
    "actions/",
    "docker/",
    "sigstore/cosign-installer",
    "aquasecurity/",
    "anchore/",
    "github/codeql-action/",
    "softprops/action-gh-release",
];

/// What a step shows of what was done before another one claims it, and what it claims itself.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What it promises, where its failure counts.
    promises: Vec<StepKind>,
    /// What it does, where its failure does not count.
    powerless: Vec<StepKind>,
    /// What else it runs whose failure counts.
    programs: Vec<String>,
    /// It may do anything.
    opaque: bool,
    /// Where it is said that it runs although something before it failed.
    anyway: Option<Anyway>,
    claims: Vec<Claim>,
}

/// Where it is said that something runs whatever happened before.
#[derive(Debug, Clone)]
pub(super) enum Anyway {
    /// By the step: what its job did before it stops nothing.
    Step(Location),
    /// By the job: what other jobs did stops nothing, a step of its own still does.
    Job(Location),
}

#[derive(Debug)]
struct Claim {
    text: String,
    topics: Vec<StepKind>,
    at: Location,
}

impl Seen {
    pub fn new(anyway: Option<Anyway>) -> Self {
        Self { anyway, ..Self::default() }
    }

    /// A step that cannot be looked into.
    pub fn opaque() -> Self {
        Self { opaque: true, ..Self::default() }
    }

    /// Whether it may have done anything.
    pub fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// Takes in an action.
    pub fn used(&mut self, uses: &Text, promises: &[Promise], disarmed: bool) {
        let action = uses.value.trim().to_ascii_lowercase();
        self.opaque |= !KNOWN.iter().any(|known| action.starts_with(known));
        self.promised(promises, disarmed);
    }

    fn promised(&mut self, promises: &[Promise], disarmed: bool) {
        for promise in promises {
            let counts = promise.disarmed.is_none() && !disarmed;
            let kinds = if counts { &mut self.promises } else { &mut self.powerless };
            kinds.push(promise.step);
        }
    }

    /// Takes in a script. What it claims after a command of its own that could have stopped it is left to that.
    pub fn ran(&mut self, commands: &[ShellCommand], promises: &[Promise], disarmed: bool, file: &Path) {
        self.promised(promises, disarmed);
        let mut checked = false;
        for command in commands {
            if !checked && !command.is_conditional {
                self.claims.extend(claimed(command, file));
            }
            let Some(call) = Call::of(command).filter(|_| !command.is_assignment()) else { continue };
            if IDLE.contains(&call.program) || !command.counts() || verification::accepts_anyone(&call) {
                continue;
            }
            let toothless = promises.iter().any(|it| it.line == command.line && it.disarmed.is_some());
            if !toothless {
                checked = true;
            }
            if !toothless && !disarmed {
                self.opaque |= call.program.is_empty()
                    || OPAQUE.contains(&call.program)
                    || command
                        .words
                        .iter()
                        .any(|word| word.rsplit_once('.').is_some_and(|(_, end)| end == "sh"));
                self.programs.push(call.program.to_owned());
            }
        }
    }

    /// Whether what it did may be what is claimed.
    fn supports(&self, topic: Option<StepKind>) -> bool {
        let Some(topic) = topic else {
            return !self.promises.is_empty() || !self.programs.is_empty() || self.opaque;
        };
        self.opaque
            || self.promises.contains(&topic)
            || self.programs.iter().any(|program| programs(topic).contains(&program.as_str()))
    }
}

/// Programs that may do or check what a claim is about.
fn programs(topic: StepKind) -> &'static [&'static str] {
    match topic {
        StepKind::Push => &[
            "docker", "podman", "buildah", "nerdctl", "crane", "skopeo", "oras", "regctl", "helm", "curl",
            "gh",
        ],
        StepKind::Sign => &["cosign", "notation", "gh", "gpg", "slsa-verifier"],
        StepKind::Sbom => &["syft", "cosign", "trivy", "docker", "cdxgen", "bom"],
        StepKind::Scan => &["trivy", "grype", "snyk", "docker", "osv-scanner", "clair-action"],
    }
}

/// What the steps of a job claim that neither they nor the ones before them looked at. `before`: the steps of the jobs
/// that the job waits for.
pub(super) fn claims(steps: &[Seen], before: &[&Seen]) -> Vec<Hollow> {
    let mut hollow = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        for claim in &step.claims {
            let own = |topic| steps[..place].iter().any(|seen| seen.supports(topic));
            let unsupported = |topic| !own(topic) && !before.iter().any(|seen| seen.supports(topic));
            let anyway = match &step.anyway {
                Some(Anyway::Job(_)) if own(claim.topics.first().copied()) => None,
                Some(Anyway::Step(at) | Anyway::Job(at)) => Some(at),
                None => None,
            };
            let (topic, why) = if let Some(anyway) = anyway {
                let text =
                    format!("it is claimed whatever happened before (`if: always()`, line {})", anyway.line);
                (claim.topics.first().copied(), text)
            } else if claim.topics.is_empty() && unsupported(None) {
                (None, "it is only said: nothing before it checks anything".to_owned())
            } else if let Some(topic) = claim.topics.iter().copied().find(|topic| unsupported(Some(*topic))) {
                let mut earlier = before.iter().copied().chain(&steps[..=place]);
                let why = if earlier.any(|seen| seen.powerless.contains(&topic)) {
                    "it is only said: what does that before it cannot stop anything"
                } else {
                    "it is only said: nothing before it does or checks that"
                };
                (Some(topic), why.to_owned())
            } else {
                continue;
            };
            hollow.push(Hollow { step: topic, what: claim.text.clone(), why, at: claim.at.clone() });
        }
    }
    hollow
}

/// What a command claims: the text that it shows, or writes into the summary.
fn claimed(command: &ShellCommand, file: &Path) -> Vec<Claim> {
    let program = command.words.first().map_or("", String::as_str);
    let said = match program {
        "echo" | "printf" => {
            vec![(command.written.get(1..).unwrap_or_default().join(" "), command.line)]
        }
        "cat" | "tee" => command.heredocs.clone(),
        _ => Vec::new(),
    };
    let lines = said.into_iter().flat_map(|(text, first)| {
        let lines: Vec<(String, u32)> = text.lines().map(str::to_owned).zip(first..).collect();
        lines
    });
    lines.filter_map(|(text, line)| claim(&text, Location { file: file.to_owned(), line })).collect()
}

fn claim(text: &str, at: Location) -> Option<Claim> {
    let text: String = text.trim().trim_matches(['"', '\'']).chars().take(120).collect();
    // What an expression comes to, a run decides: `${{ job.status == 'success' && '✅' || '❌' }}`.
    let written = expression::parts(&text).filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Expression { .. } => None,
    });
    let lower = written.collect::<String>().to_lowercase();
    let marked = lower.contains(MARKS);
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let topics = topics(&words);
    let is_claim = if marked {
        !topics.is_empty() || words.iter().any(|word| VERDICTS.contains(word))
    } else {
        PHRASES.iter().any(|phrase| lower.contains(phrase))
    };
    is_claim.then_some(Claim { text, topics, at })
}

/// What a claim is about. What is going on (`signing …`) is no claim.
fn topics(words: &[&str]) -> Vec<StepKind> {
    let about = |stems: &[&str], whole: &[&str]| {
        words.iter().any(|word| {
            !word.ends_with("ing")
                && (stems.iter().any(|stem| word.starts_with(stem)) || whole.contains(word))
        })
    };
    let mut topics = Vec::new();
    let kinds = [
        (StepKind::Sign, about(&["signed", "signature", "cosign"], &["sign"])),
        (StepKind::Sbom, about(&["sbom"], &[])),
        (StepKind::Scan, about(&["vulnerabilit", "scanned", "trivy", "grype"], &["scan", "cve", "cves"])),
        (StepKind::Push, about(&["published", "pushed"], &[])),
    ];
    topics.extend(kinds.into_iter().filter(|(_, is_it)| *is_it).map(|(kind, _)| kind));
    topics
}

impl ShellCommand {
    /// Whether what comes after it comes only where it succeeded.
    pub(super) fn counts(&self) -> bool {
        self.disarmed.as_deref().is_none_or(|why| shell::DECIDES.contains(&why))
    }
}
