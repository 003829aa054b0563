//! Item 5 against scans: attested ones, reports in files, and those of scanners, through the binary.

use std::path::PathBuf;

use exitbar::embedded::sigstore::{Evidence, Identity, PrivateSigstore, statement};
use exitbar::embedded::{Fault, Options, Osv, Registry, Trouble};
use exitbar::model::Digest;
use serde_json::{Value, json};

use crate::image::{INDEX, ImageSpec, MANIFEST, push_index};
use crate::pushing::Client;
use crate::release::{Audit, Folder, configuration};

const WORKFLOW: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v0.2.0";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const COMMIT: &str = "5f0c1d0a7be3f6d2c1a94be8d0f37a6c0b1e2d34";
const ITEM: &str = "vulnerabilities";
const VULN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
/// The folders of `sh`, `cat` and `date`, without anybody's scanner.
const TOOLS: &str = "/usr/bin:/bin";

/// A release of two platforms in a registry, and the Sigstore that signs for it.
struct Scanned {
    sigstore: PrivateSigstore,
    host: String,
    /// The registry in the process, where it is one.
    _registry: Option<Registry>,
    children: Vec<Digest>,
    folder: Folder,
}

impl Scanned {
    fn new() -> Self {
        Self::with("")
    }

    /// With more settings of `[vulnerabilities]`.
    fn with(settings: &str) -> Self {
        let registry = Registry::start(Options::default()).expect("a registry");
        Self::in_registry(registry.host().to_owned(), Some(registry), settings)
    }

    fn in_registry(host: String, registry: Option<Registry>, settings: &str) -> Self {
        let repository = format!("{host}/acme/app");
        push_index(&repository, "0.2.0", &ImageSpec::good_pair());
        let index = Client::of(&repository).json("0.2.0").expect("an index");
        let digest = |entry: &Value| entry["digest"].as_str().expect("a digest").parse().expect("a digest");
        let children = index["manifests"].as_array().expect("children").iter().map(digest).collect();
        let sigstore = PrivateSigstore::new(jiff::Timestamp::now()).expect("a Sigstore");
        let folder = Folder::with(&format!(
            "{}\n[signature]\nidentity = \"{WORKFLOW}\"\nissuer = \"{ISSUER}\"\ntrusted_root = \"root.json\"\n[vulnerabilities]\n{settings}\n",
            configuration(std::slice::from_ref(&repository), "version = false").replace(
                "version = \"0.2.0\"",
                "version = \"0.2.0\"\nsource = \"https://github.com/acme/app\""
            )
        ));
        std::fs::write(folder.path().join("root.json"), sigstore.trusted_root().expect("a root").to_string())
            .expect("a root");
        Self { sigstore, host, _registry: registry, children, folder }
    }

    fn repository(&self) -> String {
        format!("{}/acme/app", self.host)
    }

    /// Attests a predicate for every platform.
    fn attest(&self, who: &Identity, predicate: impl Fn(&Digest) -> Value) {
        for child in &self.children {
            self.attest_one(who, child, &predicate(child));
        }
    }

    fn attest_one(&self, who: &Identity, child: &Digest, predicate: &Value) {
        self.attest_as(who, VULN, child, predicate);
    }

    /// Attests an SPDX document with these purls for every platform.
    fn attest_sbom(&self, who: &Identity, purls: &[&str]) {
        let package = |(number, purl): (usize, &&str)| {
            json!({ "SPDXID": format!("SPDXRef-{number}"), "name": format!("p{number}"), "versionInfo": "1",
                "downloadLocation": "NOASSERTION",
                "externalRefs": [{ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl }] })
        };
        let document = json!({
            "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app", "dataLicense": "CC0-1.0",
            "documentNamespace": "https://example.org/app",
            "creationInfo": { "created": ago(2), "creators": ["Tool: syft-1.18.1"] },
            "packages": purls.iter().enumerate().map(package).collect::<Vec<_>>(),
        });
        for child in &self.children {
            self.attest_as(who, "https://spdx.dev/Document", child, &document);
        }
    }

