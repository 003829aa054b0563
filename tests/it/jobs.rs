//! Jobs beside each other, and the same job twice.

use std::sync::atomic::{AtomicU32, Ordering};

use exitbar::config::EngineWiring;
use exitbar::engine::{Blob, Engine};
use exitbar::model::{Digest, Platform};

use crate::dockerd::Dockerd;
use crate::image::{ImageSpec, push_index};
use crate::programs::{Does, program};
use crate::release::{Folder, configuration};
use crate::screen::Screen;

/// The native architecture: nothing here waits for an emulator.
fn native() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

/// A release of two images: the `--version` of one never ends, the other has an example that does.
fn release(engine: &Dockerd, registry: &exitbar::embedded::Registry) -> Folder {
    let good = ImageSpec::good(native());
    let hangs = ImageSpec { other: Some(program(native(), &Does::Hang)), ..good.clone() };
    hangs.load_into(&engine.host(), "hangs:0.2.0");
    good.load_into(&engine.host(), "good:0.2.0");
    let image = |name: &str, more: &str| {
        format!(
            "[[image]]\nname = \"{name}\"\nrepositories = [\"{}/acme/{name}\"]\nlocal = \"docker:{name}:0.2.0\"\n\
             platforms = [\"linux/{}\"]\n{more}\n",
            registry.host(),
            native()
        )
    };
    Folder::with(&format!(
        "[release]\nname = \"app\"\nversion = \"0.2.0\"\n\n{}{}[[engine]]\nhost = \"{}\"\n",
        image("hangs", ""),
        image("good", "version = false\nexample = { command = [\"/usr/local/bin/gl\", \"--version\"] }"),
        engine.host()
    ))
}

pub fn a_job_is_not_started_twice_and_another_one_runs_beside_it() {
    let engine = Dockerd::start();
    let registry =
        exitbar::embedded::Registry::start(exitbar::embedded::Options::default()).expect("a registry");
    let folder = release(&engine, &registry);
    let configuration = folder.path().join("exitbar.toml");
    let configuration = configuration.to_str().expect("UTF-8");
    let mut screen = Screen::start(140, 40, &["--config", configuration], folder.path());
    screen.until("the start", |text| text.contains("/100") && !text.contains("looking"));

    screen.press("r");
    screen.until("the plan", |text| text.contains("Do it?"));
    screen.press("y");
    let runs = || !engine.docker(&["ps", "--quiet", "--filter", "label=io.exitbar.run=version"]).is_empty();
    screen.until("no question any more", |text| !text.contains("Do it?"));
    while !runs() {
        std::thread::yield_now();
    }

    screen.press("r");
    screen
        .until("a polite no", |text| text.contains("run-version is running already; cancel it with x first"));
    // The refusal is in sight until it is dismissed.
    screen.press("\x1b");
    screen.until("the refusal dismissed", |text| !text.contains("esc dismiss"));
    screen.press("e");
    screen.until("the plan of the example", |text| text.contains("Do it?"));
    screen.press("y");
    screen.until("the example's end", |text| text.contains("1 of 1 runs ended with exit code 0"));
    assert!(runs(), "the first job goes on beside it:\n{}", screen.text());

    screen.press("x");
    screen.until("its end", |text| text.contains("run-version: cancelled"));
    while runs() {
        std::thread::yield_now();
    }
    screen.press("q");
    screen.end();
}

/// A release whose image is in a registry only: a run loads it into the engine for itself.
fn in_a_registry(engine: &Dockerd, spec: ImageSpec, more: &str) -> (Folder, exitbar::embedded::Registry) {
    let registry =
        exitbar::embedded::Registry::start(exitbar::embedded::Options::default()).expect("a registry");
    let repository = format!("{}/acme/app", registry.host());
    push_index(&repository, "0.2.0", &[spec]);
    let platform = format!("platforms = [\"linux/{}\"]\n{more}", native());
    let folder = Folder::with(&format!(
        "{}\n[[engine]]\nhost = \"{}\"\n",
        configuration(&[repository], &platform),
        engine.host()
    ));
    (folder, registry)
}

pub fn runs_of_one_image_share_it_and_the_last_one_removes_it() {
    let engine = Dockerd::start();
    let more = "example = { command = [\"/usr/local/bin/gl\", \"--version\"] }";
    let (folder, _registry) = in_a_registry(&engine, ImageSpec::good(native()), more);
    // Together in one process, and beside another one.
    let audits: Vec<_> = std::thread::scope(|scope| {
        let audit = || folder.audit_with(&["--run", "version,example", "--no-store"]);
        let running = [scope.spawn(audit), scope.spawn(audit), scope.spawn(audit)];
        running.map(|audit| audit.join().expect("an audit")).into()
    });
    for audit in audits {
        for item in ["version_command", "example_pipeline"] {
            assert_eq!(audit.status(item), "COMPLETE", "{}", audit.item(item));
        }
    }
    assert_eq!(engine.docker(&["images", "--quiet"]), "", "an image is left");
    assert_eq!(engine.docker(&["ps", "--all", "--quiet"]), "", "a container is left");
}

