//! `exitbar init`, then an audit by what it wrote.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::image::ImageSpec;
use crate::pushing::DockerRegistry;
use crate::release::Folder;

const DOCKERFILE: &str = "FROM scratch\nCOPY gl /usr/local/bin/gl\nUSER 10001\nHEALTHCHECK CMD [\"/usr/local/bin/gl\", \"health\"]\n\
    LABEL org.opencontainers.image.title=app org.opencontainers.image.description=\"A sample\" \
    org.opencontainers.image.licenses=MIT org.opencontainers.image.vendor=Acme\n\
    ENTRYPOINT [\"/usr/local/bin/gl\"]\n";

/// A release of two images, by a matrix, to a registry.
fn release(host: &str, name: &str) -> String {
    format!(
        r#"on:
  push:
    tags: ["v*"]
jobs:
  images:
    permissions: {{ packages: write, id-token: write }}
    strategy:
      matrix:
        image: [runner, full]
    env:
      IMAGE: {host}/acme/{name}-${{{{ matrix.image }}}}
    steps:
      - uses: actions/checkout@v4
      - id: push
        uses: docker/build-push-action@v6
        with:
          file: Dockerfile.${{{{ matrix.image }}}}
          platforms: linux/amd64,linux/arm64
          push: true
          tags: ${{{{ env.IMAGE }}}}:${{{{ github.ref_name }}}}
      - run: cosign sign --yes "$IMAGE@${{{{ steps.push.outputs.digest }}}}"
"#
    )
}

/// Two images by a bake file, each to two registries, baked by a workflow that the one of the release calls.
fn baked(hosts: [&str; 2]) -> Project {
    let bake = format!(
        r#"variable "REGISTRY" {{ default = "{}" }}
variable "TAG" {{ default = "dev" }}
group "default" {{ targets = ["image"] }}
target "_common" {{ platforms = ["linux/amd64", "linux/arm64"] }}
target "image" {{
  name       = "image-${{kind}}"
  matrix     = {{ kind = ["runner", "full"] }}
  inherits   = ["_common"]
  dockerfile = "Dockerfile.${{kind}}"
  tags       = [for host in [REGISTRY, "{}"] : "${{host}}/acme/app-${{kind}}:${{TAG}}"]
}}
"#,
        hosts[0], hosts[1]
    );
    let release = "on: { push: { tags: ['v*'] } }\njobs:\n  images:\n    uses: ./.github/workflows/bake.yml\n    with: { version: '${{ github.ref_name }}' }\n";
    let called = "on: { workflow_call: { inputs: { version: { type: string } } } }\njobs:\n  bake:\n    permissions: { packages: write, id-token: write }\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/bake-action@v6\n        env: { TAG: '${{ inputs.version }}' }\n        with: { push: true, source: . }\n";
    Project::with(&[
        ("Dockerfile.runner", DOCKERFILE),
        ("Dockerfile.full", DOCKERFILE),
        ("docker-bake.hcl", &bake),
        (".github/workflows/release.yml", release),
        (".github/workflows/bake.yml", called),
        ("VERSION", "0.2.0\n"),
    ])
}

/// One image by goreleaser: two platforms, a manifest list of them in each of two registries.
fn packaged(hosts: [&str; 2]) -> Project {
    let docker = |platform: &str| {
        let names = hosts.map(|host| format!("\"{host}/acme/gl:{{{{ .Version }}}}-{platform}\"")).join(", ");
        format!(
            "  - image_templates: [{names}]\n    goarch: {platform}\n    use: buildx\n    build_flag_templates: [\"--platform=linux/{platform}\"]\n"
        )
    };
    let manifest = |host: &str| {
        let name = format!("{host}/acme/gl:{{{{ .Version }}}}");
        format!("  - name_template: \"{name}\"\n    image_templates: [\"{name}-amd64\", \"{name}-arm64\"]\n")
    };
    let goreleaser = format!(
        "version: 2\nproject_name: gl\nbuilds:\n  - main: ./cmd/gl\ndockers:\n{}{}docker_manifests:\n{}{}docker_signs:\n  - artifacts: manifests\n    args: [sign, --yes, \"${{artifact}}\"]\n",
        docker("amd64"),
        docker("arm64"),
        manifest(hosts[0]),
        manifest(hosts[1])
    );
    let release = "on: { push: { tags: ['v*'] } }\njobs:\n  release:\n    permissions: { packages: write, id-token: write }\n    steps:\n      - uses: actions/checkout@v4\n      - uses: goreleaser/goreleaser-action@v6\n        with: { args: release --clean }\n";
    Project::with(&[
        ("Dockerfile", DOCKERFILE),
        (".goreleaser.yaml", &goreleaser),
        (".github/workflows/release.yml", release),
        ("VERSION", "0.2.0\n"),
    ])
}

