use std::os::unix::fs::PermissionsExt as _;

use super::*;

struct Fake {
    folder: tempfile::TempDir,
}

impl Fake {
    fn new(tool: Tool, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(tool.name());
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    async fn scan(&self, tool: Tool) -> Result<ScannerOutput, Reason> {
        let program = tool.find(&self.folder.path().as_os_str().to_owned()).unwrap();
        let (repository, digest) = ("ghcr.io/acme/app".parse().unwrap(), Digest::of(b"app"));
        let platform = Platform::new("linux", "arm64", None);
        let target =
            Target { repository: &repository, digest: &digest, platform: &platform, plain_http: false };
        scan(tool, &program, &target).await
    }
}

#[test]
fn a_scanner_is_looked_for_on_the_path_and_has_to_be_a_program() {
    let fake = Fake::new(Tool::Grype, "");
    let path = fake.folder.path().as_os_str().to_owned();
    assert!(Tool::Grype.find(&path).is_some() && Tool::Trivy.find(&path).is_none());
    let file = fake.folder.path().join("grype");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Tool::Grype.find(&path).is_none());
    // A folder of the working folder's would run what lies around there.
    assert!(Tool::Grype.find(&OsString::from(".:")).is_none());
}

#[test]
fn an_image_is_named_by_its_digest_and_platform() {
    let (repository, digest) = ("ghcr.io/acme/app".parse().unwrap(), Digest::of(b"app"));
    let platform = Platform::new("linux", "arm64", None);
    let target = Target { repository: &repository, digest: &digest, platform: &platform, plain_http: true };
    for tool in [Tool::Trivy, Tool::Grype] {
        let arguments = tool.arguments(&target).join(" ");
        assert!(arguments.contains("--platform linux/arm64"), "{arguments}");
        assert!(arguments.ends_with(&format!("ghcr.io/acme/app@{digest}")), "{arguments}");
        assert!(tool.environment(true).iter().any(|(_, value)| value == "true"));
    }
}

#[tokio::test]
async fn grype_s_packages_are_counted_by_what_it_says() {
    let fake = Fake::new(
        Tool::Grype,
        "echo '[0003]  INFO found 0 vulnerability matches across 12 packages' >&2; echo '{\"matches\":[]}'",
    );
    let output = fake.scan(Tool::Grype).await.unwrap();
    assert_eq!((output.packages, output.exit), (Some(12), 0));
}

#[tokio::test]
async fn a_failure_is_told_with_what_it_said() {
    for (script, said) in [
        ("echo 'db is locked' >&2; echo '{}'; exit 1", "exit code 1: db is locked"),
        ("printf 'INFO x\\nFATAL no db\\nlater\\n' >&2; echo '{}'", "exit code 0: FATAL no db"),
        ("exit 0", "it printed no report"),
        ("kill -9 $$", "exit code 137"),
    ] {
        let reason = Fake::new(Tool::Trivy, script).scan(Tool::Trivy).await.unwrap_err();
        assert_eq!(reason.kind, ReasonKind::ToolFailed);
        assert!(reason.text.contains(said), "{reason}");
        assert!(reason.cure.unwrap().contains("run `trivy image"));
    }
}
