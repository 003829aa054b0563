//! Fetching from registries, layouts, an engine and the source, each of a few lines.

mod local;
mod registries;
mod rounds;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{World, fetch};
use crate::config::Wiring;
use crate::model::{
    Answer, Build, Digest, Exchange, FactKey, Facts, Image, LocalImages, Place, Reason, Release, Repository,
};
use crate::registry::testing::{Asked, Reply, Server, quick};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// A multi-arch image: its blobs by digest, and the digests that matter.
struct Content {
    blobs: BTreeMap<Digest, Vec<u8>>,
    index: Digest,
    /// Of amd64, then of arm64.
    manifests: Vec<Digest>,
    configs: Vec<Digest>,
    layer: Digest,
}

fn descriptor(media_type: &str, digest: &Digest, bytes: &[u8]) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{}}}"#, bytes.len())
}

fn content(version: &str) -> Content {
    let mut blobs = BTreeMap::new();
    let mut add = |bytes: Vec<u8>| {
        let digest = Digest::of(&bytes);
        blobs.insert(digest.clone(), bytes);
        digest
    };
    // Two empty blocks: the end of a tar, so an empty one.
    let tar = vec![0; 1_024];
    let layer = add(tar.clone());
    let (mut manifests, mut configs, mut listed) = (Vec::new(), Vec::new(), Vec::new());
    for architecture in ["amd64", "arm64"] {
        let config = format!(
            r#"{{"architecture":"{architecture}","os":"linux","config":{{"Labels":{{"version":"{version}"}}}},"rootfs":{{"type":"layers","diff_ids":["{layer}"]}}}}"#
        );
        let config_digest = add(config.clone().into_bytes());
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{},"layers":[{}]}}"#,
            descriptor(CONFIG, &config_digest, config.as_bytes()),
            descriptor(LAYER, &layer, &tar)
        );
        let manifest_digest = add(manifest.clone().into_bytes());
        listed.push(descriptor(MANIFEST, &manifest_digest, manifest.as_bytes()));
        manifests.push(manifest_digest);
        configs.push(config_digest);
    }
    let listed = listed.join(",");
    let index = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{listed}]}}"#);
    let index = add(index.into_bytes());
    Content { blobs, index, manifests, configs, layer }
}

/// Serves an image under the tag `0.2.0` of any repository.
fn serve(content: &Content) -> impl Fn(&Asked) -> Reply + Send + Sync + use<> {
    let (blobs, index) = (content.blobs.clone(), content.index.clone());
    move |asked| {
        let name = asked.path().rsplit('/').next().unwrap_or_default();
        let digest = if name == "0.2.0" { Ok(index.clone()) } else { name.parse::<Digest>() };
        match digest.ok().and_then(|digest| Some((blobs.get(&digest)?, digest))) {
            Some((bytes, digest)) if !asked.path().contains("/referrers/") => {
                Reply::new(200, bytes.clone()).header("Docker-Content-Digest", digest.as_str())
            }
            _ => Reply::new(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
        }
    }
}

/// A folder with a release of one image, and the world that reaches it.
struct Here {
    folder: TempDir,
    release: Arc<Release>,
}

impl Here {
    fn of(repositories: Vec<Repository>) -> Self {
        let image = Image {
            name: "runner".parse().unwrap(),
            repositories,
            tag: "0.2.0".parse().unwrap(),
            moving_tags: Vec::new(),
            platforms: Vec::new(),
            local: None,
            build: Some(Build { context: ".".into(), ..Build::default() }),
            budget: None,
            limit: None,
            version: None,
            example: None,
            healthcheck: None,
            private: false,
        };
        let release = Release {
            name: "greenlang".to_owned(),
            version: "0.2.0".to_owned(),
            source: None,
            revision: None,
            tag: None,
            images: vec![image],
        };
        Self { folder: tempfile::tempdir().unwrap(), release: Arc::new(release) }
    }

    /// A world as a new process would have it, on the same store.
    fn world(&self) -> World {
        self.world_with(quick())
    }

    fn world_with(&self, settings: crate::registry::Settings) -> World {
        let wiring = Wiring::of(self.path(), &self.path().join("store"));
        World::with(Arc::clone(&self.release), Arc::new(wiring), settings).unwrap()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

fn no_facts() -> Facts {
    Facts::new(Timestamp::UNIX_EPOCH)
}

async fn one(key: &FactKey, places: &[Place], world: &World) -> Exchange {
    let mut exchanges = fetch(key, places, &no_facts(), world).await;
    assert_eq!(exchanges.len(), 1, "{exchanges:?}");
    exchanges.remove(0)
}

fn failed(exchange: &Exchange) -> &Reason {
    match &exchange.answer {
        Answer::Failed(reason) => reason,
        other => panic!("no failure: {other:?}"),
    }
}

fn status(exchange: &Exchange) -> u16 {
    match &exchange.answer {
        Answer::Http(answer) => answer.status,
        other => panic!("no HTTP answer: {other:?}"),
    }
}

fn images(exchange: &Exchange) -> &LocalImages {
    match &exchange.answer {
        Answer::Images(images) => images,
        other => panic!("no images: {other:?}"),
    }
}
