//! Finished audits, newest first: the memory of a release.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Store, parts};
use crate::model::{
    Assessment, Audit, AuditId, AuditSummary, Digest, Evidence, Fact, FactKey, Facts, Policy, Reason,
    ReasonKind, Release, Scope,
};

/// A fact whose JSON is longer than this is a part of its own: layers, SBOMs, scans and the output of runs are the same
/// in many audits.
const LONG: usize = 1024;

/// What became of an audit that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is kept under its id.
    New(AuditSummary),
    /// It is an identical twin of the audit before it: that one was seen again.
    Again(AuditSummary),
}

/// An audit without its summary.
#[derive(Serialize, Deserialize)]
struct Body {
    release: Release,
    policy: Policy,
    scope: Scope,
    requests: Vec<(String, u64)>,
    assessment: Assessment,
    as_of: jiff::Timestamp,
    facts: Vec<(FactKey, Place, Evidence)>,
}

/// Where a fact is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Here(Box<Fact>),
    Part(Digest),
}

/// What a row holds: the digest of the summary, the summary, and the digest of the body.
type Row = (String, String, Vec<u8>, String);

impl Kept {
    /// What a list says of it now.
    pub fn summary(&self) -> &AuditSummary {
        match self {
            Self::New(summary) | Self::Again(summary) => summary,
        }
    }
}

impl Store {
    /// Keeps a finished audit. Where it is an identical twin of the newest of its release and version, only that one's
    /// last-seen time moves on.
    pub fn keep_audit(&self, audit: &Audit) -> Result<Kept, Reason> {
        let not_json = |error: serde_json::Error| self.database.not_kept(&error);
        let mut long = Vec::new();
        let mut facts = Vec::new();
        for (key, entry) in audit.facts.iter() {
            let json = serde_json::to_vec(&entry.fact).map_err(not_json)?;
            let place = if json.len() > LONG {
                let digest = Digest::of(&json);
                long.push(json);
                Place::Part(digest)
            } else {
                Place::Here(Box::new(entry.fact.as_ref().clone()))
            };
            facts.push((key.clone(), place, entry.evidence.as_ref().clone()));
        }
        let body = Body {
            release: audit.release.clone(),
            policy: audit.policy.clone(),
            scope: audit.scope.clone(),
            requests: audit.requests.clone(),
            assessment: audit.assessment.clone(),
            as_of: audit.facts.as_of,
            facts,
        };
        let body = serde_json::to_vec(&body).map_err(not_json)?;
        let (kept, set_aside) = self.database.with(|connection| {
            // Of two exitbars that finish the same audit, the second shall see the first's.
            let writing = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            let kept = write(&writing, &audit.summary, &body, &long)?;
            writing.commit()?;
            Ok(kept)
        })?;
        if let Some(message) = set_aside {
            self.warn(message);
        }
        Ok(kept)
    }

    /// The finished audits of a release, or of every release, newest first. Damaged ones are a warning each.
    pub fn audits(&self, release: Option<&str>) -> Vec<AuditSummary> {
        let rows = self.noting(self.database.read(|connection| {
            let sql =
                "SELECT id, seal, CAST(summary AS BLOB), body FROM audit WHERE ?1 IS NULL OR release = ?1
                ORDER BY finished DESC, id";
            connection.prepare(sql)?.query_map([release], row)?.collect::<Result<Vec<Row>, _>>()
        }));
        let mut found = Vec::new();
        for row in rows.unwrap_or_default() {
            match summary(&row) {
                Some(summary) => found.push(summary),
                None => self.warn(damaged(&row.0, "what the list says of it")),
            }
        }
        found
    }

    /// The newest audit of a release that ended with GO, conditional or not.
    pub fn last_go(&self, release: &str) -> Option<AuditSummary> {
        self.audits(Some(release)).into_iter().find(AuditSummary::is_go)
    }

