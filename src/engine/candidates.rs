//! Where an engine may listen, in the order in which the `docker` command would look.
//! bollard knows no Docker contexts, so they are read here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::EngineWiring;
use crate::model::{Digest, Reason, ReasonKind};

/// An address that may be an engine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) address: String,
    /// Who names it, in words.
    pub(super) from: String,
    /// A folder with `ca.pem`, `cert.pem` and `key.pem`.
    pub(super) tls: Option<PathBuf>,
}

/// What decides which engine a user means.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// `DOCKER_HOST`.
    pub(super) docker_host: Option<String>,
    /// `DOCKER_CERT_PATH`, or where `docker` keeps certificates, where `DOCKER_TLS_VERIFY` is set.
    pub(super) certificates: Option<PathBuf>,
    /// `DOCKER_CONTEXT`.
    pub(super) docker_context: Option<String>,
    /// `DOCKER_CONFIG`, or `~/.docker`.
    pub(super) docker_config: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub(super) runtime: Option<PathBuf>,
    /// The sockets of the whole machine.
    pub(super) sockets: Vec<PathBuf>,
}

impl Surroundings {
    pub(super) fn of_user() -> Self {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().join(".docker"));
        let docker_config = text("DOCKER_CONFIG").map(PathBuf::from).or_else(home);
        let named = || text("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| docker_config.clone());
        Self {
            docker_host: text("DOCKER_HOST"),
            certificates: text("DOCKER_TLS_VERIFY").and_then(|_| named()),
            docker_context: text("DOCKER_CONTEXT"),
            docker_config,
            runtime: text("XDG_RUNTIME_DIR").map(PathBuf::from),
            sockets: vec!["/var/run/docker.sock".into(), "/run/podman/podman.sock".into()],
        }
    }
}

/// Every address to try. Where somebody named one, it is the only one: another engine would hold
/// other images.
pub(super) fn of(wiring: &EngineWiring, surroundings: &Surroundings) -> Result<Vec<Candidate>, Reason> {
    if let Some(host) = &wiring.host {
        let tls = wiring.tls.clone();
        return Ok(vec![Candidate { address: host.clone(), from: "configured".to_owned(), tls }]);
    }
    if let Some(host) = &surroundings.docker_host {
        let tls = surroundings.certificates.clone().filter(|_| host.starts_with("tcp://"));
        return Ok(vec![Candidate { address: host.clone(), from: "DOCKER_HOST".to_owned(), tls }]);
    }
    if let Some(context) = context(surroundings)? {
        return Ok(vec![context]);
    }
    let [docker, further @ ..] = surroundings.sockets.as_slice() else { return Ok(Vec::new()) };
    let runtime = |path: &str| surroundings.runtime.as_ref().map(|folder| folder.join(path));
    let desktop = surroundings.docker_config.as_ref().map(|folder| folder.join("run/docker.sock"));
    let mut sockets = vec![(docker.clone(), "the default socket")];
    sockets.extend(runtime("docker.sock").map(|socket| (socket, "rootless Docker")));
    sockets.extend(desktop.map(|socket| (socket, "Docker Desktop")));
    sockets.extend(runtime("podman/podman.sock").map(|socket| (socket, "rootless podman")));
    sockets.extend(further.iter().map(|socket| (socket.clone(), "podman")));
    let candidate = |(socket, from): (PathBuf, &str)| Candidate {
        address: format!("unix://{}", socket.display()),
        from: from.to_owned(),
        tls: None,
    };
    Ok(sockets.into_iter().map(candidate).collect())
}

/// Docker's `config.json`, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    current_context: Option<String>,
}

/// A context's `meta.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    endpoints: BTreeMap<String, Endpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    host: Option<String>,
}

/// The current Docker context (`DOCKER_CONTEXT`, else `currentContext` of `config.json`); none
/// where it is `default`.
fn context(surroundings: &Surroundings) -> Result<Option<Candidate>, Reason> {
    let Some(folder) = &surroundings.docker_config else { return Ok(None) };
    let current = || read::<Config>(&folder.join("config.json")).and_then(|config| config.current_context);
    let name = surroundings.docker_context.clone().or_else(current);
    let Some(name) = name.filter(|name| !name.is_empty() && name != "default") else { return Ok(None) };

    let id = Digest::of(name.as_bytes());
    let file = folder.join("contexts/meta").join(id.hex()).join("meta.json");
    let host = read::<Meta>(&file)
        .and_then(|mut meta| meta.endpoints.remove("docker"))
        .and_then(|endpoint| endpoint.host);
    let Some(address) = host else {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        let text =
            format!("the Docker context `{shown}` has no engine that can be read in {}", file.display());
        return Err(Reason::new(ReasonKind::NoEngine, text)
            .cure("choose another with `docker context use`, or set DOCKER_HOST"));
    };
    let tls = folder.join("contexts/tls").join(id.hex()).join("docker");
    let tls = tls.join("ca.pem").is_file().then_some(tls);
    Ok(Some(Candidate { address, from: format!("the Docker context {name}"), tls }))
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}
