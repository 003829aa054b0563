//! What this machine's scans found, attested to each platform's manifest: so it counts in audits elsewhere.

use serde_json::Value;

use crate::actions::sign::{self, SigningJob};
use crate::actions::{Context, JobSink, Outline};
use crate::dod::{self, KeptScan};
use crate::formats::scan::{self, VULNS_PREDICATE};
use crate::model::Classic;

/// A scan as it is attested, and the platform's manifest in the repositories that lack it.
struct Lacking {
    kept: KeptScan,
    predicate: Value,
    target: sign::Target,
}

/// What can be attested and is not yet; why others are left out.
fn lacking(context: &Context) -> Result<(Vec<Lacking>, Vec<String>), String> {
    let Context { release, policy, scope, facts, .. } = context;
    let scans = dod::kept_scans(release, policy, scope, facts);
    let targets = sign::targets(context)?;
    if scans.is_empty() {
        return Err("no scan of what is in a registry is kept on this machine; scan first (c)".to_owned());
    }
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for kept in scans {
        let Some(mut target) = sign::of_platform(&targets, &kept.image, &kept.manifest) else { continue };
        target.repositories.retain(|at| !dod::is_scan_attested(release, policy, facts, at, &kept));
        match scan::predicate(&kept.scan) {
            Err(why) => left.push(format!("{}: {}: {why}: not attested", target.what(), kept.scan.scanner)),
            Ok(_) if target.repositories.is_empty() => {}
            Ok(predicate) => found.push(Lacking { kept, predicate, target }),
        }
    }
    Ok((found, left))
}

pub(in crate::actions) async fn outline(context: &Context) -> Result<Outline, String> {
    let (found, left) = lacking(context)?;
    if found.is_empty() {
        let why = left.first().map_or("every scan that is kept here is attested", String::as_str);
        return Err(format!("{why}; nothing to attest"));
    }
    let mut outline = Outline::default();
    for Lacking { kept, target, .. } in &found {
        let (scanner, count) = (&kept.scan.scanner, kept.scan.findings.len());
        let (subject, what, places) = (&target.subject, target.what(), target.places());
        outline.steps.push(format!(
            "attest the scan by {scanner} ({count} findings) to {subject} ({what}) in {places}"
        ));
        outline.digests.insert(target.image.clone(), target.index.clone());
    }
    outline.warnings = left;
    sign::who(context, Classic::Attestation, &mut outline).await?;
    Ok(outline)
}

pub(in crate::actions) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let (found, _) = lacking(context)?;
    let job =
        SigningJob::open(Classic::Attestation, found.iter().map(|one| &one.target), context, sink).await?;
    let turns = found.iter().map(|one| attest(one, &job)).collect();
    job.finish(turns, &format!("attested {} scans", found.len())).await
}

async fn attest(Lacking { kept, predicate, target }: &Lacking, job: &SigningJob<'_>) -> Result<(), String> {
    let line = format!("the scan by {} is attested", kept.scan.scanner);
    job.attest(target, VULNS_PREDICATE, predicate, &line).await
}
