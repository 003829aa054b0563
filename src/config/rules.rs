//! What the release must satisfy, what an audit runs, and how this machine reaches the world.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::error::{Problems, nearest};
use super::load::{default_store, text};
use super::raw::{self, Raw};
use super::release::{parsed, platforms};
use super::values::duration;
use super::{EngineWiring, HostProcess, RegistryWiring, Wiring};
use crate::model::{
    Class, IdentityRule, Item, ItemPolicy, Policy, Release, RunKind, Scope, Severity, SignaturePolicy, Waiver,
};

pub(super) fn policy(raw: &Raw, release: &Release, problems: &mut Problems) -> Policy {
    let mut policy = Policy { signature: signature(&raw.signature, problems), ..Policy::default() };
    policy.attestations = raw.attestations.as_ref().map(|raw| signature(raw, problems));
    for (key, settings) in &raw.items {
        if let Some(item) = item(key, problems) {
            policy.items.insert(item, item_policy(settings, problems));
        }
    }
    let set = &raw.vulnerabilities;
    if let Some(threshold) = &set.threshold {
        policy.vulnerabilities.threshold = word(threshold, &SEVERITIES, problems).unwrap_or(Severity::High);
    }
    policy.vulnerabilities.ignore.clone_from(&set.ignore);
    let ages = [
        (&set.scan_max_age, &mut policy.vulnerabilities.scan_max_age),
        (&set.database_max_age, &mut policy.vulnerabilities.database_max_age),
        (&raw.audit.fresh_for, &mut policy.fresh_for),
    ];
    for (given, age) in ages {
        if let Some(given) = given {
            match duration(text(given)) {
                Ok(parsed) => *age = parsed,
                Err(message) => problems.add(given.span(), message, None),
            }
        }
    }
    if let Some(required) = &raw.labels.required {
        policy.labels.required.clone_from(required);
    }
    policy.waivers = raw.waiver.iter().filter_map(|raw| waiver(raw, release, problems)).collect();
    policy
}

const SEVERITIES: [(&str, Severity); 5] = [
    ("negligible", Severity::Negligible),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// One of a few words.
fn word<T: Copy>(raw: &raw::Text, known: &[(&str, T)], problems: &mut Problems) -> Option<T> {
    let given = text(raw).to_ascii_lowercase();
    let found = known.iter().find(|(word, _)| *word == given).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let help = nearest(&given, words.iter().copied()).map(|word| format!("did you mean `{word}`?"));
        problems.add(raw.span(), format!("`{}` is not one of {}", text(raw), words.join(", ")), help);
    }
    found
}

fn item(key: &raw::Text, problems: &mut Problems) -> Option<Item> {
    let items = Item::ALL.map(|item| (item.key(), item));
    word(key, &items, problems)
}

fn item_policy(raw: &raw::Item, problems: &mut Problems) -> ItemPolicy {
    let classes = [("must", Class::Must), ("should", Class::Should)];
    if let Some(off) = raw.off.as_ref().filter(|off| text(off).trim().is_empty()) {
        problems.add(
            off.span(),
            "an item is switched off with a reason",
            Some("as in off = \"the image is a library\"".to_owned()),
        );
    }
    ItemPolicy {
        class: raw.class.as_ref().and_then(|class| word(class, &classes, problems)),
        off: raw.off.as_ref().map(|off| text(off).to_owned()),
    }
}

fn signature(raw: &raw::Signature, problems: &mut Problems) -> SignaturePolicy {
    if let (Some(_), Some(regexp)) = (&raw.identity, &raw.identity_regexp) {
        problems.add(
            regexp.span(),
            "`identity` and `identity_regexp` at once",
            Some("keep one of them; the exact one is safer".to_owned()),
        );
    }
    if let (Some(key), true) = (&raw.key, raw.identity.is_some() || raw.identity_regexp.is_some()) {
        problems.add(key.span(), "`key` and an identity at once", Some("keep one of them".to_owned()));
    }
    if let Some(regexp) = &raw.identity_regexp
        && let Err(error) = regex::Regex::new(text(regexp))
    {
        problems.add(regexp.span(), format!("no regular expression: {error}"), None);
    }
    let exact = raw.identity.as_ref().map(|identity| IdentityRule::Exact(text(identity).to_owned()));
    let regexp = raw.identity_regexp.as_ref().map(|regexp| IdentityRule::Regexp(text(regexp).to_owned()));
    SignaturePolicy {
        identity: exact.or(regexp),
        issuer: raw.issuer.clone(),
        key: raw.key.as_ref().map(|key| text(key).to_owned()),
        recursive: raw.recursive,
    }
}

fn waiver(raw: &raw::Waiver, release: &Release, problems: &mut Problems) -> Option<Waiver> {
    let item = item(&raw.item, problems);
    let image = raw.image.as_ref().and_then(|image| parsed(image, problems));
    if let (Some(name), Some(given)) = (&image, &raw.image)
        && release.image(name).is_none()
    {
        let known: Vec<&str> = release.images.iter().map(|image| image.name.as_str()).collect();
        let help = nearest(text(given), known).map(|known| format!("did you mean `{known}`?"));
        problems.add(given.span(), format!("no image is named `{name}`"), help);
    }
    let platform = raw.platform.as_ref().and_then(|platform| parsed(platform, problems));
    let until = raw.until.get_ref().date.and_then(|date| {
        let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
        Date::new(i16::try_from(date.year).ok()?, month, day).ok()
    });
    if until.is_none() {
        problems.add(raw.until.span(), "a waiver ends on a day", Some("as in until = 2026-12-31".to_owned()));
    }
    Some(Waiver { item: item?, image, platform, until: until?, reason: raw.reason.clone() })
}

pub(super) fn scope(raw: &Raw, problems: &mut Problems) -> Scope {
    let kinds = RunKind::ALL.map(|kind| (kind.word(), kind));
    let run = raw.audit.run.iter().filter_map(|given| word(given, &kinds, problems)).collect();
    Scope { run, digests: BTreeMap::new() }
}

pub(super) fn wiring(raw: &Raw, root: &Path, problems: &mut Problems) -> Wiring {
    let store = raw.store.path.as_ref().map_or_else(default_store, |path| root.join(path));
    let mut wiring = Wiring::of(root, &store);
    let registry = |(host, raw): (&String, &raw::Registry)| {
        (host.clone(), RegistryWiring { plain_http: raw.plain_http })
    };
    wiring.registries = raw.registry.iter().map(registry).collect();
    if let Some(engine) = raw.engine.first() {
        let known = ["unix://", "tcp://", "http://", "https://", "ssh://", "npipe://"];
        if !known.iter().any(|scheme| text(&engine.host).starts_with(scheme)) {
            let help = Some("as in unix:///var/run/docker.sock".to_owned());
            problems.add(
                engine.host.span(),
                format!("`{}` is no engine's address", text(&engine.host)),
                help,
            );
        }
        wiring.engine = EngineWiring { host: Some(text(&engine.host).to_owned()) };
    }
    for engine in &raw.engine {
        platforms(&engine.platforms, problems);
    }
    if let Some(host) = raw.host_process.as_ref() {
        let platforms = platforms(&host.platforms, problems);
        wiring.host_process = host.allow.then_some(HostProcess { platforms });
    }
    if let Some(folder) = &raw.source.workflows {
        wiring.workflows = folder.into();
    }
    wiring
}
