//! `exitbar attest` through the binary: SBOMs, test results and scans, and what they count for on another machine.

use exitbar::embedded::sigstore::{Evidence, Identity};
use exitbar::embedded::{Fault, Osv, Trouble};
use exitbar::formats::test_result::{self, Ran};
use exitbar::model::{
    Digest, Evidence as Seen, FactKey, Level, Platform, Run, RunEnd, RunKind, StoredRun,
    TEST_RESULT_PREDICATE,
};
use exitbar::store::Store;

use crate::pushing::DockerRegistry;
use crate::signing::{certificate, ours, put_bundle, statement, stranger};
use crate::unsigned::{Unsigned, embedded, said};

const VERSION: &str = "version_command";
const EXAMPLE: &str = "example_pipeline";

/// The settings of an image whose example runs on this machine's own platform.
const WITH_EXAMPLE: &str = "version = false\nexample = { command = [\"gl\", \"run\", \"demo.yaml\"] }";
const EXAMPLE_ARGV: [&str; 3] = ["gl", "run", "demo.yaml"];

/// An SPDX document of one package.
const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"app",
    "creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: make"]},
    "packages":[{"SPDXID":"SPDXRef-a","name":"app","versionInfo":"0.2.0","supplier":"Organization: Acme",
        "externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:pypi/app@0.2.0"}]}],
    "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"}]}"#;

/// The SBOM of every platform is a file, and OSV is asked about it.
fn sources(osv: &Osv) -> String {
    format!(
        "[sbom]\nsource = {{ file = \"sbom.json\" }}\n\
         [vulnerabilities]\nsources = [\"attested\", \"osv\"]\nosv = \"{}\"\n",
        osv.url()
    )
}

fn ran(architecture: &str, exit: i32, stdout: &str) -> Run {
    Run {
        platform: Platform::new("linux", architecture, None),
        how: "engine unix:///run/secret.sock".to_owned(),
        emulated: architecture == "arm64",
        ended: RunEnd::Exited(exit),
        stdout: stdout.to_owned(),
        stderr: String::new(),
        millis: 7,
        outputs: Vec::new(),
        raw: Vec::new(),
        pulled: Vec::new(),
    }
}

