//! The words of the product as plain data. Nothing here does I/O or knows any other module.

mod action;
mod assessment;
mod attached;
mod audit;
mod content;
mod declared;
mod digest;
mod doctor;
mod evidence;
mod exchange;
mod fact;
mod fact_list;
mod git;
mod github;
mod item;
mod local;
mod name;
mod platform;
mod policy;
mod release;
mod sbom;
mod scan;
pub mod spelling;
mod test_result;
pub mod text;
mod walkthrough;
pub mod wildcard;
mod workflow;
mod workflow_steps;

pub use action::{Action, ActionPlan, Effect, ItemChange, JobEvent, JobId, JobOutcome, LogLine, Progress};
pub use assessment::{Assessment, Blocker, Decision, PlanPart, PlanStep, Risk, Score, Stage, Verdict};
pub use attached::{
    COSIGN_SIGN_PREDICATE, CertificateSigner, LogEntry, LogProof, Signature, SignatureChecks,
    SignatureFormat, SignatureOutcome, SignatureStep, SignatureStepKind, SignatureStepOutcome, Signer,
    SigningTime, TimeSource, signature_id,
};
pub use audit::{Audit, AuditId, AuditSummary, AuditTimes, InvalidAuditId, ItemSummary};
pub use content::{
    BUILDKIT_REFERENCE_DIGEST, BUILDKIT_REFERENCE_TYPE, Classic, Descriptor, EntryKind, Healthcheck,
    IN_TOTO_PREDICATE_TYPE, ImageConfig, ImageIndex, ImageManifest, LayerEntry, LayerIndex, LocalImage,
    LocalImages, Manifest, Program, Referrers, ReferrersVia, Staged, TagFact,
};
pub use declared::{Base, Dockerfile, Hint, Located, Location, Output, Run, RunEnd, RunKind};
pub use digest::{Digest, InvalidDigest};
pub use doctor::{DoctorLine, Health};
pub use evidence::{Absence, AbsenceKind, Evidence, Level, Observed, Reason, ReasonKind};
pub use exchange::{Answer, Exchange, HttpAnswer, OsvAnswers, ScannerOutput, StoredRun};
pub use fact::{Access, Entry, Fact, FactKey, Facts, Pass, Place};
pub use git::{Changes, Checkout, GitRemote, Upstream};
pub use github::{
    AskGithub, GITHUB_REGISTRY, NameHolder, PackageVisibility, WorkflowJob, WorkflowRun, WorkflowStep,
};
pub use item::{Cell, Class, Finding, Item, Outcome, Status, Symbol};
pub use local::platform_tag;
pub use name::{DOCKER_HUB, ImageName, InvalidName, Repository, Tag};
pub use platform::{InvalidPlatform, Platform};
pub use policy::{
    DEFAULT_LABELS, IdentityRule, IgnoredVulnerability, ItemPolicy, LabelPolicy, Policy, ScanKind,
    SignaturePolicy, VulnerabilityPolicy, Waiver,
};
pub use release::{
    Build, BuildSecret, Example, HealthcheckRun, Image, LocalSource, Release, Scope, ScopedDispatch,
    VersionCommand,
};
pub use sbom::{
    CYCLONEDX_PREDICATE, MAX_LISTED_PACKAGES, SPDX_PREDICATE, Sbom, SbomPackage, SbomSource,
    is_sbom_predicate, sbom_file,
};
pub use scan::{
    Catalogued, JudgedScan, Scan, ScanSource, ScanTarget, Severity, StoredScan, Vex, VexProduct,
    VexStatement, VexStatus, Vulnerability,
};
pub use test_result::{AttestedRun, TEST_RESULT_PREDICATE, TestResult, is_test_result_predicate};
pub use walkthrough::{
    Attempt, Check, Doing, InvalidStep, Note, StepKey, StepState, StepTime, Walk, WalkProgress, WalkStep,
    Walkthrough,
};
pub use workflow::{
    DispatchInput, InputKind, JobEnvironment, NameKind, NeededName, ReleaseWorkflow, TagFilter,
};
pub use workflow_steps::{
    DeclaredBuild, DeclaredRun, DeclaredStep, DeclaredVerification, Hollow, LackingPermission, ScanGate,
    StepKind, Workflows,
};
