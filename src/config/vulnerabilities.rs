//! `[vulnerabilities]`: what a scan may find, what is accepted, and where scans come from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::keys;
use super::policy::{Trouble, unknown_word, until};
use super::section::{Section, Text};
use super::units;
use crate::model::{IgnoredVulnerability, ScanKind, Severity, VulnerabilityPolicy};

const IDENTIFIER: &str = "expected an identifier such as CVE-2026-0001 or GHSA-xxxx-xxxx-xxxx";

/// Reads the section into the policy; gives the base URL of OSV, where one is set.
pub(super) fn read(section: &Section<'_>, set: &mut VulnerabilityPolicy) -> Option<String> {
    if let Some(threshold) = section.read("threshold", "a severity", severity) {
        set.threshold = threshold;
    }
    set.fixable_only = section.flag("fixable_only").unwrap_or(false);
    set.ignore = ignored(section);
    set.vex = paths(section, "vex", "a list of OpenVEX files");
    set.scans = paths(section, "scans", "a list of scan reports");
    set.sources = sources(section);
    if let Some(age) = section.read("scan_max_age", "a time such as \"7d\"", units::duration) {
        set.scan_max_age = age;
    }
    if let Some(age) = section.read("database_max_age", "a time such as \"24h\"", units::duration) {
        set.database_max_age = age;
    }
    if let Some(sources) = set.sources.as_ref().filter(|_| !set.scans.is_empty())
        && !sources.contains(&ScanKind::Files)
    {
        let help = "add \"files\" to `sources`, or leave `scans` out";
        section.problem(&section.place("scans"), "`scans` are no source that counts", Some(help));
    }
    section.read("osv", "a URL such as \"https://api.osv.dev\"", base_url)
}

/// Identifiers, or tables with the day on which the exception ends and the reason.
fn ignored(section: &Section<'_>) -> Vec<IgnoredVulnerability> {
    let list = section.value("ignore").and_then(|value| value.get_ref().as_array());
    if list.is_some_and(|list| list.iter().any(|one| one.get_ref().as_table().is_some())) {
        let sections = section.sections("ignore", keys::IGNORE);
        return sections.iter().filter_map(exception).collect();
    }
    let texts = section.texts("ignore", "a list such as [\"CVE-2026-0001\"]").unwrap_or_default();
    let known = texts.into_iter().filter(|id| is_identifier(section, id));
    known.map(|id| IgnoredVulnerability { id: id.value, until: None, reason: None }).collect()
}

fn exception(section: &Section<'_>) -> Option<IgnoredVulnerability> {
    let id = section.required("id", "an identifier such as \"CVE-2026-0001\"")?;
    if !is_identifier(section, &id) {
        return None;
    }
    let until = if section.has("until") { Some(until(section)?) } else { None };
    let reason = section.text("reason", "why, in a few words").map(|text| text.value);
    Some(IgnoredVulnerability { id: id.value, until, reason })
}

fn is_identifier(section: &Section<'_>, id: &Text) -> bool {
    let known = id.value.split_once('-').is_some_and(|(kind, rest)| {
        !rest.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric()) && !kind.is_empty()
    });
    let known = known && !id.value.contains(char::is_whitespace);
    if !known {
        section.problem(&id.at, format!("`{}` is no identifier", id.value), Some(IDENTIFIER));
    }
    known
}

fn paths(section: &Section<'_>, key: &str, expected: &str) -> Vec<PathBuf> {
    let texts = section.texts(key, expected).unwrap_or_default();
    texts.into_iter().map(|text| PathBuf::from(text.value)).collect()
}

fn sources(section: &Section<'_>) -> Option<BTreeSet<ScanKind>> {
    let texts = section.texts("sources", "a list such as [\"attested\", \"files\", \"trivy\"]")?;
    let words = ScanKind::ALL.map(ScanKind::word);
    let mut sources = BTreeSet::new();
    for text in texts {
        if let Some(kind) = ScanKind::ALL.into_iter().find(|kind| kind.word() == text.value) {
            sources.insert(kind);
        } else {
            let (message, help) = unknown_word("source of scans", &text.value, &words);
            section.problem(&text.at, message, help.as_deref());
        }
    }
    Some(sources)
}

fn severity(written: &str) -> Result<Severity, Trouble> {
    const SEVERITIES: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Negligible];
    let found = SEVERITIES.into_iter().find(|severity| severity.word().eq_ignore_ascii_case(written));
    found.ok_or_else(|| unknown_word("severity", written, &SEVERITIES.map(Severity::word)))
}

/// A base URL. What is asked names every package of an image: it goes by TLS, or stays on this machine.
fn base_url(written: &str) -> Result<String, Trouble> {
    let url = url::Url::parse(written).map_err(|error| {
        (format!("`{written}` is no URL: {error}"), Some("expected https://api.osv.dev".to_owned()))
    })?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && loopback) {
        return Ok(written.trim_end_matches('/').to_owned());
    }
    let help = "expected https://…; plain http:// only for this machine".to_owned();
    Err((format!("`{written}` is asked without TLS"), Some(help)))
}
