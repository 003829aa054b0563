//! The ten requirements in sentences, with this release's registries, platforms, commands and budgets.

use std::collections::BTreeSet;

use crate::model::{Item, Platform, Policy, Release};

use super::checks::{listed, si};

/// What `item` requires of this release.
pub(super) fn sentence(item: Item, release: &Release, policy: &Policy) -> String {
    match item {
        Item::Published => format!("Published to {}", listed(&registries(release))),
        Item::MultiArch => format!("Multi-arch image index ({})", platforms(release).join(", ")),
        Item::Signed => match (&policy.signature.identity, &policy.signature.key) {
            (None, Some(_)) => "Signed with cosign (the configured key)".to_owned(),
            _ => "Signed with cosign (keyless OIDC)".to_owned(),
        },
        Item::Sbom => "SBOM generated and attached".to_owned(),
        Item::Vulnerabilities => {
            let threshold = policy.vulnerabilities.threshold.word();
            format!("Vulnerability scan passes (nothing at or over {threshold})")
        }
        Item::NonRootHealthcheck => "Non-root user and healthcheck".to_owned(),
        Item::VersionCommand => format!("{} works, on every platform", commands(release)),
        Item::SizeBudget => size_budgets(release),
        Item::ExamplePipeline => "Example pipeline executes in the container".to_owned(),
        Item::OciLabels => "OCI labels present".to_owned(),
    }
}

/// The registries by the names that people use.
fn registries(release: &Release) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, repository) in release.repositories() {
        let name = match repository.registry() {
            "ghcr.io" => "GHCR",
            crate::model::DOCKER_HUB => "Docker Hub",
            "quay.io" => "Quay",
            host => host,
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn platforms(release: &Release) -> Vec<String> {
    let mut platforms: Vec<&Platform> = Vec::new();
    for platform in release.images.iter().flat_map(|image| &image.platforms) {
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    platforms.into_iter().map(ToString::to_string).collect()
}

fn commands(release: &Release) -> String {
    let commands: BTreeSet<String> = release
        .images
        .iter()
        .filter_map(|image| image.version.as_ref())
        .map(|version| match version.command.as_slice() {
            [] => "`--version`".to_owned(),
            command => format!("`{}`", command.join(" ")),
        })
        .collect();
    match commands.len() {
        0 => "`--version`".to_owned(),
        _ => listed(&commands.into_iter().collect::<Vec<_>>()),
    }
}

fn size_budgets(release: &Release) -> String {
    let budgets = release.images.iter().filter_map(|image| {
        let budget = image.budget.or(image.limit)?;
        Some(format!("{} ≤ {}", image.name, si(budget)))
    });
    let budgets: Vec<String> = budgets.collect();
    if budgets.is_empty() {
        "Size budgets".to_owned()
    } else {
        format!("Size budgets ({})", budgets.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    #[test]
    fn the_sentences_name_what_is_configured() {
        let sample = sample();
        let sentence = |item| sentence(item, &sample.release, &sample.policy);
        assert_eq!(sentence(Item::Published), "Published to GHCR and Docker Hub");
        assert_eq!(sentence(Item::MultiArch), "Multi-arch image index (linux/amd64, linux/arm64)");
        assert_eq!(sentence(Item::VersionCommand), "`gl --version` works, on every platform");
        assert_eq!(sentence(Item::SizeBudget), "Size budgets (runner ≤ 300 MB, full ≤ 1 GB)");
    }
}
