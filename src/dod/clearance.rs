//! Which findings do not count, and why: accepted by the policy, cleared by VEX, or without a fix where only those
//! with one count. They are shown all the same.

use packageurl::PackageUrl;

use crate::model::{
    Digest, FactKey, Facts, IgnoredVulnerability, Observed, Policy, Reason, Repository, Vex, VexProduct,
    VexStatement, Vulnerability,
};

use super::subject::Subject;
use super::waiver::today;

/// What clears findings of one image.
pub(super) struct Clearance<'a> {
    policy: &'a Policy,
    facts: &'a Facts,
    /// The documents, each with the name of its file.
    vex: Vec<(String, &'a Vex)>,
    subject: &'a Subject,
    /// Why a VEX document could not be read: what it clears is not known then.
    pub unread: Option<Reason>,
}

impl<'a> Clearance<'a> {
    /// What clears findings of `subject`.
    pub fn of(policy: &'a Policy, facts: &'a Facts, subject: &'a Subject) -> Self {
        let mut clearance = Self { policy, facts, vex: Vec::new(), subject, unread: None };
        for file in &policy.vulnerabilities.vex {
            match facts.vex(&FactKey::Vex(file.clone())) {
                Some(Observed::Seen(vex)) => clearance.vex.push((file.display().to_string(), vex)),
                Some(Observed::Unknown(reason)) => clearance.unread = Some(reason.clone()),
                Some(Observed::Absent(absence)) => {
                    let text = format!("{}: {absence}", file.display());
                    clearance.unread = Some(Reason::new(crate::model::ReasonKind::Unreadable, text));
                }
                None => {}
            }
        }
        clearance
    }

    /// Why a finding does not count, if it does not.
    pub fn clears(&self, finding: &Vulnerability) -> Option<String> {
        if let Some(why) = &finding.suppressed {
            return Some(why.clone());
        }
        let policy = &self.policy.vulnerabilities;
        let ignored = policy
            .ignore
            .iter()
            .find(|ignored| finding.is_called(&ignored.id) && is_live(ignored, self.facts));
        if let Some(ignored) = ignored {
            let until = ignored.until.map(|until| format!(" until {until}")).unwrap_or_default();
            let why = ignored.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            return Some(format!("ignored{until}{why}"));
        }
        if let Some(cleared) = self.vex.iter().find_map(|(file, vex)| self.stated(file, vex, finding)) {
            return Some(cleared);
        }
        (policy.fixable_only && finding.fixed_in.is_none()).then(|| "no version mends it yet".to_owned())
    }

    /// What a document states in the end: the last statement about the finding counts.
    fn stated(&self, file: &str, vex: &Vex, finding: &Vulnerability) -> Option<String> {
        let about = |statement: &&VexStatement| {
            statement.vulnerability.iter().any(|name| finding.is_called(name))
                && statement.products.iter().any(|product| self.is_about(product, finding))
        };
        let last = vex.statements.iter().rev().find(about).filter(|statement| statement.status.clears())?;
        let why = last.because.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        Some(format!("{} by {file}{why}", last.status.word()))
    }

    /// A product is this image, by digest or by the purl of its repository, with the component that has the finding;
    /// or it is that component itself.
    fn is_about(&self, product: &VexProduct, finding: &Vulnerability) -> bool {
        let ours = |digest: &Digest| {
            self.subject.manifest.as_ref() == Some(digest) || self.subject.index.as_ref() == Some(digest)
        };
        let image = product.digests.iter().any(ours)
            || (product.digests.is_empty() && product.ids.iter().any(|id| self.is_image(id)));
        let named = |purl: &String| finding.purl.as_ref().is_some_and(|found| covers(purl, found));
        if image {
            return product.subcomponents.is_empty() || product.subcomponents.iter().any(named);
        }
        product.digests.is_empty() && product.subcomponents.is_empty() && product.ids.iter().any(named)
    }

    /// Whether `pkg:oci/app@sha256:…?repository_url=ghcr.io/acme/app` is this image.
    fn is_image(&self, id: &str) -> bool {
        let Ok(purl) = id.parse::<PackageUrl<'_>>() else { return false };
        if purl.ty() != "oci" && purl.ty() != "docker" {
            return false;
        }
        let stated = purl.qualifiers().get("repository_url").map(|url| url.trim_end_matches('/'));
        let of_ours = |holder: &Repository| {
            let name = holder.to_string();
            // The specification leaves open whether the URL holds the last part of the name.
            stated.is_some_and(|url| name == url || name == format!("{url}/{}", purl.name()))
        };
        let ours = self.subject.holders.iter().any(of_ours);
        match purl.version().map(str::parse::<Digest>) {
            Some(Ok(digest)) => {
                let same = self.subject.manifest.as_ref() == Some(&digest)
                    || self.subject.index.as_ref() == Some(&digest);
                same && (stated.is_none() || ours)
            }
            // A tag is no digest: what it points to is not what was scanned.
            Some(Err(_)) => false,
            None => ours,
        }
    }
}

/// Whether the purl of a statement names the package of a finding: what it leaves out covers everything.
fn covers(stated: &str, found: &str) -> bool {
    let (Ok(stated), Ok(found)) = (stated.parse::<PackageUrl<'_>>(), found.parse::<PackageUrl<'_>>()) else {
        return stated == found;
    };
    stated.ty() == found.ty()
        && stated.namespace() == found.namespace()
        && stated.name() == found.name()
        && stated.version().is_none_or(|version| found.version() == Some(version))
        && stated.qualifiers().iter().all(|(key, value)| found.qualifiers().get(key) == Some(value))
}

fn is_live(ignored: &IgnoredVulnerability, facts: &Facts) -> bool {
    ignored.until.is_none_or(|until| today(facts.as_of) <= until)
}

/// What the policy meant to clear and does not: exceptions that have ended, documents that cannot be read.
pub(super) fn warnings(policy: &Policy, facts: &Facts) -> Vec<String> {
    let vulnerabilities = &policy.vulnerabilities;
    let ended = vulnerabilities.ignore.iter().filter(|ignored| !is_live(ignored, facts)).map(|ignored| {
        let until = ignored.until.map(|until| until.to_string()).unwrap_or_default();
        format!("{} was ignored until {until}: it counts again", ignored.id)
    });
    let unread = vulnerabilities.vex.iter().filter_map(|file| {
        let why = match facts.vex(&FactKey::Vex(file.clone()))? {
            Observed::Seen(_) => return None,
            Observed::Unknown(reason) => reason.to_string(),
            Observed::Absent(absence) => absence.to_string(),
        };
        Some(format!("the VEX document {} clears nothing: {why}", file.display()))
    });
    ended.chain(unread).collect()
}
