//! Facts for tests: the sample report's release, and the steps by which it becomes ready.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    Absence, AbsenceKind, Access, Base, Build, Catalogued, CertificateSigner, Classic, DeclaredStep,
    Descriptor, Digest, Dockerfile, EntryKind, Evidence, Example, Fact, FactKey, Facts, Healthcheck,
    IdentityRule, Image, ImageConfig, ImageIndex, ImageManifest, ImageName, LayerEntry, LayerIndex, Level,
    LocalImage, LocalImages, LocalSource, Located, Location, Manifest, Observed, Pass, Platform, Policy,
    Program, Reason, ReasonKind, Referrers, ReferrersVia, Release, Repository, Run, RunEnd, RunKind, Sbom,
    Scan, ScanSource, Scope, Signature, SignatureFormat, SignatureOutcome, SignaturePolicy, Signer, Staged,
    StepKind, TagFact, VersionCommand, Workflows,
};

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
pub(super) struct Sample {
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
pub(super) fn sample() -> Sample {
    let release = Release {
        name: "greenlang".to_owned(),
        version: "0.2.0".to_owned(),
        source: Some(SOURCE.to_owned()),
        revision: Some(REVISION.to_owned()),
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
    let scope = Scope { run: BTreeSet::from([RunKind::Version]), digests: BTreeMap::new() };
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
            target: None,
            command: None,
            args: BTreeMap::new(),
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
        private: false,
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
        signed_at: None,
    }
}

/// A verified bundle by `signer`.
pub(super) fn signature(signer: Signer, predicate_type: &str, predicate: Option<Digest>) -> Signature {
    Signature {
        format: SignatureFormat::Bundle,
        outcome: SignatureOutcome::Valid(signer),
        predicate_type: Some(predicate_type.to_owned()),
        predicate,
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
        });
        let workflows = Workflows { files: vec![file], steps: steps.to_vec(), troubles: Vec::new() };
        self.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)));
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

    /// Keeps a run with this exit code and output.
    pub fn ran(
        &mut self,
        config: &Digest,
        kind: RunKind,
        platform: &Platform,
        exit: i32,
        stdout: &str,
        stderr: &str,
    ) {
        let run = Run {
            platform: platform.clone(),
            how: "engine unix:///var/run/docker.sock".to_owned(),
            emulated: *platform != amd64(),
            ended: RunEnd::Exited(exit),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            millis: 120,
            missing_outputs: Vec::new(),
            raw: Vec::new(),
        };
        self.put_run(config, kind, Observed::Seen(run));
    }

    /// Keeps what a run came to.
    pub fn put_run(&mut self, config: &Digest, kind: RunKind, run: Observed<Run>) {
        let key = self.run_key(config, kind);
        self.facts.insert(key, Fact::Run(run), evidence(Level::Verified));
    }

    /// The key of a run of the sample's command.
    pub fn run_key(&self, config: &Digest, kind: RunKind) -> FactKey {
        let runner = &self.release.images[0];
        let argv = match kind {
            RunKind::Version => runner.version.clone().unwrap().command,
            RunKind::Example => runner.example.clone().unwrap().command,
        };
        FactKey::Run { config: config.clone(), kind, argv }
    }

    /// `--version` runs well on every platform that is built.
    pub fn run_version(&mut self) {
        for (_, local) in self.locals() {
            let config = local.config.clone();
            self.ran(&config, RunKind::Version, &local.platform, 0, "GreenLang v0.2.0\n", "");
        }
    }

    /// `--version` runs well natively; the other platform cannot be run here.
    pub fn run_version_natively(&mut self) {
        self.run_version();
        for (_, local) in self.locals().into_iter().filter(|(_, local)| local.platform != amd64()) {
            let reason = Reason::new(ReasonKind::NoEmulation, "this host cannot run linux/arm64")
                .cure("install qemu-user-static");
            self.put_run(&local.config, RunKind::Version, Observed::Unknown(reason));
        }
    }

    /// The example runs well on the native platform.
    pub fn run_example(&mut self) {
        let config = self.local("runner").images[0].config.clone();
        self.ran(&config, RunKind::Example, &amd64(), 0, "done\n", "");
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

    fn each_index(&self) -> Vec<(Image, Repository, Digest)> {
        let images = self.release.images.iter();
        images
            .filter_map(|image| Some((image, self.local(image.name.as_str()).index?)))
            .flat_map(|(image, index)| {
                image.repositories.iter().map(move |r| (image.clone(), r.clone(), index.clone()))
            })
            .collect()
    }

    fn each_platform(&self) -> Vec<(Repository, LocalImage)> {
        let indexes = self.each_index().into_iter();
        indexes
            .flat_map(|(image, repository, _)| {
                let local = self.local(image.name.as_str()).images.into_iter();
                local.map(move |local| (repository.clone(), local))
            })
            .collect()
    }

    /// Every index is signed by the release's workflow, in every registry.
    pub fn sign(&mut self) {
        for (_, repository, index) in self.each_index() {
            let signer = Signer::Certificate(own_certificate());
            let signed = signature(signer, crate::model::COSIGN_SIGN_PREDICATE, None);
            self.attach(&repository, &index, "signature", signed);
        }
    }

    /// Every platform has an SBOM, attested by the release's workflow, in every registry.
    pub fn attest_sbom(&mut self) {
        for (repository, local) in self.each_platform() {
            let subject = local.manifest.unwrap();
            let document = digest(&format!("sbom of {subject}"));
            let signer = Signer::Certificate(own_certificate());
            let signed = signature(signer, "https://spdx.dev/Document", Some(document.clone()));
            self.attach(&repository, &subject, "sbom", signed);
            let sbom = Sbom {
                format: "SPDX 2.3".to_owned(),
                packages: 41,
                architectures: Vec::new(),
                subject: None,
                warnings: Vec::new(),
            };
            self.put(FactKey::Sbom(document), Fact::Sbom(Observed::Seen(sbom)));
        }
    }

    /// The key of a scan.
    pub fn scan_key(subject: &Digest) -> FactKey {
        FactKey::Scan { subject: subject.clone(), source: ScanSource::Scanner("trivy".to_owned()) }
    }

    /// Every platform was scanned an hour ago, and nothing was found.
    pub fn scan(&mut self) {
        let hours = |hours: i64| -> Timestamp { self.facts.as_of - SignedDuration::from_hours(hours) };
        let scan = Scan {
            scanner: "trivy 0.58.1".to_owned(),
            scanned_at: hours(1),
            database_at: Some(hours(5)),
            catalogued: Catalogued::Something,
            findings: Vec::new(),
            signature: None,
        };
        for (_, local) in self.each_platform() {
            let key = Self::scan_key(&local.manifest.unwrap());
            self.put(key, Fact::Scan(Observed::Seen(scan.clone())));
        }
    }

    /// The version tags resolve to what is built, at the start and at the end of the audit.
    pub fn publish(&mut self) {
        for (image, repository, index) in self.each_index() {
            for pass in [Pass::First, Pass::Last] {
                let key = FactKey::Tag {
                    repository: repository.clone(),
                    tag: image.tag.clone(),
                    access: Access::Anonymous,
                    pass,
                };
                let tag = TagFact { digest: index.clone() };
                self.put(key, Fact::Tag(Observed::Seen(tag)));
            }
        }
    }

    /// Built, run and staged, not yet signed.
    pub fn staged() -> Self {
        let mut sample = sample();
        sample.build();
        sample.run_version();
        sample.run_example();
        sample.stage();
        sample
    }

    /// Everything done, in the order of release.
    pub fn complete() -> Self {
        let mut sample = Self::staged();
        sample.sign();
        sample.attest_sbom();
        sample.scan();
        sample.publish();
        sample
    }
}

