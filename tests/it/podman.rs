//! podman's socket in the place of Docker Engine: what works, and what is refused with a way out.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::dockerd::Dockerd;
use crate::image::ImageSpec;
use crate::programs::{Does, program};
use crate::pushing::{Client, DockerRegistry};
use crate::release::{Folder, configuration};
use crate::several_engines::{DOCKERFILE, done, release, said, write};

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a podman needs that is itself in a container or a small machine: no systemd, and limits that it may set.
const CONTAINERS: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n\
     netns = \"none\"\nlog_driver = \"k8s-file\"\n\
     [engine]\ncgroup_manager = \"cgroupfs\"\nruntime = \"runc\"\nevents_logger = \"file\"\n";

/// A podman that listens, with images of its own; gone with this.
struct Podman {
    folder: TempDir,
    process: Child,
}

impl Podman {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("exitbar-podman-").tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("containers.conf"), CONTAINERS).expect("a configuration");
        std::fs::write(path("registries.conf"), "unqualified-search-registries = []\n").expect("another");
        let storage = format!(
            "[storage]\ndriver = \"vfs\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
            path("root").display(),
            path("run").display()
        );
        std::fs::write(path("storage.conf"), storage).expect("another");
        std::fs::create_dir(path("tmp")).expect("a folder");
        let process = podman(&folder)
            .args(["system", "service", "--time=0"])
            .arg(format!("unix://{}/podman.sock", folder.path().display()))
            .spawn()
            .expect("podman starts");
        let podman = Self { folder, process };
        let deadline = Instant::now() + PATIENCE;
        while std::os::unix::net::UnixStream::connect(podman.folder.path().join("podman.sock")).is_err() {
            assert!(Instant::now() < deadline, "podman does not listen");
            std::thread::yield_now();
        }
        podman
    }

    fn host(&self) -> String {
        format!("unix://{}/podman.sock", self.folder.path().display())
    }

    /// What its own command says.
    fn says(&self, arguments: &[&str]) -> String {
        let output =
            podman(&self.folder).stdout(Stdio::piped()).args(arguments).output().expect("podman runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A release of one image that this podman holds for these platforms.
    fn release(&self, repository: &str, specs: &[ImageSpec], more: &str) -> Folder {
        let platforms: Vec<String> =
            specs.iter().map(|spec| format!("\"linux/{}\"", spec.architecture)).collect();
        for spec in specs {
            spec.load_into(&self.host(), &format!("localhost/app:0.2.0-linux-{}", spec.architecture));
        }
        Folder::with(&format!(
            "{}\n[[engine]]\nhost = \"{}\"\n",
            configuration(
                &[repository.to_owned()],
                &format!(
                    "local = \"podman:localhost/app:0.2.0\"\nplatforms = [{}]\n{more}",
                    platforms.join(", ")
                )
            ),
            self.host()
        ))
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn podman(folder: &TempDir) -> Command {
    let path = |name: &str| folder.path().join(name);
    let mut command = Command::new("podman");
    command
        .env("CONTAINERS_CONF", path("containers.conf"))
        .env("CONTAINERS_STORAGE_CONF", path("storage.conf"))
        .env("CONTAINERS_REGISTRIES_CONF", path("registries.conf"))
        .env("TMPDIR", path("tmp"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

const EXAMPLE: &str = "example = { command = [\"/usr/local/bin/gl\", \"run\", \"demo.yaml\"], inputs = \"examples\", \
     outputs = [\"out/report.json\"], platforms = [\"linux/amd64\", \"linux/arm64\"] }";

pub fn images_of_podman_are_run_pushed_published_and_proven() {
    let (podman, registry) = (Podman::start(), DockerRegistry::start());
    let repository = format!("{}/acme/app", registry.host());
    let more = format!("budget = \"10MB\"\n{EXAMPLE}");
    let folder = podman.release(&repository, &ImageSpec::good_pair(), &more);
    std::fs::create_dir(folder.path().join("examples")).expect("a folder");
    std::fs::write(folder.path().join("examples/demo.yaml"), "steps: []\n").expect("an input");

    let ran = done(&folder.run(&["run-version", "--yes"]));
    assert!(ran.contains("2 of 2 runs ended with exit code 0"), "{ran}");
    assert!(ran.contains("(emulated)") && ran.contains("(native)"), "{ran}");
    let ran = done(&folder.run(&["example", "--yes"]));
    assert!(ran.contains("2 of 2 runs ended with exit code 0"), "{ran}");
    done(&folder.run(&["push", "--yes"]));
    done(&folder.run(&["publish", "--yes"]));
    assert!(Client::of(&repository).digest("0.2.0").is_some());
    let audit = folder.audit();
    for item in [
        "published",
        "multi_arch",
        "non_root_healthcheck",
        "version_command",
        "size_budget",
        "example_pipeline",
        "oci_labels",
    ] {
        assert_eq!(audit.status(item), "COMPLETE", "{}", audit.item(item));
    }
    assert_eq!(podman.says(&["ps", "--all", "--quiet"]), "", "no container is left");
    let images = podman.says(&["images", "--format", "{{.Repository}}"]);
    assert!(images.lines().all(|name| name == "localhost/app"), "no image is left: {images}");
}

pub fn a_build_by_podman_is_refused_with_what_to_do_and_the_doctor_says_so() {
    let (podman, registry) = (Podman::start(), DockerRegistry::start());
    let repository = format!("{}/acme/app", registry.host());
    let folder =
        podman.release(&repository, &[ImageSpec::good("amd64")], "build = { dockerfile = \"Dockerfile\" }");
    write(folder.path(), "Dockerfile", b"FROM scratch\nCOPY Dockerfile /\n");
    for arguments in [["build", "--dry-run"], ["build", "--yes"]] {
        let refused = folder.run(&arguments);
        let text = said(&refused);
        assert_eq!(refused.status.code(), Some(1), "{text}");
        for part in ["is podman, whose socket has no BuildKit", "build.command"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let doctor = said(&folder.run(&["doctor"]));
    for part in ["podman", &podman.host(), "cannot build"] {
        assert!(doctor.contains(part), "{part}: {doctor}");
    }
}

pub fn a_podman_that_does_not_probe_is_no_failure_of_the_image() {
    let (podman, registry) = (Podman::start(), DockerRegistry::start());
    let repository = format!("{}/acme/app", registry.host());
    let hangs = ImageSpec { other: Some(program("amd64", &Does::Hang)), ..ImageSpec::good("amd64") };
    let more = "version = false\nhealthcheck = { run = true, timeout = \"2s\" }";
    let audit = podman.release(&repository, &[hangs], more).audit_with(&["--run", "healthcheck"]);
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE", "{}", audit.item("non_root_healthcheck"));
    audit.says("non_root_healthcheck", &["still said starting after 2 s"]);
    assert_eq!(podman.says(&["ps", "--all", "--quiet"]), "", "no container is left");
}

pub fn beside_podman_it_is_docker_engine_that_builds() {
    let (podman, engine) = (Podman::start(), Dockerd::start());
    let (folder, _registry) =
        release(&[(&podman.host(), &["linux/amd64"]), (&engine.host(), &["linux/amd64"])], DOCKERFILE, "");
    let built = done(&folder.run(&["build", "--yes"]));
    assert!(built.contains(&format!("in engine {}", engine.host())), "{built}");
    // What one engine built runs in the other as well.
    let ran = done(&folder.run(&["run-version", "--yes"]));
    assert!(ran.contains(&format!("in a container of engine {}", podman.host())), "{ran}");
    assert!(ran.contains("1 of 1 runs ended with exit code 0"), "{ran}");
}