    fn attest_as(&self, who: &Identity, kind: &str, child: &Digest, predicate: &Value) {
        let now = jiff::Timestamp::now();
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "", "digest": { "sha256": child.hex() } }],
            "predicateType": kind,
            "predicate": predicate,
        });
        let signer = self.sigstore.certificate(who, now).expect("a certificate");
        let bundle = self.sigstore.bundle(&signer, &statement, now, Evidence::V1).expect("a bundle");
        let bundle = bundle.to_string().into_bytes();
        let client = Client::of(&self.repository());
        let (empty, blob, size) = (b"{}".to_vec(), Digest::of(&bundle), bundle.len());
        client.blob(Digest::of(&empty).as_str(), empty.clone());
        client.blob(blob.as_str(), bundle);
        let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": media_type,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": Digest::of(&empty), "size": 2 },
            "layers": [{ "mediaType": media_type, "digest": blob, "size": size }],
            "annotations": { "dev.sigstore.bundle.predicateType": kind },
            "subject": { "mediaType": INDEX, "digest": child, "size": 1 },
        });
        let bytes = manifest.to_string().into_bytes();
        client.manifest(Digest::of(&bytes).as_str(), MANIFEST, bytes);
    }

    /// Attests as cosign 2 does, under the classic tag of every platform.
    fn attest_classic(&self, who: &Identity, predicate: impl Fn(&Digest) -> Value) {
        let now = jiff::Timestamp::now();
        let client = Client::of(&self.repository());
        for child in &self.children {
            let signer = self.sigstore.certificate(who, now).expect("a certificate");
            let statement = statement(&self.repository(), child, VULN, Some(predicate(child)));
            let layer =
                self.sigstore.attestation(&signer, &statement, now, Evidence::V1).expect("an attestation");
            let (empty, blob, size) = (b"{}".to_vec(), Digest::of(&layer.content), layer.content.len());
            client.blob(Digest::of(&empty).as_str(), empty.clone());
            client.blob(blob.as_str(), layer.content);
            let manifest = json!({
                "schemaVersion": 2, "mediaType": MANIFEST,
                "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": Digest::of(&empty), "size": 2 },
                "layers": [{ "mediaType": layer.media_type, "digest": blob, "size": size, "annotations": layer.annotations }],
            });
            let tag = format!("sha256-{}.att", child.hex());
            client.manifest(&tag, MANIFEST, manifest.to_string().into_bytes());
        }
    }

    /// A report of Trivy's of one platform.
    fn report(&self, child: &Digest, findings: &Value) -> Value {
        json!({
            "SchemaVersion": 2, "Trivy": { "Version": "0.58.1" }, "CreatedAt": ago(1),
            "ArtifactName": format!("{}@{child}", self.repository()), "ArtifactType": "container_image",
            "Metadata": { "RepoDigests": [format!("{}@{child}", self.repository())] },
            "Results": [{ "Class": "os-pkgs", "Type": "debian", "Packages": [{ "Name": "zlib" }], "Vulnerabilities": findings }],
        })
    }

    /// Writes a report of each platform; the arguments that name them.
    fn files(&self, findings: &Value) -> Vec<String> {
        let mut arguments = Vec::new();
        for (number, child) in self.children.iter().enumerate() {
            let name = format!("scan-{number}.json");
            std::fs::write(self.folder.path().join(&name), self.report(child, findings).to_string())
                .expect("a report");
            arguments.extend(["--scan".to_owned(), name]);
        }
        arguments
    }

    fn audit(&self) -> Audit {
        self.audit_with(&[])
    }

    /// Audits where no scanner is.
    fn audit_with(&self, more: &[&str]) -> Audit {
        self.folder.audit_in(more, &[("PATH", TOOLS)])
    }

    fn audit_files(&self, findings: &Value) -> Audit {
        let files = self.files(findings);
        self.audit_with(&files.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A program that is called `trivy`, on a PATH of its own.
    fn trivy(&self, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.bin();
        std::fs::create_dir_all(&folder).expect("a folder");
        let log = folder.join("log");
        let program = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >> {log}\nenv > {log}.env\n\
             if [ \"$1\" = version ]; then\n\
               echo \"{{\\\"Version\\\":\\\"0.58.1\\\",\\\"VulnerabilityDB\\\":{{\\\"UpdatedAt\\\":\\\"{db}\\\"}}}}\"\n  exit 0\nfi\n\
             for last; do :; done\n{script}\n",
            log = log.display(),
            db = ago(3),
        );
        let file = folder.join("trivy");
        std::fs::write(&file, program).expect("a program");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("its mode");
        format!("{}:{TOOLS}", folder.display())
    }

    fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }
}

fn ours() -> Identity {
    Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT)
}

fn stranger() -> Identity {
    Identity::github("mallory/app", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT)
}

/// A time so many hours ago.
fn ago(hours: i64) -> String {
    (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours)).to_string()
}

