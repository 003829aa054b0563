//! Permissions that steps need and do not get.

use super::*;

/// Each lack: the item's kind, its line, the permission, and the line of the `permissions` that leave it out.
fn lacking(text: &str) -> Vec<(StepKind, u32, String, Option<u32>)> {
    lacks(&read(text))
}

fn lacks(workflows: &Workflows) -> Vec<(StepKind, u32, String, Option<u32>)> {
    let lack = |lack: &crate::model::LackingPermission| {
        (lack.step, lack.at.line, lack.permission.clone(), lack.declared.as_ref().map(|at| at.line))
    };
    workflows.lacking.iter().map(lack).collect()
}

fn job(permissions: &str, steps: &str) -> String {
    format!("on: push\n{permissions}jobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
}

const PUSH: &str = "      - run: docker push ghcr.io/acme/app\n";
const SIGN: &str = "      - run: cosign sign --yes ghcr.io/acme/app@$DIGEST\n";
const LOGIN: &str = "      - uses: docker/login-action@v3\n        with: { registry: ghcr.io, password: '${{ secrets.GITHUB_TOKEN }}' }\n";

#[test]
fn a_keyless_signature_needs_an_identity_from_github() {
    let sign = format!("{PUSH}{SIGN}");
    let of = |permissions: &str| lacking(&job(permissions, &sign));
    let refused = |line, declared| [(Sign, line, "id-token: write".to_owned(), declared)];
    assert_eq!(of(""), refused(7, None), "GitHub gives it to nobody by itself");
    assert_eq!(of("permissions: read-all\n"), refused(8, Some(2)));
    assert_eq!(of("permissions: {}\n"), refused(8, Some(2)));
    assert_eq!(of("permissions:\n  id-token: read\n"), refused(9, Some(3)));
    for enough in
        ["permissions:\n  id-token: write\n", "permissions: write-all\n", "permissions: ${{ fromJSON(x) }}\n"]
    {
        assert_eq!(of(enough), [], "{enough}");
    }
    let text = of_shown("permissions: {}\n", &sign);
    assert_eq!(
        text,
        ["`cosign sign` needs `id-token: write`, which the `permissions` in line 2 do not give"]
    );
    let text = of_shown("", &sign);
    assert_eq!(
        text,
        ["`cosign sign` needs `id-token: write`, which no `permissions` give, nor does GitHub by itself"]
    );
}

fn of_shown(permissions: &str, steps: &str) -> Vec<String> {
    read(&job(permissions, steps)).lacking.iter().map(ToString::to_string).collect()
}

#[test]
fn a_signature_with_a_key_or_another_identity_needs_nothing_of_github() {
    for other in [
        "cosign sign --key env://COSIGN_PRIVATE_KEY x@$D",
        "cosign sign --key=\"$KEY\" x@$D",
        "cosign sign --identity-token \"$TOKEN\" x@$D",
        "cosign sign $OPTIONS x@$D",
        "cosign sign \"${OPTIONS[@]}\" x@$D",
        "cosign sign --yes x@$D || true",
        "SIGSTORE_ID_TOKEN=$TOKEN\ncosign sign --yes x@$D",
    ] {
        let script = format!("{PUSH}      - run: |\n{}", indented(other.lines()));
        assert_eq!(lacking(&job("permissions: {}\n", &script)), [], "{other}");
    }
    let of =
        |script: &str| lacking(&job("permissions: {}\n", &format!("{PUSH}      - run: {script}\n"))).len();
    assert_eq!(of("cosign sign --yes $IMAGE"), 1, "what comes last is the image");
    assert_eq!(of("cosign attest --yes --type spdxjson --predicate $SBOM $IMAGE@$DIGEST"), 1);
}

#[test]
fn a_push_by_the_runs_own_token_needs_packages() {
    let of = |permissions: &str| lacking(&job(permissions, &format!("{LOGIN}{PUSH}")));
    assert_eq!(of("permissions:\n  contents: read\n"), [(Push, 10, "packages: write".to_owned(), Some(3))]);
    assert_eq!(of("permissions:\n  packages: write\n"), []);
    assert_eq!(of(""), [], "the repository's settings decide that");
    let other = LOGIN.replace("secrets.GITHUB_TOKEN", "secrets.PAT");
    assert_eq!(lacking(&job("permissions: {}\n", &format!("{other}{PUSH}"))), []);
    let elsewhere = LOGIN.replace("ghcr.io", "quay.io");
    assert_eq!(lacking(&job("permissions: {}\n", &format!("{elsewhere}{PUSH}"))), []);
    let by_hand = "      - run: echo \"$T\" | docker login ghcr.io -u \"$U\" --password-stdin\n        env: { T: '${{ github.token }}' }\n";
    assert_eq!(lacking(&job("permissions: {}\n", &format!("{by_hand}{PUSH}"))).len(), 1);
}

#[test]
fn who_only_reads_at_github_pushes_somewhere_else() {
    let steps = |hub: &str| {
        format!(
            "      - uses: docker/login-action@v3\n        with: {{ registry: ghcr.io, password: '${{{{ github.token }}}}' }}\n{hub}      - run: docker push x\n"
        )
    };
    let hub = "      - uses: docker/login-action@v3\n        with: { username: x, password: y }\n";
    let reads = "permissions: { packages: read }\n";
    assert_eq!(lacking(&job(reads, &steps(hub))), []);
    assert_eq!(lacking(&job(reads, &steps(""))).len(), 1);
    assert_eq!(lacking(&job("permissions: { contents: read }\n", &steps(hub))).len(), 1);
}

#[test]
fn githubs_own_attestations_need_both() {
    let attest = "      - run: docker push x\n      - uses: actions/attest-sbom@v2\n";
    let lacking = lacking(&job("permissions:\n  id-token: write\n", attest));
    assert_eq!(lacking, [(Sbom, 9, "attestations: write".to_owned(), Some(3))]);
}

#[test]
fn a_jobs_own_permissions_replace_the_workflows() {
    let text = |top: &str, own: &str| {
        format!("on: push\npermissions: {top}\njobs:\n  a:\n    permissions: {own}\n    steps:\n{PUSH}{SIGN}")
    };
    assert_eq!(lacking(&text("{}", "{ id-token: write }")), []);
    assert_eq!(lacking(&text("write-all", "{ contents: read }"))[0].3, Some(5));
}

#[test]
fn a_called_workflow_gets_no_more_than_its_caller_has() {
    let called =
        |permissions: &str| format!("on: workflow_call\n{permissions}jobs:\n  a:\n    steps:\n{PUSH}{SIGN}");
    let caller = |permissions: &str| {
        format!("on: push\njobs:\n  b:\n{permissions}    uses: ./.github/workflows/build.yml\n")
    };
    let of = |callers: &str, own: &str| {
        let files = [("release.yml", caller(callers)), ("build.yml", called(own))];
        lacks(&parse(&files.map(|(name, text)| (PathBuf::from(name), text)), &LocalActions::new()))
    };
    let given = "    permissions: { id-token: write }\n";
    assert_eq!(of(given, ""), []);
    assert_eq!(of(given, "permissions: { id-token: write }\n"), []);
    assert_eq!(of("    permissions: {}\n", "permissions: { id-token: write }\n")[0].3, Some(4));
    assert_eq!(of(given, "permissions: {}\n")[0].3, Some(2));
    assert_eq!(of("", "")[0].3, None);
    let ci = "on: push\njobs:\n  try:\n    permissions: {}\n    uses: ./.github/workflows/build.yml\n";
    let files = [("ci.yml", ci.to_owned()), ("release.yml", caller(given)), ("build.yml", called(""))];
    let both = parse(&files.map(|(name, text)| (PathBuf::from(name), text)), &LocalActions::new());
    assert_eq!(lacks(&both), [], "the one that releases gives it");
}
