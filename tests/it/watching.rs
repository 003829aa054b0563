//! `exitbar watch` through the binary: what it says of registries in the process and of real ones.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use exitbar::embedded::{Fault, Trouble};
use exitbar::model::Digest;
use serde_json::Value;

use crate::image::{ImageSpec, push_index};
use crate::pushing::DockerRegistry;
use crate::screen::Screen;
use crate::signatures::Signed;
use crate::signing::{ISSUER, WORKFLOW, ours, stranger};

/// What can change under a fixed digest is verified at each look, and items that are not signed are not about it.
const ALWAYS: [&str; 2] = ["--verify-interval", "1ms"];
const ONLY_SIGNATURES: &str =
    "[items.sbom]\noff = \"not here\"\n[items.vulnerabilities]\noff = \"not here\"\n";

/// What one look said.
struct Look {
    code: i32,
    json: Value,
    err: String,
}

impl Look {
    fn of(output: &Output) -> Self {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{err}", String::from_utf8_lossy(&output.stdout)));
        Self { code: output.status.code().unwrap_or(-1), json, err }
    }

    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{:#}\n{}", self.json, self.err);
        self
    }

    /// What it says changed: about what, how, how loud.
    fn changes(&self) -> Vec<(&str, &str, &str)> {
        let changes = self.json["changes"].as_array().expect("changes").iter();
        changes
            .map(|change| {
                let of = |name: &str| change[name].as_str().unwrap_or_default();
                (of("about"), of("change"), of("level"))
            })
            .collect()
    }

    fn says(self, texts: &[&str]) -> Self {
        let said = self.json.to_string();
        for text in texts {
            assert!(said.contains(text), "no {text:?} in {:#}\n{}", self.json, self.err);
        }
        self
    }
}

/// A release that its own workflow signed in both registries.
fn signed() -> Signed {
    let signed = Signed::new();
    signed.configure(ONLY_SIGNATURES);
    signed.classic(&ours(), &[0, 1]);
    signed
}

fn once(signed: &Signed, more: &[&str]) -> Look {
    Look::of(&signed.run(&[&["watch", "--once", "--format", "json"], more].concat()))
}

/// Puts another image under the version tag.
fn moved(signed: &Signed, which: usize) -> Digest {
    let mut images = ImageSpec::good_pair();
    images.pop();
    push_index(&signed.repository(which), "0.2.0", &images)
}

pub fn the_first_look_is_the_baseline_and_nothing_changed_is_0_and_silent() {
    let signed = signed();
    let first = once(&signed, &[]).exits(0);
    assert_eq!(first.changes(), []);
    assert!(first.err.contains("first look"), "{}", first.err);
    assert_eq!(first.json["baseline"], Value::Null);
    let target = &first.json["targets"][0];
    assert_eq!((&target["state"], &target["signer"]), (&"there".into(), &WORKFLOW.into()));
    let second = signed.run(&["watch", "--once"]);
    assert_eq!(second.status.code(), Some(0));
    assert!(second.stdout.is_empty(), "cron sends what is printed");
    assert!(String::from_utf8_lossy(&second.stderr).contains("nothing changed since"));
}

pub fn a_moved_digest_is_1_with_both_digests_and_its_missing_signature_and_is_said_once() {
    let signed = signed();
    once(&signed, &[]).exits(0);
    let now = moved(&signed, 0);
    let look = once(&signed, &[]).exits(1);
    assert_eq!(look.changes(), [("tag", "moved", "alarm"), ("signature", "began", "alarm")]);
    let look = look.says(&[signed.digest.as_str(), now.as_str(), "is not signed"]);
    assert_eq!(look.json["targets"][0]["digest"], now.as_str());
    let again = once(&signed, &[]).exits(0);
    assert_eq!(again.changes(), []);
    assert!(again.json["concerns"].to_string().contains("is not signed"), "it stays so, and is shown");
}

pub fn without_an_update_the_next_look_compares_with_the_same() {
    let signed = signed();
    once(&signed, &[]).exits(0);
    moved(&signed, 0);
    for _ in 0..2 {
        let look = once(&signed, &["--no-update"]).exits(1);
        assert!(look.changes().contains(&("tag", "moved", "alarm")), "{:?}", look.changes());
    }
}

