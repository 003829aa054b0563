//! Layouts, an engine, the source, and what this machine remembers.

use std::io::Write as _;

use super::*;
use crate::config::EngineWiring;
use crate::model::{ReasonKind, Staged};

fn runner() -> FactKey {
    FactKey::Local("runner".parse().unwrap())
}

fn layout() -> [Place; 1] {
    [Place::Layout("dist/runner".into())]
}

/// Writes a layout with the blobs that `has` lets through, and `listed` in its index.
fn write_layout(here: &Here, content: &Content, listed: &[(&Digest, &str)], has: impl Fn(&Digest) -> bool) {
    for (digest, bytes) in content.blobs.iter().filter(|(digest, _)| has(digest)) {
        here.write(&format!("dist/runner/blobs/sha256/{}", digest.hex()), bytes);
    }
    let entries: Vec<String> = listed
        .iter()
        .map(|(digest, name)| {
            let media_type = if **digest == content.index { INDEX } else { MANIFEST };
            format!(
                r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{},"annotations":{{"org.opencontainers.image.ref.name":"{name}"}}}}"#,
                content.blobs[*digest].len()
            )
        })
        .collect();
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
    here.write("dist/runner/index.json", index);
}

fn platforms(exchange: &Exchange) -> Vec<String> {
    images(exchange).images.iter().map(|image| image.platform.to_string()).collect()
}

#[tokio::test]
async fn a_layout_lists_its_platforms_and_its_index() {
    let (here, content) = (Here::of(Vec::new()), content("0.2.0"));
    write_layout(&here, &content, &[(&content.index, "0.2.0")], |_| true);
    let exchange = one(&runner(), &layout(), &here.world()).await;
    assert_eq!(platforms(&exchange), ["linux/amd64", "linux/arm64"]);
    let found = images(&exchange);
    assert_eq!((found.source.as_str(), &found.index), ("layout dist/runner", &Some(content.index.clone())));
    assert_eq!(found.images[1].manifest.as_ref(), Some(&content.manifests[1]));
    assert_eq!(found.images[1].config, content.configs[1]);
}

#[tokio::test]
async fn a_layout_of_one_platform_of_an_index_has_that_one() {
    let (here, content) = (Here::of(Vec::new()), content("0.2.0"));
    let absent = content.manifests[1].clone();
    write_layout(&here, &content, &[(&content.index, "0.2.0")], |digest| *digest != absent);
    assert_eq!(platforms(&one(&runner(), &layout(), &here.world()).await), ["linux/amd64"]);
}

#[tokio::test]
async fn of_many_entries_the_one_named_by_the_tag_counts() {
    let (here, content) = (Here::of(Vec::new()), content("0.2.0"));
    let listed =
        [(&content.manifests[0], "docker.io/acme/app:0.1.0"), (&content.manifests[1], "acme/app:0.2.0")];
    write_layout(&here, &content, &listed, |_| true);
    let exchange = one(&runner(), &layout(), &here.world()).await;
    assert_eq!((platforms(&exchange), &images(&exchange).index), (vec!["linux/arm64".to_owned()], &None));
    let listed = [(&content.manifests[0], "amd64"), (&content.manifests[1], "arm64")];
    write_layout(&here, &content, &listed, |_| true);
    let exchange = one(&runner(), &layout(), &here.world()).await;
    assert_eq!(platforms(&exchange), ["linux/amd64", "linux/arm64"]);
}

#[tokio::test]
async fn what_cosign_saved_beside_the_images_is_none() {
    let (here, mut content) = (Here::of(Vec::new()), content("0.2.0"));
    let config = br#"{"architecture":"","os":"","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let attestation = format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{},"layers":[{}]}}"#,
        descriptor(CONFIG, &Digest::of(config), config),
        descriptor("application/vnd.dsse.envelope.v1+json", &Digest::of(b"{}"), b"{}")
    );
    let digest = Digest::of(attestation.as_bytes());
    content.blobs.insert(Digest::of(config), config.to_vec());
    content.blobs.insert(digest.clone(), attestation.into_bytes());
    write_layout(&here, &content, &[(&content.index, ""), (&digest, "")], |_| true);
    let exchange = one(&runner(), &layout(), &here.world()).await;
    assert_eq!(platforms(&exchange), ["linux/amd64", "linux/arm64"]);
    assert_eq!(images(&exchange).index.as_ref(), Some(&content.index));
}

