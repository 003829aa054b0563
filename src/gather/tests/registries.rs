//! Places are tried in order; troubles of one leave the others alone.

use super::*;
use crate::model::{
    Absence, AbsenceKind, Access, Evidence, Fact, Level, Observed, Pass, ReasonKind, TagFact,
};

#[tokio::test]
async fn the_next_place_is_asked_where_one_has_other_bytes() {
    let content = content("0.2.0");
    let liar = Server::start(|_| Reply::new(200, "{\"schemaVersion\":2}")).await;
    let honest = Server::start(serve(&content)).await;
    let repositories = vec![liar.repository("a/b"), honest.repository("a/b")];
    let here = Here::of(repositories.clone());
    let world = here.world();
    let places: Vec<Place> = repositories.into_iter().map(Place::Registry).collect();
    for digest in [&content.index, &content.configs[0]] {
        let key = if *digest == content.index {
            FactKey::Manifest(digest.clone())
        } else {
            FactKey::Config(digest.clone())
        };
        let exchanges = fetch(&key, &places, &no_facts(), &world).await;
        assert_eq!(exchanges.len(), 2);
        assert_eq!(exchanges[1].place, places[1]);
        assert_eq!(world.store.content(digest), content.blobs.get(digest).cloned());
    }
}

#[tokio::test]
async fn bytes_of_another_digest_are_not_kept() {
    let content = content("0.2.0");
    let digest = content.index.to_string();
    let liar =
        Server::start(move |_| Reply::new(200, "{}").header("Docker-Content-Digest", digest.clone())).await;
    let repository = liar.repository("a/b");
    let here = Here::of(vec![repository.clone()]);
    let world = here.world();
    let key = FactKey::Tag {
        repository: repository.clone(),
        tag: "0.2.0".parse().unwrap(),
        access: Access::Anonymous,
        pass: Pass::First,
    };
    one(&key, &[Place::Registry(repository)], &world).await;
    assert!(!world.store.has_content(&content.index) && !world.store.has_content(&Digest::of(b"{}")));
}

#[tokio::test]
async fn a_registry_that_is_down_leaves_the_other_alone() {
    let content = content("0.2.0");
    let up = Server::start(serve(&content)).await;
    let repositories = vec!["127.0.0.1:1/a/b".parse().unwrap(), up.repository("a/b")];
    let here = Here::of(repositories.clone());
    let places: Vec<Place> = repositories.into_iter().map(Place::Registry).collect();
    let exchanges = fetch(&FactKey::Layer(content.layer.clone()), &places, &no_facts(), &here.world()).await;
    assert_eq!(failed(&exchanges[0]).kind, ReasonKind::Unreachable);
    assert!(matches!(&exchanges[1].answer, Answer::Layer(index) if index.digest == content.layer));
}

#[tokio::test]
async fn a_tag_by_head_without_a_digest_is_asked_again_by_get() {
    let content = content("0.2.0");
    let bytes = content.blobs[&content.index].clone();
    let server = Server::start(move |_| Reply::new(200, bytes.clone())).await;
    let repository = server.repository("a/b");
    let here = Here::of(vec![repository.clone()]);
    let key = FactKey::Tag {
        repository: repository.clone(),
        tag: "0.2.0".parse().unwrap(),
        access: Access::Anonymous,
        pass: Pass::Last,
    };
    let exchange = one(&key, &[Place::Registry(repository)], &here.world()).await;
    assert!(matches!(&exchange.answer, Answer::Http(answer) if !answer.body.is_empty()));
    assert_eq!(server.log().iter().map(|asked| asked.method.as_str()).collect::<Vec<_>>(), ["HEAD", "GET"]);
}

#[tokio::test]
async fn a_layer_is_read_once_and_kept() {
    let content = content("0.2.0");
    let server = Server::start(serve(&content)).await;
    let repository = server.repository("a/b");
    let here = Here::of(vec![repository.clone()]);
    let (key, places) = (FactKey::Layer(content.layer.clone()), [Place::Registry(repository)]);
    let first = one(&key, &places, &here.world()).await;
    let again = one(&key, &places, &here.world()).await;
    assert_eq!((&first.place, &again.place), (&places[0], &Place::Store));
    assert_eq!(first.answer, again.answer);
    assert_eq!(server.log().len(), 1);
}

