//! A release that is scanned: a registry, a Sigstore, and what scanners would say of it.

use std::path::PathBuf;

use exitbar::embedded::sigstore::{Evidence, Identity, PrivateSigstore, statement};
use exitbar::embedded::{Fault, Options, Registry, Trouble};
use exitbar::model::Digest;
use serde_json::{Value, json};

use crate::image::{INDEX, ImageSpec, MANIFEST, push_index};
use crate::pushing::Client;
use crate::release::{Audit, Folder, configuration};
use crate::signing::{ISSUER, WORKFLOW};

pub const ITEM: &str = "vulnerabilities";
pub const VULN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
/// The folders of `sh`, `cat` and `date`, without anybody's scanner.
pub const TOOLS: &str = "/usr/bin:/bin";

/// A release of two platforms in a registry, and the Sigstore that signs for it.
pub struct Scanned {
    sigstore: PrivateSigstore,
    pub host: String,
    /// The registry in the process, where it is one.
    registry: Option<Registry>,
    /// Its platforms' manifests.
    pub children: Vec<Digest>,
    pub folder: Folder,
}

impl Scanned {
    pub fn new() -> Self {
        Self::with("")
    }

    /// With more settings of `[vulnerabilities]`.
    pub fn with(settings: &str) -> Self {
        let registry = Registry::start(Options::default()).expect("a registry");
        Self::in_registry(registry.host().to_owned(), Some(registry), settings)
    }

    pub fn in_registry(host: String, registry: Option<Registry>, settings: &str) -> Self {
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
        Self { sigstore, host, registry, children, folder }
    }

    pub fn repository(&self) -> String {
        format!("{}/acme/app", self.host)
    }

    /// From now on the registry knows nothing that is attached.
    pub fn lose_referrers(&self) {
        let registry = self.registry.as_ref().expect("a registry in the process");
        registry.set_referrers(false);
        registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    }

    /// Attests a predicate for every platform.
    pub fn attest(&self, who: &Identity, predicate: impl Fn(&Digest) -> Value) {
        for child in &self.children {
            self.attest_one(who, child, &predicate(child));
        }
    }

    pub fn attest_one(&self, who: &Identity, child: &Digest, predicate: &Value) {
        self.attest_as(who, VULN, child, predicate);
    }

    /// Attests an SPDX document with these purls to every platform.
    pub fn attest_sbom(&self, who: &Identity, purls: &[&str]) {
        for child in &self.children {
            self.attest_sbom_to(who, child, purls);
        }
    }

    /// Attests an SPDX document with these purls to the index.
    pub fn attest_sbom_of_index(&self, who: &Identity, purls: &[&str]) {
        let index = Client::of(&self.repository()).digest("0.2.0").expect("an index");
        self.attest_sbom_to(who, &index.parse().expect("a digest"), purls);
    }

    fn attest_sbom_to(&self, who: &Identity, subject: &Digest, purls: &[&str]) {
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
        self.attest_as(who, "https://spdx.dev/Document", subject, &document);
    }

    pub fn attest_as(&self, who: &Identity, kind: &str, child: &Digest, predicate: &Value) {
        self.attach(who, kind, child, &crate::signing::statement(child, kind, predicate));
    }

    /// Signs a statement and attaches it to a platform.
    pub fn attach(&self, who: &Identity, kind: &str, child: &Digest, statement: &Value) {
        let now = jiff::Timestamp::now();
        let signer = self.sigstore.certificate(who, now).expect("a certificate");
        let bundle = self.sigstore.bundle(&signer, statement, now, Evidence::V1).expect("a bundle");
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
    pub fn attest_classic(&self, who: &Identity, predicate: impl Fn(&Digest) -> Value) {
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
    pub fn report(&self, child: &Digest, findings: &Value) -> Value {
        json!({
            "SchemaVersion": 2, "Trivy": { "Version": "0.58.1" }, "CreatedAt": ago(1),
            "ArtifactName": format!("{}@{child}", self.repository()), "ArtifactType": "container_image",
            "Metadata": { "RepoDigests": [format!("{}@{child}", self.repository())] },
            "Results": [{ "Class": "os-pkgs", "Type": "debian", "Packages": [{ "Name": "zlib" }], "Vulnerabilities": findings }],
        })
    }

    /// Writes a report of each platform; the arguments that name them.
    pub fn files(&self, findings: &Value) -> Vec<String> {
        let mut arguments = Vec::new();
        for (number, child) in self.children.iter().enumerate() {
            let name = format!("scan-{number}.json");
            std::fs::write(self.folder.path().join(&name), self.report(child, findings).to_string())
                .expect("a report");
            arguments.extend(["--scan".to_owned(), name]);
        }
        arguments
    }

    pub fn audit(&self) -> Audit {
        self.audit_with(&[])
    }

    /// Audits where no scanner is.
    pub fn audit_with(&self, more: &[&str]) -> Audit {
        self.folder.audit_in(more, &[("PATH", TOOLS)])
    }

    pub fn audit_files(&self, findings: &Value) -> Audit {
        let files = self.files(findings);
        self.audit_with(&files.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A program that is called `trivy`, on a PATH of its own.
    pub fn trivy(&self, script: &str) -> String {
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

    pub fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }
}

/// A time so many hours ago.
pub fn ago(hours: i64) -> String {
    (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours)).to_string()
}

/// cosign's predicate around a report.
pub fn predicate(report: &Value, scanned: i64, database: i64) -> Value {
    json!({
        "invocation": {}, "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@0.58.1", "db": { "lastUpdate": ago(database) }, "result": report,
        },
        "metadata": { "scanStartedOn": ago(scanned), "scanFinishedOn": ago(scanned) },
    })
}

pub fn finding(severity: &str) -> Value {
    json!([{ "VulnerabilityID": "CVE-2024-3094", "PkgName": "xz", "InstalledVersion": "5.6.0", "FixedVersion": "5.6.2",
        "PkgIdentifier": { "PURL": "pkg:deb/debian/xz@5.6.0?arch=amd64" }, "Severity": severity }])
}

/// A script that prints a report of what it was asked about.
pub fn prints(findings: &Value) -> String {
    format!(
        "cat <<EOF\n{{\"SchemaVersion\":2,\"CreatedAt\":\"{}\",\"ArtifactName\":\"$last\",\"Metadata\":{{\"RepoDigests\":[\"$last\"]}},\
         \"Results\":[{{\"Class\":\"os-pkgs\",\"Packages\":[{{\"Name\":\"zlib\"}}],\"Vulnerabilities\":{findings}}}]}}\nEOF",
        ago(0)
    )
}
