//! What happens when an engine or a registry is lost in the middle of a job: a clear word, nothing half done, and
//! the next try completes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::dockerd::Dockerd;
use crate::image::{ImageSpec, push_index};
use crate::parts::BUSYBOX;
use crate::pushing::{Client, DockerRegistry};
use crate::release::{Folder, configuration, fixture};
use crate::screen::Screen;
use crate::several_engines::{DOCKERFILE, done, release, said, write};

/// A step that waits as long as the file `seconds` says.
const WAITS: &str = "FROM scratch\nCOPY busybox /bin/busybox\nCOPY gl-amd64 /usr/local/bin/gl\nCOPY seconds /\n\
     RUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo under way; busybox sleep $(busybox cat /seconds)\"]\n\
     ENTRYPOINT [\"/usr/local/bin/gl\"]\n";

/// An action under way.
fn under_way(folder: &Folder, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_exitbar"))
        .args(arguments)
        .current_dir(folder.path())
        .env("EXITBAR_STATE_DIR", folder.path().join("state"))
        .env("EXITBAR_OFFLINE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
}

/// Reads what it says until a line has this text; all of it.
fn until_said(from: &mut impl std::io::BufRead, text: &str) -> String {
    let mut said = String::new();
    for line in from.lines().map_while(Result::ok) {
        said += &format!("{line}\n");
        if line.contains(text) {
            return said;
        }
    }
    panic!("it never said {text:?}: {said}");
}

fn names(engine: &Dockerd) -> String {
    engine.docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=app"])
}

pub fn an_engine_that_stops_in_mid_build_leaves_nothing_named_and_builds_the_next_time() {
    let mut engine = Dockerd::start();
    let (folder, _registry) = release(&[(&engine.host(), &["linux/amd64"])], WAITS, "version = false");
    std::fs::copy(BUSYBOX, folder.path().join("busybox")).expect("busybox");
    write(folder.path(), "seconds", b"600");
    let mut child = under_way(&folder, &["build", "--yes"]);
    let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
    // The step's own first word, not the plan's.
    let before = until_said(&mut errors, ": under way");
    engine.kill();
    let mut after = String::new();
    errors.read_to_string(&mut after).expect("UTF-8");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(1), "{before}{after}");
    for text in
        ["broke off the build of app:0.2.0", &engine.host(), "see that the engine runs, and build again"]
    {
        assert!(after.contains(text), "{text}: {before}{after}");
    }

    engine.start_again();
    assert_eq!(names(&engine), "", "a build that was broken off leaves no name");
    write(folder.path(), "seconds", b"0");
    done(&folder.run(&["build", "--yes"]));
    assert_eq!(names(&engine), "app:0.2.0-linux-amd64");
}

pub fn a_cockpit_goes_on_with_an_engine_that_was_started_again() {
    let mut engine = Dockerd::start();
    let (folder, _registry) = release(&[(&engine.host(), &["linux/amd64"])], WAITS, "version = false");
    std::fs::copy(BUSYBOX, folder.path().join("busybox")).expect("busybox");
    write(folder.path(), "seconds", b"600");
    let configuration = folder.path().join("exitbar.toml");
    let arguments = ["--config", configuration.to_str().expect("UTF-8")];
    let mut screen = Screen::start(160, 50, &arguments, folder.path());
    let last = |text: &str| text.lines().rev().nth(1).unwrap_or_default().trim_start().to_owned();
    let is_settled = |text: &str| text.contains("/100") && !text.contains("looking");
    screen.until("the start", is_settled);
    screen.press("b");
    screen.until("the plan", |text| text.contains("Do it?"));
    screen.press("y");
    screen.until("the step", |text| text.contains(": under way"));
    engine.kill();
    // The job's own last words, not those of its steps.
    let failed = "build failed: app linux/amd64: engine";
    screen.until("the end", |text| text.contains(failed) && is_settled(text));

    engine.start_again();
    write(folder.path(), "seconds", b"0");
    screen.press("b");
    screen.until("the plan", |text| text.contains("Do it?"));
    screen.press("y");
    screen.until("what was built", |text| last(text).starts_with("build: built app") && is_settled(text));
    screen.press("q");
    assert_eq!(screen.end(), 0);
    assert_eq!(names(&engine), "app:0.2.0-linux-amd64");
}

/// How much of the disk is left where it is full: enough for what an engine writes all the time.
const LEFT: u64 = 6 << 20;

