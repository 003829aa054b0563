//! Whether an engine runs programs of a platform, found out by running one: the smallest program there
//! is, which ends at once with code 0. What binfmt_misc of this machine says is no answer for an
//! engine that is somewhere else.

use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::CreateContainerOptionsBuilder;

use super::{Blob, Engine, Owned};
use crate::model::{Digest, Platform, Reason, ReasonKind};

/// How long the smallest program may take.
const LONGEST: Duration = Duration::from_secs(20);

/// Runs a program of `platform` that does nothing.
pub(super) async fn run(engine: &Engine, platform: &Platform) -> Result<(), Reason> {
    if platform.os() != engine.platform().os() {
        let text = format!("engine {} runs {} only", engine.address(), engine.platform().os());
        return Err(Reason::new(ReasonKind::NoEmulation, text));
    }
    let Some(program) = program(platform.architecture()) else {
        return Err(no_emulation(engine, platform, "exitbar has no program to try it with"));
    };
    let layer = layer(&program);
    let diff_id = Digest::of(&layer);
    let config = serde_json::json!({
        "os": platform.os(), "architecture": platform.architecture(), "variant": platform.variant(),
        "config": { "Entrypoint": ["/probe"] },
        "rootfs": { "type": "layers", "diff_ids": [diff_id.as_str()] },
    });
    // Two exitbars that probe at once have an image each.
    let tag = format!("exitbar-probe:{}-{}", platform.architecture(), std::process::id());
    let blob =
        Blob { digest: diff_id, size: layer.len() as u64, reader: Box::pin(std::io::Cursor::new(layer)) };
    engine.reaper().watch_image(engine, &tag);
    engine.load(&tag, config.to_string().as_bytes(), vec![blob]).await?;
    let mut container = engine.own("probe");
    let ended = tokio::time::timeout(LONGEST, start(engine, &container, &tag, platform)).await;
    container.remove().await;
    if engine.untag(&tag).await {
        engine.reaper().release_image(engine, &tag);
    }
    match ended {
        Ok(Ok(0)) => Ok(()),
        Ok(Ok(code)) => Err(no_emulation(engine, platform, &format!("a program ended with code {code}"))),
        Ok(Err(reason)) => Err(reason),
        Err(_) => {
            let text = format!("engine {}: a {platform} program did not end in time", engine.address());
            Err(Reason::new(ReasonKind::TimedOut, text))
        }
    }
}

async fn start(engine: &Engine, container: &Owned, tag: &str, platform: &Platform) -> Result<i64, Reason> {
    let trouble = |what: &str, error: &bollard::errors::Error| {
        engine.trouble(&format!("{what} a {platform} program"), error)
    };
    let body = ContainerCreateBody {
        image: Some(tag.to_owned()),
        labels: Some(container.labels()),
        network_disabled: Some(true),
        host_config: Some(HostConfig { network_mode: Some("none".to_owned()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    let name = container.name();
    let options = CreateContainerOptionsBuilder::default().name(name).platform(&platform.to_string()).build();
    let made = engine.client().create_container(Some(options), body).await;
    made.map_err(|error| trouble("make a container for", &error))?;
    if let Err(error) = engine.client().start_container(name, None).await {
        // Newer engines say at the start what older ones leave to the exit code.
        return match &error {
            bollard::errors::Error::DockerResponseServerError { message, .. }
                if message.contains("exec format error") =>
            {
                Ok(126)
            }
            _ => Err(trouble("start", &error)),
        };
    }
    engine.ended(name).await
}

fn no_emulation(engine: &Engine, platform: &Platform, why: &str) -> Reason {
    let text = format!("engine {} does not run {platform} ({why})", engine.address());
    Reason::new(ReasonKind::NoEmulation, text).cure(cure(platform))
}

/// How to add what is missing, on the machine of the engine.
fn cure(platform: &Platform) -> String {
    let machine = platform.machine();
    format!(
        "on the engine's machine: apt-get install qemu-user-static binfmt-support && update-binfmts --enable qemu-{machine}; \
         or add an [[engine]] that is native for {platform}"
    )
}

/// A static ELF program that calls `exit(0)` (System V ABI, ELF-64 header).
fn program(architecture: &str) -> Option<Vec<u8>> {
    const HEADERS: u16 = 64 + 56;
    const BASE: u64 = 0x40_0000;
    let (machine, code): (u16, &[u8]) = match architecture {
        // mov eax, 60; xor edi, edi; syscall
        "amd64" => (62, &[0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]),
        // mov x0, #0; mov x8, #93; svc #0
        "arm64" => (183, &[0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4]),
        // li a0, 0; li a7, 93; ecall
        "riscv64" => (243, &[0x13, 0x05, 0x00, 0x00, 0x93, 0x08, 0xd0, 0x05, 0x73, 0x00, 0x00, 0x00]),
        _ => return None,
    };
    let length = u64::from(HEADERS) + code.len() as u64;
    let mut elf = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let half = |value: u16, elf: &mut Vec<u8>| elf.extend_from_slice(&value.to_le_bytes());
    half(2, &mut elf); // an executable
    half(machine, &mut elf);
    elf.extend_from_slice(&1u32.to_le_bytes());
    for address in [BASE + u64::from(HEADERS), 64, 0] {
        elf.extend_from_slice(&address.to_le_bytes());
    }
    elf.extend_from_slice(&0u32.to_le_bytes());
    for value in [64, 56, 1, 0, 0, 0] {
        half(value, &mut elf);
    }
    // One segment: the whole file, to read and to execute.
    elf.extend_from_slice(&1u32.to_le_bytes());
    elf.extend_from_slice(&5u32.to_le_bytes());
    for value in [0, BASE, BASE, length, length, 0x1000] {
        elf.extend_from_slice(&value.to_le_bytes());
    }
    elf.extend_from_slice(code);
    Some(elf)
}

fn layer(program: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    // In memory nothing fails, and a name this short fits.
    let _ = tar.append_data(&mut header, "probe", program);
    tar.into_inner().unwrap_or_default()
}
