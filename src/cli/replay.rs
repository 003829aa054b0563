//! Judges the facts of a file again.

use std::io::Read as _;
use std::path::Path;

use super::args::{Global, ReplayArgs};
use super::exit;
use super::failure::Failure;
use super::print::{look, printed_kept, write};
use crate::dod;
use crate::model::{Assessment, Audit, AuditTimes, Item, text};
use crate::report::{self, Look};

/// A file of facts is read up to this many bytes.
const MOST_BYTES: u64 = 1 << 30;

/// Judges the facts of a file again, prints the report, and says where the verdict differs from that of then.
pub(super) fn replay(global: &Global, args: &ReplayArgs) -> Result<u8, Failure> {
    let bytes = read(&args.file)?;
    let shown = args.file.display();
    let audit = report::read_facts(&bytes).map_err(|why| Failure::usage(format!("{shown}: {why}")))?;
    let again = dod::judge(&audit.release, &audit.policy, &audit.scope, &audit.facts);
    if !global.quiet {
        eprintln!("exitbar: {}", text::clean_line(&compared(&audit, &again)));
    }
    // Its summary says what was judged now, of then.
    let times = AuditTimes { started: audit.summary.started, finished: audit.summary.finished };
    let judged = (&audit.release, &audit.policy, &audit.scope);
    let (facts, requests) = (audit.facts.clone(), audit.requests.clone());
    let audit = Audit::of(judged, facts, again, requests, times).ok_or_else(|| {
        Failure::usage(format!("{shown}: its facts are not all there: no verdict comes of them"))
    })?;
    let look = if args.print.output.is_none() { look(global) } else { Look::PLAIN };
    write(&printed_kept(&audit, args.print.format, look)?, args.print.output.as_deref())?;
    Ok(exit::of(&audit.assessment, args.print.accept_conditional))
}

/// What judging again came to, against what was judged then.
fn compared(audit: &Audit, again: &Assessment) -> String {
    let words = |assessment: &Assessment| {
        let verdict = assessment.verdict.as_ref().map_or("no verdict", |verdict| verdict.words());
        format!("{verdict}, {}, proven {}", assessment.readiness, assessment.proven.points)
    };
    let facts = audit.facts.len();
    if *again == audit.assessment {
        return format!("{facts} facts judged again: {}, as it was then", words(again));
    }
    let differs = |item: &Item| {
        let [then, now] = [&audit.assessment, again].map(|assessment| assessment.findings.get(item.index()));
        then != now
    };
    let items: Vec<&str> = Item::ALL.iter().filter(|item| differs(item)).map(|item| item.key()).collect();
    format!(
        "{facts} facts judged again by exitbar {}: {}; then exitbar {} said {}; what differs: {}",
        env!("CARGO_PKG_VERSION"),
        words(again),
        audit.summary.by,
        words(&audit.assessment),
        if items.is_empty() { "nothing of the items".to_owned() } else { items.join(", ") }
    )
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot read the facts in {}: {why}", file.display()))
    };
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(unreadable(&format!("it is larger than {MOST_BYTES} bytes")));
    }
    Ok(bytes)
}
