//! A finished audit in a file, to be judged again somewhere else.

use serde::Serialize;
use serde_json::Value;

use crate::model::{Audit, Digest};

/// The format; another one gets another number.
const FORMAT: &str = "exitbar facts 1";

#[derive(Serialize)]
struct Document<'a> {
    format: &'a str,
    exitbar: &'a str,
    seal: Digest,
    audit: Value,
}

/// Why a file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFacts {
    /// No JSON.
    #[error("it is no JSON: {0}")]
    NotJson(String),
    /// JSON of something else.
    #[error(
        "it is no file of facts: its `format` is missing; `exitbar report RUN --format facts` writes one"
    )]
    Other,
    /// Another format.
    #[error("its format is {format:?}, written by exitbar {by}; this exitbar ({}) reads {FORMAT:?}", env!("CARGO_PKG_VERSION"))]
    Format {
        /// The format.
        format: String,
        /// Who wrote it.
        by: String,
    },
    /// The content is not what was sealed.
    #[error(
        "it was changed after it was written: its seal is {seal}, its content is {content}; nothing in it is judged"
    )]
    Changed {
        /// What was sealed.
        seal: String,
        /// What is there.
        content: Digest,
    },
    /// The content is no audit.
    #[error("its audit cannot be read: {0}")]
    Unreadable(String),
}

/// A finished audit as JSON: release, policy, scope, every fact, and what came of them. The seal tells of damage; it is no
/// signature.
///
/// # Errors
/// When something in it cannot be written as JSON: a path that is no text.
pub fn facts(audit: &Audit) -> Result<String, serde_json::Error> {
    let audit = serde_json::to_value(audit)?;
    let document = Document { format: FORMAT, exitbar: env!("CARGO_PKG_VERSION"), seal: seal(&audit), audit };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

/// Reads what [`facts`] wrote.
///
/// # Errors
/// It is something else, of another format, or was changed.
pub fn read_facts(text: &[u8]) -> Result<Audit, NotFacts> {
    let mut document: Value =
        serde_json::from_slice(text).map_err(|error| NotFacts::NotJson(error.to_string()))?;
    let said = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let format =
        said("format").filter(|format| format.starts_with("exitbar facts")).ok_or(NotFacts::Other)?;
    if format != FORMAT {
        return Err(NotFacts::Format { format, by: said("exitbar").unwrap_or_else(|| "unknown".to_owned()) });
    }
    let sealed = said("seal").unwrap_or_default();
    let audit = document.get_mut("audit").map(Value::take).unwrap_or_default();
    let content = seal(&audit);
    if content.as_str() != sealed {
        return Err(NotFacts::Changed { seal: sealed, content });
    }
    serde_json::from_value(audit).map_err(|error| NotFacts::Unreadable(error.to_string()))
}

fn seal(audit: &Value) -> Digest {
    Digest::of(audit.to_string().as_bytes())
}
