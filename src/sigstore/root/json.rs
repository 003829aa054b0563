//! Protobuf JSON leaves out fields that have their default value; the library asks for some of them.

use serde_json::{Map, Value};
use sigstore_trust_root::TrustedRoot;

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

/// Parses a trust root as protobuf JSON.
pub(super) fn parse(bytes: &[u8]) -> Result<TrustedRoot, String> {
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    without_nulls(&mut value);
    let Some(root) = value.as_object_mut() else { return Err("no JSON object".to_owned()) };
    fill(root, "mediaType", MEDIA_TYPE);
    for list in ["tlogs", "ctlogs"] {
        for log in objects(root, list) {
            fill(log, "baseUrl", "");
            fill(log, "hashAlgorithm", "SHA2_256");
            if let Some(key) = log.get_mut("publicKey").and_then(Value::as_object_mut) {
                fill(key, "keyDetails", "PUBLIC_KEY_DETAILS_UNSPECIFIED");
            }
        }
    }
    for list in ["certificateAuthorities", "timestampAuthorities"] {
        for authority in objects(root, list) {
            fill(authority, "uri", "");
        }
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn objects<'a>(
    root: &'a mut Map<String, Value>,
    list: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    root.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

fn fill(object: &mut Map<String, Value>, field: &str, default: &str) {
    object.entry(field).or_insert_with(|| Value::String(default.to_owned()));
}

/// In protobuf JSON `null` is the same as left out.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(without_nulls);
        }
        Value::Array(array) => array.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_protobuf_json_leaves_out_or_nulls_is_filled_in() {
        let mut value: Value =
            serde_json::from_str(sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
        value["mediaType"] = Value::Null;
        for list in ["tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"] {
            for entry in value[list].as_array_mut().unwrap() {
                let entry = entry.as_object_mut().unwrap();
                entry.remove("baseUrl");
                entry.insert("uri".to_owned(), Value::Null);
                entry.remove("subject");
                entry.remove("hashAlgorithm");
            }
        }
        let root = parse(value.to_string().as_bytes()).unwrap();
        assert!(!root.tlogs.is_empty() && !root.certificate_authorities.is_empty());
    }
}
