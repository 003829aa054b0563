//! Commands and flags.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config;
use crate::dod::inspection::PredicateType;
use crate::model::{Digest, ImageName, Platform, Repository, RunKind, StepKey, text};

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

/// Flags of an audit.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Where to write it, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What to execute where no evidence is kept: version, example, healthcheck, scan
    #[arg(long, value_delimiter = ',', value_parser = executed)]
    pub run: Vec<Executed>,
    /// Exit with 0 on a conditional GO
    #[arg(long)]
    pub accept_conditional: bool,
}

/// What an audit executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executed {
    /// A program of an image.
    Run(RunKind),
    /// The scanners.
    Scan,
}

/// How an audit is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// The report for people.
    Markdown,
    /// Everything that was seen and how it was judged, for `exitbar replay`.
    Facts,
}

/// Flags of the history.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    /// Two audits beside each other.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
    /// Of every release that is kept on this machine; needs no configuration
    #[arg(long)]
    pub all: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// How many audits to list, the newest first
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,
}

/// What else the history answers.
#[derive(Debug, Clone, Subcommand)]
pub enum HistoryCommand {
    /// What moved between two kept audits
    ///
    /// Exit codes: 0 nothing moved, 1 something did, 2 no such audit.
    Diff(DiffArgs),
}

/// Flags of a comparison.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The one before: the first letters of its id, last, previous, last-go
    #[arg(value_name = "A", default_value = "previous")]
    pub before: String,
    /// The one after
    #[arg(value_name = "B", default_value = "last")]
    pub after: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
}

/// Flags of the report of a kept audit.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Which: the first letters of its id, last, previous, last-go
    #[arg(value_name = "RUN", default_value = "last")]
    pub run: String,
    /// How to print it
    #[command(flatten)]
    pub print: PrintArgs,
}

/// Flags of a replay.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The file of facts; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How to print it
    #[command(flatten)]
    pub print: PrintArgs,
}

/// How a report of then is printed.
#[derive(Debug, Clone, Args)]
pub struct PrintArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Where to write it, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 0 on a conditional GO
    #[arg(long)]
    pub accept_conditional: bool,
}

/// Flags of an action.
#[derive(Debug, Clone, Args)]
pub struct ActionArgs {
    /// Print the plan, do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do what the plan says without asking
    #[arg(long, short)]
    pub yes: bool,
}

/// Flags of running `--version`.
#[derive(Debug, Clone, Args)]
pub struct RunVersionArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// Pull every image from every registry by digest, and run those bytes, even where this machine has a copy
    #[arg(long)]
    pub published: bool,
}

/// Flags of the walkthrough.
#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags are what they are")]
pub struct GoLiveArgs {
    /// Print the steps, do nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Do every step that exitbar can do itself, in order; stop at the first that fails or needs you
    #[arg(long, short)]
    pub yes: bool,
    /// Pass a step over, for a reason; may be given more than once
    #[arg(long, value_name = "STEP=REASON", value_parser = skipped)]
    pub skip: Vec<(StepKey, String)>,
    /// Say that you did a step by hand; may be given more than once
    #[arg(long, value_name = "STEP")]
    pub done: Vec<StepKey>,
    /// Forget what was skipped and said of this version
    #[arg(long)]
    pub restart: bool,
    /// Exit with 0 on a conditional GO
    #[arg(long)]
    pub accept_conditional: bool,
}

/// Flags of signing.
#[derive(Debug, Clone, Args)]
pub struct SignArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// Who signs.
    #[command(flatten)]
    pub signer: SignerArgs,
}

/// Flags of attesting.
#[derive(Debug, Clone, Args)]
pub struct AttestArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// What is attested
    #[arg(long = "type", value_enum)]
    pub what: Attested,
    /// Who signs.
    #[command(flatten)]
    pub signer: SignerArgs,
}

/// Flags of scanning.
#[derive(Debug, Clone, Args)]
pub struct ScanArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// Attest what was found as well, by digest, in every registry
    #[arg(long)]
    pub attest: bool,
    /// Who signs.
    #[command(flatten)]
    pub signer: SignerArgs,
}

