//! Facts for tests: the sample report's release, and the steps by which it becomes ready.

mod change;
mod content;
mod runs;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::model::{
    Absence, AbsenceKind, Access, Build, CertificateSigner, Classic, DeclaredStep, Descriptor, Digest,
    Evidence, Example, Fact, FactKey, Facts, IdentityRule, Image, ImageIndex, ImageManifest, ImageName,
    Level, LocalImage, LocalImages, LocalSource, Located, Location, Manifest, Observed, Pass, Platform,
    Policy, Reason, ReasonKind, Referrers, ReferrersVia, Release, ReleaseWorkflow, Repository, RunKind,
    Scope, Signature, SignatureFormat, SignatureOutcome, SignaturePolicy, Signer, Staged, StepKind,
    TagFilter, VersionCommand, WorkflowRun, Workflows,
};

use content::{dockerfile, labels, layer_index};
pub(super) use content::{entry, image_config, program};

/// The workflow's identity in the sample's certificates.
pub(super) const IDENTITY: &str =
    "https://github.com/acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0";
/// GitHub's issuer.
pub(super) const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// The release's commit.
pub(super) const REVISION: &str = "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345";
/// The sample's source repository.
pub(super) const SOURCE: &str = "https://github.com/acme/greenlang";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A release with its policy, scope and facts.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// What is to go live.
    pub release: Release,
    /// What it must satisfy.
    pub policy: Policy,
    /// What is looked at.
    pub scope: Scope,
    /// What is known.
    pub facts: Facts,
}

/// `linux/amd64`.
pub(super) fn amd64() -> Platform {
    Platform::new("linux", "amd64", None)
}

/// `linux/arm64`.
pub(super) fn arm64() -> Platform {
    Platform::new("linux", "arm64", None)
}

/// The name of an image.
pub(super) fn name(name: &str) -> ImageName {
    name.parse().unwrap()
}

/// The digest that stands for `what`.
pub(super) fn digest(what: &str) -> Digest {
    Digest::of(what.as_bytes())
}

/// The sample report's state: an amd64 runner of 367 MB built locally, whose `--version` fails; `full` never
/// built; nothing in either registry; armed steps that push, sign, make an SBOM and scan; the example not run.
pub(crate) fn sample() -> Sample {
    let release = Release {
        name: "greenlang".to_owned(),
        version: "0.2.0".to_owned(),
        source: Some(SOURCE.to_owned()),
        revision: Some(REVISION.to_owned()),
        tag: None,
        images: vec![image("runner", 300_000_000, true), image("full", 1_000_000_000, false)],
    };
    let policy = Policy {
        signature: SignaturePolicy {
            identity: Some(IdentityRule::Exact(IDENTITY.to_owned())),
            issuer: Some(ISSUER.to_owned()),
            ..SignaturePolicy::default()
        },
        native: amd64(),
        ..Policy::default()
    };
    let scope = Scope { run: BTreeSet::from([RunKind::Version]), ..Scope::default() };
    let facts = Facts::new("2025-01-20T12:00:00Z".parse().unwrap());
    let mut sample = Sample { release, policy, scope, facts };
    sample.nothing_published();
    sample.declare();
    let runner = sample.local_image("runner", &amd64(), "first", 367_000_000);
    let config = runner.config.clone();
    sample.keep_local("runner", "first", vec![runner]);
    sample.put_absent(FactKey::Local(name("full")), "no layout at dist/full");
    sample.ran(&config, RunKind::Version, &amd64(), 2, "", "Error: No such option: --version\n");
    sample
}

fn logs_in((host, line): (&str, u32)) -> Located<Option<String>> {
    let at = Location { file: PathBuf::from(".github/workflows/release.yml"), line };
    Located { value: Some(host.to_owned()), at }
}

fn image(image: &str, budget: u64, example: bool) -> Image {
    let repository =
        |registry: &str| format!("{registry}/acme/greenlang-{image}").parse::<Repository>().unwrap();
    Image {
        name: name(image),
        repositories: vec![repository("ghcr.io"), repository("docker.io")],
        tag: "0.2.0".parse().unwrap(),
        moving_tags: Vec::new(),
        platforms: vec![amd64(), arm64()],
        local: Some(LocalSource::Layout(PathBuf::from(format!("dist/{image}")))),
        build: Some(Build {
            dockerfile: Some(PathBuf::from(format!("Dockerfile.{image}"))),
            context: PathBuf::from("."),
            ..Build::default()
        }),
        budget: Some(budget),
        limit: None,
        version: Some(VersionCommand {
            command: vec!["gl".to_owned(), "--version".to_owned()],
            pattern: None,
        }),
        example: example.then(|| Example {
            command: ["gl", "run", "demo.yaml"].map(str::to_owned).to_vec(),
            inputs: Some(PathBuf::from("examples")),
            outputs: vec!["out/report.json".to_owned()],
            platforms: Vec::new(),
        }),
        healthcheck: None,
        private: false,
    }
}

