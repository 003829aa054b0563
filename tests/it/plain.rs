//! The line mode through the binary, by a pipe: what a screen reader would hear.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Says these lines to the demo in line mode, and gives what it said.
fn demo(lines: &[&str], more: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_exitbar"))
        .args(["demo", "--native-only", "--plain"])
        .args(more)
        .env("EXITBAR_STATE_DIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("exitbar runs");
    let said = lines.join("\n") + "\n";
    child.stdin.take().expect("its input").write_all(said.as_bytes()).expect("it listens");
    child.wait_with_output().expect("it ends")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn the_demo_is_driven_to_its_end_by_words_and_every_line_is_a_sentence() {
    let mut lines = Vec::new();
    for action in ["build", "run-version", "example", "push", "sign", "attest-sbom", "scan", "publish"] {
        lines.extend([action, "yes"]);
    }
    // What nobody proved for the other platform is a second question.
    lines.extend(["yes", "item 1", "jobs", "status"]);
    let said = text(&demo(&lines, &[]));
    let all: Vec<&str> = said.lines().collect();
    assert_eq!(all.first(), Some(&"Looking."));
    for sentence in [
        "Looked at everything: NO_GO, risk HIGH, readiness 45/100, proven 0.",
        "Job 1, build, is done: built runner, full.",
    ] {
        assert!(all.contains(&sentence), "no {sentence:?} in\n{said}");
    }
    // Where only the native platform runs, one item stays short of its ten points.
    let last = all.last().expect("a sentence");
    assert!(last.starts_with("greenlang 0.2.0: ") && last.contains("readiness 95/100"), "{said}");
    assert!(said.contains("Job 8, publish, is done: 0.2.0 is tagged in 4 repositories."), "{said}");
    let unfinished: Vec<_> = all.iter().filter(|line| !line.ends_with(['.', '?'])).collect();
    assert!(unfinished.is_empty(), "{unfinished:#?}");
    assert!(!said.contains('\u{1b}') && !said.contains(['│', '─', '╭', '█']), "{said}");
}

pub fn no_and_an_empty_line_leave_everything_as_it_is() {
    let said = text(&demo(&["build", "no", "build", "", "yes", "biuld", "status", "quit", "build"], &[]));
    assert_eq!(said.matches("Not done.").count(), 2, "{said}");
    assert!(said.contains("There is no plan to say yes to."), "{said}");
    assert!(said.contains("biuld is not understood; did you mean `build`?"), "{said}");
    assert_eq!(said.matches("Plan: Build").count(), 2, "what comes after quit is not heard: {said}");
    assert!(!said.contains("has started") && said.contains("readiness 45/100"), "{said}");
}

pub fn readonly_holds_in_line_mode() {
    let said = text(&demo(&["build", "yes", "quit"], &["--readonly"]));
    assert!(said.contains("Warning: build") && !said.contains("has started"), "{said}");
}
