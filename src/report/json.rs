//! The audit as JSON: the field names are a contract.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Input;
use crate::model::{
    AuditSummary, Cell, Class, Decision, Fact, FactKey, Finding, Image, ImageName, Item, JudgedScan, Level,
    Manifest, Observed, Outcome, Platform, Repository, Risk, Severity, Stage, Status, text,
};

#[derive(Serialize)]
struct Document<'a> {
    status: Option<Decision>,
    conditional: bool,
    undecided: bool,
    release_version: &'a str,
    release_name: &'a str,
    readiness_score: u8,
    proven_score: u8,
    exit_bar_results: Results<'a>,
    blocking_issues: Vec<Issue<'a>>,
    warnings: Vec<String>,
    go_live_checklist: Vec<String>,
    risk_assessment: Risk,
    recommended_action: String,
    verdict_reasons: &'a [String],
    images: Vec<ImageOut>,
    started_at: String,
    finished_at: Option<String>,
    requests: BTreeMap<&'a str, u64>,
    /// Of a kept audit only: it is of then.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptOut<'a>>,
}

/// Which kept audit it is.
#[derive(Serialize)]
struct KeptOut<'a> {
    run: &'a str,
    as_of: String,
    last_seen: String,
    times: u32,
    exitbar: &'a str,
    stale: bool,
}

/// The ten items, in their order rather than the alphabet's.
struct Results<'a>(Vec<(&'static str, ItemOut<'a>)>);

impl Serialize for Results<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, item)| (key, item)))
    }
}

#[derive(Serialize)]
struct ItemOut<'a> {
    number: u8,
    requirement: &'a str,
    status: Status,
    symbol: &'static str,
    points: Option<u8>,
    class: Class,
    notes: &'a str,
    level: Option<Level>,
    proven: bool,
    hard_stop: Option<&'a str>,
    warnings: &'a [String],
    cells: Vec<CellOut<'a>>,
    evidence: Vec<EvidenceOut<'a>>,
    /// What was found, of item 5 only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scans: Vec<ScanOut<'a>>,
}

/// One cell; the facts behind it are the item's `evidence`.
#[derive(Serialize)]
struct CellOut<'a> {
    image: &'a ImageName,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a Repository>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a Platform>,
    outcome: Outcome,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    in_registry: bool,
    hard_stop: bool,
    beyond: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<&'a str>,
}

/// A scan that counts.
#[derive(Serialize)]
struct ScanOut<'a> {
    image: String,
    platform: String,
    source: String,
    scanner: &'a str,
    scanned_at: Option<String>,
    database_at: Option<String>,
    findings: Vec<FoundOut<'a>>,
}

/// One finding of a scan.
#[derive(Serialize)]
struct FoundOut<'a> {
    id: &'a str,
    severity: Option<Severity>,
    package: &'a str,
    installed: Option<&'a str>,
    fixed_in: Option<&'a str>,
    purl: Option<&'a str>,
    suppressed: Option<&'a str>,
}

#[derive(Serialize)]
struct EvidenceOut<'a> {
    subject: &'a str,
    source: &'a str,
    method: &'a str,
    level: Level,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

#[derive(Serialize)]
struct Issue<'a> {
    item: Item,
    #[serde(rename = "issue")]
    what: String,
    severity: Risk,
    impact: &'a str,
    remediation: &'a str,
    location: Option<&'a str>,
    actions: &'a [String],
}

#[derive(Serialize)]
struct ImageOut {
    name: String,
    repositories: Vec<RepositoryOut>,
}

#[derive(Serialize)]
struct RepositoryOut {
    reference: String,
    digest: Option<String>,
    platforms: BTreeMap<String, String>,
}

