//! Where `exitbar.toml` is, and where this user keeps things.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::problem::ConfigError;

/// The name of the file.
pub const FILE: &str = "exitbar.toml";

/// A configuration is read up to this many bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Folders of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folders {
    /// For configuration (`$XDG_CONFIG_HOME/exitbar`).
    pub config: Option<PathBuf>,
    /// For what is kept: `EXITBAR_STATE_DIR`, else `$XDG_STATE_HOME/exitbar`.
    pub state: PathBuf,
}

impl Folders {
    /// As this process's environment says.
    pub fn of_user() -> Self {
        let project = directories::ProjectDirs::from("", "", "exitbar");
        let of_environment = std::env::var_os("EXITBAR_STATE_DIR").filter(|dir| !dir.is_empty());
        let of_user = || {
            let dirs = project.as_ref()?;
            Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
        };
        let state = of_environment.map(PathBuf::from).or_else(of_user);
        Self {
            state: state.unwrap_or_else(|| std::env::temp_dir().join("exitbar")),
            config: project.map(|dirs| dirs.config_dir().to_owned()),
        }
    }
}

/// The configuration's file: the one given, else the first `exitbar.toml` from `folder` upward, else the user's.
pub(super) fn file(
    explicit: Option<&Path>,
    folder: &Path,
    folders: &Folders,
) -> Result<PathBuf, ConfigError> {
    if let Some(given) = explicit {
        return Ok(folder.join(given));
    }
    let upward = folder.ancestors().map(|dir| dir.join(FILE));
    let of_user = folders.config.iter().map(|dir| dir.join(FILE));
    let mut looked_at = Vec::new();
    for candidate in upward.chain(of_user) {
        if candidate.is_file() {
            return Ok(candidate);
        }
        looked_at.push(candidate);
    }
    Err(ConfigError::NotFound { looked_at })
}

/// The files of the user's folder of themes, each with what it says or why that could not be read.
pub(super) fn themes(folders: &Folders) -> Vec<(PathBuf, Result<String, String>)> {
    let folder = folders.config.iter().filter_map(|folder| folder.join("themes").read_dir().ok());
    let files = folder.flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = text(&file).map_err(|error| error.to_string());
        (file, text)
    };
    files.into_iter().map(read).collect()
}

/// A small text file.
pub(super) fn text(file: &Path) -> Result<String, ConfigError> {
    let unreadable = |why: String| ConfigError::Unreadable { file: file.to_owned(), why };
    let opened = std::fs::File::open(file).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(unreadable(format!("it is larger than {MOST_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        unreadable(format!("line {line} is not UTF-8"))
    })
}