pub fn a_registry_that_is_down_is_4_and_never_unchanged_and_back_is_0() {
    let signed = signed();
    once(&signed, &[]).exits(0);
    signed.registries[0].fault(Fault::on("*", Trouble::Drop));
    let down = once(&signed, &[]).exits(4);
    assert_eq!(down.changes(), [("registry", "began", "unknown")]);
    let target = &down.json["targets"][0];
    assert_eq!(target["state"], "unknown");
    assert_eq!(target["digest"], signed.digest.as_str(), "what was last seen is shown as that");
    assert_eq!(once(&signed, &[]).exits(4).changes(), [], "it is said once, and stays 4");
    signed.registries[0].mend();
    let back = once(&signed, &[]).exits(0);
    assert_eq!(back.changes(), [("registry", "ended", "well")]);
    // What happened while nobody could look is told.
    signed.registries[0].fault(Fault::on("*", Trouble::Drop));
    once(&signed, &[]).exits(4);
    signed.registries[0].mend();
    moved(&signed, 0);
    assert!(once(&signed, &[]).exits(1).changes().contains(&("tag", "moved", "alarm")));
}

pub fn a_removed_signature_is_1_also_where_no_digest_moved() {
    let signed = signed();
    once(&signed, &ALWAYS).exits(0);
    signed.detach(0, &signed.digest.clone(), "sig");
    assert_eq!(once(&signed, &[]).exits(0).changes(), [], "its interval is not over");
    let look = once(&signed, &ALWAYS).exits(1);
    assert_eq!(look.changes(), [("signature", "began", "alarm")]);
    signed.classic(&ours(), &[0]);
    assert_eq!(once(&signed, &ALWAYS).exits(1).changes(), [("signature", "ended", "well")]);
}

pub fn a_stranger_s_signature_in_place_of_ours_is_named() {
    let signed = signed();
    once(&signed, &ALWAYS).exits(0);
    signed.detach(0, &signed.digest.clone(), "sig");
    signed.classic(&stranger(), &[0]);
    let look = once(&signed, &ALWAYS).exits(1).says(&["mallory/app"]);
    assert_eq!(look.changes(), [("signature", "began", "alarm")]);
}

pub fn a_signature_that_cannot_be_read_is_4_and_no_alarm() {
    let signed = signed();
    once(&signed, &ALWAYS).exits(0);
    signed.registries[0].fault(Fault::on("*.sig", Trouble::Status(503)));
    let look = once(&signed, &ALWAYS).exits(4);
    assert_eq!(look.changes(), [("signature_unseen", "began", "unknown")]);
    assert_eq!(look.json["targets"][0]["signer"], WORKFLOW, "who was last seen to have signed");
    signed.registries[0].mend();
    assert_eq!(once(&signed, &ALWAYS).exits(0).changes(), [("signature_unseen", "ended", "well")]);
}

pub fn a_waiver_is_said_to_end_and_to_have_ended() {
    let signed = signed();
    let day = |days: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        at.strftime("%Y-%m-%d").to_string()
    };
    signed
        .configure(&format!("[[waiver]]\nitem = \"size_budget\"\nuntil = {}\nreason = \"later\"\n", day(3)));
    let look = once(&signed, &[]).exits(1).says(&["the waiver for size_budget", "ends in 3 days"]);
    assert_eq!(look.changes(), [("waiver", "began", "notice")]);
    assert_eq!(once(&signed, &[]).exits(0).changes(), []);
    let file = std::fs::read_to_string(signed.folder().join("exitbar.toml")).expect("it");
    std::fs::write(signed.folder().join("exitbar.toml"), file.replace(&day(3), &day(-1))).expect("it");
    let look = once(&signed, &[]).exits(1).says(&["it counts no more"]);
    assert_eq!(look.changes(), [("waiver", "changed", "alarm")]);
}

pub fn a_rate_limit_is_4_with_its_reason_and_not_waited_for() {
    let signed = signed();
    once(&signed, &[]).exits(0);
    signed.registries[0].fault(Fault::on("*", Trouble::TooManyRequests(Some("3600".to_owned()))));
    signed.registries[0].forget_requests();
    let look = once(&signed, &[]).exits(4).says(&["429"]);
    assert_eq!(look.changes(), [("registry", "began", "unknown")]);
    assert_eq!(signed.registries[0].requests().len(), 1, "who refuses is asked once");
}

pub fn a_warm_look_is_one_head_per_tag_and_more_only_when_verification_is_due() {
    let signed = signed();
    once(&signed, &[]).exits(0);
    let asked = |more: &[&str]| -> Vec<String> {
        signed.registries.iter().for_each(exitbar::embedded::Registry::forget_requests);
        once(&signed, more).exits(0);
        let requests = signed.registries.iter().flat_map(exitbar::embedded::Registry::requests);
        requests.map(|request| format!("{} {}", request.method, request.path)).collect()
    };
    assert_eq!(asked(&[]), ["HEAD /v2/acme/app/manifests/0.2.0"; 2]);
    let verifying = asked(&ALWAYS);
    assert!(verifying.iter().any(|request| request.contains("referrers")), "{verifying:#?}");
    let blobs = |request: &&String| request.starts_with("GET") && request.contains("/blobs/");
    assert_eq!(
        verifying.iter().filter(blobs).count(),
        0,
        "what is by digest is not read twice: {verifying:#?}"
    );
    let tags = verifying.iter().filter(|request| request.ends_with("manifests/0.2.0")).count();
    assert_eq!(tags, 2, "no tag is asked for twice: {verifying:#?}");
}