/// cosign's predicate around a report.
fn predicate(report: &Value, scanned: i64, database: i64) -> Value {
    json!({
        "invocation": {}, "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@0.58.1", "db": { "lastUpdate": ago(database) }, "result": report,
        },
        "metadata": { "scanStartedOn": ago(scanned), "scanFinishedOn": ago(scanned) },
    })
}

fn finding(severity: &str) -> Value {
    json!([{ "VulnerabilityID": "CVE-2024-3094", "PkgName": "xz", "InstalledVersion": "5.6.0", "FixedVersion": "5.6.2",
        "PkgIdentifier": { "PURL": "pkg:deb/debian/xz@5.6.0?arch=amd64" }, "Severity": severity }])
}

/// A script that prints a report of what it was asked about.
fn prints(findings: &Value) -> String {
    format!(
        "cat <<EOF\n{{\"SchemaVersion\":2,\"CreatedAt\":\"{}\",\"ArtifactName\":\"$last\",\"Metadata\":{{\"RepoDigests\":[\"$last\"]}},\
         \"Results\":[{{\"Class\":\"os-pkgs\",\"Packages\":[{{\"Name\":\"zlib\"}}],\"Vulnerabilities\":{findings}}}]}}\nEOF",
        ago(0)
    )
}

pub fn a_release_without_a_scan_is_not_started() {
    let audit = Scanned::new().audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
}

pub fn a_clean_newest_attested_scan_completes_item_5() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &finding("CRITICAL")), 48, 50));
    assert_eq!(scanned.audit().status(ITEM), "FAILED");
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy 0.58.1: nothing at or over high; database 3 h old"]);
}

pub fn a_finding_at_or_over_the_threshold_fails() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &finding("HIGH")), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["CVE-2024-3094 (high) in xz 5.6.0, fixed in 5.6.2"]);
    let lenient = Scanned::with("threshold = \"critical\"");
    lenient.attest(&ours(), |child| predicate(&lenient.report(child, &finding("HIGH")), 2, 5));
    assert_eq!(lenient.audit().status(ITEM), "COMPLETE");
}

pub fn an_old_database_is_soft() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &json!([])), 2, 30));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "PARTIAL", "{}", audit.item(ITEM));
    audit.says(ITEM, &["more than 24 h"]);
}

pub fn an_old_scan_is_conditional() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &json!([])), 8 * 24, 8 * 24));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["the scan is 8 days old, more than 7 days"]);
}

pub fn a_stranger_s_scan_is_shown_and_not_counted() {
    let scanned = Scanned::new();
    scanned.attest(&stranger(), |child| predicate(&scanned.report(child, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["shown, not counted", "mallory/app"]);
}

pub fn an_attested_scan_of_another_image_does_not_count() {
    let scanned = Scanned::new();
    let other = Digest::of(b"another image");
    scanned.attest(&ours(), |_| predicate(&scanned.report(&other, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["a scan of something else", other.as_str()]);
}

pub fn a_null_result_is_unknown() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |_| predicate(&Value::Null, 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["`null`"]);
}

pub fn a_report_in_a_file_counts_for_the_platform_that_it_names() {
    let scanned = Scanned::new();
    let files = scanned.files(&json!([]));
    let audit = scanned.audit_with(&[files[0].as_str(), files[1].as_str()]);
    assert_eq!(audit.outcomes(ITEM), ["pass", "absent"], "{}", audit.item(ITEM));
    let audit = scanned.audit_files(&json!([]));
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    assert_eq!(scanned.audit_files(&finding("CRITICAL")).status(ITEM), "FAILED");
}

pub fn a_report_of_another_image_is_shown_and_not_counted() {
    let scanned = Scanned::new();
    let fixture = crate::release::fixture("scans/trivy-alpine-distroless.json");
    let audit = scanned.audit_with(&["--scan", fixture.to_str().expect("a path")]);
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy-alpine-distroless.json", "shown, not counted", "22848737"]);
    let audit = scanned.audit_with(&["--scan", "nowhere.json"]);
    assert_eq!(audit.status(ITEM), "NOT STARTED");
    audit.says(ITEM, &["nowhere.json"]);
}

pub fn a_report_that_cannot_be_read_is_unknown() {
    let scanned = Scanned::new();
    std::fs::write(scanned.folder.path().join("scan.json"), "2026 FATAL no database").expect("a file");
    let audit = scanned.audit_with(&["--scan", "scan.json"]);
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["scan.json"]);
}

pub fn an_ignored_finding_does_not_count_until_its_day() {
    let ignore = |until: &str| {
        format!(
            "[[vulnerabilities.ignore]]\nid = \"CVE-2024-3094\"\nuntil = {until}\nreason = \"not reached\""
        )
    };
    let audit = Scanned::with(&ignore("2999-12-31")).audit_files(&finding("CRITICAL"));
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["1 findings are ignored"]);
    let audit = Scanned::with(&ignore("2020-12-31")).audit_files(&finding("CRITICAL"));
    assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["it counts again"]);
}

