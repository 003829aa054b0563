//! Indexes and manifests, by tag or digest.

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderValue};

use super::answer::{exchange, words};
use super::transport::{Ask, Call};
use super::{Registries, address};
use crate::model::{Access, Exchange, Reason, Repository};

/// All four types of indexes and manifests: a registry converts or hides what is not accepted.
pub(super) const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

impl Registries {
    /// Asks for the index or manifest behind `reference`, a tag or a digest. `HEAD` brings its
    /// digest only, and costs nothing of Docker Hub's pull limit.
    pub async fn manifest(
        &self,
        repository: &Repository,
        reference: &str,
        method: Method,
        access: Access,
    ) -> Exchange {
        let rest = format!("manifests/{reference}");
        let ask = match self.pull(repository, &rest, method, access, MANIFEST_TYPES) {
            Ok(ask) => ask,
            Err(reason) => return exchange(repository, rest, access, Err(reason)),
        };
        let request = words(&ask.call);
        let heard = self.transport.ask(&ask, self.transport.settings.limits.manifest).await;
        exchange(repository, request, access, heard)
    }

    /// A read from `repository`, at `rest` below its name.
    pub(super) fn pull<'a>(
        &self,
        repository: &'a Repository,
        rest: &str,
        method: Method,
        access: Access,
        accept: &'static str,
    ) -> Result<Ask<'a>, Reason> {
        let url = address::endpoint(repository, rest, &self.transport.settings.plain_http)?;
        let mut call = Call::new(method, url);
        call.headers.insert(ACCEPT, HeaderValue::from_static(accept));
        let scopes = vec![format!("repository:{}:pull", repository.path())];
        Ok(Ask { repository, call, access, scopes })
    }
}
