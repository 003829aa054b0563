//! Package URLs (purl-spec): only parsed forms are compared, since one in five real ones is in no canonical form.

use packageurl::PackageUrl;

use super::document::Claim;

/// What a purl says, as far as it matters here.
pub(super) struct Purl {
    pub(super) kind: String,
    pub(super) architecture: Option<String>,
    /// A digest in the place of the version, with whether a repository is named for it.
    pub(super) claim: Option<Claim>,
}

/// Architectures that name none.
const NO_ARCHITECTURE: [&str; 6] = ["", "all", "any", "noarch", "source", "src"];

/// Reads a purl; none where it is not one.
pub(super) fn parse(purl: &str) -> Option<Purl> {
    let parsed: PackageUrl =
        purl.parse().or_else(|error| without_namespace(purl).ok_or(error)?.parse()).ok()?;
    let qualifier =
        |name: &str| parsed.qualifiers().get(name).map(AsRef::as_ref).filter(|it: &&str| !it.is_empty());
    let architecture = qualifier("arch").filter(|named| !NO_ARCHITECTURE.contains(named));
    let digest = parsed.version().and_then(|version| version.parse().ok());
    let located = qualifier("repository_url").is_some();
    Some(Purl {
        kind: parsed.ty().to_owned(),
        architecture: architecture.map(str::to_owned),
        claim: digest.map(|digest| Claim { digest, located }),
    })
}

/// An image's purl has no namespace, and syft writes one (`pkg:oci/acme/app@…`).
fn without_namespace(purl: &str) -> Option<String> {
    let image = purl.strip_prefix("pkg:oci/")?;
    let (path, rest) = image.split_at(image.find(['@', '?', '#']).unwrap_or(image.len()));
    Some(format!("pkg:oci/{}{rest}", path.rsplit('/').next()?))
}

impl Purl {
    /// Whether it names an image.
    pub(super) fn is_image(&self) -> bool {
        matches!(self.kind.as_str(), "oci" | "docker")
    }
}
