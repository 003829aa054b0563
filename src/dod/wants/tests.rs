use std::collections::BTreeSet;

use crate::model::{
    Access, Classic, Descriptor, Digest, Fact, FactKey, Facts, LocalImage, LocalImages, LocalSource,
    Observed, Pass, Place, Reason, ReasonKind, RunKind,
};

use super::super::testing::{Sample, amd64, arm64, descriptor, digest, name, sample};

/// Looks until nothing is wanted, taking each fact from `world`, or absent where it has none. The rounds of
/// what was asked together.
fn look(world: &Sample) -> (Sample, Vec<BTreeSet<FactKey>>) {
    let mut seen = Sample { facts: Facts::new(world.facts.as_of), ..world.clone() };
    let mut rounds = Vec::new();
    loop {
        let wanted = seen.wanted();
        if wanted.is_empty() {
            return (seen, rounds);
        }
        assert!(rounds.len() < 12, "no end in sight: {wanted:?}");
        for (key, places) in &wanted {
            assert!(!places.is_empty(), "{key:?} is wanted from nowhere");
            answer(world, &mut seen, key);
        }
        rounds.push(wanted.into_keys().collect());
    }
}

fn answer(world: &Sample, seen: &mut Sample, key: &FactKey) {
    match world.facts.get(key) {
        Some(entry) => {
            seen.facts.insert(key.clone(), entry.fact.as_ref().clone(), entry.evidence.as_ref().clone());
        }
        None => seen.put_absent(key.clone(), "not there"),
    }
    // As the store does: the runs come with their number.
    if let FactKey::StoredRuns(config) = key {
        for (key, entry) in world.facts.iter() {
            if matches!(key, FactKey::Run { config: of, .. } if of == config) {
                seen.facts.insert(key.clone(), entry.fact.as_ref().clone(), entry.evidence.as_ref().clone());
            }
        }
    }
    if let FactKey::StoredScans(manifest) = key {
        for (key, entry) in world.facts.iter() {
            if matches!(key, FactKey::Scan { subject, .. } if subject == manifest) {
                seen.facts.insert(key.clone(), entry.fact.as_ref().clone(), entry.evidence.as_ref().clone());
            }
        }
    }
    // As the GET of a tag does: the manifest and its presence come with it.
    if let FactKey::Tag { repository, pass: Pass::First, .. } = key {
        let tag = world.facts.tag(key).and_then(Observed::seen).cloned();
        let Some(tag) = tag else { return };
        for key in [
            FactKey::Manifest(tag.digest.clone()),
            FactKey::Present { repository: repository.clone(), digest: tag.digest },
        ] {
            if let Some(entry) = world.facts.get(&key) {
                seen.facts.insert(key, entry.fact.as_ref().clone(), entry.evidence.as_ref().clone());
            }
        }
    }
}

fn asked(rounds: &[BTreeSet<FactKey>], pick: impl Fn(&FactKey) -> bool) -> usize {
    rounds.iter().flatten().filter(|key| pick(key)).count()
}

#[test]
fn an_audit_ends_asks_nothing_twice_and_sees_what_is_there() {
    for world in [sample(), Sample::staged(), Sample::complete()] {
        let (seen, rounds) = look(&world);
        let all: Vec<&FactKey> = rounds.iter().flatten().collect();
        let once: BTreeSet<&&FactKey> = all.iter().collect();
        assert_eq!(all.len(), once.len());
        for item in crate::model::Item::ALL {
            // Nothing scans yet, so scans are not asked for.
            if item.number() != 5 {
                assert_eq!(seen.outcomes(item), world.outcomes(item), "{item}");
            }
        }
    }
}

#[test]
fn the_chain_is_tags_manifests_content_and_the_tags_again() {
    let (_, rounds) = look(&Sample::complete());
    let round = |pick: fn(&FactKey) -> bool| rounds.iter().position(|round| round.iter().any(pick)).unwrap();
    assert_eq!(round(|key| matches!(key, FactKey::Tag { pass: Pass::First, .. })), 0);
    assert_eq!(round(|key| matches!(key, FactKey::Manifest(_))), 1);
    assert_eq!(round(|key| matches!(key, FactKey::Referrers { .. })), 1);
    assert_eq!(round(|key| matches!(key, FactKey::Config(_))), 2);
    assert_eq!(round(|key| matches!(key, FactKey::Layer(_))), 2);
    let last = rounds.last().unwrap();
    assert!(last.iter().all(|key| matches!(key, FactKey::Tag { pass: Pass::Last, .. })), "{last:?}");
    assert_eq!(last.len(), 4);
}

