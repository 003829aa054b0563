//! Builds with the BuildKit in a real engine.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use exitbar::config::EngineWiring;
use exitbar::demo::{Architecture, gl};
use exitbar::engine::{BuildEvent, BuildFailure, BuildSpec, Built, Engine};
use exitbar::model::{BuildSecret, Platform};
use tempfile::TempDir;

use crate::parts::BUSYBOX;
use crate::release::Folder;

/// How long something may take to be seen on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A build context, and images that are removed with it.
struct Sample {
    folder: TempDir,
    name: String,
}

impl Sample {
    /// A context with this Dockerfile, a `gl` for each architecture, and busybox.
    fn with(dockerfile: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let sample = Self {
            folder: tempfile::tempdir().expect("a folder"),
            name: format!("exitbar-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)),
        };
        sample.file("Dockerfile", dockerfile.as_bytes());
        for architecture in [Architecture::Amd64, Architecture::Arm64] {
            sample.file(&format!("gl-{}", architecture.name()), &gl(architecture, "0.2.0", true));
        }
        if Path::new(BUSYBOX).exists() {
            std::fs::copy(BUSYBOX, sample.path("busybox")).expect("busybox");
        }
        sample
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        let mode = if name.starts_with("gl-") { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("a mode");
    }

    fn spec(&self, platform: &str) -> BuildSpec {
        BuildSpec {
            platform: platform.parse().expect("a platform"),
            name: format!("{}:{}", self.name, platform.replace('/', "-")),
            context: self.folder.path().to_owned(),
            dockerfile: self.path("Dockerfile"),
            target: None,
            args: BTreeMap::new(),
            labels: BTreeMap::new(),
            secrets: BTreeMap::new(),
            cache_from: Vec::new(),
            no_cache: false,
            source_date_epoch: None,
        }
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let listed =
            docker(&["images", "--quiet", "--no-trunc", "--filter", &format!("reference={}", self.name)]);
        for image in listed.lines() {
            let _ = Command::new("docker").args(["rmi", "--force", image]).output();
        }
    }
}

fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().expect("docker runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn inspect(image: &str, format: &str) -> String {
    docker(&["inspect", "--format", format, image])
}

/// What a container of the image would see: paths with what they are.
fn files(image: &str) -> BTreeMap<String, tar::Header> {
    let container = docker(&["create", image, "/none"]);
    let exported = Command::new("docker").args(["export", &container]).output().expect("docker runs").stdout;
    docker(&["rm", &container]);
    let mut archive = tar::Archive::new(exported.as_slice());
    let entry = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let entry = entry.expect("an entry");
        let path = entry.path().expect("a path").display().to_string();
        (path.trim_end_matches('/').to_owned(), entry.header().clone())
    };
    archive.entries().expect("an archive").map(entry).collect()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

async fn engine() -> Engine {
    Engine::connect(&EngineWiring::default()).await.expect("an engine")
}

fn build(spec: &BuildSpec) -> (Result<Built, BuildFailure>, Vec<BuildEvent>) {
    block_on(async {
        let mut events = Vec::new();
        let built = engine().await.build(spec, |event| events.push(event)).await;
        (built, events)
    })
}

fn built(spec: &BuildSpec) -> (Built, Vec<BuildEvent>) {
    let (built, events) = build(spec);
    (built.unwrap_or_else(|failure| panic!("{failure}\n{:?}\n{events:#?}", failure.lines)), events)
}

fn failed(spec: &BuildSpec) -> BuildFailure {
    let (built, events) = build(spec);
    built.err().unwrap_or_else(|| panic!("it was built: {events:#?}"))
}

const COPIED: &str = "FROM scratch\nARG TARGETARCH\nCOPY gl-${TARGETARCH} /gl\nENTRYPOINT [\"/gl\"]\n";

/// `exitbar build` with both platforms: names, architecture, labels, arguments.
pub fn every_platform_of_an_image_is_built_under_a_name_of_its_own() {
    let sample = Sample::with(
        "FROM scratch AS full\nCOPY gl-amd64 gl-arm64 /\n\
         FROM scratch AS slim\nARG TARGETARCH\nARG VERSION=none\nARG EXTRA\nARG COMMIT=unknown\n\
         COPY gl-${TARGETARCH} /gl\nLABEL of.args=$VERSION-$EXTRA-$COMMIT\nUSER 10001\nENTRYPOINT [\"/gl\"]\n\
         FROM scratch\nCOPY nothing /\n",
    );
    let folder = Folder::with(&format!(
        "[release]\nname = \"app\"\nversion = \"0.2.0\"\nrevision = \"{REVISION}\"\n\
         [[image]]\nname = \"app\"\nrepositories = [\"127.0.0.1:1/acme/app\"]\nlocal = \"docker:{}:0.2.0\"\n\
         [image.build]\ndockerfile = \"{context}/Dockerfile\"\ncontext = \"{context}\"\ntarget = \"slim\"\n\
         source_date_epoch = 1735689600\nargs = {{ EXTRA = \"x\", COMMIT = \"{{revision}}\" }}\n\
         labels = {{ own = \"of {{version}}\" }}\n",
        sample.name,
        context = sample.folder.path().display(),
    ));
    let output = folder.run(&["build", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("done: built app"), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    for architecture in ["amd64", "arm64"] {
        let name = format!("{}:0.2.0-linux-{architecture}", sample.name);
        assert_eq!(inspect(&name, "{{.Os}}/{{.Architecture}}"), format!("linux/{architecture}"));
        assert_eq!(inspect(&name, "{{.Config.User}}"), "10001");
        for (label, value) in [
            ("of.args", format!("0.2.0-x-{REVISION}").as_str()),
            ("own", "of 0.2.0"),
            ("org.opencontainers.image.version", "0.2.0"),
            ("org.opencontainers.image.revision", REVISION),
            ("org.opencontainers.image.created", "2025-01-01T00:00:00Z"),
        ] {
            assert_eq!(
                inspect(&name, &format!("{{{{index .Config.Labels \"{label}\"}}}}")),
                value,
                "{label}"
            );
        }
    }
}

const REVISION: &str = "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345";

/// What is sent is what is there, without what is to be ignored.
pub fn the_context_is_sent_as_it_is_without_what_is_ignored() {
    let sample = Sample::with("FROM scratch\nCOPY . /data/\n");
    sample.file(".dockerignore", b"# not these\n**/*.log\nnode_modules\n!node_modules/keep\nsecret*\n");
    sample.file("a/deep/file.txt", b"text");
    sample.file("a/deep/noise.log", b"noise");
    sample.file("node_modules/keep/me", b"kept");
    sample.file("node_modules/other", b"not kept");
    sample.file("secret.txt", b"secret");
    sample.file(&format!("long/{}/{}", "n".repeat(120), "m".repeat(120)), b"long");
    std::os::unix::fs::symlink("deep/file.txt", sample.path("a/link")).expect("a link");
    std::os::unix::fs::symlink("/nowhere", sample.path("dangling")).expect("a link");
    let epoch = 1_735_689_600;
    let (image, _) = built(&BuildSpec { source_date_epoch: Some(epoch), ..sample.spec("linux/amd64") });

    let files = files(&image.name);
    let below: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix("data/")).collect();
    for there in ["Dockerfile", "a/deep/file.txt", "node_modules/keep/me", "dangling"] {
        assert!(below.contains(&there), "{there}: {below:?}");
    }
    assert!(below.iter().any(|path| path.len() > 240), "{below:?}");
    for ignored in ["a/deep/noise.log", "node_modules/other", "secret.txt"] {
        assert!(!below.contains(&ignored), "{ignored}: {below:?}");
    }
    assert_eq!(files["data/gl-amd64"].mode().expect("a mode") & 0o777, 0o755);
    assert_eq!(files["data/a/deep/file.txt"].mode().expect("a mode") & 0o777, 0o644);
    assert_eq!(files["data/a/deep/file.txt"].mtime().expect("a time"), epoch);
    let link = files["data/a/link"].link_name().expect("a link").expect("a link");
    assert_eq!(link.display().to_string(), "deep/file.txt");
}

/// A Dockerfile elsewhere, with a `.dockerignore` of its own.
pub fn a_dockerfile_outside_of_the_context_brings_its_own_ignore_file() {
    let sample = Sample::with("FROM scratch\nCOPY nothing /\n");
    sample.file(".dockerignore", b"*");
    let elsewhere = Sample::with("FROM scratch\nCOPY gl-amd64 busy* /\n");
    elsewhere.file("Dockerfile.dockerignore", b"busybox\n");
    sample.file("busybox.txt", b"");
    let (image, _) =
        built(&BuildSpec { dockerfile: elsewhere.path("Dockerfile"), ..sample.spec("linux/amd64") });
    let files = files(&image.name);
    assert!(files.contains_key("gl-amd64") && files.contains_key("busybox.txt"), "{:?}", files.keys());
    assert!(!files.contains_key("busybox"));
}

/// A secret reaches its step, and nothing else.
pub fn a_secret_reaches_its_step_and_is_seen_nowhere() {
    let secret = format!("hunter2-{}", std::process::id());
    let sample = Sample::with(
        "FROM scratch\nCOPY busybox /bin/busybox\n\
         RUN --mount=type=secret,id=token [\"/bin/busybox\", \"sh\", \"-c\", \
         \"busybox cat /run/secrets/token && busybox sha256sum < /run/secrets/token > /sum\"]\n\
         RUN [\"/bin/busybox\", \"cat\", \"/sum\"]\n",
    );
    let elsewhere = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(elsewhere.path(), &secret).expect("a secret");
    let token = ("token".to_owned(), BuildSecret::File(elsewhere.path().to_owned()));
    let spec = BuildSpec { secrets: BTreeMap::from([token]), no_cache: true, ..sample.spec("linux/amd64") };
    let (image, events) = built(&spec);

    let sum = exitbar::model::Digest::of(secret.as_bytes());
    let shown = format!("{events:?}");
    assert!(shown.contains(sum.hex()), "the step did not get the secret: {events:#?}");
    assert!(shown.contains("***"), "{events:#?}");
    assert!(!shown.contains(&secret), "{events:#?}");
    let saved = Command::new("docker").args(["save", &image.name]).output().expect("docker runs").stdout;
    assert!(!saved.windows(secret.len()).any(|window| window == secret.as_bytes()), "it is in the image");
    assert!(!inspect(&image.name, "{{json .}}").contains(&secret));
}

/// Where a secret is missing, nothing is built.
pub fn a_secret_that_is_not_there_is_said_before_anything_is_built() {
    let sample = Sample::with(COPIED);
    let token = ("token".to_owned(), BuildSecret::Env("EXITBAR_TEST_NO_SUCH_VARIABLE".to_owned()));
    let failure = failed(&BuildSpec { secrets: BTreeMap::from([token]), ..sample.spec("linux/amd64") });
    let said = failure.to_string();
    assert!(said.contains("secret `token`") && said.contains("EXITBAR_TEST_NO_SUCH_VARIABLE"), "{said}");
}

/// A failing step: its last lines, and where it stands.
pub fn a_failing_step_is_named_with_its_line_and_its_last_words() {
    let sample = Sample::with(
        "# what fails\nFROM scratch\nCOPY busybox /bin/busybox\n\n\
         RUN [\"/bin/busybox\", \"sh\", \"-c\", \
         \"echo first; echo -e '\\\\033[31mlast words\\\\033[0m'; exit 7\"]\nUSER 1\n",
    );
    let (name, context) = (&sample.name, sample.folder.path().display());
    let folder = Folder::with(&format!(
        "[release]\nname = \"app\"\nversion = \"0.2.0\"\n\
         [[image]]\nname = \"app\"\nrepositories = [\"127.0.0.1:1/acme/app\"]\nplatforms = [\"linux/amd64\"]\n\
         local = \"docker:{name}:0.2.0\"\n\
         build = {{ dockerfile = \"{context}/Dockerfile\", context = \"{context}\", no_cache = true }}\n",
    ));
    let output = folder.run(&["build", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    for text in
        ["Dockerfile:5:", "RUN [", "exit code: 7", "its last line: last words", "app linux/amd64:   first"]
    {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "{said}");
    assert_eq!(docker(&["images", "--quiet", name]), "", "a failed build leaves a name");
}

/// A Dockerfile that cannot be read, a file that is not there.
pub fn what_buildkit_refuses_is_said_with_its_line() {
    use exitbar::formats::dockerfile::line_of_failure;
    for (dockerfile, line, text) in [
        ("FROM scratch\nFRUM x\n", 2, "unknown instruction"),
        ("FROM scratch\nCOPY gl-amd64 /\n\nCOPY no-such-file /\n", 4, "no-such-file"),
    ] {
        let sample = Sample::with(dockerfile);
        let failure = failed(&sample.spec("linux/amd64"));
        let said = failure.to_string();
        assert!(said.contains(text), "{said}");
        let found = line_of_failure(dockerfile, failure.step.as_deref(), &failure.reason.text);
        assert_eq!(found, Some(line), "{failure:?}");
    }
    let sample = Sample::with("FROM scratch\n");
    sample.file(".dockerignore", b"a\n[b\n");
    let said = failed(&sample.spec("linux/amd64")).to_string();
    assert!(said.contains(".dockerignore: line 2: `[b` is no pattern"), "{said}");
}

/// Dropping a build ends what runs for it in the engine.
pub fn a_dropped_build_is_stopped_in_the_engine() {
    let seconds = format!("98765{}", std::process::id());
    let sample = Sample::with(&format!(
        "FROM scratch\nCOPY busybox /bin/busybox\n\
         RUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo under way; busybox sleep {seconds}\"]\n"
    ));
    block_on(async {
        let (engine, spec) = (engine().await, sample.spec("linux/amd64"));
        let (sender, mut started) = tokio::sync::mpsc::unbounded_channel();
        let building = engine.build(&spec, |event| {
            if matches!(&event, BuildEvent::Line { text, .. } if text == "under way") {
                let _ = sender.send(());
            }
        });
        tokio::select! {
            built = building => panic!("it ended by itself: {built:?}"),
            () = async { started.recv().await.unwrap_or_default() } => {}
        }
        // `building` is dropped here.
    });
    let deadline = Instant::now() + PATIENCE;
    while is_running(&seconds) {
        assert!(Instant::now() < deadline, "it still runs");
        std::thread::yield_now();
    }
}

fn is_running(argument: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    processes.into_iter().any(|process| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let mut words = command.split(|byte| *byte == 0);
        words.any(|word| word == b"sleep") && words.any(|word| word == argument.as_bytes())
    })
}

/// An image whose programs are for another machine gets no name, whatever its config says.
pub fn an_image_with_programs_of_another_architecture_is_refused() {
    let base = Sample::with("FROM scratch\nCOPY gl-amd64 /bin/gl\nENTRYPOINT [\"gl\"]\n");
    let (base_image, _) = built(&base.spec("linux/amd64"));
    for dockerfile in [
        format!("FROM --platform=linux/amd64 {}\nUSER 1\n", base_image.name),
        "FROM scratch\nCOPY gl-amd64 /bin/gl\nENTRYPOINT [\"gl\"]\n".to_owned(),
    ] {
        let sample = Sample::with(&dockerfile);
        let spec = sample.spec("linux/arm64");
        let said = failed(&spec).to_string();
        assert!(said.contains("was to be for linux/arm64, and /bin/gl is for amd64"), "{said}");
        assert_eq!(docker(&["images", "--quiet", &spec.name]), "");
    }
    // Other builds may have theirs for a moment.
    let left = || docker(&["ps", "--all", "--quiet", "--filter", "label=io.exitbar.run=build"]);
    let deadline = Instant::now() + PATIENCE;
    while !left().is_empty() {
        assert!(Instant::now() < deadline, "a container is left: {}", left());
        std::thread::yield_now();
    }
}

/// Two at once do not mix.
pub fn two_builds_at_once_give_each_its_own_image() {
    let (one, other) = (Sample::with(COPIED), Sample::with(COPIED));
    let token = |value: &str| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), value).expect("a secret");
        file
    };
    let (first, second) = (token("first secret"), token("second secret"));
    block_on(async {
        let engine = engine().await;
        let secrets =
            |file: &Path| BTreeMap::from([("token".to_owned(), BuildSecret::File(file.to_owned()))]);
        let amd64 = BuildSpec { secrets: secrets(first.path()), ..one.spec("linux/amd64") };
        let arm64 = BuildSpec { secrets: secrets(second.path()), ..other.spec("linux/arm64") };
        let (amd64, arm64) = tokio::join!(engine.build(&amd64, |_| ()), engine.build(&arm64, |_| ()));
        let (amd64, arm64) = (amd64.expect("an image"), arm64.expect("an image"));
        assert_eq!(amd64.image.platform, Platform::new("linux", "amd64", None));
        assert_eq!(arm64.image.platform, Platform::new("linux", "arm64", None));
        assert_ne!(amd64.image.id, arm64.image.id);
    });
}

/// The same again is cached, unless everything is to be done again.
pub fn a_second_build_is_cached_unless_told_otherwise() {
    let sample = Sample::with(COPIED);
    let spec = sample.spec("linux/amd64");
    let copied = |event: &&BuildEvent| matches!(event, BuildEvent::Cached { step } if step.contains("COPY"));
    let (first, _) = built(&spec);
    let (second, events) = built(&spec);
    assert!(events.iter().any(|event| copied(&event)), "{events:#?}");
    assert_eq!(first.image.id, second.image.id);
    let (_, events) = built(&BuildSpec { no_cache: true, ..spec });
    assert!(!events.iter().any(|event| copied(&event)), "{events:#?}");
    let last = events.iter().rev().find_map(|event| match event {
        BuildEvent::Progress { done, total, .. } => Some((*done, *total)),
        _ => None,
    });
    assert!(last.is_some_and(|(done, total)| done == total && total > 1), "{last:?}");
}