    /// A finished audit, whole.
    ///
    /// # Errors
    /// It is not kept, damaged, or was written by an exitbar of another format.
    pub fn audit(&self, id: &AuditId) -> Result<Audit, Reason> {
        let row = self.noting(self.database.read(|connection| {
            let sql = "SELECT id, seal, CAST(summary AS BLOB), body FROM audit WHERE id = ?1";
            connection.prepare(sql)?.query_row([id.as_str()], row).optional()
        }));
        let Some(row) = row.flatten() else {
            let text = format!("no audit {id} is kept in {}", self.folder().display());
            return Err(
                Reason::new(ReasonKind::NotConfigured, text).cure("`exitbar history --all` lists them")
            );
        };
        let lost = |what: &str| Reason::new(ReasonKind::Unreadable, damaged(id.as_str(), what));
        let summary = summary(&row).ok_or_else(|| lost("what the list says of it"))?;
        let body: Body = self.part(&row.3).ok_or_else(|| lost("its body"))?;
        let mut facts = Facts::new(body.as_of);
        for (key, place, evidence) in body.facts {
            let fact = match place {
                Place::Here(fact) => *fact,
                Place::Part(digest) => self.part(digest.as_str()).ok_or_else(|| lost("one of its facts"))?,
            };
            if !fact.fits(&key) {
                return Err(lost("one of its facts"));
            }
            facts.insert(key, fact, evidence);
        }
        let Body { release, policy, scope, requests, assessment, .. } = body;
        Ok(Audit { summary, release, policy, scope, requests, assessment, facts })
    }

    fn part<T: serde::de::DeserializeOwned>(&self, digest: &str) -> Option<T> {
        let digest: Digest = digest.parse().ok()?;
        let json = self.noting(self.database.read(|connection| parts::get(connection, &digest)));
        serde_json::from_slice(&json.flatten()?).ok()
    }
}

fn write(
    connection: &Connection,
    audit: &AuditSummary,
    body: &[u8],
    long: &[Vec<u8>],
) -> rusqlite::Result<Kept> {
    let sql = "SELECT id, seal, CAST(summary AS BLOB), body FROM audit WHERE release = ?1 AND version = ?2
        ORDER BY finished DESC, id LIMIT 1";
    let newest = connection.prepare(sql)?.query_row([&audit.release, &audit.version], row).optional()?;
    let twin = newest.as_ref().and_then(summary).filter(|newest| newest.fingerprint == audit.fingerprint);
    if let Some(mut twin) = twin {
        twin.last_seen = twin.last_seen.max(audit.finished);
        twin.times = twin.times.saturating_add(1);
        let (seal, json) = sealed(&twin)?;
        let sql = "UPDATE audit SET seal = ?2, summary = ?3 WHERE id = ?1";
        connection.execute(sql, params![twin.id.as_str(), seal.as_str(), json])?;
        return Ok(Kept::Again(twin));
    }
    for json in long {
        parts::keep(connection, json)?;
    }
    let body = parts::keep(connection, body)?;
    let (seal, json) = sealed(audit)?;
    let sql = "INSERT OR REPLACE INTO audit (id, release, version, finished, seal, summary, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let finished = audit.finished.as_microsecond();
    let (id, release, version) = (audit.id.as_str(), &audit.release, &audit.version);
    connection.execute(sql, params![id, release, version, finished, seal.as_str(), json, body.as_str()])?;
    Ok(Kept::New(audit.clone()))
}

fn sealed(summary: &AuditSummary) -> rusqlite::Result<(Digest, Vec<u8>)> {
    let json = serde_json::to_vec(summary)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok((Digest::of(&json), json))
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn summary((_, seal, json, _): &Row) -> Option<AuditSummary> {
    let seal: Digest = seal.parse().ok()?;
    seal.matches(json).then(|| serde_json::from_slice(json).ok()).flatten()
}

fn damaged(id: &str, what: &str) -> String {
    let id = crate::model::text::clean_line(id);
    format!("the kept audit {id} is skipped: {what} is damaged, or of an exitbar with another format")
}
