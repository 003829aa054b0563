//! Where images are pushed to: references, and the tags that `docker/metadata-action` makes.

use std::collections::BTreeMap;

use super::expression::{Scope, TAG, UNKNOWN, VERSION};
use crate::model::{Located, Repository, Tag};

/// Where an image is pushed to: a repository and, as far as it is known, a tag with `{version}` or `{tag}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub repository: Repository,
    pub tag: Option<String>,
}

/// A reference, with everything filled in that is known.
///
/// # Errors
/// The text, where its repository is not written out.
pub(super) fn parse(expanded: &str) -> Result<Option<Reference>, String> {
    let text = expanded.trim();
    let text = text.strip_prefix("docker://").unwrap_or(text);
    let text = text.split('@').next().unwrap_or_default();
    // A name without a slash is one of this machine.
    if !text.contains('/') {
        return if text.contains('{') { Err(text.to_owned()) } else { Ok(None) };
    }
    let colon = text.rfind(':').filter(|at| !text[*at..].contains('/'));
    let (repository, tag) = match colon {
        Some(at) => (&text[..at], Some(text[at + 1..].to_owned())),
        None => (text, None),
    };
    // GitHub's names have capitals, a registry's never do.
    match repository.to_lowercase().parse::<Repository>() {
        Ok(repository) if !repository.path().contains('{') => Ok(Some(Reference { repository, tag })),
        _ => Err(text.to_owned()),
    }
}

/// The references of names; the texts of those whose repository is not written out.
pub(super) fn all(names: impl IntoIterator<Item = String>) -> (Vec<Reference>, Vec<String>) {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for name in names {
        match parse(&name) {
            Ok(reference) => found.extend(reference),
            Err(written) => unread.push(written),
        }
    }
    (found, unread)
}

/// The labels that `docker/metadata-action` makes of what GitHub says of a repository (its README, `outputs`).
pub(super) const METADATA_LABELS: [&str; 8] = [
    "org.opencontainers.image.created",
    "org.opencontainers.image.description",
    "org.opencontainers.image.licenses",
    "org.opencontainers.image.revision",
    "org.opencontainers.image.source",
    "org.opencontainers.image.title",
    "org.opencontainers.image.url",
    "org.opencontainers.image.version",
];

/// What `docker/metadata-action` calls an image (its README, `images`, `tags` and `flavor`).
pub(super) fn of_metadata(
    inputs: &BTreeMap<String, Located<String>>,
    scope: &Scope,
) -> Result<Vec<Reference>, String> {
    let input = |name: &str| inputs.get(name).map(|input| input.value.as_str()).unwrap_or_default();
    let flavor = attributes(&input("flavor").replace('\n', ","));
    let mut tags: Vec<String> = Vec::new();
    for line in lines(input("tags")) {
        tags.extend(tag_of(&attributes(&line), &line, &flavor, scope));
    }
    if tags.is_empty() {
        tags.push(TAG.to_owned());
    }
    // `latest=auto`: beside the tag of a version.
    let is_versioned = tags.iter().any(|tag| tag.contains(TAG) || tag.contains(VERSION));
    let latest = flavor.get("latest").map_or("auto", String::as_str);
    if (latest == "true" || latest == "auto" && is_versioned) && !tags.iter().any(|tag| tag == "latest") {
        tags.push("latest".to_owned());
    }
    let mut references = Vec::new();
    for line in lines(input("images")) {
        let name = attributes(&line).remove("name").unwrap_or_else(|| line.clone());
        if let Some(reference) = parse(&scope.expand(&name))? {
            let tagged = |tag: &String| Reference { tag: Some(tag.clone()), ..reference.clone() };
            references.extend(tags.iter().map(tagged));
        }
    }
    Ok(references)
}

