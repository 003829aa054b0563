//! What the release must satisfy: signatures, vulnerabilities, labels, items, waivers, the audit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::DeValue;

use super::image::last_line;
use super::keys;
use super::problem::{did_you_mean, either, nearest};
use super::section::{Section, Text};
use super::{units, vulnerabilities};
use crate::model::{
    Class, IdentityRule, Image, ImageName, Item, ItemPolicy, Platform, Policy, RunKind, SignaturePolicy,
    Waiver,
};

pub(super) type Trouble = (String, Option<String>);

/// What the file says of the policy.
pub(super) struct Read {
    pub policy: Policy,
    pub run: BTreeSet<RunKind>,
    /// Whether audits scan by themselves.
    pub scan: bool,
    pub trusted_root: Option<PathBuf>,
    /// Where OSV is asked.
    pub osv: Option<String>,
}

/// Reads the policy; `images` are those that waivers may name.
pub(super) fn read(top: &Section<'_>, images: &[Image]) -> Read {
    let mut policy = Policy::default();
    let mut trusted_root = None;
    let mut osv = None;
    let mut scan = false;
    if let Some(section) = top.section("signature", "[signature]", keys::SIGNATURE) {
        policy.signature = signature(&section);
        trusted_root = section.text("trusted_root", "a path").map(|text| PathBuf::from(text.value));
    }
    if let Some(section) = top.section("attestations", "[attestations]", keys::SIGNATURE) {
        policy.attestations = Some(signature(&section));
        let own = section.text("trusted_root", "a path").map(|text| PathBuf::from(text.value));
        if own.is_some() && trusted_root.is_some() && own != trusted_root {
            let help = "one trusted root serves both: keep it in [signature]";
            section.problem(&section.place("trusted_root"), "there are two trusted roots", Some(help));
        }
        trusted_root = trusted_root.or(own);
    }
    if let Some(section) = top.section("vulnerabilities", "[vulnerabilities]", keys::VULNERABILITIES) {
        osv = vulnerabilities::read(&section, &mut policy.vulnerabilities);
    }
    if let Some(section) = top.section("labels", "[labels]", keys::LABELS) {
        labels(&section, &mut policy);
    }
    policy.items = items(top);
    policy.waivers =
        top.sections("waiver", keys::WAIVER).iter().filter_map(|one| waiver(one, images)).collect();
    let mut run = BTreeSet::new();
    if let Some(section) = top.section("audit", "[audit]", keys::AUDIT) {
        (run, scan) = runs(&section);
        if let Some(fresh_for) = section.read("fresh_for", "a time such as \"15min\"", units::duration) {
            policy.fresh_for = fresh_for;
        }
    }
    Read { policy, run, scan, trusted_root, osv }
}

fn signature(section: &Section<'_>) -> SignaturePolicy {
    let exact = section.text("identity", "the certificate's identity");
    let pattern = section.read("identity_regexp", "a regular expression", |written| {
        regex::Regex::new(written).map(|_| written.to_owned()).map_err(|error| {
            (last_line(&error.to_string()), Some("see docs.rs/regex for the syntax".to_owned()))
        })
    });
    let issuer = section.text("issuer", "a URL such as \"https://token.actions.githubusercontent.com\"");
    let key = section.text("key", "a path of a public key, or the key in PEM");
    let rules: Vec<&str> =
        ["identity", "identity_regexp", "key"].into_iter().filter(|key| section.has(key)).collect();
    if rules.len() > 1 {
        let both = rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(" and ");
        let message = format!("{} has {both}", section.name);
        section.problem(&section.place(rules[1]), message, Some("keep one: they answer the same question"));
    }
    let by_identity = section.has("identity") || section.has("identity_regexp");
    if by_identity && !section.has("issuer") {
        let help = "anybody's login server could vouch for that name: add issuer = \"https://token.actions.githubusercontent.com\"";
        let rule = if section.has("identity") { "identity" } else { "identity_regexp" };
        section.problem(&section.place(rule), "an identity without its `issuer`", Some(help));
    }
    if section.has("issuer") && !by_identity {
        let help = "add identity = \"…\" or identity_regexp = \"…\", or leave the issuer out";
        section.problem(&section.place("issuer"), "an `issuer` without an identity", Some(help));
    }
    SignaturePolicy {
        identity: exact.map(|text| IdentityRule::Exact(text.value)).or(pattern.map(IdentityRule::Regexp)),
        issuer: issuer.map(|text| text.value),
        key: key.map(|text| text.value),
        recursive: section.flag("recursive").unwrap_or(false),
    }
}

pub(super) fn unknown_word(what: &str, written: &str, words: &[&str]) -> Trouble {
    let help = nearest(written, words.iter().copied()).map(did_you_mean);
    (format!("`{written}` is no {what}"), Some(help.unwrap_or_else(|| format!("expected {}", either(words)))))
}

fn labels(section: &Section<'_>, policy: &mut Policy) {
    let expected = "a list such as [\"org.opencontainers.image.title\"]";
    let Some(texts) = section.texts("required", expected) else { return };
    let mut required: Vec<String> = Vec::new();
    for text in texts {
        if text.value.trim().is_empty() || text.value.contains(char::is_whitespace) {
            section.problem(&text.at, format!("`{}` is no label", text.value), Some(expected));
        } else if required.contains(&text.value) {
            section.problem(&text.at, format!("`{}` is required twice", text.value), Some("name it once"));
        } else {
            required.push(text.value);
        }
    }
    policy.labels.required = required;
}

