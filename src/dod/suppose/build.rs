//! What a build is meant to leave on this machine.

use std::collections::BTreeMap;

use crate::model::{
    Descriptor, Digest, Dockerfile, EntryKind, Fact, FactKey, Facts, Healthcheck, Image, ImageConfig,
    ImageIndex, ImageManifest, LayerEntry, LayerIndex, Level, LocalImage, LocalImages, LocalSource, Manifest,
    Observed, Platform, Policy, Program, Release,
};

use super::{invented, put};

pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// A uid that images commonly use for their unprivileged user (`nonroot` of distroless).
pub(super) const UID: &str = "65532";
/// The label values of the image-spec that a release knows.
const PREFIX: &str = "org.opencontainers.image.";

/// Builds every image that is built here and has a place to be built to.
pub(super) fn build(release: &Release, policy: &Policy, facts: &mut Facts) {
    for image in &release.images {
        let (Some(_), Some(local)) = (&image.build, &image.local) else { continue };
        let template = Template::of(release, policy, image, facts);
        match local {
            LocalSource::Layout(path) => {
                let source = format!("layout {}", path.display());
                in_layout(image, &template, source, facts);
            }
            LocalSource::Engine(name) => in_engine(image, &template, format!("engine, {name}"), facts),
        }
    }
}

/// What every platform of an image will have in common.
struct Template {
    config: ImageConfig,
    size: u64,
}

impl Template {
    /// From what the Dockerfile declares, else from what is built, else as the policy wants it.
    fn of(release: &Release, policy: &Policy, image: &Image, facts: &Facts) -> Self {
        let dockerfile = facts.dockerfile(&FactKey::Dockerfile(image.name.clone())).and_then(Observed::seen);
        let built = built(image, facts);
        let config = match (dockerfile, &built) {
            (None, None) => good_config(release, policy, facts),
            (None, Some(built)) => built.clone(),
            (Some(dockerfile), built) => declared(release, dockerfile, built.as_ref(), facts),
        };
        let size = image.budget.into_iter().chain(image.limit).min().unwrap_or(1);
        Self { config: ImageConfig { entrypoint: Vec::new(), cmd: Vec::new(), ..config }, size }
    }

    fn config(&self, platform: &Platform, diff_id: &Digest) -> ImageConfig {
        ImageConfig { platform: platform.clone(), diff_ids: vec![diff_id.clone()], ..self.config.clone() }
    }
}

/// The config of a platform that is built.
fn built(image: &Image, facts: &Facts) -> Option<ImageConfig> {
    let local = facts.local(&FactKey::Local(image.name.clone()))?.seen()?;
    let mut configs =
        local.images.iter().filter_map(|found| facts.config(&FactKey::Config(found.config.clone())));
    configs.find_map(Observed::seen).cloned()
}

/// A config with which nothing is wrong.
fn good_config(release: &Release, policy: &Policy, facts: &Facts) -> ImageConfig {
    let labels = policy.labels.required.iter().map(|key| (key.clone(), label(release, key, facts))).collect();
    ImageConfig {
        platform: policy.native.clone(),
        created: None,
        user: UID.to_owned(),
        entrypoint: Vec::new(),
        cmd: Vec::new(),
        env: Vec::new(),
        working_dir: String::new(),
        healthcheck: Some(healthcheck()),
        labels,
        diff_ids: Vec::new(),
    }
}

/// A healthcheck that needs no shell.
pub(super) fn healthcheck() -> Healthcheck {
    Healthcheck { test: vec!["CMD".to_owned(), "true".to_owned()], ..Healthcheck::default() }
}

/// A valid value of a label.
pub(super) fn label(release: &Release, key: &str, facts: &Facts) -> String {
    match key.strip_prefix(PREFIX) {
        Some("version") => release.version.clone(),
        Some("revision") => release.revision.clone().unwrap_or_else(|| "HEAD".to_owned()),
        Some("created") => facts.as_of.to_string(),
        Some("source") => release.source.clone().unwrap_or_else(|| "https://example.org/source".to_owned()),
        Some("url" | "documentation") => "https://example.org".to_owned(),
        Some("licenses") => "Apache-2.0".to_owned(),
        _ => release.name.clone(),
    }
}

/// What the Dockerfile declares over what is built; a label that a build argument fills in is filled in.
fn declared(
    release: &Release,
    dockerfile: &Dockerfile,
    built: Option<&ImageConfig>,
    facts: &Facts,
) -> ImageConfig {
    let mut config = built.cloned().unwrap_or_else(|| ImageConfig {
        platform: Platform::host(),
        created: None,
        user: String::new(),
        entrypoint: Vec::new(),
        cmd: Vec::new(),
        env: Vec::new(),
        working_dir: String::new(),
        healthcheck: None,
        labels: BTreeMap::new(),
        diff_ids: Vec::new(),
    });
    if let Some(user) = &dockerfile.user {
        config.user.clone_from(&user.value);
    }
    if let Some(test) = &dockerfile.healthcheck {
        config.healthcheck = Some(Healthcheck { test: test.value.clone(), ..Healthcheck::default() });
    }
    for (key, value) in &dockerfile.labels {
        let value =
            if value.value.trim().is_empty() { label(release, key, facts) } else { value.value.clone() };
        config.labels.insert(key.clone(), value);
    }
    config
}

