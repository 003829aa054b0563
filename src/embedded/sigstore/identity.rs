//! Who signs: what an identity token says, and what the certificate repeats.

use x509_cert::spki::ObjectIdentifier;

/// The issuer of GitHub Actions' identity tokens.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// The issuer of this private Sigstore's tokens for people.
pub const PEOPLE_ISSUER: &str = "https://oidc.private-sigstore.test";

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A person, known by an e-mail address.
    Email {
        /// The address; the certificate's subject alternative name.
        address: String,
        /// Who vouches for it.
        issuer: String,
    },
    /// A run of a GitHub Actions workflow.
    Workflow(Box<Workflow>),
}

/// A run of a workflow, in the words of GitHub's token (GitHub Docs, "Understanding the OIDC token").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Who vouches for the run.
    pub issuer: String,
    /// The repository whose code is built: `acme/app`.
    pub repository: String,
    /// The workflow that was started: `acme/app/.github/workflows/release.yml@refs/tags/v1`.
    pub workflow_ref: String,
    /// The workflow that has the signing job, of another repository when it is a shared one. Its URL is the
    /// certificate's subject alternative name.
    pub job_workflow_ref: String,
    /// The display name of the workflow.
    pub name: String,
    /// What was checked out: `refs/tags/v1`.
    pub reference: String,
    /// The commit that was checked out.
    pub sha: String,
    /// The event that started it: `push`, `release`.
    pub trigger: String,
    /// `github-hosted` or `self-hosted`.
    pub runner: String,
    /// The number of the run.
    pub run: u64,
    /// `public`, `private` or `internal`.
    pub visibility: String,
}

impl Identity {
    /// A workflow (`.github/workflows/release.yml`) of a repository (`acme/app`), run for a push of `reference`
    /// (`refs/tags/v1`) at the commit `sha`, on a runner of GitHub's.
    pub fn github(repository: &str, workflow: &str, reference: &str, sha: &str) -> Self {
        let workflow_ref = format!("{repository}/{workflow}@{reference}");
        Self::Workflow(Box::new(Workflow {
            issuer: GITHUB_ISSUER.to_owned(),
            repository: repository.to_owned(),
            job_workflow_ref: workflow_ref.clone(),
            workflow_ref,
            name: "release".to_owned(),
            reference: reference.to_owned(),
            sha: sha.to_owned(),
            trigger: "push".to_owned(),
            runner: "github-hosted".to_owned(),
            run: 1,
            visibility: "public".to_owned(),
        }))
    }

    /// A person, vouched for by this private Sigstore's own issuer.
    pub fn email(address: &str) -> Self {
        Self::Email { address: address.to_owned(), issuer: PEOPLE_ISSUER.to_owned() }
    }

    /// The same run, signed in a job of a shared workflow:
    /// `acme/shared/.github/workflows/sign.yml@refs/heads/main`. A person's stays as it is.
    #[must_use]
    pub fn through(mut self, job_workflow_ref: &str) -> Self {
        if let Self::Workflow(workflow) = &mut self {
            job_workflow_ref.clone_into(&mut workflow.job_workflow_ref);
        }
        self
    }

    /// The certificate's subject alternative name.
    pub fn subject(&self) -> String {
        match self {
            Self::Email { address, .. } => address.clone(),
            Self::Workflow(workflow) => url(&workflow.job_workflow_ref),
        }
    }

    /// Who vouches for it.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Email { issuer, .. } => issuer,
            Self::Workflow(workflow) => &workflow.issuer,
        }
    }

    /// The deprecated extensions, whose values are plain bytes (fulcio, `docs/oid-info.md`, `.1.1` to `.1.6`).
    pub(super) fn plain_claims(&self) -> Vec<(ObjectIdentifier, String)> {
        let mut claims = vec![(1, self.issuer().to_owned())];
        if let Self::Workflow(workflow) = self {
            claims.extend([
                (2, workflow.trigger.clone()),
                (3, workflow.sha.clone()),
                (4, workflow.name.clone()),
                (5, workflow.repository.clone()),
                (6, workflow.reference.clone()),
            ]);
        }
        claims.into_iter().map(|(arc, value)| (fulcio(arc), value)).collect()
    }

    /// The extensions whose values are UTF8Strings (fulcio, `docs/oid-info.md`, from `.1.8`).
    pub(super) fn claims(&self) -> Vec<(ObjectIdentifier, String)> {
        let mut claims = vec![(8, self.issuer().to_owned())];
        if let Self::Workflow(workflow) = self {
            let run = format!("{}/actions/runs/{}/attempts/1", url(&workflow.repository), workflow.run);
            claims.extend([
                (9, url(&workflow.job_workflow_ref)),
                (10, workflow.sha.clone()),
                (11, workflow.runner.clone()),
                (12, url(&workflow.repository)),
                (13, workflow.sha.clone()),
                (14, workflow.reference.clone()),
                (15, Workflow::REPOSITORY_ID.to_owned()),
                (16, url(workflow.owner())),
                (17, Workflow::OWNER_ID.to_owned()),
                (18, url(&workflow.workflow_ref)),
                (19, workflow.sha.clone()),
                (20, workflow.trigger.clone()),
                (21, run),
                (22, workflow.visibility.clone()),
            ]);
        }
        claims.into_iter().map(|(arc, value)| (fulcio(arc), value)).collect()
    }
}

impl Workflow {
    /// GitHub's number of the repository; every repository has the same here.
    pub(super) const REPOSITORY_ID: &str = "1000001";
    /// GitHub's number of its owner.
    pub(super) const OWNER_ID: &str = "1000002";

    pub(super) fn owner(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }
}

fn url(path: &str) -> String {
    format!("https://github.com/{path}")
}

/// `1.3.6.1.4.1.57264.1.ARC`: the extensions of Fulcio.
fn fulcio(arc: u32) -> ObjectIdentifier {
    const FULCIO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1");
    // One arc more than this parent always fits into an identifier.
    FULCIO.push_arc(arc).unwrap_or(FULCIO)
}
