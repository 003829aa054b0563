//! Flags of what the operator triggers.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::{Repository, StepKey, text};

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