#[tokio::test]
async fn a_layout_that_is_not_there_is_missing_and_a_broken_one_is_unknown() {
    let (here, content) = (Here::of(Vec::new()), content("0.2.0"));
    let world = here.world();
    assert!(matches!(one(&runner(), &layout(), &world).await.answer, Answer::Missing(_)));
    here.write("dist/runner/index.json", "{ not json");
    assert_eq!(failed(&one(&runner(), &layout(), &world).await).kind, ReasonKind::Unreadable);
    write_layout(&here, &content, &[(&content.index, "0.2.0")], |_| true);
    here.write(&format!("dist/runner/blobs/sha256/{}", content.manifests[0].hex()), "{}");
    let exchange = one(&runner(), &layout(), &world).await;
    assert_eq!(failed(&exchange).kind, ReasonKind::DigestMismatch);
}

#[tokio::test]
async fn content_of_a_layout_is_read_from_its_files() {
    let (here, content) = (Here::of(Vec::new()), content("0.2.0"));
    write_layout(&here, &content, &[(&content.index, "0.2.0")], |_| true);
    let world = here.world();
    for key in [FactKey::Manifest(content.index.clone()), FactKey::Config(content.configs[0].clone())] {
        let exchange = one(&key, &layout(), &world).await;
        assert!(matches!(exchange.answer, Answer::Bytes(_)), "{exchange:?}");
        assert_eq!(exchange.place, layout()[0]);
    }
    let exchange = one(&FactKey::Layer(content.layer.clone()), &layout(), &world).await;
    assert!(matches!(exchange.answer, Answer::Layer(_)));
    let gone = FactKey::Config(Digest::of(b"gone"));
    assert!(matches!(one(&gone, &layout(), &world).await.answer, Answer::Missing(_)));
    assert_eq!(world.registries.requests().total(), 0);
}

