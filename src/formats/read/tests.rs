use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::{
    Access, Classic, Digest, HttpAnswer, LayerIndex, Manifest, Pass, Place, Platform, ReferrersVia,
    Repository, Run, RunEnd, RunKind, ScanSource, StoredRun,
};

const INDEX: &[u8] = br#"{"schemaVersion":2,"manifests":[]}"#;

fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

fn ghcr() -> Repository {
    repository("ghcr.io/acme/app")
}

fn http(status: u16, body: &[u8]) -> HttpAnswer {
    HttpAnswer {
        status,
        content_type: None,
        docker_content_digest: None,
        retry_after: None,
        body: body.into(),
    }
}

fn at(place: Place, answer: Answer) -> Exchange {
    Exchange { place, request: "GET it".to_owned(), credentials: false, at: Timestamp::UNIX_EPOCH, answer }
}

fn from_ghcr(answer: HttpAnswer) -> Exchange {
    at(Place::Registry(ghcr()), Answer::Http(answer))
}

fn failed(kind: ReasonKind, text: &str) -> Exchange {
    at(Place::Registry(repository("docker.io/acme/app")), Answer::Failed(Reason::new(kind, text)))
}

fn with_credentials(exchange: Exchange) -> Exchange {
    Exchange { credentials: true, ..exchange }
}

fn claiming(digest: &str, answer: HttpAnswer) -> HttpAnswer {
    HttpAnswer { docker_content_digest: Some(digest.to_owned()), ..answer }
}

fn tag() -> FactKey {
    let tag = "0.2.0".parse().unwrap();
    FactKey::Tag { repository: ghcr(), tag, access: Access::Anonymous, pass: Pass::First }
}

fn referrers() -> FactKey {
    FactKey::Referrers { repository: ghcr(), subject: Digest::of(INDEX) }
}

/// The fact of `key` itself.
fn fact(key: &FactKey, exchanges: &[Exchange]) -> Fact {
    read(key, exchanges).into_iter().find(|(found, ..)| found == key).unwrap().1
}

fn kind(key: &FactKey, exchanges: &[Exchange]) -> ReasonKind {
    fact(key, exchanges).reason().unwrap().kind
}

fn absence(key: &FactKey, exchanges: &[Exchange]) -> AbsenceKind {
    let fact = serde_json::to_value(fact(key, exchanges)).unwrap();
    let absent = fact.as_object().unwrap().values().next().unwrap()["absent"]["kind"].clone();
    serde_json::from_value(absent).unwrap()
}

fn found_referrers(exchanges: &[Exchange]) -> crate::model::Referrers {
    match fact(&referrers(), exchanges) {
        Fact::Referrers(Observed::Seen(seen)) => seen,
        other => panic!("{other:?}"),
    }
}

fn page(entries: &[&[u8]]) -> Vec<u8> {
    let entry =
        |content: &&[u8]| format!(r#"{{"mediaType":"m","digest":"{}","size":1}}"#, Digest::of(content));
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(",")).into_bytes()
}

#[test]
fn a_tag_that_was_fetched_tells_its_manifest_and_that_it_is_there() {
    let read = read(&tag(), &[from_ghcr(http(200, INDEX))]);
    let digest = Digest::of(INDEX);
    let keys: Vec<&FactKey> = read.iter().map(|(key, ..)| key).collect();
    let present = FactKey::Present { repository: ghcr(), digest: digest.clone() };
    assert_eq!(keys, [&present, &FactKey::Manifest(digest.clone()), &tag()]);
    let evidence = &read[2].2;
    assert_eq!(evidence.subject, format!("ghcr.io/acme/app:0.2.0@{digest}"));
    assert_eq!((evidence.source.as_str(), evidence.level), ("ghcr.io", crate::model::Level::Registry));
}

#[test]
fn a_head_needs_a_digest_in_its_header() {
    assert_eq!(kind(&tag(), &[from_ghcr(http(200, b""))]), ReasonKind::ServerError);
    assert_eq!(kind(&tag(), &[from_ghcr(claiming("nonsense", http(200, b"")))]), ReasonKind::ServerError);
    let digest = Digest::of(INDEX);
    let read = read(&tag(), &[from_ghcr(claiming(digest.as_str(), http(200, b"")))]);
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].1, Fact::Tag(Observed::Seen(crate::model::TagFact { digest })));
}

#[test]
fn a_header_that_contradicts_the_bytes_is_a_mismatch() {
    let other = Digest::of(b"other");
    let exchange = from_ghcr(claiming(other.as_str(), http(200, INDEX)));
    for key in [tag(), FactKey::Manifest(Digest::of(INDEX)), FactKey::Config(Digest::of(INDEX))] {
        assert_eq!(kind(&key, std::slice::from_ref(&exchange)), ReasonKind::DigestMismatch, "{key:?}");
    }
}

