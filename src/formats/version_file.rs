//! The version that a file of the source names: `VERSION`, `Cargo.toml`, `package.json`, `pyproject.toml`, `setup.cfg`,
//! `Chart.yaml`.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::model::text::clean_line;
use crate::model::{Located, Location};

/// The files that name a version, those first that only do that.
pub const FILES: [&str; 6] =
    ["VERSION", "Cargo.toml", "package.json", "pyproject.toml", "setup.cfg", "Chart.yaml"];

/// The version in a file of that name; none where it names none (a workspace, a package that is not published).
///
/// # Errors
/// What cannot be read, with its line.
pub fn read(file: &Path, text: &str) -> Result<Option<Located<String>>, Located<String>> {
    let at = |line: usize| Location { file: file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let found = match name.as_ref() {
        "package.json" => json(text),
        "Cargo.toml" => toml(text, &[&["package"], &["workspace", "package"]]),
        "pyproject.toml" => toml(text, &[&["project"], &["tool", "poetry"]]),
        "setup.cfg" => Ok(in_metadata(text)),
        // A chart has a version of its own.
        "Chart.yaml" => {
            Ok(text.lines().enumerate().find_map(|(at, line)| value(at, line, "appVersion", ':')))
        }
        _ => Ok(first_line(text)),
    };
    match found {
        Ok(found) => Ok(found.map(|(line, value)| Located { value, at: at(line) })),
        Err((line, why)) => Err(Located { value: clean_line(&why).into_owned(), at: at(line) }),
    }
}

type Found = Result<Option<(usize, String)>, (usize, String)>;

fn first_line(text: &str) -> Option<(usize, String)> {
    let mut lines = text.lines().map(str::trim).enumerate();
    let (number, line) = lines.find(|(_, line)| !line.is_empty())?;
    Some((number + 1, line.trim_start_matches('\u{feff}').to_owned()))
}

/// `version` of the section `[metadata]`.
fn in_metadata(text: &str) -> Option<(usize, String)> {
    let lines = || text.lines().enumerate();
    let (start, _) = lines().find(|(_, line)| line.trim() == "[metadata]")?;
    let section = lines().skip(start + 1).take_while(|(_, line)| !line.starts_with('['));
    section.into_iter().find_map(|(at, line)| value(at, line, "version", '='))
}

/// The value of a key that begins a line, without quotes and comment.
fn value(at: usize, line: &str, key: &str, separator: char) -> Option<(usize, String)> {
    let value = line.strip_prefix(key)?.trim_start().strip_prefix(separator)?.split('#').next()?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| (at + 1, value.to_owned()))
}

fn json(text: &str) -> Found {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| (error.line().max(1), error.to_string()))?;
    let Some(version) = value.get("version").and_then(serde_json::Value::as_str) else { return Ok(None) };
    let line = text.lines().position(|line| line.trim_start().starts_with("\"version\"")).unwrap_or(0);
    Ok(Some((line + 1, version.to_owned())))
}

/// `version` of the first of the tables that has one.
fn toml(text: &str, tables: &[&[&str]]) -> Found {
    let line = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let document = DeTable::parse(text)
        .map_err(|error| (line(error.span().map_or(0, |span| span.start)), error.message().to_owned()))?;
    for path in tables {
        let mut table = document.get_ref();
        let mut found = true;
        for name in *path {
            match table.get(*name).map(toml::Spanned::get_ref) {
                Some(DeValue::Table(inner)) => table = inner,
                _ => found = false,
            }
        }
        if let Some(value) = table.get("version").filter(|_| found)
            && let DeValue::String(version) = value.get_ref()
        {
            return Ok(Some((line(value.span().start), version.to_string())));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(file: &str, text: &str) -> Option<(String, u32)> {
        read(Path::new(file), text).unwrap().map(|located| (located.value, located.at.line))
    }

    #[test]
    fn every_kind_of_file_names_its_version_with_its_line() {
        let version = |line| Some(("0.2.0".to_owned(), line));
        assert_eq!(found("VERSION", "\n0.2.0\n"), version(2));
        assert_eq!(found("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.2.0\"\n"), version(3));
        assert_eq!(found("Cargo.toml", "[workspace.package]\nversion = \"0.2.0\"\n"), version(2));
        assert_eq!(found("a/package.json", "{\n  \"name\": \"a\",\n  \"version\": \"0.2.0\"\n}"), version(3));
        assert_eq!(found("pyproject.toml", "[project]\nversion = \"0.2.0\"\n"), version(2));
        assert_eq!(found("setup.cfg", "[metadata]\nname = a\nversion = 0.2.0\n"), version(3));
        assert_eq!(found("Chart.yaml", "version: 1.0.0\nappVersion: \"0.2.0\" # of the app\n"), version(2));
        assert_eq!(found("pyproject.toml", "[tool.poetry]\nversion = \"0.2.0\"\n"), version(2));
    }

    #[test]
    fn what_names_none_is_none_and_what_cannot_be_read_has_its_line() {
        assert_eq!(found("Cargo.toml", "[package]\nversion.workspace = true\n"), None);
        assert_eq!(found("package.json", "{}"), None);
        assert_eq!(found("setup.cfg", "[options]\nversion = 0.2.0\n"), None);
        assert_eq!(found("Chart.yaml", "version: 1.0.0\n"), None);
        assert_eq!(read(Path::new("Cargo.toml"), "[package]\nversion = \n").unwrap_err().at.line, 2);
        assert_eq!(read(Path::new("package.json"), "{\n,").unwrap_err().at.line, 2);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(which in 0..FILES.len(), text in ".{0,80}") {
            let _ = read(Path::new(FILES[which]), &text);
        }
    }
}
