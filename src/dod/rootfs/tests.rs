use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::model::{EntryKind, ImageConfig, LayerEntry, LayerIndex, Platform, Program};

use super::super::testing::{amd64, digest, entry, image_config, program};
use super::{Rootfs, Runs};

fn layer(entries: &[(&str, LayerEntry)]) -> LayerIndex {
    LayerIndex {
        digest: digest("layer"),
        diff_id: digest("diff"),
        compressed: 1,
        unpacked: 1,
        entries: entries.iter().map(|(path, entry)| ((*path).to_owned(), entry.clone())).collect(),
    }
}

fn file() -> LayerEntry {
    entry(EntryKind::File)
}

fn link(target: &str) -> LayerEntry {
    entry(EntryKind::Symlink(target.to_owned()))
}

fn elf(machine: &str) -> LayerEntry {
    program(Program::Elf { machine: machine.to_owned(), interpreter: None })
}

fn script(interpreter: &[&str]) -> LayerEntry {
    program(Program::Script { interpreter: interpreter.iter().map(|word| (*word).to_owned()).collect() })
}

fn config() -> ImageConfig {
    image_config("runner", &amd64(), &digest("diff"))
}

fn real(layers: &[LayerIndex], path: &str) -> Option<String> {
    Rootfs::new(layers.iter().collect()).resolve(path).map(|(real, _)| real)
}

fn runs(layers: &[LayerIndex], command: &[&str]) -> Runs {
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    Rootfs::new(layers.iter().collect()).runs(&command, &config())
}

fn path_of(runs: &Runs) -> &str {
    match runs {
        Runs::Binary { path, .. } => path,
        other => panic!("no binary: {other:?}"),
    }
}

#[test]
fn the_topmost_layer_wins_and_whiteouts_hide() {
    let lower = layer(&[("usr/bin/gl", elf("amd64")), ("usr/bin/old", file()), ("opt/a/b", file())]);
    let upper = layer(&[("usr/bin/gl", elf("arm64")), ("usr/bin/.wh.old", file()), (".wh.opt", file())]);
    let layers = [lower, upper];
    assert!(matches!(runs(&layers, &["/usr/bin/gl"]), Runs::Binary { machine, .. } if machine == "arm64"));
    assert_eq!(real(&layers, "usr/bin/old"), None);
    assert_eq!(real(&layers, "opt/a/b"), None);
    assert_eq!(real(&layers[..1], "opt/a/b").as_deref(), Some("opt/a/b"));
}

#[test]
fn an_opaque_folder_hides_what_is_below_it_and_keeps_its_own() {
    let lower = layer(&[("app/old", file()), ("etc/passwd", file())]);
    let upper = layer(&[("app/.wh..wh..opq", file()), ("app/new", file())]);
    let layers = [lower, upper];
    assert_eq!(real(&layers, "app/old"), None);
    assert!(real(&layers, "app/new").is_some() && real(&layers, "etc/passwd").is_some());
}

#[test]
fn what_comes_back_above_a_whiteout_is_there() {
    let layers = [layer(&[("a", file())]), layer(&[(".wh.a", file())]), layer(&[("a", file())])];
    assert_eq!(real(&layers[..2], "a"), None);
    assert!(real(&layers, "a").is_some());
}

#[test]
fn a_file_in_place_of_a_folder_hides_what_was_in_it() {
    let layers = [layer(&[("a/b", file())]), layer(&[("a", file())])];
    assert_eq!(real(&layers, "a/b"), None);
}

#[test]
fn links_are_followed_in_parent_folders_too_relative_and_absolute() {
    let layers = [layer(&[
        ("usr/bin/python3.12", elf("amd64")),
        ("usr/bin/python3", link("python3.12")),
        ("bin", link("usr/bin")),
        ("opt/tool", link("/bin/python3")),
        ("opt/up", link("../usr/./bin/python3")),
        ("escape", link("../../../usr/bin/python3.12")),
        ("dangling", link("nowhere")),
    ])];
    for path in ["bin/python3", "/opt/tool", "opt/up", "escape"] {
        assert_eq!(real(&layers, path).as_deref(), Some("usr/bin/python3.12"), "{path}");
    }
    assert_eq!(real(&layers, "dangling"), None);
}

