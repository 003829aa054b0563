//! Files of credentials and their helpers; trouble is a warning and never a secret.

use super::*;
use crate::model::{ReasonKind, Repository};
use crate::registry::credentials::{Credential, Credentials};
use crate::registry::settings::CredentialFiles;

fn credentials(settings: &Settings) -> Credentials {
    let files = CredentialFiles { files: settings.credentials.files.clone() };
    Credentials::new(files, settings.times.helper)
}

async fn user(config: &str, repository: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let settings = with_config(&folder, config);
    let repository: Repository = repository.parse().unwrap();
    match credentials(&settings).find(&repository).await.ok()?.as_ref() {
        Credential::Password { user, .. } => Some(user.clone()),
        Credential::IdentityToken(_) => Some("identity token".to_owned()),
    }
}

#[tokio::test]
async fn docker_hub_is_found_under_its_old_name() {
    let config = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "Z2FuZGFsZjptZWxsb24="}}}"#;
    assert_eq!(user(config, "acme/app").await.as_deref(), Some("gandalf"));
    assert_eq!(user(config, "ghcr.io/acme/app").await, None);
    let config = r#"{"auths": {"docker.io": {"auth": "Z2FuZGFsZjptZWxsb24="}}}"#;
    assert_eq!(user(config, "acme/app").await.as_deref(), Some("gandalf"));
}

#[tokio::test]
async fn the_most_specific_name_of_podmans_file_counts() {
    let config = r#"{"auths": {
        "quay.io": {"username": "all", "password": "x"},
        "quay.io/acme": {"username": "acme", "password": "x"},
        "quay.io/acme/app": {"username": "app", "password": "x"}}}"#;
    assert_eq!(user(config, "quay.io/acme/app").await.as_deref(), Some("app"));
    assert_eq!(user(config, "quay.io/acme/other").await.as_deref(), Some("acme"));
    assert_eq!(user(config, "quay.io/elsewhere").await.as_deref(), Some("all"));
}

#[tokio::test]
async fn an_empty_entry_is_no_credential() {
    assert_eq!(user(r#"{"auths": {"ghcr.io": {}}, "HttpHeaders": {}}"#, "ghcr.io/a/b").await, None);
    assert_eq!(user("{}", "ghcr.io/a/b").await, None);
}

#[tokio::test]
async fn the_first_file_with_credentials_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = with_config(&folder, r#"{"auths": {}}"#);
    let podman = folder.path().join("auth.json");
    std::fs::write(&podman, r#"{"auths": {"ghcr.io": {"username": "podman", "password": "x"}}}"#).unwrap();
    settings.credentials.files.insert(0, folder.path().join("missing.json"));
    settings.credentials.files.push(podman);
    let credentials = credentials(&settings);
    assert!(credentials.find(&"ghcr.io/a/b".parse().unwrap()).await.is_ok());
    assert!(credentials.take_warnings().is_empty());
}

#[tokio::test]
async fn a_missing_helper_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let settings = with_config(&folder, r#"{"credHelpers": {"ghcr.io": "no-such-helper-here"}}"#);
    let credentials = credentials(&settings);
    for repository in ["ghcr.io/a/b", "ghcr.io/a/c"] {
        let reason = credentials.find(&repository.parse().unwrap()).await.unwrap_err();
        assert_eq!(reason.kind, ReasonKind::NoCredentials);
        assert!(reason.text.contains("docker-credential-no-such-helper-here"), "{reason}");
    }
    assert_eq!(credentials.take_warnings().len(), 1);
}

#[tokio::test]
async fn a_broken_file_is_a_warning_that_shows_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = with_config(&folder, "{\"auths\": {\"ghcr.io\": {\"auth\": \"c2VjcmV0\"}}, mellon");
    let credentials = credentials(&settings);
    assert!(credentials.find(&"ghcr.io/a/b".parse().unwrap()).await.is_err());
    let warnings = credentials.take_warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("not valid JSON"), "{warnings:?}");
    assert!(!warnings[0].contains("mellon") && !warnings[0].contains("c2VjcmV0"));
}
