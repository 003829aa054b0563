//! The commands of a `run:` block, and whether the failure of each could stop it.

use std::collections::BTreeMap;

use shuck_ast::{
    Assignment, AssignmentValue, BinaryCommand, BinaryOp, BuiltinCommand, Command, CompoundCommand,
    DeclClause, DeclOperand, IfCommand, SimpleCommand, Span, Stmt, StmtSeq, StmtTerminator, Word,
    static_word_text,
};

use super::ending::{self, ends_in_failure};
use super::expression::{self, Part};
use super::substitution;
use super::syntax::{self, Text};

/// One command with its words, as far as they are written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShellCommand {
    /// The program and its arguments; a word that is not written out is empty.
    pub words: Vec<String>,
    /// The same words as they are written, quotes, variables and expressions included.
    pub written: Vec<String>,
    /// The variables that are set before it, or instead of one, as they are written.
    pub assigned: Vec<(String, String)>,
    /// The line in the file.
    pub line: u32,
    /// Why its failure cannot stop the step.
    pub disarmed: Option<String>,
    /// What gets its output, and can fail by it.
    pub reader: Option<Reader>,
    /// It runs only where something else turned out so: in a branch, a loop, behind `&&` or `||`.
    pub is_conditional: bool,
    /// The texts that it is given (`<<EOF`), each with its first line.
    pub heredocs: Vec<(String, u32)>,
}

/// What gets the output of a command: the one behind it in a pipe, or the one around `$(…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    pub program: String,
    /// Why its own failure cannot stop the step.
    pub disarmed: Option<String>,
}

impl ShellCommand {
    /// Why nobody notices that it fails: what it prints is not looked at either, by one of these programs.
    pub fn unnoticed(&self, lookers: &[&str]) -> Option<&str> {
        let looks = |reader: &&Reader| lookers.contains(&reader.program.as_str());
        match self.reader.as_ref().filter(looks) {
            Some(reader) => reader.disarmed.as_deref(),
            None => self.disarmed.as_deref(),
        }
    }

    /// Whether it only sets variables.
    pub fn is_assignment(&self) -> bool {
        self.written.first().is_none_or(String::is_empty)
    }
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
    if run.value.len() > LENGTH {
        return Err(format!("a `run` of more than {LENGTH} bytes: not read, so nothing in it counts"));
    }
    let source = mask(&run.value);
    let parsed = shuck_parser::parser::Parser::new(&source).parse();
    if !parsed.is_ok() {
        return Err("a `run` that is no shell script to its end: nothing in it counts".to_owned());
    }
    let mut walk = Walk {
        source: &source,
        written: &run.value,
        first_line: syntax::line(run),
        errexit: shell.is_none_or(|shell| !shell.contains("{0}") || has_errexit(shell)),
        // GitHub's default is `bash -e`; only `shell: bash` adds pipefail.
        pipefail: shell == Some("bash") || shell.is_some_and(|shell| shell.contains("pipefail")),
        last_failure: ending::last_failure(&source).unwrap_or_default(),
        functions: BTreeMap::new(),
        given: Vec::new(),
        conditions: 0,
        depth: 0,
        is_too_deep: false,
        found: Vec::new(),
    };
    walk.sequence(&parsed.file.body, None, true);
    if walk.is_too_deep {
        return Err("a `run` that is nested too deep: nothing in it counts".to_owned());
    }
    Ok(walk.found)
}

/// Larger scripts and deeper nesting are not read.
const LENGTH: usize = 64 * 1024;
const DEPTH: usize = 200;

/// Whether a shell's template of one's own turns errexit on.
fn has_errexit(shell: &str) -> bool {
    shell.split_whitespace().any(|word| {
        word == "errexit" || (word.starts_with('-') && !word.starts_with("--") && word.contains('e'))
    })
}

/// `${{ … }}` is not shell: its bytes become `_`, so that everything stays in its place.
fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in expression::parts(text) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Expression { whole, .. } => {
                out.extend(whole.bytes().map(|byte| if byte == b'\n' { '\n' } else { '_' }));
            }
        }
    }
    out
}

/// The arguments of a function, with the line where it gets them.
type Given = (Vec<String>, Vec<String>, u32);

struct Walk<'a> {
    source: &'a str,
    /// The source before expressions were masked: every byte has its place in both.
    written: &'a str,
    first_line: u32,
    errexit: bool,
    pipefail: bool,
    /// Where it says for the last time that it fails.
    last_failure: usize,
    /// What a function runs counts where it is called.
    functions: BTreeMap<String, &'a Stmt>,
    /// What the functions that are walked were given: words, the same as they are written, the line.
    given: Vec<Given>,
    /// How many conditions stand around.
    conditions: usize,
    depth: usize,
    is_too_deep: bool,
    found: Vec<ShellCommand>,
}

