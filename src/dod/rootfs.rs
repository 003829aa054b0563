//! The files of an image, read from the indexes of its layers: whiteouts, opaque folders, links, and what a
//! command really runs. Nothing is merged: a path is looked up from the topmost layer down.

use crate::model::{EntryKind, ImageConfig, LayerEntry, LayerIndex, Program};

/// How many links are followed, as Linux does (`MAXSYMLINKS`).
const LINKS: usize = 40;
/// How many interpreters of interpreters are followed, as Linux does (`BINPRM_MAX_RECURSION`).
const INTERPRETERS: usize = 5;
/// Where programs are looked for when the image sets no `PATH` (Docker's default).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "busybox", "zsh"];
const PACKAGE_MANAGERS: [&str; 8] = ["apt-get", "apk", "dnf", "microdnf", "yum", "zypper", "pacman", "tdnf"];

/// The files of an image.
#[derive(Debug, Clone)]
pub(super) struct Rootfs<'a> {
    /// Topmost first.
    layers: Vec<&'a LayerIndex>,
}

/// What a command really runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Runs {
    /// A binary at this path, for this machine, started by this loader where it names one.
    Binary {
        /// Where it is.
        path: String,
        /// ELF or PE.
        format: &'static str,
        /// The machine, as an OCI architecture where one fits.
        machine: String,
        /// The loader that it names, and whether it is there, with the loader's own machine.
        loader: Option<(String, Option<String>)>,
    },
    /// Something that is neither ELF, PE nor a script, or whose first bytes could not be read.
    Unreadable(String),
    /// Not in the image: the program, or the interpreter of its script.
    Missing(String),
    /// The image starts nothing by itself.
    Nothing,
}

impl<'a> Rootfs<'a> {
    /// The files of these layers, lowest first.
    pub fn new(mut layers: Vec<&'a LayerIndex>) -> Self {
        layers.reverse();
        Self { layers }
    }

    /// What is at `path`, every link followed; the path that it really is.
    pub fn resolve(&self, path: &str) -> Option<(String, &'a LayerEntry)> {
        match self.walk(path)? {
            (real, Found::Entry(entry)) => Some((real, entry)),
            (_, Found::Folder) => None,
        }
    }

    fn walk(&self, path: &str) -> Option<(String, Found<'a>)> {
        let mut rest: Vec<String> = components(path).rev().map(str::to_owned).collect();
        let mut at: Vec<String> = Vec::new();
        let mut found = Found::Folder;
        let mut links = 0;
        while let Some(next) = rest.pop() {
            if next == ".." {
                at.pop();
                found = Found::Folder;
                continue;
            }
            at.push(next);
            found = self.lookup(&at.join("/"), 0)?;
            if let Found::Entry(LayerEntry { kind: EntryKind::Symlink(target), .. }) = found {
                links += 1;
                if links > LINKS {
                    return None;
                }
                at.pop();
                if target.starts_with('/') {
                    at.clear();
                }
                rest.extend(components(target).rev().map(str::to_owned));
                found = Found::Folder;
            } else if !rest.is_empty() && !found.is_folder() {
                return None;
            }
        }
        Some((at.join("/"), found))
    }