fn argv(kind: RunKind) -> Vec<String> {
    let words: &[&str] = if kind == RunKind::Example { &EXAMPLE_ARGV } else { &[] };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Keeps a run of each platform, as this machine would after it ran them.
fn keep_runs(unsigned: &Unsigned, kind: RunKind, stdout: &str) {
    let store = Store::open(&unsigned.folder.path().join("state"));
    for (architecture, _, config) in unsigned.platforms() {
        let run = ran(&architecture, 0, stdout);
        let evidence = Seen {
            subject: config.to_string(),
            source: run.how.clone(),
            method: "run".to_owned(),
            level: Level::Verified,
            at: jiff::Timestamp::now(),
            exit: Some(0),
            raw: Vec::new(),
        };
        let key = FactKey::Run { config, kind, argv: argv(kind) };
        store.keep_run(&StoredRun { key, run, evidence }).expect("it is kept");
    }
}

/// Attests to each platform, as another tool than exitbar might, what `run` shows; `passed` is the result. Both the
/// statement and the result are of what `of` makes of a platform's manifest and config.
fn attest_by_hand(
    unsigned: &Unsigned,
    who: &Identity,
    (kind, passed): (RunKind, bool),
    run: impl Fn(&str) -> Run,
    of: impl Fn(&Digest, &Digest) -> (Digest, Digest),
) {
    for (architecture, manifest, config) in unsigned.platforms() {
        // A certificate signs nothing that is older than itself, by a second even.
        let signer = certificate(&unsigned.sigstore, who);
        let now = jiff::Timestamp::now();
        let (subject, config) = of(&manifest, &config);
        let run = run(&architecture);
        let RunEnd::Exited(exit) = run.ended else { panic!("{run:?}") };
        let predicate = test_result::predicate(&Ran {
            kind,
            argv: &argv(kind),
            config: &config,
            run: &run,
            exit,
            in_container: true,
            at: now,
            passed,
        });
        let statement = statement(&subject, TEST_RESULT_PREDICATE, &predicate);
        let bundle = unsigned.sigstore.bundle(&signer, &statement, now, Evidence::V1).expect("a bundle");
        put_bundle(&unsigned.repositories[0], &manifest, &bundle);
    }
}

/// The platform's own.
fn its_own(manifest: &Digest, config: &Digest) -> (Digest, Digest) {
    (manifest.clone(), config.clone())
}

fn warns(audit: &crate::release::Audit, words: &str) {
    let warnings = audit.json["warnings"].to_string();
    assert!(warnings.contains(words), "no `{words}`: {warnings}");
}

pub fn an_attested_run_counts_on_a_machine_that_never_ran_it() {
    let registry = embedded(true);
    let unsigned = Unsigned::with(&[registry.host()], "", "");
    let attest = || unsigned.attest("test-result", &[]);
    assert!(said(&attest()).contains("run it first"), "{}", said(&attest()));
    keep_runs(&unsigned, RunKind::Version, "gl 0.1.9\n");
    assert!(said(&attest()).contains("not attested"), "{}", said(&attest()));
    keep_runs(&unsigned, RunKind::Version, "gl 0.2.0\n");
    unsigned.token(&stranger());
    unsigned.attests("test-result", &[]);
    let audit = unsigned.audit_elsewhere();
    assert_ne!(audit.status(VERSION), "COMPLETE", "{}", audit.item(VERSION));
    warns(&audit, "stranger's test result");
    unsigned.token(&ours());
    unsigned.attests("test-result", &[]);
    assert!(said(&attest()).contains("nothing to attest"), "{}", said(&attest()));
    let audit = unsigned.audit_elsewhere();
    assert_eq!(audit.status(VERSION), "COMPLETE", "{}", audit.item(VERSION));
    audit.says(VERSION, &["prints 0.2.0", "attested by", "(emulated)"]);
    assert!(!audit.item(VERSION).contains("secret.sock"));
    // The green rests on what the registry gives.
    registry.set_referrers(false);
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(unsigned.audit_elsewhere().status(VERSION), "NOT TESTED");
    registry.mend();
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(503)));
    assert_eq!(unsigned.audit_elsewhere().status(VERSION), "UNKNOWN");
}

pub fn an_attested_example_counts_on_a_machine_that_never_ran_it() {
    let registry = embedded(true);
    let unsigned = Unsigned::with(&[registry.host()], WITH_EXAMPLE, "");
    keep_runs(&unsigned, RunKind::Example, "done\n");
    unsigned.token(&stranger());
    unsigned.attests("test-result", &[]);
    let audit = unsigned.audit_elsewhere();
    assert_eq!(audit.status(EXAMPLE), "NOT TESTED", "{}", audit.item(EXAMPLE));
    warns(&audit, "stranger's test result");
    unsigned.token(&ours());
    unsigned.attests("test-result", &[]);
    let audit = unsigned.audit_elsewhere();
    assert_eq!(audit.status(EXAMPLE), "COMPLETE", "{}", audit.item(EXAMPLE));
    audit.says(EXAMPLE, &["attested by"]);
    registry.set_referrers(false);
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(unsigned.audit_elsewhere().status(EXAMPLE), "NOT TESTED");
}

pub fn an_attested_example_of_another_command_or_image_does_not_count() {
    let registry = embedded(true);
    let unsigned = Unsigned::with(&[registry.host()], WITH_EXAMPLE, "");
    let done = |architecture: &str| ran(architecture, 0, "done\n");
    let passed = (RunKind::Example, true);
    let another = Digest::of(b"another image's config");
    attest_by_hand(&unsigned, &ours(), passed, done, |manifest, _| (manifest.clone(), another.clone()));
    let audit = unsigned.audit_elsewhere();
    assert_eq!(audit.status(EXAMPLE), "NOT TESTED", "{}", audit.item(EXAMPLE));
    warns(&audit, "another image config");
    let file = unsigned.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("it");
    attest_by_hand(&unsigned, &ours(), passed, done, its_own);
    assert_eq!(unsigned.audit_elsewhere().status(EXAMPLE), "COMPLETE");
    std::fs::write(&file, text.replace("demo.yaml", "other.yaml")).expect("it");
    let audit = unsigned.audit_elsewhere();
    assert_eq!(audit.status(EXAMPLE), "NOT TESTED", "{}", audit.item(EXAMPLE));
    warns(&audit, "another command");
}

