//! Runs, pushes and promotions with a real engine and real registries.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::cockpit::act;
use crate::image::{ImageSpec, push_index};
use crate::programs::{Does, program};
use crate::pushing::{Client, DockerRegistry};
use crate::release::{Audit, Folder, configuration};
use crate::screen::Screen;

/// Images of one test, removed with it.
struct Images {
    name: String,
    tags: Vec<String>,
}

impl Images {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("exitbar-it-{}-{number}:0.2.0", std::process::id()), tags: Vec::new() }
    }

    /// Loads an image under the name of its platform.
    fn load(&mut self, spec: &ImageSpec) {
        let tag = format!("{}-linux-{}", self.name, spec.architecture);
        spec.load(&tag);
        self.tags.push(tag);
    }

    fn with(specs: &[ImageSpec]) -> Self {
        let mut images = Self::new();
        for spec in specs {
            images.load(spec);
        }
        images
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        let _ = Command::new("docker").arg("rmi").arg("-f").args(&self.tags).output();
    }
}

fn good_pair() -> Vec<ImageSpec> {
    ImageSpec::good_pair()
}

fn with_program(architecture: &'static str, does: &Does) -> ImageSpec {
    ImageSpec { other: Some(program(architecture, does)), ..ImageSpec::good(architecture) }
}

/// This machine's own architecture, and the other one.
fn native() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

fn foreign() -> &'static str {
    if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" }
}

