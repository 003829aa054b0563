//! Image configs (OCI image-spec `config.md`; docker-image-spec for `Healthcheck`).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Digest, Healthcheck, ImageConfig, Platform, Reason, ReasonKind};

/// No config is larger.
pub const SIZE_LIMIT: usize = 8 << 20;

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    variant: Option<String>,
    created: Option<String>,
    config: Option<RawConfig>,
    rootfs: Option<RawRootfs>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawConfig {
    user: Option<String>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    env: Option<Vec<String>>,
    working_dir: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    healthcheck: Option<RawHealthcheck>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawHealthcheck {
    test: Option<Vec<String>>,
    interval: Option<i64>,
    timeout: Option<i64>,
    retries: Option<i64>,
}

#[derive(Deserialize)]
struct RawRootfs {
    diff_ids: Option<Vec<Digest>>,
}

/// Reads an image config.
///
/// # Errors
/// When it is no JSON object, or names no platform.
pub fn parse(bytes: &[u8]) -> Result<ImageConfig, Reason> {
    if bytes.len() > SIZE_LIMIT {
        let text = format!("an image config of {} bytes; at most {SIZE_LIMIT} are read", bytes.len());
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    let unreadable = |text: String| Reason::new(ReasonKind::Unreadable, text);
    let raw: Raw =
        serde_json::from_slice(bytes).map_err(|error| unreadable(format!("no image config: {error}")))?;
    if raw.os.is_empty() || raw.architecture.is_empty() {
        return Err(unreadable("an image config that names no os or no architecture".to_owned()));
    }
    let config = raw.config.unwrap_or_default();
    Ok(ImageConfig {
        platform: Platform::new(&raw.os, &raw.architecture, raw.variant.as_deref()),
        created: raw.created,
        user: config.user.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        cmd: config.cmd.unwrap_or_default(),
        env: config.env.unwrap_or_default(),
        working_dir: config.working_dir.unwrap_or_default(),
        healthcheck: config.healthcheck.map(|raw| Healthcheck {
            test: raw.test.unwrap_or_default(),
            interval: raw.interval,
            timeout: raw.timeout,
            retries: raw.retries,
        }),
        labels: config.labels.unwrap_or_default(),
        diff_ids: raw.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default(),
    })
}
