//! Where a workflow logs in, and with what.

use super::call::Call;
use super::expression::{self, Part};
use super::machine::Machine;
use super::syntax::{self, Step, Text};
use super::values::Variables;
use crate::model::DOCKER_HUB;

/// A login at a registry, or at a cloud that has some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub line: u32,
    /// The registry's host; none where nobody can tell.
    pub registry: Option<String>,
    /// Whether the run's own token does it.
    pub by_run: bool,
    /// Whether the release stops where it fails.
    pub counts: bool,
}

impl Login {
    /// Whether it is at this registry, by the run's own token.
    pub fn is_own_at(&self, registry: &str) -> bool {
        self.by_run && self.registry.as_deref() == Some(registry)
    }
}

impl Login {
    /// The same where nobody is told whether it worked.
    pub fn unsure(self) -> Self {
        Self { registry: None, by_run: false, counts: false, ..self }
    }
}

/// Words of a script that gives credentials in another way than by a login.
const CREDENTIALS: [&str; 8] = [
    "docker/config.json",
    "containers/auth.json",
    "DOCKER_AUTH_CONFIG",
    "REGISTRY_AUTH_FILE",
    "configure-docker",
    "docker-credential-",
    "--creds",
    "--dest-creds",
];

const PROGRAMS: [&str; 10] =
    ["docker", "podman", "buildah", "nerdctl", "skopeo", "helm", "oras", "crane", "regctl", "cosign"];

/// What a login's options take as the next word.
const TAKES_A_WORD: [&str; 6] = ["-u", "--username", "-p", "--password", "--authfile", "--cert-dir"];

/// The logins of an action, one for each registry of its job's runs.
pub(super) fn of_action(uses: &Text, step: &Step, machine: &Machine, variables: &Variables) -> Vec<Login> {
    let line = step.input("registry").map_or_else(|| syntax::line(uses), syntax::line);
    let by_run = step.inputs().any(|(_, value)| is_own_token(&value.value));
    let said = match syntax::action_name(uses).as_str() {
        // Several at once.
        "docker/login-action" if step.input("registry-auth").is_some() => None,
        "docker/login-action" => Some(step.input("registry").map_or(DOCKER_HUB, |registry| &registry.value)),
        "redhat-actions/podman-login" => step.input("registry").map(|registry| registry.value.as_str()),
        // A cloud's, which has registries of its own.
        "azure/docker-login"
        | "azure/login"
        | "aws-actions/configure-aws-credentials"
        | "aws-actions/amazon-ecr-login"
        | "google-github-actions/auth" => None,
        _ => return Vec::new(),
    };
    logins(said, line, by_run, machine, variables)
}

/// The logins of a command whose failure counts. `by_run`: the script has the run's own token.
pub(super) fn of_command(
    call: &Call,
    line: u32,
    by_run: bool,
    machine: &Machine,
    variables: &Variables,
) -> Vec<Login> {
    let before = match call.plain.as_slice() {
        ["login", ..] => 1,
        ["registry" | "auth", "login", ..] => 2,
        _ => return Vec::new(),
    };
    if !PROGRAMS.contains(&call.program) {
        return Vec::new();
    }
    let place = call.operands(&TAKES_A_WORD).get(before).copied();
    let said = place.and_then(|place| call.written.get(place)).map_or(DOCKER_HUB, String::as_str);
    logins(Some(said), line, by_run, machine, variables)
}

/// Credentials that a script has without a login: nobody can tell where they are good.
pub(super) fn of_text(script: &Text) -> Option<Login> {
    let has_some = CREDENTIALS.iter().any(|word| script.value.contains(word));
    has_some.then(|| Login { line: syntax::line(script), registry: None, by_run: false, counts: false })
}

fn logins(
    said: Option<&str>,
    line: u32,
    by_run: bool,
    machine: &Machine,
    variables: &Variables,
) -> Vec<Login> {
    machine.each_run(variables, |values| {
        let registry = said.and_then(|said| values.of(said)).map(|said| host(&said));
        Login { line, registry, by_run, counts: true }
    })
}

/// The host of what is logged in to, by the name that references have for it.
fn host(said: &str) -> String {
    let bare = said.trim().trim_start_matches("https://").trim_start_matches("http://");
    let host = bare.split('/').next().unwrap_or_default().to_ascii_lowercase();
    match host.as_str() {
        "" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DOCKER_HUB.to_owned(),
        _ => host,
    }
}

/// Whether the token that every run has is in a text.
pub(super) fn is_own_token(text: &str) -> bool {
    expression::parts(text).any(|part| match part {
        Part::Text(_) => false,
        Part::Expression { inner, .. } => {
            let inner: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
            matches!(inner.to_ascii_lowercase().as_str(), "github.token" | "secrets.github_token")
        }
    })
}
