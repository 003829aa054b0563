//! The exact commands that clear an item: exitbar's own, and docker's, git's, cosign's where it has none yet.

use crate::model::text::shell_word;
use crate::model::{Digest, IdentityRule, Image, Platform, Policy, Release, Repository, SignaturePolicy};

use super::context::Context;
use super::stage::staged_digest;

/// Builds every image for every platform.
pub(super) fn build(context: &Context) -> Vec<String> {
    let mut commands = Vec::new();
    let is_ours = |image: &Image| image.build.is_some() && image.local.is_some();
    if context.release.images.iter().any(is_ours) {
        commands.push("exitbar build".to_owned());
    }
    for image in context.release.images.iter().filter(|image| !is_ours(image)) {
        let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
        let platforms = platforms.join(",");
        let output = shell_word(&format!("type=oci,dest={}.tar", image.name));
        commands.push(format!("docker buildx build --platform {platforms} --output {output} ."));
    }
    commands
}

/// Runs the version command of what is built, by hand, where the image can be named and is there.
pub(super) fn try_version(context: &Context, image: &Image) -> Option<String> {
    context.local(image).seen().filter(|local| !local.images.is_empty())?;
    let name = match image.local.as_ref()? {
        crate::model::LocalSource::Engine(name) => name.clone(),
        crate::model::LocalSource::Layout(_) => return None,
    };
    run_version(image, &name, None)
}

fn run_version(image: &Image, reference: &str, platform: Option<&Platform>) -> Option<String> {
    let platform = platform.map_or(String::new(), |platform| format!(" --platform {platform}"));
    let reference = shell_word(reference);
    Some(match image.version.as_ref()?.command.split_first() {
        None => format!("docker run --rm{platform} {reference} --version"),
        Some((program, arguments)) => {
            let words: Vec<String> = arguments.iter().map(|argument| shell_word(argument)).collect();
            let arguments = words.join(" ");
            format!("docker run --rm{platform} --entrypoint {} {reference} {arguments}", shell_word(program))
                .trim_end()
                .to_owned()
        }
    })
}

/// Looks again at what was published, as a stranger would.
pub(super) fn verify(context: &Context) -> Vec<String> {
    let mut commands = vec!["exitbar audit".to_owned()];
    for image in &context.release.images {
        // Every registry has the same digest: one run of it is enough.
        for repository in image.repositories.iter().take(1) {
            let reference = repository.tagged(&image.tag);
            let runs = image.platforms.iter();
            commands.extend(runs.filter_map(|platform| run_version(image, &reference, Some(platform))));
        }
        for repository in &image.repositories {
            let reference = repository.tagged(&image.tag);
            commands.extend(verify_signature(&context.policy.signature, &reference));
        }
    }
    commands
}

/// Verifies every signature from outside, with exitbar itself.
pub(super) fn verify_signatures(release: &Release, policy: &Policy) -> Vec<String> {
    let images = release.repositories().map(|(image, repository)| repository.tagged(&image.tag));
    let cosign = images.filter_map(|reference| verify_signature(&policy.signature, &reference));
    // exitbar takes cosign's flags.
    cosign.map(|command| command.replacen("cosign", "exitbar", 1)).collect()
}

fn verify_signature(policy: &SignaturePolicy, reference: &str) -> Option<String> {
    let Some(rule) = &policy.identity else {
        let key = policy.key.as_ref()?;
        return Some(format!("cosign verify --key {} {reference}", shell_word(key)));
    };
    let rule = match rule {
        IdentityRule::Exact(identity) => format!("--certificate-identity {}", shell_word(identity)),
        IdentityRule::Regexp(pattern) => format!("--certificate-identity-regexp {}", shell_word(pattern)),
    };
    let issuer = shell_word(policy.issuer.as_deref()?);
    Some(format!("cosign verify {rule} --certificate-oidc-issuer {issuer} {reference}"))
}

/// Logs in to a registry.
pub(super) fn log_in(registry: &str) -> String {
    format!("docker login {}", shell_word(registry))
}

/// Deletes what is attached to an index by cosign, for signatures that must not stay.
pub(super) fn clean(context: &Context) -> Vec<String> {
    indexes(context)
        .into_iter()
        .filter(|(.., index)| index.is_some())
        .map(|(_, repository, index)| format!("cosign clean --type signature {repository}@{}", named(index)))
        .collect()
}

/// Every image in every repository with its index digest, as far as that is known: what is in the registry,
/// else what was staged, else what is built.
fn indexes<'a>(context: &Context<'a>) -> Vec<(&'a Image, &'a Repository, Option<Digest>)> {
    let mut found = Vec::new();
    for image in &context.release.images {
        let standing = context.standing(image);
        let staged = staged_digest(image, context.scope, context.facts);
        let built = context.local(image).seen().and_then(|local| local.index);
        for repository in &image.repositories {
            let held = standing.held.iter().find(|(held, _)| held == repository);
            let held = held.and_then(|(_, holds)| holds.digest().cloned());
            let index = held.or_else(|| staged.clone()).or_else(|| built.clone());
            found.push((image, repository, index));
        }
    }
    found
}

fn named(digest: Option<Digest>) -> String {
    digest.map_or_else(|| "<digest>".to_owned(), |digest| digest.to_string())
}