    /// What the layers from `from` downwards hold at exactly this path, hard links followed.
    fn lookup(&self, path: &str, from: usize) -> Option<Found<'a>> {
        self.lookup_hard(path, from, LINKS)
    }

    fn lookup_hard(&self, path: &str, from: usize, links: usize) -> Option<Found<'a>> {
        for (depth, layer) in self.layers.iter().enumerate().skip(from) {
            if let Some(entry) = layer.entries.get(path) {
                return match &entry.kind {
                    // A hard link is the file that it names, as it was when the layer was written.
                    EntryKind::Hardlink(target) if links > 0 => {
                        self.lookup_hard(&components(target).collect::<Vec<_>>().join("/"), depth, links - 1)
                    }
                    EntryKind::Hardlink(_) => None,
                    EntryKind::Directory => Some(Found::Folder),
                    _ => Some(Found::Entry(entry)),
                };
            }
            if holds_below(layer, path) {
                return Some(Found::Folder);
            }
            if hides(layer, path) {
                return None;
            }
        }
        None
    }

    /// What `command` really runs in an image with this config: found on its `PATH`, links, script
    /// interpreters (`#!/usr/bin/env x` too) and the loader followed.
    pub fn runs(&self, command: &[String], config: &ImageConfig) -> Runs {
        let Some(program) = command.first().filter(|program| !program.is_empty()) else {
            return Runs::Nothing;
        };
        let env_argument = if is_env(program) { env_program(&command[1..]) } else { None };
        self.follow(env_argument.unwrap_or(program), config, INTERPRETERS)
    }

    fn follow(&self, program: &str, config: &ImageConfig, depth: usize) -> Runs {
        let Some((path, entry)) = self.find(program, config) else {
            return Runs::Missing(program.to_owned());
        };
        match &entry.program {
            Some(Program::Elf { machine, interpreter }) => Runs::Binary {
                loader: interpreter.as_ref().map(|loader| (loader.clone(), self.machine(loader))),
                path,
                format: "ELF",
                machine: machine.clone(),
            },
            Some(Program::Pe { machine }) => {
                Runs::Binary { path, format: "PE", machine: machine.clone(), loader: None }
            }
            Some(Program::Script { interpreter }) if depth > 0 => match interpreter.split_first() {
                Some((env, arguments)) if is_env(env) => match env_argument(arguments) {
                    Some(program) => self.follow(&program, config, depth - 1),
                    None => Runs::Unreadable(path),
                },
                Some((interpreter, _)) => self.follow(interpreter, config, depth - 1),
                None => Runs::Unreadable(path),
            },
            Some(Program::Script { .. } | Program::Other) | None => Runs::Unreadable(path),
        }
    }

    /// Finds a program as `execvp` does: by its path, from the working folder, or on `PATH`.
    fn find(&self, program: &str, config: &ImageConfig) -> Option<(String, &'a LayerEntry)> {
        let windows = config.platform.os() == "windows";
        let file = |path: &str| self.resolve(path).filter(|(_, entry)| entry.kind == EntryKind::File);
        if windows {
            let path = windows_path(program, &config.working_dir);
            return file(&path).or_else(|| file(&format!("{path}.exe")));
        }
        if program.starts_with('/') {
            return file(program);
        }
        if program.contains('/') {
            return file(&format!("{}/{program}", config.working_dir));
        }
        let path = config.env.iter().rev().find_map(|variable| variable.strip_prefix("PATH="));
        path.unwrap_or(DEFAULT_PATH).split(':').find_map(|folder| {
            let folder = if folder.is_empty() { &config.working_dir } else { folder };
            file(&format!("{folder}/{program}")).filter(|(_, entry)| entry.mode & 0o111 != 0)
        })
    }

    fn machine(&self, path: &str) -> Option<String> {
        match self.resolve(path)?.1.program.as_ref()? {
            Program::Elf { machine, .. } | Program::Pe { machine } => Some(machine.clone()),
            Program::Script { .. } | Program::Other => None,
        }
    }

    /// The shell that `CMD-SHELL` needs.
    pub fn has_bin_sh(&self) -> bool {
        self.resolve("bin/sh").is_some()
    }

    /// The first shell that is there.
    pub fn shell(&self) -> Option<&'static str> {
        SHELLS.into_iter().find(|shell| self.in_bin(shell))
    }

    /// The first package manager that is there.
    pub fn package_manager(&self) -> Option<&'static str> {
        PACKAGE_MANAGERS.into_iter().find(|manager| self.in_bin(manager))
    }

    fn in_bin(&self, program: &str) -> bool {
        ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin"]
            .iter()
            .any(|folder| self.resolve(&format!("{folder}/{program}")).is_some())
    }

    /// The uid that the image's own `/etc/passwd` gives to `name`.
    pub fn uid(&self, name: &str) -> Option<u32> {
        let (_, passwd) = self.resolve("etc/passwd")?;
        passwd.text.as_deref()?.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then(|| fields.nth(1)?.trim().parse().ok()).flatten()
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Found<'a> {
    Entry(&'a LayerEntry),
    Folder,
}

impl Found<'_> {
    fn is_folder(self) -> bool {
        matches!(self, Self::Folder)
    }
}

/// The parts of a path, `.` and empty ones left out.
fn components(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

/// Whether a layer has something below this path, so that it is a folder although no entry says so.
fn holds_below(layer: &LayerIndex, path: &str) -> bool {
    let prefix = format!("{path}/");
    let mut below = layer.entries.range(prefix.clone()..).take_while(|(entry, _)| entry.starts_with(&prefix));
    below.any(|(entry, _)| !is_whiteout(&entry[prefix.len()..]))
}

fn is_whiteout(below: &str) -> bool {
    below.rsplit('/').next().is_some_and(|name| name.starts_with(".wh."))
}

/// Whether a layer hides what lower layers hold at this path: a whiteout of it or of a folder above it, an
/// opaque folder above it, or something that is no folder where a folder above it was.
fn hides(layer: &LayerIndex, path: &str) -> bool {
    let mut parent = String::new();
    let parts: Vec<&str> = components(path).collect();
    for (position, part) in parts.iter().enumerate() {
        let slash = if parent.is_empty() { "" } else { "/" };
        if layer.entries.contains_key(&format!("{parent}{slash}.wh.{part}"))
            || layer.entries.contains_key(&format!("{parent}{slash}.wh..wh..opq"))
        {
            return true;
        }
        parent = format!("{parent}{slash}{part}");
        let above = position + 1 < parts.len();
        let entry = layer.entries.get(&parent);
        if above && entry.is_some_and(|entry| entry.kind != EntryKind::Directory) {
            return true;
        }
    }
    false
}

fn is_env(program: &str) -> bool {
    program == "env" || program.ends_with("/env")
}

/// The program that `env` with these arguments starts: options and assignments skipped.
fn env_program(arguments: &[String]) -> Option<&String> {
    arguments.iter().find(|argument| !argument.starts_with('-') && !argument.contains('='))
}

/// The same for the one argument that a script's first line may carry (`#!/usr/bin/env -S python3 -u`).
fn env_argument(arguments: &[String]) -> Option<String> {
    let words: Vec<String> =
        arguments.iter().flat_map(|argument| argument.split_whitespace()).map(str::to_owned).collect();
    env_program(&words).cloned()
}

/// Where a Windows layer keeps a path: below `Files`, with slashes.
fn windows_path(program: &str, working_dir: &str) -> String {
    let slashed = program.replace('\\', "/");
    let absolute = slashed.get(1..3) == Some(":/");
    let below = |path: &str| path.get(2..).unwrap_or_default().trim_start_matches('/').to_owned();
    if absolute {
        return format!("Files/{}", below(&slashed));
    }
    format!("Files/{}/{slashed}", below(&working_dir.replace('\\', "/")))
}

#[cfg(test)]
mod tests;
