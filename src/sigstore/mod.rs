//! Sigstore signatures, verified natively: bundles and cosign's classic format, against a trust root.
//!
//! It says who signed, when, and by which steps that was found out; whether that signer will do is the
//! policy's question, answered in `dod`. Nothing here fetches signatures: an error while fetching is the
//! caller's, and is no "not signed".

mod bundle;
mod classic;
mod issued;
mod key;
mod logged;
mod root;
mod sign;
mod stamp;
mod steps;
#[cfg(test)]
mod tests;
mod verifier;

pub use bundle::{MAX_BUNDLE, Origin};
pub use classic::{
    ANNOTATION_BUNDLE, ANNOTATION_CERTIFICATE, ANNOTATION_CHAIN, ANNOTATION_SIGNATURE, ANNOTATION_TIMESTAMP,
};
pub use issued::issued_by;
pub use key::{KeyError, PublicKey};
pub use root::{Instance, Refresh, RootError, RootSource, TrustMaterial};
pub use sign::{ClassicSignature, KeyTrouble, Login, SecretKey, Services, ServicesError, Signing};
pub use verifier::{Artifact, Examined, Verifier};
