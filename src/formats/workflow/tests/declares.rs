//! What is built, logged in to and run.

use super::*;
use crate::model::{DeclaredBuild, DeclaredRun, ScanGate, Severity};

fn of_job(head: &str, steps: &str) -> Workflows {
    let workflows = read(&format!("on: push\njobs:\n  a:\n{head}    steps:\n{steps}"));
    assert_eq!(workflows.troubles, []);
    workflows
}

const UBUNTU: &str = "    runs-on: ubuntu-24.04\n";

/// The script of one job on GitHub's machine.
fn script(text: &str) -> Workflows {
    of_job(UBUNTU, &format!("      - run: |\n{}", indented(text.lines())))
}

/// Dockerfile, platforms, and those that its machine cannot run.
fn shown(build: &DeclaredBuild) -> (Option<String>, Option<String>, String) {
    let list = |platforms: &std::collections::BTreeSet<crate::model::Platform>| {
        platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let file = build.dockerfile.as_ref().map(|file| file.display().to_string());
    (file, build.platforms.as_ref().map(list), list(&build.unemulated))
}

fn builds(workflows: &Workflows) -> Vec<(Option<String>, Option<String>, String)> {
    workflows.builds.iter().map(shown).collect()
}

fn some(file: &str, platforms: &str, unemulated: &str) -> (Option<String>, Option<String>, String) {
    (Some(file.to_owned()), Some(platforms.to_owned()), unemulated.to_owned())
}

fn build_push(with: &str) -> String {
    format!("      - uses: docker/build-push-action@v6\n        with: {{ push: true, {with} }}\n")
}

#[test]
fn the_platforms_of_a_build_are_those_written_out_or_its_machines() {
    let on =
        |machine: &str, with: &str| builds(&of_job(&format!("    runs-on: {machine}\n"), &build_push(with)));
    let both = "platforms: 'linux/amd64,linux/arm64'";
    assert_eq!(on("ubuntu-latest", both), [some("Dockerfile", "linux/amd64 linux/arm64", "linux/arm64")]);
    assert_eq!(on("ubuntu-24.04-arm", both), [some("Dockerfile", "linux/amd64 linux/arm64", "linux/amd64")]);
    assert_eq!(on("ubuntu-latest", "file: ./ci/Dockerfile"), [some("ci/Dockerfile", "linux/amd64", "")]);
    assert_eq!(on("ubuntu-24.04-arm", "context: app"), [some("app/Dockerfile", "linux/arm64", "")]);
    assert_eq!(on("[self-hosted, linux, ARM64]", "context: ."), [some("Dockerfile", "linux/arm64", "")]);
    assert_eq!(on("'{ labels: big }'", "x: y")[0].1, None, "nobody knows that machine");
    assert_eq!(on("ubuntu-latest", "platforms: '${{ inputs.platforms }}'")[0].1, None);
    assert_eq!(on("ubuntu-latest", "platforms: nonsense")[0].1, None);
}

#[test]
fn a_matrix_builds_once_for_each_of_its_runs() {
    let head = "    runs-on: ${{ matrix.runner }}\n    strategy:\n      matrix:\n        include:\n          - { runner: ubuntu-24.04, file: Dockerfile.a }\n          - { runner: ubuntu-24.04-arm, file: Dockerfile.a }\n";
    let found = builds(&of_job(head, &build_push("file: '${{ matrix.file }}'")));
    assert_eq!(found, [some("Dockerfile.a", "linux/amd64", ""), some("Dockerfile.a", "linux/arm64", "")]);
    let head = format!("{UBUNTU}    env: {{ PLATFORMS: 'linux/amd64, linux/arm64' }}\n");
    let found = builds(&of_job(&head, &build_push("platforms: '${{ env.PLATFORMS }}'")));
    assert_eq!(found[0].1.as_deref(), Some("linux/amd64 linux/arm64"));
}

#[test]
fn what_a_machine_cannot_run_it_emulates_once_it_is_set_up() {
    let build = build_push("platforms: 'linux/amd64,linux/arm64,linux/386'");
    let unemulated = |before: &str| builds(&of_job(UBUNTU, &format!("{before}{build}")))[0].2.clone();
    assert_eq!(unemulated(""), "linux/arm64");
    for enough in [
        "      - uses: docker/setup-qemu-action@v3\n",
        "      - run: docker run --privileged --rm tonistiigi/binfmt --install all\n",
        "      - run: sudo apt-get install -y qemu-user-static\n",
        "      - run: docker run --rm --privileged linuxkit/binfmt:v1\n",
        "      - uses: docker/setup-buildx-action@v3\n        with: { driver: cloud, endpoint: acme/builder }\n",
        "      - run: docker buildx create --use --driver remote tcp://builder:1234\n",
        "      - run: ./set-up.sh\n",
    ] {
        assert_eq!(unemulated(enough), "", "{enough}");
    }
    assert_eq!(unemulated("      - uses: docker/setup-buildx-action@v3\n"), "linux/arm64");
    let late = format!("{build}      - uses: docker/setup-qemu-action@v3\n");
    assert_eq!(builds(&of_job(UBUNTU, &late))[0].2, "linux/arm64");
}

#[test]
fn commands_build_too() {
    let found = |text: &str| builds(&script(text));
    assert_eq!(
        found("P=linux/amd64,linux/arm64\ndocker buildx build --platform \"$P\" -f Dockerfile.full --push ."),
        [some("Dockerfile.full", "linux/amd64 linux/arm64", "linux/arm64")]
    );
    assert_eq!(found("docker build -t x . && docker push x"), [some("Dockerfile", "linux/amd64", "")]);
    assert_eq!(found("docker buildx bake --push"), [(None, None, String::new())]);
    assert_eq!(found("ko build --platform=linux/arm64 ./cmd/x")[0].1.as_deref(), Some("linux/arm64"));
    assert_eq!(
        found("ko build --platform=linux/arm64 ./cmd/x")[0].2,
        "",
        "it runs nothing of what it builds"
    );
    assert_eq!(found("ko build ./cmd/x")[0].1, None);
    assert_eq!(
        found("docker buildx build --platform linux/amd64 --platform=linux/386 --push .")[0].1.as_deref(),
        Some("linux/386 linux/amd64")
    );
    assert_eq!(found("docker image ls\ndocker push x"), []);
    let tried = "docker build --load -t try .\ndocker buildx build --platform linux/arm64 --push .";
    assert_eq!(found(tried).len(), 1, "what is built to try it is not what is released");
    assert_eq!(
        found("docker buildx build --platform linux/arm64 -o dist .\ndocker push x"),
        [],
        "files are no image"
    );
    let both = of_job(
        UBUNTU,
        "      - run: docker build -t x .\n      - run: docker push x\n      - run: docker buildx build --platform linux/arm64 --push .\n",
    );
    assert_eq!(builds(&both).len(), 2, "another step pushes it");
}

#[test]
fn logins_have_their_registry() {
    let logins = |workflows: Workflows| -> Vec<Option<String>> {
        workflows.logins.into_iter().map(|login| login.value).collect()
    };
    let action = |with: &str| {
        let step = format!(
            "      - uses: docker/login-action@v3\n        with: {{ username: x{with} }}\n      - run: docker push x\n"
        );
        logins(of_job(UBUNTU, &step))
    };
    let registry = |host: &str| vec![Some(host.to_owned())];
    assert_eq!(action(""), registry("docker.io"));
    assert_eq!(action(", registry: ghcr.io"), registry("ghcr.io"));
    assert_eq!(action(", registry: '${{ vars.REGISTRY }}'"), [None]);
    let of = |text: &str| logins(script(&format!("{text}\ndocker push x")));
    assert_eq!(of("echo $P | docker login -u \"$U\" --password-stdin ghcr.io"), registry("ghcr.io"));
    assert_eq!(of("docker login -u x -p y"), registry("docker.io"));
    assert_eq!(of("docker login https://index.docker.io/v1/ -u x"), registry("docker.io"));
    assert_eq!(of("crane auth login quay.io -u x -p y"), registry("quay.io"));
    assert_eq!(of("docker login \"$REGISTRY\""), [None]);
    assert_eq!(of("docker login ghcr.io && docker push y\ntrue"), registry("ghcr.io"));
    let several = ", registry-auth: '[{ registry: ghcr.io }]'";
    for unclear in ["docker login ghcr.io || true", "docker login ghcr.io | tee log"] {
        assert_eq!(of(unclear), [None], "it may have worked, and nobody knows: {unclear}");
    }
    for unclear in [
        "echo \"$AUTH\" > ~/.docker/config.json",
        "skopeo copy --dest-creds \"$U:$P\" oci:x docker://ghcr.io/a/b",
        "gcloud auth configure-docker europe-docker.pkg.dev",
    ] {
        assert_eq!(of(unclear), [None], "{unclear}");
    }
    assert_eq!(action(several), [None]);
}

#[test]
fn steps_that_cannot_be_looked_into_are_said() {
    let lines = |steps: &str| -> Vec<u32> {
        let workflows = of_job(UBUNTU, &format!("{steps}      - run: docker push x\n"));
        workflows.opaque.iter().map(|at| at.line).collect()
    };
    assert_eq!(lines("      - uses: actions/checkout@v4\n      - run: docker build .\n"), [0_u32; 0]);
    assert_eq!(lines("      - uses: acme/release@v1\n      - run: make images\n"), [6, 7]);
    let called = read(
        "on: push\njobs:\n  a:\n    steps:\n      - run: docker push x\n  b:\n    uses: acme/ci/.github/workflows/x.yml@v1\n",
    );
    assert_eq!(called.opaque.iter().map(|at| at.line).collect::<Vec<_>>(), [7]);
}

/// What is run: the words for it, and why its failure stops nothing.
fn runs(text: &str) -> Vec<(String, Vec<String>, Option<String>)> {
    let run = |run: DeclaredRun| (run.image, run.command, run.disarmed.map(|why| why.value));
    script(&format!("{text}\ndocker push x")).runs.into_iter().map(run).collect()
}

#[test]
fn a_container_is_run_with_what_comes_after_its_image() {
    let expected = |command: &[&str]| {
        vec![("acme/app:$V".to_owned(), command.iter().map(|word| (*word).to_owned()).collect(), None)]
    };
    for (script, command) in [
        ("docker run --rm acme/app:$V --version", &["--version"][..]),
        ("docker run -it -e A=b -v \"$PWD:/x\" --platform linux/arm64 \"acme/app:$V\" version", &["version"]),
        ("docker run --rm --entrypoint gl acme/app:$V --version", &["gl", "--version"]),
        ("podman container run --name=x acme/app:$V run demo.yaml", &["run", "demo.yaml"]),
        ("docker run acme/app:$V", &[]),
    ] {
        assert_eq!(runs(script), expected(command), "{script}");
    }
    assert_eq!(runs("docker run --rm"), []);
    assert_eq!(runs("echo docker run acme/app:$V --version"), []);
    let arm = script("docker run --platform linux/arm64 x --version\ndocker push x").runs.remove(0);
    assert_eq!(arm.platform.map(|platform| platform.to_string()).as_deref(), Some("linux/arm64"));
}

#[test]
fn a_run_whose_output_is_compared_is_armed() {
    let armed = |script: &str| {
        let runs = runs(script);
        assert_eq!(runs.len(), 1, "{script}");
        runs[0].2.is_none()
    };
    for script in [
        "docker run x --version | grep -F \"$V\"",
        "out=$(docker run x --version)",
        "test \"$(docker run x --version)\" = \"app $V\"",
        "[[ $(docker run x --version) == *\"$V\"* ]]",
        "if ! docker run x --version | grep -q 1; then exit 1; fi",
    ] {
        assert!(armed(script), "{script}");
    }
    for script in [
        "docker run x --version || true",
        "docker run x --version | tee version.txt",
        "echo \"runs as $(docker run x --version)\"",
        "export V=$(docker run x --version)",
        "docker run x --version | grep -F \"$V\" || true",
        "[[ $(docker run x --version) == 1 ]] || echo other",
    ] {
        assert!(!armed(script), "{script}");
    }
}

#[test]
fn what_is_run_for_a_value_counts_as_any_other_command() {
    assert_eq!(run("digest=$(docker push -q x)"), [(Push, true)]);
    assert_eq!(run("echo \"$(docker push -q x)\""), [(Push, false)]);
    assert_eq!(run("export D=$(cosign sign --yes x@$Y)"), [(Sign, false)]);
    assert_eq!(run("[[ -n $(grype x@$D --fail-on high) ]]"), [(Scan, false)]);
}

fn gate(steps: &str) -> Option<(u32, ScanGate)> {
    let workflows = of_job(UBUNTU, &format!("{steps}      - run: docker push x\n"));
    let scan = workflows.steps.into_iter().find(|step| step.step == Scan).expect("a scan");
    scan.gate.map(|gate| (gate.at.line, gate.value))
}

#[test]
fn what_fails_a_scan_is_read() {
    use Severity::{Critical, High, Low, Medium, Negligible};
    let expected = |line, severities: &[Severity], fixed_only| {
        Some((line, ScanGate { severities: severities.iter().copied().collect(), fixed_only }))
    };
    let trivy = |with: &str| {
        gate(&format!(
            "      - uses: aquasecurity/trivy-action@0.28.0\n        with:\n          exit-code: 1\n{with}"
        ))
    };
    let all = [Negligible, Low, Medium, High, Critical];
    assert_eq!(trivy(""), expected(6, &all, false));
    assert_eq!(trivy("          severity: UNKNOWN,CRITICAL,HIGH\n"), expected(9, &[High, Critical], false));
    assert_eq!(
        trivy("          ignore-unfixed: true\n          severity: CRITICAL\n"),
        expected(10, &[Critical], true)
    );
    assert_eq!(trivy("          severity: ${{ inputs.severity }}\n"), None);
    assert_eq!(trivy("          trivy-config: trivy.yaml\n"), None);
    let anchore =
        |with: &str| gate(&format!("      - uses: anchore/scan-action@v6\n        with: {{ {with} }}\n"));
    assert_eq!(anchore("image: x"), expected(6, &[Medium, High, Critical], false));
    assert_eq!(anchore("severity-cutoff: critical, only-fixed: true"), expected(7, &[Critical], true));
    let snyk = |args: &str| {
        gate(&format!("      - uses: snyk/actions/docker@master\n        with: {{ args: '{args}' }}\n"))
    };
    assert_eq!(snyk("--severity-threshold=high"), expected(7, &[High, Critical], false));
    assert_eq!(snyk(""), expected(7, &[Low, Medium, High, Critical], false));
    let command = |text: &str| gate(&format!("      - run: {text}\n"));
    assert_eq!(command("trivy image --exit-code 1 --severity HIGH x@$D"), expected(6, &[High], false));
    assert_eq!(
        command("grype x@$D --fail-on=medium --only-fixed"),
        expected(6, &[Medium, High, Critical], true)
    );
    assert_eq!(command("grype x@$D --fail-on $LEVEL"), None);
}