/// A layer with what the config needs: a shell, and the user's name in `/etc/passwd`.
fn layer(
    config: &ImageConfig,
    digest: &Digest,
    diff_id: &Digest,
    platform: &Platform,
    size: u64,
) -> LayerIndex {
    let file = |program, text| LayerEntry { kind: EntryKind::File, size: 1, mode: 0o755, program, text };
    let machine = platform.architecture().to_owned();
    let user = config.user.split(':').next().unwrap_or_default();
    let passwd = format!("root:x:0:0::/:\n{user}:x:{UID}:{UID}::/:\n");
    let entries = [
        ("bin/sh".to_owned(), file(Some(Program::Elf { machine, interpreter: None }), None)),
        ("etc/passwd".to_owned(), file(None, Some(passwd))),
    ];
    LayerIndex {
        digest: digest.clone(),
        diff_id: diff_id.clone(),
        compressed: size,
        unpacked: size,
        entries: entries.into(),
    }
}

fn in_layout(image: &Image, template: &Template, source: String, facts: &mut Facts) {
    let mut images = Vec::new();
    for platform in &image.platforms {
        let of = |what: &str| invented(&format!("{} {platform} {what}", image.name));
        let (digest, diff_id) = (of("layer"), of("diff"));
        let config = keep_config(image, template, platform, &diff_id, facts);
        let content = layer(&template.config, &digest, &diff_id, platform, template.size);
        put(facts, FactKey::Layer(digest.clone()), Fact::Layer(Observed::Seen(content)), Level::Local);
        let manifest = keep_manifest(image, platform, &config, Some((digest, template.size)), facts);
        images.push(LocalImage { platform: platform.clone(), manifest: Some(manifest), config, size: None });
    }
    let index = keep_index(image, &images, template.config.labels.clone(), facts);
    keep_local(image, LocalImages { source, index: Some(index), images }, facts);
}

/// An engine has configs and sizes, and neither manifests nor layers.
fn in_engine(image: &Image, template: &Template, source: String, facts: &mut Facts) {
    let mut images = Vec::new();
    for platform in &image.platforms {
        let diff_id = invented(&format!("{} {platform} diff", image.name));
        let config = keep_config(image, template, platform, &diff_id, facts);
        let size = Some(template.size);
        images.push(LocalImage { platform: platform.clone(), manifest: None, config, size });
    }
    keep_local(image, LocalImages { source, index: None, images }, facts);
}

fn keep_local(image: &Image, local: LocalImages, facts: &mut Facts) {
    put(facts, FactKey::Local(image.name.clone()), Fact::Local(Observed::Seen(local)), Level::Local);
}

fn keep_config(
    image: &Image,
    template: &Template,
    platform: &Platform,
    diff_id: &Digest,
    facts: &mut Facts,
) -> Digest {
    let digest = invented(&format!("{} {platform} config", image.name));
    let content = template.config(platform, diff_id);
    put(facts, FactKey::Config(digest.clone()), Fact::Config(Observed::Seen(content)), Level::Local);
    digest
}

/// The manifest of a platform; `layer` is its digest and size.
pub(super) fn keep_manifest(
    image: &Image,
    platform: &Platform,
    config: &Digest,
    layer: Option<(Digest, u64)>,
    facts: &mut Facts,
) -> Digest {
    let digest = invented(&format!("{} {platform} manifest of {config}", image.name));
    let layers = layer.map(|(digest, size)| Descriptor { size, ..descriptor(&digest, LAYER, None) });
    let content = Manifest::Image(ImageManifest {
        media_type: MANIFEST.to_owned(),
        config: descriptor(config, CONFIG, None),
        layers: layers.into_iter().collect(),
        annotations: BTreeMap::new(),
        artifact_type: None,
        subject: None,
    });
    put(facts, FactKey::Manifest(digest.clone()), Fact::Manifest(Observed::Seen(content)), Level::Local);
    digest
}

/// The index over the images that have a manifest.
pub(super) fn keep_index(
    image: &Image,
    images: &[LocalImage],
    annotations: BTreeMap<String, String>,
    facts: &mut Facts,
) -> Digest {
    let manifests: Vec<Descriptor> = images
        .iter()
        .filter_map(|local| {
            Some(descriptor(local.manifest.as_ref()?, MANIFEST, Some(local.platform.clone())))
        })
        .collect();
    let listed: Vec<String> = manifests.iter().map(|entry| entry.digest.to_string()).collect();
    let digest = invented(&format!("{} index of {}", image.name, listed.join(" ")));
    let content = Manifest::Index(ImageIndex {
        media_type: INDEX.to_owned(),
        manifests,
        annotations,
        artifact_type: None,
        subject: None,
    });
    put(facts, FactKey::Manifest(digest.clone()), Fact::Manifest(Observed::Seen(content)), Level::Local);
    digest
}

fn descriptor(digest: &Digest, media_type: &str, platform: Option<Platform>) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: digest.clone(),
        size: 1,
        platform,
        artifact_type: None,
        annotations: BTreeMap::new(),
    }
}
