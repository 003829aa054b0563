//! Real registries on loopback, and getting layouts into them.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Debian's `docker-registry`, running until it is dropped.
pub struct DockerRegistry {
    process: Child,
    host: String,
    _folder: TempDir,
}

/// A member whose password nobody knows, hashed by bcrypt.
const MEMBER: &str = "member:$2b$12$BG2hqK0gCQMRLzjZDA929eDUvKC.Kv62vQnaI2xXekG8HWpnKoODO\n";

impl DockerRegistry {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// One that asks everybody for a login that nobody has, as Docker Hub does for what does not exist there.
    pub fn start_for_members() -> Self {
        Self::start_with("auth:\n  htpasswd:\n    realm: members\n    path: {htpasswd}\n")
    }

    fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
        let htpasswd = folder.path().join("htpasswd");
        std::fs::write(&htpasswd, MEMBER).expect("its members");
        let more = more.replace("{htpasswd}", &htpasswd.display().to_string());
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:{port}\n{more}",
            folder.path().join("data").display()
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).expect("its configuration");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry starts");
        let registry = Self { process, host: format!("127.0.0.1:{port}"), _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(&registry.host).is_err() {
            assert!(Instant::now() < deadline, "docker-registry did not answer on {}", registry.host);
            std::thread::yield_now();
        }
        registry
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that knows only what a push needs.
pub struct Client {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    base: String,
}

impl Client {
    /// For a repository such as `127.0.0.1:5000/acme/app`.
    pub fn of(repository: &str) -> Self {
        let (host, path) = repository.split_once('/').expect("host/path");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { runtime, http: reqwest::Client::new(), base: format!("http://{host}/v2/{path}") }
    }

    /// Puts a blob.
    pub fn blob(&self, digest: &str, bytes: Vec<u8>) {
        self.runtime.block_on(async {
            let start =
                self.http.post(format!("{}/blobs/uploads/", self.base)).send().await.expect("an upload");
            let location = start.headers()["location"].to_str().expect("a location").to_owned();
            let host = self.base.split("/v2/").next().unwrap_or_default();
            let location = if location.starts_with('/') { format!("{host}{location}") } else { location };
            let join = if location.contains('?') { '&' } else { '?' };
            let put = self
                .http
                .put(format!("{location}{join}digest={digest}"))
                .body(bytes)
                .send()
                .await
                .expect("a blob");
            assert!(put.status().is_success(), "blob {digest}: {}", put.status());
        });
    }

    /// A blob.
    pub fn read_blob(&self, digest: &str) -> Vec<u8> {
        self.runtime.block_on(async {
            let answer =
                self.http.get(format!("{}/blobs/{digest}", self.base)).send().await.expect("an answer");
            answer.bytes().await.expect("a blob").to_vec()
        })
    }

    /// The digest of the manifest behind a tag or digest; none where there is none.
    pub fn digest(&self, reference: &str) -> Option<String> {
        self.runtime.block_on(async {
            let get = self.http.get(format!("{}/manifests/{reference}", self.base));
            let accept = format!("{}, {}", crate::image::INDEX, crate::image::MANIFEST);
            let answer = get.header("accept", accept).send().await.expect("an answer");
            if answer.status() == 404 {
                return None;
            }
            let bytes = answer.bytes().await.expect("a manifest");
            Some(exitbar::model::Digest::of(&bytes).to_string())
        })
    }

    /// The index or manifest behind a tag or digest; none where there is none.
    pub fn json(&self, reference: &str) -> Option<Value> {
        self.runtime.block_on(async {
            let get = self.http.get(format!("{}/manifests/{reference}", self.base));
            let accept = format!("{}, {}", crate::image::INDEX, crate::image::MANIFEST);
            let answer = get.header("accept", accept).send().await.expect("an answer");
            if answer.status() == 404 {
                return None;
            }
            Some(json(&answer.bytes().await.expect("a manifest")))
        })
    }

    /// The layers of the manifest behind a tag; none where there is no such tag.
    pub fn layers(&self, tag: &str) -> Vec<Value> {
        let manifest = self.json(tag).unwrap_or_default();
        manifest["layers"].as_array().cloned().unwrap_or_default()
    }

    /// Puts a manifest under a tag or digest.
    pub fn manifest(&self, reference: &str, media_type: &str, bytes: Vec<u8>) {
        self.runtime.block_on(async {
            let put = self.http.put(format!("{}/manifests/{reference}", self.base));
            let put = put.header("content-type", media_type).body(bytes).send().await.expect("a manifest");
            let status = put.status();
            assert!(status.is_success(), "{reference}: {status} {}", put.text().await.unwrap_or_default());
        });
    }
}

/// Pushes the first entry of a layout, with everything behind it, under a tag; and what is attached to it beside it.
pub fn push_layout(layout: &Path, repository: &str, tag: &str) -> String {
    let client = Client::of(repository);
    let index: Value = json(&std::fs::read(layout.join("index.json")).expect("index.json"));
    let listed = index["manifests"].as_array().expect("manifests");
    let root = listed[0]["digest"].as_str().expect("a digest").to_owned();
    let mut done = BTreeSet::new();
    push_tree(&client, layout, &root, &mut done);
    let (media_type, bytes) = read(layout, &root);
    client.manifest(tag, &media_type, bytes);
    for attached in &listed[1..] {
        let digest = attached["digest"].as_str().expect("a digest");
        push_tree(&client, layout, digest, &mut done);
        let (media_type, bytes) = read(layout, digest);
        client.manifest(&format!("{}.att", root.replace(':', "-")), &media_type, bytes);
    }
    root
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn read(layout: &Path, digest: &str) -> (String, Vec<u8>) {
    let bytes = std::fs::read(layout.join("blobs").join(digest.replace(':', "/"))).expect("a blob");
    let parsed: Value = json(&bytes);
    let media_type = parsed["mediaType"].as_str().unwrap_or("application/vnd.oci.image.manifest.v1+json");
    (media_type.to_owned(), bytes)
}

fn push_tree(client: &Client, layout: &Path, digest: &str, done: &mut BTreeSet<String>) {
    if !done.insert(digest.to_owned()) {
        return;
    }
    let (media_type, bytes) = read(layout, digest);
    let parsed: Value = json(&bytes);
    for child in parsed["manifests"].as_array().into_iter().flatten() {
        push_tree(client, layout, child["digest"].as_str().expect("a digest"), done);
    }
    let blobs = parsed["layers"].as_array().into_iter().flatten().chain(parsed.get("config"));
    for blob in blobs {
        let digest = blob["digest"].as_str().expect("a digest");
        if done.insert(digest.to_owned()) {
            let bytes = std::fs::read(layout.join("blobs").join(digest.replace(':', "/"))).expect("a blob");
            client.blob(digest, bytes);
        }
    }
    client.manifest(digest, &media_type, bytes);
}
