//! Finds `exitbar.toml`, reads it, and says everything that is wrong with it at once.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Problems, nearest};
use super::raw::{self, Raw};
use super::release::releases;
use super::rules::{policy, scope, wiring};
use super::{Loaded, Wiring};

/// The file's name.
pub const FILE: &str = "exitbar.toml";

/// Loads the configuration: the given file, else the first above `folder`, else the user's own.
///
/// # Errors
/// When there is none, or it is wrong: every problem with its line and a suggestion.
pub fn load(explicit: Option<&Path>, folder: &Path) -> Result<Loaded, ConfigError> {
    let file = match explicit {
        Some(file) => folder.join(file),
        None => find(folder)?,
    };
    let text = std::fs::read_to_string(&file)
        .map_err(|error| ConfigError::Unreadable { file: file.clone(), error: error.to_string() })?;
    parse(&file, &text)
}

fn find(folder: &Path) -> Result<PathBuf, ConfigError> {
    let above = folder.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file());
    let user = folders().map(|folders| folders.config_dir().join(FILE)).unwrap_or_default();
    above
        .or_else(|| user.is_file().then(|| user.clone()))
        .ok_or_else(|| ConfigError::NotFound { folder: folder.to_owned(), user })
}

fn folders() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "exitbar")
}

/// Where this machine keeps layers, runs and staged digests: `EXITBAR_STATE_DIR`, else the user's state folder.
pub(super) fn default_store() -> PathBuf {
    if let Some(folder) = std::env::var_os("EXITBAR_STATE_DIR").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    let folders = folders();
    let folder = folders.as_ref().map(|folders| folders.state_dir().unwrap_or(folders.data_local_dir()));
    folder.map_or_else(|| std::env::temp_dir().join("exitbar"), Path::to_owned)
}

/// Reads the text of a configuration that stands in `file`.
///
/// # Errors
/// Every problem with its line and a suggestion.
pub fn parse(file: &Path, text: &str) -> Result<Loaded, ConfigError> {
    let mut problems = Problems::of(file, text);
    let raw: Raw = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let help = suggestion(error.message());
            problems.add(error.span().unwrap_or(0..0), error.message(), help);
            return Err(problems.finish().err().unwrap_or(ConfigError::Invalid(Vec::new())));
        }
    };
    let root =
        file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let release = releases(&raw, &root, &mut problems);
    let policy = policy(&raw, &release, &mut problems);
    let scope = scope(&raw, &mut problems);
    let wiring: Wiring = wiring(&raw, &root, &mut problems);
    let keys = raw.keys.iter().map(|(action, key)| (action.clone(), key.get_ref().clone())).collect();
    problems.finish()?;
    Ok(Loaded { release, policy, scope, wiring, file: file.to_owned(), keys, theme: raw.theme })
}

/// `unknown field `x`, expected one of `a`, `b`` → did you mean.
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let given = message.contains("unknown").then(|| quoted.next()).flatten()?;
    nearest(given, quoted).map(|known| format!("did you mean `{known}`?"))
}

/// The text of a value, for messages.
pub(super) fn text(value: &raw::Text) -> &str {
    value.get_ref()
}
