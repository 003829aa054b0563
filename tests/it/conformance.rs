//! The Sigstore clients' conformance cases, each through the binary: a folder ending `_fail` must be rejected.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Trial;

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// How many cases the suite has; one that is lost is no case that passed.
const CASES: usize = 57;

/// A named trial for each case.
pub fn trials() -> Vec<Trial> {
    let mut cases: Vec<PathBuf> = fs::read_dir(cases())
        .expect("the cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let count = cases.len();
    let mut trials = vec![Trial::test("conformance::every_case_is_there", move || {
        if count == CASES { Ok(()) } else { Err(format!("{count} cases, not {CASES}").into()) }
    })];
    trials.extend(cases.into_iter().map(|case| {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        Trial::test(format!("conformance::{name}"), move || comes_out_as_named(&case).map_err(Into::into))
    }));
    trials
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sigstore/bundle-verify")
}

/// Once with the artifact's bytes, once with its digest.
fn comes_out_as_named(case: &Path) -> Result<(), String> {
    let own = case.join("artifact");
    let artifact = if own.exists() { own } else { cases().join("a.txt") };
    let digest = exitbar::model::Digest::of(&fs::read(&artifact).expect("the artifact")).to_string();
    for given in [artifact.display().to_string(), digest] {
        let output = verify(case, &given);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let named = case.file_name().expect("a name").to_string_lossy().into_owned();
        // A trust root that is none is bad usage; every other one has to be rejected for what it is.
        let expected = match &*named {
            "trust-root-tlog-missing-validity-start_fail" => 2,
            name if name.ends_with("_fail") => 1,
            _ => 0,
        };
        if output.status.code() != Some(expected) {
            return Err(format!("{given}: {:?}, expected {expected}: {said}", output.status.code()));
        }
        if expected != 0 && said.trim().is_empty() {
            return Err(format!("{given}: rejected without a word"));
        }
    }
    Ok(())
}

fn verify(case: &Path, artifact: &str) -> Output {
    let read = |name: &str| fs::read_to_string(case.join(name)).ok().map(|text| text.trim().to_owned());
    let mut command = Command::new(env!("CARGO_BIN_EXE_exitbar"));
    command.arg("verify-bundle").arg("--bundle").arg(case.join("bundle.sigstore.json"));
    if case.join("key.pub").exists() {
        command.arg("--key").arg(case.join("key.pub"));
    } else {
        command.args(["--certificate-identity", read("identity").as_deref().unwrap_or(IDENTITY)]);
        command.args(["--certificate-oidc-issuer", read("issuer").as_deref().unwrap_or(ISSUER)]);
    }
    if case.join("trusted_root.json").exists() {
        command.arg("--trusted-root").arg(case.join("trusted_root.json"));
    }
    command.arg(artifact).output().expect("the binary runs")
}
