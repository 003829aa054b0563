//! The action: an SBOM of every platform is made, signed and attached, in every repository that lacks a good one.

use super::{MadeSbom, Target, sbom};
use crate::actions::sign::{self, SigningJob};
use crate::actions::{Context, JobSink, Outline};
use crate::dod;
use crate::model::{Classic, Image, Platform, SbomSource};

/// One platform's manifest, in the repositories that lack an SBOM of it.
struct Lacking<'a> {
    image: &'a Image,
    platform: Platform,
    target: sign::Target,
}

fn lacking(context: &Context) -> Result<Vec<Lacking<'_>>, String> {
    let Context { release, policy, facts, .. } = context;
    let mut found = Vec::new();
    for mut target in sign::targets(context)? {
        let (Some(platform), Some(image)) = (target.platform.clone(), release.image(&target.image)) else {
            continue;
        };
        let (subject, index) = (&target.subject, &target.index);
        target.repositories.retain(|at| !dod::is_sbom_attested(release, policy, facts, at, (subject, index)));
        if !target.repositories.is_empty() {
            found.push(Lacking { image, platform, target });
        }
    }
    Ok(found)
}

pub(in crate::actions) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for Lacking { image, target, .. } in lacking(context)? {
        let from = match context.world.wiring.sbom.of(&image.name) {
            SbomSource::Auto => "made by syft, else BuildKit's".to_owned(),
            SbomSource::Syft => "made by syft".to_owned(),
            SbomSource::BuildKit => "BuildKit's".to_owned(),
            SbomSource::File(file) => format!("from {file}"),
        };
        outline.steps.push(format!(
            "attest an SBOM ({from}) to {} ({}) in {}",
            target.subject,
            target.what(),
            target.places()
        ));
        outline.digests.insert(target.image.clone(), target.index.clone());
    }
    if outline.steps.is_empty() {
        return Err("every platform that is there has an attested SBOM; nothing to attest".to_owned());
    }
    sign::who(context, Classic::Attestation, &mut outline).await?;
    Ok(outline)
}

pub(in crate::actions) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let lacking = lacking(context)?;
    let job =
        SigningJob::open(Classic::Attestation, lacking.iter().map(|one| &one.target), context, sink).await?;
    let turns = lacking.iter().map(|one| attest(one, &job, context)).collect();
    job.finish(turns, &format!("attested {} SBOMs", lacking.len())).await
}

async fn attest(one: &Lacking<'_>, job: &SigningJob<'_>, context: &Context) -> Result<(), String> {
    let Lacking { image, platform, target } = one;
    let made = sbom(
        &Target {
            image,
            platform,
            index: &target.index,
            manifest: &target.subject,
            repositories: &target.repositories,
        },
        context,
    )
    .await?;
    let MadeSbom { document, predicate_type, evidence, .. } = made;
    let predicate = serde_json::from_slice(&document)
        .map_err(|error| format!("{}: its SBOM is no JSON: {error}", target.what()))?;
    job.attest(target, predicate_type, &predicate, &evidence.method).await
}
