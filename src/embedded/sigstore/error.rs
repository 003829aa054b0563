//! What can go wrong while the private Sigstore makes something.

/// Why something could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key could not be generated or could not sign.
    #[error("a key of the private Sigstore: {0}")]
    Key(#[from] sigstore::crypto::Error),
    /// A certificate or timestamp could not be encoded, or what was sent could not be decoded.
    #[error("DER: {0}")]
    Der(#[from] x509_cert::der::Error),
    /// A log entry could not be written in canonical JSON (RFC 8785).
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A time is out of what certificates and logs can say.
    #[error("the time {0} is out of range")]
    Time(jiff::Timestamp),
    /// What was asked for contradicts how this private Sigstore was set up, or what was sent is refused.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// A request that is refused, and why.
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

/// What the makers return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