fn done(output: &Output) -> String {
    let text = said(output);
    assert!(output.status.success(), "{text}");
    text
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The digest that a plan names for the image.
fn planned(text: &str) -> String {
    let line = text.lines().find(|line| line.contains("digest of app:")).expect("the plan names a digest");
    line.split_whitespace().last().expect("a digest").to_owned()
}

pub fn images_of_the_engine_are_run_pushed_published_and_proven() {
    let images = Images::with(&good_pair());
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let repositories = registries.each_ref().map(|registry| format!("{}/acme/app", registry.host()));
    let folder = Folder::with(&configuration(
        &repositories,
        &format!(
            "local = \"docker:{}\"\nbudget = \"10MB\"\nmoving_tags = [\"latest\"]\n\
             example = {{ command = [\"/usr/local/bin/gl\", \"run\", \"demo.yaml\"], inputs = \"examples\", \
             outputs = [\"out/report.json\"] }}",
            images.name
        ),
    ));
    std::fs::create_dir(folder.path().join("examples")).expect("a folder");
    std::fs::write(folder.path().join("examples/demo.yaml"), "steps: []\n").expect("an input");

    let ran = done(&folder.run(&["run-version", "--yes"]));
    assert!(ran.contains("2 of 2 runs ended with exit code 0"), "{ran}");
    assert!(ran.contains("(emulated)") && ran.contains("(native)"), "{ran}");
    done(&folder.run(&["example", "--yes"]));

    let plan = planned(&done(&folder.run(&["push", "--dry-run"])));
    let pushed = done(&folder.run(&["push", "--yes"]));
    assert_eq!(planned(&pushed), plan);
    for repository in &repositories {
        assert_eq!(Client::of(repository).digest(&plan).as_deref(), Some(plan.as_str()), "{repository}");
    }
    let again = done(&folder.run(&["push", "--yes"]));
    assert_eq!(planned(&again), plan);
    assert_eq!(again.matches("was there already (0 blobs sent, 0 mounted)").count(), 2, "{again}");

    let published = done(&folder.run(&["publish", "--yes"]));
    assert!(published.contains("Publish all the same?"), "a second question: {published}");
    for repository in &repositories {
        for tag in ["0.2.0", "latest"] {
            assert_eq!(
                Client::of(repository).digest(tag).as_deref(),
                Some(plan.as_str()),
                "{repository}:{tag}"
            );
        }
    }
    for repository in &repositories {
        let reference = format!("docker://{repository}:0.2.0");
        let raw =
            Command::new("skopeo").args(["inspect", "--raw", "--tls-verify=false", &reference]).output();
        let raw = raw.expect("skopeo runs");
        assert!(raw.status.success(), "{}", said(&raw));
        assert_eq!(exitbar::model::Digest::of(&raw.stdout).as_str(), plan, "{reference}");
    }
    // Another process counts the runs of this one, and takes them for proof of what is in the registries.
    is_released(&folder);
    for platform in ["linux/amd64", "linux/arm64"] {
        let reference = format!("{}@{plan}", repositories[0]);
        let pull = Command::new("docker").args(["pull", "-q", "--platform", platform, &reference]).output();
        let pull = pull.expect("docker runs");
        assert!(pull.status.success(), "{}", said(&pull));
        let _ = Command::new("docker").args(["rmi", "-f", &reference]).output();
    }
}

/// A folder with two Dockerfiles, their programs, and a configuration for these repositories.
fn sample_release(registries: &[DockerRegistry; 2], name: &str) -> Folder {
    let repositories = |image: &str| {
        registries.each_ref().map(|registry| format!("\"{}/acme/{image}\"", registry.host())).join(", ")
    };
    let image = |image: &str, more: &str| {
        format!(
            "[[image]]\nname = \"{image}\"\nrepositories = [{}]\nlocal = \"docker:{name}-{image}:0.2.0\"\n\
             budget = \"10MB\"\nbuild = {{ dockerfile = \"Dockerfile.{image}\", context = \".\" }}\n{more}\n",
            repositories(image)
        )
    };
    let example = "example = { command = [\"/usr/local/bin/gl\", \"run\", \"demo.yaml\"], \
                   inputs = \"examples\", outputs = [\"out/report.json\"] }\n";
    let folder = Folder::with(&format!(
        "[release]\nname = \"greenlang\"\nversion = \"0.2.0\"\nsource = \"https://github.com/acme/app\"\n\n\
         {}{}[store]\npath = \"state\"\n",
        image("runner", example),
        image("full", "")
    ));
    let write = |file: &str, bytes: &[u8]| {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    };
    for architecture in ["amd64", "arm64"] {
        let named = exitbar::demo::Architecture::named(architecture).expect("one of the two");
        write(&format!("gl-{architecture}"), &exitbar::demo::gl(named, "0.2.0", true));
    }
    write("passwd", b"app:x:10001:10001::/:/sbin/nologin\n");
    write("examples/demo.yaml", b"steps: []\n");
    for image in ["runner", "full"] {
        let dockerfile = format!(
            "FROM scratch\nARG TARGETARCH\nCOPY passwd /etc/passwd\nCOPY gl-$TARGETARCH /usr/local/bin/gl\n\
             USER 10001\nHEALTHCHECK CMD [\"/usr/local/bin/gl\", \"health\"]\n\
             LABEL org.opencontainers.image.title=\"{image}\" org.opencontainers.image.description=\"A sample\" \
             org.opencontainers.image.revision=\"5f0c1d0a7be3f6d2c1a94be8d0f37a6c0b1e2d34\" \
             org.opencontainers.image.licenses=\"MIT\" org.opencontainers.image.vendor=\"Acme\"\n\
             ENTRYPOINT [\"/usr/local/bin/gl\"]\n"
        );
        write(&format!("Dockerfile.{image}"), dockerfile.as_bytes());
    }
    folder
}

/// The images of a sample release, removed with it.
fn sample_images(name: &str) -> Images {
    let tag = |image: &str, architecture: &str| format!("{name}-{image}:0.2.0-linux-{architecture}");
    let tags = ["runner", "full"]
        .iter()
        .flat_map(|image| ["amd64", "arm64"].iter().map(move |architecture| tag(image, architecture)));
    Images { name: name.to_owned(), tags: tags.collect() }
}

const RELEASED: [&str; 7] = [
    "published",
    "multi_arch",
    "non_root_healthcheck",
    "version_command",
    "size_budget",
    "example_pipeline",
    "oci_labels",
];

fn is_released(folder: &Folder) {
    let audit = folder.audit();
    for item in RELEASED {
        assert_eq!(audit.status(item), "COMPLETE", "{}", audit.item(item));
    }
    assert_eq!(audit.json["proven_score"], 70, "{}", audit.json);
}

pub fn a_release_is_built_run_pushed_and_published_headless() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let name = format!("exitbar-headless-{}", std::process::id());
    let _images = sample_images(&name);
    let folder = sample_release(&registries, &name);
    for action in ["build", "run-version", "example", "push", "publish"] {
        done(&folder.run(&[action, "--yes"]));
    }
    is_released(&folder);
}