pub fn an_attested_result_that_failed_fails_item_7_until_it_is_gone() {
    let registry = embedded(true);
    // The program prints another version; or all is well, and the result says FAILED.
    for stdout in ["gl 0.1.9\n", "gl 0.2.0\n"] {
        let unsigned = Unsigned::with(&[registry.host()], "", "");
        let failed = (RunKind::Version, false);
        let shows = |architecture: &str| ran(architecture, 0, stdout);
        attest_by_hand(&unsigned, &stranger(), failed, shows, its_own);
        let audit = unsigned.audit_elsewhere();
        assert_eq!(audit.status(VERSION), "NOT TESTED", "a stranger's: {}", audit.item(VERSION));
        warns(&audit, "stranger's test result");
        let other = |_: &Digest, config: &Digest| (Digest::of(b"another image"), config.clone());
        attest_by_hand(&unsigned, &ours(), failed, shows, other);
        let audit = unsigned.audit_elsewhere();
        assert_eq!(audit.status(VERSION), "NOT TESTED", "another digest's: {}", audit.item(VERSION));
        attest_by_hand(&unsigned, &ours(), failed, shows, its_own);
        let audit = unsigned.audit_elsewhere();
        assert_eq!(audit.status(VERSION), "FAILED", "{}", audit.item(VERSION));
        audit.says(VERSION, &["attested by"]);
        // What this machine saw itself comes first.
        keep_runs(&unsigned, RunKind::Version, "gl 0.2.0\n");
        assert_eq!(unsigned.folder.audit().status(VERSION), "COMPLETE");
        registry.set_referrers(false);
        registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
        assert_eq!(unsigned.audit_elsewhere().status(VERSION), "NOT TESTED");
        registry.mend();
        registry.set_referrers(true);
    }
}

pub fn the_classic_att_tag_of_every_kind_is_written_when_asked_for_and_counts_by_itself() {
    let registry = embedded(true);
    let osv = Osv::start(Vec::new(), None).expect("an OSV");
    let sources = format!("classic = true\n{}", sources(&osv));
    let items = ["sbom", VERSION, "vulnerabilities"];
    for by_flag in [true, false] {
        let sections = if by_flag { sources.replace("classic = true\n", "") } else { sources.clone() };
        let unsigned = Unsigned::with(&[registry.host()], "", &sections);
        std::fs::write(unsigned.folder.path().join("sbom.json"), SPDX).expect("an SBOM");
        keep_runs(&unsigned, RunKind::Version, "gl 0.2.0\n");
        let flags: &[&str] = if by_flag { &["--classic"] } else { &[] };
        for what in ["sbom", "test-result"] {
            let said = unsigned.attests(what, flags);
            assert!(said.contains("write the classic .att tags as well"), "{what}: {said}");
        }
        let scanned = unsigned.folder.run(&[&["scan", "--attest", "--yes"], flags].concat());
        assert!(scanned.status.success(), "{}", said(&scanned));
        assert!(said(&scanned).contains("write the classic .att tags as well"), "{}", said(&scanned));
        // Without the bundles, they are what is left.
        registry.set_referrers(false);
        let audit = unsigned.audit_elsewhere();
        for item in items {
            assert_eq!(audit.status(item), "COMPLETE", "{by_flag}: {}", audit.item(item));
        }
        registry.fault(Fault::on("*/manifests/sha256-*.att", Trouble::Status(404)));
        let audit = unsigned.audit_elsewhere();
        for item in items {
            assert_ne!(audit.status(item), "COMPLETE", "{by_flag}: {}", audit.item(item));
        }
        registry.mend();
        registry.set_referrers(true);
    }
}