pub fn images_are_watched_without_a_configuration_by_the_rule_that_is_given() {
    let signed = signed();
    let (image, root) = (format!("{}:0.2.0", signed.repository(0)), signed.folder().join("root.json"));
    let root = root.display().to_string();
    let rule = [
        &image,
        "--trusted-root",
        &root,
        "--certificate-identity",
        WORKFLOW,
        "--certificate-oidc-issuer",
        ISSUER,
        "--config",
        "none.toml",
    ];
    let first = once(&signed, &rule).exits(0);
    assert_eq!(first.json["targets"][0]["signer"], WORKFLOW);
    moved(&signed, 0);
    let look = once(&signed, &rule).exits(1);
    assert_eq!(look.changes(), [("tag", "moved", "alarm"), ("signature", "began", "alarm")]);
    // A digest does not move, and is there or not.
    let pinned = format!("{}@{}", signed.repository(1), signed.digest);
    let look = once(&signed, &[&pinned, "--trusted-root", &root]).exits(1);
    assert_eq!(look.changes(), [("signature", "began", "notice")], "no rule says who has to sign");
    assert_eq!(once(&signed, &[&pinned, "--trusted-root", &root]).exits(0).changes(), []);
}

pub fn bad_usage_of_a_watch_is_told() {
    let signed = signed();
    let said = |arguments: &[&str], text: &str| {
        let output = signed.run(arguments);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(text), "{err}");
    };
    said(&["watch", "--interval", "soon"], "is no duration");
    said(&["watch", "--no-update"], "--once");
    said(&["watch", "--certificate-identity", "x"], "exitbar.toml");
    said(&["watch", "--once", "not an image"], "");
}

pub fn a_real_registry_s_tag_moves_and_goes() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let hosts = registries.each_ref().map(|registry| registry.host().to_owned());
    let signed = Signed::on(hosts, &ImageSpec::good_pair());
    signed.configure(ONLY_SIGNATURES);
    signed.classic(&ours(), &[0, 1]);
    once(&signed, &[]).exits(0);
    let now = moved(&signed, 0);
    let look = once(&signed, &[]).exits(1);
    assert!(look.changes().contains(&("tag", "moved", "alarm")), "{:?}", look.changes());
    let url = format!("http://{}/v2/acme/app/manifests/{now}", registries[0].host());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let deleted = runtime.block_on(reqwest::Client::new().delete(url).send()).expect("an answer");
    assert!(deleted.status().is_success(), "{deleted:?}");
    let look = once(&signed, &[]).exits(1);
    assert_eq!(look.changes()[0], ("tag", "gone", "alarm"));
    assert_eq!(look.json["targets"][0]["state"], "gone");
    let never = once(&signed, &["--no-store"]);
    assert_eq!(never.json["targets"][0]["state"], "absent", "this one never saw it");
    drop(registries);
    let look = once(&signed, &[]).exits(4);
    assert_eq!(look.changes().len(), 2, "two registries are down: {:?}", look.changes());
}

