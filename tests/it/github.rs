//! `exitbar dispatch`, and what an audit learns from GitHub, through the binary against a GitHub in the process.

use exitbar::embedded::github::{Fate, Github, Holds, Started, TOKEN};
use exitbar::embedded::{Fault, Options, Registry, Trouble};

use crate::release::{Audit, Folder};
use crate::screen::Screen;

const COMMIT: &str = "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345";

const WORKFLOW: &str = "\
on:
  push: { tags: ['v*'] }
  workflow_dispatch:
    inputs:
      version: { required: true }
      channel: { type: choice, options: [stable, edge], default: stable }
jobs:
  images:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/login-action@v3
        with: { username: me, password: '${{ secrets.DOCKERHUB_TOKEN }}' }
      - uses: docker/build-push-action@v6
        with: { push: true }
";

/// A release that is not published, its workflow and its GitHub.
struct Release {
    folder: Folder,
    github: Github,
    _registry: Registry,
}

fn release(more: &str, change: impl FnOnce(&mut Holds)) -> Release {
    let mut holds =
        Holds { repository: "acme/greenlang".to_owned(), commit: COMMIT.to_owned(), ..Holds::default() };
    for below in ["actions/secrets", "actions/organization-secrets"] {
        holds.names.insert(below.to_owned(), vec!["OTHER".to_owned()]);
    }
    change(&mut holds);
    let github = Github::start(holds).expect("a GitHub");
    let registry = Registry::start(Options::default()).expect("a registry");
    let folder = Folder::with(&format!(
        "[release]\nname = \"greenlang\"\nversion = \"0.2.0\"\nsource = \"https://github.com/acme/greenlang\"\n\
         revision = \"{COMMIT}\"\n[[image]]\nname = \"app\"\nrepositories = [\"{}/acme/greenlang\"]\n\
         [github]\napi = \"{}\"\n{more}\n",
        registry.host(),
        github.url()
    ));
    let workflows = folder.path().join(".github/workflows");
    std::fs::create_dir_all(&workflows).expect("a folder");
    std::fs::write(workflows.join("release.yml"), WORKFLOW).expect("a workflow");
    Release { folder, github, _registry: registry }
}

impl Release {
    /// Runs the binary with a token; gives its exit code and everything that it said, in which the token must not be.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output =
            self.folder.run_with(arguments, &[("EXITBAR_OFFLINE", "false"), ("GITHUB_TOKEN", TOKEN)]);
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        let said = said.concat();
        assert!(!said.contains(TOKEN), "the token came out: {said}");
        (output.status.code().unwrap_or(-1), said)
    }

    fn dispatch(&self, more: &[&str]) -> (i32, String) {
        self.run(&[&["dispatch", "--yes", "--ref", "v0.2.0", "--input", "version=0.2.0"], more].concat())
    }

    fn audit(&self) -> Audit {
        self.folder.audit_in(&[], &[("EXITBAR_OFFLINE", "false"), ("GITHUB_TOKEN", TOKEN)])
    }

    fn asked(&self) -> Vec<String> {
        self.github.requests().iter().map(exitbar::embedded::Request::line).collect()
    }
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "no `{word}` in {said}");
    }
}

pub fn a_run_is_started_watched_and_its_success_is_the_exit_code() {
    let release = release("", |_| {});
    let (code, said) = release.dispatch(&["--input", "channel=edge"]);
    assert_eq!(code, 0, "{said}");
    says(&said, &["run 30433642 ended with success", "images / Build and push: success", "in_progress"]);
    let sent = release.github.dispatched();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["inputs"], serde_json::json!({ "version": "0.2.0", "channel": "edge" }));
    assert_eq!(sent[0]["ref"], "v0.2.0");
    assert!(release.audit().exits(1).stderr.contains("looked at everything"));
}

pub fn a_run_that_fails_shows_the_log_of_its_step_and_can_be_run_again() {
    let release = release("", |holds| holds.fate = Fate::Fails);
    let (code, said) = release.dispatch(&[]);
    assert_eq!(code, 1, "{said}");
    says(
        &said,
        &["images / Build and push failed", "##[error]denied", "exitbar dispatch --rerun-failed 30433642"],
    );
    assert!(!said.contains("Cleaning up"), "{said}");
    let logs = release.github.log_requests();
    assert!(!logs.is_empty() && logs.iter().all(|request| !request.authorized), "{logs:?}");
    release.audit().says("published", &["the run of release.yml for v0.2.0 ended with failure"]);
    let (code, said) = release.run(&["dispatch", "--yes", "--rerun-failed", "30433642"]);
    assert_eq!(code, 0, "{said}");
    says(&said, &["ended with success"]);
}