/// A workflow that tags with a `v` start.
fn started_by_tags(file: PathBuf) -> ReleaseWorkflow {
    let tags = TagFilter { only: vec!["v*".to_owned()], ignored: Vec::new() };
    ReleaseWorkflow {
        on: Location { file: file.clone(), line: 4 },
        file,
        tags: Some(tags),
        github_release: false,
        dispatch: None,
        needs: Vec::new(),
    }
}

/// Evidence of a level.
pub(super) fn evidence(level: Level) -> Evidence {
    Evidence {
        subject: "of a test".to_owned(),
        source: "test".to_owned(),
        method: "given".to_owned(),
        level,
        at: "2025-01-20T11:59:00Z".parse().unwrap(),
        exit: None,
        raw: Vec::new(),
    }
}

/// A valid certificate of the release's own workflow.
pub(super) fn own_certificate() -> CertificateSigner {
    CertificateSigner {
        identity: IDENTITY.to_owned(),
        issuer: ISSUER.to_owned(),
        source_repository: Some(SOURCE.to_owned()),
        source_revision: Some(REVISION.to_owned()),
        source_ref: Some("refs/tags/v0.2.0".to_owned()),
        ..CertificateSigner::default()
    }
}

/// A verified bundle by `signer`.
pub(super) fn signature(signer: Signer, predicate_type: &str, predicate: Option<Digest>) -> Signature {
    Signature {
        format: SignatureFormat::Bundle,
        outcome: SignatureOutcome::Valid(signer),
        predicate_type: Some(predicate_type.to_owned()),
        predicate,
        checks: crate::model::SignatureChecks::default(),
    }
}

/// A descriptor.
pub(super) fn descriptor(digest: &Digest, media_type: &str, platform: Option<Platform>) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: digest.clone(),
        size: 1_000,
        platform,
        artifact_type: None,
        annotations: BTreeMap::new(),
    }
}

impl Sample {
    /// Keeps a fact that was seen in a registry.
    pub fn put(&mut self, key: FactKey, fact: Fact) {
        self.facts.insert(key, fact, evidence(Level::Registry));
    }

    /// Keeps that something is authoritatively not there.
    pub fn put_absent(&mut self, key: FactKey, text: &str) {
        let fact = Fact::absent(&key, Absence { kind: AbsenceKind::NotFound, text: text.to_owned() });
        self.put(key, fact);
    }

    /// Keeps that something could not be looked at.
    pub fn put_unknown(&mut self, key: FactKey, kind: ReasonKind, text: &str) {
        let fact = Fact::unknown(&key, Reason::new(kind, text));
        self.put(key, fact);
    }

    /// The key of an image's version tag.
    pub fn tag_key(&self, image: &str, repository: usize, access: Access, pass: Pass) -> FactKey {
        let image = self.release.image(&name(image)).unwrap();
        let repository = image.repositories[repository].clone();
        FactKey::Tag { repository, tag: image.tag.clone(), access, pass }
    }

    /// An image's repository.
    pub fn repository(&self, image: &str, repository: usize) -> Repository {
        self.release.image(&name(image)).unwrap().repositories[repository].clone()
    }

    /// Every repository answers 404 to the version tag, and this machine staged nothing.
    pub fn nothing_published(&mut self) {
        for image in self.release.images.clone() {
            for repository in &image.repositories {
                let key = FactKey::Tag {
                    repository: repository.clone(),
                    tag: image.tag.clone(),
                    access: Access::Anonymous,
                    pass: Pass::First,
                };
                self.put_absent(key, &format!("404 from {}", repository.registry()));
            }
            self.put_absent(FactKey::Staged(image.name), "nothing was staged from here");
        }
    }

