//! Which Sigstore instance a bundle's certificate says that it is from: GitHub signs the attestations of private
//! repositories by one of its own.

use sigstore_types::Bundle;
use sigstore_types::bundle::VerificationMaterialContent;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::Instance;

/// The organization in the names of GitHub's certificate authorities.
const GITHUB: &str = "GitHub, Inc.";

/// The instance whose root has to hold this bundle. A claim, so that the right root is asked; the root decides.
pub fn issued_by(bundle: &[u8]) -> Instance {
    let parsed = std::str::from_utf8(bundle).ok().and_then(|json| Bundle::from_json(json).ok());
    match parsed.as_ref().and_then(issuer) {
        Some(issuer) if issuer.contains(GITHUB) => Instance::GitHub,
        _ => Instance::PublicGood,
    }
}

/// The name of the leaf's issuer.
fn issuer(bundle: &Bundle) -> Option<String> {
    let leaf = match &bundle.verification_material.content {
        VerificationMaterialContent::Certificate(leaf) => leaf.raw_bytes.as_bytes(),
        VerificationMaterialContent::X509CertificateChain { certificates } => {
            certificates.first()?.raw_bytes.as_bytes()
        }
        // A public key is from no instance.
        _ => return None,
    };
    let certificate = Certificate::from_der(leaf).ok()?;
    // Commas in values are escaped in this form (RFC 4514).
    Some(certificate.tbs_certificate.issuer.to_string().replace('\\', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigstore::tests::fixture;

    #[test]
    fn the_certificate_says_whose_root_has_to_hold_it() {
        assert_eq!(
            issued_by(&fixture("sigstore/github-private-attestation.sigstore.json")),
            Instance::GitHub
        );
        assert_eq!(
            issued_by(&fixture("sigstore/cosign3-image-signature.sigstore.json")),
            Instance::PublicGood
        );
        assert_eq!(issued_by(b"{}"), Instance::PublicGood);
    }
}
