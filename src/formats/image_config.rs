//! Image configs: OCI image-spec (`config.md`) and Docker's (docker-image-spec, `specs-go/v1/image.go`),
//! which adds `Healthcheck`. BuildKit writes Docker's fields under OCI's media type too, so the media type
//! decides nothing here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::manifest::{digest, from_json, platform};
use crate::model::{Healthcheck, ImageConfig, Reason, ReasonKind};

/// The largest config that is read, in bytes.
pub const SIZE_LIMIT: usize = 8 * 1024 * 1024;

/// Reads an image config. Fields that are missing or `null` are empty, as Go reads them.
///
/// # Errors
/// `TooLarge` over the limits, `Unreadable` where it is no config or names no platform.
pub fn parse(bytes: &[u8]) -> Result<ImageConfig, Reason> {
    let raw: Raw = from_json(bytes, SIZE_LIMIT, "an image config")?;
    let is_named = |part: &Option<String>| part.as_ref().is_some_and(|part| !part.is_empty());
    let is_placed = is_named(&raw.os) && is_named(&raw.architecture);
    let Some(platform) = platform(raw.os, raw.architecture, raw.variant).filter(|_| is_placed) else {
        let text = "an image config that names no os or no architecture";
        return Err(Reason::new(ReasonKind::Unreadable, text));
    };
    let config = raw.config.unwrap_or_default();
    let diff_ids = raw.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default();
    Ok(ImageConfig {
        platform,
        created: raw.created.filter(|created| !created.is_empty()),
        user: config.user.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        cmd: config.cmd.unwrap_or_default(),
        env: config.env.unwrap_or_default(),
        working_dir: config.working_dir.unwrap_or_default(),
        healthcheck: config.healthcheck.map(Healthcheck::from),
        labels: config
            .labels
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.unwrap_or_default()))
            .collect(),
        diff_ids: diff_ids.iter().map(|id| digest(id)).collect::<Result<_, _>>()?,
    })
}

#[derive(Deserialize)]
struct Raw {
    os: Option<String>,
    architecture: Option<String>,
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
    healthcheck: Option<RawHealthcheck>,
    labels: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize)]
struct RawRootfs {
    diff_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawHealthcheck {
    test: Option<Vec<String>>,
    interval: Option<i64>,
    timeout: Option<i64>,
    retries: Option<i64>,
}

impl From<RawHealthcheck> for Healthcheck {
    fn from(raw: RawHealthcheck) -> Self {
        // Zero means "inherit" in Docker's model: nothing was set.
        let set = |value: Option<i64>| value.filter(|value| *value != 0);
        Self {
            test: raw.test.unwrap_or_default(),
            interval: set(raw.interval),
            timeout: set(raw.timeout),
            retries: set(raw.retries),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn missing_and_null_fields_are_empty() {
        let config =
            parse(br#"{"os":"linux","architecture":"arm64","variant":"v8","config":{"Labels":null,"Cmd":null,"Healthcheck":null},"rootfs":null}"#)
                .unwrap();
        assert_eq!(config.platform.to_string(), "linux/arm64");
        assert!(config.labels.is_empty() && config.cmd.is_empty() && config.healthcheck.is_none());
        assert!(parse(br#"{"os":"linux","architecture":"amd64","config":null}"#).unwrap().user.is_empty());
    }

    #[test]
    fn a_healthcheck_is_read_whatever_the_media_type() {
        let bytes = br#"{"os":"linux","architecture":"amd64","config":{"User":"10001:10001","Healthcheck":
            {"Test":["CMD","/app","health"],"Interval":30000000000,"Timeout":0,"Retries":3}}}"#;
        let config = parse(bytes).unwrap();
        assert_eq!(config.user, "10001:10001");
        let healthcheck = config.healthcheck.unwrap();
        assert_eq!(healthcheck.test, ["CMD", "/app", "health"]);
        assert_eq!((healthcheck.interval, healthcheck.timeout), (Some(30_000_000_000), None));
        assert_eq!(healthcheck.retries, Some(3));
    }

    #[test]
    fn what_is_no_config_is_unreadable() {
        for bytes in [&b"{}"[..], b"[]", b"", b"{\"os\":1}"] {
            assert_eq!(parse(bytes).unwrap_err().kind, ReasonKind::Unreadable);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
        }
    }
}
