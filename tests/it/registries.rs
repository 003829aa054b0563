//! The registries themselves: the real ones start, and the embedded one behaves as they do.

use exitbar::embedded::{Options, Registry};
use exitbar::model::Digest;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::docker_registry::DockerRegistry;
use crate::support::image::{INDEX, ImageSpec, MANIFEST, push_index};
use crate::support::parts::{Part, needing, test};
use crate::support::transfer::Target;
use crate::support::{block_on, embedded, fixture};

pub fn trials() -> Vec<Trial> {
    vec![
        needing(
            "registries::two_docker_registries_take_and_give_a_real_index",
            &[Part::DockerRegistry],
            two_docker_registries_take_and_give_a_real_index,
        ),
        test("registries::an_embedded_registry_takes_and_gives_a_real_index", || {
            take_and_give(embedded().host());
        }),
        needing(
            "registries::the_embedded_registry_answers_as_docker_registry_does",
            &[Part::DockerRegistry],
            the_embedded_registry_answers_as_docker_registry_does,
        ),
    ]
}

fn two_docker_registries_take_and_give_a_real_index() {
    let (first, second) = (DockerRegistry::start(), DockerRegistry::start());
    assert_ne!(first.host(), second.host());
    for registry in [first, second] {
        take_and_give(registry.host());
    }
}

fn take_and_give(host: &str) {
    block_on(async {
        let target = Target::new(host, "slsa/example/app");
        let digest = std::fs::read_to_string(fixture("oci/index-attested.digest")).expect("the digest");
        let digest: Digest = digest.trim().parse().expect("a digest");
        target.layout(&fixture("oci/index-attested"), &digest, "13.0.30").await;
        let given = target.ask(Method::GET, "manifests/13.0.30", "", Vec::new()).await;
        assert_eq!(given.headers()["docker-content-digest"], digest.as_str());
        assert_eq!(given.headers()["content-type"], INDEX);
        assert!(digest.matches(&given.bytes().await.expect("the index")));
    });
}

/// One request and what its answer must have in common.
type Step = (Method, String, &'static str, Vec<u8>);

fn the_embedded_registry_answers_as_docker_registry_does() {
    let real = DockerRegistry::start();
    let ours = Registry::start(Options { referrers: false, ..Options::default() }).expect("a registry");
    let real = block_on(answers(real.host()));
    let ours = block_on(answers(ours.host()));
    for (real, ours) in real.iter().zip(&ours) {
        assert_eq!(ours, real);
    }
}

/// The answers to a series of requests: status, error code, and the headers that clients read.
async fn answers(host: &str) -> Vec<Value> {
    let target = Target::new(host, "acme/team/app");
    let index = push_index(&target, "1.0.0", &ImageSpec::good_pair()).await;
    let absent = Digest::of(b"absent");
    let subject = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [],
        "subject": { "mediaType": INDEX, "digest": index, "size": 1 } });
    let orphan = json!({ "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [{ "mediaType": MANIFEST, "digest": absent, "size": 2 }] });
    let get = |path: String| (Method::GET, path, "", Vec::new());
    let steps: Vec<Step> = vec![
        get("manifests/1.0.0".to_owned()),
        (Method::HEAD, "manifests/1.0.0".to_owned(), "", Vec::new()),
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
        get("manifests/1.0.0".to_owned()),
    ];
    let mut answers = Vec::new();
    for (method, path, media_type, body) in steps {
        let request = format!("{method} {path}");
        let answer = target.ask(method, &path, media_type, body).await;
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
