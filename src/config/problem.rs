//! What is wrong with a configuration, with the line that it is about.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthStr as _;

pub(super) use crate::model::spelling::{did_you_mean, nearest};

/// Why there is no configuration to work with. The exit code for it is 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No file was found.
    #[error("no exitbar.toml was found; looked at\n{}", listed(.looked_at))]
    NotFound {
        /// Where it was looked for, in order.
        looked_at: Vec<PathBuf>,
    },
    /// A file could not be read.
    #[error("cannot read {}: {why}", shown(.file))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What happened.
        why: String,
    },
    /// The file was read and is not right.
    #[error("{}", joined(.0))]
    Invalid(Vec<Problem>),
}

/// One thing that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The text of the line, without control characters.
    source: String,
    /// Columns of the screen before what is underlined, and under it.
    underline: (usize, usize),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}:{}: {}", shown(&self.file), self.line, self.column, self.message)?;
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let (before, width) = self.underline;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.source)?;
        write!(f, "{gutter} | {}{}", " ".repeat(before), "^".repeat(width))?;
        match &self.help {
            Some(help) => write!(f, "\n{gutter} = {help}"),
            None => Ok(()),
        }
    }
}

/// Collects problems while a file is read, so that all of them are told at once.
pub(super) struct Problems<'t> {
    file: &'t Path,
    text: &'t str,
    list: RefCell<Vec<(usize, Problem)>>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(file: &'t Path, text: &'t str) -> Self {
        Self { file, text, list: RefCell::new(Vec::new()) }
    }

    /// Notes a problem with the bytes `at` of the text.
    pub(super) fn add(&self, at: &Range<usize>, message: impl Into<String>, help: Option<String>) {
        let text = self.text;
        let start = floor(text, at.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = floor(text, at.end).clamp(start, line_end);
        let before = plain(&text[line_start..start]);
        let problem = Problem {
            file: self.file.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            message: plain(&message.into()),
            help: help.map(|help| plain(&help)),
            source: plain(text[line_start..line_end].trim_end()),
            underline: (before.width(), plain(&text[start..end]).trim_end().width().max(1)),
        };
        self.list.borrow_mut().push((start, problem));
    }

    /// How many problems there are so far.
    pub(super) fn count(&self) -> usize {
        self.list.borrow().len()
    }

    /// Everything that was noted, in the order of the file.
    pub(super) fn into_list(self) -> Vec<Problem> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|(at, _)| *at);
        list.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// The words of a list for a sentence: `a`, `b` or `c`.
pub(super) fn either(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// One line of text, safe to show: a tab is a space, other control characters are left out.
fn plain(text: &str) -> String {
    crate::model::text::clean_line(text).into_owned()
}

fn shown(path: &Path) -> String {
    plain(&path.display().to_string())
}

fn listed(paths: &[PathBuf]) -> String {
    let lines: Vec<String> = paths.iter().map(|path| format!("  {}", shown(path))).collect();
    format!("{}\ngive one with --config FILE, or see config.example.toml", lines.join("\n"))
}

fn joined(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}
