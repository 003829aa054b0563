//! Where a registry is reached, and by which protocol.

use std::collections::BTreeSet;

use url::{Host, Url};

use crate::model::{DOCKER_HUB, Reason, ReasonKind, Repository};

/// The host that serves Docker Hub's registry API.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";

/// `https://host/v2/<name>/<rest>`; `http` for loopback and where it is configured.
pub(super) fn endpoint(
    repository: &Repository,
    rest: &str,
    plain_http: &BTreeSet<String>,
) -> Result<Url, Reason> {
    let registry = repository.registry();
    let host = if registry == DOCKER_HUB { DOCKER_HUB_HOST } else { registry };
    let invalid = |_| Reason::new(ReasonKind::Unreachable, format!("{registry} is no address of a registry"));
    let mut url = Url::parse(&format!("https://{host}/v2/{}/{rest}", repository.path())).map_err(invalid)?;
    if may_be_plain(&url, plain_http) {
        // Parsed anew: `set_scheme` would keep a default port of the other scheme.
        url = Url::parse(&format!("http://{host}/v2/{}/{rest}", repository.path())).map_err(invalid)?;
    }
    Ok(url)
}

/// Whether the host of `url` is spoken to without TLS.
pub(super) fn may_be_plain(url: &Url, plain_http: &BTreeSet<String>) -> bool {
    let with_port = || format!("{}:{}", host(url), url.port_or_known_default().unwrap_or_default());
    is_loopback(url) || plain_http.contains(host(url)) || plain_http.contains(&with_port())
}

/// Whether `url` may be asked: by HTTPS, or by HTTP where that is allowed.
pub(super) fn is_allowed(url: &Url, plain_http: &BTreeSet<String>) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => may_be_plain(url, plain_http),
        _ => false,
    }
}

/// 127.0.0.0/8, `::1` and `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// `host` or `host:port`, as it is counted and shown.
pub(super) fn authority(url: &Url) -> String {
    match url.port() {
        Some(port) => format!("{}:{port}", host(url)),
        None => host(url).to_owned(),
    }
}

/// Whether credentials for `from` may be sent to `to`.
pub(super) fn same_origin(from: &Url, to: &Url) -> bool {
    from.scheme() == to.scheme()
        && from.host_str() == to.host_str()
        && from.port_or_known_default() == to.port_or_known_default()
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(repository: &str, plain: &[&str]) -> String {
        let plain = plain.iter().map(|host| (*host).to_owned()).collect();
        endpoint(&repository.parse().unwrap(), "tags/list", &plain).unwrap().to_string()
    }

    #[test]
    fn docker_hub_is_served_by_another_host() {
        assert_eq!(of("alpine", &[]), "https://registry-1.docker.io/v2/library/alpine/tags/list");
    }

    #[test]
    fn plain_http_is_for_loopback_and_what_is_configured() {
        assert_eq!(of("ghcr.io/acme/app", &[]), "https://ghcr.io/v2/acme/app/tags/list");
        assert_eq!(of("localhost:5000/app", &[]), "http://localhost:5000/v2/app/tags/list");
        assert_eq!(of("127.0.0.2:5000/app", &[]), "http://127.0.0.2:5000/v2/app/tags/list");
        assert_eq!(of("reg.lan:80/app", &["reg.lan:80"]), "http://reg.lan/v2/app/tags/list");
        assert_eq!(of("reg.lan:5000/app", &["reg.lan:5000"]), "http://reg.lan:5000/v2/app/tags/list");
        assert_eq!(of("reg.lan:5000/app", &["other.lan"]), "https://reg.lan:5000/v2/app/tags/list");
    }
}
