use serde_json::json;

use super::*;
use crate::embedded::{self, Fault, Trouble};

fn advisory(id: &str) -> serde_json::Value {
    json!({ "id": id, "modified": "2026-01-01T00:00:00Z",
        "affected": [{ "package": { "ecosystem": "PyPI", "name": "jinja2" }, "versions": ["2.4.1"] }] })
}

fn query(version: &str) -> Query {
    Query { ecosystem: "PyPI".to_owned(), name: "jinja2".to_owned(), version: version.to_owned() }
}

fn ids(known: &[Known]) -> Vec<&str> {
    known.iter().map(|known| known.id.as_str()).collect()
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_questions_and_every_page_is_read() {
    let ids_of_three = ["GHSA-1", "GHSA-2", "GHSA-3"];
    let server = embedded::Osv::start(ids_of_three.map(advisory).into(), Some(2)).unwrap();
    let osv = Osv::at(&server.url()).unwrap();
    let known = osv.known(&[query("3.0"), query("2.4.1"), query("2.4.1")]).await.unwrap();
    assert!(known[0].is_empty());
    assert_eq!(ids(&known[1]), ids_of_three);
    assert_eq!(ids(&known[2]), ids_of_three);
    let record = osv.record("GHSA-2").await.unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&record).unwrap()["id"], "GHSA-2");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn more_packages_than_a_batch_takes_are_asked_in_several() {
    let server = embedded::Osv::start(vec![advisory("GHSA-1")], None).unwrap();
    let osv = Osv::at(&server.url()).unwrap();
    let mut packages = vec![query("1"); BATCH];
    packages.push(query("2.4.1"));
    let known = osv.known(&packages).await.unwrap();
    assert_eq!((known.len(), ids(&known[BATCH]).len(), server.requests().len()), (BATCH + 1, 1, 2));
    assert!(osv.known(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn trouble_is_told_by_its_kind_and_half_an_answer_is_none() {
    let server = embedded::Osv::start(vec![advisory("GHSA-1")], None).unwrap();
    let osv = Osv::at(&server.url()).unwrap();
    for (trouble, kind) in [
        (Trouble::TooManyRequests(None), ReasonKind::RateLimited),
        (Trouble::Status(503), ReasonKind::ServerError),
        (Trouble::Status(400), ReasonKind::ServerError),
        (Trouble::BrokenJson, ReasonKind::Unreadable),
        (Trouble::Drop, ReasonKind::Unreachable),
        (Trouble::EndlessBody, ReasonKind::TooLarge),
    ] {
        server.fault(Fault::on("/v1/querybatch", trouble.clone()));
        let reason = osv.known(&[query("2.4.1")]).await.unwrap_err();
        assert_eq!(reason.kind, kind, "{trouble:?}: {reason}");
        assert!(
            reason.text.contains("127.0.0.1") && reason.cure.is_some()
                || kind == ReasonKind::Unreadable
                || kind == ReasonKind::TooLarge,
            "{reason}"
        );
        server.mend();
    }
    assert_eq!(osv.record("GHSA-9").await.unwrap_err().kind, ReasonKind::ServerError);
    assert_eq!(osv.record("../../etc").await.unwrap_err().kind, ReasonKind::ServerError);
    let paths: Vec<String> = server.requests().iter().map(Request::line).collect();
    assert!(paths.iter().all(|path| path.contains("/v1/")), "{paths:?}");
}

use crate::embedded::Request;

#[test]
fn null_is_no_answer() {
    let clean = serde_json::from_value::<Batch>(json!({ "results": [{}] })).unwrap();
    assert!(clean.results[0].vulns.is_empty());
    for results in [json!([null]), json!(null), json!([{ "vulns": null }])] {
        assert!(serde_json::from_value::<Batch>(json!({ "results": results })).is_err(), "{results}");
    }
}
