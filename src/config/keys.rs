//! Every key that `exitbar.toml` may have, table by table. `config.example.toml` is held against this.

/// The top of the file.
pub(super) const TOP: &[&str] = &[
    "theme",
    "ascii",
    "mouse",
    "clipboard",
    "release",
    "image",
    "signature",
    "attestations",
    "signing",
    "vulnerabilities",
    "labels",
    "sbom",
    "items",
    "waiver",
    "audit",
    "registry",
    "engine",
    "host_process",
    "source",
    "github",
    "store",
    "keys",
];

/// `[release]`
pub(super) const RELEASE: &[&str] = &["name", "version", "source", "revision"];
/// `[release] version = { … }`
pub(super) const VERSION_SOURCE: &[&str] = &["file", "git_tag"];
/// `[[image]]`
pub(super) const IMAGE: &[&str] = &[
    "name",
    "repositories",
    "platforms",
    "tag",
    "moving_tags",
    "budget",
    "limit",
    "local",
    "build",
    "version",
    "example",
    "sbom",
    "healthcheck",
    "private",
];
/// `build = { … }`
pub(super) const BUILD: &[&str] = &[
    "dockerfile",
    "context",
    "target",
    "args",
    "command",
    "labels",
    "secrets",
    "cache_from",
    "no_cache",
    "source_date_epoch",
];
/// `build.secrets.ID = { … }`
pub(super) const SECRET: &[&str] = &["env", "file"];
/// `version = { … }` of an image
pub(super) const VERSION: &[&str] = &["command", "pattern"];
/// `example = { … }`
pub(super) const EXAMPLE: &[&str] = &["command", "inputs", "outputs", "platforms"];
/// `healthcheck = { … }` of an image
pub(super) const HEALTHCHECK: &[&str] = &["run", "timeout"];
/// `[signature]` and `[attestations]`
pub(super) const SIGNATURE: &[&str] =
    &["identity", "identity_regexp", "issuer", "key", "trusted_root", "recursive"];
/// `[signing]`
pub(super) const SIGNING: &[&str] = &["config", "identity_token", "key", "classic"];
/// `[vulnerabilities]`
pub(super) const VULNERABILITIES: &[&str] = &[
    "threshold",
    "fixable_only",
    "ignore",
    "vex",
    "scans",
    "sources",
    "osv",
    "scan_max_age",
    "database_max_age",
];
/// `[[vulnerabilities.ignore]]`
pub(super) const IGNORE: &[&str] = &["id", "until", "reason"];
/// `[labels]`
pub(super) const LABELS: &[&str] = &["required"];
/// `[sbom]`
pub(super) const SBOM: &[&str] = &["source"];
/// `source = { … }` of `[sbom]`, and `sbom = { … }` of an image
pub(super) const SBOM_SOURCE: &[&str] = &["file"];
/// `[items.KEY]`
pub(super) const ITEM: &[&str] = &["class", "off"];
/// `[[waiver]]`
pub(super) const WAIVER: &[&str] = &["item", "image", "platform", "until", "reason"];
/// `[audit]`
pub(super) const AUDIT: &[&str] = &["run", "fresh_for"];
/// `[registry."host"]`
pub(super) const REGISTRY: &[&str] = &["plain_http"];
/// `[[engine]]`
pub(super) const ENGINE: &[&str] = &["host", "platforms", "tls"];
/// `[host_process]`
pub(super) const HOST_PROCESS: &[&str] = &["allow", "platforms"];
/// `[source]`
pub(super) const SOURCE: &[&str] = &["workflows", "release"];
/// `[github]`
pub(super) const GITHUB: &[&str] = &["off", "api", "start_within"];
/// `[store]`
pub(super) const STORE: &[&str] = &["path"];

/// Every key of every table, as `(table, keys)`, for the test of `config.example.toml`.
#[cfg(test)]
pub(super) const ALL: &[(&str, &[&str])] = &[
    ("", TOP),
    ("release", RELEASE),
    ("release.version", VERSION_SOURCE),
    ("image", IMAGE),
    ("image.build", BUILD),
    ("image.build.secrets.*", SECRET),
    ("image.version", VERSION),
    ("image.example", EXAMPLE),
    ("image.sbom", SBOM_SOURCE),
    ("image.healthcheck", HEALTHCHECK),
    ("signature", SIGNATURE),
    ("attestations", SIGNATURE),
    ("signing", SIGNING),
    ("vulnerabilities", VULNERABILITIES),
    ("vulnerabilities.ignore", IGNORE),
    ("labels", LABELS),
    ("sbom", SBOM),
    ("items.*", ITEM),
    ("waiver", WAIVER),
    ("audit", AUDIT),
    ("registry.*", REGISTRY),
    ("engine", ENGINE),
    ("host_process", HOST_PROCESS),
    ("source", SOURCE),
    ("github", GITHUB),
    ("store", STORE),
];