#[test]
fn statuses_mean_what_the_protocol_says() {
    let key = tag();
    assert_eq!(absence(&key, &[from_ghcr(http(404, b""))]), AbsenceKind::NotFound);
    for status in [401, 403] {
        assert_eq!(absence(&key, &[from_ghcr(http(status, b""))]), AbsenceKind::MissingOrPrivate);
        assert_eq!(kind(&key, &[with_credentials(from_ghcr(http(status, b"")))]), ReasonKind::Denied);
    }
    for status in [301, 418, 500, 503] {
        assert_eq!(kind(&key, &[from_ghcr(http(status, b""))]), ReasonKind::ServerError);
    }
    assert_eq!(kind(&key, &[failed(ReasonKind::TimedOut, "slow")]), ReasonKind::TimedOut);
}

#[test]
fn a_rate_limit_says_how_long_to_wait_without_control_characters() {
    let mut answer = http(429, br#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow\u001b[2J down"}]}"#);
    answer.retry_after = Some("35.852\u{1b}[31mµs".to_owned());
    let fact = fact(&tag(), &[from_ghcr(answer)]);
    let reason = fact.reason().unwrap();
    assert_eq!(reason.kind, ReasonKind::RateLimited);
    assert!(reason.text.contains("Retry-After: 35.852µs") && reason.text.contains("slow down"), "{reason}");
}

#[test]
fn the_last_answer_of_a_repository_counts() {
    let exchanges = [from_ghcr(http(500, b"")), from_ghcr(http(200, INDEX))];
    assert!(matches!(fact(&tag(), &exchanges), Fact::Tag(Observed::Seen(_))));
    let exchanges = [failed(ReasonKind::TimedOut, "slow"), from_ghcr(http(404, b""))];
    assert_eq!(absence(&tag(), &exchanges), AbsenceKind::NotFound);
}

#[test]
fn presence_is_checked_against_header_and_bytes() {
    let digest = Digest::of(INDEX);
    let key = FactKey::Present { repository: ghcr(), digest: digest.clone() };
    for good in [http(200, b""), claiming(digest.as_str(), http(200, b"")), http(200, INDEX)] {
        assert_eq!(fact(&key, &[from_ghcr(good)]), Fact::Present(Observed::Seen(())));
    }
    let other = Digest::of(b"other");
    for bad in [claiming(other.as_str(), http(200, b"")), http(200, b"other")] {
        assert_eq!(kind(&key, &[from_ghcr(bad)]), ReasonKind::DigestMismatch);
    }
    assert_eq!(absence(&key, &[from_ghcr(http(404, b""))]), AbsenceKind::NotFound);
}

#[test]
fn content_comes_from_the_last_place_that_has_it() {
    let key = FactKey::Manifest(Digest::of(INDEX));
    let exchanges = [failed(ReasonKind::TimedOut, "slow"), from_ghcr(http(200, INDEX))];
    let read = read(&key, &exchanges);
    assert!(matches!(&read[1].1, Fact::Manifest(Observed::Seen(Manifest::Index(_)))));
    assert_eq!(read[1].2.raw, [Digest::of(INDEX)]);
}

#[test]
fn one_place_that_cannot_be_read_leaves_it_unknown_with_every_reason() {
    let key = FactKey::Manifest(Digest::of(INDEX));
    for exchanges in [
        [failed(ReasonKind::TimedOut, "slow"), from_ghcr(http(404, b""))],
        [from_ghcr(http(404, b"")), failed(ReasonKind::TimedOut, "slow")],
    ] {
        assert_eq!(kind(&key, &exchanges), ReasonKind::TimedOut);
    }
    let exchanges = [from_ghcr(http(200, b"other")), failed(ReasonKind::TimedOut, "slow")];
    let fact = fact(&key, &exchanges);
    let reason = fact.reason().unwrap();
    assert_eq!(reason.kind, ReasonKind::DigestMismatch);
    assert!(reason.text.contains("digest") && reason.text.ends_with("; slow"), "{reason}");
    let missing = at(Place::Layout("dist".into()), Answer::Missing("dist has no such blob".to_owned()));
    assert_eq!(absence(&key, &[missing, from_ghcr(http(404, b""))]), AbsenceKind::NotFound);
}

#[test]
fn bytes_that_are_right_and_no_manifest_are_unreadable_and_still_there() {
    let digest = Digest::of(b"{}");
    let read = read(&FactKey::Manifest(digest.clone()), &[from_ghcr(http(200, b"{}"))]);
    assert_eq!(read[0].1, Fact::Present(Observed::Seen(())));
    assert_eq!(read[1].1.reason().unwrap().kind, ReasonKind::Unreadable);
    assert!(read[1].1.reason().unwrap().text.contains(digest.as_str()));
}

#[test]
fn a_layer_tells_why_it_could_not_be_streamed() {
    let digest = Digest::of(b"layer");
    let key = FactKey::Layer(digest.clone());
    assert_eq!(kind(&key, &[from_ghcr(http(503, b""))]), ReasonKind::ServerError);
    assert_eq!(absence(&key, &[from_ghcr(http(404, b""))]), AbsenceKind::NotFound);
    let index = |digest: Digest| LayerIndex {
        diff_id: digest.clone(),
        digest,
        compressed: 1,
        unpacked: 1,
        entries: BTreeMap::new(),
    };
    let other = at(Place::Store, Answer::Layer(index(Digest::of(b"other"))));
    assert_eq!(kind(&key, std::slice::from_ref(&other)), ReasonKind::DigestMismatch);
    let right = at(Place::Store, Answer::Layer(index(digest)));
    assert!(matches!(fact(&key, &[other, right]), Fact::Layer(Observed::Seen(_))));
}

#[test]
fn pages_of_referrers_are_merged_and_duplicates_dropped() {
    let seen = found_referrers(&[
        from_ghcr(http(200, &page(&[b"a", b"b"]))),
        from_ghcr(http(200, &page(&[b"b", b"c"]))),
    ]);
    assert_eq!(seen.via, ReferrersVia::Api);
    assert_eq!(seen.manifests.len(), 3);
    assert!(found_referrers(&[from_ghcr(http(200, &page(&[])))]).manifests.is_empty());
}

#[test]
fn without_the_api_the_fallback_tag_tells() {
    let missing = || from_ghcr(http(404, b""));
    let seen = found_referrers(&[missing(), from_ghcr(http(200, &page(&[b"a"])))]);
    assert_eq!((seen.via, seen.manifests.len()), (ReferrersVia::FallbackTag, 1));
    assert!(found_referrers(&[missing(), missing()]).manifests.is_empty());
    assert!(found_referrers(&[missing(), from_ghcr(http(200, b"no index"))]).manifests.is_empty());
}

#[test]
fn half_a_list_of_referrers_is_no_list() {
    let first = || from_ghcr(http(200, &page(&[b"a"])));
    let missing = || from_ghcr(http(404, b""));
    let key = referrers();
    assert_eq!(kind(&key, &[first(), failed(ReasonKind::TimedOut, "slow")]), ReasonKind::TimedOut);
    assert_eq!(kind(&key, &[first(), missing()]), ReasonKind::ServerError);
    assert_eq!(kind(&key, &[first(), from_ghcr(http(429, b""))]), ReasonKind::RateLimited);
    assert_eq!(kind(&key, &[missing(), from_ghcr(http(500, b""))]), ReasonKind::ServerError);
    assert_eq!(kind(&key, &[missing()]), ReasonKind::NotSupported);
    assert_eq!(kind(&key, &[from_ghcr(http(200, b"<html>"))]), ReasonKind::Unreadable);
    assert_eq!(kind(&key, &[]), ReasonKind::NotConfigured);
    assert_eq!(absence(&key, &[from_ghcr(http(401, b""))]), AbsenceKind::MissingOrPrivate);
}

fn run(how: &str) -> Run {
    Run {
        platform: Platform::host(),
        how: how.to_owned(),
        emulated: false,
        ended: RunEnd::Exited(2),
        stdout: String::new(),
        stderr: "No such option".to_owned(),
        millis: 1,
        outputs: Vec::new(),
        raw: Vec::new(),
        pulled: Vec::new(),
    }
}

#[test]
fn a_run_is_verified_only_in_a_container_and_keeps_its_exit_code() {
    let key = FactKey::Run { config: Digest::of(b"c"), kind: RunKind::Version, argv: Vec::new() };
    for (how, level) in
        [("engine unix:///x", crate::model::Level::Verified), ("host process", crate::model::Level::Local)]
    {
        let read = read(&key, &[at(Place::Store, Answer::Run(run(how)))]);
        assert_eq!((read[0].2.level, read[0].2.exit), (level, Some(2)));
    }
}

#[test]
fn kept_runs_come_with_the_fact_that_they_are_known_and_only_of_their_config() {
    let config = Digest::of(b"c");
    let stored = |config: &Digest| {
        let key = FactKey::Run { config: config.clone(), kind: RunKind::Version, argv: Vec::new() };
        let evidence = evidence(&key, &at(Place::Store, Answer::Missing(String::new())));
        StoredRun { key, run: run("host process"), evidence }
    };
    let runs = Answer::StoredRuns(vec![stored(&config), stored(&Digest::of(b"other"))]);
    let read = read(&FactKey::StoredRuns(config.clone()), &[at(Place::Store, runs)]);
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].1, Fact::StoredRuns(Observed::Seen(1)));
}

