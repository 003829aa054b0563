//! Trivy's JSON, schema 2 (`trivy image --format json`).

use serde_json::Value;

use super::{UNNAMED, digest, distinct, identifier, list, named, scan, severity, time, word};
use crate::model::{Catalogued, Platform, Scan, ScanTarget, Severity, Vulnerability};

pub(super) fn read(value: &Value) -> Scan {
    let mut scan = scan(named("trivy", word(value, "/Trivy/Version")));
    scan.scanned_at = time(value, "/CreatedAt");
    scan.target = target(value);
    scan.findings = distinct(list(value, "/Results").flat_map(findings).collect());
    scan.catalogued = catalogued(value);
    scan
}

fn target(value: &Value) -> ScanTarget {
    let name = word(value, "/ArtifactName");
    let repo_digests = list(value, "/Metadata/RepoDigests").filter_map(Value::as_str);
    let os = word(value, "/Metadata/ImageConfig/os");
    let architecture = word(value, "/Metadata/ImageConfig/architecture");
    let variant = word(value, "/Metadata/ImageConfig/variant");
    ScanTarget {
        digests: repo_digests.chain(name.as_deref()).filter_map(digest).collect(),
        config: word(value, "/Metadata/ImageID").and_then(|id| digest(&id)),
        platform: os
            .zip(architecture)
            .map(|(os, architecture)| Platform::new(&os, &architecture, variant.as_deref())),
        name,
    }
}

/// `Results` lists what was catalogued, with or without findings. Secrets and misconfigurations are no packages.
fn catalogued(value: &Value) -> Catalogued {
    let os = [word(value, "/Metadata/OS/Family"), word(value, "/Metadata/OS/Name")];
    let os: Vec<String> = os.into_iter().flatten().collect();
    if value.pointer("/Metadata/OS/EOSL").and_then(Value::as_bool) == Some(true) {
        let why = format!("{} is past its end of life: nobody tells of its vulnerabilities", os.join(" "));
        return Catalogued::Nothing(why);
    }
    if list(value, "/Results").any(holds_packages) {
        return Catalogued::Something;
    }
    Catalogued::Nothing(match value.get("Results") {
        None | Some(Value::Null) => "the report has no results: nothing was catalogued".to_owned(),
        Some(_) => "the report lists no package: nothing was catalogued".to_owned(),
    })
}

fn holds_packages(result: &Value) -> bool {
    let any = |name: &str| result.get(name).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    // `--list-all-pkgs` tells; without it a result of this class is there because of its packages.
    let of_packages = matches!(word(result, "/Class").as_deref(), Some("os-pkgs" | "lang-pkgs"));
    let listed = result.get("Packages").is_some_and(Value::is_array);
    any("Packages") || any("Vulnerabilities") || (of_packages && !listed)
}

fn findings(result: &Value) -> Vec<Vulnerability> {
    let kind = word(result, "/Type");
    let found = list(result, "/Vulnerabilities").map(|one| finding(one, kind.clone(), None));
    let modified = list(result, "/ExperimentalModifiedFindings")
        .filter(|one| one.get("Type").and_then(Value::as_str).is_none_or(|kind| kind == "vulnerability"))
        .filter_map(|one| Some(finding(one.get("Finding")?, kind.clone(), Some(suppression(one)))));
    found.chain(modified).collect()
}

/// Why Trivy took a finding out of its list: VEX, or an ignore file.
fn suppression(modified: &Value) -> String {
    let status = word(modified, "/Status").unwrap_or_else(|| "suppressed".to_owned());
    let source = word(modified, "/Source").map(|source| format!(" by {source}")).unwrap_or_default();
    let why = word(modified, "/Statement").map(|why| format!(": {why}")).unwrap_or_default();
    format!("trivy: {status}{source}{why}")
}

fn finding(value: &Value, kind: Option<String>, suppressed: Option<String>) -> Vulnerability {
    let rated = word(value, "/Severity").and_then(|severity| severity::of_word(&severity));
    Vulnerability {
        id: identifier(word(value, "/VulnerabilityID")),
        aliases: list(value, "/VendorIDs").filter_map(Value::as_str).map(str::to_owned).collect(),
        package: word(value, "/PkgName").unwrap_or_else(|| UNNAMED.to_owned()),
        installed: word(value, "/InstalledVersion"),
        kind,
        purl: word(value, "/PkgIdentifier/PURL"),
        severity: rated.or_else(|| scored(value)),
        fixed_in: word(value, "/FixedVersion"),
        suppressed,
    }
}

/// The highest of the scores, where Trivy itself does not know the severity.
fn scored(value: &Value) -> Option<Severity> {
    let sources = value.get("CVSS")?.as_object()?;
    let score = |source: &Value| {
        let number = |name: &str| source.get(name).and_then(Value::as_f64).and_then(severity::of_score);
        let vector = |name: &str| source.get(name).and_then(Value::as_str).and_then(severity::of_vector);
        ["V40Score", "V3Score", "V2Score"]
            .into_iter()
            .find_map(number)
            .or_else(|| ["V40Vector", "V3Vector", "V2Vector"].into_iter().find_map(vector))
    };
    sources.values().filter_map(score).max()
}
