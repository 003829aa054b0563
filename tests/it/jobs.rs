//! Jobs beside each other, and the same job twice.

use crate::dockerd::Dockerd;
use crate::image::ImageSpec;
use crate::programs::{Does, program};
use crate::release::Folder;
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
    screen.press("e");
    screen.until("the plan of the example", |text| text.contains("Do it?"));
    screen.press("y");
    screen.until("the example's end", |text| text.contains("1 of 1 runs ended with exit code 0"));
    assert!(runs(), "the first job goes on beside it");

    screen.press("x");
    while runs() {
        std::thread::yield_now();
    }
    screen.press("q");
    screen.end();
}
