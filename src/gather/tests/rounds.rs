//! Whole rounds: no registry is asked twice for the same bytes, and what is kept is not asked for.

use std::collections::BTreeSet;

use super::*;
use crate::model::{Access, Pass};

/// Fetches what an audit of both registries names, in its order.
async fn audit(content: &Content, repositories: &[Repository], world: &World) {
    let facts = no_facts();
    let places: Vec<Place> = repositories.iter().cloned().map(Place::Registry).collect();
    let tag = |repository: &Repository, pass| FactKey::Tag {
        repository: repository.clone(),
        tag: "0.2.0".parse().unwrap(),
        access: Access::Anonymous,
        pass,
    };
    let mut keys = Vec::new();
    keys.extend(repositories.iter().map(|repository| tag(repository, Pass::First)));
    keys.push(FactKey::Manifest(content.index.clone()));
    for manifest in &content.manifests {
        keys.push(FactKey::Manifest(manifest.clone()));
        let (repository, digest) = (repositories[1].clone(), manifest.clone());
        keys.push(FactKey::Present { repository, digest });
    }
    keys.extend(repositories.iter().map(|repository| FactKey::Referrers {
        repository: repository.clone(),
        subject: content.index.clone(),
    }));
    keys.extend(content.configs.iter().cloned().map(FactKey::Config));
    keys.push(FactKey::Layer(content.layer.clone()));
    keys.extend(repositories.iter().map(|repository| tag(repository, Pass::Last)));
    for key in keys {
        for exchange in fetch(&key, &places, &facts, world).await {
            assert!(!matches!(exchange.answer, Answer::Failed(_)), "{key:?}: {exchange:?}");
        }
    }
}

#[tokio::test]
async fn no_registry_is_asked_twice_for_the_same_bytes() {
    let content = content("0.2.0");
    let (first, second) = (Server::start(serve(&content)).await, Server::start(serve(&content)).await);
    let repositories = [first.repository("acme/app"), second.repository("acme/app")];
    let here = Here::of(repositories.to_vec());
    let world = here.world();
    audit(&content, &repositories, &world).await;

    for server in [&first, &second] {
        let gets: Vec<String> = server.lines().into_iter().filter(|line| line.starts_with("GET")).collect();
        let distinct: BTreeSet<&String> = gets.iter().collect();
        assert_eq!(distinct.len(), gets.len(), "{gets:#?}");
    }
    // Tag, two manifests, referrers and their fallback, two configs, a layer, and the tag again.
    assert_eq!(world.registries.requests().to(&first.host), 9);
    // Tag, two HEADs, referrers and their fallback, and the tag again.
    assert_eq!(world.registries.requests().to(&second.host), 6);
}

#[tokio::test]
async fn a_second_round_asks_only_for_what_can_change() {
    let content = content("0.2.0");
    let (first, second) = (Server::start(serve(&content)).await, Server::start(serve(&content)).await);
    let repositories = [first.repository("acme/app"), second.repository("acme/app")];
    let here = Here::of(repositories.to_vec());
    audit(&content, &repositories, &here.world()).await;
    let before = first.log().len();

    let world = here.world();
    audit(&content, &repositories, &world).await;
    let lines: Vec<String> = first.lines().split_off(before);
    let asked: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    // The tag, the referrers and their fallback, the tag again.
    assert_eq!(asked, ["HEAD", "GET", "GET", "HEAD"], "{lines:#?}");
}

#[tokio::test]
async fn a_tag_that_moved_is_seen_although_the_old_bytes_are_kept() {
    let (old, new) = (content("0.1.0"), content("0.2.0"));
    let moved = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (before, after, flag) = (serve(&old), serve(&new), Arc::clone(&moved));
    let server = Server::start(move |asked| {
        if flag.load(std::sync::atomic::Ordering::Relaxed) { after(asked) } else { before(asked) }
    })
    .await;
    let repository = server.repository("acme/app");
    let here = Here::of(vec![repository.clone()]);
    let key = FactKey::Tag {
        repository: repository.clone(),
        tag: "0.2.0".parse().unwrap(),
        access: Access::Anonymous,
        pass: Pass::First,
    };
    let places = [Place::Registry(repository)];
    one(&key, &places, &here.world()).await;
    moved.store(true, std::sync::atomic::Ordering::Relaxed);
    let exchange = one(&key, &places, &here.world()).await;
    let Answer::Http(answer) = &exchange.answer else { panic!("{exchange:?}") };
    assert_eq!(answer.docker_content_digest.as_deref(), Some(new.index.as_str()));
    assert!(answer.body.is_empty());
}
