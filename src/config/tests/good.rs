use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::SignedDuration;

use super::{SMALL, load};
use crate::config;
use crate::keymap::Press;
use crate::model::{
    BuildSecret, Class, IdentityRule, Item, LocalSource, Platform, RunKind, ScanKind, Severity,
};

#[test]
fn a_name_a_version_and_an_image_are_enough() {
    let loaded = load(SMALL).unwrap();
    let image = &loaded.release.images[0];
    assert_eq!(image.tag.as_str(), "1.2.3-5");
    assert_eq!(image.repositories[1].to_string(), "docker.io/acme/app");
    assert_eq!(
        image.platforms,
        [Platform::new("linux", "amd64", None), Platform::new("linux", "arm64", None)]
    );
    let version = image.version.as_ref().unwrap();
    assert!(version.command.is_empty() && version.pattern.is_none());
    assert!(image.build.is_none() && image.example.is_none() && image.budget.is_none() && !image.private);
    assert!(loaded.scope.run.is_empty() && loaded.scope.digests.is_empty());
    assert!(loaded.wiring.host_process.is_none() && !loaded.wiring.readonly);
    assert_eq!(loaded.wiring.store, Path::new("/state/exitbar"));
    assert_eq!(loaded.policy.fresh_for, SignedDuration::from_mins(15));
    assert!(loaded.warnings.is_empty());
}

#[test]
fn every_key_of_an_image_is_kept() {
    let text = format!(
        "{SMALL}{}",
        r#"
tag = "v{version}"
moving_tags = ["latest", "{version}-newest"]
platforms = ["linux/aarch64", "windows/amd64"]
budget = "300MB"
limit = "1GiB"
local = "docker:app:{version}"
build = { dockerfile = "Dockerfile", context = "src", target = "final", args = { A = "1" } }
version = { command = ["gl", "--version"], pattern = "gl ([0-9.]+)" }
example = { command = ["gl", "run"], inputs = "in", outputs = ["out/a.json"], platforms = ["linux/arm64"] }
private = true
"#
    );
    let image = load(&text).unwrap().release.images.remove(0);
    assert_eq!(image.tag.as_str(), "v1.2.3-5");
    assert_eq!(image.moving_tags[1].as_str(), "1.2.3-5-newest");
    assert_eq!(image.platforms[0], Platform::new("linux", "arm64", None));
    assert_eq!((image.budget, image.limit), (Some(300_000_000), Some(1 << 30)));
    assert_eq!(image.local, Some(LocalSource::Engine("app:1.2.3-5".to_owned())));
    let build = image.build.unwrap();
    assert_eq!((build.dockerfile, build.context), (Some(PathBuf::from("Dockerfile")), PathBuf::from("src")));
    assert_eq!((build.target.as_deref(), build.args["A"].as_str()), (Some("final"), "1"));
    assert_eq!(image.version.unwrap().pattern.as_deref(), Some("gl ([0-9.]+)"));
    let example = image.example.unwrap();
    assert_eq!(
        (example.outputs, example.platforms),
        (vec!["out/a.json".to_owned()], vec![image.platforms[0].clone()])
    );
    assert!(image.private);
}

#[test]
fn every_key_of_a_build_is_kept() {
    let text = format!(
        "{SMALL}{}",
        r#"local = "docker:app:{version}"
[image.build]
dockerfile = "Dockerfile"
args = { A = "{version}" }
labels = { "org.opencontainers.image.vendor" = "Acme" }
secrets = { token = { env = "TOKEN" }, netrc = { file = "ci/netrc" } }
cache_from = ["ghcr.io/acme/app:cache"]
no_cache = true
source_date_epoch = 1735689600
"#
    );
    let build = load(&text).unwrap().release.images.remove(0).build.unwrap();
    assert_eq!(build.labels["org.opencontainers.image.vendor"], "Acme");
    assert_eq!(build.secrets["token"], BuildSecret::Env("TOKEN".to_owned()));
    assert_eq!(build.secrets["netrc"], BuildSecret::File("ci/netrc".into()));
    assert_eq!(build.cache_from, ["ghcr.io/acme/app:cache"]);
    assert_eq!((build.no_cache, build.source_date_epoch), (true, Some(1_735_689_600)));
    // Filled in when it is built.
    assert_eq!(build.args["A"], "{version}");
}

