//! One workflow file: what its steps promise, what they need, what they claim.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use super::action::{self, LocalActions};
use super::around::{self, Asked, Before};
use super::calls::Called;
use super::declares::{Declares, Site};
use super::exceptions::{self, Language};
use super::hollow::{self, Anyway, Seen};
use super::needs;
use super::permissions::{self, Ask, Permissions};
use super::promise::{self, Promise};
use super::shell;
use super::starts::{Starts, starts};
use super::syntax::{self, Job, Step, Text, Workflow};
use super::values::Variables;
use super::verification;
use crate::model::{DeclaredStep, GITHUB_REGISTRY, Hollow, Located, Location, NeededName, StepKind};

/// A workflow file, read.
pub(super) struct FileReader<'a> {
    pub file: &'a Path,
    pub starts: Starts,
    /// The steps that promise something.
    pub steps: Vec<DeclaredStep>,
    /// What looks like evidence and is none.
    pub hollow: Vec<Hollow>,
    /// Armed steps whose SBOM stays with the workflow: nobody finds it at the image, unless another step attaches one.
    pub loose_sboms: Vec<Hollow>,
    /// Whether an armed step attaches one.
    pub attaches_sbom: bool,
    pub troubles: Vec<Located<String>>,
    /// The line of its `on:`.
    pub on: u32,
    actions: &'a LocalActions,
    /// The workflows of this repository that it calls.
    pub calls: Vec<Called>,
    /// What it declares beside its promises.
    pub declares: Declares,
    /// The permissions that its armed steps need.
    pub asks: Vec<Ask>,
    /// What the armed steps of jobs that promise something need.
    pub needs: Vec<NeededName>,
    found: Vec<Found>,
}

/// A step that promises something, as long as not everything around it is known.
struct Found {
    step: DeclaredStep,
    /// Its line in the workflow: that of the action's use, where an action has it.
    line: u32,
    /// The tag that it scans.
    tag: Option<String>,
    is_loose: bool,
    /// The permissions that it needs.
    asks: Vec<&'static str>,
}

impl Found {
    fn is_armed(&self, kind: StepKind) -> bool {
        self.step.step == kind && self.step.disarmed.is_none()
    }

    fn ask(&self, scope: &'static str, permissions: Option<&Permissions>) -> Ask {
        let DeclaredStep { step, name, at, .. } = self.step.clone();
        Ask { scope, step, name, at, permissions: permissions.cloned() }
    }

    fn unattached(&self) -> Hollow {
        Hollow {
            step: Some(StepKind::Sbom),
            what: self.step.name.clone(),
            why: "it makes an SBOM that no step attaches to the image".to_owned(),
            at: self.step.at.clone(),
        }
    }
}

/// What is known of a job.
struct ReadJob<'w> {
    job: &'w Job,
    /// Its part of what was found.
    own: Range<usize>,
    needs: Vec<NeededName>,
    seen: Vec<Seen>,
}

/// Where a step stands: in a job, or in an action that a step uses.
struct Place<'s> {
    file: &'s Path,
    /// The shell of a `run` that names none.
    shell: Option<&'s str>,
    /// Why a failure here stops nothing.
    disarmed: Option<&'s Located<String>>,
    /// Variables of the workflow and the job.
    variables: &'s Variables,
    /// The line of the step in the workflow that uses the action.
    line: Option<u32>,
    /// The line of the workflow that lets it run although something failed.
    anyway: Option<&'s Anyway>,
    /// What its steps ask of each other.
    asked: &'s Asked,
    /// The first step of its job.
    first: usize,
    depth: usize,
}

/// What stands around what a step does.
struct Around {
    /// Why its failure stops nothing.
    disarmed: Option<Located<String>>,
    /// Where it says itself that it runs although something failed.
    anyway: Option<Location>,
    /// The variables that it has.
    variables: Variables,
}

impl Around {
    fn of(step: &Step, place: &Place) -> Self {
        let at = |line| Location { file: place.file.to_owned(), line };
        let own = around::of_step(step, place.asked).map(|(line, value)| Located { value, at: at(line) });
        let mut variables = place.variables.clone();
        variables.extend(step.env.texts());
        Self {
            disarmed: own.or_else(|| place.disarmed.cloned()),
            anyway: around::runs_anyway(step.condition.as_ref(), Before::Steps).map(at),
            variables,
        }
    }
}

