//! What local images are called.

use super::Platform;

/// The name of one platform's image in an engine, where one name would hold the last one built:
/// `app:0.2.0` for `linux/arm64` is `app:0.2.0-linux-arm64`. A name without a tag has the tag `latest`.
pub fn platform_tag(name: &str, platform: &Platform) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = if last.contains(':') { "" } else { ":latest" };
    let variant = platform.variant().map(|variant| format!("-{variant}")).unwrap_or_default();
    format!("{name}{tag}-{}-{}{variant}", platform.os(), platform.architecture())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_a_name_of_its_own() {
        let tag = |name: &str, platform: &str| platform_tag(name, &platform.parse().unwrap());
        assert_eq!(tag("app:0.2.0", "linux/arm64"), "app:0.2.0-linux-arm64");
        assert_eq!(tag("app", "linux/amd64"), "app:latest-linux-amd64");
        assert_eq!(tag("localhost:5000/app", "linux/arm/v7"), "localhost:5000/app:latest-linux-arm-v7");
    }
}
