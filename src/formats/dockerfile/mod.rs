//! What a Dockerfile declares (after BuildKit's rules): the final or target stage with everything that it inherits.

mod expand;
mod lines;

use std::collections::BTreeMap;
use std::path::Path;

use expand::Scope;
use lines::{Instruction, exec_form, instructions, words};

use crate::model::{Base, Dockerfile, Located, Location};

/// Reads a Dockerfile. What cannot be read costs its own instruction, and is said with its line.
pub fn parse(file: &Path, text: &str, target: Option<&str>, args: &BTreeMap<String, String>) -> Dockerfile {
    let (escape, instructions) = instructions(text);
    let mut reader = Reader {
        file,
        escape,
        args,
        global: predefined(args),
        stages: Vec::new(),
        bases: Vec::new(),
        troubles: Vec::new(),
    };
    for instruction in &instructions {
        reader.instruction(instruction);
    }
    reader.finish(target)
}

/// The `ARG`s that BuildKit knows by itself, as far as they do not depend on the platform.
fn predefined(args: &BTreeMap<String, String>) -> Scope {
    let known = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"];
    args.iter()
        .filter(|(name, _)| known.contains(&name.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

#[derive(Debug, Clone, Default)]
struct Stage {
    name: Option<String>,
    scope: Scope,
    user: Option<Located<String>>,
    healthcheck: Option<Located<Vec<String>>>,
    labels: BTreeMap<String, Located<String>>,
    entrypoint: Option<Located<Vec<String>>>,
}

struct Reader<'a> {
    file: &'a Path,
    escape: char,
    args: &'a BTreeMap<String, String>,
    /// `ARG`s before the first `FROM`.
    global: Scope,
    stages: Vec<Stage>,
    bases: Vec<Located<Base>>,
    troubles: Vec<Located<String>>,
}

impl Reader<'_> {
    fn at(&self, line: u32) -> Location {
        Location { file: self.file.to_owned(), line }
    }

    fn trouble(&mut self, line: u32, text: impl Into<String>) {
        let at = self.at(line);
        self.troubles.push(Located { value: text.into(), at });
    }

    fn expand(&self, text: &str, scope: &Scope) -> Result<String, String> {
        expand::word(text, scope, self.escape)
    }

    fn instruction(&mut self, instruction: &Instruction) {
        let done = match instruction.name.as_str() {
            "FROM" => self.from(instruction),
            "ARG" => self.arg(instruction),
            _ if self.stages.is_empty() => Err(format!("{} before the first FROM", instruction.name)),
            "ENV" => self.env(instruction),
            "USER" => self.user(instruction),
            "LABEL" => self.label(instruction),
            "HEALTHCHECK" => self.healthcheck(instruction),
            "ENTRYPOINT" => self.entrypoint(instruction),
            "RUN" | "CMD" | "EXPOSE" | "ADD" | "COPY" | "VOLUME" | "WORKDIR" | "ONBUILD" | "STOPSIGNAL"
            | "SHELL" | "MAINTAINER" => Ok(()),
            other => Err(format!("`{other}` is no instruction")),
        };
        if let Err(text) = done {
            self.trouble(instruction.line, text);
        }
    }

    fn from(&mut self, instruction: &Instruction) -> Result<(), String> {
        let words = words(&instruction.rest, self.escape);
        let name = match words.as_slice() {
            [_] => None,
            [_, keyword, name] if keyword.eq_ignore_ascii_case("as") => Some(name.to_ascii_lowercase()),
            _ => {
                // The stage exists all the same, or the next instructions would count for the one before.
                self.stages.push(Stage { scope: self.global.clone(), ..Stage::default() });
                return Err("FROM wants `image [AS name]`".to_owned());
            }
        };
        let reference = self.expand(&words[0], &self.global);
        let reference = match reference {
            Ok(reference) => reference,
            Err(error) => {
                self.stages.push(Stage { name, ..Stage::default() });
                return Err(error);
            }
        };
        let parent = self
            .stages
            .iter()
            .rev()
            .find(|stage| stage.name.as_deref() == Some(&reference.to_ascii_lowercase()));
        let stage = match parent.cloned() {
            Some(parent) => Stage { name, ..parent },
            None => {
                let pinned = reference == "scratch" || reference.contains("@sha256:");
                self.bases.push(Located { value: Base { reference, pinned }, at: self.at(instruction.line) });
                Stage { name, ..Stage::default() }
            }
        };
        self.stages.push(stage);
        Ok(())
    }

    fn arg(&mut self, instruction: &Instruction) -> Result<(), String> {
        for word in words(&instruction.rest, self.escape) {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
                None => (word, None),
            };
            let scope = self.stages.last().map_or(&self.global, |stage| &stage.scope);
            let default = default.map(|default| self.expand(&default, scope)).transpose()?;
            let value = self.args.get(&name).cloned().or(default);
            let value = match self.stages.last() {
                None => value,
                // An `ARG` in a stage takes the global value where it brings none of its own.
                Some(_) => value.or_else(|| self.global.get(&name).cloned()),
            };
            let scope = self.stages.last_mut().map_or(&mut self.global, |stage| &mut stage.scope);
            if let Some(value) = value {
                scope.insert(name, value);
            }
        }
        Ok(())
    }

    /// `name=value …`, or the old `name value`.
    fn pairs(&self, rest: &str, scope: &Scope) -> Result<Vec<(String, String)>, String> {
        let words = words(rest, self.escape);
        if words.first().is_some_and(|first| !first.contains('=')) {
            let (name, value) = rest.split_once(char::is_whitespace).ok_or("it wants `name=value`")?;
            return Ok(vec![(self.expand(name, scope)?, self.expand(value.trim(), scope)?)]);
        }
        let pair = |word: &String| {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is no `name=value`"))?;
            Ok((self.expand(name, scope)?, self.expand(value, scope)?))
        };
        words.iter().map(pair).collect()
    }

    fn scope(&self) -> Scope {
        self.stages.last().map(|stage| stage.scope.clone()).unwrap_or_default()
    }

    fn stage(&mut self) -> Result<&mut Stage, String> {
        self.stages.last_mut().ok_or_else(|| "no stage yet".to_owned())
    }

    fn env(&mut self, instruction: &Instruction) -> Result<(), String> {
        let pairs = self.pairs(&instruction.rest, &self.scope())?;
        self.stage()?.scope.extend(pairs);
        Ok(())
    }

    fn label(&mut self, instruction: &Instruction) -> Result<(), String> {
        let pairs = self.pairs(&instruction.rest, &self.scope())?;
        let at = self.at(instruction.line);
        let located = pairs.into_iter().map(|(name, value)| (name, Located { value, at: at.clone() }));
        self.stage()?.labels.extend(located);
        Ok(())
    }

    fn user(&mut self, instruction: &Instruction) -> Result<(), String> {
        let value = self.expand(instruction.rest.trim(), &self.scope())?;
        if value.is_empty() {
            return Err("USER without a user".to_owned());
        }
        let at = self.at(instruction.line);
        self.stage()?.user = Some(Located { value, at });
        Ok(())
    }

    fn healthcheck(&mut self, instruction: &Instruction) -> Result<(), String> {
        let (kind, rest) =
            instruction.rest.split_once(char::is_whitespace).unwrap_or((&instruction.rest, ""));
        let value = match kind.to_ascii_uppercase().as_str() {
            "NONE" => vec!["NONE".to_owned()],
            "CMD" => match exec_form(rest) {
                Some(command) => [vec!["CMD".to_owned()], command].concat(),
                None if rest.trim().is_empty() => return Err("HEALTHCHECK CMD without a command".to_owned()),
                None => vec!["CMD-SHELL".to_owned(), rest.trim().to_owned()],
            },
            _ => return Err("HEALTHCHECK wants `CMD …` or `NONE`".to_owned()),
        };
        let at = self.at(instruction.line);
        self.stage()?.healthcheck = Some(Located { value, at });
        Ok(())
    }

    fn entrypoint(&mut self, instruction: &Instruction) -> Result<(), String> {
        let value = exec_form(&instruction.rest)
            .unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned(), instruction.rest.clone()]);
        let at = self.at(instruction.line);
        self.stage()?.entrypoint = Some(Located { value, at });
        Ok(())
    }

    fn finish(mut self, target: Option<&str>) -> Dockerfile {
        let stage = match target {
            None => self.stages.last().cloned(),
            Some(target) => {
                let lower = target.to_ascii_lowercase();
                let by_name = self.stages.iter().find(|stage| stage.name.as_deref() == Some(&lower));
                by_name.or_else(|| self.stages.get(target.parse::<usize>().ok()?)).cloned()
            }
        };
        if stage.is_none() {
            let text =
                target.map_or_else(|| "no FROM".to_owned(), |target| format!("no stage is named {target}"));
            self.trouble(1, text);
        }
        let stage = stage.unwrap_or_default();
        Dockerfile {
            file: self.file.to_owned(),
            user: stage.user,
            healthcheck: stage.healthcheck,
            labels: stage.labels,
            entrypoint: stage.entrypoint,
            bases: self.bases,
            troubles: self.troubles,
        }
    }
}
