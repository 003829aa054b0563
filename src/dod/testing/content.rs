//! What the sample's files, configs and layers hold.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{
    Base, Digest, Dockerfile, EntryKind, Healthcheck, ImageConfig, LayerEntry, LayerIndex, Located, Location,
    Platform, Program,
};

use super::{REVISION, SOURCE};

/// A Dockerfile that declares what the images hold.
pub(in crate::dod) fn dockerfile(image: &str) -> Dockerfile {
    let file = PathBuf::from(format!("Dockerfile.{image}"));
    let at = |line| Location { file: file.clone(), line };
    Dockerfile {
        user: Some(Located { value: "10001".to_owned(), at: at(30) }),
        healthcheck: Some(Located { value: ["CMD", "gl", "doctor"].map(str::to_owned).to_vec(), at: at(31) }),
        labels: labels(image, "0.2.0")
            .into_iter()
            .map(|(key, value)| (key, Located { value, at: at(12) }))
            .collect(),
        entrypoint: Some(Located { value: vec!["gl".to_owned()], at: at(32) }),
        cmd: None,
        bases: vec![Located {
            value: Base { reference: "python:3.12-slim".to_owned(), pinned: false },
            at: at(1),
        }],
        hints: Vec::new(),
        troubles: Vec::new(),
        file: file.clone(),
    }
}

/// The labels of an image.
pub(in crate::dod) fn labels(image: &str, version: &str) -> BTreeMap<String, String> {
    [
        ("title", format!("GreenLang {image}")),
        ("description", "Runs GreenLang pipelines".to_owned()),
        ("version", version.to_owned()),
        ("created", "2025-01-20T10:00:00Z".to_owned()),
        ("revision", REVISION.to_owned()),
        ("source", SOURCE.to_owned()),
        ("licenses", "MIT".to_owned()),
        ("vendor", "Acme".to_owned()),
    ]
    .map(|(key, value)| (format!("org.opencontainers.image.{key}"), value))
    .into()
}

/// An image config of the sample: uid 10001, a healthcheck, the labels, `gl` as entrypoint.
pub(in crate::dod) fn image_config(image: &str, platform: &Platform, diff_id: &Digest) -> ImageConfig {
    ImageConfig {
        platform: platform.clone(),
        created: Some("2025-01-20T10:00:00Z".to_owned()),
        user: "10001".to_owned(),
        entrypoint: vec!["gl".to_owned()],
        cmd: Vec::new(),
        env: vec!["PATH=/usr/local/bin:/usr/bin:/bin".to_owned()],
        working_dir: "/".to_owned(),
        healthcheck: Some(Healthcheck {
            test: ["CMD", "gl", "doctor"].map(str::to_owned).to_vec(),
            ..Healthcheck::default()
        }),
        labels: labels(image, "0.2.0"),
        diff_ids: vec![diff_id.clone()],
    }
}

/// One layer with a static program `gl`, an `/etc/passwd` and no shell.
pub(in crate::dod) fn layer_index(
    digest: &Digest,
    diff_id: &Digest,
    platform: &Platform,
    unpacked: u64,
) -> LayerIndex {
    let machine = platform.architecture().to_owned();
    let passwd = "root:x:0:0:root:/root:/bin/sh\ngl:x:10001:10001::/home/gl:/sbin/nologin\n";
    let entries = [
        ("usr/local/bin/gl", program(Program::Elf { machine, interpreter: None })),
        ("etc/passwd", LayerEntry { text: Some(passwd.to_owned()), mode: 0o644, ..entry(EntryKind::File) }),
    ];
    LayerIndex {
        digest: digest.clone(),
        diff_id: diff_id.clone(),
        compressed: unpacked / 3,
        unpacked,
        entries: entries.map(|(path, entry)| (path.to_owned(), entry)).into(),
    }
}

/// An entry of a layer.
pub(in crate::dod) fn entry(kind: EntryKind) -> LayerEntry {
    LayerEntry { kind, size: 0, mode: 0o755, program: None, text: None }
}

/// An executable file.
pub(in crate::dod) fn program(program: Program) -> LayerEntry {
    LayerEntry { program: Some(program), ..entry(EntryKind::File) }
}
