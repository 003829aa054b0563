//! What a workflow builds and pushes: by docker/build-push-action, by commands, or by the files of other programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::draft::Certainty;
use super::expression::UNKNOWN;
use super::recipe::Recipe;
use super::references::{self, Reference};
use super::turn::Turn;
use super::{Project, bake, build_commands, goreleaser, ko};
use crate::formats::workflow::{Outline, OutlinedStep};
use crate::model::{Located, Location, Platform};

/// A build of an image that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Build {
    /// Where it stands.
    pub at: Location,
    /// What leads there from the workflow that releases: the step that reads its file, the calls of workflows.
    pub through: Vec<Location>,
    /// What its own file calls it.
    pub name: Option<String>,
    pub recipe: Recipe,
    pub context: PathBuf,
    pub target: Option<String>,
    pub args: BTreeMap<String, String>,
    pub platforms: Vec<Platform>,
    pub references: Vec<Reference>,
    /// Where it is pushed to, as it is written, where that could not be read.
    pub unread: Vec<String>,
    /// The labels that it sets besides those of the Dockerfile.
    pub labels: BTreeSet<String>,
    /// Why something of it is only known when it is built.
    pub doubts: Vec<Located<String>>,
    /// What was guessed of it.
    pub guesses: Vec<Located<String>>,
}

/// What a workflow builds, and what of that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Builds {
    pub found: Vec<Build>,
    /// How other programs sign them.
    pub signed: Vec<Signing>,
    pub unread: Vec<Located<String>>,
}

/// That a program that a workflow runs signs images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signing {
    /// Where it says so.
    pub at: Location,
    /// The step that runs it.
    pub by: Option<Location>,
    /// The key, where it signs with one.
    pub key: Option<String>,
}

impl Builds {
    pub fn extend(&mut self, others: Self) {
        self.found.extend(others.found);
        self.signed.extend(others.signed);
        self.unread.extend(others.unread);
    }

    /// What of it could not be read.
    pub fn remarks(&self) -> impl Iterator<Item = (Certainty, String)> {
        let missing = |Located { value, at }: &Located<String>| {
            (Certainty::FillIn, format!("{at}: {value}: what it says is missing here"))
        };
        self.unread.iter().map(missing)
    }
}

/// What the files of other programs describe, where no workflow was seen to run them: that it is the release's is a guess.
pub(super) fn of_files(project: &Project, repository: Option<&str>) -> Builds {
    let mut builds = goreleaser::of_files(project, repository);
    if builds.found.is_empty() {
        builds.extend(bake::of_files(project));
    }
    for build in &mut builds.found {
        let value = "no workflow was seen to run it, so this image may be none of the release".to_owned();
        build.guesses.insert(0, Located { value, at: build.at.clone() });
    }
    builds
}

/// Every build of a workflow that is pushed, and of those of `others` that it calls; `repository` is `owner/name`.
pub(super) fn of(
    outline: &Outline,
    others: &[Outline],
    project: &Project,
    repository: Option<&str>,
) -> Builds {
    let mut builds = Builds::default();
    for turn in Turn::all(outline, others, repository) {
        let mut all = bake::of_turn(&turn, project);
        all.extend(goreleaser::of_turn(&turn, project));
        all.extend(ko::of_turn(&turn, project));
        let others = std::mem::take(&mut all.found);
        for mut build in by_actions(&turn).into_iter().chain(build_commands::of(&turn)).chain(others) {
            build.through.extend(turn.calls.iter().copied().cloned());
            merge(&mut builds.found, build);
        }
        builds.extend(all);
    }
    builds.unread.dedup();
    builds
}

/// The same image built once more: for another platform, or pushed to another place.
fn merge(builds: &mut Vec<Build>, build: Build) {
    let repositories = |build: &Build| {
        let mut names: Vec<String> =
            build.references.iter().map(|reference| reference.repository.to_string()).collect();
        names.sort();
        names.dedup();
        names
    };
    let new = repositories(&build);
    let same = builds.iter_mut().find(|one| {
        let old = repositories(one);
        one.recipe == build.recipe
            && one.name == build.name
            && one.target == build.target
            && (old == new || (old.is_empty() && new.is_empty() && one.unread == build.unread))
    });
    let Some(one) = same else { return builds.push(build) };
    one.platforms.extend(build.platforms);
    one.platforms.sort();
    one.platforms.dedup();
    one.references.extend(build.references);
    one.labels.extend(build.labels);
}

