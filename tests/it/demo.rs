//! The demo without a screen.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

struct Played {
    documents: Vec<Value>,
    code: i32,
}

fn play(arguments: &[&str]) -> Played {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_exitbar"))
        .args(arguments)
        .current_dir(folder.path())
        .env("EXITBAR_STATE_DIR", folder.path().join("state"))
        .output()
        .expect("the binary runs");
    let documents =
        serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect::<Result<_, _>>();
    let documents = documents.unwrap_or_else(|error| {
        panic!(
            "{error}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    Played { documents, code: output.status.code().unwrap_or(-1) }
}

fn scores(played: &Played) -> Vec<u64> {
    played.documents.iter().filter_map(|document| document["readiness_score"].as_u64()).collect()
}

/// Start, then `b r e p s m c P`. Where only the native platform runs, one item stays undecided.
pub fn the_demo_plays_to_its_end_by_the_numbers_of_its_plans() {
    let played = play(&["demo", "--headless", "--native-only", "--quiet"]);
    assert_eq!(scores(&played), [45, 60, 60, 65, 70, 75, 80, 85, 95]);
    assert_eq!(played.code, 0);
    let last = played.documents.last().expect("a document");
    let status =
        |item: &str| last["exit_bar_results"][item]["status"].as_str().unwrap_or_default().to_owned();
    assert_eq!(status("published"), "COMPLETE");
    assert_eq!(status("signed"), "COMPLETE");
    assert_eq!(status("sbom"), "COMPLETE");
    assert_eq!(status("vulnerabilities"), "COMPLETE");
    assert_eq!((&last["status"], &last["undecided"]), (&json!("NO_GO"), &json!(true)));
    assert_eq!(last["proven_score"], 90);
    let arm64 = last["exit_bar_results"]["version_command"]["cells"][1].clone();
    assert_eq!(arm64["outcome"], "unknown", "not seen is not the same as not tried: {arm64}");
}

/// Standard output is no terminal here.
pub fn a_demo_without_a_terminal_plays_headless() {
    let played = play(&["demo", "--native-only", "--quiet"]);
    assert_eq!((played.documents.len(), played.code), (9, 0));
}

/// Five more points from `r` on: to 100, proven, and GO.
pub fn both_platforms_run_where_this_host_emulates() {
    let played = play(&["demo", "--headless", "--quiet"]);
    assert_eq!(scores(&played), [45, 60, 65, 70, 75, 80, 85, 90, 100]);
    let last = played.documents.last().expect("a document");
    assert_eq!((&last["status"], &last["conditional"]), (&json!("GO"), &json!(false)));
    assert_eq!(last["proven_score"], 100);
}

/// They load the same images: none takes them from another one.
pub fn several_on_one_engine_at_once_each_play_to_100() {
    let play = || play(&["demo", "--headless", "--quiet"]);
    let scores: Vec<u64> = std::thread::scope(|scope| {
        let playing: Vec<_> = (0..4).map(|_| scope.spawn(play)).collect();
        playing
            .into_iter()
            .map(|one| *scores(&one.join().expect("it played")).last().expect("a score"))
            .collect()
    });
    assert_eq!(scores, [100; 4]);
}

/// The report's table, from the checks and not from a table.
pub fn the_first_audit_has_the_ten_statuses_of_the_report() {
    let played = play(&["demo", "--headless", "--native-only", "--quiet"]);
    let results = played.documents[0]["exit_bar_results"].as_object().expect("ten items").clone();
    let statuses: Vec<&str> = results.values().filter_map(|item| item["status"].as_str()).collect();
    let expected = [
        "NOT STARTED",
        "NOT TESTED",
        "CONFIGURED",
        "CONFIGURED",
        "CONFIGURED",
        "COMPLETE",
        "FAILED",
        "PARTIAL",
        "NOT TESTED",
        "COMPLETE",
    ];
    assert_eq!(statuses, expected);
    assert_eq!(played.documents[0]["status"], "NO_GO");
    assert!(results["version_command"].to_string().contains("No such option"));
}

/// `--readonly` builds nothing.
pub fn readonly_refuses_what_is_not_reading() {
    let folder = crate::release::Folder::with(&crate::release::configuration(
        &["127.0.0.1:1/acme/app".to_owned()],
        "build = { command = [\"touch\", \"built\"] }",
    ));
    let output = folder.run(&["build", "--yes", "--readonly"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!Path::new(&folder.path().join("built")).exists());
}
