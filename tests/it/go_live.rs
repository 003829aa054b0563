//! The walkthrough without a screen, on the demo's release in a folder that outlives a process.

use std::process::Output;

use exitbar::demo::{self, DemoOptions};
use exitbar::embedded::sigstore::Running;
use exitbar::embedded::{Osv, Registry};

use crate::release::Folder;

/// The demo's release in a folder, with everything that it is published to.
pub struct Demo {
    pub folder: Folder,
    _registries: [Registry; 2],
    _osv: Osv,
    _sigstore: Running,
}

impl Demo {
    pub fn new(native_only: bool) -> Self {
        let folder = Folder::with("");
        let registries = demo::registries().expect("registries");
        let osv = demo::osv().expect("an OSV");
        let options = DemoOptions {
            registries: registries.each_ref().map(|registry| registry.host().to_owned()),
            osv: osv.url(),
            native_only,
            program: env!("CARGO_BIN_EXE_exitbar").into(),
        };
        demo::write(folder.path(), &options).expect("the demo's files");
        let sigstore = demo::sigstore(folder.path(), jiff::Timestamp::now).expect("a Sigstore");
        Self { folder, _registries: registries, _osv: osv, _sigstore: sigstore }
    }
}

struct Went {
    code: i32,
    text: String,
    stopped: String,
}

fn go(demo: &Demo, arguments: &[&str]) -> Went {
    let arguments = [&["go-live", "--quiet"], arguments].concat();
    let Output { status, stdout, stderr } = demo.folder.run(&arguments);
    Went {
        code: status.code().unwrap_or(-1),
        text: String::from_utf8_lossy(&stdout).into_owned(),
        stopped: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// The line of a step and the one below it, which says where it stands.
fn state(text: &str, key: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.ends_with(&format!("({key})")));
    lines.nth(1).unwrap_or_default().trim().to_owned()
}

/// Stages, steps, where each stands, why, what, the command; the exit code is the audit's.
pub fn without_a_terminal_the_walkthrough_is_printed_and_nothing_is_done() {
    let demo = Demo::new(true);
    let went = go(&demo, &[]);
    assert_eq!(went.code, 1, "{}", went.stopped);
    for part in ["Immediate Actions", "Build & Release Actions", "Post-Release Validation"] {
        assert!(went.text.contains(part), "{part}: {}", went.text);
    }
    assert!(state(&went.text, "build").contains("to do"), "{}", went.text);
    assert!(state(&went.text, "push").contains("waits: for build"), "{}", went.text);
    assert!(went.text.contains("NO_GO: 45/100"), "{}", went.text);
    assert!(!demo.folder.path().join("dist/full").exists(), "nothing was built");
    assert!(!went.text.contains("begun by"), "looking alone begins nothing: {}", went.text);
}

/// What is mended by hand needs the operator; what was said and skipped is kept for the next process.
pub fn it_goes_as_far_as_nobody_is_needed_says_what_to_do_and_goes_on_another_day() {
    let demo = Demo::new(true);
    let went = go(&demo, &["--yes"]);
    assert_eq!(went.code, 1);
    assert!(went.stopped.contains("mend-version_command needs you"), "{}", went.stopped);
    assert!(went.stopped.contains("--done mend-version_command"), "{}", went.stopped);
    let went = go(&demo, &["--done", "mend-version_command"]);
    assert!(state(&went.text, "mend-version_command").contains("said to be done"), "{}", went.text);
    // Said before and kept: it goes on to the next one.
    let went = go(&demo, &["--yes"]);
    assert!(went.stopped.contains("mend-size_budget needs you"), "{}", went.stopped);
    // The other platform does not run here, and that is no pass.
    let went = go(&demo, &["--yes", "--done", "mend-size_budget"]);
    assert!(went.stopped.contains("run-version is not done"), "{}", went.stopped);
    assert!(state(&went.text, "mend-size_budget").contains("done: "), "{}", went.text);
    assert!(state(&went.text, "build").contains("done: "), "{}", went.text);
    // Skipped with a reason it goes on, to the tags, which ask once more: a MUST item is open.
    let went = go(&demo, &["--yes", "--skip", "run-version=no arm64 machine here"]);
    assert!(state(&went.text, "run-version").contains("no arm64 machine here"), "{}", went.text);
    assert!(state(&went.text, "scan").contains("done: "), "{}", went.text);
    assert!(went.stopped.contains("publish needs you: MUST items stay open"), "{}", went.stopped);
    assert_eq!(went.code, 1, "nothing is published: {}", went.text);
    // The operator publishes all the same, and goes on.
    assert_eq!(demo.folder.run(&["publish", "--yes"]).status.code(), Some(0));
    let went = go(&demo, &["--yes", "--skip", "run-published=no arm64 machine here"]);
    assert!(went.stopped.contains("audit-again is not done: NO_GO (undecided), 95/100"), "{}", went.stopped);
    assert!(state(&went.text, "verify-signatures").contains("done: "), "{}", went.text);
    assert_eq!(went.code, 4);
    // Forgotten on request; what is done is seen all the same.
    let went = go(&demo, &["--restart"]);
    assert!(state(&went.text, "run-version").contains("to do"), "{}", went.text);
    assert!(state(&went.text, "publish").contains("done: "), "{}", went.text);
}

/// With an engine and emulation it goes to GO, and the report is there.
pub fn where_both_platforms_run_it_goes_to_go_and_writes_the_report() {
    let demo = Demo::new(false);
    let went = go(&demo, &["--yes", "--done", "mend-version_command", "--done", "mend-size_budget"]);
    assert_eq!(went.code, 0, "{}\n{}", went.text, went.stopped);
    assert!(went.text.contains("GO: 100/100, proven 100"), "{}", went.text);
    let version = state(&went.text, "run-published");
    assert!(version.contains("pulled from every registry and ran"), "{version}");
    let report = std::fs::read_to_string(demo.folder.path().join("exitbar-report.md")).expect("the report");
    assert!(report.contains("**Status: GO**"), "{report}");
    assert!(state(&went.text, "report").contains("done: written to"), "{}", went.text);
}

/// A step that this release does not have is named wrong.
pub fn a_step_that_is_not_there_is_refused_with_those_that_are() {
    let demo = Demo::new(true);
    let went = go(&demo, &["--skip", "tag=later"]);
    assert_eq!(went.code, 2);
    assert!(went.stopped.contains("no step `tag`; there are mend-version_command,"), "{}", went.stopped);
}
