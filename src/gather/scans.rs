//! Scans: attested ones, reports in files, those that are kept, and those that a scanner or OSV is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::layout;
use super::{World, blocking, local_exchange, signatures};
use crate::formats::{self, osv as packages};
use crate::model::{
    Answer, Digest, Exchange, Fact, FactKey, Facts, Manifest, Observed, OsvAnswers, Place, Platform, Reason,
    ReasonKind, Repository, ScanSource, StoredScan,
};
use crate::osv::{Known, Osv, Query};
use crate::scanner::{self, Target, Tool};

/// How many records OSV is asked for at the same time, and how many at all.
const RECORDS_AT_ONCE: usize = 8;
const RECORDS: usize = 5_000;

/// Fetches what a scan is read from.
pub(super) async fn fetch(
    key: &FactKey,
    subject: &Digest,
    source: &ScanSource,
    places: &[Place],
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    match source {
        ScanSource::Attested { repository, artifact } => {
            vec![attested(subject, repository, artifact, facts, world).await]
        }
        ScanSource::File(file) => vec![file_of(Path::new(file), formats::scan::SIZE_LIMIT, world).await],
        ScanSource::Scanner(name) if !has(name) => {
            let missing = format!("{name} is not on PATH");
            let answer = if is_named(name, world) {
                let reason = Reason::new(ReasonKind::ToolFailed, missing);
                let cure = format!("install {name}, or take it out of [vulnerabilities] sources");
                Answer::Failed(reason.cure(cure))
            } else {
                Answer::Missing(missing)
            };
            vec![local_exchange(Place::Store, format!("look for {name}"), answer)]
        }
        ScanSource::Scanner(_) | ScanSource::Osv { .. } => {
            vec![made(key, places, facts, world).await]
        }
    }
}

/// Whether the configuration names a scanner: then it has to be there.
fn is_named(name: &str, world: &World) -> bool {
    world.wiring.scanners.iter().any(|scanner| scanner == name)
}

fn has(name: &str) -> bool {
    Tool::named(name).and_then(find).is_some()
}

fn find(tool: Tool) -> Option<PathBuf> {
    tool.find(&std::env::var_os("PATH")?)
}

/// The scanners on this machine's PATH.
pub fn scanners() -> Vec<Tool> {
    [Tool::Trivy, Tool::Grype].into_iter().filter(|tool| find(*tool).is_some()).collect()
}

/// The scans of a manifest that this machine keeps.
pub(super) async fn stored(subject: &Digest, world: &World) -> Vec<Exchange> {
    let (store, wanted) = (world.store.clone(), subject.clone());
    let answer = match blocking(move || store.scans(&wanted)).await {
        Ok(scans) => Answer::StoredScans(scans),
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Store, format!("scans of {subject}"), answer)]
}

/// A VEX document.
pub(super) async fn vex(file: &Path, world: &World) -> Vec<Exchange> {
    vec![file_of(file, formats::vex::SIZE_LIMIT, world).await]
}

async fn file_of(file: &Path, limit: usize, world: &World) -> Exchange {
    let path = world.wiring.path(file);
    let answer = match blocking(move || layout::read(&path, limit as u64)).await {
        Ok(Ok(bytes)) => Answer::Bytes(bytes.into()),
        Ok(Err(not_read)) => not_read.into(),
        Err(reason) => Answer::Failed(reason),
    };
    local_exchange(Place::Source(file.to_owned()), format!("read {}", file.display()), answer)
}

