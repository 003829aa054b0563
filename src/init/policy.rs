//! `[signature]`, `[vulnerabilities]`, `[sbom]`, `[source]`: what the workflows and files say of them.

use std::path::{Path, PathBuf};

use super::Project;
use super::draft::{
    Certainty::{FillIn, Found, Guessed},
    Section,
};
use super::release::{Release, Source};
use super::value::Value;
use super::workflows::Workflows;
use crate::formats::scan::severity;
use crate::formats::workflow::Outline;
use crate::model::{DeclaredStep, Location, Severity, StepKind};

const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Who has to have signed.
pub(super) fn signature(project: &Project, workflows: &Workflows, release: &Release) -> Section {
    let mut section = Section::new("[signature]");
    let signer = Signer::of(workflows);
    let key = signer.as_ref().and_then(|signer| signer.key.clone());
    match (&signer, key, &release.source) {
        (Some(signer), Some(key), _) => {
            let public = ["cosign.pub", ".sigstore/cosign.pub", "keys/cosign.pub"]
                .into_iter()
                .find(|file| has(project, file));
            match public {
                Some(file) => section.set(
                    Guessed,
                    "key",
                    file.into(),
                    format!("{} signs with {key}; this public key is here", signer.at),
                ),
                None => section.suggest(
                    FillIn,
                    "key",
                    "cosign.pub".into(),
                    format!("{} signs with {key}: the public key to it, as a path", signer.at),
                ),
            }
        }
        (Some(signer), None, Some(source)) if source.is_github() => {
            let started_by = workflows.starting(&signer.workflow).or(workflows.outline(&signer.workflow));
            let rule = identity(source, &signer.workflow, started_by);
            let says = format!("{} signs keyless; this is its workflow at the refs that start it", signer.at);
            section.set(Guessed, "identity_regexp", rule.into(), says);
            let says = format!("who vouches for workflows of {}", source.host);
            section.set(Found, "issuer", issuer(source).into(), says);
        }
        (signer, _, source) => {
            let why = match signer {
                Some(signer) => format!("{} signs, and the source is not known", signer.at),
                None => "no workflow of the release was seen to sign".to_owned(),
            };
            let file = workflows.release_file();
            let (rule, issuer) = match source {
                Some(source) if source.is_github() => {
                    (identity(source, &file, workflows.outline(&file)), issuer(source))
                }
                Some(source) if source.is_gitlab() => {
                    let file = format!("{}//.gitlab-ci.yml", source.url());
                    (format!("^{}@refs/tags/[^/]+$", escaped(&file)), format!("https://{}", source.host))
                }
                _ => (r"^https://github\.com/acme/app/".to_owned(), GITHUB_ISSUER.to_owned()),
            };
            let says = format!("who has to have signed; without a rule item 3 is PARTIAL at most ({why})");
            section.suggest(FillIn, "identity_regexp", rule.into(), says);
            section.suggest(FillIn, "issuer", issuer.into(), "who vouches for that identity");
        }
    }
    let root = project
        .paths
        .iter()
        .find(|path| path.file_name().is_some_and(|name| name == "trusted_root.json") && !is_for_tests(path));
    if let Some(root) = root {
        let says =
            "the trust root of a private Sigstore is here; without this, the public good instance counts";
        section.suggest(Guessed, "trusted_root", root.display().to_string().into(), says);
    }
    section
}

/// Who signs in the release.
struct Signer {
    at: Location,
    /// The workflow that its certificates name.
    workflow: PathBuf,
    /// The key, where it signs with one.
    key: Option<String>,
}

impl Signer {
    /// A step of the release, else a program that one runs.
    fn of(workflows: &Workflows) -> Option<Self> {
        let mut steps = workflows.declared.steps.iter();
        let step = steps.find(|step| step.step == StepKind::Sign && workflows.is_released_by(&step.at.file));
        if let Some(step) = step {
            let key = workflows.outline(&step.at.file).and_then(|outline| key_of(step, outline));
            return Some(Self { at: step.at.clone(), workflow: step.at.file.clone(), key });
        }
        let signing = workflows.signed()?;
        let workflow = signing.by.as_ref()?.file.clone();
        Some(Self { at: signing.at.clone(), workflow, key: signing.key.clone() })
    }
}

/// What a step signs with, where that is a key.
fn key_of(step: &DeclaredStep, outline: &Outline) -> Option<String> {
    let steps = outline.jobs.iter().flat_map(|job| &job.steps);
    let command = steps.flat_map(|step| &step.commands).find(|command| command.at == step.at)?;
    let words = &command.value;
    words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--key")? {
        "" => words.get(at + 1).cloned(),
        rest => rest.strip_prefix('=').map(str::to_owned),
    })
}

/// The identities of a workflow's certificates: its file, at the refs that start it.
fn identity(source: &Source, file: &Path, outline: Option<&Outline>) -> String {
    let address = format!("{}/{}", source.url(), file.display());
    let refs = outline.map_or_else(|| "refs/tags/.*".to_owned(), refs);
    format!("^{}@{refs}$", escaped(&address))
}

/// A text as a regular expression; a hyphen needs no escape.
fn escaped(text: &str) -> String {
    regex::escape(text).replace(r"\-", "-")
}

/// Who vouches for workflows there.
fn issuer(source: &Source) -> String {
    match source.host.as_str() {
        "github.com" => GITHUB_ISSUER.to_owned(),
        host => format!("https://{host}/_services/token"),
    }
}

