//! A Dockerfile as instructions: directives, comments, continuation lines, heredocs (as BuildKit's parser has them).

/// One instruction, with the line where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instruction {
    /// From 1.
    pub line: u32,
    /// In capitals.
    pub name: String,
    /// Flags such as `--from=builder`, as written.
    pub flags: Vec<String>,
    /// The rest, continuation lines joined.
    pub rest: String,
}

/// The escape character and the instructions.
pub(super) fn instructions(text: &str) -> (char, Vec<Instruction>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let escape = escape(&lines);
    let mut instructions = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let start = at;
        let Some(joined) = join(&lines, &mut at, escape) else { continue };
        skip_heredocs(&joined, &lines, &mut at);
        if let Some(instruction) = split(&joined, u32::try_from(start + 1).unwrap_or(u32::MAX)) {
            instructions.push(instruction);
        }
    }
    (escape, instructions)
}

/// The `# escape=` directive, which may only stand before everything else.
fn escape(lines: &[&str]) -> char {
    for line in lines {
        let Some(directive) = line.trim().strip_prefix('#') else { break };
        let Some((name, value)) = directive.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// A logical line from `at` on; moves `at` behind it. Comments and empty lines between continuation
/// lines do not end it.
fn join(lines: &[&str], at: &mut usize, escape: char) -> Option<String> {
    let first = lines[*at];
    *at += 1;
    if is_comment(first) || first.trim().is_empty() {
        return None;
    }
    let mut joined = String::new();
    let mut line = first;
    loop {
        let trimmed = line.trim_end();
        match trimmed.strip_suffix(escape) {
            Some(continued) => joined.push_str(continued),
            None => {
                joined.push_str(trimmed);
                break;
            }
        }
        while *at < lines.len() && (is_comment(lines[*at]) || lines[*at].trim().is_empty()) {
            *at += 1;
        }
        let Some(next) = lines.get(*at) else { break };
        line = next;
        *at += 1;
    }
    Some(joined)
}

/// The bodies of heredocs that a RUN, COPY or ADD begins: no instructions.
fn skip_heredocs(joined: &str, lines: &[&str], at: &mut usize) {
    let name = joined.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    if !matches!(name.as_str(), "RUN" | "COPY" | "ADD" | "ONBUILD") {
        return;
    }
    for (tabs, word) in heredocs(joined) {
        while let Some(line) = lines.get(*at) {
            *at += 1;
            let line = if tabs { line.trim_start_matches('\t') } else { line };
            if line == word {
                break;
            }
        }
    }
}

/// `<<EOF`, `<<-"EOF"`, several in a line; not `<<<`.
fn heredocs(line: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find("<<") {
        let before = rest[..start].chars().next_back();
        rest = &rest[start + 2..];
        if rest.starts_with('<') {
            rest = rest.trim_start_matches('<');
            continue;
        }
        if !before.is_none_or(|c| c.is_whitespace() || c.is_ascii_digit() || c == '(') {
            continue;
        }
        let (tabs, word) = match rest.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, rest),
        };
        let end = word
            .find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | ')' | '>'))
            .unwrap_or(word.len());
        let word = word[..end].trim_matches(['"', '\'']);
        let is_word = !word.is_empty()
            && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
        if is_word && !word.starts_with(|c: char| c.is_ascii_digit()) {
            found.push((tabs, word.to_owned()));
        }
    }
    found
}

fn split(joined: &str, line: u32) -> Option<Instruction> {
    let joined = joined.trim();
    let (name, mut rest) = joined.split_once(char::is_whitespace).unwrap_or((joined, ""));
    let name = name.to_ascii_uppercase();
    if name.is_empty() {
        return None;
    }
    let mut flags = Vec::new();
    rest = rest.trim();
    while rest.starts_with("--") {
        let (flag, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if flag == "--" {
            break;
        }
        flags.push(flag.to_owned());
        rest = after.trim_start();
    }
    Some(Instruction { line, name, flags, rest: rest.to_owned() })
}

/// Words of a shell-form argument: quotes and escapes kept, split at spaces outside them.
pub(super) fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut chars) = (None, text.chars());
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), c) if c == escape => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// An exec form (`["a", "b"]`), if it is one.
pub(super) fn exec_form(rest: &str) -> Option<Vec<String>> {
    if !rest.trim_start().starts_with('[') {
        return None;
    }
    serde_json::from_str(rest.trim()).ok()
}
