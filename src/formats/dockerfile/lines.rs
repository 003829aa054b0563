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
    /// What is wrong with its lines.
    pub trouble: Option<String>,
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
        let Some(mut instruction) = split(&joined, u32::try_from(start + 1).unwrap_or(u32::MAX)) else {
            continue;
        };
        instruction.trouble = skip_heredocs(&instruction, escape, &lines, &mut at).err();
        instructions.push(instruction);
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
        // An escape character that is escaped itself continues nothing.
        let continued = trimmed.strip_suffix(escape).filter(|before| !before.ends_with(escape));
        joined.push_str(continued.unwrap_or(trimmed));
        if continued.is_none() {
            break;
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

/// Skips the bodies of the heredocs that a RUN, COPY or ADD begins: they are no instructions. A body that
/// does not end is an error of its instruction, and the lines after it are read as instructions.
fn skip_heredocs(
    instruction: &Instruction,
    escape: char,
    lines: &[&str],
    at: &mut usize,
) -> Result<(), String> {
    let is_compound = instruction.name == "ONBUILD";
    let may_have_some = matches!(instruction.name.as_str(), "RUN" | "COPY" | "ADD") || is_compound;
    if !may_have_some || !instruction.rest.contains("<<") || exec_form(&instruction.rest).is_some() {
        return Ok(());
    }
    for (has_tabs, end) in heredocs(&instruction.rest, escape) {
        let is_end = |line: &&str| if has_tabs { line.trim_start_matches('\t') == end } else { *line == end };
        match lines[*at..].iter().position(is_end) {
            Some(length) => *at += length + 1,
            None => return Err(format!("the heredoc <<{end} does not end")),
        }
    }
    Ok(())
}

/// `<<EOF`, `<<-"EOF"`, `3<<EOF`, several in a line; not `<<<`, nor within a longer word or quotes.
fn heredocs(rest: &str, escape: char) -> Vec<(bool, String)> {
    let heredoc = |word: &String| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let (has_tabs, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
        // The shell goes on behind the name without a space: `<<EOF>/out`, `<<EOF)`.
        let is_quoted = name.starts_with(['"', '\'']);
        let end = name.find([';', '&', '|', ')', '>']).filter(|_| !is_quoted).unwrap_or(name.len());
        let name: String = name[..end].chars().filter(|c| !matches!(c, '"' | '\'')).collect();
        (!name.is_empty() && !name.contains('<')).then_some((has_tabs, name))
    };
    words(rest, escape).iter().filter_map(heredoc).collect()
}

pub(super) fn split(joined: &str, line: u32) -> Option<Instruction> {
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
    Some(Instruction { line, name, flags, rest: rest.to_owned(), trouble: None })
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
