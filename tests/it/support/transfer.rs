//! Pushing to a registry with a few lines of our own: a test must not trust what it tests.

use std::fs;
use std::path::Path;

use exitbar::model::Digest;
use reqwest::{Client, Method, Response, StatusCode, Url, header};
use serde_json::Value;

use super::image::{INDEX, MANIFEST};

/// A repository that can be pushed to.
pub struct Target {
    client: Client,
    base: Url,
    repository: String,
}

impl Target {
    /// A repository of a registry that speaks plain HTTP.
    pub fn new(host: &str, repository: &str) -> Self {
        let base = format!("http://{host}/v2/{repository}/").parse().expect("an address");
        Self { client: Client::new(), base, repository: repository.to_owned() }
    }

    /// `host/repository`, as a configuration writes it.
    pub fn reference(&self) -> String {
        let (host, port) = (self.base.host_str().unwrap_or_default(), self.base.port().unwrap_or(80));
        format!("{host}:{port}/{}", self.repository)
    }

    /// Sends a request to a path of the repository.
    pub async fn ask(&self, method: Method, path: &str, media_type: &str, body: Vec<u8>) -> Response {
        let url = self.base.join(path).expect("a path");
        // Without it docker-registry denies that it has an OCI index.
        let accept = format!("{INDEX}, {MANIFEST}, */*");
        let request = self.client.request(method, url).header(header::ACCEPT, accept);
        let request = request.header(header::CONTENT_TYPE, media_type);
        request.body(body).send().await.expect("the registry answers")
    }

    /// Pushes a blob.
    pub async fn blob(&self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        let begun = self.ask(Method::POST, "blobs/uploads/", "", Vec::new()).await;
        assert_eq!(begun.status(), StatusCode::ACCEPTED, "an upload begins");
        let location = begun.headers()[header::LOCATION].to_str().expect("a location");
        let mut url = self.base.join(location).expect("an address");
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        let done = self.client.put(url).body(bytes).send().await.expect("the registry answers");
        assert_eq!(done.status(), StatusCode::CREATED, "the blob is taken");
        digest
    }

    /// Pushes a manifest under a tag or its digest.
    pub async fn manifest(&self, reference: &str, media_type: &str, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        let done = self.ask(Method::PUT, &format!("manifests/{reference}"), media_type, bytes).await;
        let status = done.status();
        let text = done.text().await.unwrap_or_default();
        assert_eq!(status, StatusCode::CREATED, "{text}");
        digest
    }

    /// Pushes what `digest` names in an OCI layout, children first, under a tag.
    pub async fn layout(&self, layout: &Path, digest: &Digest, tag: &str) {
        let bytes = blob_of(layout, digest);
        let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest");
        for child in list(&manifest, "manifests") {
            let child = digest_of(child);
            Box::pin(self.layout(layout, &child, child.as_str())).await;
        }
        for part in manifest.get("config").into_iter().chain(list(&manifest, "layers")) {
            self.blob(blob_of(layout, &digest_of(part))).await;
        }
        let media_type = manifest["mediaType"].as_str().unwrap_or_default().to_owned();
        self.manifest(tag, &media_type, bytes).await;
    }
}

fn blob_of(layout: &Path, digest: &Digest) -> Vec<u8> {
    fs::read(layout.join("blobs/sha256").join(digest.hex())).expect("a blob of the layout")
}

fn list<'a>(manifest: &'a Value, key: &str) -> &'a [Value] {
    manifest[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn digest_of(descriptor: &Value) -> Digest {
    descriptor["digest"].as_str().expect("a digest").parse().expect("a digest")
}