/// The refs that start a workflow, as a regular expression.
fn refs(outline: &Outline) -> String {
    let group = |kind: &str, patterns: &[String]| {
        let patterns: Vec<String> =
            patterns.iter().filter(|one| !one.starts_with('!')).map(|one| pattern(one)).collect();
        match patterns.as_slice() {
            [] => None,
            [only] => Some(format!("refs/{kind}/{only}")),
            several => Some(format!("refs/{kind}/({})", several.join("|"))),
        }
    };
    let of_event = |event: &str| outline.events.iter().any(|one| one == event);
    group("tags", &outline.tags)
        .or_else(|| of_event("release").then(|| "refs/tags/[^/]+".to_owned()))
        .or_else(|| group("heads", &outline.branches))
        .unwrap_or_else(|| "refs/tags/[^/]+".to_owned())
}

/// A filter pattern of GitHub's (workflow syntax, "Filter pattern cheat sheet") as a regular expression.
fn pattern(filter: &str) -> String {
    let mut out = String::new();
    let mut rest = filter.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' | '+' if !out.is_empty() => out.push(c),
            '[' => {
                let class: String = rest.by_ref().take_while(|c| *c != ']').collect();
                let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
                let class: String = class.chars().filter(plain).collect();
                out.push_str(&if class.is_empty() { "[^/]".to_owned() } else { format!("[{class}]") });
            }
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    // What a strange pattern makes is no regular expression: then any tag.
    if regex::Regex::new(&out).is_ok() { out } else { "[^/]+".to_owned() }
}

/// What the release's scanner looks for, and the files that say what does not count.
pub(super) fn vulnerabilities(project: &Project, workflows: &Workflows) -> Section {
    let mut section = Section::new("[vulnerabilities]");
    let steps = workflows.released().flat_map(|outline| &outline.jobs).flat_map(|job| &job.steps);
    for step in steps {
        let input = |name: &str| step.inputs.get(name);
        let severity =
            input("severity").or_else(|| input("severity-cutoff")).or_else(|| input("only-severities"));
        let Some(action) = &step.action else { continue };
        if !matches!(
            action.value.as_str(),
            "aquasecurity/trivy-action" | "anchore/scan-action" | "docker/scout-action"
        ) {
            continue;
        }
        if let Some(severity) = severity
            && let Some(lowest) = severity.value.split(',').filter_map(severity::of_word).min()
        {
            let lenient = if lowest > Severity::High { "; the default, high, asks for more" } else { "" };
            section.set(Found, "threshold", lowest.word().into(), format!("{}{lenient}", severity.at));
        }
        let fixed = input("ignore-unfixed")
            .or_else(|| input("only-fixed"))
            .filter(|input| input.value.trim() == "true");
        if let Some(fixed) = fixed {
            section.set(Found, "fixable_only", Value::Flag(true), &fixed.at);
        }
        break;
    }
    if section.is_empty() {
        section.suggest(
            Found,
            "threshold",
            "high".into(),
            "the default: a finding of this severity or more fails item 5",
        );
    }
    let vex: Vec<String> = shown(project, |name, path| {
        name.ends_with(".openvex.json")
            || name == "vex.json"
            || (path.starts_with(".vex") && path.extension().is_some_and(|end| end == "json"))
    });
    if !vex.is_empty() {
        section.suggest(Guessed, "vex", Value::texts(&vex), "documents that look like OpenVEX are here");
    }
    let ignored = shown(project, |name, _| {
        matches!(name, ".trivyignore" | ".trivyignore.yaml" | ".grype.yaml" | "trivy.yaml")
    });
    for file in ignored {
        section.note(FillIn, format!("{file} is not read: what it hides has to be said in `ignore`, with the day on which that ends and why"));
    }
    section
}

/// SBOMs that are here already.
pub(super) fn sbom(project: &Project) -> Option<Section> {
    let files = shown(project, |name, _| {
        [".spdx.json", ".cdx.json", "sbom.json", "bom.json"].iter().any(|end| name.ends_with(end))
    });
    let first = files.first()?;
    let mut section = Section::new("[sbom]");
    let says = format!("{first} is here; if the build writes one for every image and platform, name it so");
    let file = Value::Table(vec![("file".to_owned(), "sboms/{image}-{platform}.json".into())]);
    section.suggest(Guessed, "source", file, says);
    Some(section)
}

/// The folder of the workflows, where it is not GitHub's.
pub(super) fn source(folder: &Path) -> Option<Section> {
    if folder == Path::new(".github/workflows") {
        return None;
    }
    let mut section = Section::new("[source]");
    section.set(Found, "workflows", folder.display().to_string().into(), "where the workflows are");
    Some(section)
}

fn has(project: &Project, file: &str) -> bool {
    project.paths.iter().any(|path| path == Path::new(file))
}

fn is_for_tests(path: &Path) -> bool {
    let aside = ["test", "tests", "testdata", "fixtures", "examples"];
    path.components().any(|part| part.as_os_str().to_str().is_some_and(|part| aside.contains(&part)))
}

fn shown(project: &Project, is_it: impl Fn(&str, &PathBuf) -> bool) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let found = project.paths.iter().filter(|path| !is_for_tests(path));
    found
        .filter(|path| name(path).is_some_and(|name| is_it(&name, path)))
        .map(|path| path.display().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_github_s_is_a_regular_expression() {
        for (filter, expected) in [
            ("v*", "v[^/]*"),
            ("v*.*.*", r"v[^/]*\.[^/]*\.[^/]*"),
            ("v[0-9]+.[0-9]+", r"v[0-9]+\.[0-9]+"),
            ("**", ".*"),
            ("release/v?1", "release/v?1"),
            ("[]*(", r"[^/][^/]*\("),
        ] {
            assert_eq!(pattern(filter), expected, "{filter}");
        }
    }
}
