//! The database under the store: one SQLite file, so that two exitbars may write at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Digest, Reason, ReasonKind};

/// How long a write waits for another process.
const BUSY: Duration = Duration::from_secs(10);

/// The name of the file in the store's folder.
const FILE: &str = "evidence.db";

/// One row per thing that is kept: what kind, its name, the digest of its JSON, its JSON. Finished audits have tables
/// of their own: a row each with what a list says of them, and everything else in parts by digest.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS kept (
        kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        seal TEXT NOT NULL,
        json BLOB NOT NULL,
        PRIMARY KEY (kind, owner, name)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS audit (
        id TEXT NOT NULL PRIMARY KEY,
        release TEXT NOT NULL,
        version TEXT NOT NULL,
        finished INTEGER NOT NULL,
        seal TEXT NOT NULL,
        summary BLOB NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS audit_of_release ON audit (release, finished);
    CREATE TABLE IF NOT EXISTS part (
        digest TEXT NOT NULL PRIMARY KEY,
        packed BLOB NOT NULL
    );";

/// What kind of thing a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run of an image; its owner is the config that ran.
    Run,
    /// A scan of an image; its owner is the manifest that was scanned.
    Scan,
    /// A record of a vulnerability database, by its identifier and the time of its last change.
    Advisory,
    /// What a layer holds, by the digest of its stored bytes.
    Layer,
    /// What a layer is when it is compressed, by its `diff_id`.
    Compressed,
    /// The staged digest of an image.
    Staged,
    /// The digest that a tag had.
    Tag,
    /// What was last seen of something that is watched.
    Watched,
    /// What was said in the walkthrough of a version; its owner is the release.
    Walkthrough,
    /// How long an action took; its owner is the release.
    Duration,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Scan => "scan",
            Self::Advisory => "advisory",
            Self::Layer => "layer",
            Self::Compressed => "compressed",
            Self::Staged => "staged",
            Self::Tag => "tag",
            Self::Watched => "watched",
            Self::Walkthrough => "walkthrough",
            Self::Duration => "duration",
        }
    }
}

/// A database that is opened when it is first needed. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Database {
    path: Arc<PathBuf>,
    open: Arc<Mutex<Option<Connection>>>,
}

impl Database {
    pub(super) fn of(folder: &Path) -> Self {
        Self { path: Arc::new(folder.join(FILE)), open: Arc::default() }
    }

    /// Keeps a value in the place of an earlier one of the same name.
    pub(super) fn put(
        &self,
        kind: Kind,
        owner: &str,
        name: &str,
        value: &impl Serialize,
    ) -> Result<Option<String>, Reason> {
        let json = serde_json::to_vec(value).map_err(|error| self.not_kept(&error))?;
        let seal = Digest::of(&json);
        self.with(|connection| {
            let sql =
                "INSERT OR REPLACE INTO kept (kind, owner, name, seal, json) VALUES (?1, ?2, ?3, ?4, ?5)";
            connection.prepare(sql)?.execute(params![kind.word(), owner, name, seal.as_str(), json])
        })
        .map(|(_, set_aside)| set_aside)
    }

    /// The value of this name; none where there is none, or where it is damaged.
    pub(super) fn get<T: DeserializeOwned>(&self, kind: Kind, owner: &str, name: &str) -> Found<Option<T>> {
        let row = self.read(|connection| {
            let sql = "SELECT seal, json FROM kept WHERE kind = ?1 AND owner = ?2 AND name = ?3";
            connection.prepare(sql)?.query_row(params![kind.word(), owner, name], sealed).optional()
        });
        Found { value: row.value.flatten().and_then(unsealed), trouble: row.trouble }
    }

