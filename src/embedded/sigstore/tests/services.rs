use reqwest::StatusCode;
use sigstore::types::Bundle;
use sigstore_sign::rekor::RekorApiVersion;
use sigstore_sign::{Attestation, SigningContext, SigningServices, oidc::IdentityToken};

use super::*;
use crate::embedded::{Fault, Trouble};

fn started(sigstore: &PrivateSigstore) -> Running {
    sigstore.start(Timestamp::now).unwrap()
}

fn services(running: &Running) -> SigningServices {
    let Addresses { fulcio, rekor, .. } = running.addresses();
    SigningServices::new(fulcio, rekor)
}

async fn attest(running: &Running, services: SigningServices, identity: &Identity) -> Result<Bundle, String> {
    let token = IdentityToken::from_jwt(&running.token(identity).unwrap()).unwrap();
    let statement = Attestation::new(SIGN_V1, json!({})).add_subject(REPOSITORY, hash(&image()));
    let signed = SigningContext::new(services).signer(token).sign_attestation(statement).await;
    signed.map_err(|error| error.to_string())
}

fn verified(sigstore: &PrivateSigstore, bundle: &Bundle) -> Result<VerificationResult, String> {
    verify(sigstore, &serde_json::to_value(bundle).unwrap(), &policy())
}

#[tokio::test]
async fn sigstore_sign_signs_a_statement_keyless() {
    let sigstore = private();
    let running = started(&sigstore);
    let tsa = running.addresses().tsa.clone();
    let v2 = services(&running).with_rekor(&running.addresses().rekor_v2, RekorApiVersion::V2);
    for services in [services(&running), services(&running).with_tsa_url(&tsa), v2.with_tsa_url(&tsa)] {
        let bundle = attest(&running, services, &workflow()).await.unwrap();
        let seen = verified(&sigstore, &bundle).unwrap();
        assert!(seen.sct_verified() && seen.tlog_verified());
        let claims = &seen.certificate().unwrap().ci_claims;
        assert_eq!(claims.source_repository_uri.as_deref(), Some("https://github.com/acme/app"));
        assert_eq!(claims.source_repository_digest.as_deref(), Some(SHA));
    }
}

#[tokio::test]
async fn sigstore_sign_signs_by_the_signing_config_and_a_person() {
    let sigstore = private();
    let running = started(&sigstore);
    let config = running.signing_config().unwrap().to_string();
    let config = sigstore_trust_root::SigningConfig::from_json(&config).unwrap();
    let services = SigningServices::from_signing_config(&config).unwrap();
    let token = running.token(&Identity::email("dev@acme.test")).unwrap();
    let signer = SigningContext::new(services).signer(IdentityToken::from_jwt(&token).unwrap());
    let bundle = signer.sign(b"artifact".as_slice()).await.unwrap();
    let verifier = Verifier::new(&root(&sigstore)).unwrap();
    verifier.verify(b"artifact", &bundle, &VerificationPolicy::new("dev@acme.test", PEOPLE_ISSUER)).unwrap();
}

#[tokio::test]
async fn without_a_certificate_log_fulcio_says_so_and_signing_works() {
    let sigstore = PrivateSigstore::with_parts(now(), Parts { ct_log: false, ..Parts::default() }).unwrap();
    let running = started(&sigstore);
    let bundle = attest(&running, services(&running), &workflow()).await.unwrap();
    verify(&sigstore, &serde_json::to_value(&bundle).unwrap(), &policy().skip_sct()).unwrap();
}