impl<'a> Walk<'a> {
    /// `is_last`: its exit code is the script's.
    fn sequence(&mut self, sequence: &'a StmtSeq, swallowed: Option<&str>, is_last: bool) {
        let last = sequence.stmts.len().saturating_sub(1);
        for (place, stmt) in sequence.stmts.iter().enumerate() {
            let is_last = is_last && place == last;
            let unnoticed = (!self.errexit && !is_last && !ending::asks_for_code(self.after(stmt.span)))
                .then_some("errors do not end the script (no `set -e`)");
            let background = matches!(stmt.terminator, Some(StmtTerminator::Background(_)))
                .then_some("it runs in the background, nobody asks for its exit code");
            let negated = stmt.negated.then_some("`!` turns its exit code around");
            self.statement(stmt, swallowed.or(unnoticed).or(background).or(negated), is_last);
        }
    }

    fn statement(&mut self, stmt: &'a Stmt, swallowed: Option<&str>, is_last: bool) {
        if self.depth >= DEPTH {
            self.is_too_deep = true;
            return;
        }
        self.depth += 1;
        match &stmt.command {
            Command::Simple(simple) => self.simple(simple, stmt, swallowed, is_last),
            Command::Binary(binary) => self.binary(binary, swallowed, is_last),
            Command::Compound(compound) => self.compound(compound, swallowed, is_last),
            Command::Function(function) => {
                for name in function.static_names() {
                    self.functions.insert(name.as_str().to_owned(), &function.body);
                }
            }
            Command::Decl(clause) => self.declaration(clause),
            Command::Builtin(BuiltinCommand::Exit(exit)) => self.exit(exit.code.as_ref(), exit.span),
            Command::Builtin(_) | Command::AnonymousFunction(_) => {}
        }
        self.depth -= 1;
    }

