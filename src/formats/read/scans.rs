//! Scans (attested, in files, of scanners, of OSV), those that are kept, and VEX documents.

use std::sync::Arc;

use super::evidence::evidence;
use super::{Read, found, seen};
use crate::formats::{osv, scan, vex};
use crate::model::{
    Answer, Catalogued, Digest, Exchange, Fact, FactKey, Level, Observed, Reason, Scan, ScanSource,
    ScannerOutput,
};

/// What a report says, with what the scanner said beside it.
pub(super) fn scan(key: &FactKey, source: &ScanSource, exchanges: &[Exchange]) -> Vec<Read> {
    let read = found(key, exchanges, |exchange| {
        let report = match &exchange.answer {
            Answer::Bytes(bytes) => scan::parse(bytes).map(|scan| (scan, vec![Digest::of(bytes)], None)),
            Answer::Attested { signature, predicate } => scan::attested(predicate).map(|scan| {
                let scan = Scan { signature: Some(signature.clone()), ..scan };
                (scan, vec![Digest::of(predicate)], None)
            }),
            Answer::Scanned(output) => {
                scanned(output).map(|scan| (scan, vec![Digest::of(&output.report)], Some(output.exit)))
            }
            Answer::Osv(answers) => osv::scan(answers, exchange.at).map(|scan| (scan, Vec::new(), None)),
            _ => return None,
        };
        Some(report.map_err(|reason| named(exchange, reason)))
    });
    let (exchange, (scan, raw, exit)) = match read {
        Ok(read) => read,
        Err(read) => return vec![*read],
    };
    let mut evidence = evidence(key, exchange);
    evidence.level = match source {
        // A file's words are its own; what it names is held against the digest.
        ScanSource::File(_) => Level::Local,
        ScanSource::Attested { .. } | ScanSource::Scanner(_) | ScanSource::Osv { .. } => Level::Verified,
    };
    if matches!(source, ScanSource::Osv { .. }) {
        "OSV".clone_into(&mut evidence.source);
    }
    evidence.method = format!("{} ({})", evidence.method, scan.scanner);
    evidence.exit = exit;
    evidence.raw = raw;
    vec![(key.clone(), Fact::Scan(Observed::Seen(scan)), evidence)]
}

fn named(exchange: &Exchange, reason: Reason) -> Reason {
    Reason { text: format!("{}: {}", exchange.request, reason.text), ..reason }
}

/// What a scanner printed, with what its report does not say.
fn scanned(output: &ScannerOutput) -> Result<Scan, Reason> {
    let mut scan = scan::parse(&output.report)?;
    scan.database_at = scan.database_at.or(output.database_at);
    if let Some(version) = &output.version
        && !scan.scanner.contains(' ')
    {
        scan.scanner = format!("{} {version}", scan.scanner);
    }
    match output.packages {
        Some(0) => {
            scan.catalogued = Catalogued::Nothing("the scanner catalogued no package".to_owned());
        }
        // Its list of matches alone would not have shown that.
        Some(_) if scan.target.platform.is_some() || !scan.target.digests.is_empty() => {
            if matches!(&scan.catalogued, Catalogued::Nothing(why) if why.starts_with("no match")) {
                scan.catalogued = Catalogued::Something;
            }
        }
        _ => {}
    }
    Ok(scan)
}

/// The scans that are kept come before the fact that they are known, so that none of them is wanted in between.
pub(super) fn stored(key: &FactKey, subject: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let kept = found(key, exchanges, |exchange| match &exchange.answer {
        Answer::StoredScans(scans) => Some(Ok(scans)),
        _ => None,
    });
    let (exchange, scans) = match kept {
        Ok(kept) => kept,
        Err(read) => return vec![*read],
    };
    let is_ours = |key: &FactKey| matches!(key, FactKey::Scan { subject: of, .. } if of == subject);
    let mut read: Vec<Read> = scans
        .iter()
        .filter(|kept| is_ours(&kept.key))
        .map(|kept| (kept.key.clone(), Fact::Scan(Observed::Seen(kept.scan.clone())), kept.evidence.clone()))
        .collect();
    let count = read.len();
    read.push(seen(key, exchange, Fact::StoredScans, count));
    read
}

/// A VEX document.
pub(super) fn vex(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let read = found(key, exchanges, |exchange| match &exchange.answer {
        Answer::Bytes(bytes) => Some(vex::parse(bytes).map(|vex| (vex, Arc::clone(bytes)))),
        _ => None,
    });
    vec![match read {
        Ok((exchange, (vex, bytes))) => {
            let mut read = seen(key, exchange, Fact::Vex, vex);
            read.2.raw = vec![Digest::of(&bytes)];
            read
        }
        Err(read) => *read,
    }]
}