    /// A run of the release workflow for the tag, on a commit.
    pub fn ran_on_github(&mut self, status: &str, conclusion: Option<&str>, commit: &str) {
        let run = WorkflowRun {
            id: 30_433_642,
            status: status.to_owned(),
            conclusion: conclusion.map(str::to_owned),
            head_sha: commit.to_owned(),
            head_branch: Some("v0.2.0".to_owned()),
            event: "push".to_owned(),
            actor: Some("octocat".to_owned()),
            created_at: self.facts.as_of,
            attempt: 1,
            url: format!("{SOURCE}/actions/runs/30433642"),
        };
        let key = FactKey::WorkflowRun {
            workflow: "release.yml".to_owned(),
            tag: "v0.2.0".to_owned(),
            commit: self.release.revision.clone(),
        };
        self.put(key, Fact::WorkflowRun(Observed::Seen(run)));
    }

    fn declare(&mut self) {
        for image in ["runner", "full"] {
            let fact = Fact::Dockerfile(Observed::Seen(dockerfile(image)));
            self.put(FactKey::Dockerfile(name(image)), fact);
        }
        let steps = [
            (StepKind::Push, "Build and push", 60),
            (StepKind::Sign, "Sign images", 71),
            (StepKind::Sbom, "Attest SBOM", 78),
            (StepKind::Scan, "Scan images", 84),
        ];
        let file = PathBuf::from(".github/workflows/release.yml");
        let steps = steps.map(|(step, name, line)| DeclaredStep {
            step,
            name: name.to_owned(),
            at: Location { file: file.clone(), line },
            disarmed: None,
            gate: None,
        });
        let workflows = Workflows {
            files: vec![file.clone()],
            releasing: vec![started_by_tags(file)],
            steps: steps.to_vec(),
            logins: [("ghcr.io", 49), ("docker.io", 54)].map(logs_in).to_vec(),
            ..Workflows::default()
        };
        self.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)));
        self.put_absent(FactKey::Git, "this is in no git repository");
    }

    /// Facts of one local image: manifest, config and one layer of `unpacked` bytes. `build` tells builds apart.
    pub fn local_image(
        &mut self,
        image: &str,
        platform: &Platform,
        build: &str,
        unpacked: u64,
    ) -> LocalImage {
        let of = |what: &str| digest(&format!("{build} {image} {platform} {what}"));
        let (manifest, config, layer) = (of("manifest"), of("config"), of("layer"));
        let index = layer_index(&layer, &of("diff"), platform, unpacked);
        self.put_local(FactKey::Layer(layer.clone()), Fact::Layer(Observed::Seen(index)));
        let content = image_config(image, platform, &of("diff"));
        self.put_local(FactKey::Config(config.clone()), Fact::Config(Observed::Seen(content)));
        let content = Manifest::Image(ImageManifest {
            media_type: MANIFEST.to_owned(),
            config: descriptor(&config, CONFIG, None),
            layers: vec![Descriptor { size: unpacked / 3, ..descriptor(&layer, LAYER, None) }],
            annotations: BTreeMap::new(),
            artifact_type: None,
            subject: None,
        });
        self.put_local(FactKey::Manifest(manifest.clone()), Fact::Manifest(Observed::Seen(content)));
        self.put_local(FactKey::StoredRuns(config.clone()), Fact::StoredRuns(Observed::Seen(0)));
        self.put_local(FactKey::StoredScans(manifest.clone()), Fact::StoredScans(Observed::Seen(0)));
        LocalImage { platform: platform.clone(), manifest: Some(manifest), config, size: None }
    }

    fn put_local(&mut self, key: FactKey, fact: Fact) {
        self.facts.insert(key, fact, evidence(Level::Local));
    }

    /// Keeps the local images of a name, with an index over them.
    pub fn keep_local(&mut self, image: &str, build: &str, images: Vec<LocalImage>) {
        let index = digest(&format!("{build} {image} index"));
        let entry = |local: &LocalImage| {
            descriptor(local.manifest.as_ref().unwrap(), MANIFEST, Some(local.platform.clone()))
        };
        let annotations = self.labels(image);
        let content = Manifest::Index(ImageIndex {
            media_type: INDEX.to_owned(),
            manifests: images.iter().map(entry).collect(),
            annotations,
            artifact_type: None,
            subject: None,
        });
        self.put_local(FactKey::Manifest(index.clone()), Fact::Manifest(Observed::Seen(content)));
        let local = LocalImages { source: format!("layout dist/{image}"), index: Some(index), images };
        self.put_local(FactKey::Local(name(image)), Fact::Local(Observed::Seen(local)));
    }

    fn labels(&self, image: &str) -> BTreeMap<String, String> {
        labels(image, &self.release.version)
    }

    /// Builds every image for every platform, within budget.
    pub fn build(&mut self) {
        for (image, size) in [("runner", 240_000_000), ("full", 810_000_000)] {
            let images =
                [amd64(), arm64()].map(|platform| self.local_image(image, &platform, "second", size));
            self.keep_local(image, "second", images.to_vec());
        }
    }

    /// Mends `--version` in what is built, and nothing else.
    pub fn mend_version(&mut self) {
        let config = self.local("runner").images[0].config.clone();
        self.ran(&config, RunKind::Version, &amd64(), 0, "GreenLang v0.2.0\n", "");
    }

    /// What is built of an image.
    pub fn local(&self, image: &str) -> LocalImages {
        let local = self.facts.local(&FactKey::Local(name(image))).unwrap();
        local.seen().cloned().unwrap_or_default()
    }

    /// Every local image with the image's name.
    pub fn locals(&self) -> Vec<(String, LocalImage)> {
        let images = ["runner", "full"].into_iter();
        images
            .flat_map(|image| {
                self.local(image).images.into_iter().map(move |local| (image.to_owned(), local))
            })
            .collect()
    }

    /// Everything that is built is in both registries by digest.
    pub fn stage(&mut self) {
        for image in self.release.images.clone() {
            let local = self.local(image.name.as_str());
            let Some(index) = local.index else { continue };
            let staged = Staged { digest: index.clone(), at: Some(self.facts.as_of) };
            self.put(FactKey::Staged(image.name.clone()), Fact::Staged(Observed::Seen(staged)));
            let children = local.images.iter().filter_map(|local| local.manifest.clone());
            let all: Vec<Digest> = std::iter::once(index).chain(children).collect();
            for repository in &image.repositories {
                for digest in &all {
                    self.present(repository, digest);
                }
            }
        }
    }

    /// A repository has `digest`, and nothing is attached to it.
    pub fn present(&mut self, repository: &Repository, digest: &Digest) {
        let repository = || repository.clone();
        let present = FactKey::Present { repository: repository(), digest: digest.clone() };
        self.put(present, Fact::Present(Observed::Seen(())));
        let referrers = FactKey::Referrers { repository: repository(), subject: digest.clone() };
        let none = Referrers { via: ReferrersVia::Api, manifests: Vec::new() };
        self.put(referrers, Fact::Referrers(Observed::Seen(none)));
        for kind in Classic::ALL {
            let key = FactKey::ClassicTag { repository: repository(), subject: digest.clone(), kind };
            self.put_absent(key, "404");
        }
    }

    /// Attaches a verified bundle to `subject` in `repository`.
    pub fn attach(&mut self, repository: &Repository, subject: &Digest, what: &str, signature: Signature) {
        let artifact = digest(&format!("{what} of {subject} blob"));
        self.list_bundle(repository, subject, what, signature.predicate_type.as_deref().unwrap_or_default());
        let key = FactKey::Signature { repository: repository.clone(), subject: subject.clone(), artifact };
        self.facts.insert(key, Fact::Signature(Observed::Seen(signature)), evidence(Level::Verified));
    }

    /// Lists a bundle as a referrer of `subject`, and opens its manifest.
    pub fn list_bundle(
        &mut self,
        repository: &Repository,
        subject: &Digest,
        what: &str,
        predicate_type: &str,
    ) {
        let artifact = digest(&format!("{what} of {subject} blob"));
        let manifest = digest(&format!("{what} of {subject} manifest"));
        let annotation = ("dev.sigstore.bundle.predicateType".to_owned(), predicate_type.to_owned());
        let content = Manifest::Image(ImageManifest {
            media_type: MANIFEST.to_owned(),
            config: descriptor(&digest("{}"), "application/vnd.oci.empty.v1+json", None),
            layers: vec![descriptor(&artifact, BUNDLE, None)],
            annotations: BTreeMap::from([annotation]),
            artifact_type: Some(BUNDLE.to_owned()),
            subject: Some(descriptor(subject, INDEX, None)),
        });
        self.put(FactKey::Manifest(manifest.clone()), Fact::Manifest(Observed::Seen(content)));
        let key = FactKey::Referrers { repository: repository.clone(), subject: subject.clone() };
        let mut listed = self.facts.referrers(&key).and_then(Observed::seen).cloned().unwrap();
        let entry =
            Descriptor { artifact_type: Some(BUNDLE.to_owned()), ..descriptor(&manifest, MANIFEST, None) };
        if !listed.manifests.contains(&entry) {
            listed.manifests.push(entry);
        }
        self.put(key, Fact::Referrers(Observed::Seen(listed)));
    }
}
