//! OSV (<https://ossf.github.io/osv-schema/>): from purls to what its API is asked, from its records to a scan.

mod end_of_life;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use osv_types::{Event, OsvRecord, RangeType};
use packageurl::PackageUrl;
use serde::{Deserialize, Serialize};

use super::scan::severity;
use crate::model::{
    Catalogued, OsvAnswers, Reason, ReasonKind, Scan, ScanTarget, Severity, Vulnerability, text,
};

/// A package as OSV names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// The ecosystem, with its release where it has some: `Debian:12`.
    pub ecosystem: String,
    /// The name in it; of a distribution the source package's.
    pub name: String,
    /// The installed version.
    pub version: String,
}

/// What OSV calls the package of a purl; none where it knows no such ecosystem, or the purl says too little.
pub fn package(purl: &str) -> Option<Package> {
    let purl: PackageUrl<'_> = purl.parse().ok()?;
    let version = purl.version()?.to_owned();
    let name = purl.name();
    let joined = |separator: &str| match purl.namespace() {
        Some(namespace) => format!("{namespace}{separator}{name}"),
        None => name.to_owned(),
    };
    let (ecosystem, name) = match purl.ty() {
        "npm" => ("npm".to_owned(), joined("/")),
        "pypi" => ("PyPI".to_owned(), name.to_owned()),
        "golang" => ("Go".to_owned(), joined("/")),
        "cargo" => ("crates.io".to_owned(), name.to_owned()),
        "maven" => ("Maven".to_owned(), joined(":")),
        "nuget" => ("NuGet".to_owned(), name.to_owned()),
        "composer" => ("Packagist".to_owned(), joined("/")),
        "gem" => ("RubyGems".to_owned(), name.to_owned()),
        "hex" => ("Hex".to_owned(), name.to_owned()),
        "pub" => ("Pub".to_owned(), name.to_owned()),
        "swift" => ("SwiftURL".to_owned(), joined("/")),
        "hackage" => ("Hackage".to_owned(), name.to_owned()),
        "cran" => ("CRAN".to_owned(), name.to_owned()),
        "bitnami" => ("Bitnami".to_owned(), name.to_owned()),
        "deb" | "apk" | "rpm" => (distribution(&purl)?, source_name(&purl)),
        _ => return None,
    };
    let version = if ecosystem == "Go" { version.trim_start_matches('v').to_owned() } else { version };
    Some(Package { ecosystem, name, version: with_epoch(&purl, version) })
}

/// Whether a purl names no package that could have a vulnerability of its own: the image itself.
pub fn is_image(purl: &str) -> bool {
    purl.starts_with("pkg:oci/") || purl.starts_with("pkg:docker/")
}

/// A distribution with its release: without one, what OSV answers would be of any release.
fn distribution(purl: &PackageUrl<'_>) -> Option<String> {
    let distro = purl.qualifiers().get("distro").map(ToString::to_string).unwrap_or_default();
    let namespace = purl.namespace()?.to_ascii_lowercase();
    let release = distro.rsplit_once('-').map_or(distro.as_str(), |(_, release)| release);
    let mut parts =
        release.split('.').filter(|part| part.chars().all(|c| c.is_ascii_digit()) && !part.is_empty());
    let (major, minor) = (parts.next(), parts.next());
    match namespace.as_str() {
        "debian" => Some(format!("Debian:{}", major?)),
        "ubuntu" => {
            let (major, minor) = (major?, minor?);
            let lts = major.parse::<u32>().is_ok_and(|year| year % 2 == 0) && minor == "04";
            Some(format!("Ubuntu:{major}.{minor}{}", if lts { ":LTS" } else { "" }))
        }
        "alpine" => Some(format!("Alpine:v{}.{}", major?, minor?)),
        "almalinux" => Some(format!("AlmaLinux:{}", major?)),
        "rocky" | "rockylinux" => Some(format!("Rocky Linux:{}", major?)),
        // These have no releases.
        "wolfi" => Some("Wolfi".to_owned()),
        "chainguard" => Some("Chainguard".to_owned()),
        _ => None,
    }
}

/// Advisories of distributions are about source packages.
fn source_name(purl: &PackageUrl<'_>) -> String {
    let upstream = ["upstream", "origin", "source"].into_iter().find_map(|key| purl.qualifiers().get(key));
    let Some(upstream) = upstream.filter(|_| purl.ty() != "rpm") else { return purl.name().to_owned() };
    upstream.split('@').next().unwrap_or(upstream).to_owned()
}

fn with_epoch(purl: &PackageUrl<'_>, version: String) -> String {
    match purl.qualifiers().get("epoch") {
        Some(epoch) if epoch != "0" && !version.contains(':') => format!("{epoch}:{version}"),
        _ => version,
    }
}

/// What the answers come to. Packages that OSV could not be asked about leave it unknown.
///
/// # Errors
/// A record that cannot be read: what it says of the package is not known.
pub fn scan(answers: &OsvAnswers, at: Timestamp) -> Result<Scan, Reason> {
    let mut records = HashMap::new();
    for (id, bytes) in &answers.records {
        let record: OsvRecord = serde_json::from_slice(bytes).map_err(|error| {
            let error: String = text::clean_line(&error.to_string()).chars().take(200).collect();
            Reason::new(ReasonKind::Unreadable, format!("OSV's record of {id} cannot be read: {error}"))
        })?;
        records.insert(id.as_str(), record);
    }
    let mut findings = Vec::new();
    for (purl, ids) in &answers.found {
        for id in ids {
            let Some(record) = records.get(id.as_str()) else {
                let text = format!("OSV's record of {id} did not come");
                return Err(Reason::new(ReasonKind::Unreadable, text));
            };
            if record.withdrawn.is_none() {
                findings.push(finding(purl, record));
            }
        }
    }
    Ok(Scan {
        scanner: "OSV".to_owned(),
        scanned_at: Some(at),
        // It is asked, not downloaded.
        database_at: Some(at),
        catalogued: catalogued(answers, at),
        findings: one_per_alias(findings),
        signature: None,
        target: ScanTarget::default(),
    })
}