pub fn an_image_stays_until_the_last_run_that_uses_it_has_ended() {
    let dockerd = Dockerd::start();
    let spec = ImageSpec::good(native());
    let layer = spec.layer();
    let config = spec.config(&layer).to_string().into_bytes();
    let (digest, platform) = (Digest::of(&config), Platform::new("linux", native(), None));
    let there = || !dockerd.docker(&["images", "--quiet"]).is_empty();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let wiring = EngineWiring { host: Some(dockerd.host()), ..EngineWiring::default() };
        let engine = Engine::connect(&wiring).await.expect("an engine");
        let loads = AtomicU32::new(0);
        let load = async |tag: &str| {
            loads.fetch_add(1, Ordering::Relaxed);
            let (size, reader) = (layer.len() as u64, Box::pin(std::io::Cursor::new(layer.clone())));
            let blob = Blob { digest: Digest::of(&layer), size, reader };
            engine.load(tag, &config, vec![blob]).await
        };
        let (one, other) =
            tokio::join!(engine.usable(&digest, &platform, load), engine.usable(&digest, &platform, load));
        let (one, other) = (one.expect("an image"), other.expect("the same"));
        assert_eq!(loads.load(Ordering::Relaxed), 1, "it is loaded once");
        assert_eq!(one.reference(), other.reference());
        one.release().await;
        assert!(there(), "the other run still needs it");
        other.release().await;
        assert!(!there(), "nobody needs it any more");
        let again = engine.usable(&digest, &platform, load).await.expect("it is loaded again");
        // As a run that is cancelled drops it.
        drop(again);
        while there() {
            tokio::task::yield_now().await;
        }
        assert_eq!(loads.load(Ordering::Relaxed), 2);
    });
}

pub fn what_was_loaded_for_a_run_does_not_outlive_an_exitbar_that_is_killed() {
    let engine = Dockerd::start();
    let hangs = ImageSpec { other: Some(program(native(), &Does::Hang)), ..ImageSpec::good(native()) };
    let (folder, _registry) = in_a_registry(&engine, hangs, "");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_exitbar"))
        .args(["run-version", "--yes"])
        .current_dir(folder.path())
        .env("EXITBAR_STATE_DIR", folder.path().join("state"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    while engine.docker(&["ps", "--quiet"]).is_empty() {
        assert!(child.try_wait().expect("a process").is_none(), "it ended before it ran anything");
    }
    let loaded = engine.docker(&["images", "--format", "{{.Repository}}"]);
    assert_eq!(loaded, "exitbar-run");
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let left = || format!("{}{}", engine.docker(&["ps", "-aq"]), engine.docker(&["images", "-q"]));
    while !left().is_empty() {
        assert!(std::time::Instant::now() < deadline, "still there: {}", left());
    }
}

/// What is more than a screen keeps is in a file, from the first line to the last, and the screen says where.
pub fn the_whole_output_of_a_job_is_in_a_file_that_the_screen_names() {
    let build = "local = \"oci:dist\"\nbuild = { command = [\"seq\", \"-f\", \"line %.0f\", \"3000\"] }";
    let folder = Folder::with(&configuration(&["127.0.0.1:1/acme/app".to_owned()], build));
    let mut screen = Screen::start(200, 40, &[], folder.path());
    screen.until("the start", |text| text.contains("/100") && !text.contains("looking"));
    screen.press("b");
    screen.until("the plan", |text| text.contains("Do it?"));
    screen.press("y");
    screen.until("its end", |text| text.contains("built app"));
    // The output has the whole screen, from its first line.
    screen.press("J\r\x1b[H");
    let text = screen.until("what is left out", |text| text.contains("2000 lines before these not shown"));
    let outputs: Vec<_> = std::fs::read_dir(folder.path().join("state/v2/outputs"))
        .expect("a folder of outputs")
        .map(|entry| entry.expect("a file").path())
        .collect();
    let [output] = outputs.as_slice() else { panic!("one job, one file: {outputs:?}") };
    assert!(text.contains(&output.display().to_string()), "{} is named: {text}", output.display());
    let whole = std::fs::read_to_string(output).expect("the output");
    assert_eq!((whole.lines().next(), whole.lines().last()), (Some("line 1"), Some("line 3000")));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