const CI: &str = "on: pull_request\njobs:\n  test:\n    steps:\n      - run: cargo test\n";
const NIGHTLY: &str =
    "on: { schedule: [{ cron: '0 0 * * *' }] }\njobs:\n  a:\n    steps:\n      - run: trivy fs .\n";

/// A project in a folder, without a configuration.
struct Project {
    folder: Folder,
}

impl Project {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Folder::empty();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        Self { folder }
    }

    fn git(&self, arguments: &[&str]) {
        let who = ["-c", "user.name=Release", "-c", "user.email=release@example.org"];
        let output = Command::new("git").args(who).args(arguments).current_dir(self.folder.path()).output();
        assert!(output.expect("git runs").status.success(), "{arguments:?}");
    }

    /// Where no engine is.
    fn init(&self, arguments: &[&str]) -> Output {
        let arguments = [&["init"], arguments].concat();
        self.folder.run_with(&arguments, &[("DOCKER_HOST", "unix:///nowhere/docker.sock")])
    }

    fn written(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("exitbar.toml")).expect("a configuration")
    }
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Two Dockerfiles, three workflows, a remote and a tag.
fn cloned(host: &str, name: &str) -> Project {
    let project = Project::with(&[
        ("Dockerfile.runner", DOCKERFILE),
        ("Dockerfile.full", DOCKERFILE),
        (".github/workflows/release.yml", &release(host, name)),
        (".github/workflows/ci.yml", CI),
        (".github/workflows/nightly.yml", NIGHTLY),
    ]);
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.git(&["remote", "add", "origin", &format!("https://me:s3cret@github.com/acme/{name}.git")]);
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "feat: images"]);
    project.git(&["tag", "v0.2.0"]);
    project
}

