//! What a workflow declares beside its promises: what it builds, where it logs in, what it runs in containers.

use std::path::Path;

use super::builds::{self, Built};
use super::call::Call;
use super::logins::{self, Login};
use super::machine::Machine;
use super::runs::{self, Started};
use super::shell::ShellCommand;
use super::syntax::{self, Job, Step, Text};
use super::values::Variables;
use crate::model::text::clean_line;
use crate::model::{DeclaredBuild, DeclaredRun, DeclaredVerification, Located, Location};

/// What was seen in a workflow so far, and the machine of the job that is read.
#[derive(Debug, Default)]
pub(super) struct Declares {
    pub machine: Machine,
    /// Each build, with whether it goes to a registry by itself.
    pub builds: Vec<(DeclaredBuild, bool)>,
    pub logins: Vec<Located<Login>>,
    pub runs: Vec<DeclaredRun>,
    pub verifications: Vec<DeclaredVerification>,
    /// The steps that cannot be looked into.
    pub opaque: Vec<Location>,
}

/// Where a step stands, and what is known of it.
pub(super) struct Site<'s> {
    pub file: &'s Path,
    pub step: &'s Step,
    pub variables: &'s Variables,
    /// Why its failure stops nothing.
    pub disarmed: Option<&'s Located<String>>,
}

impl Site<'_> {
    pub fn at(&self, line: u32) -> Location {
        Location { file: self.file.to_owned(), line }
    }

    /// The step's name, or what it runs.
    pub fn named(&self, otherwise: impl FnOnce() -> String) -> String {
        clean_line(&self.step.name.clone().unwrap_or_else(otherwise)).into_owned()
    }
}

impl Declares {
    /// A job begins.
    pub fn begin(&mut self, job: &Job) {
        self.machine = Machine::of(job);
    }

    /// Takes in an action.
    pub fn used(&mut self, uses: &Text, site: &Site) {
        self.machine.uses(uses, site.step);
        let built = builds::of_action(uses, site.step, &self.machine, site.variables);
        self.built(built, site, || syntax::action_name(uses));
        let logins = logins::of_action(uses, site.step, &self.machine, site.variables);
        self.logged_in(logins, site);
    }

    /// Takes in a script.
    pub fn ran(&mut self, script: &Text, commands: &[ShellCommand], site: &Site) {
        let texts = || site.step.env.entries.values().chain([script]);
        let has_token = texts().any(|text| logins::is_own_token(&text.value));
        self.logged_in(logins::of_text(script), site);
        for command in commands {
            let Some(call) = Call::of(command) else { continue };
            self.machine.runs_command(&call);
            let built = builds::of_command(&call, command.line, &self.machine, site.variables);
            self.built(built, site, || call.title());
            let mut logins =
                logins::of_command(&call, command.line, has_token, &self.machine, site.variables);
            if !command.counts() {
                logins = logins.into_iter().map(Login::unsure).collect();
            }
            self.logged_in(logins, site);
            let started = runs::of_command(command, &call, &self.machine, site.variables);
            self.runs.extend(started.into_iter().map(|started| run(started, &call, site)));
        }
    }

    /// Takes in a step that cannot be looked into: it may have done anything.
    pub fn did_something_unknown(&mut self, at: Location) {
        self.machine.did_something_unknown();
        self.opaque.push(at);
    }

    /// Whether a login since then stops the release where it fails.
    pub fn logs_in_since(&self, first: usize) -> bool {
        self.logins[first..].iter().any(|login| login.value.counts)
    }

    /// Whether something that cannot be looked into may come after this line and do anything with what it made.
    pub fn may_follow(&self, at: &Location) -> bool {
        let unread = self.opaque.iter().any(|opaque| opaque.file != at.file || opaque.line > at.line);
        // What bake and ko attach, their own files say.
        unread || self.builds.iter().any(|(build, _)| build.dockerfile.is_none() && build.platforms.is_none())
    }

    fn built(&mut self, built: Vec<Built>, site: &Site, title: impl Fn() -> String) {
        for built in built {
            let build = DeclaredBuild {
                name: site.named(&title),
                at: site.at(built.line),
                dockerfile: built.dockerfile,
                platforms: built.platforms,
                unemulated: built.unemulated,
            };
            self.builds.push((build, built.pushes));
        }
    }

    fn logged_in(&mut self, logins: impl IntoIterator<Item = Login>, site: &Site) {
        self.logins.extend(logins.into_iter().map(|login| Located { at: site.at(login.line), value: login }));
    }
}

fn run(started: Started, call: &Call, site: &Site) -> DeclaredRun {
    let own = started.disarmed.map(|value| Located { value, at: site.at(started.line) });
    DeclaredRun {
        name: site.named(|| call.title()),
        at: site.at(started.line),
        disarmed: own.or_else(|| site.disarmed.cloned()),
        image: started.image,
        command: started.command,
        platform: started.platform,
    }
}
