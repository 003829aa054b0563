//! The sample report of 2025-01-20, from life: a repository with its files, an image of its size at the engine whose
//! `--version` fails, registries that are empty; then what the report asks for is done.

use std::path::Path;
use std::process::Command;

use crate::parts::BUSYBOX;
use crate::pushing::DockerRegistry;
use crate::release::{Audit, Folder};

/// The unpacked size of the runner: 367 MB, as the engine counts it.
const RUNNER: u64 = 367_000_000;

const WORKFLOW: &str = ".github/workflows/release-docker.yml";

/// The command as it was, and as it is to be.
const BROKEN: &str = r#"#!/bin/busybox sh
case "$1" in
    version) echo "GreenLang v0.2.0" ;;
    run) echo '{"status": "ok"}' > out.json ;;
    health) ;;
    *) echo "Usage: gl [OPTIONS] COMMAND [ARGS]..." >&2; echo "Error: No such option: $1" >&2; exit 2 ;;
esac
"#;

/// The ten lines of the report's table: item, status, symbol, and what its note has to say.
const TABLE: [(&str, &str, &str, &str); 10] = [
    ("published", "NOT STARTED", "❌", "no version tag is there in 4 repositories; release-docker.yml:"),
    ("multi_arch", "NOT TESTED", "❌", "Only linux/amd64 built locally"),
    ("signed", "CONFIGURED", "⚠️", "release-docker.yml:"),
    ("sbom", "CONFIGURED", "⚠️", "release-docker.yml:"),
    ("vulnerabilities", "CONFIGURED", "⚠️", "release-docker.yml:"),
    ("non_root_healthcheck", "COMPLETE", "✅", "10001"),
    ("version_command", "FAILED", "❌", "No such option: --version"),
    ("size_budget", "PARTIAL", "⚠️", "runner 367 MB exceeds 300 MB"),
    ("example_pipeline", "NOT TESTED", "❓", "not run yet"),
    ("oci_labels", "COMPLETE", "✅", "labels"),
];

/// The sections of the report, in its order.
const SECTIONS: [&str; 20] = [
    "## Executive Summary",
    "## Definition of Done Compliance",
    "## Critical Blockers",
    "## Infrastructure Assessment",
    "### ✅ Excellent Components",
    "### ⚠️ Needs Attention",
    "## Current State vs Required State",
    "### What's Working",
    "### What's Not Working",
    "## Action Plan for Go-Live",
    "### Immediate Actions (30 minutes)",
    "### Build & Release Actions (2-3 hours)",
    "### Post-Release Validation (30 minutes)",
    "## Risk Assessment",
    "**Risk Level: HIGH**",
    "## Recommendations",
    "### Must Fix Before Release",
    "### Should Fix Soon",
    "### Nice to Have",
    "## Conclusion",
];

/// The project as it stood on that day.
struct Project {
    folder: Folder,
    /// The runner's name at the engine.
    image: String,
    /// The ids of what was built under it.
    built: Vec<String>,
    _registries: [DockerRegistry; 2],
}

