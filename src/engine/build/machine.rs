//! For which machine the programs of an image are. The image's config does not tell: BuildKit writes the platform
//! that was asked for, also where a `FROM --platform` brought another (seen with Docker 20.10).

use std::io::Read as _;

use bollard::models::{ContainerCreateBody, ImageConfig};
use bollard::query_parameters::{CreateContainerOptionsBuilder, DownloadFromContainerOptions};
use futures_util::StreamExt as _;

use crate::engine::Engine;
use crate::formats::program;
use crate::model::{Platform, Program, Reason};

/// Where programs are when an image sets no `PATH` (Docker's default).
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The program of a base image that has any.
const SHELL: &str = "/bin/sh";

/// How many bytes of a program are read, its tar header included; how many links are followed.
const HEAD: usize = 16 << 10;
const LINKS: usize = 8;

/// A program of an image that `platform` does not run: its path and its machine. None where there is none, or none
/// that can be looked at.
pub(super) async fn foreign_program(
    engine: &Engine,
    id: &str,
    platform: &Platform,
) -> Result<Option<(String, String)>, Reason> {
    let trouble = |what: &str, error: &bollard::errors::Error| engine.trouble(&format!("{what} {id}"), error);
    let image = engine.client().inspect_image(id).await.map_err(|error| trouble("inspect", &error))?;
    // A container that is never started is the way to single files of an image.
    let mut container = engine.own("build");
    let body = ContainerCreateBody {
        image: Some(id.to_owned()),
        cmd: Some(vec!["never".to_owned()]),
        labels: Some(container.labels()),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::default().name(container.name()).build();
    let made = engine.client().create_container(Some(options), body).await;
    made.map_err(|error| trouble("look into", &error))?;
    let mut found = None;
    for path in programs(&image.config.unwrap_or_default()) {
        let machine = machine(engine, container.name(), &path).await;
        if let Some(machine) = machine.filter(|machine| !runs(platform, machine)) {
            found = Some((path, machine));
            break;
        }
    }
    container.remove().await;
    Ok(found)
}

/// Where the image's own program may be, and a shell.
fn programs(config: &ImageConfig) -> Vec<String> {
    let first = |words: &Option<Vec<String>>| words.iter().flatten().next().cloned();
    let path = config.env.iter().flatten().find_map(|variable| variable.strip_prefix("PATH="));
    let found = match first(&config.entrypoint).or_else(|| first(&config.cmd)) {
        Some(program) if program.starts_with('/') => vec![program],
        Some(program) if !program.contains('/') => {
            let folders = path.unwrap_or(PATH).split(':').filter(|folder| folder.starts_with('/'));
            folders.map(|folder| format!("{}/{program}", folder.trim_end_matches('/'))).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter().chain([SHELL.to_owned()]).collect()
}

/// The machine of a program; none where the path is no program.
async fn machine(engine: &Engine, container: &str, path: &str) -> Option<String> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let head = head(engine, container, &path).await?;
        let mut archive = tar::Archive::new(head.as_slice());
        let mut entry = archive.entries().ok()?.next()?.ok()?;
        if entry.header().entry_type().is_symlink() {
            let target = entry.link_name().ok()??.to_string_lossy().into_owned();
            path = if target.starts_with('/') {
                target
            } else {
                format!("{}/{target}", path.rsplit_once('/').map_or("", |(folder, _)| folder))
            };
            continue;
        }
        let mut bytes = Vec::new();
        // The archive is cut off: what came is enough.
        let _ = entry.by_ref().take(program::HEAD as u64).read_to_end(&mut bytes);
        return match program::of(&bytes) {
            Program::Elf { machine, .. } | Program::Pe { machine } => Some(machine),
            Program::Script { .. } | Program::Other => None,
        };
    }
    None
}

/// The first bytes of the archive that the engine makes of a path.
async fn head(engine: &Engine, container: &str, path: &str) -> Option<Vec<u8>> {
    let options = DownloadFromContainerOptions { path: path.to_owned() };
    let mut chunks = engine.client().download_from_container(container, Some(options));
    let mut head = Vec::new();
    while head.len() < HEAD {
        match chunks.next().await {
            Some(Ok(chunk)) => head.extend_from_slice(&chunk[..chunk.len().min(HEAD)]),
            // Nothing is there, or what is there ends.
            Some(Err(_)) | None => break,
        }
    }
    (!head.is_empty()).then_some(head)
}

/// Whether processors of the platform run programs of this machine without an emulator.
fn runs(platform: &Platform, machine: &str) -> bool {
    let machine = machine.split('/').next().unwrap_or(machine);
    machine == platform.architecture()
        || matches!((platform.architecture(), machine), ("amd64", "386") | ("arm64", "arm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_where_a_container_would_find_it() {
        let config = |entrypoint: &[&str], cmd: &[&str], env: &[&str]| ImageConfig {
            entrypoint: Some(entrypoint.iter().map(ToString::to_string).collect()),
            cmd: Some(cmd.iter().map(ToString::to_string).collect()),
            env: Some(env.iter().map(ToString::to_string).collect()),
            ..ImageConfig::default()
        };
        assert_eq!(programs(&config(&["/gl", "x"], &[], &[])), ["/gl", SHELL]);
        assert_eq!(programs(&config(&[], &["gl"], &["PATH=/a/:/b"])), ["/a/gl", "/b/gl", SHELL]);
        assert_eq!(programs(&config(&[], &["./gl"], &[])), [SHELL]);
        assert_eq!(programs(&ImageConfig::default()), [SHELL]);
    }

    #[test]
    fn a_platform_runs_its_own_and_its_older_programs() {
        let platform: Platform = "linux/amd64".parse().unwrap();
        assert!(runs(&platform, "amd64") && runs(&platform, "386") && !runs(&platform, "arm64"));
        let platform: Platform = "linux/arm/v7".parse().unwrap();
        assert!(runs(&platform, "arm/v7") && runs(&platform, "arm") && !runs(&platform, "arm64"));
    }
}