pub fn what_vex_clears_does_not_count() {
    let scanned = Scanned::with("vex = [\"vex.json\"]");
    let vex = |product: &str, status: &str| {
        let vex = json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": "2026-11-01T00:00:00Z",
            "statements": [{ "vulnerability": { "name": "CVE-2024-3094" }, "status": status,
                "justification": "vulnerable_code_not_in_execute_path",
                "products": [{ "@id": product, "subcomponents": [{ "@id": "pkg:deb/debian/xz@5.6.0" }] }] }],
        });
        std::fs::write(scanned.folder.path().join("vex.json"), vex.to_string()).expect("a document");
        scanned.audit_files(&finding("CRITICAL"))
    };
    let ours = format!("pkg:oci/app?repository_url={}", scanned.repository().replace('/', "%2F"));
    let audit = vex(&ours, "not_affected");
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["cleared by VEX"]);
    assert_eq!(vex(&ours, "affected").status(ITEM), "FAILED");
    assert_eq!(vex("pkg:oci/app?repository_url=ghcr.io/mallory/app", "not_affected").status(ITEM), "FAILED");
    // One platform's digest clears that platform only.
    let first = format!("pkg:oci/app@{}", scanned.children[0].as_str().replace(':', "%3A"));
    assert_eq!(vex(&first, "not_affected").outcomes(ITEM), ["pass", "fail"]);
}

pub fn a_vex_document_that_cannot_be_read_clears_nothing_and_fails_nothing() {
    let scanned = Scanned::with("vex = [\"vex.json\"]");
    std::fs::write(scanned.folder.path().join("vex.json"), "{").expect("a file");
    let audit = scanned.audit_files(&finding("CRITICAL"));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["vex.json"]);
    assert_eq!(scanned.audit_files(&json!([])).status(ITEM), "COMPLETE");
}

pub fn only_findings_with_a_fix_count_where_that_is_asked() {
    let scanned = Scanned::with("fixable_only = true");
    let mut unfixed = finding("CRITICAL");
    unfixed[0].as_object_mut().expect("a finding").remove("FixedVersion");
    assert_eq!(scanned.audit_files(&unfixed).status(ITEM), "COMPLETE");
    assert_eq!(scanned.audit_files(&finding("CRITICAL")).status(ITEM), "FAILED");
}

