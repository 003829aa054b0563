//! Variables in a Dockerfile: `$x`, `${x}`, `${x:-y}`, `${x:+y}`, `${x-y}`, `${x+y}`, `${x:?e}`, `${x#p}`, `${x##p}`,
//! `${x%p}`, `${x%%p}`, `${x/a/b}`, `${x//a/b}`, with quotes and escapes taken away (BuildKit `shell/lex.go`).

use std::collections::BTreeMap;

/// The values of `ARG` and `ENV` at one place of a stage.
pub(super) type Scope = BTreeMap<String, String>;

/// Expands one word.
pub(super) fn word(text: &str, scope: &Scope, escape: char) -> Result<String, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut expander = Expander { chars: &chars, at: 0, scope, escape };
    expander.run(None)
}

struct Expander<'a> {
    chars: &'a [char],
    at: usize,
    scope: &'a Scope,
    escape: char,
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
        let mut out = String::new();
        let mut double = false;
        while let Some(c) = self.peek() {
            if Some(c) == until && !double {
                return Ok(out);
            }
            self.at += 1;
            match c {
                '\'' if !double => {
                    while let Some(c) = self.next().filter(|c| *c != '\'') {
                        out.push(c);
                    }
                }
                '"' => double = !double,
                '$' => out.push_str(&self.variable()?),
                c if c == self.escape => match self.next() {
                    Some(c) if double && !matches!(c, '"' | '$') && c != self.escape => {
                        out.extend([self.escape, c])
                    }
                    Some(c) => out.push(c),
                    None => out.push(c),
                },
                c => out.push(c),
            }
        }
        match until {
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
        self.scope.get(name).cloned()
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
        let pattern = glob(&pattern);
        let chars: Vec<char> = value.chars().collect();
        let cut = |kept: &[char]| kept.iter().collect::<String>();
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
            if matches(&pattern, &text(part)) {
                return Ok(cut(kept));
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

fn glob(pattern: &str) -> Option<regex::Regex> {
    regex::Regex::new(&format!("^(?s:{})$", glob_source(pattern))).ok()
}

fn matches(pattern: &Option<regex::Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
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
