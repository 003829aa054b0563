//! What the media type of an attached layer says that it is.

/// A signed thing that can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A classic image signature (cosign `SIGNATURE_SPEC.md`).
    SimpleSigning,
    /// A classic attestation: a DSSE envelope (cosign `ATTESTATION_SPEC.md`).
    Envelope,
    /// A Sigstore bundle (cosign `BUNDLE_SPEC.md`).
    Bundle,
}

/// What a layer of this media type is; none where nothing in it is signed.
pub fn kind(media_type: &str) -> Option<Kind> {
    match media_type {
        "application/vnd.dev.cosign.simplesigning.v1+json" => Some(Kind::SimpleSigning),
        "application/vnd.dsse.envelope.v1+json" => Some(Kind::Envelope),
        bundle if bundle.starts_with("application/vnd.dev.sigstore.bundle") => Some(Kind::Bundle),
        _ => None,
    }
}