#[test]
fn what_nothing_can_verify_yet_says_so() {
    let key = FactKey::Sbom(Digest::of(b"s"));
    assert_eq!(kind(&key, &[failed(ReasonKind::NotVerified, "not verified yet")]), ReasonKind::NotVerified);
    assert_eq!(kind(&key, &[]), ReasonKind::NotConfigured);
}

fn keys() -> Vec<FactKey> {
    let digest = Digest::of(b"");
    let image = "app".parse::<crate::model::ImageName>().unwrap();
    vec![
        tag(),
        referrers(),
        FactKey::ClassicTag { repository: ghcr(), subject: digest.clone(), kind: Classic::Signature },
        FactKey::Present { repository: ghcr(), digest: digest.clone() },
        FactKey::Manifest(digest.clone()),
        FactKey::Config(digest.clone()),
        FactKey::Layer(digest.clone()),
        FactKey::Sbom(digest.clone()),
        FactKey::StoredScans(digest.clone()),
        FactKey::Scan { subject: digest.clone(), source: ScanSource::File("scan.json".to_owned()) },
        FactKey::Scan { subject: digest.clone(), source: ScanSource::Scanner("trivy".to_owned()) },
        FactKey::Scan { subject: digest.clone(), source: ScanSource::Osv { sbom: digest.clone() } },
        FactKey::Vex("vex.json".into()),
        FactKey::StoredRuns(digest.clone()),
        FactKey::Run { config: digest, kind: RunKind::Example, argv: Vec::new() },
        FactKey::Staged(image.clone()),
        FactKey::Local(image.clone()),
        FactKey::Dockerfile(image),
        FactKey::Workflows,
        FactKey::WorkflowRun { workflow: "release.yml".to_owned(), tag: "v1".to_owned(), commit: None },
        FactKey::Names { kind: crate::model::NameKind::Secret, holder: crate::model::NameHolder::Repository },
        FactKey::Git,
        FactKey::RemoteTag { remote: "origin".to_owned(), tag: "v1".to_owned() },
    ]
}

