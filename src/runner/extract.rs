//! Takes the one program that shall run out of an image's layers, and copies the run's inputs.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::RunSpec;
use crate::model::{Digest, Reason, ReasonKind};

/// No program of an image that runs as a host process is larger than this.
const PROGRAM_LIMIT: u64 = 512 << 20;

/// How many links a path may lead through.
const LINK_LIMIT: usize = 16;

/// A run that is ready to start.
#[derive(Debug)]
pub struct Prepared {
    /// The program, extracted.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The folder that it runs in.
    pub folder: PathBuf,
}

/// Extracts the program of `spec` below `folder` and copies its inputs.
pub fn prepare(spec: &RunSpec, folder: &Path) -> Result<Prepared, Reason> {
    let argv = spec.argv()?;
    let program = folder.join("program");
    let from = locate(spec, &argv[0])?;
    extract(spec, &from, &program)?;
    let work = folder.join("work");
    let made = match &spec.inputs {
        Some(inputs) => copy_tree(inputs, &work),
        None => std::fs::create_dir_all(&work),
    };
    made.map_err(|error| {
        let inputs = spec.inputs.as_deref().unwrap_or(&work);
        Reason::new(ReasonKind::ToolFailed, format!("cannot copy the inputs {}: {error}", inputs.display()))
            .cure("check `example.inputs` in the configuration")
    })?;
    Ok(Prepared { program, arguments: argv[1..].to_vec(), folder: work })
}

/// Where a path of the merged image lies: the layer that has it last.
#[derive(Debug, Clone)]
enum Found {
    File { layer: usize },
    Link { target: String },
}

/// The path inside the layers of the file behind `command`, and the layer's place.
fn locate(spec: &RunSpec, command: &str) -> Result<(usize, String), Reason> {
    let mut files: BTreeMap<String, Found> = BTreeMap::new();
    for (layer, digest) in spec.layers.iter().enumerate() {
        for_each_entry(spec, digest, |path, entry| {
            match entry.header().entry_type() {
                tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::GNUSparse => {
                    files.insert(path.to_owned(), Found::File { layer });
                }
                kind if kind.is_symlink() || kind.is_hard_link() => {
                    let target = entry.link_name()?.unwrap_or_default();
                    let target = target.to_string_lossy().into_owned();
                    let target = if kind.is_hard_link() { format!("/{target}") } else { target };
                    files.insert(path.to_owned(), Found::Link { target });
                }
                _ => {}
            }
            if let Some((parent, name)) = split_whiteout(path) {
                files.remove(&join(&parent, name));
            }
            Ok(false)
        })?;
    }
    candidates(spec, command)
        .iter()
        .find_map(|candidate| follow(&files, candidate))
        .ok_or_else(|| Reason::new(ReasonKind::ToolFailed, format!("the image has no program `{command}`")))
}

fn candidates(spec: &RunSpec, command: &str) -> Vec<String> {
    if command.starts_with('/') {
        return vec![normal(command)];
    }
    if command.contains('/') {
        return vec![normal(&format!("{}/{command}", spec.config.working_dir))];
    }
    let path = spec.config.env.iter().find_map(|entry| entry.strip_prefix("PATH="));
    let path = path.unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    path.split(':').map(|folder| normal(&format!("{folder}/{command}"))).collect()
}

fn follow(files: &BTreeMap<String, Found>, start: &str) -> Option<(usize, String)> {
    let mut path = start.to_owned();
    for _ in 0..LINK_LIMIT {
        match files.get(&path)? {
            Found::File { layer } => return Some((*layer, path)),
            Found::Link { target } if target.starts_with('/') => path = normal(target),
            Found::Link { target } => {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                path = normal(&format!("{parent}/{target}"));
            }
        }
    }
    None
}

/// The path without a leading slash, `.` and `..` resolved.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
}

fn split_whiteout(path: &str) -> Option<(String, &str)> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    Some((parent.to_owned(), name.strip_prefix(".wh.")?))
}

fn extract(spec: &RunSpec, (layer, path): &(usize, String), to: &Path) -> Result<(), Reason> {
    let mut extracted = false;
    for_each_entry(spec, &spec.layers[*layer], |entry_path, entry| {
        if entry_path != path {
            return Ok(false);
        }
        let mut file = std::fs::File::create(to)?;
        io::copy(&mut entry.take(PROGRAM_LIMIT), &mut file)?;
        extracted = true;
        Ok(true)
    })?;
    if !extracted {
        return Err(Reason::new(
            ReasonKind::Unreadable,
            format!("/{path} vanished from its layer while it was read"),
        ));
    }
    executable(to).map_err(|error| {
        Reason::new(ReasonKind::ToolFailed, format!("cannot make {} executable: {error}", to.display()))
    })
}

#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}

type TarEntry<'a, 'b> = tar::Entry<'a, &'b mut dyn Read>;

/// Calls `visit` with every path of a layer until it says that it has seen enough.
fn for_each_entry(
    spec: &RunSpec,
    digest: &Digest,
    mut visit: impl FnMut(&str, &mut TarEntry<'_, '_>) -> io::Result<bool>,
) -> Result<(), Reason> {
    let layout = spec.layout.as_ref().ok_or_else(|| {
        Reason::new(ReasonKind::NotSupported, "only programs of an OCI layout run as host processes")
    })?;
    let path = layout.join("blobs").join(digest.algorithm()).join(digest.hex());
    let failed = |error: io::Error| {
        Reason::new(ReasonKind::Unreadable, format!("cannot read the layer {}: {error}", path.display()))
    };
    let mut file = io::BufReader::new(std::fs::File::open(&path).map_err(failed)?);
    let magic = {
        use io::BufRead as _;
        let start = file.fill_buf().map_err(failed)?;
        start.get(..4).unwrap_or_default().to_vec()
    };
    let mut reader: Box<dyn Read> = match magic.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(
            ruzstd::decoding::StreamingDecoder::new(file).map_err(|error| failed(io::Error::other(error)))?,
        ),
        _ => Box::new(file),
    };
    let reader: &mut dyn Read = &mut reader;
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let entry_path = normal(&entry.path().map_err(failed)?.to_string_lossy());
        if visit(&entry_path, &mut entry).map_err(failed)? {
            break;
        }
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
