//! Variables in a Dockerfile: `$x`, `${x}`, `${x:-y}`, `${x:+y}`, `${x-y}`, `${x+y}`, `${x:?e}`, `${x#p}`, `${x##p}`,
//! `${x%p}`, `${x%%p}`, `${x/a/b}`, `${x//a/b}`, with quotes and escapes taken away (BuildKit `shell/lex.go`).

use std::collections::BTreeMap;

/// The values of variables at one place.
pub(super) type Scope = BTreeMap<String, String>;

/// The longest value, in bytes, and the deepest nesting: a file can double a value with every line.
const LENGTH: usize = 64 * 1024;
const DEPTH: usize = 32;
/// The longest value that patterns are tried on, in characters: each end of it is tried.
const PATTERN_LENGTH: usize = 4096;

/// Expands one word with what `lookup` knows.
pub(super) fn word(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    escape: char,
) -> Result<String, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut expander = Expander { chars: &chars, at: 0, lookup, escape, depth: 0 };
    expander.run(None)
}

struct Expander<'a> {
    chars: &'a [char],
    at: usize,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    escape: char,
    depth: usize,
}

impl Expander<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += 1;
        c
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Up to `until` outside quotes, or to the end.
    fn run(&mut self, until: Option<char>) -> Result<String, String> {
        if self.depth > DEPTH {
            return Err(format!("variables nested more than {DEPTH} deep"));
        }
        self.depth += 1;
        let expanded = self.expand(until);
        self.depth -= 1;
        expanded
    }

    fn expand(&mut self, until: Option<char>) -> Result<String, String> {
        let mut out = String::new();
        let mut double = false;
        while let Some(c) = self.peek() {
            if Some(c) == until && !double {
                return Ok(out);
            }
            if out.len() > LENGTH {
                return Err(format!("a value of more than {LENGTH} bytes"));
            }
            self.at += 1;
            match c {
                '\'' if !double => loop {
                    match self.next() {
                        Some('\'') => break,
                        Some(c) => out.push(c),
                        None => return Err("a quote `'` does not end".to_owned()),
                    }
                },
                '"' => double = !double,
                '$' => out.push_str(&self.variable()?),
                c if c == self.escape => match self.next() {
                    Some(c) if double && !matches!(c, '"' | '$') && c != self.escape => {
                        out.extend([self.escape, c]);
                    }
                    Some(c) => out.push(c),
                    None => out.push(c),
                },
                c => out.push(c),
            }
        }
        match until {
            _ if double => Err("a quote `\"` does not end".to_owned()),
            _ if out.len() > LENGTH => Err(format!("a value of more than {LENGTH} bytes")),
            Some(until) => Err(format!("`{until}` is missing")),
            None => Ok(out),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.at += 1;
            // `$1` is one digit.
            if name.len() == 1 && c.is_ascii_digit() {
                break;
            }
        }
        name
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    fn variable(&mut self) -> Result<String, String> {
        if self.peek() != Some('{') {
            let name = self.name();
            return Ok(if name.is_empty() { "$".to_owned() } else { self.value(&name).unwrap_or_default() });
        }
        self.at += 1;
        let name = self.name();
        if name.is_empty() {
            return Err("`${` without a name".to_owned());
        }
        let value = self.value(&name);
        let Some(operator) = self.next() else { return Err(format!("`${{{name}` does not end")) };
        match operator {
            '}' => Ok(value.unwrap_or_default()),
            ':' => {
                let set = value.filter(|value| !value.is_empty());
                let operator = self.next();
                self.alternative(&name, operator, set)
            }
            '-' | '+' | '?' => self.alternative(&name, Some(operator), value),
            '#' | '%' => self.strip(operator, &value.unwrap_or_default()),
            '/' => self.replace(&value.unwrap_or_default()),
            other => Err(format!("`${{{name}{other}…}}` is not supported")),
        }
    }

    fn alternative(
        &mut self,
        name: &str,
        operator: Option<char>,
        value: Option<String>,
    ) -> Result<String, String> {
        let word = self.run(Some('}'))?;
        self.at += 1;
        match (operator, value) {
            (Some('-'), value) => Ok(value.unwrap_or(word)),
            (Some('+'), value) => Ok(value.map(|_| word).unwrap_or_default()),
            (Some('?'), Some(value)) => Ok(value),
            (Some('?'), None) => Err(format!("`{name}` is required: {word}")),
            _ => Err(format!("`${{{name}:…}}` has an operator that is not supported")),
        }
    }

    fn strip(&mut self, operator: char, value: &str) -> Result<String, String> {
        let greedy = self.peek() == Some(operator);
        if greedy {
            self.at += 1;
        }
        let pattern = self.run(Some('}'))?;
        self.at += 1;
        let pattern = glob(&pattern)?;
        let chars: Vec<char> = value.chars().collect();
        if chars.len() > PATTERN_LENGTH {
            return Err(format!("a pattern on a value of more than {PATTERN_LENGTH} characters"));
        }
        let text = |part: &[char]| part.iter().collect::<String>();
        let mut ends: Vec<usize> = (0..=chars.len()).collect();
        if (operator == '#') == greedy {
            ends.reverse();
        }
        for end in ends {
            let (part, kept) = if operator == '#' {
                chars.split_at(end)
            } else {
                let (kept, part) = chars.split_at(end);
                (part, kept)
            };
            if pattern.is_match(&text(part)) {
                return Ok(text(kept));
            }
        }
        Ok(value.to_owned())
    }

    fn replace(&mut self, value: &str) -> Result<String, String> {
        let all = self.peek() == Some('/');
        if all {
            self.at += 1;
        }
        let from = self.run(Some('/'))?;
        self.at += 1;
        let to = self.run(Some('}'))?;
        self.at += 1;
        let pattern = regex::Regex::new(&glob_source(&from)).map_err(|error| error.to_string())?;
        let literal = regex::NoExpand(&to);
        Ok(if all { pattern.replace_all(value, literal) } else { pattern.replace(value, literal) }
            .into_owned())
    }
}

fn glob(pattern: &str) -> Result<regex::Regex, String> {
    let anchored = format!("^(?s:{})$", glob_source(pattern));
    regex::Regex::new(&anchored).map_err(|error| format!("the pattern is not usable: {error}"))
}

fn glob_source(pattern: &str) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            c => regex::escape(&c.to_string()),
        })
        .collect()
}