pub fn a_release_is_built_run_pushed_and_published_by_keys() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let name = format!("exitbar-keys-{}", std::process::id());
    let _images = sample_images(&name);
    let folder = sample_release(&registries, &name);
    let configuration = folder.path().join("exitbar.toml");
    let configuration = configuration.to_str().expect("UTF-8");
    let mut screen = Screen::start(120, 35, &["--config", configuration], folder.path());
    screen.until("the start", |text| text.contains("/100") && !text.contains("looking"));
    for (key, action) in
        [("b", "build"), ("r", "run-version"), ("e", "example"), ("p", "push"), ("P", "publish")]
    {
        act(&mut screen, key, action, "Do it?", "/100");
    }
    assert!(screen.text().contains("70/100") || screen.text().contains("proven 70"), "{}", screen.text());
    screen.press("q");
    assert_eq!(screen.end(), 0);
    is_released(&folder);
}

pub fn a_release_that_is_half_published_is_promoted() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let repositories = registries.each_ref().map(|registry| format!("{}/acme/app", registry.host()));
    let digest = push_index(&repositories[0], "0.2.0", &good_pair());
    // Something is attached, by the fallback tag and by a classic one.
    let client = Client::of(&repositories[0]);
    let empty = b"{}".to_vec();
    client.blob(exitbar::model::Digest::of(&empty).as_str(), empty.clone());
    let artifact = serde_json::json!({
        "schemaVersion": 2, "mediaType": crate::image::MANIFEST, "artifactType": "application/vnd.example",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": exitbar::model::Digest::of(&empty), "size": 2 },
        "layers": [],
        "subject": { "mediaType": crate::image::INDEX, "digest": digest, "size": 1 },
    });
    let artifact = artifact.to_string().into_bytes();
    let attached = exitbar::model::Digest::of(&artifact);
    let size = artifact.len();
    client.manifest(attached.as_str(), crate::image::MANIFEST, artifact.clone());
    client.manifest(&format!("sha256-{}.sig", digest.hex()), crate::image::MANIFEST, artifact);
    let fallback = serde_json::json!({
        "schemaVersion": 2, "mediaType": crate::image::INDEX,
        "manifests": [{ "mediaType": crate::image::MANIFEST, "digest": attached, "size": size }],
    });
    let tag = format!("sha256-{}", digest.hex());
    client.manifest(&tag, crate::image::INDEX, fallback.to_string().into_bytes());

    let folder = Folder::with(&configuration(&repositories, "version = false"));
    assert_eq!(folder.audit().status("published"), "PARTIAL");
    let promoted = done(&folder.run(&["promote", "--yes"]));
    assert!(promoted.contains(&format!("copy {digest} from {}", repositories[0])), "{promoted}");
    let other = Client::of(&repositories[1]);
    assert_eq!(other.digest(digest.as_str()).as_deref(), Some(digest.as_str()));
    assert_eq!(other.digest(attached.as_str()).as_deref(), Some(attached.as_str()));
    assert!(other.digest(&tag).is_some(), "the fallback tag lists what is attached");
    assert!(other.digest(&format!("{tag}.sig")).is_some());
    assert_eq!(other.digest("0.2.0"), None, "a promotion sets no version tag");
    done(&folder.run(&["publish", "--yes"]));
    assert_eq!(folder.audit().status("published"), "COMPLETE");
    let nothing = folder.run(&["promote", "--yes"]);
    assert!(!nothing.status.success() && said(&nothing).contains("nothing to promote"), "{}", said(&nothing));
}

