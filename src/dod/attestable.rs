//! What this machine knows of platforms in registries and can attest to them, so that it counts elsewhere: how they ran,
//! and what scans found.

use std::collections::BTreeMap;

use crate::model::{
    Digest, Evidence, FactKey, Facts, Image, ImageName, Observed, Platform, Policy, Release, Repository, Run,
    RunKind, Scan, ScanSource, Scope, is_test_result_predicate,
};

use super::attached::is_scan_predicate;
use super::checks;
use super::context::{Context, There};
use super::scannable::scannable;
use super::sight::Sight;
use super::vouched::attested;

/// A run of a platform that is in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestableRun {
    /// The image.
    pub image: ImageName,
    /// The platform's manifest.
    pub manifest: Digest,
    /// The config that ran.
    pub config: Digest,
    /// What was run.
    pub kind: RunKind,
    /// Its command.
    pub argv: Vec<String>,
    /// What it showed.
    pub run: Run,
    /// Where and when.
    pub evidence: Evidence,
    /// What it shows that the release asks of it, or why it does not.
    pub shows: Result<String, String>,
}

/// The runs of this machine, of what is in registries.
pub fn attestable_runs(
    release: &Release,
    policy: &Policy,
    scope: &Scope,
    facts: &Facts,
) -> Vec<AttestableRun> {
    let wanted = BTreeMap::new();
    let context = Context::new(release, policy, scope, facts, &wanted);
    let mut found: Vec<AttestableRun> = Vec::new();
    for image in &release.images {
        let version =
            image.version.as_ref().map(|version| (RunKind::Version, &version.command, &image.platforms));
        let platforms = image.example_platforms(&policy.native);
        let example = image.example.as_ref().map(|example| (RunKind::Example, &example.command, &platforms));
        for (kind, argv, platforms) in version.into_iter().chain(example) {
            for platform in platforms {
                for run in of_platform(&context, image, platform, kind, argv) {
                    if !found.contains(&run) {
                        found.push(run);
                    }
                }
            }
        }
    }
    found
}

fn of_platform(
    context: &Context,
    image: &Image,
    platform: &Platform,
    kind: RunKind,
    argv: &[String],
) -> Vec<AttestableRun> {
    let Sight::Seen(There::Registry(subjects)) = context.there(image, platform) else { return Vec::new() };
    let one = |subject: super::subject::Subject| {
        let config = subject.config_digest(context.facts).seen()?;
        let key = FactKey::Run { config: config.clone(), kind, argv: argv.to_vec() };
        let run = context.facts.run(&key)?.seen()?;
        Some(AttestableRun {
            image: image.name.clone(),
            manifest: subject.manifest?,
            config,
            kind,
            argv: argv.to_vec(),
            run: run.clone(),
            evidence: context.facts.evidence(&key)?.clone(),
            shows: checks::shows(context, image, kind, run),
        })
    };
    subjects.into_iter().filter_map(one).collect()
}

/// Whether somebody whom the policy names attested that this run passes, in this repository.
pub fn is_run_attested(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    repository: &Repository,
    run: &AttestableRun,
) -> bool {
    attested(release, policy, facts, repository, &run.manifest, |signature, _| {
        let is_result = signature.predicate_type.as_deref().is_some_and(is_test_result_predicate);
        let document = signature.predicate.clone().filter(|_| is_result).map(FactKey::TestResult);
        let result = document.and_then(|key| facts.test_result(&key)?.seen());
        result.is_some_and(|result| {
            let same = |known: &crate::model::AttestedRun| known.kind == run.kind && known.argv == run.argv;
            !result.failed
                && result.configuration.contains(&run.config)
                && result.run.as_ref().is_some_and(same)
        })
    })
}

/// A scan that this machine made and keeps, of a platform that is in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptScan {
    /// The image.
    pub image: ImageName,
    /// The platform's manifest.
    pub manifest: Digest,
    /// What it found.
    pub scan: Scan,
}

/// The scans of this machine that count.
pub fn kept_scans(release: &Release, policy: &Policy, scope: &Scope, facts: &Facts) -> Vec<KeptScan> {
    let mut found = Vec::new();
    for one in scannable(release, policy, scope, facts) {
        for (key, _) in facts.iter() {
            let FactKey::Scan { subject, source } = key else { continue };
            let counts = match source {
                ScanSource::Scanner(_) => true,
                ScanSource::Osv { sbom } => one.sboms.contains(sbom),
                ScanSource::Attested { .. } | ScanSource::File(_) => false,
            };
            if let (true, true, Some(Observed::Seen(scan))) =
                (counts, *subject == one.manifest, facts.scan(key))
            {
                let (image, manifest) = (one.image.clone(), one.manifest.clone());
                found.push(KeptScan { image, manifest, scan: scan.clone() });
            }
        }
    }
    found
}

/// Whether somebody whom the policy names attested this scan, or a newer one by the same scanner, in this repository.
pub fn is_scan_attested(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    repository: &Repository,
    kept: &KeptScan,
) -> bool {
    let tool = |scan: &Scan| scan.scanner.split(' ').next().map(str::to_owned);
    attested(release, policy, facts, repository, &kept.manifest, |signature, artifact| {
        let source = ScanSource::Attested { repository: repository.clone(), artifact: artifact.clone() };
        let known = facts.scan(&FactKey::Scan { subject: kept.manifest.clone(), source });
        signature.predicate_type.as_deref().is_some_and(is_scan_predicate)
            && known.and_then(Observed::seen).is_some_and(|known| {
                tool(known) == tool(&kept.scan) && known.scanned_at >= kept.scan.scanned_at
            })
    })
}