#[test]
fn links_in_a_circle_end() {
    let layers =
        [layer(&[("a", link("b")), ("b", link("a")), ("c", entry(EntryKind::Hardlink("c".to_owned())))])];
    assert_eq!(real(&layers, "a"), None);
    assert_eq!(real(&layers, "c"), None);
}

#[test]
fn a_hard_link_is_the_file_that_it_names_in_its_own_layer_or_below() {
    let lower = layer(&[("bin/busybox", elf("amd64"))]);
    let upper = layer(&[("bin/sh", entry(EntryKind::Hardlink("bin/busybox".to_owned())))]);
    let layers = [lower, upper, layer(&[("bin/.wh.busybox", file())])];
    assert!(matches!(runs(&layers, &["/bin/sh"]), Runs::Binary { machine, .. } if machine == "amd64"));
}

#[test]
fn a_program_is_found_on_path_by_its_path_and_from_the_working_folder() {
    let mut not_executable = elf("amd64");
    not_executable.mode = 0o644;
    let layers = [layer(&[
        ("usr/local/bin/gl", not_executable),
        ("usr/bin/gl", elf("amd64")),
        ("app/run", elf("amd64")),
    ])];
    assert_eq!(path_of(&runs(&layers, &["gl"])), "usr/bin/gl");
    assert_eq!(runs(&layers, &["run"]), Runs::Missing("run".to_owned()));
    assert_eq!(runs(&layers, &[]), Runs::Nothing);
    let rootfs = Rootfs::new(layers.iter().collect());
    let in_app = ImageConfig { working_dir: "/app".to_owned(), env: Vec::new(), ..config() };
    assert_eq!(path_of(&rootfs.runs(&["./run".to_owned()], &in_app)), "app/run");
    assert_eq!(path_of(&rootfs.runs(&["gl".to_owned()], &in_app)), "usr/bin/gl");
}

#[test]
fn a_script_runs_its_interpreter_through_env_as_well() {
    let layers = [layer(&[
        ("usr/local/bin/gl", script(&["/usr/bin/env", "-S python3 -u"])),
        ("usr/local/bin/plain", script(&["/bin/wrapper"])),
        ("bin/wrapper", script(&["/usr/bin/python3"])),
        ("usr/bin/python3", elf("amd64")),
        ("usr/local/bin/broken", script(&["/usr/bin/ruby"])),
        ("usr/local/bin/itself", script(&["/usr/local/bin/itself"])),
    ])];
    assert_eq!(path_of(&runs(&layers, &["gl", "--version"])), "usr/bin/python3");
    assert_eq!(path_of(&runs(&layers, &["plain"])), "usr/bin/python3");
    assert_eq!(path_of(&runs(&layers, &["/usr/bin/env", "A=1", "python3"])), "usr/bin/python3");
    assert_eq!(runs(&layers, &["broken"]), Runs::Missing("/usr/bin/ruby".to_owned()));
    assert!(matches!(runs(&layers, &["itself"]), Runs::Unreadable(_)));
}

#[test]
fn the_loader_is_found_with_its_machine() {
    let dynamic = program(Program::Elf {
        machine: "amd64".to_owned(),
        interpreter: Some("/lib64/ld-linux-x86-64.so.2".to_owned()),
    });
    let layers = [layer(&[
        ("usr/bin/gl", dynamic),
        ("lib64", link("usr/lib64")),
        ("usr/lib64/ld-linux-x86-64.so.2", elf("amd64")),
    ])];
    let Runs::Binary { loader: Some((_, machine)), .. } = runs(&layers, &["gl"]) else { panic!() };
    assert_eq!(machine.as_deref(), Some("amd64"));
}

#[test]
fn a_windows_program_is_found_below_files() {
    let pe = program(Program::Pe { machine: "amd64".to_owned() });
    let layers = [layer(&[("Files/app/gl.exe", pe)])];
    let rootfs = Rootfs::new(layers.iter().collect());
    let windows = ImageConfig {
        platform: Platform::new("windows", "amd64", None),
        working_dir: "C:\\app".to_owned(),
        ..config()
    };
    for command in ["C:\\app\\gl.exe", "C:/app/gl", "gl"] {
        assert_eq!(path_of(&rootfs.runs(&[command.to_owned()], &windows)), "Files/app/gl.exe", "{command}");
    }
}

