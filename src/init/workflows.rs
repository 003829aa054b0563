//! The workflows of a project, and which of them release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::builds::{self, Build, Builds, Signing};
use super::draft::Certainty;
use super::{Project, WORKFLOW_FOLDERS};
use crate::formats::workflow::{self, Outline, OutlinedJob};
use crate::model::{Located, StepKind};

/// Actions whose builds are not read.
const OPAQUE: [&str; 1] = ["redhat-actions/buildah-build"];

/// The workflows, and which of them release.
pub(super) struct Workflows {
    pub folder: PathBuf,
    pub outlines: Vec<Outline>,
    pub declared: crate::model::Workflows,
    /// What each of those that are started builds and pushes.
    builds: BTreeMap<PathBuf, Builds>,
    /// Those that push images when the release begins.
    releasing: Vec<PathBuf>,
    /// Those that push at other times.
    pushing_besides: Vec<PathBuf>,
}

impl Workflows {
    /// `repository` is `owner/name`.
    pub fn of(project: &Project, repository: Option<&str>) -> Self {
        let below = |folder: &str| project.files.keys().any(|file| file.parent() == Some(Path::new(folder)));
        let folder = WORKFLOW_FOLDERS.into_iter().find(|folder| below(folder)).unwrap_or(WORKFLOW_FOLDERS[0]);
        let files: Vec<(PathBuf, String)> = project
            .files
            .iter()
            .filter(|(file, _)| file.parent() == Some(Path::new(folder)))
            .map(|(file, text)| (file.clone(), text.clone()))
            .collect();
        let actions = workflow::used_actions(&files, |folder| local_action(project, folder).map(Ok));
        let mut workflows = Self {
            folder: folder.into(),
            outlines: files
                .iter()
                .filter_map(|(file, text)| workflow::outline(file, text, &actions).ok())
                .collect(),
            declared: workflow::parse(&files, &actions),
            builds: BTreeMap::new(),
            releasing: Vec::new(),
            pushing_besides: Vec::new(),
        };
        let build = |outline: &Outline| {
            (outline.file.clone(), builds::of(outline, &workflows.outlines, project, repository))
        };
        workflows.builds = workflows.started().map(build).collect();
        workflows.tell_apart();
        workflows
    }

    /// Which of those that push are the release's.
    fn tell_apart(&mut self) {
        let pushing: Vec<&Outline> = self.started().filter(|outline| self.pushes(outline)).collect();
        let best = pushing.iter().map(|outline| rank(outline)).max().unwrap_or_default();
        let (releasing, besides): (Vec<&Outline>, Vec<&Outline>) =
            pushing.into_iter().partition(|outline| rank(outline) == best);
        let files =
            |outlines: Vec<&Outline>| outlines.into_iter().map(|outline| outline.file.clone()).collect();
        (self.releasing, self.pushing_besides) = (files(releasing), files(besides));
        let besides = std::mem::take(&mut self.pushing_besides);
        self.pushing_besides = besides.into_iter().filter(|file| self.starting(file).is_none()).collect();
    }

    fn pushes(&self, outline: &Outline) -> bool {
        if outline.events.iter().all(|event| event.starts_with("pull_request") || event == "merge_group") {
            return false;
        }
        let reached = self.reached(outline);
        let mut steps = self.declared.steps.iter();
        steps.any(|step| step.step == StepKind::Push && reached.contains(&step.at.file.as_path()))
            || self.builds.get(&outline.file).is_some_and(|builds| {
                // What could not be read of a build is most likely pushed where a release starts it.
                !builds.found.is_empty() || !builds.unread.is_empty() && rank(outline) > 0
            })
    }

    /// The workflows that something else than another workflow starts, and those that nobody here calls.
    pub fn started(&self) -> impl Iterator<Item = &Outline> {
        let calls = |job: &OutlinedJob, file: &Path| job.call.as_ref().is_some_and(|call| call.file == file);
        let is_called = move |file: &Path| {
            self.outlines.iter().any(|outline| outline.jobs.iter().any(|job| calls(job, file)))
        };
        self.outlines.iter().filter(move |outline| {
            let only_called = outline.events.iter().all(|event| event == "workflow_call");
            !(only_called && is_called(&outline.file))
        })
    }

    /// The files of a workflow and of those that it calls.
    fn reached<'a>(&'a self, outline: &'a Outline) -> Vec<&'a Path> {
        let mut reached = vec![outline.file.as_path()];
        let mut at = 0;
        while let Some(file) = reached.get(at).copied() {
            at += 1;
            let jobs = self.outline(file).into_iter().flat_map(|outline| &outline.jobs);
            for call in jobs.filter_map(|job| job.call.as_ref()) {
                if !reached.contains(&call.file.as_path()) {
                    reached.push(&call.file);
                }
            }
        }
        reached
    }

    pub fn outline(&self, file: &Path) -> Option<&Outline> {
        self.outlines.iter().find(|outline| outline.file == file)
    }

    /// The workflow of the release by which a file's steps are started: that file, or one that calls it.
    pub fn starting(&self, file: &Path) -> Option<&Outline> {
        let releasing = self.releasing.iter().filter_map(|releasing| self.outline(releasing));
        releasing.into_iter().find(|outline| self.reached(outline).contains(&file))
    }

