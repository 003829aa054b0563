//! How this machine ran what is in registries, attested to each platform's manifest: so it counts in audits elsewhere.

use crate::actions::sign::{self, SigningJob};
use crate::actions::{Context, JobSink, Outline};
use crate::dod::{self, AttestableRun};
use crate::formats::test_result::{self, Ran};
use crate::model::{Classic, Level, RunEnd, TEST_RESULT_PREDICATE};

/// A run, and the platform's manifest in the repositories that lack it.
struct Lacking {
    run: AttestableRun,
    target: sign::Target,
}

/// What passes and is not attested yet; why others are left out.
fn lacking(context: &Context) -> Result<(Vec<Lacking>, Vec<String>), String> {
    let Context { release, policy, scope, facts, .. } = context;
    let runs = dod::attestable_runs(release, policy, scope, facts);
    let targets = sign::targets(context)?;
    if runs.is_empty() {
        return Err(
            "no run of what is in a registry is known on this machine; run it first (r, e)".to_owned()
        );
    }
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for run in runs {
        let Some(mut target) = sign::of_platform(&targets, &run.image, &run.manifest) else { continue };
        if let Err(why) = &run.shows {
            left.push(format!("{}: {why}: not attested", target.what()));
            continue;
        }
        target.repositories.retain(|at| !dod::is_run_attested(release, policy, facts, at, &run));
        if !target.repositories.is_empty() {
            found.push(Lacking { run, target });
        }
    }
    Ok((found, left))
}

pub(in crate::actions) async fn outline(context: &Context) -> Result<Outline, String> {
    let (found, left) = lacking(context)?;
    if found.is_empty() {
        let why = left.first().map_or("every run that is known here is attested", String::as_str);
        return Err(format!("{why}; nothing to attest"));
    }
    let mut outline = Outline::default();
    for Lacking { run, target } in &found {
        let shows = run.shows.as_deref().unwrap_or_default();
        let (subject, what, places) = (&target.subject, target.what(), target.places());
        outline.steps.push(format!("attest to {subject} ({what}) in {places}: {shows}"));
        outline.digests.insert(target.image.clone(), target.index.clone());
    }
    outline.warnings = left;
    outline
        .warnings
        .push("the commands, and what they printed, can be read by everybody who can pull".to_owned());
    sign::who(context, Classic::Attestation, &mut outline).await?;
    Ok(outline)
}

pub(in crate::actions) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let (found, _) = lacking(context)?;
    let job =
        SigningJob::open(Classic::Attestation, found.iter().map(|one| &one.target), context, sink).await?;
    let turns = found.iter().map(|one| attest(one, &job)).collect();
    job.finish(turns, &format!("attested {} test results", found.len())).await
}

async fn attest(Lacking { run, target }: &Lacking, job: &SigningJob<'_>) -> Result<(), String> {
    let RunEnd::Exited(exit) = run.run.ended else {
        return Err(format!("{}: it did not end by itself", target.what()));
    };
    let predicate = test_result::predicate(&Ran {
        kind: run.kind,
        argv: &run.argv,
        config: &run.config,
        run: &run.run,
        exit,
        in_container: run.evidence.level == Level::Verified,
        at: run.evidence.at,
        passed: run.shows.is_ok(),
    });
    let line = format!("{} is attested", run.kind.word());
    job.attest(target, TEST_RESULT_PREDICATE, &predicate, &line).await
}