pub fn an_sbom_is_attested_in_a_real_registry_and_in_one_with_the_referrers_api() {
    let (real, own) = (DockerRegistry::start(), embedded(true));
    let source = "[sbom]\nsource = { file = \"{platform}.json\" }";
    let unsigned = Unsigned::with(&[real.host(), own.host()], "version = false", source);
    for platform in ["linux-amd64", "linux-arm64"] {
        std::fs::write(unsigned.folder.path().join(format!("{platform}.json")), SPDX).expect("an SBOM");
    }
    assert_eq!(unsigned.folder.audit().status("sbom"), "NOT STARTED");
    let output = unsigned.attest("sbom", &["--classic"]);
    assert!(output.status.success(), "{}", said(&output));
    let audit = unsigned.folder.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
    for repository in &unsigned.repositories {
        let platform = ["--type", "spdxjson", "--platform", "linux/arm64"];
        let output = unsigned.verifies(repository, &platform);
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).contains("classic attestation (.att): read by cosign 2"), "{}", said(&output));
        assert!(said(&output).contains("bundle, attestation: read by cosign 3, gh"), "{}", said(&output));
    }
    let again = said(&unsigned.attest("sbom", &[]));
    assert!(again.contains("nothing to attest"), "{again}");
    own.set_referrers(false);
    own.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(unsigned.folder.audit().status("sbom"), "PARTIAL", "one of two registries lost it");
}

pub fn an_sbom_that_says_nothing_or_is_of_another_image_is_not_attested() {
    let registry = embedded(true);
    let source = "[sbom]\nsource = { file = \"sbom.json\" }";
    let unsigned = Unsigned::with(&[registry.host()], "version = false", source);
    let empty = SPDX.replace(r#""packages":["#, r#""packages":[],"others":["#);
    for (document, why) in [(empty.as_str(), "without a package"), ("{", "sbom.json"), ("", "sbom.json")] {
        std::fs::write(unsigned.folder.path().join("sbom.json"), document).expect("an SBOM");
        let output = unsigned.attest("sbom", &[]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    assert_eq!(unsigned.folder.audit().status("sbom"), "NOT STARTED");
}

pub fn an_attested_scan_counts_on_a_machine_that_never_scanned() {
    let registry = embedded(true);
    let osv = Osv::start(Vec::new(), None).expect("an OSV");
    let sources = sources(&osv);
    let unsigned = Unsigned::with(&[registry.host()], "version = false", &sources);
    std::fs::write(unsigned.folder.path().join("sbom.json"), SPDX).expect("an SBOM");
    let output = unsigned.attest("sbom", &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(unsigned.audit_elsewhere().status("vulnerabilities"), "NOT STARTED");
    let output = unsigned.folder.run(&["scan", "--attest", "--yes"]);
    assert!(output.status.success(), "{}", said(&output));
    let audit = unsigned.audit_elsewhere();
    assert_eq!(audit.status("vulnerabilities"), "COMPLETE", "{}", audit.item("vulnerabilities"));
    let again = said(&unsigned.attest("scan", &[]));
    assert!(again.contains("nothing to attest"), "{again}");
    registry.set_referrers(false);
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(unsigned.audit_elsewhere().status("vulnerabilities"), "NOT STARTED");
}

pub fn a_dry_run_of_scan_and_attest_says_who_will_attest_what_and_where() {
    let registry = embedded(true);
    let osv = Osv::start(Vec::new(), None).expect("an OSV");
    let sources = sources(&osv);
    let unsigned = Unsigned::with(&[registry.host()], "version = false", &sources);
    std::fs::write(unsigned.folder.path().join("sbom.json"), SPDX).expect("an SBOM");
    unsigned.attests("sbom", &[]);
    let dry = |more: &[&str]| {
        let output = unsigned.folder.run(&[&["scan", "--dry-run"], more].concat());
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let plan = dry(&["--attest"]);
    for (_, manifest, _) in unsigned.platforms() {
        let attests = format!("then attest what was found to {manifest} (app linux/");
        assert!(plan.contains(&attests), "no `{attests}`: {plan}");
    }
    let services = format!("logged in {}", unsigned.services.addresses().rekor);
    for words in [unsigned.repositories[0].as_str(), "as repo:acme/app", &services] {
        assert!(plan.contains(words), "no `{words}`: {plan}");
    }
    assert!(!plan.contains("everybody can read"), "the log is private: {plan}");
    assert!(!dry(&[]).contains("attest"), "nobody asked for it");
    assert!(osv.requests().is_empty(), "a dry run asks nobody");
    let file = unsigned.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("it");
    std::fs::write(&file, text.replace("config = \"sigstore/signing_config.json\"\n", "")).expect("it");
    assert!(dry(&["--attest"]).contains("everybody can read, for ever"), "the log is public");
}
