//! The services that take part in signing: Fulcio, Rekor, a timestamp authority (`signing_config.json`, protobuf-specs
//! `sigstore_trustroot.proto`).

use std::fmt;
use std::path::Path;

use sigstore_sign::rekor::RekorApiVersion;
use sigstore_sign::{SigningServices, SigstoreInstance};
use sigstore_trust_root::SigningConfig;

use crate::model::text;

/// The largest signing config that is read, in bytes.
const MAX_CONFIG: u64 = 1 << 20;

/// The services that take part in signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Services {
    chosen: SigningServices,
    /// The same with a log of the first version, whose promise fits into classic annotations.
    first: Option<SigningServices>,
    public: bool,
}

/// Why no services can be taken from a signing config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signing config {file}: {why}")]
pub struct ServicesError {
    file: String,
    why: String,
}

impl Services {
    /// Sigstore's public-good instance, as this build knows it.
    ///
    /// # Errors
    /// Never with an unchanged build.
    pub fn public_good() -> Result<Self, ServicesError> {
        let broken = |error: sigstore_sign::Error| ServicesError {
            file: "of this build".to_owned(),
            why: error.to_string(),
        };
        let chosen = SigningServices::from_embedded(SigstoreInstance::PublicGood).map_err(broken)?;
        Ok(Self { first: first(&chosen, None), chosen, public: true })
    }

    /// The services that a `signing_config.json` names: of a private Sigstore.
    ///
    /// # Errors
    /// When it cannot be read, or names no services that can be used.
    pub fn from_file(file: &Path) -> Result<Self, ServicesError> {
        use std::io::Read as _;
        let wrong = |why: String| ServicesError {
            file: text::clean_line(&file.display().to_string()).into_owned(),
            why: text::clean_line(&why).into_owned(),
        };
        let mut json = String::new();
        let opened = std::fs::File::open(file).map_err(|error| wrong(error.to_string()))?;
        opened.take(MAX_CONFIG).read_to_string(&mut json).map_err(|error| wrong(error.to_string()))?;
        let config = SigningConfig::from_json(&json).map_err(|error| wrong(error.to_string()))?;
        let chosen = match SigningServices::from_signing_config(&config) {
            Ok(chosen) => chosen,
            // One that names no timestamp authority does for a log that says itself when it took an entry.
            Err(_) if config.tsa_urls.is_empty() => without_stamps(&config).map_err(wrong)?,
            Err(error) => return Err(wrong(error.to_string())),
        };
        Ok(Self { first: first(&chosen, Some(&config)), chosen, public: false })
    }

    /// Whether what is signed is written into logs that everybody can read, for ever.
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// The log's address.
    pub fn log(&self) -> &str {
        self.chosen.rekor_url()
    }

    /// The identity provider at which a person logs in, where they name one.
    pub fn provider(&self) -> Option<&str> {
        self.chosen.oidc_url()
    }

    pub(super) fn library(&self) -> SigningServices {
        self.chosen.clone()
    }

    /// With a log of the first version, for classic signatures; none where there is none.
    pub(super) fn first(&self) -> Option<SigningServices> {
        self.first.clone()
    }
}

impl fmt::Display for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = format!("{}, {}", self.chosen.fulcio_url(), self.chosen.rekor_url());
        f.write_str(&text::clean_line(&of))
    }
}

fn without_stamps(config: &SigningConfig) -> Result<SigningServices, String> {
    let log =
        config.rekor_url(Some(1)).ok_or("it names neither a timestamp authority nor a Rekor of version 1")?;
    let fulcio = config.fulcio_url().ok_or("it names no Fulcio")?;
    let services = SigningServices::new(&fulcio.url, &log.url);
    Ok(match config.oidc_url() {
        Some(provider) => services.with_oidc_url(&provider.url),
        None => services,
    })
}

fn first(chosen: &SigningServices, config: Option<&SigningConfig>) -> Option<SigningServices> {
    if chosen.rekor_api_version() == RekorApiVersion::V1 {
        return Some(chosen.clone());
    }
    let log = config?.rekor_url(Some(1))?;
    Some(chosen.clone().with_rekor(&log.url, RekorApiVersion::V1))
}