/// What `docker save` writes of the amd64 image.
fn saved(content: &Content) -> Vec<u8> {
    let (config, layer) = (&content.configs[0], &content.layer);
    let manifest =
        format!(r#"[{{"Config":"{}.json","Layers":["{}/layer.tar"]}}]"#, config.hex(), layer.hex());
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in [
        (format!("{}.json", config.hex()), content.blobs[config].as_slice()),
        (format!("{}/layer.tar", layer.hex()), content.blobs[layer].as_slice()),
        ("manifest.json".to_owned(), manifest.as_bytes()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A world whose engine holds the amd64 image as `app:1`; with containerd's image store, its id is
/// its manifest's digest.
async fn with_engine(here: &Here, content: &Content, containerd: bool) -> (World, Server) {
    let (tar, id) = (saved(content), if containerd { &content.manifests[0] } else { &content.configs[0] });
    let descriptor = if containerd { format!(r#","Descriptor":{{"digest":"{id}"}}"#) } else { String::new() };
    let inspect = format!(r#"{{"Id":"{id}","Os":"linux","Architecture":"amd64","Size":42{descriptor}}}"#);
    let of_id = format!("/images/{id}/");
    let server = Server::start(move |asked| match asked.path().rsplit('/').next() {
        Some("version") => Reply::new(200, r#"{"Version":"20.10.24","ApiVersion":"1.41"}"#),
        Some("get") => Reply::new(200, tar.clone()),
        Some("json") if ["/images/app:1/", &of_id].iter().any(|name| asked.path().contains(name)) => {
            Reply::new(200, inspect.clone())
        }
        _ => Reply::new(404, r#"{"message":"No such image"}"#),
    })
    .await;
    let mut wiring = Wiring::of(here.path(), &here.path().join("store"));
    wiring.engines =
        vec![EngineWiring { host: Some(format!("tcp://{}", server.host)), ..EngineWiring::default() }];
    (World::with(Arc::clone(&here.release), Arc::new(wiring), quick()).unwrap(), server)
}

#[tokio::test]
async fn an_engines_image_is_known_with_its_config_and_layers() {
    for containerd in [false, true] {
        let (here, content) = (Here::of(Vec::new()), content("0.2.0"));
        let (world, server) = with_engine(&here, &content, containerd).await;
        let places = [Place::Engine("app:1".to_owned())];
        let exchange = one(&runner(), &places, &world).await;
        let image = &images(&exchange).images[0];
        assert_eq!((&image.config, image.size), (&content.configs[0], Some(42)));
        let config = one(&FactKey::Config(image.config.clone()), &places, &world).await;
        assert!(matches!(&config.answer, Answer::Bytes(bytes) if content.configs[0].matches(bytes)));
        let layer = one(&FactKey::Layer(content.layer.clone()), &places, &world).await;
        assert!(matches!(layer.answer, Answer::Layer(_)), "{layer:?}");
        let saves = server.lines().iter().filter(|line| line.ends_with("/get")).count();
        assert_eq!(saves, 2, "once for the config (or the name), once for all layers");

        let gone = one(&runner(), &[Place::Engine("other:1".to_owned())], &world).await;
        assert!(matches!(gone.answer, Answer::Missing(_)));
    }
}

#[tokio::test]
async fn without_an_engine_its_images_are_unknown() {
    let here = Here::of(Vec::new());
    let mut wiring = Wiring::of(here.path(), &here.path().join("store"));
    wiring.engines = vec![EngineWiring {
        host: Some("unix:///nowhere/docker.sock".to_owned()),
        ..EngineWiring::default()
    }];
    let world = World::with(Arc::clone(&here.release), Arc::new(wiring), quick()).unwrap();
    let exchange = one(&runner(), &[Place::Engine("app:1".to_owned())], &world).await;
    assert_eq!(failed(&exchange).kind, ReasonKind::NoEngine);
    assert!(failed(&exchange).cure.is_some());
}

#[tokio::test]
async fn a_dockerfile_is_read_from_the_folder_of_the_configuration() {
    let here = Here::of(Vec::new());
    let world = here.world();
    let (key, places) =
        (FactKey::Dockerfile("runner".parse().unwrap()), [Place::Source("Dockerfile.runner".into())]);
    assert!(matches!(one(&key, &places, &world).await.answer, Answer::Missing(_)));
    here.write("Dockerfile.runner", "FROM scratch\nUSER 10001\n");
    let exchange = one(&key, &places, &world).await;
    assert!(
        matches!(&exchange.answer, Answer::Dockerfile(it) if it.file == Path::new("Dockerfile.runner")),
        "{exchange:?}"
    );
}

#[tokio::test]
async fn workflows_are_every_yaml_file_of_their_folder() {
    let here = Here::of(Vec::new());
    let world = here.world();
    let places = [Place::Source(".github/workflows".into())];
    assert!(matches!(one(&FactKey::Workflows, &places, &world).await.answer, Answer::Missing(_)));
    for name in ["release.yml", "ci.yaml", "README.md"] {
        here.write(&format!(".github/workflows/{name}"), "on: push\n");
    }
    let exchange = one(&FactKey::Workflows, &places, &world).await;
    let Answer::Workflows(workflows) = &exchange.answer else { panic!("{exchange:?}") };
    let files: Vec<String> = workflows.files.iter().map(|file| file.display().to_string()).collect();
    assert_eq!(files, [".github/workflows/ci.yaml", ".github/workflows/release.yml"]);
}

#[tokio::test]
async fn the_actions_that_workflows_use_are_read_from_the_repository() {
    let here = Here::of(Vec::new());
    let world = here.world();
    let uses = |action: &str| format!("    steps:\n      - uses: ./{action}\n");
    here.write(".github/workflows/release.yml", format!("on: push\njobs:\n  a:\n{}", uses("ci/release")));
    let composite = "runs:\n    using: composite\n";
    here.write("ci/release/action.yml", format!("{composite}{}", uses("ci/push")));
    here.write(
        "ci/push/action.yaml",
        format!("{composite}    steps: [{{ run: docker push x, shell: bash }}]\n"),
    );
    let places = [Place::Source(".github/workflows".into())];
    let exchange = one(&FactKey::Workflows, &places, &world).await;
    let Answer::Workflows(workflows) = &exchange.answer else { panic!("{exchange:?}") };
    let steps: Vec<String> = workflows.steps.iter().map(|step| step.at.to_string()).collect();
    assert_eq!((steps, &workflows.troubles), (vec!["ci/push/action.yaml:3".to_owned()], &Vec::new()));
}

#[tokio::test]
async fn what_this_machine_remembers_is_asked_of_the_store() {
    let here = Here::of(Vec::new());
    let world = here.world();
    let (image, config) = ("runner".parse().unwrap(), Digest::of(b"config"));
    let staged = FactKey::Staged("runner".parse().unwrap());
    assert!(matches!(one(&staged, &[Place::Store], &world).await.answer, Answer::Missing(_)));
    let kept = Staged { digest: Digest::of(b"index"), at: None };
    world.store.keep_staged(&here.release, &image, &kept).unwrap();
    assert_eq!(one(&staged, &[Place::Store], &world).await.answer, Answer::Staged(kept));
    let runs = one(&FactKey::StoredRuns(config), &[Place::Store], &world).await;
    assert_eq!(runs.answer, Answer::StoredRuns(Vec::new()));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read() {
    let here = Here::of(Vec::new());
    let mut file = std::fs::File::create(here.path().join("Dockerfile")).unwrap();
    file.write_all(&vec![b'#'; 1024 * 1024 + 1]).unwrap();
    let key = FactKey::Dockerfile("runner".parse().unwrap());
    let exchange = one(&key, &[Place::Source("Dockerfile".into())], &here.world()).await;
    assert_eq!(failed(&exchange).kind, ReasonKind::TooLarge);
}
