use tokio_util::sync::CancellationToken;

use super::super::{perform as perform_action, plan};
use super::*;
use crate::embedded::github::{Fate, Github as Server, Holds, TOKEN};
use crate::gather::{self, World};
use crate::model::{Facts, JobEvent, Place};
use crate::{config, formats};

const WORKFLOW: &str =
    "on: workflow_dispatch\njobs:\n  images:\n    steps:\n      - run: docker push ghcr.io/acme/greenlang\n";

struct Here {
    server: Server,
    folder: tempfile::TempDir,
}

impl Here {
    fn new(fate: Fate) -> Self {
        let holds = Holds { repository: "acme/greenlang".to_owned(), fate, ..Holds::default() };
        let here = Self { server: Server::start(holds).unwrap(), folder: tempfile::tempdir().unwrap() };
        let workflows = here.folder.path().join(".github/workflows");
        std::fs::create_dir_all(&workflows).unwrap();
        std::fs::write(workflows.join("release.yml"), WORKFLOW).unwrap();
        let text = format!(
            "[release]\nname = \"a\"\nversion = \"0.2.0\"\nsource = \"https://github.com/acme/greenlang\"\n\
             [[image]]\nname = \"a\"\nrepositories = [\"localhost:1/acme/a\"]\n[github]\napi = \"{}\"\n",
            here.server.url()
        );
        std::fs::write(here.folder.path().join("exitbar.toml"), text).unwrap();
        here
    }

    async fn context(&self) -> Context {
        let mut loaded = config::load(None, self.folder.path()).unwrap();
        loaded.wiring.no_store = true;
        loaded.scope.dispatch.reference = Some("main".to_owned());
        let world = World::new(loaded.release.into(), loaded.wiring.into()).unwrap();
        world.give_token("github.com", TOKEN);
        let mut facts = Facts::new("2026-01-01T00:00:00Z".parse().unwrap());
        let places = [Place::Source(".github/workflows".into())];
        let exchanges = gather::fetch(&FactKey::Workflows, &places, &facts, &world).await;
        for (key, fact, evidence) in formats::read(&FactKey::Workflows, &exchanges) {
            facts.insert(key, fact, evidence);
        }
        let release = std::sync::Arc::clone(&world.release);
        Context { release, policy: loaded.policy.into(), scope: loaded.scope, facts, world }
    }
}

/// Performs it, and cancels it at the first line that holds `at`.
async fn cancelled_at(at: &str, action: Action, context: &Context) -> (JobOutcome, Vec<String>) {
    let (sink, mut events) = JobSink::new();
    let token = CancellationToken::new();
    let (cancel, at) = (token.clone(), at.to_owned());
    let lines = tokio::spawn(async move {
        let mut lines = Vec::new();
        while let Some(event) = events.recv().await {
            if let JobEvent::Output(line) = event {
                if line.contains(&at) {
                    cancel.cancel();
                }
                lines.push(line);
            }
        }
        lines
    });
    let outcome = perform_action(action, context, &sink, &token).await;
    drop(sink);
    (outcome, lines.await.unwrap())
}

fn cancels(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.path.ends_with("/cancel")).count()
}

#[tokio::test]
async fn cancelling_the_job_cancels_the_run_that_it_started() {
    let here = Here::new(Fate::Runs);
    let (outcome, lines) = cancelled_at("in_progress", Action::Dispatch, &here.context().await).await;
    assert_eq!(outcome, JobOutcome::Cancelled, "{lines:?}");
    assert_eq!(cancels(&here.server), 1);
    assert!(lines.iter().any(|line| line.contains("was told to stop")), "{lines:?}");
}

#[tokio::test]
async fn cancelling_the_watching_leaves_the_run_alone() {
    let here = Here::new(Fate::Runs);
    let mut context = here.context().await;
    cancelled_at("in_progress", Action::Dispatch, &context).await;
    let before = cancels(&here.server);
    let started = crate::embedded::github::Started { fate: Fate::Runs, ..Default::default() };
    context.scope.dispatch.run = Some(here.server.add_run(started));
    let (outcome, _) = cancelled_at("in_progress", Action::WatchRun, &context).await;
    assert_eq!(outcome, JobOutcome::Cancelled);
    assert_eq!(cancels(&here.server), before);
}

#[tokio::test]
async fn a_plan_says_what_is_started_where_and_changes_with_its_inputs() {
    let here = Here::new(Fate::Succeeds);
    let context = here.context().await;
    let planned = plan(Action::Dispatch, &context).await.unwrap();
    assert!(planned.steps[0].contains("release.yml of acme/greenlang on 127.0.0.1"), "{:?}", planned.steps);
    assert!(planned.steps[0].ends_with("on main"), "{:?}", planned.steps);
    assert_eq!(planned.effect, crate::model::Effect::Publishes);
    assert!(here.server.dispatched().is_empty());
}

#[tokio::test]
async fn every_page_of_jobs_is_read_and_the_one_that_failed_is_named() {
    let here = Here::new(Fate::Succeeds);
    let mut context = here.context().await;
    let started = crate::embedded::github::Started { fate: Fate::Fails, jobs: 130, ..Default::default() };
    context.scope.dispatch.run = Some(here.server.add_run(started));
    let (outcome, lines) = cancelled_at("nothing says that", Action::WatchRun, &context).await;
    let JobOutcome::Failed(why) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("images (129) / Build and push failed"), "{why}");
    assert!(lines.iter().any(|line| line == "images (100): success"), "{lines:?}");
}

#[tokio::test]
async fn where_no_run_is_named_the_release_s_own_is_taken_up() {
    let here = Here::new(Fate::Succeeds);
    let mut context = here.context().await;
    let why = plan(Action::RerunFailed, &context).await.unwrap_err();
    assert!(why.contains("none of this release that was seen failed"), "{why}");
    let started = |fate, over| crate::embedded::github::Started {
        workflow: "release.yml".to_owned(),
        branch: "v0.2.0".to_owned(),
        fate,
        over,
        ..Default::default()
    };
    let failed = here.server.add_run(started(Fate::Fails, true));
    let key =
        FactKey::WorkflowRun { workflow: "release.yml".to_owned(), tag: "v0.2.0".to_owned(), commit: None };
    let place = Place::Github { host: "github.com".to_owned(), repository: "acme/greenlang".to_owned() };
    let exchanges = gather::fetch(&key, &[place], &context.facts, &context.world).await;
    for (key, fact, evidence) in formats::read(&key, &exchanges) {
        context.facts.insert(key, fact, evidence);
    }
    let planned = plan(Action::RerunFailed, &context).await.unwrap();
    assert!(planned.steps[0].contains(&format!("run {failed} of acme/greenlang")), "{:?}", planned.steps);
    let why = plan(Action::CancelRun, &context).await.unwrap_err();
    assert!(why.contains("queued or running"), "{why}");
}