/// The predicate of an attestation that was verified. It was kept then; where it is lost, it is verified again.
async fn attested(
    subject: &Digest,
    repository: &Repository,
    artifact: &Digest,
    facts: &Facts,
    world: &World,
) -> Exchange {
    let place = Place::Registry(repository.clone());
    let key = FactKey::Signature {
        repository: repository.clone(),
        subject: subject.clone(),
        artifact: artifact.clone(),
    };
    let signature = facts.signature(&key).and_then(Observed::seen).cloned();
    let request = format!("read the scan in {artifact}");
    let Some((signature, digest)) = signature.and_then(|signature| {
        let digest = signature.predicate.clone()?;
        Some((signature, digest))
    }) else {
        let reason = Reason::new(ReasonKind::NotVerified, format!("{artifact} holds no verified predicate"));
        return local_exchange(place, request, Answer::Failed(reason));
    };
    if !world.store.has_content(&digest) {
        let places = std::slice::from_ref(&place);
        signatures::verify(subject, artifact, places, facts, world).await;
    }
    let (store, wanted) = (world.store.clone(), digest.clone());
    let answer = match blocking(move || store.content(&wanted)).await {
        Ok(Some(bytes)) => Answer::Attested { signature: Box::new(signature), predicate: Arc::from(bytes) },
        Ok(None) => Answer::Failed(Reason::new(
            ReasonKind::Unreadable,
            format!("the predicate {digest} of a verified attestation could not be kept"),
        )),
        Err(reason) => Answer::Failed(reason),
    };
    local_exchange(place, request, answer)
}

/// Scans what `key` names, and keeps the result as evidence of the digest that was scanned.
///
/// # Errors
/// Why nothing is known of it now.
pub async fn scan(
    key: &FactKey,
    places: &[Place],
    facts: &Facts,
    world: &World,
) -> Result<StoredScan, Reason> {
    let exchange = made(key, places, facts, world).await;
    let read = formats::read(key, &[exchange]);
    match read.into_iter().find(|(found, ..)| found == key) {
        Some((key, Fact::Scan(Observed::Seen(scan)), evidence)) => Ok(StoredScan { key, scan, evidence }),
        Some((_, fact, _)) => Err(fact
            .reason()
            .cloned()
            .unwrap_or_else(|| Reason::new(ReasonKind::ToolFailed, "the scanner is not there"))),
        None => Err(Reason::new(ReasonKind::ToolFailed, "the scan gave nothing")),
    }
}

/// Makes a scan, and keeps what can be read.
async fn made(key: &FactKey, places: &[Place], facts: &Facts, world: &World) -> Exchange {
    let FactKey::Scan { subject, source } = key else {
        let reason = Reason::new(ReasonKind::NotConfigured, "only scans can be made");
        return local_exchange(Place::Store, "scan", Answer::Failed(reason));
    };
    let (request, place, answer) = match source {
        ScanSource::Scanner(name) => {
            let holder = places.iter().find_map(|place| match place {
                Place::Registry(repository) => Some(repository.clone()),
                _ => None,
            });
            let place = holder.clone().map_or(Place::Store, Place::Registry);
            (format!("{name} of {subject}"), place, by_scanner(name, subject, holder, facts, world).await)
        }
        ScanSource::Osv { sbom } => {
            let request = format!("{}/v1/querybatch about the SBOM {sbom}", world.wiring.osv);
            let answer = by_osv(sbom, facts, world).await;
            (request, Place::Store, answer.map(Answer::Osv))
        }
        ScanSource::Attested { .. } | ScanSource::File(_) => {
            let reason = Reason::new(ReasonKind::NotConfigured, "an attestation or a file is read, not made");
            ("scan".to_owned(), Place::Store, Err(reason))
        }
    };
    let exchange = local_exchange(place, request, answer.unwrap_or_else(Answer::Failed));
    keep(key, &exchange, world).await;
    exchange
}

async fn keep(key: &FactKey, exchange: &Exchange, world: &World) {
    if let Answer::Scanned(output) = &exchange.answer {
        world.store.keep_content(&Digest::of(&output.report), &output.report);
    }
    for (key, fact, evidence) in formats::read(key, std::slice::from_ref(exchange)) {
        if let Fact::Scan(Observed::Seen(scan)) = fact {
            // A store that cannot be written is a warning of its own, not the scan's trouble.
            let store = world.store.clone();
            let _ = blocking(move || store.keep_scan(&StoredScan { key, scan, evidence })).await;
        }
    }
}