fn by_actions(turn: &Turn) -> Vec<Build> {
    let build = |step: &OutlinedStep| {
        let action = step.action.as_ref().filter(|action| action.value == "docker/build-push-action")?;
        build_push(turn, step, &action.at)
    };
    turn.job.steps.iter().filter_map(build).collect()
}

fn build_push(turn: &Turn, step: &OutlinedStep, at: &Location) -> Option<Build> {
    let scope = turn.scope(step);
    let input = |name: &str| step.inputs.get(name).map(|input| scope.expand(&input.value));
    let outputs = input("outputs").unwrap_or_default();
    let pushes = input("push").is_some_and(|push| push.trim() != "false") || pushes_by(&outputs);
    if !pushes {
        return None;
    }
    let context = input("context").map_or_else(|| PathBuf::from("."), |context| local(&context));
    let file = input("file").map(|file| clean(Path::new(file.trim())));
    let dockerfile = file.filter(|file| !file.as_os_str().is_empty());
    let dockerfile = dockerfile.unwrap_or_else(|| clean(&context.join("Dockerfile")));
    let (references, unread) = pushed_to(turn, step, &outputs);
    let args = step.inputs.get("build-args").map(|args| references::lines(&args.value)).unwrap_or_default();
    Some(Build {
        at: at.clone(),
        through: Vec::new(),
        name: None,
        recipe: Recipe::Dockerfile(dockerfile),
        context,
        target: input("target").filter(|target| !target.trim().is_empty()),
        args: pairs(args.iter().map(|arg| scope.expand(arg))),
        platforms: platforms(&input("platforms").unwrap_or_default()),
        references,
        unread,
        labels: labels(&input("labels").unwrap_or_default(), step),
        doubts: Vec::new(),
        guesses: Vec::new(),
    })
}

/// The names of the labels that a build sets; those of docker/metadata-action among them.
fn labels(written: &str, step: &OutlinedStep) -> BTreeSet<String> {
    let mut labels: BTreeSet<String> = pairs(references::lines(written)).into_keys().collect();
    if step.inputs.get("labels").is_some_and(|input| input.value.contains(".outputs.labels")) {
        labels.extend(references::METADATA_LABELS.map(str::to_owned));
    }
    labels
}

/// Its tags, or those that another step makes, or the names of its output.
fn pushed_to(turn: &Turn, step: &OutlinedStep, outputs: &str) -> (Vec<Reference>, Vec<String>) {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let mut take = |parsed: Result<Vec<Reference>, String>| match parsed {
        Ok(references) => found.extend(references),
        Err(written) => unread.push(written),
    };
    let tags = step.inputs.get("tags").map(|tags| tags.value.as_str()).unwrap_or_default();
    for tag in references::lines(&tags.replace(',', "\n")) {
        match turn.job.steps.iter().find(|other| is_output_of(&tag, other)) {
            Some(meta) => take(references::of_metadata(&meta.inputs, &turn.scope(meta))),
            None => {
                take(references::parse(&turn.scope(step).expand(&tag)).map(|one| one.into_iter().collect()));
            }
        }
    }
    let name = references::attributes(outputs).remove("name").filter(|_| tags.is_empty());
    if let Some(name) = name {
        take(references::parse(&name).map(|one| one.into_iter().collect()));
    }
    (found, unread)
}

/// Whether an output of BuildKit's goes to a registry.
pub(super) fn pushes_by(output: &str) -> bool {
    output.contains("push=true") || output.contains("type=registry")
}

/// Whether a tag is an output of that step.
fn is_output_of(tag: &str, step: &OutlinedStep) -> bool {
    let is_metadata = step.action.as_ref().is_some_and(|action| action.value == "docker/metadata-action");
    is_metadata && step.id.as_ref().is_some_and(|id| tag.contains(&format!("steps.{id}.outputs.tags")))
}

