//! Exceptions that are swallowed: what a script in a language with exceptions does, where its failure goes nowhere.
//!
//! Nothing is parsed here: a block is told by its indentation (Python) or its braces (JavaScript, PowerShell). What
//! looks otherwise is not seen, and no such script promises anything anyway.

use std::path::Path;

use super::call::{Call, unquoted};
use super::shell::ShellCommand;
use super::syntax::{self, Step, Text};
use crate::model::{Hollow, Location, StepKind};

/// How blocks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// By indentation: `try:`, `except …:`.
    Indented,
    /// In braces: `try { } catch { }`.
    Braced,
}

impl Language {
    /// That of a program, or of a step's shell.
    pub fn of(program: &str) -> Option<Self> {
        match program.split_whitespace().next().unwrap_or_default() {
            "python" | "python3" => Some(Self::Indented),
            "node" | "deno" | "bun" | "pwsh" | "powershell" => Some(Self::Braced),
            _ => None,
        }
    }
}

/// A block whose failure is caught and goes nowhere.
struct Swallowed {
    /// Its lines, by their place in the text.
    lines: std::ops::Range<usize>,
    /// The line that catches.
    catch: usize,
}

/// What an action's script swallows (`actions/github-script`).
pub(super) fn of_action(step: &Step, file: &Path) -> Vec<Hollow> {
    let is_script =
        step.uses.as_ref().is_some_and(|uses| syntax::action_name(uses) == "actions/github-script");
    let script = step.input("script").filter(|_| is_script);
    script.map(|script| of_text(script, Language::Braced, file)).unwrap_or_default()
}

/// What a step's own script in such a language swallows.
pub(super) fn of_text(text: &Text, language: Language, file: &Path) -> Vec<Hollow> {
    swallowed(&text.value, syntax::line(text), language, file)
}

/// What the scripts that a shell script gives to interpreters swallow (`python3 - <<EOF`, `node -e '…'`).
pub(super) fn of_commands(commands: &[ShellCommand], file: &Path) -> Vec<Hollow> {
    let of_command = |command: &ShellCommand| {
        let Some(call) = Call::of(command) else { return Vec::new() };
        let Some(language) = Language::of(call.program) else { return Vec::new() };
        let given = ["-c", "-e", "-Command"].iter().find_map(|option| {
            let place = call.written.iter().position(|word| word == option)?;
            call.written.get(place + 1)
        });
        let given = given.map(|script| (unquoted(script).to_owned(), command.line));
        let scripts = command.heredocs.iter().cloned().chain(given);
        scripts.flat_map(|(text, line)| swallowed(&text, line, language, file)).collect()
    };
    commands.iter().flat_map(of_command).collect()
}

fn swallowed(text: &str, first: u32, language: Language, file: &Path) -> Vec<Hollow> {
    let lines: Vec<&str> = text.lines().collect();
    let blocks = match language {
        Language::Indented => indented(&lines),
        Language::Braced => braced(text),
    };
    let number = |place: usize| first.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
    let mut found: Vec<Hollow> = Vec::new();
    for block in blocks {
        for place in block.lines {
            let Some((line, kind)) = lines.get(place).and_then(|line| Some((line.trim(), does(line)?)))
            else {
                continue;
            };
            let at = Location { file: file.to_owned(), line: number(place) };
            if found.iter().all(|known| known.at != at) {
                let what = line.chars().take(120).collect();
                let why = format!(
                    "the exception is swallowed (line {}): its failure stops nothing",
                    number(block.catch)
                );
                found.push(Hollow { step: Some(kind), what, why, at });
            }
        }
    }
    found
}

/// What a line of a script does for the release, by the programs that it names.
fn does(line: &str) -> Option<StepKind> {
    if line.trim_start().starts_with(['#', '/']) {
        return None;
    }
    let words: Vec<&str> = line
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .collect();
    let has = |first: &str, then: &[&str]| {
        let mut pairs = words.windows(2);
        pairs.any(|pair| pair[0] == first && then.contains(&pair[1]))
    };
    if has("cosign", &["sign", "verify", "verify-attestation"]) {
        Some(StepKind::Sign)
    } else if has("cosign", &["attest", "attach"]) || words.contains(&"syft") {
        Some(StepKind::Sbom)
    } else if has("trivy", &["image", "i"]) || words.contains(&"grype") || has("docker", &["scout"]) {
        Some(StepKind::Scan)
    } else if has("docker", &["push"]) {
        Some(StepKind::Push)
    } else {
        None
    }
}

/// Whether what is done with an exception ends the script all the same.
fn ends(handler: &str) -> bool {
    const WORDS: [&str; 8] = ["raise", "throw", "exit", "_exit", "abort", "setFailed", "exitCode", "reject"];
    handler.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| WORDS.contains(&word))
}

/// `try:` blocks of which an `except` goes on.
fn indented(lines: &[&str]) -> Vec<Swallowed> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    // A block goes to the next line that is no deeper than what opens it.
    let end = |open: usize| {
        let deep = indent(lines[open]);
        (open + 1..lines.len())
            .find(|place| !lines[*place].trim().is_empty() && indent(lines[*place]) <= deep)
            .unwrap_or(lines.len())
    };
    let mut found = Vec::new();
    for open in (0..lines.len()).filter(|place| lines[*place].trim() == "try:") {
        let body = open + 1..end(open);
        let mut next = body.end;
        while let Some(line) = lines.get(next).filter(|line| indent(line) == indent(lines[open])) {
            let is_except = line.trim_start().starts_with("except");
            if !is_except && !["else:", "finally:"].contains(&line.trim()) {
                break;
            }
            let handler = lines[next..end(next)].join("\n");
            if is_except && !ends(&handler) {
                found.push(Swallowed { lines: body.clone(), catch: next });
                break;
            }
            next = end(next);
        }
    }
    found
}

/// `try { … }` blocks whose `catch` goes on.
fn braced(text: &str) -> Vec<Swallowed> {
    let line_of = |at: usize| text[..at].matches('\n').count();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("try") {
        let before = text[..at].chars().next_back();
        let Some(open) = after_space(text, at + 3).filter(|open| text[*open..].starts_with('{')) else {
            continue;
        };
        let Some(close) = closing(text, open).filter(|_| !before.is_some_and(char::is_alphanumeric)) else {
            continue;
        };
        let Some(catch) = after_space(text, close + 1).filter(|catch| text[*catch..].starts_with("catch"))
        else {
            continue;
        };
        let Some(handler) = text[catch..].find('{').map(|from| catch + from) else { continue };
        let Some(end) = closing(text, handler) else { continue };
        if !ends(&text[handler..end]) {
            found.push(Swallowed { lines: line_of(open)..line_of(close) + 1, catch: line_of(catch) });
        }
    }
    found
}

/// The place of the next character that is no space.
fn after_space(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    Some(from + rest.find(|c: char| !c.is_whitespace())?)
}

/// The brace that closes the one at `open`.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in text[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}
