use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::super::{perform as perform_action, plan};
use super::*;
use crate::config;
use crate::gather::World;
use crate::model::{Action, Facts, JobOutcome};

/// A clone of a bare remote, with a configuration and one commit.
struct Here {
    folder: TempDir,
}

const CONFIG: &str = "[release]\nname = \"app\"\nversion = \"0.2.0\"\n[[image]]\nname = \"app\"\n\
                      repositories = [\"localhost:1/acme/app\"]\n";

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Here {
    fn new() -> Self {
        let here = Self { folder: tempfile::tempdir().unwrap() };
        run(here.folder.path(), &["init", "--quiet", "--bare", "remote.git"]);
        run(here.folder.path(), &["clone", "--quiet", "remote.git", "work"]);
        let work = here.work();
        run(&work, &["config", "user.name", "A"]);
        run(&work, &["config", "user.email", "a@example.org"]);
        run(&work, &["checkout", "--quiet", "-b", "main"]);
        std::fs::write(work.join("exitbar.toml"), CONFIG).unwrap();
        here.commit("first");
        run(&work, &["push", "--quiet", "--set-upstream", "origin", "main"]);
        here
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn commit(&self, message: &str) -> String {
        run(&self.work(), &["add", "."]);
        run(&self.work(), &["commit", "--quiet", "--allow-empty", "-m", message]);
        run(&self.work(), &["rev-parse", "HEAD"])
    }

    /// The commit of the tag on the remote.
    fn remote_tag(&self) -> Option<String> {
        let printed = run(&self.work(), &["ls-remote", "--tags", "origin"]);
        printed::remote_tag(printed.as_bytes(), "v0.2.0")
    }

    async fn context(&self) -> Context {
        self.context_with(|_| ()).await
    }

    async fn context_with(&self, change: impl FnOnce(&mut config::Loaded)) -> Context {
        let mut loaded = config::load(None, &self.work()).unwrap();
        loaded.wiring.no_store = true;
        change(&mut loaded);
        let world = World::new(loaded.release.into(), loaded.wiring.into()).unwrap();
        let mut facts = Facts::new("2026-01-01T00:00:00Z".parse().unwrap());
        let key = FactKey::RemoteTag { remote: "origin".to_owned(), tag: world.release.git_tag() };
        for key in [FactKey::Git, key] {
            let exchanges = gather::fetch(&key, &[Place::Source(".".into())], &facts, &world).await;
            for (key, fact, evidence) in formats::read(&key, &exchanges) {
                facts.insert(key, fact, evidence);
            }
        }
        let release = std::sync::Arc::clone(&world.release);
        Context { release, policy: loaded.policy.into(), scope: loaded.scope, facts, world }
    }

    async fn refused(&self, words: &[&str]) {
        let why = plan(Action::Tag, &self.context().await).await.unwrap_err();
        for word in words {
            assert!(why.contains(word), "{word} in {why}");
        }
    }
}

async fn tag(context: &Context) -> JobOutcome {
    let (sink, mut events) = JobSink::new();
    let drain = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let outcome = perform_action(Action::Tag, context, &sink, &CancellationToken::new()).await;
    drop(sink);
    drain.await.unwrap();
    outcome
}

#[tokio::test]
async fn the_commit_is_tagged_pushed_and_found_on_the_remote() {
    let here = Here::new();
    let head = run(&here.work(), &["rev-parse", "HEAD"]);
    let context = here.context().await;
    let planned = plan(Action::Tag, &context).await.unwrap();
    let steps = planned.steps.join("\n");
    assert!(
        steps.contains(&format!("git tag -a v0.2.0 {head}")) && steps.contains("git push origin"),
        "{steps}"
    );
    assert_eq!(here.remote_tag(), None);
    let outcome = tag(&context).await;
    assert_eq!(outcome, JobOutcome::Done(format!("v0.2.0 is at {head} on origin")));
    assert_eq!(here.remote_tag(), Some(head));
    assert_eq!(run(&here.work(), &["cat-file", "-t", "v0.2.0"]), "tag");
    here.refused(&["nothing to do"]).await;
}

#[tokio::test]
async fn a_tag_that_is_somewhere_else_is_never_moved() {
    let here = Here::new();
    let first = run(&here.work(), &["rev-parse", "HEAD"]);
    run(&here.work(), &["tag", "v0.2.0"]);
    let second = here.commit("second");
    run(&here.work(), &["push", "--quiet"]);
    here.refused(&["never moved", &first, &second]).await;
    run(&here.work(), &["push", "--quiet", "origin", "v0.2.0"]);
    run(&here.work(), &["tag", "-d", "v0.2.0"]);
    here.refused(&["origin has the tag v0.2.0 already", &first, &second]).await;
    assert_eq!(here.remote_tag(), Some(first));
}

#[tokio::test]
async fn a_tag_that_was_set_in_between_is_not_overwritten() {
    let here = Here::new();
    let context = here.context().await;
    let first = run(&here.work(), &["rev-parse", "HEAD"]);
    let other = run(&here.work(), &["commit-tree", "-m", "other", "HEAD^{tree}"]);
    run(&here.work(), &["push", "--quiet", "origin", &format!("{other}:refs/tags/v0.2.0")]);
    let JobOutcome::Failed(why) = tag(&context).await else { panic!("it was pushed") };
    assert!(why.contains("git push"), "{why}");
    assert_ne!(first, other);
    assert_eq!(here.remote_tag(), Some(other));
}

#[tokio::test]
async fn a_tag_that_is_here_only_is_pushed() {
    let here = Here::new();
    run(&here.work(), &["tag", "-a", "-m", "mine", "v0.2.0"]);
    let context = here.context().await;
    assert!(plan(Action::Tag, &context).await.unwrap().steps[0].contains("here already"));
    assert!(matches!(tag(&context).await, JobOutcome::Done(_)));
    assert_eq!(here.remote_tag(), Some(run(&here.work(), &["rev-parse", "HEAD"])));
}

#[tokio::test]
async fn a_tree_that_differs_a_branch_behind_and_another_version_are_refused() {
    let here = Here::new();
    std::fs::write(here.work().join("exitbar.toml"), format!("{CONFIG}# more\n")).unwrap();
    here.refused(&["differ from HEAD", "exitbar.toml"]).await;
    run(&here.work(), &["checkout", "--quiet", "exitbar.toml"]);
    std::fs::write(here.work().join("Cargo.toml"), "[package]\nname = \"app\"\nversion = \"0.1.0\"\n")
        .unwrap();
    here.commit("second");
    here.refused(&["Cargo.toml:3", "0.1.0", "0.2.0"]).await;
    run(&here.work(), &["push", "--quiet"]);
    run(&here.work(), &["reset", "--quiet", "--hard", "HEAD~1"]);
    here.refused(&["1 commits behind origin/main"]).await;
}

#[tokio::test]
async fn what_the_remote_could_not_tell_is_no_leave_to_push() {
    let here = Here::new();
    let offline = here.context_with(|loaded| loaded.wiring.trust.offline = true).await;
    let why = plan(Action::Tag, &offline).await.unwrap_err();
    assert!(why.contains("--offline"), "{why}");
    std::fs::remove_dir_all(here.folder.path().join("remote.git")).unwrap();
    here.refused(&["cannot tell whether origin has the tag"]).await;
    let readonly = here.context_with(|loaded| loaded.wiring.readonly = true).await;
    assert!(plan(Action::Tag, &readonly).await.unwrap_err().contains("--readonly"));
}

#[tokio::test]
async fn no_hook_of_the_repository_is_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let here = Here::new();
    let hook = here.work().join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\ntouch hooked\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(tag(&here.context().await).await, JobOutcome::Done(_)));
    assert!(!here.work().join("hooked").exists());
}

