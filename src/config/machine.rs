//! How this machine reaches the world, and the keys of its screen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::find::Folders;
use super::keys;
use super::problem::{did_you_mean, nearest};
use super::section::{Section, Text};
use super::units;
use super::{EngineWiring, GithubWiring, HostProcess, RegistryWiring, SigningWiring, TokenSource, Wiring};
use crate::keymap::{BINDINGS, Keymap};
use crate::model::{AskGithub, Image, Platform};

const PLATFORMS: &str = "a list such as [\"linux/arm64\"]";

/// Reads the wiring.
pub(super) fn wiring(top: &Section<'_>, root: &Path, images: &[Image], folders: &Folders) -> Wiring {
    let mut wiring = Wiring::of(root, &store(top, root, folders));
    if let Some(section) = top.section("source", "[source]", keys::SOURCE) {
        let path = |key, expected| section.text(key, expected).map(|text| PathBuf::from(text.value));
        if let Some(folder) = path("workflows", "a folder, relative to exitbar.toml") {
            wiring.workflows = folder;
        }
        wiring.release_workflow = path("release", "the name of a file there, such as \"release.yml\"");
    }
    wiring.registries = registries(top, images);
    wiring.engines = engines(top, root);
    wiring.host_process = host_process(top);
    wiring.signing = signing(top);
    wiring
}

fn store(top: &Section<'_>, root: &Path, folders: &Folders) -> PathBuf {
    let section = top.section("store", "[store]", keys::STORE);
    let path = section.and_then(|section| section.text("path", "a folder"));
    path.map_or_else(|| folders.state.clone(), |path| root.join(path.value))
}

fn signing(top: &Section<'_>) -> SigningWiring {
    let Some(section) = top.section("signing", "[signing]", keys::SIGNING) else {
        return SigningWiring::default();
    };
    let path = |key: &str, expected: &str| section.text(key, expected).map(|text| PathBuf::from(text.value));
    SigningWiring {
        config: path("config", "the path of a signing_config.json"),
        token: path("identity_token", "the path of a file with an identity token").map(TokenSource::File),
        key: path("key", "the path of a private key, as `cosign generate-key-pair` writes it"),
        classic: section.flag("classic").unwrap_or_default(),
        login: false,
    }
}

/// How GitHub is asked, and whether it is.
pub(super) fn github(top: &Section<'_>) -> (GithubWiring, AskGithub) {
    let mut wiring = GithubWiring::default();
    let Some(section) = top.section("github", "[github]", keys::GITHUB) else {
        return (wiring, AskGithub::KnownHosts);
    };
    wiring.api =
        section.text("api", "a URL such as \"https://github.example.com/api/v3\"").map(|text| text.value);
    let start = section.read("start_within", "a time such as \"10min\"", units::duration);
    if let Some(within) = start.and_then(|within| Duration::try_from(within).ok()) {
        wiring.start_within = within;
    }
    let ask = match (section.flag("off").unwrap_or_default(), &wiring.api) {
        (true, _) => AskGithub::No,
        (false, Some(_)) => AskGithub::AnyHost,
        (false, None) => AskGithub::KnownHosts,
    };
    (wiring, ask)
}

fn registries(top: &Section<'_>, images: &[Image]) -> BTreeMap<String, RegistryWiring> {
    let Some(value) = top.value("registry") else { return BTreeMap::new() };
    let Some(table) = value.get_ref().as_table() else {
        let help = "expected tables such as [registry.\"localhost:5000\"]";
        top.problem(&value.span(), "`registry` is no table", Some(help));
        return BTreeMap::new();
    };
    let hosts: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
    let section = Section::open("[registry]", value.span(), table, &hosts, top.problems());
    let used: Vec<&str> =
        images.iter().flat_map(|image| &image.repositories).map(crate::model::Repository::registry).collect();
    let mut registries = BTreeMap::new();
    for (host, value) in section.entries() {
        let name = format!("[registry.\"{}\"]", host.value);
        let Some(one) = section.open_value(&host.value, value, name, keys::REGISTRY) else { continue };
        if !is_host(&host.value) {
            let help =
                "expected a host, with a port where it has one, in quotes: [registry.\"localhost:5000\"]";
            top.problem(&host.at, format!("`{}` is no registry", host.value), Some(help));
        } else if !used.contains(&host.value.as_str())
            && let Some(help) = nearest(&host.value, used.iter().copied()).map(did_you_mean)
        {
            top.problem(&host.at, format!("no image has a repository at `{}`", host.value), Some(&help));
        }
        registries.insert(host.value, RegistryWiring { plain_http: one.flag("plain_http").unwrap_or(false) });
    }
    registries
}