fn free(disk: &Path) -> u64 {
    let output = Command::new("stat").args(["-f", "-c", "%a %S"]).arg(disk).output().expect("stat runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let (blocks, size) = text.trim().split_once(' ').expect("two numbers");
    let number = |text: &str| text.parse::<u64>().expect("a number");
    number(blocks) * number(size)
}

/// Fills the disk of an engine by a file that can be removed again.
fn fill(engine: &Dockerd) -> PathBuf {
    let filler = engine.disk().join("filler");
    let size = usize::try_from(free(&engine.disk()).saturating_sub(LEFT)).expect("a small disk");
    std::fs::write(&filler, vec![0; size]).expect("a filled disk");
    filler
}

pub fn a_full_disk_of_the_engine_is_named_and_the_next_build_completes() {
    let engine = Dockerd::with_disk("256m");
    let dockerfile = format!("{DOCKERFILE}COPY large /large\n");
    let (folder, _registry) = release(&[(&engine.host(), &["linux/amd64"])], &dockerfile, "");
    write(folder.path(), "large", &vec![7; 24 << 20]);
    let filler = fill(&engine);

    let failed = folder.run(&["build", "--yes"]);
    let text = said(&failed);
    assert_eq!(failed.status.code(), Some(1), "{text}");
    for part in ["no space left on device", "the engine's disk is full", "docker builder prune"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(names(&engine), "");

    std::fs::remove_file(&filler).expect("space again");
    done(&folder.run(&["build", "--yes"]));
    assert_eq!(names(&engine), "app:0.2.0-linux-amd64");
}

pub fn an_image_that_does_not_fit_on_the_disk_is_unknown_until_it_does() {
    let engine = Dockerd::with_disk("256m");
    let registry =
        exitbar::embedded::Registry::start(exitbar::embedded::Options::default()).expect("a registry");
    let repository = format!("{}/acme/app", registry.host());
    let large = ImageSpec { padding: 24 << 20, ..ImageSpec::good("amd64") };
    push_index(&repository, "0.2.0", &[large]);
    let folder = Folder::with(&format!(
        "{}\n[[engine]]\nhost = \"{}\"\n",
        configuration(&[repository], "platforms = [\"linux/amd64\"]"),
        engine.host()
    ));
    let filler = fill(&engine);
    let audit = folder.audit_with(&["--run", "version"]);
    assert_eq!(audit.status("version_command"), "UNKNOWN", "{}", audit.item("version_command"));
    audit.says("version_command", &["no space left on device", "the engine's disk is full"]);
    std::fs::remove_file(&filler).expect("space again");
    let audit = folder.audit_with(&["--run", "version"]);
    assert_eq!(audit.status("version_command"), "COMPLETE", "{}", audit.item("version_command"));
    assert_eq!(engine.docker(&["images", "--quiet"]), "", "what was loaded for a run is gone");
}

/// A wire to a registry that breaks when somebody begins to send a blob, and stays broken until it is mended.
struct Wire {
    host: String,
    broken: Arc<AtomicBool>,
    armed: Arc<AtomicBool>,
}

impl Wire {
    fn to(registry: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let (broken, armed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (registry, state) = (registry.to_owned(), (Arc::clone(&broken), Arc::clone(&armed)));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (broken, armed) = (Arc::clone(&state.0), Arc::clone(&state.1));
                let Ok(server) = TcpStream::connect(&registry) else { continue };
                std::thread::spawn(move || forward(&client, &server, &broken, &armed));
            }
        });
        Self { host, broken, armed }
    }

    /// From now on the first blob that is sent breaks it.
    fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    fn mend(&self) {
        self.armed.store(false, Ordering::SeqCst);
        self.broken.store(false, Ordering::SeqCst);
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }
}

fn forward(client: &TcpStream, server: &TcpStream, broken: &AtomicBool, armed: &AtomicBool) {
    let cut = || {
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _ = std::io::copy(&mut &*server, &mut &*client);
            cut();
        });
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = (&mut &*client).read(&mut buffer) {
            let sends = buffer.starts_with(b"PATCH ") || buffer.starts_with(b"PUT ");
            if armed.load(Ordering::SeqCst) && sends {
                broken.store(true, Ordering::SeqCst);
            }
            if broken.load(Ordering::SeqCst) || (&mut &*server).write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        cut();
    });
}

pub fn a_registry_that_is_lost_in_mid_push_moves_no_tag_and_takes_the_next_push() {
    let registry = DockerRegistry::start();
    let wire = Wire::to(registry.host());
    let direct = Client::of(&format!("{}/acme/app", registry.host()));
    let old = push_index(&format!("{}/acme/app", registry.host()), "0.1.9", &ImageSpec::good_pair());
    let folder = Folder::with(&configuration(
        &[format!("{}/acme/app", wire.host)],
        &format!(
            "local = \"oci:{}\"\nplatforms = [\"linux/amd64\"]\nversion = false\nmoving_tags = [\"latest\"]",
            fixture("index-attested").display()
        ),
    ));
    let plan = done(&folder.run(&["push", "--dry-run"]));
    let line = plan.lines().find(|line| line.contains("digest of app:")).expect("the plan names a digest");
    let digest = line.split_whitespace().last().expect("a digest").to_owned();

    wire.arm();
    let lost = folder.run(&["push", "--yes"]);
    let text = said(&lost);
    assert_eq!(lost.status.code(), Some(1), "{text}");
    assert!(wire.is_broken(), "{text}");
    for part in [wire.host.as_str(), "no tag was set. Push again: what has arrived is not sent twice"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(direct.digest(&digest), None, "no index that lacks its images");
    assert_eq!(direct.digest("0.2.0"), None);
    assert_eq!(direct.digest("0.1.9"), Some(old.to_string()));

    wire.mend();
    done(&folder.run(&["push", "--yes"]));
    assert_eq!(direct.digest(&digest).as_deref(), Some(digest.as_str()));
    assert_eq!(direct.digest("0.2.0"), None, "a push sets no tag");
}
