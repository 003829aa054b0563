//! The command of cosign that asks the same.

use super::{Inspection, VerifyArgs};
use crate::model::Digest;
use crate::model::text::shell_word;

/// The command that asks cosign the same, for a shell.
pub(super) fn command(inspection: &Inspection, args: &VerifyArgs, judged: Option<&Digest>) -> String {
    let verb = if args.predicate_type.is_some() { "verify-attestation" } else { "verify" };
    let mut words = vec!["cosign".to_owned(), verb.to_owned()];
    let mut flag = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            words.extend([format!("--{name}"), shell_word(value)]);
        }
    };
    flag("type", args.predicate_type.as_ref().map(crate::dod::inspection::PredicateType::given));
    flag("key", args.rule.key.as_ref().map(|key| key.display().to_string()).as_deref());
    flag("certificate-identity", args.rule.certificate_identity.as_deref());
    flag("certificate-identity-regexp", args.rule.certificate_identity_regexp.as_deref());
    flag("certificate-oidc-issuer", args.rule.certificate_oidc_issuer.as_deref());
    flag(
        "certificate-github-workflow-repository",
        args.rule.certificate_github_workflow_repository.as_deref(),
    );
    flag("certificate-github-workflow-ref", args.rule.certificate_github_workflow_ref.as_deref());
    flag("certificate-github-workflow-sha", args.rule.certificate_github_workflow_sha.as_deref());
    flag("certificate-github-workflow-trigger", args.rule.certificate_github_workflow_trigger.as_deref());
    flag("trusted-root", args.rule.trusted_root.as_ref().map(|root| root.display().to_string()).as_deref());
    if args.rule.allow_http_registry {
        words.push("--allow-http-registry".to_owned());
    }
    match (&args.local_image, judged) {
        (Some(layout), _) => {
            let folder = layout.split_once("@sha").map_or(layout.as_str(), |(folder, _)| folder);
            words.extend(["--local-image".to_owned(), shell_word(folder)]);
        }
        (None, Some(digest)) => words.push(shell_word(&inspection.repository.pinned(digest))),
        (None, None) => words.push(shell_word(&inspection.repository.to_string())),
    }
    words.join(" ")
}
