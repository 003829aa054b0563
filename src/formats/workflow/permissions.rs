//! What the token of a job may do (`permissions`), and what its steps need it for.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use serde_saphyr::Spanned;

use super::calls;
use super::reader::FileReader;
use super::syntax;
use crate::model::{LackingPermission, Location, StepKind};

/// The permission to get an identity from GitHub, for keyless signatures.
pub(super) const IDENTITY: &str = "id-token";
/// The permission to push to GitHub's registry.
pub(super) const PACKAGES: &str = "packages";
/// The permission to keep attestations at GitHub.
pub(super) const ATTESTATIONS: &str = "attestations";

/// What a job's token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permissions {
    line: u32,
    may_write: Writes,
    /// What it is to read and no more.
    only_reads: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Writes {
    Everything,
    These(BTreeSet<String>),
}

/// A permission that a step needs.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub scope: &'static str,
    pub step: StepKind,
    pub name: String,
    pub at: Location,
    /// What its job says; none where neither it nor the workflow says anything.
    pub permissions: Option<Permissions>,
}

/// What becomes of an ask.
enum Answer {
    Given,
    Refused(Option<Location>),
    /// As the repository's settings have it.
    Unsaid,
}

impl Permissions {
    /// Reads them; what is no known form (an expression) is taken to allow everything: nobody can tell.
    pub fn read(said: &Spanned<Value>) -> Self {
        let may_write = match &said.value {
            Value::String(all) if all.trim() == "read-all" => Writes::These(BTreeSet::new()),
            Value::Object(scopes) => {
                let writes = scopes.iter().filter(|(_, level)| level.as_str() == Some("write"));
                Writes::These(writes.map(|(scope, _)| scope.clone()).collect())
            }
            _ => Writes::Everything,
        };
        let scopes = said.value.as_object().into_iter().flatten();
        let only_reads = scopes.filter(|(_, level)| level.as_str() == Some("read"));
        let only_reads = only_reads.map(|(scope, _)| scope.clone()).collect();
        Self { line: syntax::line(said), may_write, only_reads }
    }

    /// Whether it says that this is only to be read.
    pub fn only_read(&self, scope: &str) -> bool {
        self.only_reads.contains(scope)
    }

    fn give(&self, scope: &str) -> bool {
        match &self.may_write {
            Writes::Everything => true,
            Writes::These(scopes) => scopes.contains(scope),
        }
    }
}

/// The permissions that the steps of what releases need and do not get, where that can be told.
pub(super) fn lacking(all: &[&FileReader]) -> Vec<LackingPermission> {
    let mut lacking = Vec::new();
    for reader in all {
        for ask in &reader.asks {
            let refused = match answer(reader, ask.permissions.as_ref(), ask.scope, all, 0) {
                Answer::Refused(declared) => Some(declared),
                // GitHub's settings never give that one.
                Answer::Unsaid if ask.scope == IDENTITY => Some(None),
                Answer::Unsaid | Answer::Given => None,
            };
            let lack = |declared| LackingPermission {
                step: ask.step,
                name: ask.name.clone(),
                at: ask.at.clone(),
                permission: format!("{}: write", ask.scope),
                declared,
            };
            lacking.extend(refused.map(lack));
        }
    }
    lacking
}

/// A called workflow gets no more than its caller has, and that where it asks for nothing.
fn answer(
    reader: &FileReader,
    own: Option<&Permissions>,
    scope: &str,
    all: &[&FileReader],
    depth: usize,
) -> Answer {
    let at = |file: &Path, line| Location { file: file.to_owned(), line };
    if let Some(own) = own.filter(|own| !own.give(scope)) {
        return Answer::Refused(Some(at(reader.file, own.line)));
    }
    let mut best = if own.is_some() { Answer::Given } else { Answer::Unsaid };
    if depth == calls::DEPTH {
        return best;
    }
    let calls = all.iter().flat_map(|caller| caller.calls.iter().map(move |call| (caller, call)));
    let calls = calls.filter(|(_, call)| reader.file.ends_with(&call.file));
    let answers =
        calls.map(|(caller, call)| answer(caller, call.permissions.as_ref(), scope, all, depth + 1));
    let (mut refused, mut is_let) = (None, false);
    for answer in answers {
        match answer {
            Answer::Refused(declared) => refused = refused.or(Some(declared)),
            Answer::Given => (best, is_let) = (Answer::Given, true),
            Answer::Unsaid => is_let = true,
        }
    }
    // One caller that may is enough: another one may only try it.
    match refused.filter(|_| !is_let) {
        Some(declared) => Answer::Refused(declared),
        None => best,
    }
}