impl<'a> FileReader<'a> {
    pub fn read(file: &'a Path, workflow: &Workflow, actions: &'a LocalActions) -> Self {
        let calls = workflow.jobs.values().filter_map(|job| Called::of(job, workflow));
        let mut reader = Self {
            file,
            on: workflow.on_line(),
            starts: starts(workflow.on()),
            actions,
            calls: calls.collect(),
            steps: Vec::new(),
            hollow: Vec::new(),
            loose_sboms: Vec::new(),
            attaches_sbom: false,
            needs: Vec::new(),
            troubles: Vec::new(),
            found: Vec::new(),
            declares: Declares::default(),
            asks: Vec::new(),
        };
        let mut jobs = BTreeMap::new();
        for (name, job) in &workflow.jobs {
            jobs.insert(name.as_str(), reader.job(job, workflow));
        }
        for read in jobs.values() {
            let before = before(read, &jobs);
            reader.runs_anyway(read, &jobs);
            let seen: Vec<&Seen> = before.iter().flat_map(|job| &job.seen).collect();
            reader.hollow.extend(hollow::claims(&read.seen, &seen));
            reader.scans_of_a_tag(read, &before);
        }
        for read in jobs.into_values() {
            if reader.found[read.own].iter().any(|found| found.step.disarmed.is_none()) {
                reader.needs.extend(read.needs);
            }
        }
        reader.found.sort_by_key(|found| found.line);
        let armed_sboms = || {
            let sboms = reader.found.iter().filter(|found| found.step.step == StepKind::Sbom);
            sboms.filter(|found| found.step.disarmed.is_none())
        };
        reader.attaches_sbom = armed_sboms().any(|found| !found.is_loose);
        let loose =
            armed_sboms().filter(|found| found.is_loose && !reader.declares.may_follow(&found.step.at));
        reader.loose_sboms = loose.map(Found::unattached).collect();
        reader.steps = reader.found.drain(..).map(|found| found.step).collect();
        reader
    }