#[tokio::test]
async fn only_good_tokens_are_taken() {
    let sigstore = private();
    let running = started(&sigstore);
    let old = sigstore.token(&workflow(), then()).unwrap();
    let foreign = private().token(&workflow(), now()).unwrap();
    let unknown =
        Identity::Email { address: "dev@acme.test".to_owned(), issuer: "https://evil.test".to_owned() };
    let unknown = sigstore.token(&unknown, now()).unwrap();
    for (token, why) in [(old, "expired"), (foreign, "not this issuer's"), (unknown, "not known here")] {
        let token = IdentityToken::from_jwt(&token).unwrap();
        let signer = SigningContext::new(services(&running)).signer(token);
        let refused = signer.sign(b"artifact".as_slice()).await.unwrap_err();
        let refused = std::iter::successors(Some(&refused as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        assert!(refused.contains("401") && refused.contains(why), "{refused}");
    }
}

#[tokio::test]
async fn a_key_without_proof_gets_no_certificate() {
    let running = started(&private());
    let token = running.token(&workflow()).unwrap();
    let (signer, other) = (Signer::with_key().unwrap(), Signer::with_key().unwrap());
    let proof = other.sign(b"repo:acme/app:ref:refs/tags/v1.0.0").unwrap();
    let request = json!({
        "credentials": { "oidcIdentityToken": token },
        "publicKeyRequest": {
            "publicKey": { "content": signer.public_key_pem() },
            "proofOfPossession": key::base64(proof),
        },
    });
    let url = format!("{}/api/v2/signingCert", running.addresses().fulcio);
    let answer = reqwest::Client::new().post(url).json(&request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.text().await.unwrap().contains("does not prove"));
}

#[tokio::test]
async fn an_entry_is_found_by_name_and_index_and_not_taken_twice() {
    let sigstore = private();
    let running = started(&sigstore);
    let signer = Signer::with_key().unwrap();
    let signature = signer.sign(b"artifact").unwrap();
    let proposed = entry::hashedrekord(&sha2(b"artifact"), &signature, &signer.public_key_pem());
    let url = format!("{}/api/v1/log/entries", running.addresses().rekor);
    let client = reqwest::Client::new();
    let created = client.post(&url).json(&proposed).send().await.unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    let created: Value = created.json().await.unwrap();
    let (uuid, entry) = created.as_object().unwrap().iter().next().unwrap();
    for url in [format!("{url}/{uuid}"), format!("{url}?logIndex={}", entry["logIndex"])] {
        let found: Value = client.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(found[uuid]["body"], entry["body"]);
    }
    let twice = client.post(&url).json(&proposed).send().await.unwrap();
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    let wrong = entry::hashedrekord(&sha2(b"another"), &signature, &signer.public_key_pem());
    let wrong = client.post(&url).json(&wrong).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(client.get(format!("{url}/00")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_public_halves_are_there_to_read() {
    let sigstore = private();
    let running = started(&sigstore);
    let Addresses { fulcio, rekor, rekor_v2, tsa, oidc } = running.addresses();
    for (url, part) in [
        (format!("{fulcio}/api/v2/configuration"), GITHUB_ISSUER),
        (format!("{fulcio}/api/v2/trustBundle"), "BEGIN CERTIFICATE"),
        (format!("{rekor}/api/v1/log/publicKey"), "BEGIN PUBLIC KEY"),
        (format!("{rekor}/api/v1/log"), "treeSize"),
        (format!("{rekor_v2}/api/v2/checkpoint"), "log2.private-sigstore.test\n3\n"),
        (format!("{tsa}/certchain"), "BEGIN CERTIFICATE"),
        (format!("{oidc}/.well-known/openid-configuration"), "/oidc/keys"),
        (format!("{oidc}/keys"), "P-256"),
    ] {
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        assert!(text.contains(part), "{url}: {text}");
    }
}

#[tokio::test]
async fn services_fail_on_demand() {
    let sigstore = private();
    let running = started(&sigstore);
    let tsa = running.addresses().tsa.clone();
    let with_tsa = || services(&running).with_tsa_url(&tsa);
    for path in ["/api/v2/signingCert", "/api/v1/log/*", "/api/v1/timestamp"] {
        for trouble in [Trouble::Status(503), Trouble::Drop, Trouble::BrokenJson] {
            running.fault(Fault::on(path, trouble.clone()));
            let failed = attest(&running, with_tsa(), &workflow()).await;
            assert!(failed.is_err(), "{path} {trouble:?}");
            running.mend();
        }
    }
    attest(&running, with_tsa(), &workflow()).await.unwrap();
    assert!(running.requests().iter().any(|request| request.status == Some(503)));
}

#[tokio::test]
async fn a_wrong_answer_never_becomes_a_signature_that_verifies() {
    let sigstore = private();
    let running = started(&sigstore);
    let (tsa, v2) = (running.addresses().tsa.clone(), running.addresses().rekor_v2.clone());
    for path in ["/api/v2/signingCert", "/api/v1/log/*", "/api/v2/log/*", "/api/v1/timestamp"] {
        running.fault(Fault::on(path, Trouble::WrongAnswer));
        let mut services = services(&running).with_tsa_url(&tsa);
        if path == "/api/v2/log/*" {
            services = services.with_rekor(&v2, RekorApiVersion::V2);
        }
        let outcome = attest(&running, services, &workflow()).await;
        let seen = outcome.and_then(|bundle| verified(&sigstore, &bundle));
        assert!(seen.is_err(), "{path}");
        running.mend();
    }
}
