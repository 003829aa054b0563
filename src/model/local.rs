//! The names of images that an engine keeps before they are pushed.

use super::Platform;

/// The longest tag (OCI distribution-spec, `Pulling manifests`).
const TAG_LENGTH: usize = 128;

/// The name under which an engine keeps the image of one platform: `app:0.2.0` for linux/arm64 is
/// `app:0.2.0-linux-arm64`. An engine keeps one image under one name, so that without it the
/// platforms would take each other's. A name without a tag stands for `latest`.
pub fn platform_tag(name: &str, platform: &Platform) -> String {
    let after_path = name.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match name[after_path..].find(':') {
        Some(colon) => (&name[..after_path + colon], &name[after_path + colon + 1..]),
        None => (name, "latest"),
    };
    let suffix = format!("-{platform}").replace('/', "-");
    // A long tag loses its end, never the platform.
    let kept: String = tag.chars().take(TAG_LENGTH.saturating_sub(suffix.len())).collect();
    format!("{repository}:{kept}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_a_name_of_its_own() {
        let arm: Platform = "linux/arm64".parse().unwrap();
        let old: Platform = "linux/arm/v7".parse().unwrap();
        for (name, platform, expected) in [
            ("app:0.2.0", &arm, "app:0.2.0-linux-arm64"),
            ("app:0.2.0", &old, "app:0.2.0-linux-arm-v7"),
            ("app", &arm, "app:latest-linux-arm64"),
            ("localhost:5000/acme/app", &arm, "localhost:5000/acme/app:latest-linux-arm64"),
            ("localhost:5000/acme/app:1", &arm, "localhost:5000/acme/app:1-linux-arm64"),
        ] {
            assert_eq!(platform_tag(name, platform), expected);
        }
    }

    #[test]
    fn a_long_tag_keeps_its_platform() {
        let named = platform_tag(&format!("app:{}", "1".repeat(128)), &"linux/arm64".parse().unwrap());
        assert_eq!(named.len(), "app:".len() + 128);
        assert!(named.ends_with("1-linux-arm64"), "{named}");
    }
}
