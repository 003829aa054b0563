//! What a Dockerfile declares, after BuildKit's rules (`frontend/dockerfile/parser`, `instructions`,
//! `shell`): the final or target stage with everything that it inherits from the stages before it.

#[cfg(test)]
mod cross_check;
mod expand;
mod hints;
mod lines;
mod stage;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use expand::Scope;
use lines::{Instruction, instructions, words};
use stage::Stage;

pub use step::line_of_failure;

use crate::model::text::clean_line;
use crate::model::{Base, Dockerfile, Located, Location};

/// The variables that BuildKit sets for each platform: what they hold is not known here, so they stay as
/// they are written.
const PLATFORM_ARGS: [&str; 8] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// The most stages that are read: each may hold all that the one before it holds.
const STAGES: usize = 1_000;

/// Reads a Dockerfile: the stage `target` (by name or number), else the last, built with `args`. What cannot
/// be read costs its own instruction, and is said with its line.
pub fn parse(file: &Path, text: &str, target: Option<&str>, args: &BTreeMap<String, String>) -> Dockerfile {
    let (escape, instructions) = instructions(text);
    let platform = PLATFORM_ARGS.map(|name| (name.to_owned(), format!("${{{name}}}")));
    let mut reader = Reader {
        file,
        escape,
        args,
        global: Scope::from(platform),
        stages: Vec::new(),
        bases: Vec::new(),
        troubles: Vec::new(),
    };
    for instruction in &instructions {
        if let Err(text) = reader.read(instruction) {
            reader.trouble(instruction.line, &format!("{}: {text}", instruction.name));
        }
    }
    reader.finish(target, text)
}