    /// The script after a piece of it, where it still ends in a failure somewhere.
    fn after(&self, span: Span) -> &'a str {
        let from = span.end.offset();
        if self.last_failure < from { "" } else { self.source.get(from..).unwrap_or_default() }
    }

    /// An `exit` that fails is a command like any other: what comes after it comes only where nothing was wrong.
    fn exit(&mut self, code: Option<&Word>, span: Span) {
        let code = code.map(|code| self.as_written(code)).unwrap_or_default();
        if code != "0" {
            self.found.push(ShellCommand {
                words: vec!["exit".to_owned()],
                written: vec!["exit".to_owned()],
                assigned: Vec::new(),
                line: self.line(span),
                disarmed: None,
                reader: None,
                is_conditional: self.conditions > 0,
                heredocs: Vec::new(),
            });
        }
    }

    fn simple(&mut self, simple: &'a SimpleCommand, stmt: &'a Stmt, swallowed: Option<&str>, is_last: bool) {
        let text =
            |word| static_word_text(word, self.source).map(std::borrow::Cow::into_owned).unwrap_or_default();
        let mut words: Vec<String> = std::iter::once(&simple.name).chain(&simple.args).map(text).collect();
        let all = std::iter::once(&simple.name).chain(&simple.args);
        let mut written: Vec<String> = all.map(|word| self.as_written(word)).collect();
        let mut line = self.line(simple.span);
        self.unwrap_given(&mut words, &mut written, &mut line);
        self.options(&words);
        if let Some(body) = words.first().and_then(|name| self.functions.get(name).copied()) {
            if self.found.len() < COMMANDS {
                self.given.push((words.split_off(1), written.split_off(1), line));
                self.statement(body, swallowed, is_last);
                self.given.pop();
            }
            return;
        }
        self.substitutions(simple, words.first().map_or("", String::as_str), swallowed);
        let assigned = simple.assignments.iter().filter_map(|assignment| self.assigned(assignment)).collect();
        let disarmed = swallowed.map(str::to_owned);
        let heredocs = stmt.redirects.iter().filter_map(|redirect| {
            let body = redirect.heredoc()?.body.span;
            let range = body.start.offset()..body.end.offset();
            Some((self.written.get(range)?.to_owned(), self.line(body)))
        });
        let heredocs = heredocs.collect();
        let is_conditional = self.conditions > 0;
        let reader = None;
        self.found.push(ShellCommand {
            words,
            written,
            assigned,
            line,
            disarmed,
            reader,
            is_conditional,
            heredocs,
        });
    }

    /// A function that runs what it is given (`retry docker push x`, in it `"$@"`): that is the command, in its caller's line.
    fn unwrap_given(&self, words: &mut Vec<String>, written: &mut Vec<String>, line: &mut u32) {
        let runs_given = matches!(written.first().map(String::as_str), Some("\"$@\"" | "$@" | "\"${@}\""));
        let Some((given, given_written, from)) = self.given.last().filter(|_| runs_given) else { return };
        // How often, how long: what comes before the program.
        let first = given.iter().take_while(|word| word.parse::<u32>().is_ok()).count();
        words.splice(..1, given[first..].iter().cloned());
        written.splice(..1, given_written[first..].iter().cloned());
        *line = *from;
    }

    /// The scripts in the words of a command. What only sets a variable ends as the script that gives its value; of any
    /// other command the output of that counts, and not how it ended.
    fn substitutions(&mut self, simple: &'a SimpleCommand, program: &str, swallowed: Option<&str>) {
        let values = simple.assignments.iter().filter_map(|assignment| match &assignment.value {
            AssignmentValue::Scalar(word) => Some(word),
            AssignmentValue::Compound(_) => None,
        });
        let bodies: Vec<&StmtSeq> = values.flat_map(substitution::of_word).collect();
        if self.as_written(&simple.name).is_empty() {
            for body in bodies {
                self.sequence(body, swallowed, true);
            }
            return;
        }
        let words = std::iter::once(&simple.name).chain(&simple.args);
        for body in bodies.into_iter().chain(words.flat_map(substitution::of_word)) {
            self.read_by(program, body, swallowed);
        }
    }

    /// A script whose output is all that a program gets of it.
    fn read_by(&mut self, program: &str, body: &'a StmtSeq, swallowed: Option<&str>) {
        let first = self.found.len();
        self.sequence(body, Some("its exit code is lost in `$(…)`"), true);
        let reader = Reader { program: program.to_owned(), disarmed: swallowed.map(str::to_owned) };
        if let Some(last) = self.found[first..].last_mut().filter(|last| last.reader.is_none()) {
            last.reader = Some(reader);
        }
    }

    /// `export NAME=value` and the like.
    fn declaration(&mut self, clause: &'a DeclClause) {
        for operand in &clause.operands {
            let DeclOperand::Assignment(assignment) = operand else { continue };
            if let AssignmentValue::Scalar(word) = &assignment.value {
                for body in substitution::of_word(word) {
                    self.read_by(clause.variant.as_str(), body, None);
                }
            }
            let assigned: Vec<_> = self.assigned(assignment).into_iter().collect();
            self.found.push(ShellCommand {
                words: Vec::new(),
                written: Vec::new(),
                assigned,
                line: self.line(clause.span),
                disarmed: None,
                reader: None,
                is_conditional: self.conditions > 0,
                heredocs: Vec::new(),
            });
        }
    }

    /// A variable with its value as it is written.
    fn assigned(&self, assignment: &Assignment) -> Option<(String, String)> {
        match &assignment.value {
            AssignmentValue::Scalar(word) => {
                Some((assignment.target.name.as_str().to_owned(), self.as_written(word)))
            }
            AssignmentValue::Compound(_) => None,
        }
    }

    /// The line of the file where a piece of script begins.
    fn line(&self, span: Span) -> u32 {
        let within = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        self.first_line.saturating_add(within.saturating_sub(1))
    }

    /// What runs only where something else turned out so.
    fn on_condition(&mut self, walk: impl FnOnce(&mut Self)) {
        self.conditions += 1;
        walk(self);
        self.conditions -= 1;
    }

    fn as_written(&self, word: &Word) -> String {
        let range = word.span.start.offset()..word.span.end.offset();
        self.written.get(range).unwrap_or_default().to_owned()
    }

    fn binary(&mut self, binary: &'a BinaryCommand, swallowed: Option<&str>, is_last: bool) {
        match binary.op {
            BinaryOp::Or => {
                let why = self.alternative(&binary.right, self.after(binary.right.span));
                self.statement(&binary.left, swallowed.or(why.as_deref()), is_last);
                self.on_condition(|walk| walk.statement(&binary.right, swallowed, is_last));
            }
            BinaryOp::And => {
                // bash(1), `set -e`: only the last command of an `&&` list ends the script.
                let right = binary.right.span;
                let is_decided = ending::decides(right.slice(self.source), self.after(right));
                let passed_over = (!is_last && !is_decided).then_some(BEFORE_AND);
                self.statement(&binary.left, swallowed.or(passed_over), is_last);
                self.on_condition(|walk| walk.statement(&binary.right, swallowed, is_last));
            }
            BinaryOp::Pipe | BinaryOp::PipeAll => {
                let asks = ending::asks_for_code(self.after(binary.right.span));
                let piped =
                    (!self.pipefail && !asks).then_some("its exit code is lost in a pipe (no pipefail)");
                self.statement(&binary.left, swallowed.or(piped), is_last);
                let right = self.found.len();
                self.statement(&binary.right, swallowed, is_last);
                self.read_by_next(right);
            }
        }
    }

    /// The command before this place is piped into the one at it.
    fn read_by_next(&mut self, place: usize) {
        let Some((before, after)) = self.found.split_at_mut_checked(place) else { return };
        if let (Some(left), Some(right)) = (before.last_mut(), after.first()) {
            let program = right.words.first().cloned().unwrap_or_default();
            left.reader = Some(Reader { program, disarmed: right.disarmed.clone() });
        }
    }

    /// What follows `||`: does it end the script all the same?
    fn alternative(&self, right: &Stmt, after: &str) -> Option<String> {
        let text = right.span.slice(self.source).trim();
        let first = text.lines().next().unwrap_or_default();
        (!ends_in_failure(text) && !ending::keeps(text, after))
            .then(|| format!("`|| {first}` swallows its failure"))
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

    fn compound(&mut self, compound: &'a CompoundCommand, swallowed: Option<&str>, is_last: bool) {
        match compound {
            CompoundCommand::If(branches) => self.branches(branches, swallowed, is_last),
            CompoundCommand::While(looped) => self.looped(&looped.condition, &looped.body, true, swallowed),
            CompoundCommand::Until(looped) => self.looped(&looped.condition, &looped.body, false, swallowed),
            CompoundCommand::For(looped) => self.sequence(&looped.body, swallowed, false),
            CompoundCommand::ArithmeticFor(looped) => self.sequence(&looped.body, swallowed, false),
            CompoundCommand::Case(cases) => {
                for case in &cases.cases {
                    self.on_condition(|walk| walk.sequence(&case.body, swallowed, is_last));
                }
            }
            // Options that a subshell sets end with it.
            CompoundCommand::Subshell(body) => {
                let options = (self.errexit, self.pipefail);
                self.sequence(body, swallowed, is_last);
                (self.errexit, self.pipefail) = options;
            }
            CompoundCommand::Conditional(conditional) => {
                for body in substitution::of_condition(&conditional.expression) {
                    self.read_by("[[", body, swallowed);
                }
            }
            CompoundCommand::BraceGroup(body) => self.sequence(body, swallowed, is_last),
            CompoundCommand::Time(timed) => {
                if let Some(stmt) = &timed.command {
                    self.statement(stmt, swallowed, is_last);
                }
            }
            _ => {}
        }
    }

    fn looped(&mut self, condition: &'a StmtSeq, body: &'a StmtSeq, negated: bool, swallowed: Option<&str>) {
        match condition.stmts.as_slice() {
            // `until push; do …`: nothing comes after it before that succeeded, unless the loop is left.
            [only] if only.negated == negated && !ending::leaves(body.span.slice(self.source)) => {
                self.statement(only, swallowed, true);
            }
            _ => self.sequence(condition, swallowed.or(Some(CONDITION)), false),
        }
        self.on_condition(|walk| walk.sequence(body, swallowed, false));
    }

    fn branches(&mut self, branches: &'a IfCommand, swallowed: Option<&str>, is_last: bool) {
        let fails = |branch: &StmtSeq| ends_in_failure(branch.span.slice(self.source));
        // `if ! scan; then exit 1; fi` and `if scan; then …; else exit 1; fi` stop all the same.
        let guarded = match branches.condition.stmts.as_slice() {
            [only] if only.negated && fails(&branches.then_branch) => Some(only),
            [only] if !only.negated && branches.else_branch.as_ref().is_some_and(fails) => Some(only),
            _ => None,
        };
        let text = branches.span.slice(self.source);
        if let Some(condition) = guarded {
            self.statement(condition, swallowed, true);
        } else if ending::decides(text, self.after(branches.span)) {
            self.sequence(&branches.condition, swallowed, true);
        } else {
            self.sequence(&branches.condition, swallowed.or(Some(CONDITION)), false);
        }
        self.on_condition(|walk| walk.chosen(branches, swallowed, is_last));
    }

    fn chosen(&mut self, branches: &'a IfCommand, swallowed: Option<&str>, is_last: bool) {
        self.sequence(&branches.then_branch, swallowed, is_last);
        for (condition, branch) in &branches.elif_branches {
            self.sequence(condition, swallowed.or(Some(CONDITION)), false);
            self.sequence(branch, swallowed, is_last);
        }
        if let Some(branch) = &branches.else_branch {
            self.sequence(branch, swallowed, is_last);
        }
    }
}

const BEFORE_AND: &str = "before `&&` its failure does not end the script";
const CONDITION: &str = "it is the condition of an `if` or loop: its failure only chooses the branch";

/// A failure that does not end the script, but decides what runs next.
pub(super) const DECIDES: [&str; 2] = [BEFORE_AND, CONDITION];

/// Functions that call functions are followed until this many commands.
const COMMANDS: usize = 10_000;