pub fn a_run_that_never_starts_is_unknown_after_its_time() {
    let release = release("start_within = \"2s\"", |holds| holds.fate = Fate::NeverStarts);
    let (code, said) = release.dispatch(&[]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["has not started within 2 s", "unknown", "exitbar dispatch --watch 30433642"]);
}

pub fn a_run_is_cancelled_by_its_number() {
    let release = release("", |_| {});
    let run = release.github.add_run(Started {
        workflow: "release.yml".to_owned(),
        event: "push".to_owned(),
        branch: "v0.2.0".to_owned(),
        commit: COMMIT.to_owned(),
        fate: Fate::Runs,
        ..Started::default()
    });
    let (code, said) = release.run(&["dispatch", "--yes", "--cancel", &run.to_string()]);
    assert_eq!(code, 0, "{said}");
    says(&said, &["ended with cancelled"]);
    let (code, said) = release.run(&["dispatch", "--yes", "--watch", &run.to_string()]);
    assert_eq!(code, 1, "{said}");
}

pub fn the_run_of_a_silent_dispatch_is_the_new_one_and_no_older() {
    let release = release("", |holds| holds.silent_dispatch = true);
    let older = || Started {
        workflow: "release.yml".to_owned(),
        event: "workflow_dispatch".to_owned(),
        branch: "v0.2.0".to_owned(),
        commit: COMMIT.to_owned(),
        fate: Fate::Fails,
        over: true,
        ..Started::default()
    };
    release.github.add_run(older());
    release.github.add_run(older());
    let (code, said) = release.dispatch(&[]);
    assert_eq!(code, 0, "{said}");
    says(&said, &["run 30433644 ended with success"]);
}

pub fn what_is_wrong_is_refused_before_anything_is_sent() {
    let release = release("", |_| {});
    for (arguments, code, words) in [
        (&["dispatch", "--yes", "--ref", "main"][..], 1, "demands the input `version`"),
        (&["dispatch", "--yes", "--ref", "main", "--input", "verison=1"], 1, "has no input `verison`"),
        (
            &["dispatch", "--yes", "--ref", "main", "--input", "version=1", "--input", "channel=beta"],
            1,
            "one of stable, edge",
        ),
        (&["dispatch", "--yes", "--input", "version=1"], 1, "--ref"),
        (&["dispatch", "--input", "version"], 2, "NAME=VALUE"),
        (&["dispatch", "--watch", "1", "--cancel", "2"], 2, "cannot be used with"),
        (&["dispatch", "--readonly", "--yes", "--ref", "main", "--input", "version=1"], 1, "--readonly"),
        (&["dispatch", "--offline", "--yes", "--ref", "main", "--input", "version=1"], 1, "--offline"),
    ] {
        let (exit, said) = release.run(arguments);
        assert_eq!(exit, code, "{arguments:?}: {said}");
        says(&said, &[words]);
    }
    let (code, said) = release.run(&["dispatch", "--dry-run", "--ref", "main", "--input", "version=1"]);
    assert_eq!(code, 0, "{said}");
    says(
        &said,
        &["starts release.yml of acme/greenlang", "publishes", "cancelling this job cancels the run"],
    );
    assert!(release.github.dispatched().is_empty());
    let by_tag = WORKFLOW.replace("workflow_dispatch:", "workflow_call:");
    std::fs::write(release.folder.path().join(".github/workflows/release.yml"), by_tag).expect("a workflow");
    let (code, said) = release.dispatch(&[]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["release.yml:2", "cannot be started by hand"]);
}

pub fn a_secret_that_is_not_set_is_found_by_the_audit() {
    let release = release("", |_| {});
    let audit = release.audit();
    let words = "secret DOCKERHUB_TOKEN is not set on acme/greenlang, release.yml:12 logs in with it";
    audit.says("published", &[words]);
    assert!(audit.json["blocking_issues"].to_string().contains(words), "{}", audit.json);
    assert!(!audit.json.to_string().contains(TOKEN));
    let asked = release.asked();
    let mut once = asked.clone();
    once.sort();
    once.dedup();
    assert!(asked.len() <= once.len() + 1, "asked twice: {asked:?}");
    release.github.change(|holds| {
        holds.names.insert("actions/organization-secrets".to_owned(), vec!["DOCKERHUB_TOKEN".to_owned()]);
    });
    assert!(!release.audit().item("published").contains("DOCKERHUB_TOKEN"));
}

