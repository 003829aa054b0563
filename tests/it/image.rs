//! Images made to order, for what no one would publish.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use exitbar::demo::{Architecture, gl};
use exitbar::model::Digest;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::pushing::Client;

pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// An image of one platform. By default it satisfies every item that an image can satisfy by itself.
#[derive(Debug, Clone)]
pub struct ImageSpec {
    /// The architecture that its config and its index entry claim.
    pub architecture: &'static str,
    /// The architecture of its program.
    pub program: Architecture,
    pub user: &'static str,
    pub healthcheck: Option<Vec<&'static str>>,
    pub labels: BTreeMap<&'static str, &'static str>,
    /// Bytes of zeros beside the program.
    pub padding: usize,
    /// Another program in the place of `gl`.
    pub other: Option<Vec<u8>>,
    /// Another program beside it, with its path.
    pub beside: Option<(&'static str, Vec<u8>)>,
}

impl ImageSpec {
    /// A good image for linux on this architecture.
    pub fn good(architecture: &'static str) -> Self {
        let label = |name, value| (name, value);
        Self {
            architecture,
            program: Architecture::named(architecture).expect("amd64 or arm64"),
            user: "10001",
            healthcheck: Some(vec!["CMD", "/usr/local/bin/gl", "health"]),
            labels: BTreeMap::from([
                label("org.opencontainers.image.title", "app"),
                label("org.opencontainers.image.description", "An image of a test"),
                label("org.opencontainers.image.version", "0.2.0"),
                label("org.opencontainers.image.created", "2025-01-20T09:00:00Z"),
                label("org.opencontainers.image.revision", "5f0c1d0a7be3f6d2c1a94be8d0f37a6c0b1e2d34"),
                label("org.opencontainers.image.source", "https://github.com/acme/app"),
                label("org.opencontainers.image.licenses", "MIT"),
                label("org.opencontainers.image.vendor", "Acme"),
            ]),
            padding: 0,
            other: None,
            beside: None,
        }
    }

    /// Good images for both platforms.
    pub fn good_pair() -> Vec<Self> {
        vec![Self::good("amd64"), Self::good("arm64")]
    }

    /// The layer, uncompressed.
    pub fn layer(&self) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut add = |path: &str, mode, bytes: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_mode(mode);
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, path, bytes).expect("a file of the layer");
        };
        add(
            "etc/passwd",
            0o644,
            b"root:x:0:0:root:/root:/sbin/nologin\napp:x:10001:10001::/:/sbin/nologin\n",
        );
        let gl = self.other.clone().unwrap_or_else(|| gl(self.program, "0.2.0", true));
        add("usr/local/bin/gl", 0o755, &gl);
        if let Some((path, program)) = &self.beside {
            add(path, 0o755, program);
        }
        if self.padding > 0 {
            add("usr/share/padding", 0o644, &vec![0; self.padding]);
        }
        archive.into_inner().expect("a layer")
    }

    /// The config, of an image with this layer.
    pub fn config(&self, layer: &[u8]) -> Value {
        let mut config = json!({
            "User": self.user,
            "Entrypoint": ["/usr/local/bin/gl"],
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
            "Labels": self.labels,
        });
        if let Some(test) = &self.healthcheck {
            config["Healthcheck"] = json!({ "Test": test });
        }
        json!({
            "architecture": self.architecture,
            "os": "linux",
            "created": "2025-01-20T09:00:00Z",
            "config": config,
            "rootfs": { "type": "layers", "diff_ids": [Digest::of(layer)] },
        })
    }

    /// Loads the image into the engine under a name, as `docker load` takes it.
    pub fn load(&self, name: &str) {
        let tar = self.layer();
        let config = self.config(&tar).to_string().into_bytes();
        let config_name = format!("{}.json", Digest::of(&config).hex());
        let manifest = json!([{ "Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"] }]);
        let mut archive = tar::Builder::new(Vec::new());
        let mut add = |path: &str, bytes: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, path, bytes).expect("a file of the image");
        };
        add(&config_name, &config);
        add("layer.tar", &tar);
        add("manifest.json", manifest.to_string().as_bytes());
        let archive = archive.into_inner().expect("an archive");
        let mut load = Command::new("docker")
            .arg("load")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("docker runs");
        load.stdin.take().expect("a pipe").write_all(&archive).expect("docker reads");
        assert!(load.wait().expect("docker ends").success(), "docker load {name}");
    }

    /// Its blobs, the manifest last.
    fn blobs(&self) -> [Vec<u8>; 3] {
        let tar = self.layer();
        let config = self.config(&tar).to_string().into_bytes();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&tar).expect("in memory");
        let layer = gzip.finish().expect("in memory");
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": Digest::of(&config), "size": config.len() },
            "layers": [{ "mediaType": LAYER, "digest": Digest::of(&layer), "size": layer.len() }],
        });
        [layer, config, manifest.to_string().into_bytes()]
    }

    fn descriptor(&self, manifest: &[u8]) -> Value {
        json!({
            "mediaType": MANIFEST,
            "digest": Digest::of(manifest),
            "size": manifest.len(),
            "platform": { "os": "linux", "architecture": self.architecture },
        })
    }

    /// Pushes the image by digest; its descriptor for an index.
    fn push(&self, client: &Client) -> Value {
        let [layer, config, manifest] = self.blobs();
        for blob in [layer, config] {
            client.blob(Digest::of(&blob).as_str(), blob);
        }
        let descriptor = self.descriptor(&manifest);
        client.manifest(Digest::of(&manifest).as_str(), MANIFEST, manifest);
        descriptor
    }

    /// Writes the image as an OCI layout; the digest of its manifest.
    pub fn write_layout(&self, folder: &Path) -> Digest {
        let blobs = folder.join("blobs/sha256");
        std::fs::create_dir_all(&blobs).expect("a folder");
        let all = self.blobs();
        for blob in &all {
            std::fs::write(blobs.join(Digest::of(blob).hex()), blob).expect("a blob");
        }
        let index =
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [self.descriptor(&all[2])] });
        std::fs::write(folder.join("index.json"), index.to_string()).expect("index.json");
        std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("oci-layout");
        Digest::of(&all[2])
    }
}

/// Pushes an index of these images to a repository such as `127.0.0.1:5000/acme/app`, under a tag; its digest.
pub fn push_index(repository: &str, tag: &str, images: &[ImageSpec]) -> Digest {
    let client = Client::of(repository);
    let manifests: Vec<Value> = images.iter().map(|image| image.push(&client)).collect();
    let labels = images.first().map(|image| image.labels.clone()).unwrap_or_default();
    let index =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": labels });
    let bytes = index.to_string().into_bytes();
    let digest = Digest::of(&bytes);
    client.manifest(tag, INDEX, bytes);
    digest
}
