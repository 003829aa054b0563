//! The trust root and the keys that signatures are held against: made once, when the first signature has to be
//! verified.

use std::path::Path;
use std::sync::Arc;

use super::World;
use crate::model::{Reason, ReasonKind};
use crate::registry::now;
use crate::sigstore::{Instance, PublicKey, Refresh, TrustMaterial, Verifier, issued_by};

impl World {
    /// The verifier by the configured trust root: a file, else the public-good instance's, refreshed by TUF
    /// unless exitbar is offline.
    ///
    /// # Errors
    /// When the file or a key cannot be read, with its name.
    pub async fn verifier(&self) -> Result<Arc<Verifier>, Reason> {
        self.verifier_by(Instance::PublicGood).await
    }

    /// The verifier for a bundle: by GitHub's root where GitHub issued its certificate, unless a root is configured.
    pub(super) async fn verifier_for(&self, bundle: &[u8]) -> Result<Arc<Verifier>, Reason> {
        let instance =
            if self.wiring.trust.root.is_some() { Instance::PublicGood } else { issued_by(bundle) };
        self.verifier_by(instance).await
    }

    /// Reads the trust root and the keys anew when the next signature has to be verified.
    pub async fn forget_trust(&self) {
        self.verifiers.lock().await.clear();
    }

    /// Why a trust root that was needed is not fresh; nothing where each is, or where none was needed yet.
    pub async fn stale_trust(&self) -> Option<String> {
        let verifiers = self.verifiers.lock().await;
        verifiers.values().find_map(|verifier| verifier.material().stale().map(str::to_owned))
    }

    async fn verifier_by(&self, instance: Instance) -> Result<Arc<Verifier>, Reason> {
        let mut verifiers = self.verifiers.lock().await;
        if let Some(verifier) = verifiers.get(&instance) {
            return Ok(Arc::clone(verifier));
        }
        let material = self.trust_root(instance).await?;
        let mut keys = Vec::new();
        for key in &self.wiring.trust.keys {
            keys.push(public_key(key, &self.wiring.root)?);
        }
        let made = Verifier::new(&material, &keys)
            .map_err(|error| Reason::new(ReasonKind::NotConfigured, error.to_string()))?;
        let made = Arc::new(made);
        verifiers.insert(instance, Arc::clone(&made));
        Ok(made)
    }

    /// The trust root as it is configured, else an instance's.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn trust_root(&self, instance: Instance) -> Result<TrustMaterial, Reason> {
        let unusable = |error: crate::sigstore::RootError| {
            Reason::new(ReasonKind::NotConfigured, error.to_string())
                .cure("check `trusted_root` of [signature], or --trusted-root")
        };
        if let Some(file) = &self.wiring.trust.root {
            return TrustMaterial::from_file(&self.wiring.path(file)).map_err(unusable);
        }
        let folder = match instance {
            Instance::PublicGood => "public-good",
            Instance::GitHub => "github",
            Instance::Staging => "staging",
        };
        let cache = self.wiring.trust.cache.join(folder);
        let refresh = Refresh::of(instance, &cache).offline(self.wiring.trust.offline);
        TrustMaterial::refresh(&refresh, now()).await.map_err(unusable)
    }
}

/// A key as PEM, or in a file.
pub(super) fn public_key(written: &str, root: &Path) -> Result<PublicKey, Reason> {
    let failed = |text: String| {
        Reason::new(ReasonKind::NotConfigured, text).cure("expected a public key in PEM, or the path of one")
    };
    let pem = if written.contains("-----BEGIN") {
        written.to_owned()
    } else {
        let path = root.join(written);
        std::fs::read_to_string(&path)
            .map_err(|error| failed(format!("the key {}: {error}", path.display())))?
    };
    PublicKey::from_pem(&pem).map_err(|error| failed(format!("the key: {error}")))
}
