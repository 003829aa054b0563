//! Scans every platform that is in a registry, by its digest: by the scanners on PATH, else by asking OSV about its
//! SBOM. What comes of it is kept as evidence of that digest, with its time.

use super::sink::Learned;
use super::{Context, JobSink, Outline, sign};
use crate::model::{
    Answer, Catalogued, Classic, Exchange, FactKey, Place, Reason, Scan, ScanKind, ScanSource, Severity,
};
use crate::{dod, formats, gather};

/// One scan to make.
#[derive(Debug)]
struct Target {
    /// The image and its platform, in words.
    label: String,
    key: FactKey,
    places: Vec<Place>,
}

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for Target { label, key, .. } in targets(context)? {
        let FactKey::Scan { subject, source } = &key else { continue };
        let how = match source {
            ScanSource::Osv { .. } => format!("ask OSV at {} about the SBOM of", context.world.wiring.osv),
            _ => format!("{} scans", source.words()),
        };
        outline.steps.push(format!("{how} {label} ({})", subject.short()));
    }
    if context.scope.attest_scan {
        attesting(context, &mut outline).await?;
    }
    Ok(outline)
}

/// What is attested afterwards, where that is asked for as well: to which digests, where and as whom. It gets a plan of its
/// own, once it is known what was found.
async fn attesting(context: &Context, outline: &mut Outline) -> Result<(), String> {
    for target in sign::targets(context)?.iter().filter(|target| target.platform.is_some()) {
        let (subject, what, places) = (&target.subject, target.what(), target.places());
        outline.steps.push(format!("then attest what was found to {subject} ({what}) in {places}"));
        outline.digests.insert(target.image.clone(), target.index.clone());
    }
    sign::who(context, Classic::Attestation, outline).await
}

/// Every scan that can be made, or why there is none.
fn targets(context: &Context) -> Result<Vec<Target>, String> {
    let policy = &context.policy.vulnerabilities;
    let found = dod::scannable(&context.release, &context.policy, &context.scope, &context.facts);
    if found.is_empty() {
        return Err("no image is in a registry for its platforms; press p first".to_owned());
    }
    let here = gather::scanners();
    let counts =
        |name: &str| ScanKind::SCANNERS.into_iter().any(|kind| kind.word() == name && policy.counts(kind));
    let scanners: Vec<&str> = here.iter().map(|tool| tool.name()).filter(|name| counts(name)).collect();
    let missing = context.world.wiring.scanners.iter().find(|named| !scanners.contains(&named.as_str()));
    if let Some(missing) = missing {
        return Err(format!(
            "{missing} is not on PATH; install it, or take it out of [vulnerabilities] sources"
        ));
    }
    let named = policy.sources.as_ref().is_some_and(|sources| sources.contains(&ScanKind::Osv));
    let ask_osv = named || (policy.sources.is_none() && scanners.is_empty());
    let mut targets = Vec::new();
    for one in found {
        let by_scanner = scanners.iter().map(|name| ScanSource::Scanner((*name).to_owned()));
        let by_osv = one.sboms.iter().filter(|_| ask_osv).map(|sbom| ScanSource::Osv { sbom: sbom.clone() });
        targets.extend(by_scanner.chain(by_osv).map(|source| Target {
            label: format!("{} {}", one.image, one.platform),
            key: FactKey::Scan { subject: one.manifest.clone(), source },
            places: one.holders.iter().cloned().map(Place::Registry).collect(),
        }));
    }
    if targets.is_empty() {
        return Err(
            "neither trivy nor grype is on PATH, and OSV cannot be asked: no platform has an SBOM that the \
                    release's identity attested; install trivy or grype"
                .to_owned(),
        );
    }
    Ok(targets)
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let targets = targets(context)?;
    let total = targets.len();
    let mut failed = Vec::new();
    for (done, Target { label, key, places }) in targets.iter().enumerate() {
        sink.progress(done, total, label.clone()).await;
        match gather::scan(key, places, &context.facts, &context.world).await {
            Ok(made) => sink.line(&format!("{label}: {}", said(&made.scan))).await,
            Err(reason) => {
                sink.line(&format!("{label}: could not be scanned: {reason}")).await;
                sink.learn(not_scanned(key, &reason, context));
                failed.push(format!("{label}: {reason}"));
            }
        }
    }
    sink.progress(total, total, "scanned").await;
    match failed.first() {
        None => Ok(format!("{total} scans were made")),
        Some(first) => Err(format!("{} of {total} scans could not be made; {first}", failed.len())),
    }
}

/// That a scan was not possible is a fact as well: unknown, with its reason.
fn not_scanned(key: &FactKey, reason: &Reason, context: &Context) -> Vec<Learned> {
    let exchange = Exchange {
        place: Place::Store,
        request: "scan it".to_owned(),
        credentials: false,
        at: context.facts.as_of,
        answer: Answer::Failed(reason.clone()),
    };
    formats::read(key, &[exchange])
}

fn said(scan: &Scan) -> String {
    if let Catalogued::Nothing(why) = &scan.catalogued {
        return format!("{}: {why}", scan.scanner);
    }
    let mut counts: std::collections::BTreeMap<Option<Severity>, usize> = std::collections::BTreeMap::new();
    for finding in scan.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        *counts.entry(finding.severity).or_default() += 1;
    }
    let words = |(severity, count): (&Option<Severity>, &usize)| {
        format!("{count} {}", severity.map_or("without a severity", Severity::word))
    };
    let counted: Vec<String> = counts.iter().rev().map(words).collect();
    let found = if counted.is_empty() { "nothing was found".to_owned() } else { counted.join(", ") };
    format!("{}: {found}", scan.scanner)
}