#[test]
fn two_images_on_two_registries_for_two_platforms_take_few_requests() {
    let (_, rounds) = look(&Sample::complete());
    assert_eq!(asked(&rounds, |key| matches!(key, FactKey::Tag { .. })), 8);
    assert_eq!(asked(&rounds, |key| matches!(key, FactKey::Config(_))), 4);
    assert_eq!(asked(&rounds, |key| matches!(key, FactKey::Layer(_))), 4);
    // Per image: the index and two platforms, in two repositories.
    assert_eq!(asked(&rounds, |key| matches!(key, FactKey::Referrers { .. })), 12);
    // Three classic tags on an index, two on a platform.
    assert_eq!(asked(&rounds, |key| matches!(key, FactKey::ClassicTag { .. })), 28);
}

#[test]
fn nothing_of_a_registry_is_asked_for_while_its_tag_is_to_come() {
    let sample = Sample { facts: Facts::new(sample().facts.as_of), ..sample() };
    let wanted = sample.wanted();
    assert_eq!(asked(&[wanted.keys().cloned().collect()], |key| matches!(key, FactKey::Tag { .. })), 4);
    assert!(wanted.keys().all(|key| matches!(
        key,
        FactKey::Tag { access: Access::Anonymous, pass: Pass::First, .. }
            | FactKey::Local(_)
            | FactKey::Staged(_)
            | FactKey::Dockerfile(_)
            | FactKey::Workflows
            | FactKey::Git
    )));
}

#[test]
fn what_is_unknown_or_absent_is_not_asked_for_again() {
    let (mut seen, _) = look(&Sample::complete());
    for key in [FactKey::Config(seen.config("runner", &amd64())), FactKey::Workflows] {
        seen.unsee(&key);
        assert!(seen.wanted().is_empty());
    }
}

#[test]
fn a_repository_that_cannot_be_read_is_asked_neither_with_credentials_nor_again() {
    let mut sample = sample();
    sample.unsee(&sample.tag_key("runner", 0, Access::Anonymous, Pass::First));
    assert!(sample.wanted().is_empty());
}

#[test]
fn credentials_are_used_where_strangers_are_told_nothing_and_for_private_images() {
    let mut sample = sample();
    let anonymous = sample.tag_key("runner", 0, Access::Anonymous, Pass::First);
    let absence = crate::model::Absence {
        kind: crate::model::AbsenceKind::MissingOrPrivate,
        text: "missing or private".to_owned(),
    };
    sample.put(anonymous, Fact::Tag(Observed::Absent(absence)));
    let credentials = sample.tag_key("runner", 0, Access::Credentials, Pass::First);
    assert_eq!(sample.wanted().into_keys().collect::<Vec<_>>(), [credentials]);
    let mut private = super::super::testing::sample();
    private.release.images[1].private = true;
    let wanted: Vec<FactKey> = private.wanted().into_keys().collect();
    assert_eq!(wanted.len(), 2);
    assert!(wanted.iter().all(|key| matches!(key, FactKey::Tag { access: Access::Credentials, .. })));
}

#[test]
fn a_manifest_is_got_from_one_repository_and_looked_for_in_the_others() {
    let mut sample = Sample::complete();
    let child = sample.child("runner", &arm64());
    sample.facts.remove(&FactKey::Manifest(child.clone()));
    sample.forget(|key| matches!(key, FactKey::Present { digest, .. } if *digest == child));
    let wanted = sample.wanted();
    let (one, other) = (sample.repository("runner", 0), sample.repository("runner", 1));
    let places = [Place::Registry(one.clone()), Place::Registry(other.clone())];
    assert_eq!(wanted[&FactKey::Manifest(child.clone())], places);
    assert!(wanted.contains_key(&FactKey::Present { repository: other, digest: child.clone() }));
    assert!(!wanted.contains_key(&FactKey::Present { repository: one, digest: child }));
}

#[test]
fn a_given_digest_is_looked_for_instead_of_a_remembered_one() {
    let mut sample = sample();
    sample.facts.remove(&FactKey::Staged(name("runner")));
    sample.scope.digests.insert(name("runner"), digest("given"));
    let wanted = sample.wanted();
    assert!(!wanted.contains_key(&FactKey::Staged(name("runner"))));
    assert!(wanted.contains_key(&FactKey::Manifest(digest("given"))));
    let present = FactKey::Present { repository: sample.repository("runner", 1), digest: digest("given") };
    assert!(wanted.contains_key(&present));
}

#[test]
fn runs_are_asked_for_only_by_the_scope_and_after_what_is_kept() {
    let mut sample = sample();
    let config = sample.config("runner", &amd64());
    let (version, example) =
        (sample.run_key(&config, RunKind::Version), sample.run_key(&config, RunKind::Example));
    sample.facts.remove(&version);
    assert_eq!(sample.wanted().into_keys().collect::<Vec<_>>(), std::slice::from_ref(&version));
    assert_eq!(sample.wanted()[&version], [Place::Layout("dist/runner".into())]);
    sample.scope.run.insert(RunKind::Example);
    assert_eq!(sample.wanted().len(), 2);
    sample.facts.remove(&FactKey::StoredRuns(config.clone()));
    assert_eq!(sample.wanted().into_keys().collect::<Vec<_>>(), [FactKey::StoredRuns(config.clone())]);
    sample.unsee(&FactKey::StoredRuns(config));
    assert!(sample.wanted().contains_key(&example));
    sample.scope.run.clear();
    assert!(sample.wanted().is_empty());
}