async fn by_scanner(
    name: &str,
    subject: &Digest,
    holder: Option<Repository>,
    facts: &Facts,
    world: &World,
) -> Result<Answer, Reason> {
    let not_there = || Reason::new(ReasonKind::ToolFailed, format!("{name} is not on PATH"));
    let tool = Tool::named(name).ok_or_else(not_there)?;
    let program = find(tool).ok_or_else(not_there)?;
    let repository = holder.ok_or_else(|| {
        Reason::new(
            ReasonKind::NotConfigured,
            format!("no repository holds {subject}: nothing can be scanned"),
        )
    })?;
    let platform = platform(subject, facts)?;
    let plain_http = world.registries.is_plain_http(&repository);
    let target = Target { repository: &repository, digest: subject, platform: &platform, plain_http };
    let _turn = world.scanner.lock().await;
    scanner::scan(tool, &program, &target).await.map(Answer::Scanned)
}

/// The platform of a manifest, as its config says.
fn platform(manifest: &Digest, facts: &Facts) -> Result<Platform, Reason> {
    let Some(Observed::Seen(Manifest::Image(image))) = facts.manifest(&FactKey::Manifest(manifest.clone()))
    else {
        let text = format!("the manifest {manifest} could not be read");
        return Err(Reason::new(ReasonKind::Unreadable, text));
    };
    let config = facts.config(&FactKey::Config(image.config.digest.clone())).and_then(Observed::seen);
    config.map(|config| config.platform.clone()).ok_or_else(|| {
        let text = format!("the config of {manifest} could not be read: its platform is not known");
        Reason::new(ReasonKind::Unreadable, text)
    })
}

/// Asks OSV about every package of an SBOM, and for each record that it names.
async fn by_osv(sbom: &Digest, facts: &Facts, world: &World) -> Result<OsvAnswers, Reason> {
    let Some(Observed::Seen(document)) = facts.sbom(&FactKey::Sbom(sbom.clone())) else {
        return Err(Reason::new(ReasonKind::Unreadable, format!("the SBOM {sbom} could not be read")));
    };
    let named = document.purls.iter().filter(|purl| !packages::is_image(purl));
    let (mut asked, mut unmapped) = (Vec::new(), Vec::new());
    for purl in named.collect::<BTreeSet<_>>() {
        match packages::package(purl) {
            Some(package) => asked.push((purl.clone(), package)),
            None => unmapped.push(purl.clone()),
        }
    }
    // Packages without a purl are packages all the same.
    let without = document.listed.iter().filter(|package| package.purl.is_none());
    unmapped.extend(without.map(|package| package.name.clone()));
    let osv = Osv::at(&world.wiring.osv)?;
    let queries: Vec<Query> = asked
        .iter()
        .map(|(_, package)| Query {
            ecosystem: package.ecosystem.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
        })
        .collect();
    let known = osv.known(&queries).await?;
    let records = records(&osv, known.iter().flatten().cloned().collect(), world).await?;
    let ids = |known: Vec<Known>| known.into_iter().map(|known| known.id).collect();
    let found = asked.into_iter().map(|(purl, _)| purl).zip(known.into_iter().map(ids)).collect();
    Ok(OsvAnswers { found, records, unmapped })
}

/// Every record, kept ones from the store.
async fn records(
    osv: &Osv,
    known: BTreeSet<Known>,
    world: &World,
) -> Result<BTreeMap<String, Arc<[u8]>>, Reason> {
    if known.len() > RECORDS {
        let text = format!(
            "OSV knows {} vulnerabilities of these packages; at most {RECORDS} are read",
            known.len()
        );
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    let one = |known: Known| async move {
        let kept = world.store.advisory(&known.id, &known.modified);
        let record = if let Some(kept) = kept {
            kept
        } else {
            let record = osv.record(&known.id).await?;
            world.store.keep_advisory(&known.id, &known.modified, &record);
            record
        };
        Ok::<_, Reason>((known.id, Arc::from(record)))
    };
    stream::iter(known).map(one).buffer_unordered(RECORDS_AT_ONCE).try_collect().await
}