fn any_exchange() -> impl Strategy<Value = Exchange> {
    let body = prop_oneof![
        Just(Vec::new()),
        Just(INDEX.to_vec()),
        Just(page(&[b"a"])),
        prop::collection::vec(any::<u8>(), 0..40)
    ];
    let status = prop_oneof![Just(200_u16), Just(401), Just(404), Just(429), Just(500), any::<u16>()];
    let header =
        prop::option::of(prop_oneof![Just(Digest::of(INDEX).to_string()), ".{0,20}".prop_map(String::from)]);
    let answer = prop_oneof![
        (status, body.clone(), header).prop_map(|(status, body, docker_content_digest)| {
            Answer::Http(HttpAnswer { docker_content_digest, ..http(status, &body) })
        }),
        body.prop_map(|body| Answer::Bytes(Arc::from(body))),
        Just(Answer::Missing("not there".to_owned())),
        Just(Answer::Failed(Reason::new(ReasonKind::TimedOut, "slow"))),
        Just(Answer::Run(run("host process"))),
        Just(Answer::StoredRuns(Vec::new())),
    ];
    (answer, any::<bool>()).prop_map(|(answer, credentials)| {
        let place = Place::Registry(ghcr());
        Exchange { credentials, ..at(place, answer) }
    })
}

proptest! {
    #[test]
    fn every_key_gets_a_fact_of_its_kind_whatever_came(
        which in 0..22_usize, exchanges in prop::collection::vec(any_exchange(), 0..4)
    ) {
        let key = &keys()[which];
        let read = read(key, &exchanges);
        prop_assert_eq!(read.iter().filter(|(found, ..)| found == key).count(), 1);
        for (key, fact, _) in &read {
            prop_assert!(fact.fits(key), "{:?} under {:?}", fact, key);
        }
    }

    #[test]
    fn what_failed_everywhere_is_neither_seen_nor_absent(which in 0..22_usize, count in 1..4_usize) {
        let exchanges = vec![failed(ReasonKind::TimedOut, "slow"); count];
        let reason = fact(&keys()[which], &exchanges);
        prop_assert_eq!(reason.reason().map(|reason| reason.kind), Some(ReasonKind::TimedOut));
    }
}