pub fn the_scan_action_completes_item_5_and_a_later_audit_knows_it() {
    let scanned = Scanned::new();
    let path = scanned.trivy(&prints(&json!([])));
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", &path)]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}{stderr}");
    assert!(said.contains("trivy scans app linux/amd64") && said.contains("2 scans were made"), "{said}");
    // The scanner is gone; what it saw is kept, with the age of its database.
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy 0.58.1: nothing at or over high; database"]);
    // A later scan takes its place.
    let path = scanned.trivy(&prints(&finding("CRITICAL")));
    scanned.folder.run_with(&["scan", "--yes"], &[("PATH", &path)]);
    assert_eq!(scanned.audit().status(ITEM), "FAILED");
    // Another source alone counts where the configuration says so.
    let attested = Scanned::with("sources = [\"attested\"]");
    let path = attested.trivy(&prints(&json!([])));
    let output = attested.folder.run_with(&["scan", "--yes"], &[("PATH", &path)]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

/// An audit that scans, with this scanner.
fn scanning(script: &str) -> (Scanned, Audit) {
    let scanned = Scanned::new();
    let path = scanned.trivy(script);
    let audit = scanned.folder.audit_in(&["--run", "scan"], &[("PATH", &path)]);
    (scanned, audit)
}

pub fn a_scanner_that_is_configured_and_not_there_is_unknown() {
    let scanned = Scanned::with("sources = [\"trivy\"]");
    let audit = scanned.audit_with(&["--run", "scan"]);
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy is not on PATH", "install trivy"]);
}

pub fn a_scan_attested_on_the_index_counts_for_the_platforms_that_it_names() {
    let scanned = Scanned::new();
    let index = Client::of(&scanned.repository()).digest("0.2.0").expect("an index");
    let index: Digest = index.parse().expect("a digest");
    let first = predicate(&scanned.report(&scanned.children[0], &json!([])), 2, 5);
    scanned.attest_one(&ours(), &index, &first);
    let audit = scanned.audit();
    assert_eq!(audit.outcomes(ITEM), ["pass", "absent"], "{}", audit.item(ITEM));
    assert!(!audit.item(ITEM).contains("not counted"), "it counts: {}", audit.item(ITEM));
    let scanned = Scanned::new();
    scanned.attest_one(&ours(), &index, &predicate(&scanned.report(&index, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.outcomes(ITEM), ["absent", "absent"], "{}", audit.item(ITEM));
    audit.says(ITEM, &["names no platform: shown, not counted"]);
}

pub fn grype_is_asked_as_well_and_the_worst_counts() {
    use std::os::unix::fs::PermissionsExt as _;
    let scanned = Scanned::new();
    let path = scanned.trivy(&prints(&json!([])));
    let grype = scanned.bin().join("grype");
    let report = "#!/bin/sh\nfor last; do :; done\necho 'INFO found 1 vulnerability matches across 9 packages' >&2\n\
        cat <<EOF\n{\"matches\":[{\"vulnerability\":{\"id\":\"CVE-2024-3094\",\"severity\":\"Critical\"},\"artifact\":{\"name\":\"xz\",\"version\":\"5.6.0\"}}],\
        \"source\":{\"target\":{\"userInput\":\"$last\"}},\"descriptor\":{\"name\":\"grype\",\"version\":\"0.87.0\",\"timestamp\":\"TIME\"}}\nEOF\n";
    std::fs::write(&grype, report.replace("TIME", &ago(0))).expect("a program");
    std::fs::set_permissions(&grype, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let audit = scanned.folder.audit_in(&["--run", "scan"], &[("PATH", &path)]);
    assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
    let scans = audit.json["exit_bar_results"][ITEM]["scans"].as_array().expect("scans").clone();
    let scanners: std::collections::BTreeSet<_> =
        scans.iter().filter_map(|scan| scan["scanner"].as_str()).collect();
    assert_eq!(scanners.into_iter().collect::<Vec<_>>(), ["grype 0.87.0", "trivy 0.58.1"], "{scans:?}");
    let found = scans.iter().find(|scan| scan["scanner"] == "grype 0.87.0").expect("grype's");
    assert_eq!(found["findings"][0]["id"], "CVE-2024-3094");
}

pub fn a_scanner_that_fails_is_unknown() {
    let (_scanned, audit) = scanning("echo 'Error: no such database' >&2; exit 1");
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy failed with exit code 1: Error: no such database"]);
}

pub fn a_scanner_that_says_fatal_and_exits_with_0_is_unknown() {
    let fatal = "printf '2026-11-24\\tFATAL\\tFatal error: db is locked\\n' >&2";
    let (_scanned, audit) = scanning(&format!("{fatal}; exit 0"));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["db is locked"]);
    let (_scanned, audit) = scanning(&format!("{fatal}\n{}", prints(&json!([]))));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
}

pub fn a_scanner_that_catalogues_nothing_is_unknown() {
    let (_scanned, audit) = scanning(&prints(&json!([])).replace("{\"Name\":\"zlib\"}", ""));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["nothing was catalogued"]);
}

pub fn a_scanner_that_answers_about_another_image_is_unknown() {
    let other = format!("last=localhost/app@{}", Digest::of(b"other"));
    let (_scanned, audit) = scanning(&format!("{other}\n{}", prints(&json!([]))));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["answered about"]);
}

pub fn an_audit_scans_only_where_it_is_asked() {
    let scanned = Scanned::new();
    let path = scanned.trivy(&prints(&json!([])));
    let audit = scanned.folder.audit_in(&[], &[("PATH", &path)]);
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    assert!(!scanned.bin().join("log").exists(), "nobody asked for a scan");
    let audit = scanned.folder.audit_in(&["--run", "scan"], &[("PATH", &path)]);
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
}

pub fn a_scanner_gets_no_secret_and_its_settings_hide_nothing() {
    let scanned = Scanned::new();
    scanned.folder.login(&scanned.host, "somebody", "hunter2");
    let path = scanned.trivy(&prints(&json!([])));
    let environment = [("PATH", path.as_str()), ("TRIVY_SEVERITY", "LOW"), ("TRIVY_IGNORE_UNFIXED", "true")];
    scanned.folder.audit_in(&["--run", "scan"], &environment);
    let log = std::fs::read_to_string(scanned.bin().join("log")).expect("its arguments");
    for child in &scanned.children {
        assert!(log.contains(&format!("{}@{child}", scanned.repository())), "{log}");
    }
    assert!(log.contains("--platform linux/arm64") && !log.contains("hunter2"), "{log}");
    let environment = std::fs::read_to_string(scanned.bin().join("log.env")).expect("its environment");
    assert!(
        !environment.contains("TRIVY_SEVERITY") && !environment.contains("TRIVY_IGNORE"),
        "{environment}"
    );
}

/// A release whose SBOMs name these packages, and an OSV that knows an advisory of jinja2 2.4.1.
fn asking_osv(who: &Identity, purls: &[&str]) -> (Scanned, Osv) {
    let advisory = json!({
        "id": "GHSA-462w-v97r-4m45", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2019-10906"],
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N" }],
        "affected": [{ "package": { "ecosystem": "PyPI", "name": "jinja2" }, "versions": ["2.4.1"],
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2.10.1" }] }] }],
    });
    let osv = Osv::start(vec![advisory], None).expect("an OSV");
    let scanned = Scanned::with(&format!("osv = \"{}\"", osv.url()));
    scanned.attest_sbom(who, purls);
    (scanned, osv)
}

pub fn without_a_scanner_osv_is_asked_about_the_attested_sbom() {
    let (scanned, osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@3.1.0", "pkg:npm/left-pad@1.3.0"]);
    assert_eq!(scanned.audit().status(ITEM), "NOT STARTED", "nobody asked for a scan");
    assert!(osv.requests().is_empty());
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("ask OSV at"), "{said}");
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["OSV: nothing at or over high"]);
}

pub fn what_osv_knows_of_a_package_fails_and_its_record_is_asked_for_once() {
    let (scanned, osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@2.4.1"]);
    for _ in 0..2 {
        let audit = scanned.audit_with(&["--run", "scan"]);
        assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
        audit.says(ITEM, &["GHSA-462w-v97r-4m45 (high) in jinja2 2.4.1, fixed in 2.10.1"]);
    }
    let records = osv.requests().iter().filter(|request| request.path.contains("/v1/vulns/")).count();
    assert!(records <= 2, "the record is kept: {records}");
    scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    let again = osv.requests().iter().filter(|request| request.path.contains("/v1/vulns/")).count();
    assert_eq!(records, again, "the record is kept");
}

pub fn osv_that_limits_fails_or_breaks_off_is_unknown() {
    for trouble in [
        Trouble::TooManyRequests(Some("60".to_owned())),
        Trouble::Status(503),
        Trouble::Drop,
        Trouble::BrokenJson,
    ] {
        let (scanned, osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@2.4.1"]);
        osv.fault(Fault::on("/v1/querybatch", trouble.clone()));
        let audit = scanned.audit_with(&["--run", "scan"]);
        assert_eq!(audit.status(ITEM), "UNKNOWN", "{trouble:?}: {}", audit.item(ITEM));
        osv.mend();
        osv.fault(Fault::on("/v1/vulns/*", trouble.clone()));
        let audit = scanned.audit_with(&["--run", "scan"]);
        assert_eq!(audit.status(ITEM), "UNKNOWN", "{trouble:?}: {}", audit.item(ITEM));
    }
}

pub fn packages_that_osv_cannot_be_asked_about_are_unknown() {
    let (scanned, _osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@3.1.0", "pkg:generic/openssl@3.0.1"]);
    let audit = scanned.audit_with(&["--run", "scan"]);
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["1 of 2 packages", "pkg:generic/openssl@3.0.1"]);
    let (scanned, _osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@2.4.1", "pkg:generic/openssl@3.0.1"]);
    assert_eq!(scanned.audit_with(&["--run", "scan"]).status(ITEM), "FAILED", "what was found was found");
}

pub fn osv_is_not_asked_about_a_stranger_s_sbom() {
    let (scanned, osv) = asking_osv(&stranger(), &["pkg:pypi/jinja2@3.1.0"]);
    let audit = scanned.audit_with(&["--run", "scan"]);
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    assert!(osv.requests().is_empty());
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("install trivy or grype"), "{stderr}");
}

pub fn a_real_registry_takes_and_gives_attested_scans() {
    let registry = crate::pushing::DockerRegistry::start();
    let scanned = Scanned::in_registry(registry.host().to_owned(), None, "");
    scanned.attest_classic(&ours(), |child| predicate(&scanned.report(child, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
}