/// A rule for tags: `type=semver,pattern={{version}},suffix=-full`.
fn tag_of(
    rule: &BTreeMap<String, String>,
    line: &str,
    flavor: &BTreeMap<String, String>,
    scope: &Scope,
) -> Option<String> {
    let attribute = |name: &str| rule.get(name).map(String::as_str);
    let tag = match attribute("type") {
        Some("semver" | "pep440") => match attribute("pattern")?.replace(' ', "").as_str() {
            "{{version}}" => VERSION.to_owned(),
            "v{{version}}" => format!("v{VERSION}"),
            "{{raw}}" => TAG.to_owned(),
            // `{{major}}.{{minor}}` moves.
            _ => return None,
        },
        Some("match") => VERSION.to_owned(),
        Some("ref") if attribute("event") == Some("tag") => TAG.to_owned(),
        Some("raw") => scope.expand(attribute("value")?),
        Some(_) => return None,
        None => scope.expand(line),
    };
    let around = |name: &str| rule.get(name).or_else(|| flavor.get(name)).map(|text| scope.expand(text));
    Some(format!("{}{tag}{}", around("prefix").unwrap_or_default(), around("suffix").unwrap_or_default()))
}

/// The entries of a list that is written in lines.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// `name=value,…`; of an output also with quotes around.
pub(super) fn attributes(text: &str) -> BTreeMap<String, String> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().trim_matches('"').to_owned(), value.trim().trim_matches('"').to_owned()))
    };
    text.split(',').filter_map(pair).collect()
}

/// The `tag` of the configuration, and the tags that move, of everything that an image is called.
pub(super) fn templates(references: &[Reference], prefix: &str) -> (Option<String>, Vec<String>) {
    let (mut version, mut moving) = (None, Vec::new());
    for tag in references.iter().filter_map(|reference| reference.tag.as_deref()) {
        let template = tag.replace(TAG, &format!("{prefix}{VERSION}"));
        // A pattern of its own would have to be a tag when it is filled in.
        if template.contains(UNKNOWN) || template.replace(VERSION, "1").parse::<Tag>().is_err() {
            continue;
        }
        if !template.contains(VERSION) {
            if !moving.contains(&template) {
                moving.push(template);
            }
        } else if version.is_none() {
            version = Some(template);
        }
    }
    (version, moving)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Location;

    #[test]
    fn a_reference_is_told_from_a_name_of_this_machine_and_from_what_is_not_written_out() {
        let parsed = parse("GHCR.io/Acme/app:{version}-full").unwrap().unwrap();
        assert_eq!(
            (parsed.repository.to_string().as_str(), parsed.tag.as_deref()),
            ("ghcr.io/acme/app", Some("{version}-full"))
        );
        assert_eq!(parse("localhost:5000/app@sha256:00").unwrap().unwrap().tag, None);
        assert_eq!(parse("app:latest"), Ok(None));
        assert!(parse("{?}/app:1").is_err());
    }

    #[test]
    fn the_tags_of_metadata_action_are_read() {
        let input = |name: &str, value: &str| {
            let at = Location { file: "a.yml".into(), line: 1 };
            (name.to_owned(), Located { value: value.to_owned(), at })
        };
        let none = BTreeMap::new();
        let scope =
            Scope { variables: [&none, &none], matrix: &none, inputs: &none, repository: Some("acme/app") };
        let of = |tags: &str, flavor: &str| {
            let images = "ghcr.io/${{ github.repository }}\nname=acme/app";
            let inputs = [input("images", images), input("tags", tags), input("flavor", flavor)].into();
            let references = of_metadata(&inputs, &scope).unwrap();
            assert_eq!(references.last().unwrap().repository.to_string(), "docker.io/acme/app");
            templates(&references, "v")
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("", ""), (some("v{version}"), vec!["latest".to_owned()]));
        assert_eq!(
            of("type=semver,pattern={{version}}\ntype=semver,pattern={{major}}", "latest=false"),
            (some("{version}"), vec![])
        );
        assert_eq!(
            of("type=semver,pattern={{version}}", "latest=false\nsuffix=-full"),
            (some("{version}-full"), vec![])
        );
        assert_eq!(of("type=raw,value=edge", ""), (None, vec!["edge".to_owned()]));
        assert_eq!(
            of("type=ref,event=tag\ntype=raw,value=edge\ntype=sha", "latest=false"),
            (some("v{version}"), vec!["edge".to_owned()])
        );
    }
}
