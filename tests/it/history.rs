//! Finished audits through the binary: kept, listed, compared, printed and judged again.

use exitbar::embedded::{Options, Registry};
use serde_json::Value;

use crate::image::{ImageSpec, push_index};
use crate::release::{Folder, configuration};
use crate::signatures::Signed;
use crate::signing::ours;

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let output = folder.run(arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn text(folder: &Folder, arguments: &[&str]) -> (String, i32) {
    let output = folder.run(arguments);
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (String::from_utf8_lossy(&text).into_owned(), output.status.code().unwrap_or(-1))
}

/// Switches off what that this test's release lacks, so that GO depends on what the tests take away.
fn switch_off(folder: &Folder, items: &[&str]) {
    let file = folder.path().join("exitbar.toml");
    let mut configuration = std::fs::read_to_string(&file).expect("a configuration");
    for item in items {
        configuration += &format!("[items.{item}]\noff = \"not in this test\"\n");
    }
    std::fs::write(file, configuration).expect("a configuration");
}

fn moved<'a>(diff: &'a Value, item: &str, what: &str) -> Vec<&'a Value> {
    let items = diff["items"].as_array().expect("items").iter();
    let of_item = items.filter(|found| found["item"] == item);
    of_item
        .flat_map(|found| found["moved"].as_array().expect("a list"))
        .filter(|found| found["what"] == what)
        .collect()
}

pub fn a_tag_that_is_lost_and_a_signature_that_is_removed_are_named() {
    let signed = Signed::new();
    let folder = signed.release();
    let others = ["sbom", "vulnerabilities", "size_budget", "example_pipeline", "version_command"];
    switch_off(folder, &others);
    signed.classic(&ours(), &[0, 1]);
    let good = folder.audit();
    assert_eq!(good.json["status"], "GO", "{}", good.json);
    assert_eq!(folder.audit().json["status"], "GO");
    let list = json(folder, &["history", "--format", "json"]);
    assert_eq!(list["kept"], 1, "a twin is no other audit");
    assert_eq!(list["runs"][0]["times"], 2);

    signed.detach(0, &signed.digest, "sig");
    let unsigned = folder.audit();
    assert_ne!(unsigned.json["status"], "GO");
    let diff = json(folder, &["history", "diff", "last-go", "last", "--format", "json"]);
    let signers = moved(&diff, "signed", "signers");
    assert_eq!(signers.len(), 1, "{diff}");
    assert!(signers[0]["place"].as_str().expect("a place").contains(&signed.repository(0)));
    assert_eq!((&signers[0]["change"], &signers[0]["after"]), (&"worse".into(), &"none".into()));

    assert!(signed.registries[1].remove_tag("acme/app", &"0.2.0".parse().expect("a tag")));
    let lost = folder.audit().exits(1);
    assert_ne!(lost.status("published"), "COMPLETE");
    let (words, code) = text(folder, &["history", "diff", "previous", "last"]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains(&format!("{} digest: {}", signed.repository(1), signed.digest)), "{words}");
    assert!(words.contains("-  1 Published"), "{words}");

    let list = json(folder, &["history", "--format", "json"]);
    assert_eq!(list["kept"], 3);
    let (listed, _) = text(folder, &["history"]);
    assert!(listed.contains("published") && listed.contains("signed"), "{listed}");
    let (report, code) = text(folder, &["report", "last-go", "--accept-conditional"]);
    assert_eq!(code, 0, "{report}");
    assert!(report.contains(", stale: ") && report.contains("Kept audit"), "{report}");
    let run = list["runs"][2]["run"].as_str().expect("an id");
    let of_then = json(folder, &["report", &run[..6], "--format", "json"]);
    assert_eq!((&of_then["status"], &of_then["kept"]["run"]), (&"GO".into(), &run.into()));
    assert_eq!(text(folder, &["report", "last"]).1, 1, "the code is that of then");
    assert_eq!(text(folder, &["report", "aaaa"]).1, 2);
}

fn published() -> (Registry, Folder) {
    let registry = Registry::start(Options::default()).expect("a registry");
    let repository = format!("{}/acme/app", registry.host());
    push_index(&repository, "0.2.0", &ImageSpec::good_pair());
    let folder = Folder::with(&configuration(&[repository], ""));
    (registry, folder)
}

