//! Images that bake files describe (`docker buildx bake`, docker/bake-action).

mod calls;
mod definition;
mod evaluation;
mod functions;
mod overrides;
mod targets;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Project;
use super::builds::{Build, Builds, clean, dockerfile, local, pairs, platforms, pushes_by};
use super::expression::UNKNOWN;
use super::recipe::Recipe;
use super::references;
use crate::model::{Located, Location};
pub(super) use calls::of_turn;
use definition::Definition;
use evaluation::Evaluation;
use targets::{Target, Targets};
use value::Value;

/// The files that bake reads by itself, in their order.
const DEFAULT_FILES: [&str; 4] =
    ["docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl"];

/// Whether a file looks like a bake file.
pub(super) fn is_bake_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is = |extension: &str| path.extension().is_some_and(|own| own == extension);
    (is("hcl") || is("json")) && name.contains("bake") || is("hcl") && path.components().count() == 1
}

/// How bake is run.
pub(super) struct Call<'a> {
    pub at: Option<&'a Location>,
    /// The folder in which it runs.
    pub folder: PathBuf,
    /// The files that are named; none for those that bake reads by itself.
    pub files: Vec<String>,
    /// Targets and groups; none for `default`.
    pub targets: Vec<String>,
    /// `target.attribute=value`.
    pub overrides: Vec<String>,
    /// Whether it pushes whatever the files say.
    pub pushes: bool,
    /// What docker/metadata-action says of a target.
    pub metadata: Vec<Metadata>,
    /// The variables that are set.
    pub given: &'a dyn Fn(&str) -> Option<String>,
}

impl Call<'_> {
    /// Where it is run, else the file itself.
    fn place(&self) -> Location {
        let file = || self.folder.join(self.files.first().map_or(DEFAULT_FILES[1], String::as_str));
        self.at.cloned().unwrap_or_else(|| Location { file: file(), line: 1 })
    }
}

/// What the bake files of the folder describe, whoever runs them.
pub(super) fn of_files(project: &Project) -> Builds {
    if !DEFAULT_FILES.iter().any(|file| project.files.contains_key(Path::new(file))) {
        return Builds::default();
    }
    let call = Call {
        at: None,
        folder: PathBuf::new(),
        files: Vec::new(),
        targets: Vec::new(),
        overrides: Vec::new(),
        pushes: true,
        metadata: Vec::new(),
        given: &|_| None,
    };
    of(&call, project)
}

/// The bake file that docker/metadata-action writes: one target with tags and labels.
pub(super) struct Metadata {
    pub target: String,
    /// References as texts, where it says the tags.
    pub tags: Option<Vec<String>>,
    pub labels: bool,
}

/// What it builds and pushes.
pub(super) fn of(call: &Call, project: &Project) -> Builds {
    let mut builds = Builds::default();
    let at = |value: String| Located { value, at: call.place() };
    let definition = definition(call, project, &mut builds.unread);
    let evaluation = Evaluation::new(&definition, call.given);
    let mut targets = Targets::of(&definition, &evaluation);
    for metadata in &call.metadata {
        metadata.add_to(&mut targets, &call.place());
    }
    let (meant, missing) = targets.meant(&call.targets);
    if builds.unread.is_empty() {
        let unknown =
            |name: String| at(format!("bake is to build `{name}`, which none of its files describes"));
        builds.unread.extend(missing.into_iter().map(unknown));
    }
    let folder = folder_of(call, project);
    for mut target in meant {
        overrides::apply(&call.overrides, &mut target);
        builds.found.extend(build(&target, call, &folder));
    }
    builds
}

/// The files that count, as one; what cannot be read is said.
fn definition(call: &Call, project: &Project, unread: &mut Vec<Located<String>>) -> Definition {
    let mut definition = Definition::default();
    let in_folder = |name: &str| clean(&call.folder.join(name));
    let files: Vec<PathBuf> = if call.files.is_empty() {
        let present = DEFAULT_FILES.iter().map(|name| in_folder(name));
        present.filter(|file| project.files.contains_key(file)).collect()
    } else {
        call.files.iter().map(|name| in_folder(name)).collect()
    };
    if files.is_empty() && call.metadata.is_empty() {
        let value = "bake reads a file that is not here, or one of Compose, which is not read".to_owned();
        unread.push(Located { value, at: call.place() });
    }
    for file in files {
        let Some((file, text)) = text_of(&file, project) else {
            let value = format!("the bake file {} is not here, or could not be read", file.display());
            unread.push(Located { value, at: call.place() });
            continue;
        };
        if let Err(trouble) = definition.read(file, text) {
            unread.push(trouble);
        }
    }
    definition
}

