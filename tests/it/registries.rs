//! The registries themselves: the real ones start, and the embedded one behaves as they do.

use exitbar::embedded::{Options, Registry};
use exitbar::model::Digest;
use reqwest::{Method, Response, Url};
use serde_json::{Value, json};

use crate::image::{INDEX, ImageSpec, MANIFEST, push_index};
use crate::pushing::{DockerRegistry, push_layout};
use crate::release::fixture;

/// As real images look.
pub fn two_docker_registries_take_and_give_a_real_index() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    assert_ne!(registries[0].host(), registries[1].host());
    for registry in &registries {
        take_and_give(registry.host());
    }
}

/// And so does the one in the process.
pub fn an_embedded_registry_takes_and_gives_a_real_index() {
    take_and_give(Registry::start(Options::default()).expect("a registry").host());
}

fn take_and_give(host: &str) {
    let repository = format!("{host}/slsa/example/app");
    let digest = push_layout(&fixture("index-attested"), &repository, "13.0.30");
    let digest: Digest = digest.parse().expect("a digest");
    block_on(async {
        let given = ask(&repository, Method::GET, "manifests/13.0.30", "", Vec::new()).await;
        assert_eq!(given.headers()["docker-content-digest"], digest.as_str());
        assert_eq!(given.headers()["content-type"], INDEX);
        assert!(digest.matches(&given.bytes().await.expect("the index")));
    });
}

/// Asks for a path below a repository such as `127.0.0.1:5000/acme/app`.
async fn ask(repository: &str, method: Method, path: &str, media_type: &str, body: Vec<u8>) -> Response {
    let (host, name) = repository.split_once('/').expect("host/path");
    let base: Url = format!("http://{host}/v2/{name}/").parse().expect("an address");
    let request = reqwest::Client::new().request(method, base.join(path).expect("a path"));
    // Without `Accept` docker-registry denies that it has an OCI index.
    let request = request.header("accept", format!("{INDEX}, {MANIFEST}, */*"));
    request.header("content-type", media_type).body(body).send().await.expect("the registry answers")
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// One request and what its answer must have in common.
type Step = (Method, String, &'static str, Vec<u8>);

/// Status, error code and headers of a series of requests.
pub fn the_embedded_registry_answers_as_docker_registry_does() {
    let real = DockerRegistry::start();
    let ours = Registry::start(Options { referrers: false, ..Options::default() }).expect("a registry");
    let index = |host: &str| push_index(&format!("{host}/acme/team/app"), "0.2.0", &ImageSpec::good_pair());
    let (pushed, index) = (index(real.host()), index(ours.host()));
    assert_eq!(pushed, index);
    let real = block_on(answers(real.host(), &index));
    let ours = block_on(answers(ours.host(), &index));
    for (real, ours) in real.iter().zip(&ours) {
        assert_eq!(ours, real);
    }
}

/// The answers to a series of requests: status, error code, and the headers that clients read.
async fn answers(host: &str, index: &Digest) -> Vec<Value> {
    let repository = format!("{host}/acme/team/app");
    let absent = Digest::of(b"absent");
    let subject = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [],
        "subject": { "mediaType": INDEX, "digest": index, "size": 1 } });
    let orphan = json!({ "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [{ "mediaType": MANIFEST, "digest": absent, "size": 2 }] });
    let get = |path: String| (Method::GET, path, "", Vec::new());
    let steps: Vec<Step> = vec![
        get("manifests/0.2.0".to_owned()),
        (Method::HEAD, "manifests/0.2.0".to_owned(), "", Vec::new()),
        (Method::HEAD, format!("manifests/{index}"), "", Vec::new()),
        get("manifests/2.0.0".to_owned()),
        get(format!("manifests/{absent}")),
        get(format!("blobs/{absent}")),
        (Method::HEAD, format!("blobs/{absent}"), "", Vec::new()),
        get("tags/list".to_owned()),
        get("tags/list?n=1".to_owned()),
        get(format!("referrers/{index}")),
        get("../never/pushed/tags/list".to_owned()),
        (Method::PUT, "manifests/orphan".to_owned(), INDEX, orphan.to_string().into_bytes()),
        (Method::PUT, format!("manifests/{absent}"), INDEX, subject.to_string().into_bytes()),
        (Method::PUT, "manifests/artifact".to_owned(), INDEX, subject.to_string().into_bytes()),
        (Method::PUT, "manifests/broken".to_owned(), INDEX, b"{".to_vec()),
        (Method::DELETE, format!("manifests/{index}"), "", Vec::new()),
        get("manifests/0.2.0".to_owned()),
    ];
    let mut answers = Vec::new();
    for (method, path, media_type, body) in steps {
        let request = format!("{method} {path}");
        let answer = ask(&repository, method, &path, media_type, body).await;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let mut seen = json!({
            "request": request,
            "status": answer.status().as_u16(),
            "digest": header("docker-content-digest"),
            "subject": header("oci-subject"),
            "paged": header("link").is_some(),
        });
        let text = answer.text().await.expect("the body");
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        seen["code"] = body["errors"][0]["code"].clone();
        seen["tags"] = body["tags"].clone();
        answers.push(seen);
    }
    answers
}
