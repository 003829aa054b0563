use super::store;
use crate::dod;
use crate::dod::testing::Sample;
use crate::model::{Audit, AuditTimes, Digest, Run, RunKind};
use crate::store::{Kept, Store};

fn audit(sample: &Sample) -> Audit {
    let assessment = dod::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let times = AuditTimes { started: sample.facts.as_of, finished: sample.facts.as_of };
    let judged = (&sample.release, &sample.policy, &sample.scope);
    Audit::of(judged, sample.facts.clone(), assessment, Vec::new(), times).unwrap()
}

fn later(mut sample: Sample, minutes: i64) -> Sample {
    sample.facts.as_of += jiff::SignedDuration::from_mins(minutes);
    sample
}

fn connection(store: &Store) -> rusqlite::Connection {
    rusqlite::Connection::open(super::database(store)).unwrap()
}

fn count(store: &Store, table: &str) -> i64 {
    connection(store).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn an_audit_comes_back_whole_from_another_process_as_well() {
    let (folder, store) = store();
    for sample in [dod::testing::sample(), Sample::staged(), Sample::complete()] {
        let audit = audit(&sample);
        assert!(matches!(store.keep_audit(&audit).unwrap(), Kept::New(_)));
        assert_eq!(Store::open(folder.path()).audit(&audit.summary.id).unwrap(), audit);
    }
    assert!(store.take_warnings().is_empty());
}

#[test]
fn an_identical_twin_only_moves_the_last_seen_time_on() {
    let (_folder, store) = store();
    let first = audit(&Sample::complete());
    let twin = audit(&later(Sample::complete(), 5));
    store.keep_audit(&first).unwrap();
    let Kept::Again(seen) = store.keep_audit(&twin).unwrap() else { panic!("a twin is not kept") };
    assert_eq!((seen.id.clone(), seen.times), (first.summary.id.clone(), 2));
    assert_eq!((seen.finished, seen.last_seen), (first.summary.finished, twin.summary.finished));
    assert_eq!(store.audits(None), [seen]);
    // Only the one before counts: what came back after something else is news.
    store.keep_audit(&audit(&later(Sample::staged(), 6))).unwrap();
    assert!(matches!(store.keep_audit(&audit(&later(Sample::complete(), 7))).unwrap(), Kept::New(_)));
    assert_eq!(store.audits(None).len(), 3);
}

#[test]
fn the_list_has_the_newest_first_and_the_last_go_is_found() {
    let (_folder, store) = store();
    let go = audit(&Sample::complete());
    let no_go = audit(&later(Sample::staged(), 9));
    let mut other = later(Sample::staged(), 4);
    other.release.name = "other".to_owned();
    for audit in [&no_go, &go, &audit(&other)] {
        store.keep_audit(audit).unwrap();
    }
    assert_eq!(store.audits(Some("greenlang")), [no_go.summary.clone(), go.summary.clone()]);
    assert_eq!(store.audits(None).len(), 3);
    assert_eq!(store.last_go("greenlang"), Some(go.summary));
    assert_eq!(store.last_go("other"), None);
}

#[test]
fn what_several_audits_share_is_kept_once() {
    let (_folder, store) = store();
    let mut sample = Sample::complete();
    let config = Digest::of(b"a config");
    let log = (0..20_000).fold(String::new(), |log, line| log + &format!("line {line}\n"));
    let run = Run {
        platform: crate::model::Platform::host(),
        how: "host process".to_owned(),
        emulated: false,
        ended: crate::model::RunEnd::Exited(0),
        stdout: log,
        stderr: String::new(),
        millis: 3,
        outputs: Vec::new(),
        pulled: Vec::new(),
        raw: Vec::new(),
    };
    sample.put_run(&config, RunKind::Example, crate::model::Observed::Seen(run));
    store.keep_audit(&audit(&sample)).unwrap();
    let parts = count(&store, "part");
    for minutes in 1..4 {
        let mut again = later(sample.clone(), minutes);
        again.policy.vulnerabilities.scan_max_age += jiff::SignedDuration::from_mins(minutes);
        store.keep_audit(&audit(&again)).unwrap();
    }
    assert_eq!(count(&store, "audit"), 4);
    assert_eq!(count(&store, "part"), parts + 3, "of each only its body is new");
}

#[test]
fn a_damaged_row_is_said_and_skipped() {
    let (_folder, store) = store();
    let (good, bad) = (audit(&Sample::complete()), audit(&later(Sample::staged(), 1)));
    store.keep_audit(&good).unwrap();
    store.keep_audit(&bad).unwrap();
    let sql = "UPDATE audit SET summary = replace(CAST(summary AS TEXT), 'NO_GO', 'GO') WHERE id = ?1";
    assert_eq!(connection(&store).execute(sql, [bad.summary.id.as_str()]).unwrap(), 1);
    assert_eq!(store.audits(None), std::slice::from_ref(&good.summary));
    let warnings = store.take_warnings();
    assert!(warnings.len() == 1 && warnings[0].contains(bad.summary.id.as_str()), "{warnings:?}");
    assert!(store.audit(&bad.summary.id).unwrap_err().text.contains("damaged"));
    assert_eq!(store.audit(&good.summary.id).unwrap(), good);
}

#[test]
fn a_damaged_part_is_said_and_written_again_with_the_next_audit() {
    let (_folder, store) = store();
    let first = audit(&Sample::complete());
    store.keep_audit(&first).unwrap();
    connection(&store).execute("UPDATE part SET packed = substr(packed, 1, 20)", []).unwrap();
    assert!(store.audit(&first.summary.id).unwrap_err().text.contains("damaged"));
    let mut other = later(Sample::complete(), 1);
    other.policy.vulnerabilities.fixable_only = true;
    let next = audit(&other);
    store.keep_audit(&next).unwrap();
    assert_eq!(store.audit(&next.summary.id).unwrap(), next);
}

#[test]
fn an_audit_that_is_not_kept_is_an_error_with_a_cure() {
    let (_folder, store) = store();
    let reason = store.audit(&"22222bcdfg".parse().unwrap()).unwrap_err();
    assert!(reason.to_string().contains("exitbar history"), "{reason}");
}

#[test]
fn two_stores_keep_one_audit_at_once_as_one() {
    let (folder, _store) = store();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let store = Store::open(folder.path());
            scope.spawn(move || {
                for minute in 0..5 {
                    store.keep_audit(&audit(&later(Sample::complete(), writer * 5 + minute))).unwrap();
                }
            });
        }
    });
    let list = Store::open(folder.path()).audits(None);
    assert_eq!((list.len(), list[0].times), (1, 20));
}