fn is_host(written: &str) -> bool {
    // A repository's grammar knows what a host is.
    !written.contains('/')
        && format!("{written}/x").parse::<crate::model::Repository>().is_ok_and(|repository| {
            repository.registry() == written
                || (written == "index.docker.io" && repository.registry() == "docker.io")
        })
}

fn engines(top: &Section<'_>, root: &Path) -> Vec<EngineWiring> {
    let sections = top.sections("engine", keys::ENGINE);
    let engine = |section: &Section<'_>| EngineWiring {
        host: section.read("host", "an address such as \"unix:///var/run/docker.sock\"", engine_host),
        platforms: section.parsed_list::<Platform>("platforms", PLATFORMS).unwrap_or_default(),
        tls: section
            .text("tls", "a folder with ca.pem, cert.pem and key.pem")
            .map(|folder| root.join(folder.value)),
    };
    let engines: Vec<EngineWiring> = sections.iter().map(engine).collect();
    // Without a word in the configuration: the engine that `docker` would use.
    if engines.is_empty() { vec![EngineWiring::default()] } else { engines }
}

fn engine_host(written: &str) -> Result<String, (String, Option<String>)> {
    const SCHEMES: [&str; 6] = ["unix", "tcp", "http", "https", "ssh", "npipe"];
    match written.split_once("://") {
        Some((scheme, rest)) if SCHEMES.contains(&scheme) && !rest.is_empty() => Ok(written.to_owned()),
        Some((scheme, _)) if !SCHEMES.contains(&scheme) => {
            let help = nearest(scheme, SCHEMES).map(did_you_mean);
            Err((format!("`{scheme}` is no scheme of an engine"), help.or_else(|| Some(schemes(&SCHEMES)))))
        }
        _ => Err((format!("`{written}` is no address"), Some(schemes(&SCHEMES)))),
    }
}

fn schemes(known: &[&str]) -> String {
    let words: Vec<String> = known.iter().map(|scheme| format!("{scheme}://")).collect();
    format!("expected an address that begins with {}", words.join(", "))
}

fn host_process(top: &Section<'_>) -> Option<HostProcess> {
    let section = top.section("host_process", "[host_process]", keys::HOST_PROCESS)?;
    let platforms = section.parsed_list("platforms", PLATFORMS).unwrap_or_default();
    section.flag("allow").unwrap_or(false).then_some(HostProcess { platforms })
}

/// Reads `[keys]`: other keys for the commands of the table.
pub(super) fn keys(top: &Section<'_>) -> Keymap {
    let Some(value) = top.value("keys") else { return Keymap::default() };
    let Some(table) = value.get_ref().as_table() else {
        let help = "expected [keys] with lines such as audit = \"a\"";
        top.problem(&value.span(), "`keys` is no table", Some(help));
        return Keymap::default();
    };
    let known: Vec<&str> = BINDINGS.iter().map(|binding| binding.name).collect();
    let section = Section::open("[keys]", value.span(), table, &known, top.problems());
    let mut written: BTreeMap<String, Vec<Text>> = BTreeMap::new();
    for (command, value) in
        section.entries().into_iter().filter(|(command, _)| known.contains(&command.value.as_str()))
    {
        let expected = "a key such as \"a\", or a list such as [\"a\", \"ctrl-a\"]";
        let keys = match value.get_ref().as_array() {
            Some(_) => section.texts(&command.value, expected),
            None => section.text(&command.value, expected).map(|key| vec![key]),
        };
        written.extend(keys.map(|keys| (command.value, keys)));
    }
    let plain = |keys: &Vec<Text>| keys.iter().map(|key| key.value.clone()).collect();
    let changed = written.iter().map(|(command, keys)| (command.clone(), plain(keys))).collect();
    Keymap::with(&changed).unwrap_or_else(|troubles| {
        for trouble in troubles {
            let key = trouble.key.and_then(|at| written.get(&trouble.command)?.get(at));
            let at = key.map_or_else(|| section.place(&trouble.command), |key| key.at.clone());
            section.problem(&at, trouble.message, Some(&trouble.help));
        }
        Keymap::default()
    })
}