    /// The workflows of the release, with those that they call.
    pub fn released(&self) -> impl Iterator<Item = &Outline> {
        self.outlines.iter().filter(|outline| self.starting(&outline.file).is_some())
    }

    /// Whether a file's steps belong to the release; all that count do where none of them pushes.
    pub fn is_released_by(&self, file: &Path) -> bool {
        self.starting(file).is_some() || !self.pushing_besides.iter().any(|one| one == file)
    }

    /// What the release builds and pushes.
    pub fn builds(&self) -> Vec<Build> {
        self.releasing
            .iter()
            .filter_map(|file| self.builds.get(file))
            .flat_map(|all| all.found.clone())
            .collect()
    }

    /// How programs that the release runs sign its images.
    pub fn signed(&self) -> Option<&Signing> {
        self.releasing
            .iter()
            .filter_map(|file| self.builds.get(file))
            .flat_map(|builds| &builds.signed)
            .next()
    }

    /// The workflow that releases; what one would be called where none does.
    pub fn release_file(&self) -> PathBuf {
        self.releasing.first().cloned().unwrap_or_else(|| self.folder.join("release.yml"))
    }

    pub fn tag_patterns(&self) -> Vec<String> {
        self.released().flat_map(|outline| outline.tags.clone()).collect()
    }

    pub fn remarks(&self, project: &Project) -> Vec<(Certainty, String)> {
        let list = |files: &[PathBuf]| {
            files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        let mut remarks = Vec::new();
        if self.releasing.is_empty() {
            remarks.push((Certainty::Guessed, self.no_release(project)));
        } else {
            let first = self.releasing.first().and_then(|file| self.outline(file));
            let how = first.map(started_by).unwrap_or_default();
            let text =
                format!("{} releases: it pushes images, and is started by {how}", list(&self.releasing));
            remarks.push((Certainty::Guessed, text));
        }
        if !self.pushing_besides.is_empty() {
            let text = format!(
                "{} pushes images as well, not for a release: its images are left out",
                list(&self.pushing_besides)
            );
            remarks.push((Certainty::Guessed, text));
        }
        for (action, at) in
            self.released().flat_map(|outline| &outline.jobs).flat_map(|job| &job.steps).filter_map(|step| {
                let action = step.action.as_ref()?;
                OPAQUE.contains(&action.value.as_str()).then_some((&action.value, &action.at))
            })
        {
            let text = format!("{at}: what {action} builds is not read");
            remarks.push((Certainty::FillIn, text));
        }
        let unread =
            self.releasing.iter().filter_map(|file| self.builds.get(file)).flat_map(|builds| &builds.unread);
        for Located { value, at } in unread.chain(&self.declared.troubles) {
            remarks.push((Certainty::FillIn, format!("{at}: {value}: what it says is missing here")));
        }
        for step in &self.declared.steps {
            if let Some(why) = step.disarmed.as_ref().filter(|_| self.is_released_by(&step.at.file)) {
                let text = format!(
                    "{} ({}) cannot stop a release, so it declares nothing: {} ({})",
                    step.name, step.at, why.value, why.at
                );
                remarks.push((Certainty::FillIn, text));
            }
        }
        for hollow in self.declared.hollow.iter().filter(|one| self.is_released_by(&one.at.file)) {
            remarks.push((Certainty::FillIn, format!("{}: {hollow}", hollow.at)));
        }
        for lacking in self.declared.lacking.iter().filter(|one| self.is_released_by(&one.at.file)) {
            remarks.push((Certainty::FillIn, format!("{}: {lacking}", lacking.at)));
        }
        remarks
    }

    /// Why no workflow is the release's.
    fn no_release(&self, project: &Project) -> String {
        let others = [
            ".gitlab-ci.yml",
            "Jenkinsfile",
            ".circleci/config.yml",
            "azure-pipelines.yml",
            "bitbucket-pipelines.yml",
            ".drone.yml",
        ];
        let other = others.into_iter().find(|file| project.paths.iter().any(|path| path == Path::new(file)));
        let seen = match (other, self.declared.files.len()) {
            (Some(file), 0) => format!("{file} is not read, only workflows of GitHub's kind"),
            (None, 0) => format!("there is no workflow in {}", self.folder.display()),
            (_, 1) => "the workflow here was not seen to push an image".to_owned(),
            (_, count) => format!("none of the {count} workflows here was seen to push an image"),
        };
        format!("{seen}: the images are what the Dockerfiles say")
    }
}

/// An action of the repository, where one is in this folder.
fn local_action(project: &Project, folder: &Path) -> Option<(PathBuf, String)> {
    let names = workflow::ACTION_FILES.map(|name| folder.join(name));
    names.into_iter().find_map(|file| project.files.get(&file).cloned().map(|text| (file, text)))
}

/// How much a workflow looks like the release's: started by a tag or a release, by hand, or by anything else.
fn rank(outline: &Outline) -> u8 {
    let by = |event: &str| outline.events.iter().any(|one| one == event);
    match () {
        () if !outline.tags.is_empty() || by("release") => 3,
        () if by("workflow_call") => 2,
        () if by("workflow_dispatch") && !by("push") && !by("schedule") => 1,
        () => 0,
    }
}

fn started_by(outline: &Outline) -> String {
    if outline.tags.is_empty() {
        outline.events.join(", ")
    } else {
        format!("the tags {}", outline.tags.join(", "))
    }
}