    fn job<'w>(&mut self, job: &'w Job, workflow: &Workflow) -> ReadJob<'w> {
        let first = self.found.len();
        let disarmed = around::of_job(job).map(|(line, value)| Located { value, at: self.at(line) });
        let anyway = around::runs_anyway(job.condition.as_ref(), Before::Jobs);
        let anyway = anyway.map(|line| Anyway::Job(self.at(line)));
        let asked = Asked::of(job.steps.as_deref().unwrap_or_default());
        let mut variables = workflow.env.texts();
        variables.extend(job.env.texts());
        let place = Place {
            file: self.file,
            variables: &variables,
            shell: job.shell(workflow),
            disarmed: disarmed.as_ref(),
            line: None,
            anyway: anyway.as_ref(),
            asked: &asked,
            first,
            depth: 0,
        };
        let mut seen = Vec::new();
        self.declares.begin(job);
        let first_login = self.declares.logins.len();
        if let Some(uses) = &job.uses {
            seen.push(Seen::opaque());
            // One of the repository is read by itself.
            if job.calls().is_none() {
                self.declares.did_something_unknown(self.at(syntax::line(uses)));
            }
        }
        let mut needs = Vec::new();
        for step in job.steps.iter().flatten() {
            if let Some(purpose) = self.step(step, &place, &mut seen) {
                let names = needs::of_step(step, job, workflow).into_iter();
                needs.extend(names.map(|name| self.needed(name, purpose, job)));
            }
        }
        let permissions = job.permissions(workflow).map(Permissions::read);
        self.asks_of_job(first, first_login, permissions.as_ref());
        ReadJob { job, own: first..self.found.len(), needs, seen }
    }

    /// What the steps of a job need its token for; `first` and `first_login` are where its own part begins.
    fn asks_of_job(&mut self, first: usize, first_login: usize, permissions: Option<&Permissions>) {
        let found = &self.found[first..];
        for step in found.iter().filter(|found| found.step.disarmed.is_none()) {
            self.asks.extend(step.asks.iter().map(|scope| step.ask(scope, permissions)));
        }
        let logins = &self.declares.logins[first_login..];
        let at_github = logins.iter().any(|login| login.value.is_own_at(GITHUB_REGISTRY));
        // Who only reads there and logs in somewhere else as well pushes to the other.
        let elsewhere = logins.iter().any(|login| login.value.registry.as_deref() != Some(GITHUB_REGISTRY));
        let only_reads = permissions.is_some_and(|given| given.only_read(permissions::PACKAGES));
        let at_github = at_github && !(elsewhere && only_reads);
        if let Some(push) = found.iter().find(|found| found.is_armed(StepKind::Push)).filter(|_| at_github) {
            self.asks.push(push.ask(permissions::PACKAGES, permissions));
        }
    }

    fn needed(&self, (kind, name, line): needs::Needed, purpose: &str, job: &Job) -> NeededName {
        let (at, purpose) = (self.at(line), purpose.to_owned());
        NeededName { kind, name, at, purpose, environment: job.environment() }
    }

    /// A job that pushes whatever happened (`if: always()`): the jobs right before it cannot stop that.
    fn runs_anyway<'w>(&mut self, read: &ReadJob<'w>, jobs: &BTreeMap<&'w str, ReadJob<'w>>) {
        for needed in read.job.needs() {
            let line = around::runs_anyway(read.job.condition.as_ref(), Before::Job(needed));
            if let (Some(line), Some(before)) = (line, jobs.get(needed)) {
                self.stop_nothing(before.own.clone(), read.own.clone(), &self.at(line));
            }
        }
    }

    /// A tag that was pushed may be another image by the time that it is scanned.
    fn scans_of_a_tag(&mut self, read: &ReadJob, before: &[&ReadJob]) {
        let is_push = |found: &Found| found.step.step == StepKind::Push;
        let pushed = before.iter().any(|job| self.found[job.own.clone()].iter().any(is_push));
        for place in read.own.clone() {
            let pushed = pushed || self.found[read.own.start..place].iter().any(is_push);
            let Found { step, tag, .. } = &mut self.found[place];
            if let Some(tag) = tag.take().filter(|_| pushed && step.disarmed.is_none()) {
                let value = format!("it scans the tag {tag}, not the digest that was pushed");
                step.disarmed = Some(Located { value, at: step.at.clone() });
            }
        }
    }

    /// Where the steps `own` push whatever happened (`if: always()`), the ones `before` cannot stop that.
    fn stop_nothing(&mut self, before: Range<usize>, own: Range<usize>, at: &Location) {
        if !self.found[own].iter().any(|found| found.step.step == StepKind::Push) {
            return;
        }
        for Found { step, .. } in &mut self.found[before] {
            if step.step != StepKind::Push && step.disarmed.is_none() {
                let value = "the push after it runs anyway (`if: always()`)".to_owned();
                step.disarmed = Some(Located { value, at: at.clone() });
            }
        }
    }

    pub fn at(&self, line: u32) -> Location {
        Location { file: self.file.to_owned(), line }
    }

    /// Reads a step. Says what it does with a secret that it asks for, where its failure counts.
    fn step(&mut self, step: &Step, place: &Place, seen: &mut Vec<Seen>) -> Option<&'static str> {
        let own = self.found.len();
        let around = Around::of(step, place);
        let own_anyway = around.anyway.clone().map(Anyway::Step);
        let mut sight = Seen::new(own_anyway.or_else(|| place.anyway.cloned()));
        let uses =
            step.uses.as_ref().is_some_and(|uses| self.uses(uses, step, place, &around, &mut sight, seen));
        let runs = step.run.as_ref().is_some_and(|run| self.run(run, step, place, &around, &mut sight));
        if sight.is_opaque() {
            let line = step.uses.as_ref().or(step.run.as_ref()).map_or(1, syntax::line);
            self.declares.did_something_unknown(Location { file: place.file.to_owned(), line });
        }
        seen.push(sight);
        if let Some(at) = &around.anyway {
            self.stop_nothing(place.first..own, own..self.found.len(), at);
        }
        if (uses || runs) && around.disarmed.is_none() {
            return Some(LOGS_IN);
        }
        let armed = self.found[own..].iter().find(|found| found.step.disarmed.is_none());
        armed.map(|found| needs::purpose(found.step.step))
    }

    /// Reads what a step uses; says whether that logs in somewhere.
    fn uses(
        &mut self,
        uses: &Text,
        step: &Step,
        place: &Place,
        around: &Around,
        sight: &mut Seen,
        seen: &mut Vec<Seen>,
    ) -> bool {
        let disarmed = around.disarmed.as_ref();
        let own_anyway = around.anyway.clone().map(Anyway::Step);
        let logins = self.declares.logins.len();
        let site = Site { file: place.file, step, variables: &around.variables, disarmed };
        self.declares.used(uses, &site);
        let mut logs_in = self.declares.logs_in_since(logins);
        let mut promises = promise::of_action(uses, step, &self.declares.machine, &around.variables);
        if place.asked.reads_report_of(step) {
            promises.iter_mut().filter(|it| it.step == StepKind::Scan).for_each(|it| it.disarmed = None);
        }
        if let Some(folder) = action::folder(&uses.value) {
            let within = Place {
                disarmed,
                line: Some(place.line.unwrap_or_else(|| syntax::line(uses))),
                anyway: own_anyway.as_ref().or(place.anyway),
                depth: place.depth + 1,
                shell: None,
                ..*place
            };
            logs_in |= self.action(&folder, step, &within, seen).is_some_and(|purpose| purpose == LOGS_IN);
        } else {
            sight.used(uses, &promises, disarmed.is_some());
            self.hollow.extend(exceptions::of_action(step, place.file));
        }
        self.promised(promises, &site, place.line);
        logs_in
    }

    /// Reads the script of a step; says whether it logs in somewhere.
    fn run(&mut self, run: &Text, step: &Step, place: &Place, around: &Around, sight: &mut Seen) -> bool {
        let commands = match shell::commands(run, step.shell.as_deref().or(place.shell)) {
            Ok(commands) => commands,
            Err(trouble) => {
                *sight = Seen::opaque();
                let language = step.shell.as_deref().or(place.shell).and_then(Language::of);
                let swallowed = language.map(|language| exceptions::of_text(run, language, place.file));
                self.hollow.extend(swallowed.into_iter().flatten());
                let at = Location { file: place.file.to_owned(), line: syntax::line(run) };
                self.troubles.push(Located { value: trouble, at });
                return false;
            }
        };
        let mut variables = around.variables.clone();
        variables.extend(commands.iter().flat_map(|command| command.assigned.clone()));
        let disarmed = around.disarmed.as_ref();
        let logins = self.declares.logins.len();
        let site = Site { file: place.file, step, variables: &variables, disarmed };
        self.declares.ran(run, &commands, &site);
        let machine = &self.declares.machine;
        let promises = promise::of_commands(&commands, machine, &variables);
        sight.ran(&commands, &promises, disarmed.is_some(), place.file);
        let verifications = verification::of_commands(&commands, place.file);
        self.hollow.extend(verifications.iter().filter_map(verification::hollow));
        self.declares.verifications.extend(verifications);
        self.hollow.extend(exceptions::of_commands(&commands, place.file));
        self.promised(promises, &site, place.line);
        self.declares.logs_in_since(logins)
    }

    /// Keeps what a step promises; `used_at` is the line of the workflow that uses the action which the step is in.
    fn promised(&mut self, promises: Vec<Promise>, site: &Site, used_at: Option<u32>) {
        let is_for_requests = site.disarmed.is_some_and(|why| why.value.ends_with(around::PULL_REQUESTS));
        // A push for a pull request is no release, and nobody takes it for one.
        for promise in promises.into_iter().filter(|it| !is_for_requests || it.step != StepKind::Push) {
            let own = promise.disarmed.map(|(line, value)| Located { value, at: site.at(line) });
            let step = DeclaredStep {
                step: promise.step,
                name: site.named(|| promise.what),
                at: site.at(promise.line),
                disarmed: own.or_else(|| site.disarmed.cloned()),
                gate: promise.gate.map(|(line, value)| Located { value, at: site.at(line) }),
            };
            let line = used_at.unwrap_or(promise.line);
            let (tag, is_loose, asks) = (promise.tag, promise.is_loose, promise.asks);
            self.found.push(Found { step, line, tag, is_loose, asks });
        }
    }

    /// Reads the steps of an action of the repository in the place of its user.
    fn action(
        &mut self,
        folder: &Path,
        user: &Step,
        place: &Place,
        seen: &mut Vec<Seen>,
    ) -> Option<&'static str> {
        let used_at =
            Location { file: place.file.to_owned(), line: user.uses.as_ref().map_or(1, syntax::line) };
        let read = action::read(self.actions, folder, &user.with, place.depth, &used_at);
        let (file, steps) = match read {
            Ok((file, steps)) if !steps.is_empty() => (file, steps),
            unread => {
                seen.push(Seen::opaque());
                self.declares.did_something_unknown(used_at);
                self.troubles.extend(unread.err());
                return None;
            }
        };
        let asked = Asked::of(&steps);
        let place = Place { file, asked: &asked, ..*place };
        let purposes: Vec<_> = steps.iter().filter_map(|step| self.step(step, &place, seen)).collect();
        purposes.iter().find(|purpose| **purpose == LOGS_IN).or(purposes.first()).copied()
    }
}

const LOGS_IN: &str = "logs in with it";

/// The jobs that come before one, and those before them.
fn before<'j, 'w>(read: &ReadJob<'w>, jobs: &'j BTreeMap<&'w str, ReadJob<'w>>) -> Vec<&'j ReadJob<'w>> {
    let mut names = BTreeSet::new();
    let mut open = read.job.needs();
    while let Some(name) = open.pop() {
        if let Some(job) = jobs.get(name).filter(|_| names.insert(name)) {
            open.extend(job.job.needs());
        }
    }
    names.iter().filter_map(|name| jobs.get(name)).collect()
}