pub fn two_dockerfiles_and_three_workflows_give_a_configuration_that_audits_at_once() {
    let registry = DockerRegistry::start();
    let project = cloned(registry.host(), "greenlang");
    let output = project.init(&[]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    for text in ["guessed", "release.yml releases", "fill in", "budget", "no container engine answers"] {
        assert!(said.contains(text), "{text}: {said}");
    }
    let text = project.written();
    for line in [
        "version = { git_tag = \"v*\" }",
        "source = \"https://github.com/acme/greenlang\"",
        &format!("repositories = [\"{}/acme/greenlang-runner\"]", registry.host()),
        "build = { dockerfile = \"Dockerfile.full\" }",
        r"identity_regexp = '^https://github\.com/acme/greenlang/\.github/workflows/release\.yml@refs/tags/v[^/]*$'",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!format!("{text}{said}").contains("s3cret"), "no secret of the remote is written");

    let audit = project.folder.audit_in(&[], &[("DOCKER_HOST", "unix:///nowhere/docker.sock")]);
    assert_eq!(audit.json["release_version"], "0.2.0");
    assert_eq!(audit.status("published"), "NOT STARTED", "{}", audit.item("published"));
    audit.says("published", &["acme/greenlang-full:v0.2.0", "404"]);
    assert_eq!(audit.status("signed"), "CONFIGURED", "{}", audit.item("signed"));
    audit.says("signed", &["release.yml:"]);
    assert_eq!(audit.status("vulnerabilities"), "NOT STARTED", "{}", audit.item("vulnerabilities"));
    assert!(matches!(audit.code, 1 | 4), "{}", audit.code);
}

pub fn a_bake_file_gives_a_configuration_that_audits_at_once() {
    let (first, second) = (DockerRegistry::start(), DockerRegistry::start());
    let project = baked([first.host(), second.host()]);
    let output = project.init(&[]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let text = project.written();
    for line in [
        &format!(
            "repositories = [\"{}/acme/app-runner\", \"{}/acme/app-runner\"]",
            first.host(),
            second.host()
        ),
        "tag = \"v{version}\"",
        "build = { dockerfile = \"Dockerfile.full\" }",
        "built and pushed by docker-bake.hcl:5, through .github/workflows/bake.yml:7 and\n# .github/workflows/release.yml:4",
        ".github/workflows/release.yml releases: it pushes images, and is started by the tags v*",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let audit = project.folder.audit_in(&[], &[("DOCKER_HOST", "unix:///nowhere/docker.sock")]);
    assert_eq!(audit.json["release_version"], "0.2.0");
    assert_eq!(audit.status("published"), "NOT STARTED", "{}", audit.item("published"));
    audit.says("published", &["acme/app-runner:v0.2.0", "acme/app-full:v0.2.0", "404"]);

    let file = project.folder.path().join("docker-bake.hcl");
    let bake = std::fs::read_to_string(&file).expect("the bake file");
    let without = bake.replace(&format!("variable \"REGISTRY\" {{ default = \"{}\" }}\n", first.host()), "");
    std::fs::write(&file, without).expect("a bake file");
    assert_eq!(code(&project.init(&["--force"])), Some(0));
    let text = project.written();
    assert!(!text.contains(first.host()), "{text}");
    assert!(text.contains("FILL IN: docker-bake.hcl:9: nothing here says what `REGISTRY` is"), "{text}");
}

pub fn goreleaser_s_file_gives_a_configuration_that_audits_at_once() {
    let (first, second) = (DockerRegistry::start(), DockerRegistry::start());
    let project = packaged([first.host(), second.host()]);
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.git(&["remote", "add", "origin", "https://github.com/acme/gl.git"]);
    let output = project.init(&[]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let text = project.written();
    for line in [
        &format!("repositories = [\"{}/acme/gl\", \"{}/acme/gl\"]", first.host(), second.host()),
        "platforms = [\"linux/amd64\", \"linux/arm64\"]   # .goreleaser.yaml:",
        r"identity_regexp = '^https://github\.com/acme/gl/\.github/workflows/release\.yml@refs/tags/v[^/]*$'",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let audit = project.folder.audit_in(&[], &[("DOCKER_HOST", "unix:///nowhere/docker.sock")]);
    assert_eq!(audit.json["release_version"], "0.2.0");
    assert_eq!(audit.status("published"), "NOT STARTED", "{}", audit.item("published"));
    audit.says("published", &["acme/gl:0.2.0", "404"]);

    let file = project.folder.path().join(".goreleaser.yaml");
    let whole = std::fs::read_to_string(&file).expect("the configuration");
    let without =
        whole.replace(&format!("  - name_template: \"{}/acme", second.host()), "  - name_template: \"\" #");
    std::fs::write(&file, without).expect("a configuration");
    assert_eq!(code(&project.init(&["--force"])), Some(0));
    let text = project.written();
    assert!(text.contains(first.host()) && !text.contains(second.host()), "{text}");
}

pub fn an_image_of_the_engine_is_found_and_judged() {
    let registry = DockerRegistry::start();
    let name = format!("exitbar-init-{}", std::process::id());
    let project = cloned(registry.host(), &name);
    let native = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let local = format!("{name}-runner:0.2.0");
    ImageSpec::good(native).load(&local);
    let output = project.folder.run(&["init"]);
    let audit = project.folder.audit();
    let _ = Command::new("docker").args(["rmi", "--force", &local]).output();
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let text = project.written();
    assert!(text.contains(&format!("local = \"docker:{name}-runner:{{version}}\"")), "{text}");
    assert!(text.contains("the local image has"), "{text}");
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE", "{}", audit.item("non_root_healthcheck"));
}

pub fn a_configuration_that_is_there_is_not_overwritten_without_a_word() {
    let project = Project::with(&[("Dockerfile", DOCKERFILE), ("exitbar.toml", "mine\n")]);
    let refused = project.init(&[]);
    assert_eq!(code(&refused), Some(2), "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains("exitbar.toml is there already") && stderr(&refused).contains("--force")
    );
    assert_eq!(project.written(), "mine\n");
    for arguments in [&["--dry-run"][..], &["--output", "-"], &["--output", "-", "--force"]] {
        let printed = project.init(arguments);
        assert_eq!(code(&printed), Some(0), "{}", stderr(&printed));
        assert!(stdout(&printed).contains("[[image]]"), "{}", stdout(&printed));
        assert_eq!(project.written(), "mine\n", "{arguments:?}");
    }
    let readonly = project.init(&["--force", "--readonly"]);
    assert_eq!(code(&readonly), Some(2), "{}", stderr(&readonly));
    assert_eq!(project.written(), "mine\n", "--readonly writes nothing");
    let other = project.init(&["--output", "other.toml", "--quiet"]);
    assert_eq!((code(&other), stderr(&other).as_str()), (Some(0), ""));
    let forced = project.init(&["--force"]);
    assert_eq!(code(&forced), Some(0), "{}", stderr(&forced));
    assert!(project.written().contains("[[image]]"));
    let mode =
        std::fs::metadata(project.folder.path().join("other.toml")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o444, 0o444, "others may read it as they may read its neighbours");
    let left: Vec<_> = std::fs::read_dir(project.folder.path()).expect("a folder").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("init")), "{left:?}");
}

pub fn a_folder_that_cannot_be_written_is_said_and_nothing_is_left_there() {
    let project = Project::with(&[("Dockerfile", DOCKERFILE), ("exitbar.toml/inside", "")]);
    let output = project.init(&["--force"]);
    assert_eq!(code(&output), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot write exitbar.toml"), "{}", stderr(&output));
    let nowhere = project.init(&["--output", "no/such/folder/exitbar.toml"]);
    assert_eq!(code(&nowhere), Some(2));
    assert!(stderr(&nowhere).contains("no/such/folder"), "{}", stderr(&nowhere));

    let locked = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(locked.path(), std::fs::Permissions::from_mode(0o555)).expect("a mode");
    // Root may write everywhere, so somebody else tries.
    if std::fs::write(locked.path().join("probe"), "").is_ok() {
        std::fs::remove_file(locked.path().join("probe")).expect("it is removed");
        let output = as_nobody(locked.path());
        let Some(output) = output else { return };
        assert_eq!(code(&output), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains("cannot write"), "{}", stderr(&output));
    }
    assert_eq!(std::fs::read_dir(locked.path()).expect("a folder").count(), 0);
}

/// `init` there by somebody without rights; none where the program cannot be lent to him.
fn as_nobody(folder: &Path) -> Option<Output> {
    let program = lent()?;
    let file = program.path().join("exitbar");
    let run = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(&file)
        .arg("init")
        .current_dir(folder)
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .output();
    run.ok().filter(|output| output.status.code() == Some(2) || output.status.success())
}

fn lent() -> Option<TempDir> {
    let folder = tempfile::tempdir().ok()?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).ok()?;
    let file = folder.path().join("exitbar");
    std::fs::hard_link(env!("CARGO_BIN_EXE_exitbar"), &file)
        .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_exitbar"), &file).map(drop))
        .ok()?;
    Some(folder)
}

pub fn an_empty_folder_and_one_without_git_give_what_has_to_be_filled_in() {
    let project = Project::with(&[]);
    let output = project.init(&[]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("no Dockerfile was found"), "{}", stderr(&output));
    let audit = project.folder.audit_in(&[], &[("DOCKER_HOST", "unix:///nowhere/docker.sock")]);
    assert_eq!(audit.status("published"), "UNKNOWN", "a place that does not exist is no answer");
    let project = Project::with(&[("Dockerfile", DOCKERFILE), ("VERSION", "0.2.0\n")]);
    let output = project.init(&[]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    assert!(project.written().contains("in no git repository"), "{}", project.written());
}

pub fn broken_and_hostile_files_cost_only_their_own_facts() {
    let project = Project::with(&[
        ("Dockerfile", DOCKERFILE),
        ("a\"]\n[audit]\nrun = [\"version\"]\n#/Dockerfile", "FROM scratch\nFRUM x\nENTRYPOINT [\"/x\"]\n"),
        (".github/workflows/release.yml", "on: push\njobs:\n  a: [\n"),
        ("VERSION", "0.2.0\n"),
    ]);
    std::os::unix::fs::symlink("/etc/passwd", project.folder.path().join("Dockerfile.passwd"))
        .expect("a link");
    let output = project.init(&[]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let (text, said) = (project.written(), stderr(&output));
    for place in
        [".github/workflows/release.yml:3", ":2: FRUM", "Dockerfile.passwd: it is a link to somewhere else"]
    {
        assert!(text.contains(place) && said.contains(place), "{place}\n{text}\n{said}");
    }
    assert!(!text.contains("root:"), "{text}");
    assert!(text.lines().all(|line| !line.starts_with("[audit]") && !line.starts_with("run")), "{text}");
}