fn dockerfile(image: &str) -> Dockerfile {
    let file = PathBuf::from(format!("Dockerfile.{image}"));
    let at = |line| Location { file: file.clone(), line };
    Dockerfile {
        user: Some(Located { value: "10001".to_owned(), at: at(30) }),
        healthcheck: Some(Located { value: ["CMD", "gl", "doctor"].map(str::to_owned).to_vec(), at: at(31) }),
        labels: labels(image, "0.2.0")
            .into_iter()
            .map(|(key, value)| (key, Located { value, at: at(12) }))
            .collect(),
        entrypoint: Some(Located { value: vec!["gl".to_owned()], at: at(32) }),
        bases: vec![Located {
            value: Base { reference: "python:3.12-slim".to_owned(), pinned: false },
            at: at(1),
        }],
        troubles: Vec::new(),
        file: file.clone(),
    }
}

fn labels(image: &str, version: &str) -> BTreeMap<String, String> {
    [
        ("title", format!("GreenLang {image}")),
        ("description", "Runs GreenLang pipelines".to_owned()),
        ("version", version.to_owned()),
        ("created", "2025-01-20T10:00:00Z".to_owned()),
        ("revision", REVISION.to_owned()),
        ("source", SOURCE.to_owned()),
        ("licenses", "MIT".to_owned()),
        ("vendor", "Acme".to_owned()),
    ]
    .map(|(key, value)| (format!("org.opencontainers.image.{key}"), value))
    .into()
}

/// An image config of the sample: uid 10001, a healthcheck, the labels, `gl` as entrypoint.
pub(super) fn image_config(image: &str, platform: &Platform, diff_id: &Digest) -> ImageConfig {
    ImageConfig {
        platform: platform.clone(),
        created: Some("2025-01-20T10:00:00Z".to_owned()),
        user: "10001".to_owned(),
        entrypoint: vec!["gl".to_owned()],
        cmd: Vec::new(),
        env: vec!["PATH=/usr/local/bin:/usr/bin:/bin".to_owned()],
        working_dir: "/".to_owned(),
        healthcheck: Some(Healthcheck {
            test: ["CMD", "gl", "doctor"].map(str::to_owned).to_vec(),
            ..Healthcheck::default()
        }),
        labels: labels(image, "0.2.0"),
        diff_ids: vec![diff_id.clone()],
    }
}

