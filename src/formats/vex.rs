//! OpenVEX: which findings do not affect which products. Older documents write strings where newer ones have objects.

use serde_json::Value;

use super::scan::document;
use crate::model::{Digest, Reason, ReasonKind, Vex, VexProduct, VexStatement, VexStatus, text};

/// The largest document that is read, in bytes.
pub const SIZE_LIMIT: usize = 16 << 20;

/// Reads an OpenVEX document. Statements of an unknown status are refused: what they clear would be a guess.
///
/// # Errors
/// `TooLarge` over the limit, `Unreadable` where it is no OpenVEX.
pub fn parse(bytes: &[u8]) -> Result<Vex, Reason> {
    let value = document(bytes, SIZE_LIMIT, "a VEX document")?;
    let context = value.get("@context").and_then(Value::as_str).unwrap_or_default();
    if !context.contains("openvex") {
        return Err(Reason::new(ReasonKind::NotSupported, "no OpenVEX document: its @context is another")
            .cure("write it with vexctl, or name the finding in [[vulnerabilities.ignore]]"));
    }
    let Some(written) = value.get("statements").and_then(Value::as_array) else {
        return Err(Reason::new(ReasonKind::Unreadable, "an OpenVEX document without statements"));
    };
    let made = time(&value, "last_updated").or_else(|| time(&value, "timestamp"));
    let mut statements =
        written.iter().map(|one| statement(one, made)).collect::<Result<Vec<VexStatement>, Reason>>()?;
    statements.sort_by_key(|statement| statement.at);
    Ok(Vex { author: word(&value, "author"), statements })
}

fn statement(value: &Value, made: Option<jiff::Timestamp>) -> Result<VexStatement, Reason> {
    let status = match value.get("status").and_then(Value::as_str) {
        Some("not_affected") => VexStatus::NotAffected,
        Some("affected") => VexStatus::Affected,
        Some("fixed") => VexStatus::Fixed,
        Some("under_investigation") => VexStatus::UnderInvestigation,
        other => {
            let what = other
                .map_or("no status".to_owned(), |other| format!("the status `{}`", text::clean_line(other)));
            return Err(Reason::new(ReasonKind::Unreadable, format!("a VEX statement with {what}")));
        }
    };
    let justification = word(value, "justification");
    let impact = word(value, "impact_statement").or_else(|| word(value, "status_notes"));
    let because: Vec<String> = justification.into_iter().chain(impact).collect();
    let products = value.get("products").and_then(Value::as_array).into_iter().flatten();
    let at = time(value, "last_updated").or_else(|| time(value, "timestamp")).or(made);
    Ok(VexStatement {
        vulnerability: names(value.get("vulnerability")),
        products: products.map(|one| product(one, value)).collect(),
        status,
        because: (!because.is_empty()).then(|| because.join(": ")),
        at,
    })
}

/// A vulnerability is a name, or an object with a name, an identifier and aliases.
fn names(value: Option<&Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    if let Some(name) = value.as_str() {
        return vec![text::clean_line(name).into_owned()];
    }
    let id = word(value, "@id").map(|id| id.rsplit('/').next().unwrap_or_default().to_owned());
    let aliases = value.get("aliases").and_then(Value::as_array).into_iter().flatten();
    let aliases = aliases.filter_map(Value::as_str).map(|alias| text::clean_line(alias).into_owned());
    word(value, "name").into_iter().chain(id).chain(aliases).filter(|name| !name.is_empty()).collect()
}

fn product(value: &Value, statement: &Value) -> VexProduct {
    // Version 0.0.1 has the subcomponents beside the products.
    let old = statement.get("subcomponents").and_then(Value::as_array).into_iter().flatten();
    let own = value.get("subcomponents").and_then(Value::as_array).into_iter().flatten();
    let hashes = value.get("hashes").and_then(Value::as_object).into_iter().flatten();
    let digests = hashes.filter(|(name, _)| *name == "sha-256" || *name == "sha256");
    VexProduct {
        ids: identifiers(value),
        digests: digests.filter_map(|(_, hex)| sha256(hex.as_str()?)).collect(),
        subcomponents: own.chain(old).flat_map(identifiers).collect(),
    }
}

fn sha256(hex: &str) -> Option<Digest> {
    format!("sha256:{}", hex.to_ascii_lowercase()).parse().ok()
}

/// A component is a purl, or an object with an `@id` and identifiers.
fn identifiers(value: &Value) -> Vec<String> {
    if let Some(id) = value.as_str() {
        return vec![text::clean_line(id).into_owned()];
    }
    let purl = value.get("identifiers").and_then(|identifiers| word(identifiers, "purl"));
    let mut ids: Vec<String> = word(value, "@id").into_iter().chain(purl).collect();
    ids.dedup();
    ids
}

fn word(value: &Value, name: &str) -> Option<String> {
    let found = value.get(name)?.as_str()?.trim();
    (!found.is_empty()).then(|| text::clean_line(found).into_owned())
}

fn time(value: &Value, name: &str) -> Option<jiff::Timestamp> {
    value.get(name)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
