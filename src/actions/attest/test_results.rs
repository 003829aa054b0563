//! How this machine ran what is in registries, attested to each platform's manifest: so it counts in audits elsewhere.

use futures_util::future::join_all;

use crate::actions::sign::{self, Turns, finished, statement, vouch};
use crate::actions::{Context, JobSink, Outline};
use crate::dod::{self, AttestableRun};
use crate::formats::test_result::{self, Ran};
use crate::gather::Signing;
use crate::model::{Level, RunEnd, TEST_RESULT_PREDICATE};

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
        let of_run = |target: &&sign::Target| {
            target.platform.is_some() && target.subject == run.manifest && target.image == run.image
        };
        let Some(mut target) = targets.iter().find(of_run).cloned() else { continue };
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
    finished(&attested, &format!("attested {} test results as {}", found.len(), signing.who()))
}

async fn attest(
    Lacking { run, target }: &Lacking,
    signing: &Signing,
    turns: &Turns,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let _turn = turns.take().await;
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
    let statement = statement(&target.subject, TEST_RESULT_PREDICATE, &predicate);
    vouch(target, signing, TEST_RESULT_PREDICATE, &statement, context).await?;
    sink.line(&format!("{}: {} is attested", target.what(), run.kind.word())).await;
    turns.done(sink).await;
    Ok(())
}
