//! The predicates of attestations: cosign's `vuln/v1`, whose result is a scanner's own report, and in-toto's
//! `vulns/v0.1` and `vulns/v0.2`, whose result is a list.

use serde_json::{Value, json};

use super::{UNNAMED, distinct, identifier, list, named, report, scan, severity, time, word};
use crate::model::{Catalogued, Scan, Severity, Vulnerability};

/// The predicate type of the scans that exitbar attests. Its list is what every scanner's findings become here, OSV's too.
pub const VULNS_PREDICATE: &str = "https://in-toto.io/attestation/vulns/v0.2";

/// A scan as `vulns/v0.2`, so that [`read`] gives it back. Which image it is of is said by the statement's subject.
///
/// # Errors
/// Why it cannot be attested: one that looked at nothing, or does not say when, would be read as a clean one.
pub fn write(scan: &Scan) -> Result<Value, String> {
    if let Catalogued::Nothing(why) = &scan.catalogued {
        return Err(why.clone());
    }
    let at = scan.scanned_at.ok_or("it does not say when it scanned")?;
    let (name, version) = scan.scanner.split_once(' ').unwrap_or((&scan.scanner, ""));
    let owner = match name {
        "trivy" => "github/aquasecurity",
        "grype" => "github/anchore",
        _ => "generic",
    };
    Ok(json!({
        "scanner": {
            "uri": format!("pkg:{owner}/{name}"),
            "version": version,
            "db": { "lastUpdate": scan.database_at },
            "result": scan.findings.iter().map(written).collect::<Vec<_>>(),
        },
        "metadata": { "scanStartedOn": at, "scanFinishedOn": at },
    }))
}

fn written(finding: &Vulnerability) -> Value {
    let severity: Vec<Value> = (finding.severity.iter())
        .map(|severity| json!({ "method": "scanner", "score": severity.word() }))
        .collect();
    json!({
        "id": finding.id,
        "severity": severity,
        "annotations": [{
            "package": finding.package,
            "version": finding.installed,
            "kind": finding.kind,
            "purl": finding.purl,
            "aliases": finding.aliases,
            "fixedVersion": finding.fixed_in,
            "suppressed": finding.suppressed,
        }],
    })
}

pub(super) fn read(value: &Value) -> Scan {
    let mut read = result(value);
    // What the predicate itself says is newer than what its report says.
    let finished = time(value, "/metadata/scanFinishedOn").or_else(|| time(value, "/metadata/scanStartedOn"));
    read.scanned_at = finished.or(read.scanned_at);
    read.database_at = time(value, "/scanner/db/lastUpdate").or(read.database_at);
    read
}

fn result(value: &Value) -> Scan {
    let nothing =
        |why: &str| Scan { catalogued: Catalogued::Nothing(why.to_owned()), ..scan(scanner(value)) };
    match value.pointer("/scanner/result") {
        None => nothing("the attestation holds no result"),
        Some(Value::Null) => nothing("the attestation's result is `null`"),
        Some(Value::Array(found)) => {
            let findings = distinct(found.iter().map(finding).collect());
            Scan { findings, ..scan(scanner(value)) }
        }
        Some(inner) => match report(inner) {
            // A report inside a report inside a report is nobody's scan.
            Ok(_) if inner.get("scanner").is_some() => nothing("the attestation's result is no scan report"),
            Ok(read) => read,
            Err(reason) => nothing(&format!("the attestation's result is {reason}")),
        },
    }
}

/// `pkg:github/aquasecurity/trivy@244fd47` with its version is `trivy 0.19.2`.
fn scanner(value: &Value) -> String {
    let Some(uri) = word(value, "/scanner/uri") else { return "a scanner that is not named".to_owned() };
    let path = uri.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or(path);
    let (name, at) = last.split_once('@').map_or((last, None), |(name, at)| (name, Some(at.to_owned())));
    named(name, word(value, "/scanner/version").or(at))
}

fn finding(value: &Value) -> Vulnerability {
    let severities = list(value, "/severity").chain(list(value, "/vulnerability/severity"));
    let id = word(value, "/id").or_else(|| word(value, "/vulnerability/id"));
    let noted = |names: &[&str]| annotation(value, names);
    Vulnerability {
        id: identifier(id),
        package: noted(&["package", "packageName", "pkgName"]).unwrap_or_else(|| UNNAMED.to_owned()),
        installed: noted(&["version", "installedVersion"]),
        purl: noted(&["purl"]),
        fixed_in: noted(&["fixedVersion", "fixed_version", "fixed"]),
        severity: severities.filter_map(rated).max(),
        aliases: list(value, "/annotations")
            .flat_map(|map| list(map, "/aliases"))
            .filter_map(|alias| word(alias, ""))
            .collect(),
        kind: noted(&["kind"]),
        suppressed: noted(&["suppressed"]),
    }
}

fn rated(value: &Value) -> Option<Severity> {
    let method = word(value, "/method").unwrap_or_default();
    match value.get("score")? {
        Value::String(score) => severity::of_anything(&method, score),
        Value::Number(score) => score.as_f64().and_then(severity::of_score),
        _ => None,
    }
}

/// What an annotation of one of these names says: a list of maps, or one map.
fn annotation(value: &Value, names: &[&str]) -> Option<String> {
    let maps = list(value, "/annotations").chain(value.get("annotations"));
    let mut found = maps.filter_map(|map| names.iter().find_map(|name| word(map, &format!("/{name}"))));
    found.next()
}