#[test]
fn a_run_of_what_is_in_a_registry_names_the_local_image_first() {
    let mut sample = Sample::staged();
    let key = sample.run_key(&sample.config("runner", &amd64()), RunKind::Version);
    sample.facts.remove(&key);
    let registries = [0, 1].map(|repository| Place::Registry(sample.repository("runner", repository)));
    let places: Vec<Place> = std::iter::once(Place::Layout("dist/runner".into())).chain(registries).collect();
    assert_eq!(sample.wanted()[&key], places);
}

#[test]
fn an_engine_s_image_has_a_config_and_no_layers() {
    let mut sample = sample();
    sample.release.images[0].local = Some(LocalSource::Engine("greenlang-runner:0.2.0".to_owned()));
    let engine = LocalImage { platform: amd64(), manifest: None, config: digest("id"), size: Some(1) };
    let local = LocalImages { source: "engine".to_owned(), index: None, images: vec![engine] };
    sample.put(FactKey::Local(name("runner")), Fact::Local(Observed::Seen(local)));
    let wanted: Vec<FactKey> = sample.wanted().into_keys().collect();
    assert_eq!(wanted, [FactKey::Config(digest("id")), FactKey::StoredRuns(digest("id"))]);
}

#[test]
fn local_images_are_opened_only_where_they_decide() {
    let mut world = Sample::complete();
    let other = world.local_image("runner", &amd64(), "third", 1_000);
    let (layer, config) = (other.manifest.clone().unwrap(), other.config.clone());
    let local = LocalImages { source: "layout".to_owned(), index: None, images: vec![other] };
    world.put(FactKey::Local(name("runner")), Fact::Local(Observed::Seen(local)));
    world.facts.remove(&FactKey::Manifest(layer));
    world.facts.remove(&FactKey::Config(config));
    assert!(world.wanted().is_empty());
}

#[test]
fn attached_manifests_are_opened_up_to_a_limit_and_their_layers_never() {
    let mut sample = Sample::staged();
    let (repository, subject) = (sample.repository("runner", 0), sample.index("runner"));
    let key = FactKey::Referrers { repository: repository.clone(), subject: subject.clone() };
    let many = |count: usize| -> Vec<Descriptor> {
        (0..count)
            .map(|number| {
                let digest: Digest = digest(&format!("referrer {number}"));
                descriptor(&digest, "application/vnd.oci.image.manifest.v1+json", None)
            })
            .collect()
    };
    let listed = crate::model::Referrers { via: crate::model::ReferrersVia::Api, manifests: many(1_000) };
    sample.put(key, Fact::Referrers(Observed::Seen(listed)));
    let wanted = sample.wanted();
    assert_eq!(wanted.len(), 64);
    assert!(wanted.keys().all(|key| matches!(key, FactKey::Manifest(_))));
    for key in wanted.into_keys() {
        sample.put(key.clone(), Fact::unknown(&key, Reason::new(ReasonKind::TimedOut, "no answer")));
    }
    assert!(sample.wanted().is_empty());
    let mut sample = Sample::staged();
    sample.list_bundle(&repository, &subject, "signature", "");
    // What is signed in it is verified; it is no layer of an image.
    let wanted = sample.wanted();
    assert_eq!(wanted.len(), 1);
    assert!(wanted.keys().all(|key| matches!(key, FactKey::Signature { .. })));
}

#[test]
fn signatures_of_platforms_are_asked_for_only_recursively() {
    let mut sample = Sample::staged();
    let signatures = |key: &FactKey| matches!(key, FactKey::ClassicTag { kind: Classic::Signature, .. });
    sample.forget(signatures);
    assert_eq!(sample.wanted().len(), 4);
    sample.policy.signature.recursive = true;
    assert_eq!(sample.wanted().len(), 12);
}

#[test]
fn platforms_beyond_the_required_ones_are_read_too() {
    let mut sample = Sample::complete();
    sample.release.images[0].platforms = vec![amd64()];
    let key = sample.layer_key("runner", &arm64());
    sample.facts.remove(&key);
    assert_eq!(sample.wanted().into_keys().collect::<Vec<_>>(), [key]);
}

