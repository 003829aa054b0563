//! Whom a certificate will name, told from the identity token before Fulcio issues it (`fulcio/docs/oidc.md`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sigstore_sign::oidc::IdentityToken;

use crate::model::CertificateSigner;

/// The issuer of GitHub Actions.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

#[derive(Deserialize)]
struct Claims {
    email: Option<String>,
    federated_claims: Option<Federated>,
    job_workflow_ref: Option<String>,
    repository: Option<String>,
    sha: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

/// Sigstore's own login names the provider that a person logged in at.
#[derive(Deserialize)]
struct Federated {
    connector_id: String,
}

/// A person by the address, a workflow of GitHub's by its file and ref. Of others each provider has its own form: none.
pub(super) fn signer(token: &IdentityToken) -> Option<CertificateSigner> {
    let payload = token.expose_secret().split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    if token.issuer() == GITHUB {
        let on_github = |path: String| format!("https://github.com/{path}");
        return Some(CertificateSigner {
            identity: on_github(claims.job_workflow_ref?),
            issuer: GITHUB.to_owned(),
            source_repository: claims.repository.map(on_github),
            source_revision: claims.sha,
            source_ref: claims.reference,
            ..CertificateSigner::default()
        });
    }
    let issuer = claims.federated_claims.map_or_else(|| token.issuer().to_owned(), |it| it.connector_id);
    Some(CertificateSigner { identity: claims.email?, issuer, ..CertificateSigner::default() })
}