impl Project {
    fn of_that_day() -> Self {
        // GHCR says 404 to a stranger, Docker Hub wants to know who asks.
        let registries = [DockerRegistry::start(), DockerRegistry::start_for_members()];
        let image = format!("exitbar-life-{}-runner:0.2.0", std::process::id());
        let repositories = |name: &str| {
            let hosts = registries.each_ref().map(DockerRegistry::host);
            hosts.map(|host| format!("\"{host}/akshay-greenlang/greenlang-{name}\"")).join(", ")
        };
        let configuration = include_str!("files/greenlang/exitbar.toml")
            .replace("@RUNNER@", &repositories("runner"))
            .replace("@FULL@", &repositories("full"))
            .replace("@LOCAL@", &image);
        let folder = Folder::with(&configuration);
        let mut project = Self { folder, image, built: Vec::new(), _registries: registries };
        for (name, text) in [
            ("Dockerfile.runner", include_str!("files/greenlang/Dockerfile.runner")),
            ("Dockerfile.full", include_str!("files/greenlang/Dockerfile.full")),
            (WORKFLOW, include_str!("files/greenlang/release-docker.yml")),
            (".dockerignore", ".git\nstate\n"),
            (".gitignore", "busybox\nstate\n"),
            ("passwd", "greenlang:x:10001:10001::/work:/sbin/nologin\n"),
            ("examples/demo.yaml", "steps: []\n"),
        ] {
            project.write(name, text);
        }
        std::fs::copy(BUSYBOX, project.path().join("busybox")).expect("busybox");
        project.write("core/greenlang/cli/gl", BROKEN);
        project.git(&["init", "--quiet", "--initial-branch=master"]);
        project.commit("feat: images");
        project.build();
        project
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        let mode = if name.ends_with("/gl") { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("a mode");
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["-c", "user.name=Release", "-c", "user.email=release@example.org"];
        let output = Command::new("git").args(who).args(arguments).current_dir(self.path()).output();
        let output = output.expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Builds the runner for this machine, as somebody does at his desk.
    fn build(&mut self) {
        let size = |name: &str| std::fs::metadata(self.path().join(name)).expect("a file").len();
        let rest = size("busybox") + size("passwd") + size("core/greenlang/cli/gl");
        let revision = self.git(&["rev-parse", "HEAD"]);
        let output = Command::new("docker")
            .args(["build", "--quiet", "--force-rm", "--file", "Dockerfile.runner", "--tag", &self.image])
            .args(["--build-arg", &format!("MODELS={}", RUNNER - rest)])
            .args(["--build-arg", &format!("REVISION={revision}"), "."])
            .env("DOCKER_BUILDKIT", "0")
            .current_dir(self.path())
            .output()
            .expect("docker runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.built.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }

    fn audit(&self) -> Audit {
        self.folder.audit_with(&["--run", "version"]).exits(1)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rmi", "--force"]).args(&self.built).output();
    }
}

fn score(audit: &Audit) -> (i64, &str) {
    let status = audit.json["status"].as_str().unwrap_or_default();
    (audit.json["readiness_score"].as_i64().unwrap_or_default(), status)
}

pub fn the_sample_report_comes_out_of_its_state_and_changes_with_it() {
    let mut project = Project::of_that_day();
    let audit = project.audit();
    for (item, status, symbol, note) in TABLE {
        let found = &audit.json["exit_bar_results"][item];
        assert_eq!((&found["status"], &found["symbol"]), (&status.into(), &symbol.into()), "{found}");
        assert!(found["notes"].as_str().is_some_and(|said| said.contains(note)), "{note}: {found}");
    }
    assert_eq!(score(&audit), (45, "NO_GO"));
    has_the_reports_blockers(&audit);
    has_the_reports_sections(&project);

    a_scanner_that_cannot_fail_declares_nothing(&project);
    what_only_looks_like_evidence_is_named(&project);
    what_a_run_of_the_workflow_would_lack_is_named(&project);

    // The command is mended and nothing else.
    project.write("core/greenlang/cli/gl", &BROKEN.replace("    version)", "    version|--version)"));
    project.commit("fix: add --version flag to CLI");
    project.build();
    let untried = project.folder.audit();
    assert_eq!(untried.status("version_command"), "NOT TESTED", "the old run is of another image");
    let ran = project.folder.run(&["run-version", "--yes"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let audit = project.folder.audit();
    assert_eq!(audit.status("version_command"), "COMPLETE", "{}", audit.item("version_command"));
    assert_eq!(score(&audit), (55, "NO_GO"));
}

/// The four of its summary, in its order.
fn has_the_reports_blockers(audit: &Audit) {
    let blockers = audit.json["blocking_issues"].as_array().expect("blockers");
    let place = |item: &str, text: &str| {
        let is_it = |blocker: &serde_json::Value| {
            blocker["item"] == item && blocker["issue"].as_str().is_some_and(|issue| issue.contains(text))
        };
        blockers.iter().position(is_it).unwrap_or_else(|| panic!("{item}: {text}: {blockers:#?}"))
    };
    let places = [
        place("version_command", "`gl --version` exits 2"),
        place("published", "no version tag is there"),
        place("multi_arch", "Only linux/amd64 built locally"),
        place("published", "no credentials for"),
    ];
    assert!(places.is_sorted(), "{blockers:#?}");
}

fn has_the_reports_sections(project: &Project) {
    let output = project.folder.run(&["audit", "--format", "markdown", "--quiet"]);
    let report = String::from_utf8_lossy(&output.stdout);
    let mut rest = &*report;
    for section in SECTIONS {
        let at = rest.find(section).unwrap_or_else(|| panic!("{section} is missing or late:\n{report}"));
        rest = &rest[at + section.len()..];
    }
    for line in [
        "# greenlang Exit Bar Audit Report",
        "**Status: NO_GO**",
        "**Readiness Score: 45/100**",
        "**Release Version: 0.2.0**",
        "**Estimated Time to Production: 2-4 hours**",
        "**Final Verdict**: NO_GO",
    ] {
        assert!(report.contains(line), "{line}:\n{report}");
    }
}

/// The workflow of that day had a scanner that ends with 0 whatever it finds.
fn a_scanner_that_cannot_fail_declares_nothing(project: &Project) {
    let armed = std::fs::read_to_string(project.path().join(WORKFLOW)).expect("the workflow");
    let disarmed = armed.replace("exit-code: '1'", "exit-code: '0'");
    assert_ne!(armed, disarmed);
    project.write(WORKFLOW, &disarmed);
    let audit = project.audit();
    assert_eq!(audit.status("vulnerabilities"), "NOT STARTED", "{}", audit.item("vulnerabilities"));
    let line = disarmed.lines().position(|line| line.contains("exit-code")).expect("a line") + 1;
    audit.says("vulnerabilities", &["exit-code: '0'", &format!("release-docker.yml:{line}")]);
    assert_eq!(score(&audit), (40, "NO_GO"));
    project.write(WORKFLOW, &armed);
}

/// A step that scans the tag scans whatever that is by then; one in an action of the repository counts as if it stood
/// in the workflow; a success that is only echoed is named.
fn what_only_looks_like_evidence_is_named(project: &Project) {
    let armed = std::fs::read_to_string(project.path().join(WORKFLOW)).expect("the workflow");
    let scan = armed.find("      - name: Scan\n").expect("the scan");
    let by_tag = format!(
        "{}{}",
        &armed[..scan],
        armed[scan..].replace("@${{ steps.push.outputs.digest }}", ":latest")
    );
    project.write(WORKFLOW, &by_tag);
    let audit = project.audit();
    assert_eq!(audit.status("vulnerabilities"), "NOT STARTED", "{}", audit.item("vulnerabilities"));
    audit.says("vulnerabilities", &["it scans the tag ${{ env.IMAGE }}:latest"]);
    assert_eq!(score(&audit), (40, "NO_GO"));

    let action = "runs:\n  using: composite\n  steps:\n    - uses: aquasecurity/trivy-action@0.28.0\n      with:\n        image-ref: ${{ inputs.image }}\n        exit-code: ${{ inputs.code }}\n";
    project.write("ci/scan/action.yml", action);
    let used = |code: &str| {
        let image = "${{ env.IMAGE }}@${{ steps.push.outputs.digest }}";
        format!(
            "{}      - uses: ./ci/scan\n        with: {{ image: '{image}', code: '{code}' }}\n",
            &armed[..scan]
        )
    };
    project.write(WORKFLOW, &used("1"));
    let audit = project.audit();
    assert_eq!(score(&audit), (45, "NO_GO"), "{}", audit.item("vulnerabilities"));
    audit.says("vulnerabilities", &["action.yml:4"]);
    project
        .write(WORKFLOW, &format!("{}      - run: echo \"✅ DoD met\"\n        if: always()\n", used("0")));
    let audit = project.audit();
    assert_eq!(score(&audit), (40, "NO_GO"), "{}", audit.item("vulnerabilities"));
    audit.says("vulnerabilities", &["action.yml:7"]);
    audit.says("published", &["✅ DoD met", "if: always()"]);
    project.write(WORKFLOW, &armed);
}

/// Trials that stop nothing: a run, and a verification whose exception goes nowhere.
const TRIED: &str = r#"      - run: docker run --rm "$IMAGE" --version || true
      - run: |
          python3 - <<'PY'
          try:
              subprocess.run(["cosign", "verify", image], check=True)
          except Exception:
              pass
          PY
"#;

/// Steps that are armed and would not do what the release needs: each is said at its item, and takes no points.
fn what_a_run_of_the_workflow_would_lack_is_named(project: &Project) {
    let whole = std::fs::read_to_string(project.path().join(WORKFLOW)).expect("the workflow");
    let plain = project.audit();
    let mut lacking = whole.clone();
    for (from, to) in [
        ("      id-token: write\n", ""),
        ("      packages: write\n", ""),
        ("platforms: linux/amd64,linux/arm64", "platforms: linux/arm64"),
        ("      - name: Set up QEMU\n        uses: docker/setup-qemu-action@v3\n", ""),
        ("severity: CRITICAL,HIGH", "severity: CRITICAL"),
        ("      - name: Scan\n", &*format!("{TRIED}      - name: Scan\n")),
    ] {
        assert!(lacking.contains(from), "{from}");
        lacking = lacking.replace(from, to);
    }
    project.write(WORKFLOW, &lacking);
    let audit = project.audit();
    let line = |text: &str| {
        let place = lacking.lines().position(|line| line.contains(text)).expect("a line");
        format!("release-docker.yml:{}", place + 1)
    };
    let said = [
        ("signed", vec!["needs `id-token: write`", "which the `permissions` in line 15 do not give"]),
        ("signed", vec!["the exception is swallowed (line"]),
        ("sbom", vec!["`Attach the SBOM` needs `id-token: write`"]),
        ("published", vec!["`Build and push` needs `packages: write`"]),
        (
            "multi_arch",
            vec!["builds runner for linux/arm64 only, without linux/amd64", "docker/setup-qemu-action"],
        ),
        ("vulnerabilities", vec!["`Scan` lets HIGH pass; the policy's threshold is HIGH"]),
        ("version_command", vec!["|| true", "it tries nothing"]),
    ];
    for (item, words) in said {
        audit.says(item, &words);
        let old = plain.json["exit_bar_results"][item].to_string();
        assert!(words.iter().all(|word| !old.contains(word)), "{item} says so already: {old}");
    }
    audit.says("multi_arch", &[&line("platforms:")]);
    audit.says("vulnerabilities", &[&line("severity:")]);
    assert_eq!(score(&audit), (45, "NO_GO"));
    let blockers = audit.json["blocking_issues"].to_string();
    assert!(
        blockers.contains("add `id-token: write` and `packages: write` to the `permissions`"),
        "{blockers}"
    );
    project.write(WORKFLOW, &whole);
}
