//! Whether what a scanner is given is a tag, which may be another image by then, or a digest.

use super::values::{self, Variables};

/// Where a scanner looks elsewhere than in a registry or an engine.
const ELSEWHERE: [&str; 8] =
    ["sbom:", "dir:", "file:", "oci-dir:", "oci-archive:", "docker-archive:", "purl:", "singularity:"];

/// The reference as it is written, where it names a tag; none where it is a digest, or nobody can tell.
pub(super) fn of(written: &str, variables: &Variables) -> Option<String> {
    let written = written.trim().trim_matches(['"', '\'']).trim();
    let reference = values::substituted(written, variables);
    let lower = reference.to_ascii_lowercase();
    let is_digest = ["@", "digest", "sha256", "imageid", "image-id", "iidfile"];
    if reference.is_empty()
        || is_digest.iter().any(|word| lower.contains(word))
        || ELSEWHERE.iter().any(|scheme| lower.starts_with(scheme))
    {
        return None;
    }
    let (plain, unknown) = without_expressions(&reference);
    let last = plain.rsplit('/').next().unwrap_or_default();
    let has_tag = last.contains(':');
    // A name without a tag is `latest`, unless what is not written out may hold one, or a digest.
    let is_latest = unknown.is_empty() && !last.is_empty();
    let is_list_of_tags =
        unknown.iter().any(|it| it.trim_end().rsplit_once('.').is_some_and(|(_, output)| output == "tags"));
    (has_tag || is_latest || is_list_of_tags).then(|| written.to_owned())
}

/// The text with `_` for each variable and expression that is left, and those.
fn without_expressions(text: &str) -> (String, Vec<String>) {
    let (mut out, mut unknown) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        out.push('_');
        let body = &rest[at + 1..];
        let (inner, length) = if let Some(inner) = body.strip_prefix("{{") {
            let end = inner.find("}}").unwrap_or(inner.len());
            (&inner[..end], (2 + end + 2).min(body.len()))
        } else if let Some(inner) = body.strip_prefix(['{', '(']) {
            let end = inner.find(['}', ')']).unwrap_or(inner.len());
            (&inner[..end], (1 + end + 1).min(body.len()))
        } else {
            let end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
            (&body[..end], end)
        };
        unknown.push(inner.to_owned());
        rest = &body[length..];
    }
    out.push_str(rest);
    (out, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_tag(written: &str) -> bool {
        let variables =
            [("IMAGE", "ghcr.io/acme/app"), ("REF", "\"${{ env.IMAGE }}@${{ steps.b.outputs.digest }}\"")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        of(written, &variables).is_some()
    }

    #[test]
    fn a_tag_is_told_from_a_digest() {
        for written in [
            "ghcr.io/acme/app:1.2.3",
            "ghcr.io/acme/app",
            "$IMAGE",
            "\"${IMAGE}:$VERSION\"",
            "${{ env.IMAGE }}:${{ github.ref_name }}",
            "${{ steps.meta.outputs.tags }}",
            "registry:ghcr.io/acme/app:1",
        ] {
            assert!(is_tag(written), "{written}");
        }
        for written in [
            "ghcr.io/acme/app@sha256:00",
            "${{ env.IMAGE }}@${{ steps.build.outputs.digest }}",
            "$IMAGE@$DIGEST",
            "$REF",
            "$SOMETHING",
            "${{ needs.build.outputs.image }}",
            "${{ steps.build.outputs.imageid }}",
            "sbom:./sbom.json",
            "",
            "${",
            "${{ é",
        ] {
            assert!(!is_tag(written), "{written}");
        }
    }
}