pub fn trouble_with_github_is_unknown_and_no_fail() {
    let release = release("", |_| {});
    for trouble in [
        Trouble::Status(401),
        Trouble::Status(403),
        Trouble::Status(404),
        Trouble::Status(503),
        Trouble::TooManyRequests(Some("3600".to_owned())),
        Trouble::Drop,
    ] {
        release.github.fault(Fault::on("*", trouble.clone()));
        let audit = release.audit();
        assert_eq!(audit.status("published"), "NOT STARTED", "{trouble:?}");
        audit.says("published", &["DOCKERHUB_TOKEN) is unknown"]);
        assert!(!audit.json["blocking_issues"].to_string().contains("DOCKERHUB_TOKEN"), "{trouble:?}");
        release.github.mend();
    }
}

pub fn without_a_token_or_where_it_is_off_nobody_is_asked() {
    let release = release("", |_| {});
    let nobody =
        [("EXITBAR_OFFLINE", "false"), ("GITHUB_TOKEN", ""), ("GH_TOKEN", ""), ("PATH", "/usr/bin:/bin")];
    let audit = release.folder.audit_in(&[], &nobody);
    assert!(release.github.requests().is_empty(), "{:?}", release.asked());
    audit.says("published", &["there is no token for github.com"]);
    release.folder.audit_in(&[], &[("EXITBAR_OFFLINE", "true"), ("GITHUB_TOKEN", TOKEN)]);
    assert!(release.github.requests().is_empty());
}

pub fn a_run_that_is_under_way_is_said_before_another_is_started() {
    let release = release("", |_| {});
    release.github.add_run(Started {
        workflow: "release.yml".to_owned(),
        event: "push".to_owned(),
        branch: "v0.2.0".to_owned(),
        commit: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        fate: Fate::Runs,
        ..Started::default()
    });
    let (_, said) = release.run(&["dispatch", "--dry-run", "--ref", "main", "--input", "version=1"]);
    says(&said, &["is queued already"]);
}

/// The cockpit of the release, with a token.
fn cockpit(release: &Release) -> Screen {
    let script =
        format!("EXITBAR_OFFLINE=false GITHUB_TOKEN={TOKEN} EXITBAR_STATE_DIR=$PWD/state exec $EXITBAR");
    let mut screen = Screen::script(110, 32, &script, release.folder.path());
    screen.until("the end of the audit", |text| text.contains("NO_GO") && text.contains("seen just now"));
    screen
}

pub fn the_cockpit_starts_the_workflow_with_its_inputs_and_watches_the_run() {
    let release = release("", |_| {});
    let mut screen = cockpit(&release);
    screen.press("d");
    let form = screen.until("the inputs", |text| text.contains("Start ") && text.contains("channel"));
    assert!(form.contains("‹ stable · edge ›"), "{form}");
    // The ref is typed, the channel is chosen, the version is the release's.
    screen.press("\r");
    screen.press("v0.2.0\r");
    screen.press("\x1b[B\x1b[C");
    screen.until("the channel", |text| text.contains("edge   ‹"));
    screen.press("\x1b[F\r");
    let plan = screen.until("the plan", |text| text.contains("starts release.yml of acme/greenlang"));
    assert!(plan.contains("on v0.2.0") && plan.contains("input channel = edge"), "{plan}");
    assert!(release.github.dispatched().is_empty(), "nothing is sent before it is confirmed");
    screen.press("y");
    screen.press("J");
    screen.until("the end of the run", |text| text.contains("ended with success"));
    let sent = release.github.dispatched();
    assert_eq!(sent[0]["inputs"], serde_json::json!({ "version": "0.2.0", "channel": "edge" }));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

pub fn the_cockpit_reruns_what_failed_of_the_release_s_run() {
    let release = release("", |_| {});
    let started = |fate| Started {
        workflow: "release.yml".to_owned(),
        event: "push".to_owned(),
        branch: "v0.2.0".to_owned(),
        commit: COMMIT.to_owned(),
        fate,
        over: true,
        ..Started::default()
    };
    let run = release.github.add_run(started(Fate::Fails));
    let mut screen = cockpit(&release);
    screen.press("\x12");
    let plan = screen.until("the plan", |text| text.contains(&format!("runs the failed jobs of run {run}")));
    assert!(plan.contains("cancelling this job cancels the run"), "{plan}");
    screen.press("y");
    screen.press("J");
    screen.until("the end of the run", |text| text.contains("ended with success"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