#[tokio::test]
async fn a_layer_that_breaks_off_or_falls_silent_says_so() {
    let content = content("0.2.0");
    for (reply, kind) in [
        (Reply::new(200, vec![0; 1_024]).truncated(), ReasonKind::Unreadable),
        (Reply::new(200, vec![0; 1_024]).silent(), ReasonKind::TimedOut),
        (Reply::new(200, vec![7; 1_024]), ReasonKind::DigestMismatch),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let repository = server.repository("a/b");
        let here = Here::of(vec![repository.clone()]);
        let world = here.world();
        let key = FactKey::Layer(content.layer.clone());
        let exchange = one(&key, &[Place::Registry(repository)], &world).await;
        assert_eq!(failed(&exchange).kind, kind, "{}", failed(&exchange));
        assert!(world.store.layer(&content.layer).is_none());
    }
}

#[tokio::test]
async fn a_layer_that_is_refused_is_the_answer() {
    let content = content("0.2.0");
    let server = Server::start(|_| Reply::new(403, "")).await;
    let repository = server.repository("a/b");
    let here = Here::of(vec![repository.clone()]);
    let key = FactKey::Layer(content.layer.clone());
    assert_eq!(status(&one(&key, &[Place::Registry(repository)], &here.world()).await), 403);
}

#[tokio::test]
async fn content_is_asked_for_as_its_tag_was_seen() {
    let server = Server::start(|asked| match asked.header("authorization") {
        Some(_) => Reply::new(200, ""),
        None => Reply::new(401, "").header("WWW-Authenticate", "Basic"),
    })
    .await;
    let repository = server.repository("a/b");
    let here = Here::of(vec![repository.clone()]);
    // gandalf:mellon
    let config = format!(r#"{{"auths": {{"{}": {{"auth": "Z2FuZGFsZjptZWxsb24="}}}}}}"#, server.host);
    here.write("config.json", config);
    let mut settings = quick();
    settings.credentials.files = vec![here.path().join("config.json")];
    let world = here.world_with(settings);

    let seen = Observed::Seen(TagFact { digest: Digest::of(b"x") });
    let absent = |kind| Observed::Absent(Absence { kind, text: String::new() });
    for (anonymous, credentialed, sent) in [
        (Some(seen.clone()), None, false),
        (Some(absent(AbsenceKind::NotFound)), None, false),
        (Some(absent(AbsenceKind::MissingOrPrivate)), Some(seen), true),
        (Some(absent(AbsenceKind::MissingOrPrivate)), None, true),
        (None, None, true),
    ] {
        let mut facts = no_facts();
        for (access, fact) in [(Access::Anonymous, anonymous), (Access::Credentials, credentialed)] {
            let (tag, pass) = ("0.2.0".parse().unwrap(), Pass::First);
            let key = FactKey::Tag { repository: repository.clone(), tag, access, pass };
            if let Some(fact) = fact {
                facts.insert(key, Fact::Tag(fact), evidence());
            }
        }
        let key = FactKey::Present { repository: repository.clone(), digest: Digest::of(b"x") };
        let exchanges = fetch(&key, &[], &facts, &world).await;
        assert_eq!((exchanges[0].credentials, status(&exchanges[0])), (sent, if sent { 200 } else { 401 }));
    }
}

fn evidence() -> Evidence {
    Evidence {
        subject: String::new(),
        source: String::new(),
        method: String::new(),
        level: Level::Registry,
        at: Timestamp::UNIX_EPOCH,
        exit: None,
        raw: Vec::new(),
    }
}

#[tokio::test]
async fn what_nothing_can_look_at_yet_is_unknown_and_never_absent() {
    let here = Here::of(Vec::new());
    let world = here.world();
    for key in [
        FactKey::Sbom(Digest::of(b"x")),
        FactKey::WorkflowRun { workflow: "release.yml".to_owned(), tag: "v1".to_owned(), commit: None },
        FactKey::Names { kind: crate::model::NameKind::Secret, holder: crate::model::NameHolder::Repository },
        FactKey::Manifest(Digest::of(b"x")),
        FactKey::Local("runner".parse().unwrap()),
    ] {
        failed(&one(&key, &[], &world).await);
    }
}