#[test]
fn shells_package_managers_and_users_are_seen() {
    let mut passwd = file();
    passwd.text = Some(
        "root:x:0:0:root:/root:/bin/sh\n# a comment\ngl:x:10001:10001::/:/bin/false\nbad:x\n".to_owned(),
    );
    let layers = [layer(&[
        ("etc/passwd", passwd),
        ("bin", link("usr/bin")),
        ("usr/bin/busybox", elf("amd64")),
        ("usr/bin/sh", link("busybox")),
        ("sbin/apk", elf("amd64")),
    ])];
    let rootfs = Rootfs::new(layers.iter().collect());
    assert!(rootfs.has_bin_sh());
    assert_eq!((rootfs.shell(), rootfs.package_manager()), (Some("sh"), Some("apk")));
    assert_eq!((rootfs.uid("root"), rootfs.uid("gl")), (Some(0), Some(10001)));
    assert_eq!((rootfs.uid("bad"), rootfs.uid("nobody")), (None, None));
    let empty = Rootfs::new(Vec::new());
    assert_eq!(
        (empty.has_bin_sh(), empty.shell(), empty.package_manager(), empty.uid("root")),
        (false, None, None, None)
    );
}

/// What a naive merge of plain files and whiteouts gives, layer by layer.
fn merged(layers: &[Vec<(String, bool)>]) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for layer in layers {
        for (path, _) in layer.iter().filter(|(_, hidden)| *hidden) {
            let below = format!("{path}/");
            files.retain(|file: &String| file != path && !file.starts_with(&below));
        }
        for (path, _) in layer.iter().filter(|(_, hidden)| !hidden) {
            let below = format!("{path}/");
            files.retain(|file: &String| !file.starts_with(&below) && !path.starts_with(&format!("{file}/")));
            files.insert(path.clone());
        }
    }
    files
}

proptest! {
    #[test]
    fn looking_up_agrees_with_merging(
        layers in prop::collection::vec(
            prop::collection::btree_map("[ab](/[ab]){0,2}", any::<bool>(), 0..5),
            0..4,
        )
    ) {
        // Within a layer no path may lie below another one: a tar that says so is no folder tree.
        let layers: Vec<Vec<(String, bool)>> = layers
            .into_iter()
            .map(|layer| {
                let all: Vec<String> = layer.keys().cloned().collect();
                let inner = |path: &String| all.iter().any(|other| path.starts_with(&format!("{other}/")));
                layer.into_iter().filter(|(path, _)| !inner(path)).collect()
            })
            .collect();
        let indexes: Vec<LayerIndex> = layers
            .iter()
            .map(|entries| {
                let entries: Vec<(String, LayerEntry)> = entries
                    .iter()
                    .map(|(path, hidden)| {
                        let (folder, name) = path.rsplit_once('/').map_or(("", path.as_str()), |(f, n)| (f, n));
                        let slash = if folder.is_empty() { "" } else { "/" };
                        let path = if *hidden { format!("{folder}{slash}.wh.{name}") } else { path.clone() };
                        (path, file())
                    })
                    .collect();
                let entries: Vec<(&str, LayerEntry)> =
                    entries.iter().map(|(path, entry)| (path.as_str(), entry.clone())).collect();
                layer(&entries)
            })
            .collect();
        let expected = merged(&layers);
        for path in ["a", "b", "a/a", "a/b", "b/a", "b/b", "a/a/a", "a/a/b", "a/b/a", "a/b/b", "b/a/a", "b/b/b"] {
            prop_assert_eq!(real(&indexes, path).is_some(), expected.contains(path), "{}", path);
        }
    }

    #[test]
    fn any_links_end(targets in prop::collection::vec("[./ab]{0,6}", 0..6), path in "[./ab]{0,8}") {
        let entries: Vec<(String, LayerEntry)> = targets
            .iter()
            .zip(["a", "b", "a/a", "a/b", "b/a", "b/b"])
            .map(|(target, path)| (path.to_owned(), link(target)))
            .collect();
        let entries: Vec<(&str, LayerEntry)> =
            entries.iter().map(|(path, entry)| (path.as_str(), entry.clone())).collect();
        let _ = real(&[layer(&entries)], &path);
    }
}