#[test]
fn an_image_without_a_command_says_so() {
    let loaded = load(&format!("{SMALL}version = false\n")).unwrap();
    assert!(loaded.release.images[0].version.is_none());
}

#[test]
fn the_policy_is_read() {
    let text = format!(
        "{SMALL}{}",
        r#"
[signature]
identity_regexp = "^https://github\\.com/acme/app/"
issuer = "https://token.actions.githubusercontent.com"
recursive = true
trusted_root = "root.json"
[attestations]
key = "cosign.pub"
[vulnerabilities]
threshold = "Critical"
fixable_only = true
ignore = [{ id = "CVE-2026-0001", until = 2026-12-31, reason = "not reached" }, { id = "GHSA-1" }]
vex = ["vex.json"]
scans = ["scan.json"]
sources = ["files", "trivy"]
osv = "http://127.0.0.1:8080/"
scan_max_age = "3d"
database_max_age = "12h"
[labels]
required = []
[items.example_pipeline]
off = "a library"
[items.size_budget]
class = "must"
[[waiver]]
item = "size_budget"
image = "app"
platform = "linux/arm64"
until = 2026-12-31
[[waiver]]
item = "oci_labels"
until = "2027-01-31"
reason = "next month"
[audit]
run = ["version", "scan", "example"]
fresh_for = "1h 30min"
"#
    );
    let loaded = load(&text).unwrap();
    let policy = &loaded.policy;
    assert!(matches!(&policy.signature.identity, Some(IdentityRule::Regexp(rule)) if rule.starts_with('^')));
    assert!(policy.signature.recursive);
    assert_eq!(loaded.wiring.trust.root.as_deref(), Some(Path::new("root.json")));
    assert_eq!(policy.attestations.as_ref().unwrap().key.as_deref(), Some("cosign.pub"));
    assert_eq!(policy.vulnerabilities.threshold, Severity::Critical);
    assert_eq!(policy.vulnerabilities.scan_max_age, SignedDuration::from_hours(72));
    let vulnerabilities = &policy.vulnerabilities;
    let [first, second] = vulnerabilities.ignore.as_slice() else { panic!("two exceptions") };
    assert_eq!(first.until, Some(jiff::civil::date(2026, 12, 31)));
    assert_eq!((second.id.as_str(), second.until), ("GHSA-1", None));
    assert_eq!((vulnerabilities.vex.len(), vulnerabilities.scans.len()), (1, 1));
    assert!(vulnerabilities.fixable_only && loaded.scope.scan);
    assert_eq!(vulnerabilities.sources, Some([ScanKind::Files, ScanKind::Trivy].into()));
    assert_eq!(
        (loaded.wiring.scanners.as_slice(), loaded.wiring.osv.as_str()),
        (["trivy".to_owned()].as_slice(), "http://127.0.0.1:8080")
    );
    assert!(policy.labels.required.is_empty());
    assert_eq!(policy.off(Item::ExamplePipeline), Some("a library"));
    assert_eq!(policy.class(Item::SizeBudget), Class::Must);
    assert_eq!(policy.waivers[1].until, jiff::civil::date(2027, 1, 31));
    assert_eq!(policy.fresh_for, SignedDuration::from_mins(90));
    assert_eq!(loaded.scope.run.into_iter().collect::<Vec<_>>(), [RunKind::Version, RunKind::Example]);
}

