use std::process::Command;

use super::*;
use crate::config;
use crate::formats::{program as header, workflow};
use crate::model::{Program, StepKind};

fn options() -> DemoOptions {
    DemoOptions {
        registries: ["127.0.0.1:1".to_owned(), "127.0.0.1:2".to_owned()],
        native_only: false,
        program: PathBuf::from("/opt/exit bar/exitbar"),
    }
}

fn platforms() -> [Platform; 2] {
    [Platform::new("linux", "amd64", None), Platform::new("linux", "arm64", None)]
}

#[test]
fn the_generated_programs_are_static_elf_programs_for_their_platform() {
    for platform in platforms() {
        let bytes = program::elf(&platform, &program::mended());
        let expected = Program::Elf { machine: platform.architecture().to_owned(), interpreter: None };
        assert_eq!(header::of(&bytes), expected);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_generated_programs_really_run_on_this_host() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, ops: &[program::Op], arguments: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, program::elf(&native(), ops)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let output = Command::new(&path).args(arguments).current_dir(folder.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, err) = run("before", &program::before_the_fix(), &["--version"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("No such option: --version"), "{err}");
    assert_eq!(
        run("mended", &program::mended(), &["--version"]),
        (Some(0), "gl 0.2.0\n".to_owned(), String::new())
    );
    assert_eq!(run("mended2", &program::mended(), &["run", "demo.yaml"]).0, Some(0));
    assert!(std::fs::read_to_string(folder.path().join("out/report.json")).unwrap().contains("demo"));
    assert_eq!(run("mended3", &program::mended(), &[]).0, Some(2));
}

#[test]
fn a_build_gives_the_same_bytes_every_time() {
    let index = || {
        let folder = tempfile::tempdir().unwrap();
        build(folder.path()).unwrap();
        std::fs::read(folder.path().join("dist/runner/index.json")).unwrap()
    };
    assert_eq!(index(), index());
}

#[test]
fn the_demo_configuration_and_workflow_are_read_as_anybody_s() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &options()).unwrap();
    let loaded = config::load(Some(&folder.path().join(config::FILE)), folder.path()).unwrap();
    assert_eq!(loaded.release.images.len(), 2);
    let file = PathBuf::from(".github/workflows/release.yml");
    let text = std::fs::read_to_string(folder.path().join(&file)).unwrap();
    let steps = workflow::parse(&[(file, text)]).steps;
    let kinds: Vec<_> = steps.iter().map(|step| (step.step, step.disarmed.is_none())).collect();
    let armed = [StepKind::Push, StepKind::Sign, StepKind::Sbom, StepKind::Scan].map(|kind| (kind, true));
    assert_eq!(kinds, armed);
}