/// The audit as one JSON document, with a line break at its end.
pub fn json(input: &Input) -> String {
    let assessment = input.assessment;
    let verdict = assessment.verdict.as_ref();
    let document = Document {
        status: verdict.map(|verdict| verdict.decision),
        conditional: verdict.is_some_and(|verdict| verdict.conditional),
        undecided: verdict.is_some_and(|verdict| verdict.undecided),
        release_version: &input.release.version,
        release_name: &input.release.name,
        readiness_score: assessment.readiness.points,
        proven_score: assessment.proven.points,
        exit_bar_results: Results(
            assessment.findings.iter().map(|finding| (finding.item.key(), item(finding, input))).collect(),
        ),
        blocking_issues: issues(input),
        warnings: warnings(input),
        go_live_checklist: checklist(input),
        risk_assessment: assessment.risk,
        recommended_action: recommended(input),
        verdict_reasons: verdict.map_or(&[], |verdict| &verdict.reasons),
        images: input.release.images.iter().map(|found| image(found, input)).collect(),
        started_at: input.started.to_string(),
        finished_at: input.finished.map(|at| at.to_string()),
        requests: input.requests.iter().map(|(host, count)| (host.as_str(), *count)).collect(),
        kept: input.kept.map(kept),
    };
    // Plain structs with texts as keys: nothing in them can fail to be written.
    let value = serde_json::to_value(&document).map(harmless).unwrap_or_default();
    format!("{value:#}\n")
}

fn kept(summary: &AuditSummary) -> KeptOut<'_> {
    KeptOut {
        run: summary.id.as_str(),
        as_of: summary.finished.to_string(),
        last_seen: summary.last_seen.to_string(),
        times: summary.times,
        exitbar: &summary.by,
        stale: true,
    }
}

/// Whoever prints a text of the document on a terminal prints nothing but text.
pub(super) fn harmless(value: Value) -> Value {
    match value {
        Value::String(given) => Value::String(text::clean(&given).into_owned()),
        Value::Array(list) => list.into_iter().map(harmless).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, harmless(value))).collect(),
        other => other,
    }
}

fn item<'a>(finding: &'a Finding, input: &Input<'a>) -> ItemOut<'a> {
    ItemOut {
        number: finding.item.number(),
        requirement: &finding.requirement,
        status: finding.status,
        symbol: finding.symbol.report(),
        points: finding.points,
        class: finding.class,
        notes: &finding.note,
        level: finding.level,
        proven: finding.proven,
        hard_stop: finding.hard_stop.as_deref(),
        warnings: &finding.warnings,
        cells: finding.cells.iter().map(cell).collect(),
        scans: if finding.item == Item::Vulnerabilities { scans(input) } else { Vec::new() },
        evidence: super::sections::keys(finding).into_iter().filter_map(|key| evidence(key, input)).collect(),
    }
}

fn cell(cell: &Cell) -> CellOut<'_> {
    CellOut {
        image: &cell.image,
        repository: cell.repository.as_ref(),
        platform: cell.platform.as_ref(),
        outcome: cell.outcome,
        reason: &cell.reason,
        level: cell.level,
        in_registry: cell.in_registry,
        hard_stop: cell.hard_stop,
        beyond: cell.beyond,
        cap: cell.cap.as_deref(),
    }
}

fn scans<'a>(input: &Input<'a>) -> Vec<ScanOut<'a>> {
    let one = |judged: &'a JudgedScan| {
        let FactKey::Scan { source, .. } = &judged.scan else { return None };
        let scan = input.facts.scan(&judged.scan)?.seen()?;
        let found = scan.findings.iter().enumerate().map(|(place, finding)| FoundOut {
            id: &finding.id,
            severity: finding.severity,
            package: &finding.package,
            installed: finding.installed.as_deref(),
            fixed_in: finding.fixed_in.as_deref(),
            purl: finding.purl.as_deref(),
            suppressed: judged.set_aside.get(&place).map(String::as_str),
        });
        Some(ScanOut {
            image: judged.image.to_string(),
            platform: judged.platform.to_string(),
            source: source.words(),
            scanner: &scan.scanner,
            scanned_at: scan.scanned_at.map(|at| at.to_string()),
            database_at: scan.database_at.map(|at| at.to_string()),
            findings: found.collect(),
        })
    };
    input.assessment.scans.iter().filter_map(one).collect()
}

fn evidence<'a>(key: &FactKey, input: &Input<'a>) -> Option<EvidenceOut<'a>> {
    let entry = input.facts.get(key)?;
    let evidence = &entry.evidence;
    let run = match entry.fact.as_ref() {
        Fact::Run(Observed::Seen(run)) => Some(run),
        Fact::TestResult(Observed::Seen(result)) => result.run.as_ref().map(|attested| &attested.run),
        _ => None,
    };
    let output = run.map(|run| format!("{}{}", run.stdout, run.stderr).trim().to_owned());
    let digest = match key {
        FactKey::Manifest(digest)
        | FactKey::Config(digest)
        | FactKey::Layer(digest)
        | FactKey::Sbom(digest)
        | FactKey::TestResult(digest) => Some(digest.to_string()),
        FactKey::Present { digest, .. } => Some(digest.to_string()),
        FactKey::Run { config, .. } => Some(config.to_string()),
        FactKey::Tag { .. } => input.facts.tag(key)?.seen().map(|tag| tag.digest.to_string()),
        _ => None,
    };
    Some(EvidenceOut {
        subject: &evidence.subject,
        source: &evidence.source,
        method: &evidence.method,
        level: evidence.level,
        at: evidence.at.to_string(),
        exit: evidence.exit,
        output,
        digest,
    })
}