pub fn a_replay_gives_the_same_verdict_and_a_changed_file_is_refused() {
    let (registry, folder) = published();
    let audit = folder.audit();
    drop(registry);
    let (_, code) = text(&folder, &["report", "last", "--format", "facts", "--output", "facts.json"]);
    assert_eq!(code, audit.code);
    let output = folder.run(&["replay", "facts.json", "--format", "json"]);
    let again: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(audit.code));
    for field in ["status", "readiness_score", "exit_bar_results", "verdict_reasons"] {
        assert_eq!(again[field], audit.json[field], "{field}");
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("as it was then"), "{said}");

    let file = folder.path().join("facts.json");
    let facts = std::fs::read_to_string(&file).expect("facts");
    std::fs::write(&file, facts.replacen("\"pass\"", "\"fail\"", 1)).expect("facts");
    let (said, code) = text(&folder, &["replay", "facts.json"]);
    assert!(code == 2 && said.contains("changed after it was written"), "{code} {said}");
    std::fs::write(&file, facts.replacen("exitbar facts 1", "exitbar facts 9", 1)).expect("facts");
    let (said, code) = text(&folder, &["replay", "facts.json"]);
    assert!(code == 2 && said.contains("exitbar facts 9"), "{code} {said}");
    assert_eq!(text(&folder, &["replay", "nowhere.json"]).1, 2);
}

pub fn a_damaged_store_is_said_and_costs_no_audit() {
    let (_registry, folder) = published();
    let before = folder.audit();
    let database = folder.path().join("state/v2/evidence.db");
    for beside in ["evidence.db-wal", "evidence.db-shm"] {
        let _ = std::fs::remove_file(database.with_file_name(beside));
    }
    std::fs::write(&database, "no database at all, and long enough to be taken for one".repeat(50))
        .expect("damage");
    let (said, code) = text(&folder, &["history"]);
    assert!(code == 0 && said.contains("was damaged"), "{code} {said}");
    let after = folder.audit();
    assert_eq!((after.code, &after.json["status"]), (before.code, &before.json["status"]));
    assert_eq!(json(&folder, &["history", "--format", "json"])["kept"], 1);
    std::fs::remove_dir_all(folder.path().join("state")).expect("no state");
    std::fs::write(folder.path().join("state"), "no folder").expect("a file");
    let without = folder.audit();
    assert_eq!(without.code, before.code);
    assert!(without.stderr.contains("this audit is not kept"), "{}", without.stderr);
}

pub fn two_audits_at_once_are_both_kept() {
    let (_registry, folder) = published();
    let other = folder.path().join("other.toml");
    let configuration = std::fs::read_to_string(folder.path().join("exitbar.toml")).expect("a configuration");
    std::fs::write(&other, configuration.replacen("name = \"app\"", "name = \"other\"", 1)).expect("another");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| folder.audit());
            scope.spawn(|| folder.audit_with(&["--config", "other.toml"]));
        }
    });
    let list = json(&folder, &["history", "--all", "--format", "json"]);
    assert_eq!(list["releases"].as_array().expect("releases").len(), 2, "{list}");
    let times: u64 =
        list["runs"].as_array().expect("runs").iter().filter_map(|run| run["times"].as_u64()).sum();
    assert_eq!(times, 4, "{list}");
    assert_eq!(json(&folder, &["history", "--format", "json"])["releases"].as_array().map(Vec::len), Some(1));
}

pub fn without_a_store_nothing_is_kept() {
    let (_registry, folder) = published();
    folder.audit_with(&["--no-store"]);
    let (said, code) = text(&folder, &["history"]);
    assert!(code == 0 && said.contains("No finished audit"), "{code} {said}");
    assert_eq!(text(&folder, &["report", "last"]).1, 2);
    assert_eq!(text(&folder, &["history", "--no-store"]).1, 2);
}

pub fn a_password_and_a_build_argument_are_not_in_the_store() {
    let (registry, folder) = published();
    folder.login(registry.host(), "operator", "correct-horse-battery");
    let file = folder.path().join("exitbar.toml");
    let configuration = std::fs::read_to_string(&file).expect("a configuration");
    let build = "build = { dockerfile = \"Dockerfile\", context = \".\", args = { TOKEN = \"hunter2-hunter2\" } }\nprivate = true\n";
    std::fs::write(&file, configuration + build).expect("a configuration");
    std::fs::write(folder.path().join("Dockerfile"), "FROM scratch\nARG TOKEN\n").expect("a Dockerfile");
    folder.audit_in(&[], &[("COSIGN_PASSWORD", "correct-horse-battery")]);
    let output = folder.run(&["report", "last", "--format", "facts"]);
    let facts = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(facts.contains("exitbar facts 1"), "{}", String::from_utf8_lossy(&output.stderr));
    for secret in ["correct-horse-battery", "hunter2-hunter2", "b3BlcmF0b3I6"] {
        assert!(!facts.contains(secret), "{secret} is kept");
    }
}