/// The SBOMs that are wanted once everything else is there.
fn wanted_sboms(sample: &mut Sample) -> Vec<(FactKey, Vec<Place>)> {
    sample.facts = {
        let mut facts = Facts::new(sample.facts.as_of);
        for (key, entry) in sample.facts.iter().filter(|(key, _)| !matches!(key, FactKey::Sbom(_))) {
            facts.insert(key.clone(), entry.fact.as_ref().clone(), entry.evidence.as_ref().clone());
        }
        facts
    };
    sample.wanted().into_iter().filter(|(key, _)| matches!(key, FactKey::Sbom(_))).collect()
}

#[test]
fn the_document_of_a_verified_sbom_attestation_is_read_and_of_no_other() {
    let mut sample = Sample::complete();
    // Two images on two platforms; the two repositories of an image have the same documents.
    let wanted = wanted_sboms(&mut sample);
    assert_eq!(wanted.len(), 4);
    assert!(wanted.iter().all(|(_, places)| places.len() == 2), "{wanted:?}");
    let keys: Vec<FactKey> = sample.facts.iter().map(|(key, _)| key.clone()).collect();
    for key in keys.iter().filter(|key| matches!(key, FactKey::Signature { .. })) {
        let mut signature = sample.facts.signature(key).and_then(Observed::seen).cloned().unwrap();
        signature.outcome = crate::model::SignatureOutcome::Invalid("the signature is wrong".to_owned());
        sample.put(key.clone(), Fact::Signature(Observed::Seen(signature)));
    }
    assert_eq!(wanted_sboms(&mut sample), []);
}

#[test]
fn a_provenance_is_not_read_as_an_sbom() {
    let mut sample = Sample::complete();
    let keys: Vec<FactKey> = sample.facts.iter().map(|(key, _)| key.clone()).collect();
    for key in keys.iter().filter(|key| matches!(key, FactKey::Signature { .. })) {
        let mut signature = sample.facts.signature(key).and_then(Observed::seen).cloned().unwrap();
        signature.predicate_type =
            signature.predicate_type.map(|_| "https://slsa.dev/provenance/v1".to_owned());
        sample.put(key.clone(), Fact::Signature(Observed::Seen(signature)));
    }
    assert_eq!(wanted_sboms(&mut sample), []);
}

/// A manifest with one layer of this type, with these annotations.
fn artifact(sample: &mut Sample, media_type: &str, stated: Option<&str>) -> (Digest, Digest) {
    let (manifest, blob) = (digest(&format!("{media_type} manifest")), digest(&format!("{media_type} blob")));
    let stated = stated.map(|stated| (crate::model::IN_TOTO_PREDICATE_TYPE.to_owned(), stated.to_owned()));
    let content = crate::model::ImageManifest {
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        config: descriptor(&digest("{}"), "application/vnd.oci.empty.v1+json", None),
        layers: vec![Descriptor {
            annotations: stated.into_iter().collect(),
            ..descriptor(&blob, media_type, None)
        }],
        annotations: std::collections::BTreeMap::new(),
        artifact_type: None,
        subject: None,
    };
    let content = crate::model::Manifest::Image(content);
    sample.put(FactKey::Manifest(manifest.clone()), Fact::Manifest(Observed::Seen(content)));
    (manifest, blob)
}

#[test]
fn unsigned_sboms_and_buildkit_s_are_read_from_the_registries_that_have_them() {
    let mut sample = Sample::complete();
    sample.forget(|key| matches!(key, FactKey::Signature { .. }));
    let (plain, plain_blob) = artifact(&mut sample, "text/spdx+json", None);
    let (repository, subject) = (sample.repository("runner", 0), sample.child("runner", &amd64()));
    let key = FactKey::ClassicTag { repository: repository.clone(), subject, kind: Classic::Sbom };
    sample.put(key, Fact::ClassicTag(Observed::Seen(crate::model::TagFact { digest: plain })));
    let (buildkit, statement) =
        artifact(&mut sample, "application/vnd.in-toto+json", Some("https://spdx.dev/Document"));
    let child = sample.child("runner", &arm64());
    sample.change_index("runner", |index| {
        let mut entry = descriptor(&buildkit, "application/vnd.oci.image.manifest.v1+json", None);
        entry.annotations = [
            (crate::model::BUILDKIT_REFERENCE_TYPE.to_owned(), "attestation-manifest".to_owned()),
            (crate::model::BUILDKIT_REFERENCE_DIGEST.to_owned(), child.to_string()),
        ]
        .into();
        index.manifests.push(entry);
    });
    let wanted: std::collections::BTreeMap<_, _> = wanted_sboms(&mut sample).into_iter().collect();
    assert_eq!(wanted.len(), 2, "{wanted:?}");
    assert_eq!(wanted[&FactKey::Sbom(plain_blob)], [Place::Registry(repository)]);
    assert_eq!(wanted[&FactKey::Sbom(statement)].len(), 2);
}
