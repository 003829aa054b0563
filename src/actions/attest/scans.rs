//! What this machine's scans found, attested to each platform's manifest: so it counts in audits elsewhere.

use futures_util::future::join_all;
use serde_json::Value;

use crate::actions::sign::{self, Turns, finished, statement, vouch};
use crate::actions::{Context, JobSink, Outline};
use crate::dod::{self, KeptScan};
use crate::formats::scan::{self, VULNS_PREDICATE};
use crate::gather::Signing;

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
        let of_scan = |target: &&sign::Target| {
            target.platform.is_some() && target.subject == kept.manifest && target.image == kept.image
        };
        let Some(mut target) = targets.iter().find(of_scan).cloned() else { continue };
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
    let rule = context.policy.attestations.as_ref().unwrap_or(&context.policy.signature);
    sign::who(context, rule, &mut outline).await?;
    Ok(outline)
}

pub(in crate::actions) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let (found, _) = lacking(context)?;
    let signing = context.world.signing().await.map_err(|reason| reason.to_string())?;
    let turns = Turns::new(found.len(), "attesting");
    sink.progress(0, found.len(), "attesting").await;
    sign::prepare(found.iter().map(|one| &one.target), context).await?;
    let attested = join_all(found.iter().map(|one| attest(one, &signing, &turns, context, sink))).await;
    finished(&attested, &format!("attested {} scans as {}", found.len(), signing.who()))
}

async fn attest(
    Lacking { kept, predicate, target }: &Lacking,
    signing: &Signing,
    turns: &Turns,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let _turn = turns.take().await;
    let statement = statement(&target.subject, VULNS_PREDICATE, predicate);
    vouch(target, signing, VULNS_PREDICATE, &statement, context).await?;
    sink.line(&format!("{}: the scan by {} is attested", target.what(), kept.scan.scanner)).await;
    turns.done(sink).await;
    Ok(())
}
