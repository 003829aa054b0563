//! The issuer of identity tokens: JWTs (RFC 7519) signed with ES256, and their check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Reader as _, SliceReader};

use super::key::Key;
use super::{Error, GITHUB_ISSUER, Identity, PEOPLE_ISSUER, Result, Workflow, der};

/// For whom tokens are: what Fulcio demands.
const AUDIENCE: &str = "sigstore";
/// The name of the one key.
const KEY_ID: &str = "private-sigstore";

/// A token's and a key's numbers have 32 bytes each.
const NUMBER: usize = 32;

/// Makes a token for `identity`, valid from `at` for so long.
pub(super) fn token(
    key: &Key,
    identity: &Identity,
    at: Timestamp,
    lifetime: SignedDuration,
) -> Result<String> {
    token_of_login(key, identity, at, lifetime, None)
}

/// The same of a login, which has the nonce that the client gave.
pub(super) fn token_of_login(
    key: &Key,
    identity: &Identity,
    at: Timestamp,
    lifetime: SignedDuration,
    nonce: Option<&str>,
) -> Result<String> {
    let until = at.checked_add(lifetime).map_err(|_| Error::Time(at))?;
    let mut claims = claims(identity);
    claims["iss"] = json!(identity.issuer());
    claims["aud"] = json!(AUDIENCE);
    claims["iat"] = json!(at.as_second());
    claims["nbf"] = json!(at.as_second());
    claims["exp"] = json!(until.as_second());
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": KEY_ID });
    let signed = format!("{}.{}", url64(header.to_string()), url64(claims.to_string()));
    let signature = fixed(&key.sign(signed.as_bytes())?)?;
    Ok(format!("{signed}.{}", url64(signature)))
}

fn claims(identity: &Identity) -> Value {
    match identity {
        Identity::Email { address, .. } => {
            json!({ "sub": address, "email": address, "email_verified": true })
        }
        Identity::Workflow(workflow) => json!({
            "sub": format!("repo:{}:ref:{}", workflow.repository, workflow.reference),
            "repository": workflow.repository,
            "repository_id": Workflow::REPOSITORY_ID,
            "repository_owner": workflow.owner(),
            "repository_owner_id": Workflow::OWNER_ID,
            "repository_visibility": workflow.visibility,
            "workflow": workflow.name,
            "workflow_ref": workflow.workflow_ref,
            "workflow_sha": workflow.sha,
            "job_workflow_ref": workflow.job_workflow_ref,
            "job_workflow_sha": workflow.sha,
            "ref": workflow.reference,
            "sha": workflow.sha,
            "event_name": workflow.trigger,
            "runner_environment": workflow.runner,
            "run_id": workflow.run.to_string(),
            "run_attempt": "1",
        }),
    }
}

/// Who a token is, and what its bearer signs to prove that the key is his.
pub(super) struct Bearer {
    pub(super) identity: Identity,
    /// The e-mail address, or the subject.
    pub(super) challenge: String,
}

/// Checks a token: signature, issuer, audience and time.
pub(super) fn check(key: &Key, token: &str, own_issuer: &str, now: Timestamp) -> Result<Bearer> {
    let malformed = || Error::refused("the identity token is no JWT");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    let json =
        |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let header = json(header).ok_or_else(malformed)?;
    let claims = json(payload).ok_or_else(malformed)?;
    if header["alg"] != "ES256" {
        return Err(Error::refused(format!(
            "the identity token is signed with {}, not ES256",
            header["alg"]
        )));
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
    key.verify(signed.as_bytes(), &asn1(&signature).ok_or_else(malformed)?)
        .map_err(|_| Error::refused("the identity token's signature is not this issuer's"))?;
    let issuer = text(&claims, "iss")?;
    if ![GITHUB_ISSUER, PEOPLE_ISSUER, own_issuer].contains(&issuer.as_str()) {
        return Err(Error::refused(format!("the issuer {issuer} is not known here")));
    }
    if claims["aud"] != AUDIENCE {
        return Err(Error::refused(format!(
            "the identity token is for {}, not for {AUDIENCE}",
            claims["aud"]
        )));
    }
    let second = now.as_second();
    let valid = claims["nbf"].as_i64().is_none_or(|from| from <= second)
        && claims["exp"].as_i64().is_some_and(|until| second < until);
    if !valid {
        return Err(Error::refused("the identity token has expired, or is not valid yet"));
    }
    bearer(&claims, issuer)
}

fn bearer(claims: &Value, issuer: String) -> Result<Bearer> {
    if claims["email"].is_string() {
        if claims["email_verified"] != true {
            return Err(Error::refused("the e-mail address is not verified"));
        }
        let address = text(claims, "email")?;
        let identity = Identity::Email { address: address.clone(), issuer };
        return Ok(Bearer { identity, challenge: address });
    }
    let workflow = Workflow {
        issuer,
        repository: text(claims, "repository")?,
        workflow_ref: text(claims, "workflow_ref")?,
        job_workflow_ref: text(claims, "job_workflow_ref")?,
        name: text(claims, "workflow")?,
        reference: text(claims, "ref")?,
        sha: text(claims, "sha")?,
        trigger: text(claims, "event_name")?,
        runner: text(claims, "runner_environment")?,
        run: text(claims, "run_id")?.parse().map_err(|_| Error::refused("run_id is no number"))?,
        visibility: text(claims, "repository_visibility")?,
    };
    Ok(Bearer { identity: Identity::Workflow(Box::new(workflow)), challenge: text(claims, "sub")? })
}

fn text(claims: &Value, name: &str) -> Result<String> {
    let text = claims[name].as_str().map(str::to_owned);
    text.ok_or_else(|| Error::refused(format!("the identity token has no claim `{name}`")))
}

/// The keys that check tokens (RFC 7517).
pub(super) fn jwks(key: &Key) -> Value {
    // The point is one byte for its form, x and y.
    let (x, y) = key.point()[1..].split_at(NUMBER);
    let (x, y) = (url64(x), url64(y));
    json!({ "keys": [{ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID, "x": x, "y": y }] })
}

/// The issuer's description (OpenID Connect Discovery 1.0).
pub(super) fn discovery(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "id_token_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["code", "id_token"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
    })
}

fn url64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A signature in ASN.1 as two numbers of a fixed length (RFC 7518, section 3.4).
fn fixed(asn1: &[u8]) -> Result<[u8; 2 * NUMBER]> {
    let mut out = [0; 2 * NUMBER];
    let (r, s) = SliceReader::new(asn1)?
        .sequence(|reader| Ok((reader.decode::<UintRef<'_>>()?, reader.decode::<UintRef<'_>>()?)))?;
    for (half, number) in out.chunks_exact_mut(NUMBER).zip([r, s]) {
        let number = number.as_bytes();
        half[NUMBER - number.len()..].copy_from_slice(number);
    }
    Ok(out)
}

/// The way back; none when the length is wrong.
fn asn1(fixed: &[u8]) -> Option<Vec<u8>> {
    if fixed.len() != 2 * NUMBER {
        return None;
    }
    let (r, s) = fixed.split_at(NUMBER);
    Some(der::sequence(&[&der::unsigned(r), &der::unsigned(s)]))
}
