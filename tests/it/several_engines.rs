//! Two engines share the platforms of a release, as the configuration says.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use exitbar::embedded::{Options, Registry};

use crate::dockerd::Dockerd;
use crate::release::{Folder, configuration};

/// What the binary printed.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The same of one that must have succeeded.
pub fn done(output: &Output) -> String {
    let text = said(output);
    assert!(output.status.success(), "{text}");
    text
}

/// A Dockerfile of an image that satisfies what an image can by itself.
pub const DOCKERFILE: &str = "FROM scratch\nARG TARGETARCH\nCOPY gl-$TARGETARCH /usr/local/bin/gl\n\
     USER 10001\nHEALTHCHECK CMD [\"/usr/local/bin/gl\", \"health\"]\nENTRYPOINT [\"/usr/local/bin/gl\"]\n";

/// Writes a file that may be run.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// A release of one image that these engines build, each for its platforms, for a registry that is empty.
pub fn release(engines: &[(&str, &[&str])], dockerfile: &str, more: &str) -> (Folder, Registry) {
    let registry = Registry::start(Options::default()).expect("a registry");
    let platforms: BTreeSet<String> = engines.iter().flat_map(|(_, of)| of.iter().map(quoted)).collect();
    let platforms = Vec::from_iter(platforms);
    let mut text = configuration(
        &[format!("{}/acme/app", registry.host())],
        &format!(
            "local = \"docker:app:0.2.0\"\nbuild = {{ dockerfile = \"Dockerfile\" }}\nplatforms = [{}]\n{more}",
            platforms.join(", ")
        ),
    );
    for (host, platforms) in engines {
        let platforms: Vec<String> = platforms.iter().map(quoted).collect();
        text += &format!("\n[[engine]]\nhost = \"{host}\"\nplatforms = [{}]\n", platforms.join(", "));
    }
    let folder = Folder::with(&text);
    write(folder.path(), "Dockerfile", dockerfile.as_bytes());
    for architecture in ["amd64", "arm64"] {
        let named = exitbar::demo::Architecture::named(architecture).expect("one of the two");
        write(folder.path(), &format!("gl-{architecture}"), &exitbar::demo::gl(named, "0.2.0", true));
    }
    (folder, registry)
}

fn quoted(platform: &&str) -> String {
    format!("\"{platform}\"")
}

/// The names of an engine's images.
fn images(engine: &Dockerd) -> Vec<String> {
    let listed = engine.docker(&["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    listed.lines().map(str::to_owned).collect()
}

pub fn each_platform_is_built_and_run_in_the_engine_that_is_configured_for_it() {
    let (one, mut other) = (Dockerd::start(), Dockerd::start());
    let (folder, _registry) =
        release(&[(&one.host(), &["linux/amd64"]), (&other.host(), &["linux/arm64"])], DOCKERFILE, "");
    let said = done(&folder.run(&["build", "--yes"]));
    for (platform, engine) in [("linux/amd64", &one), ("linux/arm64", &other)] {
        let step = format!("in engine {}", engine.host());
        let of_platform = |line: &&str| line.contains("build app") && line.contains(platform);
        let line = said.lines().find(of_platform).unwrap_or_else(|| panic!("no plan for {platform}: {said}"));
        assert!(line.contains(&step), "{line}");
    }
    assert_eq!(images(&one), ["app:0.2.0-linux-amd64"]);
    assert_eq!(images(&other), ["app:0.2.0-linux-arm64"]);

    let said = done(&folder.run(&["run-version", "--yes"]));
    assert!(said.contains("2 of 2 runs ended with exit code 0"), "{said}");
    for (platform, engine) in [("linux/amd64", &one), ("linux/arm64", &other)] {
        let step = format!("in a container of engine {}", engine.host());
        let of_platform = |line: &&str| line.contains("run `") && line.contains(platform);
        let line = said.lines().find(of_platform).unwrap_or_else(|| panic!("no plan for {platform}: {said}"));
        assert!(line.contains(&step), "{line}");
    }
    let audit = folder.audit();
    let item = audit.item("version_command");
    assert!(item.contains(&one.host()) && item.contains(&other.host()), "{item}");
    let outcomes = audit.outcomes("version_command");
    assert_eq!(outcomes, ["pass", "pass"], "{item}");

    // The one that is gone takes what it alone could show with it.
    other.kill();
    let audit = folder.audit();
    assert_eq!(audit.status("size_budget"), "UNKNOWN", "{}", audit.item("size_budget"));
    audit.says("size_budget", &["no container engine answers", &other.host()]);
}