/// The names of all `ARG`s.
pub fn arguments(text: &str) -> BTreeSet<String> {
    let (escape, instructions) = instructions(text);
    let args = instructions.iter().filter(|instruction| instruction.name == "ARG");
    let names = args.flat_map(|instruction| words(&instruction.rest, escape));
    names.map(|word| word.split('=').next().unwrap_or_default().to_owned()).collect()
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

    fn trouble(&mut self, line: u32, text: &str) {
        let value = clean_line(text).chars().take(300).collect();
        let at = self.at(line);
        self.troubles.push(Located { value, at });
    }

    fn read(&mut self, instruction: &Instruction) -> Result<(), String> {
        match instruction.name.as_str() {
            "FROM" => self.from(instruction),
            "ARG" => self.arg(instruction),
            name if !is_instruction(name) => Err("no instruction of a Dockerfile".to_owned()),
            _ if self.stages.is_empty() => Err("it stands before the first FROM".to_owned()),
            "ONBUILD" => self.on_build(instruction),
            _ => self.in_stage(instruction),
        }?;
        instruction.trouble.clone().map_or(Ok(()), Err)
    }

    fn in_stage(&mut self, instruction: &Instruction) -> Result<(), String> {
        let at = self.at(instruction.line);
        let escape = self.escape;
        self.stages.last_mut().map_or(Ok(()), |stage| stage.apply(instruction, &at, escape))
    }

    fn from(&mut self, instruction: &Instruction) -> Result<(), String> {
        if self.stages.len() >= STAGES {
            return Err(format!("more than {STAGES} stages"));
        }
        let words = words(&instruction.rest, self.escape);
        let (image, name) = match words.as_slice() {
            [image] => (Some(image), None),
            [image, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
                (Some(image), Some(name.to_ascii_lowercase()))
            }
            _ => (None, None),
        };
        // The stage begins all the same, or what follows would count for the stage before it.
        let begins = |stage: Stage| stage.named(name.clone());
        let reference = match image {
            Some(image) => expand::word(image, &|name| self.global.get(name).cloned(), self.escape),
            None => Err("it wants `image [AS name]`".to_owned()),
        };
        let reference = reference.and_then(|reference| {
            if reference.is_empty() {
                Err("the base image's name is empty".to_owned())
            } else {
                Ok(reference)
            }
        });
        let reference = match reference {
            Ok(reference) => reference,
            Err(text) => {
                self.stages.push(begins(Stage::default()));
                return Err(text);
            }
        };
        if let Some(parent) = self.stage(&reference).cloned() {
            let mut stage = begins(parent);
            let triggers = std::mem::take(&mut stage.on_build);
            self.stages.push(stage);
            return triggers.iter().try_for_each(|trigger| match trigger.name.as_str() {
                "ARG" => self.arg(trigger),
                _ => self.in_stage(trigger),
            });
        }
        let pinned =
            reference == "scratch" || reference.contains("@sha256:") || reference.contains("@sha512:");
        self.bases.push(Located { value: Base { reference, pinned }, at: self.at(instruction.line) });
        self.stages.push(begins(Stage::default()));
        Ok(())
    }

    /// The last stage of this name.
    fn stage(&self, name: &str) -> Option<&Stage> {
        let name = name.to_ascii_lowercase();
        self.stages.iter().rev().find(|stage| stage.name.as_deref() == Some(&name))
    }

    fn arg(&mut self, instruction: &Instruction) -> Result<(), String> {
        let words = words(&instruction.rest, self.escape);
        if words.is_empty() {
            return Err("it wants a name".to_owned());
        }
        for word in words {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(default)),
                None => (word.as_str(), None),
            };
            let lookup = |name: &str| match self.stages.last() {
                Some(stage) => stage.value(name),
                None => self.global.get(name).cloned(),
            };
            let default = default.map(|default| expand::word(default, &lookup, self.escape)).transpose()?;
            // An `ARG` in a stage takes the global value where it brings none of its own.
            let given = self.args.get(name).cloned();
            let value = given.or(default).or_else(|| self.global.get(name).cloned());
            let Some(value) = value else { continue };
            match self.stages.last_mut() {
                Some(stage) => stage.set_arg(name.to_owned(), value),
                None => {
                    self.global.insert(name.to_owned(), value);
                }
            }
        }
        Ok(())
    }

    /// Kept for the stages that are made from this one.
    fn on_build(&mut self, instruction: &Instruction) -> Result<(), String> {
        let trigger = lines::split(&instruction.rest, instruction.line).ok_or("it wants an instruction")?;
        if matches!(trigger.name.as_str(), "ONBUILD" | "FROM" | "MAINTAINER")
            || !is_instruction(&trigger.name)
        {
            return Err(format!("`{}` cannot be a trigger", trigger.name));
        }
        if let Some(stage) = self.stages.last_mut() {
            stage.on_build.push(trigger);
        }
        Ok(())
    }

    fn finish(mut self, target: Option<&str>, text: &str) -> Dockerfile {
        let by_number = |target: &str| self.stages.get(target.parse::<usize>().ok()?);
        let stage = match target {
            None => self.stages.last(),
            Some(target) => self.stage(target).or_else(|| by_number(target)),
        };
        let stage = stage.cloned().unwrap_or_else(|| {
            match target {
                Some(target) => self.trouble(1, &format!("no stage is named {target}")),
                None => self.trouble(1, "no FROM, so no stage"),
            }
            Stage::default()
        });
        let hints = hints::hints(text).into_iter();
        let hints = hints.map(|(line, value)| Located { value, at: self.at(line) }).collect();
        Dockerfile {
            file: self.file.to_owned(),
            user: stage.user,
            healthcheck: stage.healthcheck,
            labels: stage.labels,
            entrypoint: stage.entrypoint,
            cmd: stage.cmd,
            bases: self.bases,
            hints,
            troubles: self.troubles,
        }
    }
}

fn is_instruction(name: &str) -> bool {
    matches!(
        name,
        "ADD"
            | "ARG"
            | "CMD"
            | "COPY"
            | "ENTRYPOINT"
            | "ENV"
            | "EXPOSE"
            | "FROM"
            | "HEALTHCHECK"
            | "LABEL"
            | "MAINTAINER"
            | "ONBUILD"
            | "RUN"
            | "SHELL"
            | "STOPSIGNAL"
            | "USER"
            | "VOLUME"
            | "WORKDIR"
    )
}