fn issues<'a>(input: &Input<'a>) -> Vec<Issue<'a>> {
    let issue = |blocker: &'a crate::model::Blocker| Issue {
        item: blocker.item,
        what: format!("{}: {}", blocker.title, blocker.problem),
        severity: blocker.severity,
        impact: &blocker.impact,
        remediation: &blocker.fix,
        location: blocker.location.as_deref(),
        actions: &blocker.actions,
    };
    input.assessment.blockers.iter().map(issue).collect()
}

fn warnings(input: &Input) -> Vec<String> {
    let of_items = input.assessment.findings.iter().flat_map(|finding| {
        finding.warnings.iter().map(move |warning| format!("{}: {warning}", finding.item.key()))
    });
    input.assessment.warnings.iter().cloned().chain(of_items).collect()
}

fn checklist(input: &Input) -> Vec<String> {
    let line = |finding: &Finding| {
        let state = match finding.status {
            Status::Complete if finding.proven => "DONE",
            Status::Complete | Status::Waived | Status::Off => "READY",
            _ => "BLOCKED",
        };
        format!("[{state}] {}. {}: {}", finding.item.number(), finding.requirement, finding.note)
    };
    input.assessment.findings.iter().map(line).collect()
}

fn recommended(input: &Input) -> String {
    if input.kept.is_some() {
        return "look again: this is of then (exitbar audit)".to_owned();
    }
    match input.assessment.plan.first() {
        Some(step) => format!("{}: {}", step.title, step.why),
        None if input.assessment.verdict.is_none() => "wait until everything has answered".to_owned(),
        None => "go live".to_owned(),
    }
}

fn image(image: &Image, input: &Input) -> ImageOut {
    let repositories = image.repositories.iter().map(|repository| {
        let digest = digest_in(image, repository, input);
        let platforms = digest.as_ref().map(|digest| platforms(digest, input)).unwrap_or_default();
        RepositoryOut {
            reference: repository.tagged(&image.tag),
            digest: digest.map(|digest| digest.to_string()),
            platforms,
        }
    });
    ImageOut { name: image.name.to_string(), repositories: repositories.collect() }
}

/// What a repository has of an image: what its tag resolves to, else what is staged there.
fn digest_in(
    image: &Image,
    repository: &crate::model::Repository,
    input: &Input,
) -> Option<crate::model::Digest> {
    let tagged = input.facts.iter().find_map(|(key, entry)| match (key, entry.fact.as_ref()) {
        (FactKey::Tag { repository: of, tag, .. }, Fact::Tag(Observed::Seen(seen)))
            if of == repository && *tag == image.tag =>
        {
            Some(seen.digest.clone())
        }
        _ => None,
    });
    let staged = || match input.assessment.stages.get(&image.name) {
        Some(Stage::Staged(digest)) => {
            let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
            input.facts.present(&key)?.seen().map(|()| digest.clone())
        }
        _ => None,
    };
    tagged.or_else(staged)
}

fn platforms(digest: &crate::model::Digest, input: &Input) -> BTreeMap<String, String> {
    let key = FactKey::Manifest(digest.clone());
    let Some(Observed::Seen(manifest)) = input.facts.manifest(&key) else { return BTreeMap::new() };
    match manifest {
        Manifest::Index(index) => index
            .manifests
            .iter()
            .filter(|entry| entry.buildkit_attestation_of().is_none())
            .filter_map(|entry| Some((entry.platform.as_ref()?.to_string(), entry.digest.to_string())))
            .collect(),
        Manifest::Image(image) => {
            let config =
                input.facts.config(&FactKey::Config(image.config.digest.clone())).and_then(Observed::seen);
            config.map(|config| (config.platform.to_string(), digest.to_string())).into_iter().collect()
        }
    }
}
