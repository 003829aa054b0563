//! What is to go live: a version, its images, and where they shall be found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AskGithub, Digest, ImageName, Platform, Repository, RunKind, Tag};

/// One release: a version and its images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The product's name, for titles.
    pub name: String,
    /// The version, as in the configuration (a leading `v` is dropped when comparing).
    pub version: String,
    /// The source repository's URL, where configured.
    pub source: Option<String>,
    /// The release's commit, where known: labels and certificates are compared with it.
    pub revision: Option<String>,
    /// The git tag that the version was taken from; `v` and the version where it was not.
    pub tag: Option<String>,
    /// The images, in the order of the configuration.
    pub images: Vec<Image>,
}

/// One image of the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name in this release, such as `runner`.
    pub name: ImageName,
    /// One repository per registry.
    pub repositories: Vec<Repository>,
    /// The version tag, `{version}` filled in.
    pub tag: Tag,
    /// Tags that move with each release (`latest`, `0.2`): shown, not judged.
    pub moving_tags: Vec<Tag>,
    /// The platforms that the release requires.
    pub platforms: Vec<Platform>,
    /// Where the image is found on this machine before it is pushed.
    pub local: Option<LocalSource>,
    /// How it is built here, if it is.
    pub build: Option<Build>,
    /// The unpacked size that it should keep, in bytes.
    pub budget: Option<u64>,
    /// The unpacked size that it must keep, in bytes.
    pub limit: Option<u64>,
    /// What prints the version; none when the image has no command.
    pub version: Option<VersionCommand>,
    /// The example pipeline that shall run in it.
    pub example: Option<Example>,
    /// Whether, and how long, it is run until its healthcheck says how it is.
    pub healthcheck: Option<HealthcheckRun>,
    /// Whether the repositories are private on purpose.
    pub private: bool,
}

/// Where a local image is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocalSource {
    /// A folder in the OCI image layout (`oci:path`).
    Layout(PathBuf),
    /// An image of the container engine (`docker:name:tag`).
    Engine(String),
}

/// How an image is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The Dockerfile: built from by BuildKit, read for what it declares.
    pub dockerfile: Option<PathBuf>,
    /// The build context.
    pub context: PathBuf,
    /// The stage to build; the last one when not set.
    pub target: Option<String>,
    /// A command of the user's that writes an OCI layout, run in `context`; without one the image is built
    /// from the Dockerfile in the container engine.
    pub command: Option<Vec<String>>,
    /// Build arguments (`ARG`), expanded in what the Dockerfile declares.
    pub args: BTreeMap<String, String>,
    /// Labels that the image gets besides those of the Dockerfile and those that the release tells.
    pub labels: BTreeMap<String, String>,
    /// Secrets by their id, for `RUN --mount=type=secret`: where they are, never what they are.
    pub secrets: BTreeMap<String, BuildSecret>,
    /// Images whose inline cache may be used.
    pub cache_from: Vec<String>,
    /// Whether every step is done again.
    pub no_cache: bool,
    /// `SOURCE_DATE_EPOCH` in seconds, for builds that can be reproduced.
    pub source_date_epoch: Option<u64>,
}

/// Where a secret of a build is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildSecret {
    /// An environment variable of exitbar's.
    Env(String),
    /// A file.
    File(PathBuf),
}

/// The command that prints the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionCommand {
    /// The program and its arguments; the image's entrypoint with `--version` when empty.
    pub command: Vec<String>,
    /// A regular expression whose first group is the version, in place of the first SemVer token.
    pub pattern: Option<String>,
}

/// The example pipeline of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// A folder that is the working folder of the run, read-only where the engine can.
    pub inputs: Option<PathBuf>,
    /// Files that the run must have written, relative to its working folder.
    pub outputs: Vec<String>,
    /// The platforms to run on; the native one when empty.
    pub platforms: Vec<Platform>,
}

/// That an image is run until its healthcheck says how it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthcheckRun {
    /// How long that may take.
    pub timeout: Duration,
}

impl HealthcheckRun {
    /// Long enough for Docker's own defaults: three probes, 30 seconds apart.
    pub const TIMEOUT: Duration = Duration::from_mins(2);
}

/// What an audit looks at, and what it may execute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The runs that the audit executes where no stored evidence is there.
    pub run: BTreeSet<RunKind>,
    /// Whether the audit scans what no scanner of this machine has scanned yet.
    pub scan: bool,
    /// Whether what the next scan finds is attested as well (`scan --attest`): its plan says so.
    pub attest_scan: bool,
    /// Staged digests given by the operator (`--digest IMAGE=sha256:…`).
    pub digests: BTreeMap<ImageName, Digest>,
    /// Version tags that may be moved although they point elsewhere, by name (`--move-tag REPOSITORY:TAG`).
    pub move_tags: BTreeSet<String>,
    /// The repository to promote from (`--from`).
    pub promote_from: Option<Repository>,
    /// Whether GitHub is asked about the source.
    pub github: AskGithub,
    /// What a dispatch starts, or which run is taken up.
    pub dispatch: ScopedDispatch,
}

