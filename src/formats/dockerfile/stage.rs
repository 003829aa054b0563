//! One stage of a Dockerfile: what it declares, and the variables in it.

use std::collections::BTreeMap;

use super::expand::{self, Scope};
use super::lines::{Instruction, exec_form, words};
use crate::model::{Located, Location};

/// What a stage has after its instructions so far; a stage made from it begins with all of this.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    /// In lower case.
    pub name: Option<String>,
    pub user: Option<Located<String>>,
    pub healthcheck: Option<Located<Vec<String>>>,
    pub labels: BTreeMap<String, Located<String>>,
    pub entrypoint: Option<Located<Vec<String>>>,
    pub cmd: Option<Located<Vec<String>>>,
    /// What `ONBUILD` keeps for the stages made from this one.
    pub on_build: Vec<Instruction>,
    shell: Option<Vec<String>>,
    env: Scope,
    args: Scope,
}

impl Stage {
    /// The same under a name of its own, or none.
    pub fn named(self, name: Option<String>) -> Self {
        Self { name, ..self }
    }

    /// Applies an instruction that stands in a stage.
    pub fn apply(&mut self, instruction: &Instruction, at: &Location, escape: char) -> Result<(), String> {
        let rest = instruction.rest.trim();
        let expand = |text: &str, stage: &Self| expand::word(text, &|name| stage.value(name), escape);
        match instruction.name.as_str() {
            "ENV" => {
                let pairs = pairs(rest, escape, |text| expand(text, self))?;
                self.env.extend(pairs);
            }
            "LABEL" => {
                let pairs = pairs(rest, escape, |text| expand(text, self))?;
                let located = |(name, value)| (name, Located { value, at: at.clone() });
                self.labels.extend(pairs.into_iter().map(located));
            }
            "USER" => {
                let value = expand(rest, self)?;
                if value.trim().is_empty() {
                    return Err(format!("`USER {rest}` names no user"));
                }
                self.user = Some(Located { value, at: at.clone() });
            }
            "HEALTHCHECK" => self.healthcheck = Some(Located { value: healthcheck(rest)?, at: at.clone() }),
            "ENTRYPOINT" => {
                let value = exec_form(rest).unwrap_or_else(|| self.in_shell(rest));
                self.entrypoint = Some(Located { value, at: at.clone() });
            }
            "CMD" => {
                let value = exec_form(rest).unwrap_or_else(|| self.in_shell(rest));
                self.cmd = Some(Located { value, at: at.clone() });
            }
            "SHELL" => match exec_form(rest) {
                Some(shell) if !shell.is_empty() => self.shell = Some(shell),
                _ => return Err("SHELL wants a list, as in [\"/bin/bash\", \"-c\"]".to_owned()),
            },
            _ => {}
        }
        Ok(())
    }

    /// An `ARG` of this stage; what `ENV` sets wins over it.
    pub fn set_arg(&mut self, name: String, value: String) {
        self.args.insert(name, value);
    }

    /// The value of a variable here.
    pub fn value(&self, name: &str) -> Option<String> {
        self.env.get(name).or_else(|| self.args.get(name)).cloned()
    }

    fn in_shell(&self, command: &str) -> Vec<String> {
        let mut words = self.shell.clone().unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned()]);
        words.push(command.to_owned());
        words
    }
}

/// The test as a config would hold it (docker-image-spec).
fn healthcheck(rest: &str) -> Result<Vec<String>, String> {
    let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = command.trim();
    match kind.to_ascii_uppercase().as_str() {
        "NONE" if command.is_empty() => Ok(vec!["NONE".to_owned()]),
        "NONE" => Err("HEALTHCHECK NONE takes nothing".to_owned()),
        "CMD" => match exec_form(command) {
            Some(words) if words.is_empty() => Err("HEALTHCHECK CMD without a command".to_owned()),
            Some(words) => Ok([vec!["CMD".to_owned()], words].concat()),
            None if command.is_empty() => Err("HEALTHCHECK CMD without a command".to_owned()),
            None => Ok(vec!["CMD-SHELL".to_owned(), command.to_owned()]),
        },
        _ => Err("HEALTHCHECK wants `CMD …` or `NONE`".to_owned()),
    }
}

/// `name=value …`, or the old `name value`.
fn pairs(
    rest: &str,
    escape: char,
    expand: impl Fn(&str) -> Result<String, String>,
) -> Result<Vec<(String, String)>, String> {
    let words = words(rest, escape);
    if words.first().is_some_and(|first| !first.contains('=')) {
        let (name, value) = rest.split_once(char::is_whitespace).ok_or("it wants `name=value`")?;
        return Ok(vec![(expand(name)?, expand(value.trim())?)]);
    }
    if words.is_empty() {
        return Err("it wants `name=value`".to_owned());
    }
    let pair = |word: &String| {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is no `name=value`"))?;
        Ok((expand(name)?, expand(value)?))
    };
    words.iter().map(pair).collect()
}
