//! What is wrong with a configuration: file, line, the line itself, and a suggestion.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a configuration could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is none.
    #[error("no exitbar.toml in {} or above it, nor in {}; write one beside your Dockerfile (see config.example.toml), or try `exitbar demo`", .folder.display(), .user.display())]
    NotFound {
        /// Where the search began.
        folder: PathBuf,
        /// The user's own configuration.
        user: PathBuf,
    },
    /// It could not be read.
    #[error("cannot read {}: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: String,
    },
    /// It says something that makes no sense.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Invalid(Vec<Problem>),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// How many characters are marked.
    pub width: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}:{}: {}", self.file.display(), self.line, self.column, self.message)?;
        let number = self.line.to_string();
        let gap = " ".repeat(number.len());
        writeln!(f, "{gap} |\n{number} | {}", self.text)?;
        write!(f, "{gap} | {}{}", " ".repeat(self.column.saturating_sub(1)), "^".repeat(self.width.max(1)))?;
        match &self.help {
            Some(help) => write!(f, "\n{gap} = help: {help}"),
            None => Ok(()),
        }
    }
}

/// Collects what is wrong with one file, so that all of it is said at once.
#[derive(Debug)]
pub(super) struct Problems<'a> {
    file: &'a Path,
    text: &'a str,
    found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub fn of(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    pub fn add(&mut self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        let start = span.start.min(self.text.len());
        let before = &self.text[..start];
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let text = self.text[line_start..].lines().next().unwrap_or_default();
        let column = before[line_start..].chars().count() + 1;
        let marked =
            self.text.get(start..span.end.min(line_start + text.len()).max(start)).unwrap_or_default();
        self.found.push(Problem {
            file: self.file.to_owned(),
            line,
            column,
            text: crate::model::text::clean_line(text).into_owned(),
            width: marked.chars().count(),
            message: message.into(),
            help,
        });
    }

    pub fn finish(mut self) -> Result<(), ConfigError> {
        self.found.sort_by_key(|problem| (problem.line, problem.column));
        if self.found.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(self.found)) }
    }
}

/// The one of `known` that was probably meant.
pub(super) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|known| (strsim::damerau_levenshtein(given, known), known));
    scored.filter(|(distance, known)| *distance <= 2.max(known.len() / 3)).min().map(|(_, known)| known)
}
