//! The action: an SBOM of every platform is made, signed and attached, in every repository that lacks a good one.

use futures_util::future::join_all;

use super::{MadeSbom, Target, sbom};
use crate::actions::sign::{self, Turns, finished, statement, vouch};
use crate::actions::{Context, JobSink, Outline};
use crate::dod;
use crate::gather::Signing;
use crate::model::{Image, Platform, Repository, SbomSource};

/// Any predicate type of an SBOM: one is as good as another.
const ANY_SBOM: &str = "https://spdx.dev/Document";

/// One platform's manifest, in the repositories that lack an SBOM of it.
struct Lacking<'a> {
    image: &'a Image,
    platform: Platform,
    target: sign::Target,
}

fn lacking(context: &Context) -> Result<Vec<Lacking<'_>>, String> {
    let attested = |repository: &Repository, target: &sign::Target| {
        let Context { release, policy, facts, .. } = context;
        dod::is_attested(release, policy, facts, repository, &target.subject, ANY_SBOM)
    };
    let mut found = Vec::new();
    for mut target in sign::targets(context)? {
        let (Some(platform), Some(image)) = (target.platform.clone(), context.release.image(&target.image))
        else {
            continue;
        };
        let repositories = std::mem::take(&mut target.repositories);
        target.repositories =
            repositories.into_iter().filter(|repository| !attested(repository, &target)).collect();
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
    let rule = context.policy.attestations.as_ref().unwrap_or(&context.policy.signature);
    sign::who(context, rule, &mut outline).await?;
    Ok(outline)
}

pub(in crate::actions) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let lacking = lacking(context)?;
    let signing = context.world.signing().await.map_err(|reason| reason.to_string())?;
    let turns = Turns::new(lacking.len(), "attesting");
    sink.progress(0, lacking.len(), "attesting").await;
    sign::prepare(lacking.iter().map(|one| &one.target), context).await?;
    let attested = join_all(lacking.iter().map(|one| attest(one, &signing, &turns, context, sink))).await;
    finished(&attested, &format!("attested {} SBOMs as {}", lacking.len(), signing.who()))
}

async fn attest(
    one: &Lacking<'_>,
    signing: &Signing,
    turns: &Turns,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let _turn = turns.take().await;
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
    let statement = statement(&target.subject, predicate_type, &predicate);
    vouch(target, signing, predicate_type, &statement, context).await?;
    if context.world.wiring.signing.classic {
        sign::attest_classic(target, signing, predicate_type, &statement, context).await?;
    }
    sink.line(&format!("{}: {}", target.what(), evidence.method)).await;
    turns.done(sink).await;
    Ok(())
}