pub fn a_version_tag_is_moved_only_by_name() {
    let registry = DockerRegistry::start();
    let repository = format!("{}/acme/app", registry.host());
    let ours = push_index(&repository, "candidate", &good_pair());
    let mut stranger = good_pair();
    stranger[0].user = "4711";
    let theirs = push_index(&repository, "0.2.0", &stranger);
    let folder = Folder::with(&configuration(std::slice::from_ref(&repository), "version = false"));
    let given = format!("app={ours}");
    let refused = folder.run(&["publish", "--yes", "--digest", &given]);
    assert!(!refused.status.success(), "{}", said(&refused));
    assert_eq!(Client::of(&repository).digest("0.2.0"), Some(theirs.to_string()));
    let other = folder.run(&["publish", "--yes", "--digest", &given, "--move-tag", "example.org/x:1"]);
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
    let name = format!("{repository}:0.2.0");
    let moved = done(&folder.run(&["publish", "--yes", "--digest", &given, "--move-tag", &name]));
    assert!(moved.contains("MOVE"), "{moved}");
    assert_eq!(Client::of(&repository).digest("0.2.0"), Some(ours.to_string()));
}

/// An audit that runs `--version` of one image of one platform; its registry is down on nobody's account.
fn version_of(spec: &ImageSpec) -> Audit {
    let (images, folder, _registry) = release_of(spec);
    let audit = folder.audit_with(&["--run", "version"]);
    drop(images);
    audit
}

fn release_of(spec: &ImageSpec) -> (Images, Folder, exitbar::embedded::Registry) {
    let images = Images::with(std::slice::from_ref(spec));
    let registry =
        exitbar::embedded::Registry::start(exitbar::embedded::Options::default()).expect("a registry");
    let folder = Folder::with(&configuration(
        &[format!("{}/acme/app", registry.host())],
        &format!("platforms = [\"linux/{}\"]\nlocal = \"docker:{}\"", spec.architecture, images.name),
    ));
    (images, folder, registry)
}

fn prints(text: &str, code: u8) -> ImageSpec {
    let stream = if code == 0 { 1 } else { 2 };
    with_program(native(), &Does::Print(stream, text.to_owned(), code))
}

pub fn a_program_that_refuses_the_option_fails() {
    let audit = version_of(&prints("Error: No such option: --version\n", 2));
    assert_eq!(audit.status("version_command"), "FAILED");
    audit.says("version_command", &["No such option: --version", "exit"]);
}

pub fn another_version_fails_also_one_that_only_contains_ours() {
    for text in ["gl 10.2.0\n", "gl 0.2.0-rc.1\n", "gl 0.2.1\n", "no version at all\n"] {
        let audit = version_of(&prints(text, 0));
        assert_eq!(audit.status("version_command"), "FAILED", "{text}: {}", audit.item("version_command"));
    }
    assert_eq!(version_of(&prints("gl v0.2.0 (build 7)\n", 0)).status("version_command"), "COMPLETE");
}

pub fn a_native_program_that_hangs_fails() {
    let audit = version_of(&with_program(native(), &Does::Hang));
    assert_eq!(audit.status("version_command"), "FAILED", "{}", audit.item("version_command"));
}

pub fn a_native_program_that_floods_fails() {
    let audit = version_of(&with_program(native(), &Does::Flood));
    assert_eq!(audit.status("version_command"), "FAILED", "{}", audit.item("version_command"));
}

pub fn an_emulated_program_that_floods_is_unknown() {
    let audit = version_of(&with_program(foreign(), &Does::Flood));
    assert_eq!(audit.status("version_command"), "UNKNOWN", "{}", audit.item("version_command"));
}

pub fn escape_sequences_are_taken_out_before_the_output_is_read() {
    let audit = version_of(&prints("\u{1b}[1mgl\u{1b}[0m \u{1b}]0;title\u{7}0.2.0\n", 0));
    assert_eq!(audit.status("version_command"), "COMPLETE", "{}", audit.item("version_command"));
    assert!(!audit.json.to_string().contains("\\u001b"), "no escape sequence leaves exitbar");
    assert!(!audit.stderr.contains('\u{1b}'));
}