/// What a dispatch starts, or which run is taken up, where the operator says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopedDispatch {
    /// The workflow, where several release (`--workflow`).
    pub workflow: Option<PathBuf>,
    /// The branch or tag (`--ref`); the release's tag where the remote has it, else the branch.
    pub reference: Option<String>,
    /// The inputs (`--input NAME=VALUE`).
    pub inputs: BTreeMap<String, String>,
    /// The run that is run again, cancelled or watched.
    pub run: Option<u64>,
}

impl Release {
    /// The git tag of this release.
    pub fn git_tag(&self) -> String {
        self.tag.clone().unwrap_or_else(|| {
            let rest = self.version.strip_prefix(['v', 'V']);
            let number = rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            format!("v{}", number.unwrap_or(&self.version))
        })
    }

    /// The image of this name.
    pub fn image(&self, name: &ImageName) -> Option<&Image> {
        self.images.iter().find(|image| image.name == *name)
    }

    /// Every repository of every image, with the image.
    pub fn repositories(&self) -> impl Iterator<Item = (&Image, &Repository)> {
        self.images
            .iter()
            .flat_map(|image| image.repositories.iter().map(move |repository| (image, repository)))
    }
}

impl Release {
    /// A text of the configuration with what the release tells filled in: `{version}`, `{revision}`,
    /// `{created}` (RFC 3339). None where it names something that is not known.
    pub fn filled(&self, text: &str, created: Option<&str>) -> Option<String> {
        let known = [
            ("{version}", Some(self.version.as_str())),
            ("{revision}", self.revision.as_deref()),
            ("{created}", created),
        ];
        known.into_iter().try_fold(text.to_owned(), |text, (word, value)| match value {
            _ if !text.contains(word) => Some(text),
            Some(value) => Some(text.replace(word, value)),
            None => None,
        })
    }

    /// The arguments of a build: those of the configuration and, where the Dockerfile declares an `ARG` of
    /// that name and the configuration says nothing else, VERSION, REVISION and CREATED. What is not known
    /// is left out, so that the Dockerfile's default counts.
    pub fn build_args(
        &self,
        build: &Build,
        declared: &BTreeSet<String>,
        created: Option<&str>,
    ) -> BTreeMap<String, String> {
        let ours = [("VERSION", "{version}"), ("REVISION", "{revision}"), ("CREATED", "{created}")];
        let ours = ours
            .into_iter()
            .filter(|(name, _)| declared.contains(*name))
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        let all = ours.chain(build.args.clone()).collect::<BTreeMap<_, _>>();
        all.into_iter().filter_map(|(name, text)| Some((name, self.filled(&text, created)?))).collect()
    }
}

impl Image {
    /// The platforms on which the example has to run: those named for it, else the native one
    /// where the image has it, else the image's first.
    pub fn example_platforms(&self, native: &Platform) -> Vec<Platform> {
        let Some(example) = &self.example else { return Vec::new() };
        if !example.platforms.is_empty() {
            return example.platforms.clone();
        }
        let native = self.platforms.iter().find(|platform| *platform == native);
        native.or(self.platforms.first()).into_iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(revision: Option<&str>) -> Release {
        Release {
            name: "app".to_owned(),
            version: "0.2.0".to_owned(),
            source: None,
            revision: revision.map(str::to_owned),
            tag: None,
            images: Vec::new(),
        }
    }

    fn pairs(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn arguments_are_given_where_the_dockerfile_declares_them() {
        let declared = ["VERSION", "REVISION", "OTHER"].map(str::to_owned).into();
        let build = Build { args: pairs(&[("A", "v{version}"), ("B", "plain")]), ..Build::default() };
        let args = release(Some("abc")).build_args(&build, &declared, Some("now"));
        assert_eq!(
            args,
            pairs(&[("A", "v0.2.0"), ("B", "plain"), ("VERSION", "0.2.0"), ("REVISION", "abc")])
        );
    }

    #[test]
    fn what_is_not_known_is_left_out_and_what_is_configured_counts() {
        let declared = ["VERSION", "REVISION", "CREATED"].map(str::to_owned).into();
        let build = Build { args: pairs(&[("VERSION", "9"), ("A", "{revision}")]), ..Build::default() };
        assert_eq!(release(None).build_args(&build, &declared, None), pairs(&[("VERSION", "9")]));
    }
}