/// One layer with a static program `gl`, an `/etc/passwd` and no shell.
pub(super) fn layer_index(
    digest: &Digest,
    diff_id: &Digest,
    platform: &Platform,
    unpacked: u64,
) -> LayerIndex {
    let machine = platform.architecture().to_owned();
    let passwd = "root:x:0:0:root:/root:/bin/sh\ngl:x:10001:10001::/home/gl:/sbin/nologin\n";
    let entries = [
        ("usr/local/bin/gl", program(Program::Elf { machine, interpreter: None })),
        ("etc/passwd", LayerEntry { text: Some(passwd.to_owned()), mode: 0o644, ..entry(EntryKind::File) }),
    ];
    LayerIndex {
        digest: digest.clone(),
        diff_id: diff_id.clone(),
        compressed: unpacked / 3,
        unpacked,
        entries: entries.map(|(path, entry)| (path.to_owned(), entry)).into(),
    }
}

/// An entry of a layer.
pub(super) fn entry(kind: EntryKind) -> LayerEntry {
    LayerEntry { kind, size: 0, mode: 0o755, program: None, text: None }
}

/// An executable file.
pub(super) fn program(program: Program) -> LayerEntry {
    LayerEntry { program: Some(program), ..entry(EntryKind::File) }
}

impl Sample {
    /// What is still wanted.
    pub fn wanted(&self) -> BTreeMap<FactKey, Vec<crate::model::Place>> {
        super::wants(&self.release, &self.policy, &self.scope, &self.facts)
    }

    /// What the check of `item` makes of the facts.
    pub fn checked(&self, item: crate::model::Item) -> super::checks::Checked {
        let wanted = self.wanted();
        let context =
            super::context::Context::new(&self.release, &self.policy, &self.scope, &self.facts, &wanted);
        super::checks::check(item, &context)
    }

    /// The outcomes of the cells that count, each different one once.
    pub fn outcomes(&self, item: crate::model::Item) -> BTreeSet<crate::model::Outcome> {
        self.checked(item).cells.iter().filter(|cell| !cell.beyond).map(|cell| cell.outcome).collect()
    }

    /// Forgets a fact and says that it could not be looked at.
    pub fn unsee(&mut self, key: &FactKey) {
        self.put_unknown(key.clone(), ReasonKind::TimedOut, "no answer in 10 s");
    }

    /// The index digest of what is built.
    pub fn index(&self, image: &str) -> Digest {
        self.local(image).index.unwrap()
    }

    /// The manifest of what is built.
    pub fn child(&self, image: &str, platform: &Platform) -> Digest {
        let images = self.local(image).images;
        images.into_iter().find(|local| local.platform == *platform).unwrap().manifest.unwrap()
    }

    /// The config of what is built.
    pub fn config(&self, image: &str, platform: &Platform) -> Digest {
        self.local(image).images.into_iter().find(|local| local.platform == *platform).unwrap().config
    }

    /// Changes a config without changing its digest, which is enough for a test.
    pub fn change_config(&mut self, image: &str, platform: &Platform, change: impl FnOnce(&mut ImageConfig)) {
        let key = FactKey::Config(self.config(image, platform));
        let mut config = self.facts.config(&key).and_then(Observed::seen).cloned().unwrap();
        change(&mut config);
        self.put(key, Fact::Config(Observed::Seen(config)));
    }

    /// The key of an image's only layer.
    pub fn layer_key(&self, image: &str, platform: &Platform) -> FactKey {
        let key = FactKey::Manifest(self.child(image, platform));
        match self.facts.manifest(&key).and_then(Observed::seen).unwrap() {
            Manifest::Image(manifest) => FactKey::Layer(manifest.layers[0].digest.clone()),
            Manifest::Index(_) => panic!("an index"),
        }
    }

    /// Changes a layer likewise.
    pub fn change_layer(&mut self, image: &str, platform: &Platform, change: impl FnOnce(&mut LayerIndex)) {
        let key = self.layer_key(image, platform);
        let mut layer = self.facts.layer(&key).and_then(Observed::seen).cloned().unwrap();
        change(&mut layer);
        self.put(key, Fact::Layer(Observed::Seen(layer)));
    }

    /// Changes an image's index likewise.
    pub fn change_index(&mut self, image: &str, change: impl FnOnce(&mut ImageIndex)) {
        let key = FactKey::Manifest(self.index(image));
        let mut manifest = self.facts.manifest(&key).and_then(Observed::seen).cloned().unwrap();
        if let Manifest::Index(index) = &mut manifest {
            change(index);
        }
        self.put(key, Fact::Manifest(Observed::Seen(manifest)));
    }

    /// Removes every fact that `pick` picks.
    pub fn forget(&mut self, pick: impl Fn(&FactKey) -> bool) {
        let keys: Vec<FactKey> =
            self.facts.iter().map(|(key, _)| key.clone()).filter(|key| pick(key)).collect();
        for key in keys {
            self.facts.remove(&key);
        }
    }
}
