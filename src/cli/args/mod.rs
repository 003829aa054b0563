//! Commands and flags.

mod actions;
mod audits;
mod on_call;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::{Digest, ImageName};

pub use actions::{
    ActionArgs, AttestArgs, Attested, DispatchArgs, GoLiveArgs, PromoteArgs, PublishArgs, RunVersionArgs,
    ScanArgs, SignArgs, SignerArgs,
};
pub use audits::{
    AuditArgs, DiffArgs, Executed, Format, HistoryArgs, HistoryCommand, ReplayArgs, ReportArgs,
};
pub use on_call::{Against, Notify, RuleArgs, VerifyArgs, VerifyBundleArgs, WatchArgs};

/// May this release go live? Ten Definition-of-Done items, judged from evidence: GO or NO_GO.
///
/// Without a command: the cockpit on ./exitbar.toml (the audit, when standard output is no terminal).
#[derive(Debug, Parser)]
#[command(name = "exitbar", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags are what they are")]
pub struct Global {
    /// The configuration [default: exitbar.toml here or above, then the user's]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The staged digest of an image that another machine pushed
    #[arg(long, global = true, value_name = "IMAGE=sha256:…", value_parser = digest)]
    pub digest: Vec<(ImageName, Digest)>,
    /// A scan report to count, of the image that it names: Trivy's or Grype's JSON, SARIF
    #[arg(long = "scan", id = "scan_files", global = true, value_name = "FILE")]
    pub scan_files: Vec<PathBuf>,
    /// Refuse everything but reading
    #[arg(long, global = true)]
    pub readonly: bool,
    /// Keep nothing longer than this run: no runs, no layers, no staged digests
    #[arg(long, global = true)]
    pub no_store: bool,
    /// Ask nobody for a newer Sigstore trust root: take the cached one, else the built-in one
    #[arg(long, global = true, env = "EXITBAR_OFFLINE", value_parser = clap::builder::BoolishValueParser::new())]
    pub offline: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// The cockpit's theme; `T` in the cockpit shows them all [default: by the terminal's background]
    #[arg(long, global = true, value_name = "NAME", env = "EXITBAR_THEME", hide_env_values = true)]
    pub theme: Option<String>,
    /// Draw the cockpit in ASCII only [default: by TERM and the locale]
    #[arg(long, global = true, env = "EXITBAR_ASCII", hide_env_values = true, value_parser = clap::builder::BoolishValueParser::new())]
    pub ascii: bool,
    /// Lines in place of a screen, for screen readers: a sentence per event, commands as words from standard input
    /// (say help); a dumb terminal gets them by itself
    #[arg(long, global = true, env = "EXITBAR_PLAIN", value_parser = clap::builder::BoolishValueParser::new())]
    pub plain: bool,
    /// No progress on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// More detail on standard error
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How lists and verifications are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Printed {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write exitbar.toml from the Dockerfiles, workflows, git remote, version files and local images found here
    ///
    /// What is a guess, and what has to be filled in, is said in the file and on standard error. Nothing is overwritten.
    ///
    /// Exit codes: 0 written, 2 bad usage, the file is there already or cannot be written.
    Init(InitArgs),
    /// Gather the evidence, judge it, print it
    ///
    /// Exit codes: 0 GO, 1 NO_GO, 2 bad usage or configuration, 3 conditional GO, 4 undecided NO_GO, 70 exitbar failed.
    Audit(AuditArgs),
    /// Build every image for every platform
    Build(ActionArgs),
    /// Push every image by digest; no tag is set
    Push(ActionArgs),
    /// Sign every index and every platform by digest, in every registry
    Sign(SignArgs),
    /// Attest something to every platform by digest, in every registry
    Attest(AttestArgs),
    /// Set the tags in every registry
    Publish(PublishArgs),
    /// The guided way to production: every step of this release, why, what it does, and what comes next
    ///
    /// Without a terminal it prints the steps. It can be left and gone on with on another day.
    /// Exit codes: 0 GO, 1 NO_GO, 2 bad usage or configuration, 3 conditional GO, 4 undecided NO_GO, 70 exitbar failed.
    GoLive(GoLiveArgs),
    /// Copy by digest, with everything attached, to the registries that lack it
    Promote(PromoteArgs),
    /// Say what works here, and how to mend the rest: engines, emulation, registries, store
    ///
    /// Exit codes: 0 everything that the release needs works, 1 something does not, 2 bad usage or configuration.
    Doctor(DoctorArgs),
    /// Run --version of every image on every platform
    RunVersion(RunVersionArgs),
    /// Run the example pipelines
    Example(ActionArgs),
    /// Scan every platform that is in a registry: by trivy and grype on PATH, else by asking OSV about the SBOM
    Scan(ScanArgs),
    /// Tag the commit with the release's version, and push the tag
    ///
    /// Refused on a tree that differs from HEAD, on a branch that is behind, and where the tag exists: a tag is never moved.
    Tag(ActionArgs),
    /// What is kept of this release: finished audits, their score, what changed
    #[command(args_conflicts_with_subcommands = true)]
    History(HistoryArgs),
    /// Print the report of a kept audit, as of then
    ///
    /// Exit codes: as of the audit: 0 GO, 1 NO_GO, 3 conditional GO, 4 undecided NO_GO; 2 no such audit.
    Report(ReportArgs),
    /// Judge the facts of a file again (`report RUN --format facts` writes one)
    ///
    /// Exit codes: as of an audit: 0 GO, 1 NO_GO, 3 conditional GO, 4 undecided NO_GO; 2 no file of facts.
    Replay(ReplayArgs),
    /// Start the release workflow on GitHub and watch its run; or take up a run that is there
    ///
    /// Cancelling (Ctrl-C) cancels the run that was started. Exit codes: 0 the run succeeded, 1 it did not or was refused, 2 bad usage.
    Dispatch(DispatchArgs),
    /// Verify the signatures and attestations of images; needs no configuration
    ///
    /// Exit codes: 0 verified, 1 rejected or nothing there, 2 bad usage (also: nobody was asked for), 4 could not look.
    Verify(Box<VerifyArgs>),
    /// Look at tags again and again, and say what changed: on call
    ///
    /// On a terminal a small screen; else a sentence per change. Images need no configuration.
    ///
    /// Exit codes with --once: 0 nothing changed, 1 changed, 2 bad usage or configuration, 4 could not look.
    Watch(Box<WatchArgs>),
    /// Verify a Sigstore bundle of a file or digest
    ///
    /// Exit codes: 0 verified, 1 rejected, 2 bad usage.
    VerifyBundle(VerifyBundleArgs),
    /// A sample release against two registries in the process: no network, no Docker, no root
    Demo(DemoArgs),
    /// Removes the containers of an exitbar that was killed; started by exitbar itself
    #[command(hide = true)]
    Reap,
    /// Writes the demo's images, as its build command
    #[command(hide = true)]
    DemoBuild(DemoBuildArgs),
}

/// Flags of `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Where to write it; `-` for standard output. What lies in its folder is looked at [default: --config, else exitbar.toml]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
    /// Write to standard output, and nothing anywhere else
    #[arg(long)]
    pub dry_run: bool,
}

/// Flags of the doctor.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Remove the containers that killed exitbars left behind
    #[arg(long)]
    pub clean: bool,
}

/// Flags of the demo.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Play every action without a screen; prints one audit JSON document at the start and one after each action
    #[arg(long)]
    pub headless: bool,
    /// Run programs of this machine's own platform only, even where it emulates others
    #[arg(long)]
    pub native_only: bool,
}

/// Flags of the demo's build command.
#[derive(Debug, Clone, Args)]
pub struct DemoBuildArgs {
    /// The demo's folder
    #[arg(long)]
    pub folder: PathBuf,
}

fn digest(given: &str) -> Result<(ImageName, Digest), String> {
    let (image, digest) = given.split_once('=').ok_or("expected IMAGE=sha256:…")?;
    let image = image.parse().map_err(|error: crate::model::InvalidName| error.to_string())?;
    let digest = digest.parse().map_err(|error: crate::model::InvalidDigest| error.to_string())?;
    Ok((image, digest))
}