/// What is attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Attested {
    /// An SBOM, made or taken as `[sbom]` says.
    Sbom,
    /// How --version and the example ran on this machine, where they passed.
    TestResult,
    /// What the scans that this machine keeps found.
    Scan,
}

/// Who signs, and by which services.
#[derive(Debug, Clone, Args)]
pub struct SignerArgs {
    /// A file with an identity token [default: [signing], SIGSTORE_ID_TOKEN, this CI's own, a login at the terminal]
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub identity_token: Option<PathBuf>,
    /// A private key (of cosign generate-key-pair) in place of an identity; its password is COSIGN_PASSWORD
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// A signing_config.json: the services of a private Sigstore
    #[arg(long, value_name = "FILE")]
    pub signing_config: Option<PathBuf>,
    /// Write the .sig or .att tags of cosign before version 3 as well
    #[arg(long)]
    pub classic: bool,
}

/// Flags of publishing.
#[derive(Debug, Clone, Args)]
pub struct PublishArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// Move this version tag although it points elsewhere; may be given more than once
    #[arg(long, value_name = "REPOSITORY:TAG")]
    pub move_tag: Vec<String>,
}

/// Flags of a promotion.
#[derive(Debug, Clone, Args)]
pub struct PromoteArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// The repository to copy from [default: the first that publishes the image]
    #[arg(long, value_name = "REPOSITORY")]
    pub from: Option<Repository>,
}

/// Flags of a dispatch.
#[derive(Debug, Clone, Args)]
pub struct DispatchArgs {
    /// Flags of every action.
    #[command(flatten)]
    pub action: ActionArgs,
    /// An input of the workflow; may be given more than once
    #[arg(long, value_name = "NAME=VALUE", value_parser = input)]
    pub input: Vec<(String, String)>,
    /// The branch or tag [default: the release's tag where the remote has it, else the branch]
    #[arg(long = "ref", value_name = "REF")]
    pub reference: Option<String>,
    /// The workflow's file, where several release
    #[arg(long, value_name = "FILE")]
    pub workflow: Option<PathBuf>,
    /// Run the failed jobs of this run again
    #[arg(long, value_name = "RUN", conflicts_with_all = ["input", "reference", "workflow"])]
    pub rerun_failed: Option<u64>,
    /// Cancel this run
    #[arg(long, value_name = "RUN", conflicts_with_all = ["input", "reference", "workflow", "rerun_failed"])]
    pub cancel: Option<u64>,
    /// Watch this run
    #[arg(long, value_name = "RUN", conflicts_with_all = ["input", "reference", "workflow", "rerun_failed", "cancel"])]
    pub watch: Option<u64>,
}

/// Flags of the doctor.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Remove the containers that killed exitbars left behind
    #[arg(long)]
    pub clean: bool,
}

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
    pub(super) fn is_given(&self) -> bool {
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
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,
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
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,
    /// How the terminal calls when something changed
    #[arg(long, value_enum, default_value_t = Notify::Auto)]
    pub notify: Notify,
    /// A shell command that is run for each change, with the change as JSON on its standard input
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
}

/// What the first look of a watch is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// What the last watch saw.
    Kept,
    /// What was seen when a watch found the release at GO last.
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

/// How a verification is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
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

fn skipped(given: &str) -> Result<(StepKey, String), String> {
    let (step, reason) = given.split_once('=').ok_or("expected STEP=REASON, the reason in your words")?;
    let step = step.parse().map_err(|error: crate::model::InvalidStep| error.to_string())?;
    let reason = text::clean_line(reason.trim()).into_owned();
    if reason.is_empty() { Err("a step is skipped for a reason".to_owned()) } else { Ok((step, reason)) }
}

fn input(given: &str) -> Result<(String, String), String> {
    let (name, value) =
        given.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn executed(given: &str) -> Result<Executed, String> {
    if given == "scan" {
        return Ok(Executed::Scan);
    }
    let found = RunKind::ALL.into_iter().find(|kind| kind.word() == given);
    found.map(Executed::Run).ok_or_else(|| "expected version, example, healthcheck or scan".to_owned())
}
