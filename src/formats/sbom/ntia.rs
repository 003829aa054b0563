//! The minimum elements of an SBOM (NTIA, "The Minimum Elements For a Software Bill of Materials", 2021): what is
//! missing is said, and nothing is refused for it.
//!
//! Of 730 documents of syft in the wild 722 name a version and 730 an identifier for 95 % of their packages, so less
//! than that is worth a word. Suppliers are missing nearly everywhere: that is always said, with the share.

use super::document::Document;

/// The share of packages, in per cent, that must have a version and an identifier.
const ENOUGH: usize = 95;

/// How many packages lack what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gaps {
    pub(super) packages: usize,
    pub(super) version: usize,
    pub(super) id: usize,
    pub(super) supplier: usize,
    pub(super) license: usize,
}

/// What a document lacks, in words.
pub(super) fn gaps(document: &Document, gaps: &Gaps) -> Vec<String> {
    let mut said = Vec::new();
    if document.skipped > 0 {
        said.push(format!(
            "the SBOM has {} that could not be read and were left out",
            entries(document.skipped)
        ));
    }
    for (missing, what, always) in [
        (gaps.version, "version", false),
        (gaps.id, "purl or CPE", false),
        (gaps.supplier, "supplier", true),
        (gaps.license, "licence", true),
    ] {
        let enough = missing * 100 <= gaps.packages * (100 - ENOUGH);
        if missing > 0 && (always || !enough) {
            let share = match missing * 100 / gaps.packages.max(1) {
                0 => "under 1 %".to_owned(),
                share => format!("{share} %"),
            };
            said.push(format!(
                "the SBOM names no {what} for {missing} of {} packages ({share})",
                gaps.packages
            ));
        }
    }
    for (there, what) in [
        (document.has_author, "who or what made it"),
        (document.created.as_deref().is_some_and(is_time), "when it was made"),
        (document.has_root, "what it is about"),
        (document.has_relationships, "how its packages belong together"),
    ] {
        if !there {
            said.push(format!("the SBOM does not say {what}"));
        }
    }
    said
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

fn entries(count: u64) -> String {
    if count == 1 { "one entry".to_owned() } else { format!("{count} entries") }
}
