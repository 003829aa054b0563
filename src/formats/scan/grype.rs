//! Grype's JSON (`grype -o json`).

use serde_json::Value;

use super::{UNNAMED, digest, distinct, identifier, list, named, scan, severity, time, word};
use crate::model::{Catalogued, Platform, Scan, ScanTarget, Severity, Vulnerability};

pub(super) fn read(value: &Value) -> Scan {
    let name = word(value, "/descriptor/name").unwrap_or_else(|| "grype".to_owned());
    let mut scan = scan(named(&name, word(value, "/descriptor/version")));
    scan.scanned_at = time(value, "/descriptor/timestamp");
    scan.database_at =
        time(value, "/descriptor/db/status/built").or_else(|| time(value, "/descriptor/db/built"));
    scan.target = target(value);
    let found = list(value, "/matches").map(|one| finding(one, None));
    let ignored = list(value, "/ignoredMatches").map(|one| finding(one, Some(suppression(one))));
    scan.findings = distinct(found.chain(ignored).collect());
    scan.catalogued = catalogued(value, &scan);
    scan
}

fn target(value: &Value) -> ScanTarget {
    let at = |name: &str| word(value, &format!("/source/target/{name}"));
    let name = at("userInput");
    let stated = [at("manifestDigest"), name.clone()].into_iter().flatten();
    let repo_digests = list(value, "/source/target/repoDigests").filter_map(Value::as_str);
    ScanTarget {
        digests: stated.filter_map(|one| digest(&one)).chain(repo_digests.filter_map(digest)).collect(),
        config: at("imageID").and_then(|id| digest(&id)),
        platform: at("os")
            .zip(at("architecture"))
            .map(|(os, architecture)| Platform::new(&os, &architecture, at("variant").as_deref())),
        name,
    }
}

/// The report does not list packages: a distribution or a match shows that it found some.
fn catalogued(value: &Value, scan: &Scan) -> Catalogued {
    let alerts = list(value, "/alertsByPackage").flat_map(|package| list(package, "/alerts"));
    if alerts.filter_map(|alert| word(alert, "/type")).any(|kind| kind.contains("eol")) {
        let distribution = distribution(value).unwrap_or_else(|| "the distribution".to_owned());
        return Catalogued::Nothing(format!(
            "{distribution} is past its end of life: nobody tells of its vulnerabilities"
        ));
    }
    if !value.get("matches").is_some_and(Value::is_array) {
        return Catalogued::Nothing("the report's list of matches is `null`".to_owned());
    }
    if !scan.findings.is_empty() || distribution(value).is_some() {
        return Catalogued::Something;
    }
    Catalogued::Nothing(
        "no match and no distribution: the report does not show that a package was catalogued".to_owned(),
    )
}

fn distribution(value: &Value) -> Option<String> {
    let name = word(value, "/distro/name")?;
    Some(named(&name, word(value, "/distro/version")))
}

fn suppression(ignored: &Value) -> String {
    let rules: Vec<String> = list(ignored, "/appliedIgnoreRules")
        .filter_map(|rule| {
            let status = word(rule, "/vex-status");
            let reason = word(rule, "/reason").or_else(|| word(rule, "/vex-justification"));
            let said: Vec<String> = status.into_iter().chain(reason).collect();
            (!said.is_empty()).then(|| said.join(": "))
        })
        .collect();
    if rules.is_empty() {
        "grype: ignored by its settings".to_owned()
    } else {
        format!("grype: {}", rules.join("; "))
    }
}

fn finding(value: &Value, suppressed: Option<String>) -> Vulnerability {
    let fixed: Vec<String> = list(value, "/vulnerability/fix/versions")
        .filter_map(Value::as_str)
        .filter(|version| !version.is_empty())
        .map(str::to_owned)
        .collect();
    let related = list(value, "/relatedVulnerabilities").filter_map(|one| word(one, "/id"));
    let id = identifier(word(value, "/vulnerability/id"));
    let rated = word(value, "/vulnerability/severity").and_then(|severity| severity::of_word(&severity));
    Vulnerability {
        aliases: related.filter(|alias| *alias != id).collect(),
        id,
        package: word(value, "/artifact/name").unwrap_or_else(|| UNNAMED.to_owned()),
        installed: word(value, "/artifact/version"),
        kind: word(value, "/artifact/type"),
        purl: word(value, "/artifact/purl"),
        severity: rated.or_else(|| scored(value)),
        fixed_in: (!fixed.is_empty()).then(|| fixed.join(", ")),
        suppressed,
    }
}

fn scored(value: &Value) -> Option<Severity> {
    let of_advisory = list(value, "/vulnerability/cvss");
    let of_related = list(value, "/relatedVulnerabilities").flat_map(|one| list(one, "/cvss"));
    let score = |one: &Value| {
        let number = one.pointer("/metrics/baseScore").and_then(Value::as_f64);
        number.and_then(severity::of_score).or_else(|| severity::of_vector(&word(one, "/vector")?))
    };
    of_advisory.chain(of_related).filter_map(score).max()
}