    /// Every value of an owner, in the order of the names.
    pub(super) fn all<T: DeserializeOwned>(&self, kind: Kind, owner: &str) -> Found<Vec<T>> {
        let rows = self.read(|connection| {
            let sql = "SELECT seal, json FROM kept WHERE kind = ?1 AND owner = ?2 ORDER BY name";
            let mut statement = connection.prepare(sql)?;
            statement.query_map(params![kind.word(), owner], sealed)?.collect::<Result<Vec<_>, _>>()
        });
        let values = rows.value.unwrap_or_default().into_iter().filter_map(unsealed).collect();
        Found { value: values, trouble: rows.trouble }
    }

    /// Forgets the value of this name.
    pub(super) fn remove(&self, kind: Kind, owner: &str, name: &str) -> Result<(), Reason> {
        self.with(|connection| {
            let sql = "DELETE FROM kept WHERE kind = ?1 AND owner = ?2 AND name = ?3";
            connection.execute(sql, params![kind.word(), owner, name])
        })
        .map(|_| ())
    }

    /// A read makes no file: where nothing was ever kept, nothing is found.
    pub(super) fn read<T>(&self, ask: impl Fn(&Connection) -> rusqlite::Result<T>) -> Found<Option<T>> {
        if !self.path.is_file() {
            return Found { value: None, trouble: None };
        }
        match self.with(ask) {
            Ok((value, set_aside)) => Found { value: Some(value), trouble: set_aside },
            Err(reason) => Found { value: None, trouble: Some(reason.to_string()) },
        }
    }

    /// Asks the database. One that is damaged is set aside, with a message, and asked anew.
    pub(super) fn with<T>(
        &self,
        ask: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<(T, Option<String>), Reason> {
        let mut open = self.lock();
        match self.ask(&mut open, &ask) {
            Err(error) if is_damage(&error) => {
                *open = None;
                let message = self.set_aside(&error)?;
                let value = self.ask(&mut open, &ask).map_err(|error| self.not_kept(&error))?;
                Ok((value, Some(message)))
            }
            Err(error) => Err(self.not_kept(&error)),
            Ok(value) => Ok((value, None)),
        }
    }

    fn ask<T>(
        &self,
        open: &mut Option<Connection>,
        ask: &impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        // Another exitbar may have set the file aside meanwhile: what is open would be that one.
        if !self.path.is_file() {
            *open = None;
        }
        let connection = match open {
            Some(connection) => connection,
            None => open.insert(self.connect()?),
        };
        ask(connection)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        if let Some(folder) = self.path.parent() {
            // Where that fails, opening says so.
            let _ = std::fs::create_dir_all(folder);
        }
        let connection = Connection::open(self.path.as_path())?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // What is lost with the power is gathered again.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(connection)
    }

    fn set_aside(&self, error: &rusqlite::Error) -> Result<String, Reason> {
        let mut number = 1;
        let aside = loop {
            let aside = self.path.with_extension(format!("db.damaged-{number}"));
            if !aside.exists() {
                break aside;
            }
            number += 1;
        };
        std::fs::rename(self.path.as_path(), &aside).map_err(|error| self.not_kept(&error))?;
        for beside in ["db-wal", "db-shm"] {
            let _ = std::fs::remove_file(self.path.with_extension(beside));
        }
        let (path, kept) = (self.path.display(), aside.display());
        Ok(format!(
            "{path} was damaged ({error}); it was set aside as {kept}, and evidence is gathered and history begins anew"
        ))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn not_kept(&self, error: &dyn std::fmt::Display) -> Reason {
        Reason::new(ReasonKind::ToolFailed, format!("could not use {}: {error}", self.path.display()))
            .cure("check the permissions and the free space of the folder, or pass --no-store")
    }
}

/// What was found, and what went wrong beside it.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) trouble: Option<String>,
}

fn sealed(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// SQLite checks no content: the seal tells of damage of any byte.
fn unsealed<T: DeserializeOwned>((seal, json): (String, Vec<u8>)) -> Option<T> {
    let seal: Digest = seal.parse().ok()?;
    seal.matches(&json).then(|| serde_json::from_slice(&json).ok()).flatten()
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
