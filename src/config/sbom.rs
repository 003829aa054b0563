//! `[sbom]`, and `sbom` of an image: where the SBOMs come from that exitbar attests.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::problem::{did_you_mean, nearest};
use super::section::{Section, Text};
use super::{SbomWiring, keys};
use crate::model::{Image, SbomSource};

const EXPECTED: &str = "\"auto\", \"syft\", \"buildkit\" or { file = \"sboms/{image}-{platform}.json\" }";

/// Reads where SBOMs come from, for all images and for single ones.
pub(super) fn read(top: &Section<'_>, images: &[Image]) -> SbomWiring {
    let mut wiring = SbomWiring::default();
    if let Some(section) = top.section("sbom", "[sbom]", keys::SBOM)
        && let Some(value) = section.value("source")
        && let Some((source, file)) = source(&section, "source", value)
    {
        if let Some(file) = file.filter(|file| images.len() > 1 && !file.value.contains("{image}")) {
            let help = "put {image} into the path, or give each image its own `sbom = { file = … }`";
            section.problem(&file.at, "one file would be the SBOM of several images", Some(help));
        }
        wiring.source = source;
    }
    wiring.images = of_images(top, images);
    wiring
}

/// The images' own words. What else is wrong with an image was said where it was read.
fn of_images(top: &Section<'_>, images: &[Image]) -> BTreeMap<crate::model::ImageName, SbomSource> {
    let mut sources = BTreeMap::new();
    let list = top.value("image").and_then(|value| value.get_ref().as_array());
    for table in list.into_iter().flatten() {
        let Some(entries) = table.get_ref().as_table() else { continue };
        let known: Vec<&str> = entries.keys().map(|key| key.get_ref().as_ref()).collect();
        let section = Section::open("[[image]]", table.span(), entries, &known, top.problems());
        let Some(value) = section.value("sbom") else { continue };
        let name = section.value("name").and_then(|name| name.get_ref().as_str());
        let image = images.iter().find(|image| Some(image.name.as_str()) == name);
        let (Some((source, file)), Some(image)) = (source(&section, "sbom", value), image) else { continue };
        let names_platform = |path: &str| path.contains("{platform}") || path.contains("{architecture}");
        if let Some(file) = file.filter(|file| image.platforms.len() > 1 && !names_platform(&file.value)) {
            let help = "put {platform} or {architecture} into the path";
            section.problem(&file.at, "one file would be the SBOM of several platforms", Some(help));
        }
        sources.insert(image.name.clone(), source);
    }
    sources
}

/// A word, or a table with a file; the path with its place, where it is one.
fn source(
    section: &Section<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<(SbomSource, Option<Text>)> {
    const WORDS: [(&str, SbomSource); 3] =
        [("auto", SbomSource::Auto), ("syft", SbomSource::Syft), ("buildkit", SbomSource::BuildKit)];
    let expected = format!("expected {EXPECTED}");
    if let Some(table) = value.get_ref().as_table() {
        let inner = Section::open(key, value.span(), table, keys::SBOM_SOURCE, section.problems());
        let file = inner.required("file", "\"sboms/{image}-{platform}.json\"")?;
        let unknown =
            SbomSource::PLACEHOLDERS.iter().fold(file.value.clone(), |rest, known| rest.replace(known, ""));
        if unknown.contains(['{', '}']) {
            let known = format!("known: {}", SbomSource::PLACEHOLDERS.join(", "));
            let message = format!("`{}` has a placeholder that is not known", file.value);
            inner.problem(&file.at, message, Some(&known));
            return None;
        }
        return Some((SbomSource::File(file.value.clone()), Some(file)));
    }
    let Some(word) = value.get_ref().as_str() else {
        section.problem(
            &value.span(),
            format!("`{key}` of {} is neither a word nor a table", section.name),
            Some(&expected),
        );
        return None;
    };
    let found = WORDS.iter().find(|(known, _)| *known == word).map(|(_, source)| source.clone());
    if found.is_none() {
        let help = nearest(word, WORDS.iter().map(|(known, _)| *known)).map_or(expected, did_you_mean);
        section.problem(&value.span(), format!("`{word}` is no source of SBOMs"), Some(&help));
    }
    found.map(|source| (source, None))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;
    use crate::model::SbomSource;

    fn with(image: &str, more: &str) -> Result<super::SbomWiring, String> {
        let text = format!(
            "[release]\nname = \"a\"\nversion = \"1\"\n[[image]]\nname = \"a\"\nrepositories = [\"ghcr.io/a/a\"]\n{image}\n{more}\n"
        );
        parse(Path::new("exitbar.toml"), &text)
            .map(|loaded| loaded.wiring.sbom)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_source_is_a_word_or_a_file_and_an_image_may_have_its_own() {
        let a = "a".parse().unwrap();
        assert_eq!(with("", "").unwrap().of(&a), &SbomSource::Auto);
        assert_eq!(with("", "[sbom]\nsource = \"buildkit\"").unwrap().of(&a), &SbomSource::BuildKit);
        let own = with("sbom = { file = \"{platform}.json\" }", "[sbom]\nsource = \"syft\"").unwrap();
        assert_eq!(
            (&own.source, own.of(&a)),
            (&SbomSource::Syft, &SbomSource::File("{platform}.json".to_owned()))
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (image, more, words) in [
            ("", "[sbom]\nsource = \"sift\"", "did you mean"),
            ("", "[sbom]\nsource = 7", "neither a word nor a table"),
            ("", "[sbom]\nsource = { path = \"x\" }", "unknown key `path`"),
            ("", "[sbom]\nsource = { file = \"{arch}.json\" }", "placeholder that is not known"),
            ("sbom = { file = \"all.json\" }", "", "several platforms"),
        ] {
            let error = with(image, more).unwrap_err();
            assert!(error.contains(words), "{words}: {error}");
        }
    }
}
