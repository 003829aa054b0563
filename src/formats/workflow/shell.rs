//! The commands of a `run:` block, and whether the failure of each could stop it.

use shuck_ast::{BinaryOp, Command, CompoundCommand, Stmt, StmtSeq, StmtTerminator, static_word_text};

use super::syntax::{self, Text};

/// One command with its words, as far as they are written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShellCommand {
    /// The program and its arguments; a word that is not written out is empty.
    pub words: Vec<String>,
    /// The line in the file.
    pub line: u32,
    /// Why its failure cannot stop the step.
    pub disarmed: Option<String>,
}

/// The commands of a block.
///
/// # Errors
/// Why it cannot be read: a shell that is no POSIX shell, or text that is no shell.
pub(super) fn commands(run: &Text, shell: Option<&str>) -> Result<Vec<ShellCommand>, String> {
    let kind = shell.map_or("bash", |shell| shell.split_whitespace().next().unwrap_or("bash"));
    if !matches!(kind, "bash" | "sh" | "/bin/bash" | "/bin/sh") {
        return Err(format!("a `run` for the shell `{kind}`: not read, so nothing in it counts"));
    }
    let source = mask(&run.value);
    let parsed = shuck_parser::parser::Parser::new(&source).parse();
    if parsed.terminal_error.is_some() {
        return Err(
            "a `run` that is no shell script: not read to its end, so nothing in it counts".to_owned()
        );
    }
    let mut walk = Walk {
        source: &source,
        first_line: syntax::line(run),
        // GitHub's default is `bash -e`; only `shell: bash` adds pipefail. A template of one's own says itself.
        errexit: shell.is_none_or(|shell| !shell.contains("{0}") || shell.contains("-e")),
        pipefail: shell == Some("bash") || shell.is_some_and(|shell| shell.contains("pipefail")),
        found: Vec::new(),
    };
    walk.sequence(&parsed.file.body, None);
    Ok(walk.found)
}

/// `${{ … }}` is not shell: its characters become `_`, so that every line and column stays.
fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${{") {
        let end = rest[start..].find("}}").map_or(rest.len(), |end| start + end + 2);
        out.push_str(&rest[..start]);
        out.extend(rest[start..end].chars().map(|c| if c == '\n' { '\n' } else { '_' }));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

struct Walk<'a> {
    source: &'a str,
    first_line: u32,
    errexit: bool,
    pipefail: bool,
    found: Vec<ShellCommand>,
}

impl Walk<'_> {
    fn sequence(&mut self, sequence: &StmtSeq, swallowed: Option<&str>) {
        let last = sequence.stmts.len().saturating_sub(1);
        for (place, stmt) in sequence.stmts.iter().enumerate() {
            // Without -e only the last command's exit code is the script's.
            let unnoticed =
                (!self.errexit && place != last).then_some("errors do not end the script (set +e)");
            let background = matches!(stmt.terminator, Some(StmtTerminator::Background(_)))
                .then_some("it runs in the background, nobody asks for its exit code");
            let negated = stmt.negated.then_some("`!` turns its exit code around");
            self.statement(stmt, swallowed.or(unnoticed).or(background).or(negated));
        }
    }

    fn statement(&mut self, stmt: &Stmt, swallowed: Option<&str>) {
        match &stmt.command {
            Command::Simple(simple) => {
                let words = std::iter::once(&simple.name).chain(&simple.args);
                let text = |word| {
                    static_word_text(word, self.source).map(std::borrow::Cow::into_owned).unwrap_or_default()
                };
                let words: Vec<String> = words.map(text).collect();
                self.options(&words);
                let start = simple.span.slice(self.source).as_ptr() as usize - self.source.as_ptr() as usize;
                let line = self.source[..start].matches('\n').count();
                let line = self.first_line + u32::try_from(line).unwrap_or(0);
                self.found.push(ShellCommand { words, line, disarmed: swallowed.map(str::to_owned) });
            }
            Command::Binary(binary) => match binary.op {
                BinaryOp::Or => {
                    let why = self.alternative(&binary.right);
                    self.statement(&binary.left, swallowed.or(why.as_deref()));
                    self.statement(&binary.right, swallowed);
                }
                BinaryOp::And => {
                    self.statement(&binary.left, swallowed);
                    self.statement(&binary.right, swallowed);
                }
                BinaryOp::Pipe | BinaryOp::PipeAll => {
                    let piped = (!self.pipefail).then_some("its exit code is lost in a pipe (no pipefail)");
                    self.statement(&binary.left, swallowed.or(piped));
                    self.statement(&binary.right, swallowed);
                }
            },
            Command::Compound(compound) => self.compound(compound, swallowed),
            Command::Builtin(_) | Command::Decl(_) | Command::Function(_) | Command::AnonymousFunction(_) => {
            }
        }
    }

    /// What follows `||`: does it end the script all the same?
    fn alternative(&self, right: &Stmt) -> Option<String> {
        let text = right.span.slice(self.source).trim();
        let ends =
            ["exit 1", "return 1", "false"].iter().any(|end| text.contains(end)) || text.contains("exit $");
        (!ends).then(|| format!("`|| {}` swallows its failure", text.lines().next().unwrap_or_default()))
    }

    /// `set -e`, `set +e`, `set -o pipefail` …
    fn options(&mut self, words: &[String]) {
        if words.first().map(String::as_str) != Some("set") {
            return;
        }
        let mut words = words[1..].iter();
        while let Some(word) = words.next() {
            let on = word.starts_with('-');
            if word.len() > 1 && (on || word.starts_with('+')) {
                if word.contains('e') {
                    self.errexit = on;
                }
                if word.contains('o') {
                    match words.next().map(String::as_str) {
                        Some("errexit") => self.errexit = on,
                        Some("pipefail") => self.pipefail = on,
                        _ => {}
                    }
                }
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, swallowed: Option<&str>) {
        const CONDITION: &str = "it is the condition of an `if` or loop: its failure only chooses the branch";
        match compound {
            CompoundCommand::If(branches) => {
                self.sequence(&branches.condition, swallowed.or(Some(CONDITION)));
                self.sequence(&branches.then_branch, swallowed);
                for (condition, branch) in &branches.elif_branches {
                    self.sequence(condition, swallowed.or(Some(CONDITION)));
                    self.sequence(branch, swallowed);
                }
                if let Some(branch) = &branches.else_branch {
                    self.sequence(branch, swallowed);
                }
            }
            CompoundCommand::While(looped) => {
                self.sequence(&looped.condition, swallowed.or(Some(CONDITION)));
                self.sequence(&looped.body, swallowed);
            }
            CompoundCommand::Until(looped) => {
                self.sequence(&looped.condition, swallowed.or(Some(CONDITION)));
                self.sequence(&looped.body, swallowed);
            }
            CompoundCommand::For(looped) => self.sequence(&looped.body, swallowed),
            CompoundCommand::ArithmeticFor(looped) => self.sequence(&looped.body, swallowed),
            CompoundCommand::Case(cases) => {
                for case in &cases.cases {
                    self.sequence(&case.body, swallowed);
                }
            }
            CompoundCommand::Subshell(body) | CompoundCommand::BraceGroup(body) => {
                self.sequence(body, swallowed)
            }
            CompoundCommand::Time(timed) => {
                if let Some(stmt) = &timed.command {
                    self.statement(stmt, swallowed);
                }
            }
            _ => {}
        }
    }
}