#[tokio::test]
async fn without_a_repository_or_a_commit_there_is_nothing_to_tag() {
    let here = Here::new();
    std::fs::remove_dir_all(here.work().join(".git")).unwrap();
    here.refused(&["in no git repository"]).await;
    run(&here.work(), &["init", "--quiet"]);
    here.refused(&["no commit to tag"]).await;
}

#[tokio::test]
async fn a_run_that_would_fail_is_said_before_the_tag_starts_it() {
    let here = Here::new();
    let folder = here.work().join(".github/workflows");
    std::fs::create_dir_all(&folder).unwrap();
    let workflow = |permission: &str| {
        format!(
            "on:\n  push:\n    tags: ['v*']\npermissions: {{ {permission} }}\njobs:\n  a:\n    steps:\n      - run: docker push x\n      - run: cosign sign --yes x@$D\n"
        )
    };
    for (permission, warnings) in [("contents: read", 1), ("id-token: write", 0)] {
        std::fs::write(folder.join("release.yml"), workflow(permission)).unwrap();
        here.commit(permission);
        run(&here.work(), &["push", "--quiet"]);
        let mut context = here.context().await;
        let places = [Place::Source(".".into())];
        let exchanges = gather::fetch(&FactKey::Workflows, &places, &context.facts, &context.world).await;
        for (key, fact, evidence) in formats::read(&FactKey::Workflows, &exchanges) {
            context.facts.insert(key, fact, evidence);
        }
        let planned = plan(Action::Tag, &context).await.unwrap();
        let said = planned.warnings.iter().filter(|warning| warning.contains("needs `id-token: write`"));
        assert_eq!(said.count(), warnings, "{:?}", planned.warnings);
    }
}
