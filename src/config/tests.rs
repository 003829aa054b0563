use std::path::Path;

use super::*;
use crate::model::{ImageName, RunKind};

fn load(text: &str) -> Result<Loaded, ConfigError> {
    parse(Path::new("exitbar.toml"), text)
}

const SMALL: &str = r#"
[release]
name = "app"
version = "1.2.3+5"

[[image]]
name = "app"
repositories = ["ghcr.io/acme/app", "acme/app"]
"#;

#[test]
fn a_name_a_version_and_an_image_are_enough() {
    let loaded = load(SMALL).unwrap();
    let image = &loaded.release.images[0];
    assert_eq!(image.tag.as_str(), "1.2.3-5");
    assert_eq!(image.repositories[1].to_string(), "docker.io/acme/app");
    let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    assert!(loaded.scope.run.is_empty());
    assert!(loaded.wiring.host_process.is_none());
}

#[test]
fn an_unknown_key_is_said_with_its_line_and_what_was_probably_meant() {
    let text = SMALL.replace("repositories", "repositorys");
    insta::assert_snapshot!(load(&text).unwrap_err().to_string());
}

#[test]
fn every_bad_value_is_said_at_once() {
    let text = format!(
        "{SMALL}budget = \"12 parsecs\"\nplatforms = [\"linux\"]\nlocal = \"dist/app\"\n\
         [items.size_bugdet]\noff = \"no\"\n[audit]\nrun = [\"versoin\"]\nfresh_for = \"soon\"\n"
    );
    insta::assert_snapshot!(load(&text).unwrap_err().to_string());
}

#[test]
fn a_repository_with_a_tag_is_refused() {
    let text = SMALL.replace("ghcr.io/acme/app", "ghcr.io/acme/app:1");
    insta::assert_snapshot!(load(&text).unwrap_err().to_string());
}

#[test]
fn broken_toml_is_said_with_its_line() {
    insta::assert_snapshot!(load("[release]\nname = \"app\nversion = 1\n").unwrap_err().to_string());
}

#[test]
fn two_images_in_one_repository_need_two_tags() {
    let text = format!("{SMALL}\n[[image]]\nname = \"full\"\nrepositories = [\"ghcr.io/acme/app\"]\n");
    assert!(load(&text).unwrap_err().to_string().contains("two images under one tag"));
    assert!(load(&format!("{text}tag = \"{{version}}-full\"\n")).is_ok());
}

#[test]
fn the_example_configuration_is_valid_and_so_is_every_line_that_it_comments_out() {
    let example = include_str!("../../config.example.toml");
    let loaded = load(example).unwrap();
    assert!(loaded.release.image(&"runner".parse::<ImageName>().unwrap()).is_some());
    // A commented-out setting starts with `#` directly before its key; prose has a space there.
    let everything: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with([' ', '#']) && !rest.is_empty() => rest,
            _ => line,
        })
        .fold(String::new(), |all, line| all + line + "\n");
    let loaded = load(&everything).unwrap();
    assert!(loaded.scope.run.contains(&RunKind::Version));
    assert!(loaded.wiring.host_process.is_some());
}