/// A watch that runs until it is dropped, and its lines.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    fn start(signed: &Signed, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_exitbar"))
            .args(["watch", "--interval", "50ms"])
            .args(more)
            .current_dir(signed.folder())
            .env("EXITBAR_STATE_DIR", signed.folder().join("state"))
            .env("EXITBAR_OFFLINE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("exitbar runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.next().expect("a line").expect("UTF-8")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn the_stream_says_a_sentence_per_change_and_hands_it_to_the_command() {
    let signed = signed();
    let told = signed.folder().join("told");
    let command = format!("cat >> {}", told.display());
    let mut watch = Running::start(&signed, &["--exec", &command]);
    for _ in 0..2 {
        let line = watch.next();
        assert!(line.contains("watching: ") && line.contains(WORKFLOW), "{line}");
    }
    signed.registries[1].fault(Fault::on("*", Trouble::Status(500)));
    let line = watch.next();
    assert!(line.contains("unknown: ") && line.contains("could not be looked at"), "{line}");
    signed.registries[1].mend();
    let line = watch.next();
    assert!(line.contains("well: ") && line.contains("answers again"), "{line}");
    moved(&signed, 0);
    let lines = [watch.next(), watch.next()];
    assert!(lines.iter().any(|line| line.contains("alarm: ") && line.contains("moved from")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("is not signed as it should be")), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "{lines:?}");
    drop(watch);
    let told = std::fs::read_to_string(told).expect("the command was run");
    assert!(told.contains("\"about\":\"registry\""), "{told}");
}

pub fn the_stream_as_json_is_a_line_per_change() {
    let signed = signed();
    let mut watch = Running::start(&signed, &["--format", "json"]);
    let first: Value = serde_json::from_str(&watch.next()).expect("JSON");
    assert_eq!(first["watching"].as_array().map(Vec::len), Some(2), "{first}");
    let now = moved(&signed, 0);
    let lines = [watch.next(), watch.next()].map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    let moved = lines.iter().find(|line| line["change"] == "moved").expect("it moved");
    assert_eq!((&moved["from"], &moved["to"]), (&signed.digest.as_str().into(), &now.as_str().into()));
}

pub fn the_screen_shows_a_tag_that_moves_in_a_pane_of_a_few_rows() {
    let signed = signed();
    let mut screen = Screen::start(72, 8, &["watch", "--interval", "50ms"], signed.folder());
    screen.until("both tags signed", |text| {
        text.contains("unchanged") && text.matches("✓ signed").count() == 2
    });
    moved(&signed, 0);
    let text = screen.until("the alarm", |text| text.contains("moved from") && text.contains("✗ unsigned"));
    assert!(text.contains("2 alarms") && text.contains("✓ signed"), "{text}");
    signed.registries[1].fault(Fault::on("*", Trouble::Drop));
    screen.until("a registry that is down", |text| text.contains("? unseen"));
    screen.resize(40, 6);
    screen.until("the small pane", |text| text.lines().count() <= 6 && text.contains("q quit"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

pub fn a_dumb_terminal_gets_sentences() {
    let signed = signed();
    let mut screen = Screen::start(200, 20, &["watch", "--interval", "50ms", "--plain"], signed.folder());
    screen.until("what is watched", |text| text.matches("watching: ").count() == 2);
    moved(&signed, 0);
    screen.until("the alarm", |text| text.contains("alarm: ") && text.contains("moved from"));
    screen.signal(nix::sys::signal::Signal::SIGTERM);
    screen.end();
}

/// A watch is stopped for the shell as the cockpit is.
pub fn a_watch_stops_for_the_shell_and_comes_back() {
    let signed = signed();
    let mut screen = Screen::shell(80, 12, signed.folder());
    screen.until("the shell", |text| text.contains("ready>"));
    screen.press("\"$EXITBAR\" watch --interval 50ms\r");
    screen.until("the watch", |text| text.contains("unchanged") && text.contains("v verify"));
    screen.press("\u{1a}");
    screen.until("the shell", |text| text.contains("Stopped"));
    assert!(!screen.is_taken(), "{}", screen.text());
    screen.press("fg\r");
    screen.until("the watch again", |text| text.contains("unchanged") && text.contains("v verify"));
    assert!(screen.is_taken());
    screen.press("q");
    screen.until("the shell", |text| text.contains("ready>") && !text.contains("v verify"));
    screen.press("exit\r");
    screen.end();
}

/// The settings of the screen hold for it as well: signs, the mouse, keys.
pub fn a_watch_heeds_the_settings_of_the_screen() {
    let signed = signed();
    let file = signed.folder().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let set = format!("ascii = true\nmouse = false\n{text}\n[keys]\ncopy = \"Y\"\n");
    std::fs::write(&file, set).expect("its configuration");
    let mut screen = Screen::start(72, 8, &["watch", "--interval", "50ms"], signed.folder());
    let text = screen.until("both tags", |text| text.contains("unchanged") && text.contains("Y copy"));
    assert!(text.is_ascii() && !screen.has_the_mouse(), "{text}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// From the cockpit and back; the last GO is that of the audits that are kept.
pub fn the_cockpit_leads_to_a_watch_and_back() {
    let signed = signed();
    let mut screen = Screen::start(80, 24, &[], signed.folder());
    screen.until("an audit", |text| text.contains("/100") && !text.contains("looking"));
    screen.press("O");
    screen
        .until("both tags signed", |text| text.matches("signed").count() >= 2 && text.contains("D last GO"));
    screen.press("D");
    screen.until("no GO was kept", |text| text.contains("no last GO"));
    screen.press("\u{1b}");
    screen.until("the tags", |text| text.contains("D last GO"));
    moved(&signed, 0);
    screen.press("a");
    screen.until("the alarm", |text| text.contains("moved from") && text.contains("unsigned"));
    screen.press("\u{1b}");
    screen.until("the cockpit", |text| text.contains("Multi-arch index"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
