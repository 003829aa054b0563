mod cyclonedx;
mod damaged;
mod spdx;
mod spdx3;
mod wrapped;

use std::io::Write as _;

use serde_json::{Value, json};

use super::parse;
use crate::model::{Reason, Sbom};

fn read(document: &Value) -> Sbom {
    parse(document.to_string().as_bytes()).unwrap_or_else(|reason| panic!("{reason}: {document}"))
}

fn refused(document: &Value) -> Reason {
    parse(document.to_string().as_bytes()).unwrap_err()
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sbom");
    std::fs::read(folder.join(name)).unwrap()
}

fn names(sbom: &Sbom) -> Vec<&str> {
    sbom.listed.iter().map(|package| package.name.as_str()).collect()
}

fn warns(sbom: &Sbom, text: &str) -> bool {
    sbom.warnings.iter().any(|warning| warning.contains(text))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

const HEX: &str = "d64946974813c924bee6cfaac88b4488bfe44ed059d6ca8a9b81a1f2e19b2aa2";

/// A small SPDX document with these packages, all described by nobody.
fn spdx(packages: &Value) -> Value {
    json!({
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
        "creationInfo": { "created": "2026-11-24T02:48:05Z", "creators": ["Tool: syft-1.18.1"] },
        "packages": packages,
    })
}