fn catalogued(answers: &OsvAnswers, at: Timestamp) -> Catalogued {
    let packages = answers.found.keys().filter_map(|purl| package(purl));
    let mut past = packages.filter(|package| end_of_life::is_past(&package.ecosystem, at));
    if let Some(package) = past.next() {
        let release = text::clean_line(&package.ecosystem).into_owned();
        return Catalogued::Nothing(format!(
            "{release} is past its end of life: nobody tells of its vulnerabilities"
        ));
    }
    let (asked, unmapped) = (answers.found.len(), answers.unmapped.len());
    if let Some(first) = answers.unmapped.first() {
        let first = text::clean_line(first);
        let all = asked + unmapped;
        return Catalogued::Nothing(format!(
            "{unmapped} of {all} packages are in no ecosystem that OSV can be asked about ({first})"
        ));
    }
    if asked == 0 {
        return Catalogued::Nothing("the SBOM names no package that OSV can be asked about".to_owned());
    }
    Catalogued::Something
}

fn finding(purl: &str, record: &OsvRecord) -> Vulnerability {
    let named = package(purl);
    let parsed = purl.parse::<PackageUrl<'_>>().ok();
    let plain = |id: &String| text::clean_line(id).into_owned();
    Vulnerability {
        id: plain(&record.id),
        // An advisory of several upstream vulnerabilities is none of them: who accepts one does not accept all.
        aliases: record
            .aliases
            .iter()
            .chain(record.upstream.iter().filter(|_| record.upstream.len() == 1))
            .map(plain)
            .collect(),
        package: named.as_ref().map_or_else(|| purl.to_owned(), |package| package.name.clone()),
        installed: named.as_ref().map(|package| package.version.clone()),
        kind: parsed.map(|parsed| parsed.ty().to_owned()),
        purl: Some(purl.to_owned()),
        severity: rated(record, named.as_ref()),
        fixed_in: fixed(record, named.as_ref()),
        suppressed: None,
    }
}

fn affected<'r>(
    record: &'r OsvRecord,
    package: Option<&'r Package>,
) -> impl Iterator<Item = &'r osv_types::Affected> {
    record.affected.iter().filter(move |affected| {
        affected.package.as_ref().zip(package).is_some_and(|(theirs, ours)| theirs.name == ours.name)
    })
}

/// The highest of the vectors, else the word of the database.
fn rated(record: &OsvRecord, package: Option<&Package>) -> Option<Severity> {
    let own = record.severity.iter();
    let vectors = own.chain(affected(record, package).flat_map(|affected| &affected.severity));
    let highest = vectors.filter_map(|one| severity::of_anything("", &one.score)).max();
    let word = |value: &serde_json::Value| severity::of_word(value.get("severity")?.as_str()?);
    let specific = affected(record, package)
        .flat_map(|affected| [&affected.ecosystem_specific, &affected.database_specific])
        .chain([&record.database_specific]);
    highest.or_else(|| specific.flatten().filter_map(word).max())
}

fn fixed(record: &OsvRecord, package: Option<&Package>) -> Option<String> {
    let mut versions: Vec<String> = Vec::new();
    let ranges = affected(record, package).flat_map(|affected| &affected.ranges);
    for range in ranges.filter(|range| range.range_type != RangeType::GIT) {
        for event in &range.events {
            if let Event::Fixed { fixed } = event
                && !versions.contains(fixed)
            {
                versions.push(text::clean_line(fixed).into_owned());
            }
        }
    }
    (!versions.is_empty()).then(|| versions.join(", "))
}

/// Several databases tell of the same under names of their own: one of them is enough for each package, the one
/// with the highest severity.
fn one_per_alias(findings: Vec<Vulnerability>) -> Vec<Vulnerability> {
    let mut kept: Vec<Vulnerability> = Vec::new();
    let mut by_name: BTreeMap<(String, String), usize> = BTreeMap::new();
    for finding in findings {
        let purl = finding.purl.clone().unwrap_or_default();
        let names: Vec<(String, String)> = std::iter::once(&finding.id)
            .chain(&finding.aliases)
            .map(|name| (purl.clone(), name.clone()))
            .collect();
        let place = names.iter().find_map(|name| by_name.get(name).copied());
        let place = if let Some(place) = place {
            merge(&mut kept[place], finding);
            place
        } else {
            kept.push(finding);
            kept.len() - 1
        };
        for name in names {
            by_name.insert(name, place);
        }
    }
    kept
}

/// Adds what another database says of the same.
fn merge(known: &mut Vulnerability, mut other: Vulnerability) {
    if other.severity > known.severity {
        std::mem::swap(known, &mut other);
    }
    for name in std::iter::once(other.id).chain(other.aliases) {
        if !known.is_called(&name) {
            known.aliases.push(name);
        }
    }
    known.fixed_in = known.fixed_in.take().or(other.fixed_in);
}

#[cfg(test)]
mod tests;
