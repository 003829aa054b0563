use std::io::{Read as _, Write as _};
use std::path::Path;

use super::candidates::{self, Surroundings};
use super::*;
use crate::registry::testing::{Reply, Server};

fn wiring(host: &str) -> EngineWiring {
    EngineWiring { host: Some(host.to_owned()), ..EngineWiring::default() }
}

fn addresses(surroundings: &Surroundings) -> Vec<String> {
    let found = candidates::of(&EngineWiring::default(), surroundings).unwrap();
    found.into_iter().map(|candidate| candidate.address).collect()
}

fn with_context(folder: &Path, current: &str, host: &str) {
    let write = |path: &Path, text: String| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(&folder.join("config.json"), format!(r#"{{"currentContext": "{current}", "auths": {{}}}}"#));
    let id = Digest::of(b"desktop");
    let meta = folder.join("contexts/meta").join(id.hex()).join("meta.json");
    write(
        &meta,
        format!(
            r#"{{"Name": "desktop", "Metadata": {{}}, "Endpoints": {{"docker": {{"Host": "{host}", "SkipTLSVerify": false}}}}}}"#
        ),
    );
}

#[test]
fn an_engine_that_somebody_named_is_the_only_one() {
    let folder = tempfile::tempdir().unwrap();
    with_context(folder.path(), "desktop", "unix:///desktop.sock");
    let mut surroundings =
        Surroundings { docker_config: Some(folder.path().to_owned()), ..Surroundings::of_user() };
    surroundings.docker_host = Some("tcp://10.0.0.1:2375".to_owned());
    assert_eq!(addresses(&surroundings), ["tcp://10.0.0.1:2375"]);
    let configured = candidates::of(&wiring("unix:///mine.sock"), &surroundings).unwrap();
    assert_eq!(configured[0].address, "unix:///mine.sock");
    surroundings.docker_host = None;
    surroundings.docker_context = None;
    assert_eq!(addresses(&surroundings), ["unix:///desktop.sock"]);
}

#[test]
fn without_a_name_the_usual_sockets_are_tried() {
    let folder = tempfile::tempdir().unwrap();
    with_context(folder.path(), "default", "unix:///desktop.sock");
    let surroundings = Surroundings {
        docker_config: Some(folder.path().to_owned()),
        runtime: Some("/run/user/7".into()),
        sockets: vec!["/var/run/docker.sock".into(), "/run/podman/podman.sock".into()],
        ..Surroundings::default()
    };
    assert_eq!(
        addresses(&surroundings),
        [
            "unix:///var/run/docker.sock".to_owned(),
            "unix:///run/user/7/docker.sock".to_owned(),
            format!("unix://{}/run/docker.sock", folder.path().display()),
            "unix:///run/user/7/podman/podman.sock".to_owned(),
            "unix:///run/podman/podman.sock".to_owned(),
        ]
    );
}

#[test]
fn a_context_that_is_not_there_is_no_engine() {
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Surroundings {
        docker_config: Some(folder.path().to_owned()),
        docker_context: Some("gone".to_owned()),
        ..Surroundings::default()
    };
    let reason = candidates::of(&EngineWiring::default(), &surroundings).unwrap_err();
    assert_eq!(reason.kind, ReasonKind::NoEngine);
    assert!(reason.text.contains("`gone`"), "{reason}");
}

#[tokio::test]
async fn no_engine_says_what_was_tried_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let surroundings = Surroundings { sockets: vec![socket.clone()], ..Surroundings::default() };
    let reason = Engine::connect_from(&EngineWiring::default(), &surroundings).await.unwrap_err();
    assert_eq!(reason.kind, ReasonKind::NoEngine);
    assert!(
        reason.text.contains(&format!("unix://{} (the default socket): no such socket", socket.display()))
    );
    assert!(reason.cure.is_some());
    let reason = Engine::connect(&wiring("gopher://127.0.0.1:1")).await.unwrap_err();
    assert!(reason.text.contains("not supported"), "{reason}");
    // Nothing listens there, whether ssh is installed or not.
    let reason = Engine::connect(&wiring("ssh://builder@127.0.0.1:1")).await.unwrap_err();
    assert_eq!(reason.kind, ReasonKind::NoEngine);
    assert!(reason.text.contains("ssh://builder@127.0.0.1:1 (configured)"), "{reason}");
}

/// A `docker save` file with one layer twice, the second time as a link.
fn saved(diff_id: &Digest, layer: &[u8]) -> (Digest, Vec<u8>) {
    let config = format!(
        r#"{{"architecture":"arm64","os":"linux","rootfs":{{"type":"layers","diff_ids":["{diff_id}","{diff_id}"]}}}}"#
    );
    let digest = Digest::of(config.as_bytes());
    let name = format!("{}.json", digest.hex());
    let manifest =
        format!(r#"[{{"Config":"{name}","RepoTags":["app:1"],"Layers":["aa/layer.tar","bb/layer.tar"]}}]"#);
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    add("aa/layer.tar", layer);
    add(&name, config.as_bytes());
    add("manifest.json", manifest.as_bytes());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    tar.append_link(&mut link, "bb/layer.tar", "../aa/layer.tar").unwrap();
    (digest, tar.into_inner().unwrap())
}

fn file_of(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn a_saved_image_gives_its_config_and_its_layers() {
    let diff_id = Digest::of(b"layer");
    let (config, bytes) = saved(&diff_id, b"layer");
    let saved = Saved::list(file_of(&bytes)).unwrap();
    let image = saved.images[0].clone();
    assert_eq!(image.config, config);
    assert!(config.matches(&image.bytes));
    assert_eq!(image.layers.len(), 2);
    for layer in &image.layers {
        let mut read = Vec::new();
        saved.layer(layer).read_to_end(&mut read).unwrap();
        assert_eq!((read.as_slice(), &layer.diff_id), (b"layer".as_slice(), &diff_id));
    }
}

#[test]
fn a_saved_image_that_is_cut_off_is_unreadable() {
    let (_, bytes) = saved(&Digest::of(b"layer"), b"layer");
    for length in [0, 100, 600, 1_600] {
        let reason = Saved::list(file_of(&bytes[..length])).unwrap_err();
        assert_eq!(reason.kind, ReasonKind::Unreadable, "{length}");
    }
}

#[tokio::test]
async fn an_engines_image_is_inspected_and_saved() {
    let (config, tar) = saved(&Digest::of(b"layer"), b"layer");
    let inspect =
        format!(r#"{{"Id":"{config}","Os":"linux","Architecture":"arm64","Variant":"v8","Size":42}}"#);
    let server = Server::start(move |asked| match asked.path().rsplit('/').next() {
        Some("version") => Reply::new(200, r#"{"Version":"20.10.24","ApiVersion":"1.41"}"#),
        Some("get") => Reply::new(200, tar.clone()),
        Some("json") if asked.path().contains("/images/acme/app:1/") => Reply::new(200, inspect.clone()),
        _ => Reply::new(404, r#"{"message":"No such image"}"#),
    })
    .await;
    let engine = Engine::connect(&wiring(&format!("tcp://{}", server.host))).await.unwrap();
    assert_eq!(engine.version(), "20.10.24");
    assert_eq!(engine.inspect("other:1").await, Ok(None));
    let image = engine.inspect("acme/app:1").await.unwrap().unwrap();
    assert!(image.id_is_config);
    let local = Engine::local_image(&image);
    assert_eq!(local.platform.to_string(), "linux/arm64");
    assert_eq!((local.size, &local.config), (Some(42), &config));
    let saved = engine.save("acme/app:1").await.unwrap();
    assert_eq!(saved.images[0].config, config);
}

#[tokio::test]
async fn an_engine_in_trouble_is_no_absence() {
    let server = Server::start(|asked| match asked.path().rsplit('/').next() {
        Some("version") => Reply::new(200, r#"{"Version":"20.10.24","ApiVersion":"1.41"}"#),
        _ => Reply::new(500, r#"{"message":"disk \u001b[31mfull"}"#),
    })
    .await;
    let engine = Engine::connect(&wiring(&format!("tcp://{}", server.host))).await.unwrap();
    let reason = engine.inspect("app:1").await.unwrap_err();
    assert_eq!(reason.kind, ReasonKind::ToolFailed);
    assert!(reason.text.contains("disk  [31mfull"), "{reason}");
}