/// A context in this repository; the repository itself for what lies elsewhere.
pub(super) fn local(context: &str) -> PathBuf {
    let context = context.trim();
    if context.contains("://") || context.contains('{') || context.is_empty() || context == "-" {
        return PathBuf::from(".");
    }
    let cleaned = clean(Path::new(context));
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// A Dockerfile without `./`; the usual one where none is named.
pub(super) fn dockerfile(file: &Path) -> PathBuf {
    let file = clean(file);
    if file.to_string_lossy().trim().is_empty() { PathBuf::from("Dockerfile") } else { file }
}

/// A path without `./`.
pub(super) fn clean(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}

pub(super) fn platforms(text: &str) -> Vec<Platform> {
    let mut platforms: Vec<Platform> =
        text.split([',', '\n']).filter_map(|one| one.trim().parse().ok()).collect();
    platforms.sort();
    platforms.dedup();
    platforms
}

/// `NAME=value`; what is only known at the release becomes the release's own word, the rest is left out.
pub(super) fn pairs(args: impl IntoIterator<Item = String>) -> BTreeMap<String, String> {
    let pair = |arg: String| {
        let (name, value) = arg.split_once('=')?;
        (!value.contains(UNKNOWN) && !name.trim().is_empty())
            .then(|| (name.trim().to_owned(), value.trim().to_owned()))
    };
    args.into_iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::workflow::{LocalActions, outline};

    fn builds(steps: &str) -> Vec<Build> {
        let text =
            format!("on: push\njobs:\n  a:\n    env: {{ IMAGE: ghcr.io/acme/app }}\n    steps:\n{steps}");
        of(
            &outline(Path::new("a.yml"), &text, &LocalActions::new()).unwrap(),
            &[],
            &Project::empty(),
            Some("acme/app"),
        )
        .found
    }

    fn names(build: &Build) -> Vec<String> {
        let tag = |reference: &Reference| reference.tag.clone().unwrap_or_default();
        build
            .references
            .iter()
            .map(|reference| format!("{}:{}", reference.repository, tag(reference)))
            .collect()
    }

    #[test]
    fn an_action_is_read_with_its_defaults() {
        let found = builds(
            "      - uses: docker/build-push-action@v6\n        with:\n          context: ./services/api\n          push: ${{ github.event_name != 'pull_request' }}\n          platforms: linux/amd64, linux/arm64\n          tags: \"${{ env.IMAGE }}:${{ github.ref_name }},${{ env.IMAGE }}:latest\"\n          build-args: |\n            APP_VERSION=${{ github.ref_name }}\n            SHA=${{ github.sha }}\n",
        );
        let [build] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(build.recipe.dockerfile(), Some(Path::new("services/api/Dockerfile")));
        assert_eq!(build.context, Path::new("services/api"));
        assert_eq!(names(build), ["ghcr.io/acme/app:{tag}", "ghcr.io/acme/app:latest"]);
        assert_eq!(build.platforms.len(), 2);
        assert_eq!(build.args, BTreeMap::from([("APP_VERSION".to_owned(), "{tag}".to_owned())]));
        assert_eq!(build.at.line, 6);
        let not_pushed =
            builds("      - uses: docker/build-push-action@v6\n        with: { push: false, tags: a/b }\n");
        assert_eq!(not_pushed, []);
    }

    #[test]
    fn one_platform_per_job_is_one_image() {
        let text = "on: push\njobs:\n  a:\n    strategy: { matrix: { platform: [linux/amd64, linux/arm64] } }\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          platforms: ${{ matrix.platform }}\n          outputs: type=image,name=ghcr.io/acme/app,push-by-digest=true,push=true\n";
        let found = of(
            &outline(Path::new("a.yml"), text, &LocalActions::new()).unwrap(),
            &[],
            &Project::empty(),
            None,
        )
        .found;
        let [build] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(build.platforms.len(), 2);
        assert_eq!(names(build)[0], "ghcr.io/acme/app:");
    }

    #[test]
    fn commands_are_read_through_tag_and_push() {
        let found = builds(
            "      - run: |\n          docker build -t app:ci --build-arg VERSION=$TAG -f docker/Dockerfile.web --target final web\n          docker tag app:ci \"$IMAGE:${GITHUB_REF_NAME#v}\"\n          docker push \"$IMAGE:${GITHUB_REF_NAME#v}\"\n",
        );
        let [build] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (build.recipe.dockerfile(), build.context.as_path()),
            (Some(Path::new("docker/Dockerfile.web")), Path::new("web"))
        );
        assert_eq!(build.target.as_deref(), Some("final"));
        assert_eq!(names(build), ["ghcr.io/acme/app:{version}"]);
        let buildx = builds(
            "      - run: docker buildx build --platform linux/amd64,linux/arm64 --push --tag $IMAGE:latest .\n",
        );
        assert_eq!(
            (names(&buildx[0]), buildx[0].platforms.len()),
            (vec!["ghcr.io/acme/app:latest".to_owned()], 2)
        );
        assert_eq!(builds("      - run: docker build -t app . && docker run app\n"), []);
        let unread = builds(
            "      - run: |\n          docker build -t $REPO/app .\n          docker push $REPO/app\n",
        );
        assert_eq!((unread[0].references.len(), unread[0].unread.len()), (0, 1));
    }
}