fn items(top: &Section<'_>) -> BTreeMap<Item, ItemPolicy> {
    let known: Vec<&str> = Item::ALL.iter().map(|item| item.key()).collect();
    let Some(section) = top.section("items", "[items]", &known) else { return BTreeMap::new() };
    let mut items = BTreeMap::new();
    for (key, value) in section.entries() {
        let Some(item) = Item::from_key(&key.value) else { continue };
        let name = format!("[items.{}]", key.value);
        let Some(one) = section.open_value(&key.value, value, name, keys::ITEM) else { continue };
        let off = one.text("off", "the reason, as in \"the image is a library\"").map(|text| text.value);
        let class = one.read("class", "\"must\" or \"should\"", |written| {
            match written.to_ascii_lowercase().as_str() {
                "must" => Ok(Class::Must),
                "should" => Ok(Class::Should),
                _ => Err(unknown_word("class", written, &["must", "should"])),
            }
        });
        if one.has("off") && one.has("class") {
            let message = format!("{} is off and has a class", one.name);
            one.problem(&one.place("class"), message, Some("an item that is off has none: keep one of them"));
        }
        items.insert(item, ItemPolicy { class, off });
    }
    items
}

fn waiver(section: &Section<'_>, images: &[Image]) -> Option<Waiver> {
    let known: Vec<&str> = Item::ALL.iter().map(|item| item.key()).collect();
    section.required("item", "\"size_budget\"");
    let problems = section.problems().count();
    let item = section
        .has("item")
        .then(|| {
            section.read("item", "the key of an item", |written| {
                Item::from_key(written).ok_or_else(|| unknown_word("item", written, &known))
            })
        })
        .flatten();
    let image = section.read("image", "the name of an image", |written| image_name(written, images));
    let platform = section.parsed::<Platform>("platform", "a platform such as \"linux/arm64\"");
    if let Some(platform) = &platform
        && !images.is_empty()
        && !images
            .iter()
            .filter(|one| image.as_ref().is_none_or(|name| one.name == *name))
            .any(|one| one.platforms.contains(platform))
    {
        let help = "a waiver names a platform that the image is released for";
        let message = format!("no image that this waiver covers is released for {platform}");
        section.problem(&section.place("platform"), message, Some(help));
    }
    let until = until(section);
    let reason = section.text("reason", "why, in a few words");
    if let Some(said) = reason.as_ref().filter(|said| !Waiver::is_a_reason(&said.value)) {
        let help = "say why the item is excused, and who agreed: it stands in the report";
        section.problem(&said.at, "the reason of this waiver is not filled in", Some(help));
    }
    if section.problems().count() > problems {
        return None;
    }
    let reason = reason.map(|said| said.value);
    Some(Waiver { item: item?, image, platform, until: until?, reason })
}

fn image_name(written: &str, images: &[Image]) -> Result<ImageName, Trouble> {
    let name: ImageName =
        written.parse().map_err(|error: crate::model::InvalidName| (error.to_string(), None))?;
    if images.is_empty() || images.iter().any(|image| image.name == name) {
        return Ok(name);
    }
    let known: Vec<&str> = images.iter().map(|image| image.name.as_str()).collect();
    Err(unknown_word("image of this release", written, &known))
}

/// A day, as a TOML date or in quotes.
pub(super) fn until(section: &Section<'_>) -> Option<Date> {
    let help = "add until = 2026-12-31: a waiver ends on a day";
    let Some(value) = section.value("until") else {
        if !section.lacks("until") {
            return None;
        }
        section.problem(&section.at, format!("{} has no `until`", section.name), Some(help));
        return None;
    };
    let day = day_of(value);
    if day.is_none() {
        section.problem(&value.span(), "`until` is no day", Some("expected a day such as 2026-12-31"));
    }
    day
}

fn day_of(value: &Spanned<DeValue<'_>>) -> Option<Date> {
    if let Some(text) = value.get_ref().as_str() {
        return text.parse().ok();
    }
    let written = value.get_ref().as_datetime()?;
    if written.time.is_some() || written.offset.is_some() {
        return None;
    }
    let date = written.date?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
        .ok()
}

/// What an audit executes by itself: the runs, and whether it scans.
fn runs(section: &Section<'_>) -> (BTreeSet<RunKind>, bool) {
    let expected = "a list of \"version\", \"example\", \"healthcheck\" and \"scan\"";
    let texts = section.texts("run", expected).unwrap_or_default();
    let (scans, runs): (Vec<Text>, Vec<Text>) = texts.into_iter().partition(|text| text.value == "scan");
    (runs.into_iter().filter_map(|text| run_kind(section, &text)).collect(), !scans.is_empty())
}

fn run_kind(section: &Section<'_>, text: &Text) -> Option<RunKind> {
    let found = RunKind::ALL.into_iter().find(|kind| kind.word() == text.value);
    if found.is_none() {
        let words: Vec<&str> = RunKind::ALL.map(RunKind::word).into_iter().chain(["scan"]).collect();
        let (message, help) = unknown_word("run", &text.value, &words);
        section.problem(&text.at, message, help.as_deref());
    }
    found
}
