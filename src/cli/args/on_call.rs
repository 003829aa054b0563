//! Flags of what needs no configuration: verifying and watching, as cosign names them where it has such.

use std::path::PathBuf;

use clap::{Args, Command, FromArgMatches as _, ValueEnum};

use super::Printed;
use crate::config;
use crate::dod::inspection::PredicateType;
use crate::model::Platform;

/// Who has to have signed, as cosign names the flags.
#[derive(Debug, Clone, Args)]
pub struct RuleArgs {
    /// Who has to have signed: the certificate's identity (SAN), to the letter
    #[arg(long, value_name = "IDENTITY", conflicts_with_all = ["key", "certificate_identity_regexp"])]
    pub certificate_identity: Option<String>,
    /// The same as a regular expression that searches: write ^https://github\.com/owner/repo/
    #[arg(long, value_name = "REGEXP", conflicts_with = "key")]
    pub certificate_identity_regexp: Option<String>,
    /// The issuer of that identity, to the letter
    #[arg(long, value_name = "URL", conflicts_with = "key")]
    pub certificate_oidc_issuer: Option<String>,
    /// The source repository that a GitHub certificate has to name: owner/repo
    #[arg(long, value_name = "OWNER/REPO", conflicts_with = "key")]
    pub certificate_github_workflow_repository: Option<String>,
    /// The ref that a GitHub certificate has to name: refs/tags/v1.2.3
    #[arg(long, value_name = "REF", conflicts_with = "key")]
    pub certificate_github_workflow_ref: Option<String>,
    /// The commit that a GitHub certificate has to name
    #[arg(long, value_name = "SHA", conflicts_with = "key")]
    pub certificate_github_workflow_sha: Option<String>,
    /// The event that a GitHub certificate has to name: push
    #[arg(long, value_name = "EVENT", conflicts_with = "key")]
    pub certificate_github_workflow_trigger: Option<String>,
    /// The public key (PEM) that has to have signed, in place of an identity
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// A trusted_root.json in place of the public-good instance's
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// Speak plain HTTP; loopback needs no word
    #[arg(long)]
    pub allow_http_registry: bool,
}

impl RuleArgs {
    /// Whether anything of it was given.
    pub(in crate::cli) fn is_given(&self) -> bool {
        let texts = [
            &self.certificate_identity,
            &self.certificate_identity_regexp,
            &self.certificate_oidc_issuer,
            &self.certificate_github_workflow_repository,
            &self.certificate_github_workflow_ref,
            &self.certificate_github_workflow_sha,
            &self.certificate_github_workflow_trigger,
        ];
        texts.iter().any(|text| text.is_some()) || self.key.is_some() || self.trusted_root.is_some()
    }
}

/// Flags of `verify`, as cosign names them.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The images: a tag, or sha256:…
    #[arg(value_name = "IMAGE", required_unless_present = "local_image")]
    pub images: Vec<String>,
    /// Who has to have signed.
    #[command(flatten)]
    pub rule: RuleArgs,
    /// Attestations of this predicate type, in place of image signatures: slsaprovenance, spdxjson, …, or a URI
    #[arg(long = "type", value_name = "TYPE")]
    pub predicate_type: Option<PredicateType>,
    /// The manifest of this platform, in place of the index
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<Platform>,
    /// A folder in the OCI image layout, in place of images in registries; may end in @sha256:…
    #[arg(long, value_name = "DIR", conflicts_with = "images")]
    pub local_image: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Printed::Text)]
    pub format: Printed,
}

/// Flags of a watch.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// The images: a tag, or sha256:… [default: every tag of every image of exitbar.toml]
    #[arg(value_name = "IMAGE")]
    pub images: Vec<String>,
    /// Who has to have signed.
    #[command(flatten)]
    pub rule: RuleArgs,
    /// Look once, say what changed since the last time, and end
    #[arg(long)]
    pub once: bool,
    /// With --once: keep what was kept, so that the next look compares with the same
    #[arg(long, requires = "once")]
    pub no_update: bool,
    /// What the first look is compared with
    #[arg(long, value_enum, default_value_t = Against::Kept)]
    pub against: Against,
    /// How often the tags are looked at
    #[arg(long, value_name = "TIME", default_value = "1min", value_parser = config::duration)]
    pub interval: jiff::SignedDuration,
    /// How often signatures, SBOMs and scans are verified again where no digest moved
    #[arg(long, value_name = "TIME", default_value = "30min", value_parser = config::duration)]
    pub verify_interval: jiff::SignedDuration,
    /// How long before its end a waiver or a scan is said to end
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::duration)]
    pub ahead: jiff::SignedDuration,
    /// How to print it: sentences, or JSON (a line per change; one document with --once)
    #[arg(long, value_enum, default_value_t = Printed::Text)]
    pub format: Printed,
    /// How the terminal calls when something changed
    #[arg(long, value_enum, default_value_t = Notify::Auto)]
    pub notify: Notify,
    /// A shell command that is run for each change, with the change as JSON on its standard input
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
}

impl WatchArgs {
    /// Those of a watch that was given none.
    pub(in crate::cli) fn unflagged() -> Self {
        let command = Self::augment_args(Command::new("watch"));
        let matches = command.try_get_matches_from(["watch"]);
        let args = matches.and_then(|matches| Self::from_arg_matches(&matches));
        args.unwrap_or_else(|error| unreachable!("no flag of a watch is required: {error}"))
    }
}

/// What the first look of a watch is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// What the last watch saw.
    Kept,
    /// What the last audit with GO saw that is kept; else what a watch saw at GO last.
    LastGo,
}

/// How the terminal calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Notify {
    /// The bell, and a notification where the terminal is known to show one.
    Auto,
    /// The bell.
    Bell,
    /// A notification by OSC 9 (iTerm2, WezTerm, kitty, Windows Terminal, Ghostty).
    Osc9,
    /// A notification by OSC 777 (urxvt, foot).
    Osc777,
    /// Not at all.
    Off,
}

/// Flags of `verify-bundle`, as the Sigstore clients' conformance protocol names them.
#[derive(Debug, Clone, Args)]
pub struct VerifyBundleArgs {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    pub bundle: PathBuf,
    /// Who has to have signed: the certificate's identity (SAN), to the letter
    #[arg(long, value_name = "IDENTITY", conflicts_with = "key")]
    pub certificate_identity: Option<String>,
    /// The issuer of that identity, to the letter
    #[arg(long, value_name = "URL", conflicts_with = "key")]
    pub certificate_oidc_issuer: Option<String>,
    /// The public key (PEM) that has to have signed, in place of an identity
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// A trusted_root.json in place of the public-good instance's
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// Trust Sigstore's staging instance
    #[arg(long)]
    pub staging: bool,
    /// What was signed: a file, or sha256:…
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub artifact: String,
}
