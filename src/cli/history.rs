//! Finished audits: their list, their reports, and what moved between two.

use super::args::{DiffArgs, Global, HistoryArgs, HistoryCommand, Printed, ReportArgs};
use super::exit;
use super::failure::Failure;
use super::load::load;
use super::print::{look, printed_kept, write};
use crate::config::{self, Loaded};
use crate::diff;
use crate::model::{Audit, AuditSummary, text};
use crate::report::{self, Look};
use crate::store::Store;

/// The words that name an audit without its id.
const NAMES: [&str; 3] = ["last", "previous", "last-go"];

/// Lists the finished audits, or compares two.
pub(super) fn history(global: &Global, args: &HistoryArgs) -> Result<u8, Failure> {
    if let Some(HistoryCommand::Diff(args)) = &args.command {
        return compare(global, args);
    }
    let kept = Kept::open(global, args.all)?;
    let printed = match args.format {
        Printed::Text => report::history_text(&kept.list, args.limit, look(global)),
        Printed::Json => report::history_json(&kept.list, args.limit),
    };
    write(&printed, None)?;
    Ok(0)
}

fn compare(global: &Global, args: &DiffArgs) -> Result<u8, Failure> {
    let kept = Kept::open(global, is_id(&args.before) && is_id(&args.after))?;
    let (before, after) = (kept.audit(&args.before)?, kept.audit(&args.after)?);
    let diff = diff::diff(&before, &after);
    let printed = match args.format {
        Printed::Text => report::diff_text(&diff, look(global)),
        Printed::Json => report::diff_json(&diff),
    };
    write(&printed, None)?;
    Ok(u8::from(!diff.is_empty()))
}

/// Prints the report of a finished audit as it was then.
pub(super) fn report(global: &Global, args: &ReportArgs) -> Result<u8, Failure> {
    let kept = Kept::open(global, is_id(&args.run))?;
    let audit = kept.audit(&args.run)?;
    let look = if args.print.output.is_none() { look(global) } else { Look::PLAIN };
    write(&printed_kept(&audit, args.print.format, look)?, args.print.output.as_deref())?;
    Ok(exit::of(&audit.assessment, args.print.accept_conditional))
}

fn is_id(name: &str) -> bool {
    !NAMES.contains(&name)
}

/// What is kept on this machine.
struct Kept {
    store: Store,
    /// Newest first.
    list: Vec<AuditSummary>,
}

impl Kept {
    /// Opens what is kept: of the configured release, or of every release (then a configuration is not needed).
    fn open(global: &Global, every: bool) -> Result<Self, Failure> {
        let loaded = if every { load_if_there(global)? } else { Some(load(global, None)?) };
        let wiring = match &loaded {
            Some(loaded) => loaded.wiring.clone(),
            None => config::without_file(std::path::Path::new(".")),
        };
        if global.no_store {
            return Err(Failure::usage("--no-store keeps nothing, so there is no history to look at"));
        }
        let store = Store::open(&wiring.store);
        let release = loaded.filter(|_| !every).map(|loaded| loaded.release.name);
        let list = store.audits(release.as_deref());
        let kept = Self { store, list };
        kept.warn();
        Ok(kept)
    }

    fn warn(&self) {
        for warning in self.store.take_warnings() {
            eprintln!("exitbar: {}", text::clean_line(&warning));
        }
    }

    /// The audit of this name: the first letters of its id, `last`, `previous` or `last-go`.
    fn audit(&self, name: &str) -> Result<Audit, Failure> {
        let audit = self.store.audit(&self.named(name)?.id).map_err(Failure::usage);
        self.warn();
        audit
    }

    fn named(&self, name: &str) -> Result<&AuditSummary, Failure> {
        let none = |why: &str| Failure::usage(format!("{why}; `exitbar history` lists what is kept"));
        match name {
            "last" => self.list.first().ok_or_else(|| none("no audit of this release is kept yet")),
            "previous" => self
                .list
                .get(1)
                .ok_or_else(|| none("only one audit of this release is kept, so there is none before it")),
            "last-go" => {
                let go = self.list.iter().find(|summary| summary.is_go());
                go.ok_or_else(|| none("no kept audit of this release ended with GO"))
            }
            id => {
                let named: Vec<&AuditSummary> =
                    self.list.iter().filter(|summary| summary.id.as_str().starts_with(id)).collect();
                match named.as_slice() {
                    [only] => Ok(only),
                    [] => Err(none(&format!("no kept audit has an id that begins with {id:?}"))),
                    several => {
                        let ids: Vec<&str> = several.iter().map(|summary| summary.id.as_str()).collect();
                        Err(Failure::usage(format!("{id:?} names several kept audits: {}", ids.join(", "))))
                    }
                }
            }
        }
    }
}

/// The configuration where there is one: it may say where things are kept.
fn load_if_there(global: &Global) -> Result<Option<Loaded>, Failure> {
    let folder =
        std::env::current_dir().map_err(|error| Failure::own(format!("no working folder: {error}")))?;
    match config::load(global.config.as_deref(), &folder) {
        Ok(loaded) => Ok(Some(loaded)),
        Err(config::ConfigError::NotFound { .. }) => Ok(None),
        Err(error) => Err(Failure::usage(error)),
    }
}