/// A file by its path, else the only one with that end: its workflow changed the folder before.
fn text_of<'p>(file: &Path, project: &'p Project) -> Option<(&'p Path, &'p str)> {
    let found = project.files.get_key_value(file).or_else(|| {
        let mut others = project.files.iter().filter(|(path, _)| path.ends_with(file));
        others.next().filter(|_| others.next().is_none())
    });
    found.map(|(path, text)| (path.as_path(), text.as_str()))
}

/// The folder in which bake runs, by where the first of its files lies.
fn folder_of(call: &Call, project: &Project) -> PathBuf {
    let first = call.files.first().and_then(|name| {
        let (found, _) = text_of(&clean(&call.folder.join(name)), project)?;
        let below = clean(Path::new(name)).components().count();
        found.ancestors().nth(below)
    });
    first.unwrap_or(&call.folder).to_owned()
}

impl Metadata {
    fn add_to(&self, targets: &mut Targets, at: &Location) {
        if let Some(tags) = &self.tags {
            let tags = tags.iter().map(|tag| Value::from(tag.as_str())).collect();
            targets.add(&self.target, at, "tags", Value::List(tags));
        }
        if self.labels {
            let label = |name: &str| (name.to_owned(), Value::from(UNKNOWN));
            let labels = references::METADATA_LABELS.into_iter().map(label).collect();
            targets.add(&self.target, at, "labels", Value::Object(labels));
        }
    }
}

/// What a target builds; none where it is not pushed.
fn build(target: &Target, call: &Call, folder: &Path) -> Option<Build> {
    let outputs = outputs(target);
    if !call.pushes && !outputs.iter().any(|output| pushes_by(output)) {
        return None;
    }
    let mut names = target.texts("tags");
    if names.is_empty() {
        let named = |output: &String| references::attributes(output).remove("name");
        names.extend(outputs.iter().filter_map(named));
    }
    let (found, unread) = references::all(names);
    // Without a name nothing can be pushed: it is there for others to inherit, or to be tested.
    let doubted = doubts(target);
    if found.is_empty() && unread.is_empty() && doubted.is_empty() {
        return None;
    }
    let (recipe, context) = recipe(target, folder);
    let args = target.table("args").into_iter().map(|(name, value)| format!("{name}={value}"));
    Some(Build {
        at: target.at.clone(),
        through: call.at.into_iter().cloned().collect(),
        name: Some(target.name.clone()),
        recipe,
        context,
        target: target.text("target").filter(|stage| !stage.contains(UNKNOWN)),
        args: pairs(args),
        platforms: platforms(&target.texts("platforms").join(",")),
        references: found,
        unread,
        labels: target.table("labels").into_keys().collect::<BTreeSet<_>>(),
        doubts: doubted,
        guesses: said(target, |one| &one.guesses),
    })
}

/// Where it is made from: the Dockerfile lies below the context.
fn recipe(target: &Target, folder: &Path) -> (Recipe, PathBuf) {
    let written = target.text("context").unwrap_or_default();
    let context = folder.join(local(written.strip_prefix("cwd://").unwrap_or(&written)));
    let context = local(&context.to_string_lossy());
    if target.text("dockerfile-inline").is_some() {
        return (Recipe::Inline, context);
    }
    let file = target.text("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned());
    let file = file.strip_prefix("cwd://").map_or_else(|| context.join(&file), |file| folder.join(file));
    (Recipe::Dockerfile(dockerfile(&file)), context)
}

/// Its outputs, each as BuildKit's `type=registry,…`.
fn outputs(target: &Target) -> Vec<String> {
    let said = ["output", "outputs"].into_iter().filter_map(|name| target.last(name));
    let written = |output: Value| match output {
        Value::Object(entries) => {
            let pairs = entries.iter().map(|(name, value)| format!("{name}={}", value.shown()));
            pairs.collect::<Vec<_>>().join(",")
        }
        other => other.shown(),
    };
    said.flat_map(|said| said.value.elements()).map(written).collect()
}

/// The attributes that say which image it is.
const TELLING: [&str; 6] = ["tags", "platforms", "dockerfile", "context", "target", "matrix"];

/// What of it is only known when it is built.
fn doubts(target: &Target) -> Vec<Located<String>> {
    said(target, |one| if one.value.is_unknown() { &one.doubts } else { &[] })
}

fn said(target: &Target, what: impl Fn(&targets::Evaluated) -> &[Located<String>]) -> Vec<Located<String>> {
    let mut all: Vec<Located<String>> = Vec::new();
    for one in TELLING.into_iter().filter_map(|name| target.last(name)).flat_map(what) {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    all
}