#[test]
fn a_healthcheck_is_run_only_where_that_is_asked_for() {
    let healthcheck = |more: &str| {
        let text =
            SMALL.replace("name = \"app\"\nrepositories", &format!("{more}\nname = \"app\"\nrepositories"));
        assert!(text.contains(more), "{text}");
        load(&text).unwrap().release.images[0].healthcheck.map(|healthcheck| healthcheck.timeout.as_secs())
    };
    assert_eq!(healthcheck(""), None);
    assert_eq!(healthcheck("healthcheck = { run = false }"), None);
    assert_eq!(healthcheck("healthcheck = { run = true }"), Some(120));
    assert_eq!(healthcheck("healthcheck = { run = true, timeout = \"45s\" }"), Some(45));
}

#[test]
fn the_wiring_is_read_and_what_is_not_used_yet_is_said() {
    let text = format!(
        "theme = \"light\"\n{SMALL}{}",
        r#"build = { command = ["make", "images"] }
[registry."localhost:5000"]
plain_http = true
[[engine]]
host = "unix:///run/one.sock"
[[engine]]
host = "ssh://builder@arm.example.org"
platforms = ["linux/arm64"]
[host_process]
allow = true
platforms = ["linux/amd64"]
[source]
workflows = "ci"
[store]
path = "kept"
[keys]
audit = ["ctrl-a", "a"]
"#
    );
    let loaded = load(&text).unwrap();
    assert!(loaded.wiring.registries["localhost:5000"].plain_http);
    let engines = &loaded.wiring.engines;
    assert_eq!(engines[0].host.as_deref(), Some("unix:///run/one.sock"));
    assert_eq!((engines.len(), engines[1].platforms[0].to_string()), (2, "linux/arm64".to_owned()));
    assert_eq!(loaded.wiring.host_process.unwrap().platforms.len(), 1);
    assert_eq!(
        (loaded.wiring.workflows.as_path(), loaded.wiring.store.as_path()),
        (Path::new("ci"), Path::new("./kept"))
    );
    assert_eq!(loaded.screen.theme.as_deref(), Some("light"));
    let audit = loaded.keys.key_of(Press::Audit).unwrap();
    assert_eq!(audit.to_string(), "ctrl-a");
    insta::assert_debug_snapshot!(loaded.warnings);
}

#[test]
fn programs_run_on_the_host_only_when_that_is_allowed() {
    let text = format!("{SMALL}[host_process]\nplatforms = [\"linux/amd64\"]\n");
    assert!(load(&text).unwrap().wiring.host_process.is_none());
}

/// A folder with `exitbar.toml`, whose version is `version`.
fn folder(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = SMALL.replace("\"1.2.3+5\"", version);
    std::fs::write(folder.path().join(config::FILE), text).unwrap();
    folder
}

#[test]
fn the_version_can_stand_in_a_file() {
    let folder = folder("{ file = \"VERSION\" }");
    let error = config::load(None, folder.path()).unwrap_err().to_string();
    assert!(error.contains(":4:") && error.contains("VERSION"), "{error}");
    std::fs::write(folder.path().join("VERSION"), "\n  2.0.0-rc.1 \nnotes\n").unwrap();
    assert_eq!(config::load(None, folder.path()).unwrap().release.version, "2.0.0-rc.1");
}

#[test]
fn the_version_can_be_a_git_tag_whose_commit_is_the_revision() {
    let folder = folder("{ git_tag = \"release-*\" }");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
        command.args(arguments).output().is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q"]) {
        // Without git there is nothing to read a tag with: that is said, with the line.
        assert!(config::load(None, folder.path()).unwrap_err().to_string().contains("git"));
        return;
    }
    assert!(git(&["commit", "-q", "--allow-empty", "-m", "first"]));
    let error = config::load(None, folder.path()).unwrap_err().to_string();
    assert!(error.contains("git describe") && error.contains("release-*"), "{error}");
    assert!(git(&["tag", "release-2.1.0"]));
    let loaded = config::load(None, folder.path()).unwrap();
    assert_eq!(loaded.release.version, "2.1.0");
    assert_eq!(loaded.release.revision.map(|commit| commit.len()), Some(40));
}
