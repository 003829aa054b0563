//! SARIF 2.1.0, as Trivy and Grype write it. Everything but the identifier is in prose there, so their JSON is better.

use std::collections::HashMap;

use serde_json::Value;

use super::{UNNAMED, digest, distinct, identifier, list, named, scan, severity, time, word};
use crate::model::{Catalogued, Scan, Severity, Vulnerability};

pub(super) fn read(value: &Value) -> Scan {
    let first = value.pointer("/runs/0").unwrap_or(&Value::Null);
    let name = word(first, "/tool/driver/name").unwrap_or_else(|| "a SARIF report".to_owned());
    let name = if name.eq_ignore_ascii_case("trivy") { "trivy".to_owned() } else { name };
    let version = word(first, "/tool/driver/semanticVersion").or_else(|| word(first, "/tool/driver/version"));
    let mut scan = scan(named(&name, version));
    scan.scanned_at =
        time(first, "/invocations/0/endTimeUtc").or_else(|| time(first, "/invocations/0/startTimeUtc"));
    for run in list(value, "/runs") {
        target(run, &mut scan);
        scan.findings.extend(findings(run));
    }
    scan.findings = distinct(std::mem::take(&mut scan.findings));
    let lists = |run: &Value| run.get("results").is_some_and(Value::is_array);
    if !list(value, "/runs").any(lists) {
        scan.catalogued = Catalogued::Nothing("no run has a list of results".to_owned());
    } else if scan.findings.is_empty() {
        // SARIF lists findings and nothing else.
        let why = "no finding, and SARIF does not show that a package was catalogued";
        scan.catalogued = Catalogued::Nothing(why.to_owned());
    }
    scan
}

fn target(run: &Value, scan: &mut Scan) {
    let target = &mut scan.target;
    target.name = target.name.take().or_else(|| word(run, "/properties/imageName"));
    target.config = target.config.take().or_else(|| digest(&word(run, "/properties/imageID")?));
    let repo_digests = list(run, "/properties/repoDigests").filter_map(Value::as_str);
    target.digests.extend(repo_digests.filter_map(digest));
    target.digests.extend(target.name.as_deref().and_then(digest));
}

fn findings(run: &Value) -> Vec<Vulnerability> {
    let rules: HashMap<&str, &Value> =
        list(run, "/tool/driver/rules").filter_map(|rule| Some((rule.get("id")?.as_str()?, rule))).collect();
    list(run, "/results").map(|result| finding(result, &rules)).collect()
}

fn finding(result: &Value, rules: &HashMap<&str, &Value>) -> Vulnerability {
    let rule_id = result.get("ruleId").and_then(Value::as_str).unwrap_or_default();
    let rule = rules.get(rule_id).copied().unwrap_or(&Value::Null);
    let message = result.pointer("/message/text").and_then(Value::as_str).unwrap_or_default();
    let help = rule.pointer("/help/text").and_then(Value::as_str).unwrap_or_default();
    // The result is of one package; the rule's help may be of another that has the same finding.
    let said = |name: &str| line(message, name).or_else(|| line(help, name));
    let id = said("Vulnerability ").filter(|id| !id.contains(' ')).or_else(|| word(result, "/ruleId"));
    Vulnerability {
        id: identifier(id),
        package: said("Package: ").unwrap_or_else(|| UNNAMED.to_owned()),
        installed: said("Installed Version: ").or_else(|| said("Version: ")),
        kind: said("Type: "),
        purl: word(rule, "/properties/purls/0"),
        severity: rated(message, help, rule),
        fixed_in: said("Fixed Version: ").or_else(|| said("Fix Version: ")),
        suppressed: suppression(result),
        aliases: Vec::new(),
    }
}

/// The word that the scanner says; `security-severity` only where it says none: Grype gives Low findings an 8.2.
fn rated(message: &str, help: &str, rule: &Value) -> Option<Severity> {
    if let Some(said) = line(message, "Severity: ").or_else(|| line(help, "Severity: ")) {
        return severity::of_word(&said);
    }
    let score = rule.pointer("/properties/security-severity")?;
    let score = score.as_f64().or_else(|| score.as_str()?.parse().ok())?;
    severity::of_score(score)
}

fn suppression(result: &Value) -> Option<String> {
    let accepted = list(result, "/suppressions")
        .find(|one| one.get("status").and_then(Value::as_str).is_none_or(|status| status == "accepted"))?;
    let why = word(accepted, "/justification").map(|why| format!(": {why}")).unwrap_or_default();
    Some(format!("suppressed in the report{why}"))
}

/// What follows `name` on a line of its own.
fn line(text: &str, name: &str) -> Option<String> {
    let found = text.lines().find_map(|line| line.trim().strip_prefix(name))?.trim();
    (!found.is_empty()).then(|| crate::model::text::clean_line(found).into_owned())
}