pub fn an_image_rebuilt_counts_nothing_of_the_old_one() {
    let (mut images, folder, _registry) = release_of(&prints("gl 0.2.0\n", 0));
    assert_eq!(folder.audit_with(&["--run", "version"]).status("version_command"), "COMPLETE");
    let kept = folder.audit();
    assert_eq!(kept.status("version_command"), "COMPLETE", "kept for another process");
    images.load(&prints("gl 0.2.0\nrebuilt\n", 0));
    assert_eq!(folder.audit().status("version_command"), "NOT TESTED");
}

pub fn nothing_is_kept_without_a_store() {
    let (_images, folder, _registry) = release_of(&prints("gl 0.2.0\n", 0));
    let audit = folder.audit_with(&["--run", "version", "--no-store"]);
    assert_eq!(audit.status("version_command"), "COMPLETE");
    assert_eq!(folder.audit().status("version_command"), "NOT TESTED");
}

fn containers(label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    let output = Command::new("docker").args(["ps", "-aq", "--no-trunc", "--filter", &filter]).output();
    let output = output.expect("docker runs");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// The containers of one exitbar.
fn containers_of(process: u32) -> Vec<String> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    containers(&format!("io.exitbar.owner={}/{process}", host.trim()))
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "waited for: {what}");
        std::thread::yield_now();
    }
}

/// An exitbar that runs a program which never ends, at the moment when its container is there.
fn hanging(folder: &Folder) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_exitbar"))
        .args(["run-version", "--yes"])
        .current_dir(folder.path())
        .env("EXITBAR_STATE_DIR", folder.path().join("state"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let id = child.id();
    until("a container", || !containers_of(id).is_empty());
    child
}

pub fn a_container_does_not_outlive_an_exitbar_that_is_killed() {
    let (_images, folder, _registry) = release_of(&with_program(native(), &Does::Hang));
    let mut child = hanging(&folder);
    let id = child.id();
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    until("the container to be removed", || containers_of(id).is_empty());
}

pub fn ctrl_c_leaves_no_container() {
    let (_images, folder, _registry) = release_of(&with_program(native(), &Does::Hang));
    let mut child = hanging(&folder);
    let id = child.id();
    let process = nix::unistd::Pid::from_raw(i32::try_from(id).expect("a process"));
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).expect("it is interrupted");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    until("the container to be removed", || containers_of(id).is_empty());
}

pub fn the_doctor_says_which_engine_serves_which_platform() {
    let registry = DockerRegistry::start();
    let folder = Folder::with(&configuration(&[format!("{}/acme/app", registry.host())], ""));
    let said = said(&folder.run(&["doctor"]));
    assert!(said.contains(&format!("linux/{}: native on ", native())), "{said}");
    assert!(said.contains("linux/amd64: ") && said.contains("linux/arm64: "), "{said}");
    assert!(said.contains("answers (404"), "{said}");
    let nowhere = Folder::with(&format!(
        "{}\n[[engine]]\nhost = \"unix:///nowhere/docker.sock\"\n",
        configuration(&[format!("{}/acme/app", registry.host())], "")
    ));
    let output = nowhere.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
}

pub fn a_stopped_engine_is_unknown_and_says_what_to_do() {
    let registry =
        exitbar::embedded::Registry::start(exitbar::embedded::Options::default()).expect("a registry");
    let folder = Folder::with(&format!(
        "{}\n[[engine]]\nhost = \"unix:///nowhere/docker.sock\"\n",
        configuration(&[format!("{}/acme/app", registry.host())], "local = \"docker:app:0.2.0\"")
    ));
    let audit = folder.audit();
    assert_eq!(audit.status("size_budget"), "UNKNOWN", "{}", audit.item("size_budget"));
    audit.says("non_root_healthcheck", &["no container engine answers", "unix:///nowhere/docker.sock"]);
    let run = folder.run(&["run-version", "--yes"]);
    assert_eq!(run.status.code(), Some(1));
}
