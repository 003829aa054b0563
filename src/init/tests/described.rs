//! Images that the files of other programs describe.

use super::*;

const BAKE: &str = r#"
variable "REGISTRY" { default = "ghcr.io/acme" }
variable "TAG" { default = "dev" }
group "default" { targets = ["runner", "full"] }
target "docker-metadata-action" {}
target "runner" {
  inherits   = ["docker-metadata-action"]
  dockerfile = "Dockerfile.runner"
  platforms  = ["linux/amd64", "linux/arm64"]
}
target "full" {
  dockerfile = "Dockerfile.full"
  args       = { APP_VERSION = TAG, DATE = timestamp() }
  tags       = ["${REGISTRY}/greenlang-full:${TAG}", "docker.io/acme/greenlang-full:${TAG}"]
}
"#;

const BAKING: &str = r"on: { push: { tags: ['v*'] } }
jobs:
  images:
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ghcr.io/acme/greenlang-runner
          tags: type=semver,pattern={{version}}
      - uses: docker/bake-action@v6
        env: { TAG: '${{ github.ref_name }}' }
        with:
          push: true
          files: |
            ./docker-bake.hcl
            cwd://${{ steps.meta.outputs.bake-file }}
";

fn baking(workflow: &str, bake: &str) -> Project {
    project(&[
        ("Dockerfile.runner", RUNNER),
        ("Dockerfile.full", FULL),
        ("docker-bake.hcl", bake),
        (".github/workflows/release.yml", workflow),
        ("VERSION", "0.2.0\n"),
    ])
}

#[test]
fn a_bake_file_says_which_images_a_release_has() {
    let (text, loaded) = written(&baking(BAKING, BAKE));
    insta::assert_snapshot!(text);
    assert_eq!(
        repositories(&loaded),
        [
            "runner ghcr.io/acme/greenlang-runner:0.2.0",
            "full ghcr.io/acme/greenlang-full:v0.2.0",
            "full docker.io/acme/greenlang-full:v0.2.0",
        ]
    );
}

#[test]
fn a_line_that_is_taken_away_takes_its_guess_along() {
    let without = |line: &str| {
        assert!(BAKE.contains(line), "{line}");
        let (text, loaded) = written(&baking(BAKING, &BAKE.replace(line, "")));
        (text, loaded.release.images)
    };
    let (text, images) = without("  inherits   = [\"docker-metadata-action\"]\n");
    assert_eq!(images.iter().map(|image| image.name.as_str()).collect::<Vec<_>>(), ["full"], "{text}");
    let (text, images) = without("variable \"REGISTRY\" { default = \"ghcr.io/acme\" }\n");
    assert_eq!(images[1].repositories.len(), 1, "{text}");
    assert!(text.contains("FILL IN: docker-bake.hcl:13: nothing here says what `REGISTRY` is"), "{text}");
    let (text, _) = without("  platforms  = [\"linux/amd64\", \"linux/arm64\"]\n");
    assert!(text.contains("docker-bake.hcl:6 names none, so it builds for one"), "{text}");
    let (text, _) =
        written(&baking(&BAKING.replace("        env: { TAG: '${{ github.ref_name }}' }\n", ""), BAKE));
    assert!(text.contains("moving_tags = [\"dev\"]"), "{text}");
}

#[test]
fn commands_bake_with_what_the_job_exports() {
    let workflow = "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    steps:\n      - run: echo \"TAG=${GITHUB_REF_NAME#v}\" >> \"$GITHUB_ENV\"\n      - run: docker buildx bake --push --set full.platform=linux/arm64 -f docker-bake.hcl full\n";
    let (text, loaded) = written(&baking(workflow, BAKE));
    assert_eq!(
        repositories(&loaded),
        ["full ghcr.io/acme/greenlang-full:0.2.0", "full docker.io/acme/greenlang-full:0.2.0"],
        "{text}"
    );
    assert_eq!(loaded.release.images[0].platforms.len(), 1);
    assert!(
        text.contains(
            "Dockerfile.full, built and pushed by docker-bake.hcl:11, through .github/workflows/release.yml:6"
        ),
        "{text}"
    );
}

#[test]
fn a_bake_file_that_no_workflow_runs_is_a_guess_and_a_broken_one_costs_itself() {
    let (text, loaded) = written(&baking("on: push\njobs: {}\n", BAKE));
    assert_eq!(loaded.release.images.len(), 1, "{text}");
    assert!(text.contains("GUESSED: docker-bake.hcl:11: no workflow was seen to run it"), "{text}");
    let (text, loaded) = written(&baking(BAKING, "target \"runner\" {\n  tags = [\n}\n"));
    assert_eq!(loaded.release.images.len(), 2, "the Dockerfiles are still there: {text}");
    assert!(text.contains("FILL IN: docker-bake.hcl:3: no HCL: "), "{text}");
}

const GORELEASER: &str = r#"
dockers:
  - image_templates: ["ghcr.io/acme/greenlang:{{ .Version }}-amd64", "acme/greenlang:{{ .Version }}-amd64"]
    dockerfile: Dockerfile.runner
    use: buildx
    build_flag_templates: ["--platform=linux/amd64", "--label=org.opencontainers.image.vendor=Acme"]
  - image_templates: ["ghcr.io/acme/greenlang:{{ .Version }}-arm64", "acme/greenlang:{{ .Version }}-arm64"]
    dockerfile: Dockerfile.runner
    use: buildx
    goarch: arm64
    build_flag_templates: ["--platform=linux/arm64"]
docker_manifests:
  - name_template: ghcr.io/acme/greenlang:v{{ .Version }}
    image_templates: ["ghcr.io/acme/greenlang:{{ .Version }}-amd64", "ghcr.io/acme/greenlang:{{ .Version }}-arm64"]
  - name_template: acme/greenlang:v{{ .Version }}
    image_templates: ["acme/greenlang:{{ .Version }}-amd64", "acme/greenlang:{{ .Version }}-arm64"]
kos:
  - repositories: [ghcr.io/acme/greenlang-lint]
    main: ./cmd/lint
    bare: true
    tags: ["{{ .Tag }}"]
docker_signs:
  - artifacts: manifests
    args: [sign, --yes, "${artifact}"]
"#;

const RELEASING: &str = "on: { push: { tags: ['v*'] } }\njobs:\n  release:\n    steps:\n      - uses: goreleaser/goreleaser-action@v6\n        with: { args: release --clean }\n";

fn releasing(workflow: &str, goreleaser: &str) -> Project {
    project(&[
        ("Dockerfile.runner", RUNNER),
        (".goreleaser.yaml", goreleaser),
        ("go.mod", "module github.com/acme/greenlang\n"),
        (".github/workflows/release.yml", workflow),
        ("VERSION", "0.2.0\n"),
    ])
}

#[test]
fn goreleaser_s_file_says_which_images_a_release_has_and_who_signs_them() {
    let (text, loaded) = written(&releasing(RELEASING, GORELEASER));
    insta::assert_snapshot!(text);
    assert_eq!(
        repositories(&loaded),
        [
            "runner ghcr.io/acme/greenlang:v0.2.0",
            "runner docker.io/acme/greenlang:v0.2.0",
            "lint ghcr.io/acme/greenlang-lint:v0.2.0",
        ]
    );
}

#[test]
fn a_manifest_that_is_taken_away_takes_its_registry_along() {
    let without = GORELEASER.replace("  - name_template: acme/greenlang:v{{ .Version }}\n    image_templates: [\"acme/greenlang:{{ .Version }}-amd64\", \"acme/greenlang:{{ .Version }}-arm64\"]\n", "");
    let (text, loaded) = written(&releasing(RELEASING, &without));
    assert_eq!(loaded.release.images[0].repositories.len(), 1, "{text}");
    let unsigned = GORELEASER.split("docker_signs").next().unwrap();
    let (text, _) = written(&releasing(RELEASING, unsigned));
    assert!(!text.contains("signs keyless") && text.contains("#identity_regexp"), "{text}");
    let (text, _) = written(&releasing("on: push\njobs: {}\n", GORELEASER));
    assert!(text.contains("GUESSED: .goreleaser.yaml:13: no workflow was seen to run it"), "{text}");
}

/// A text as a file may have it, quoted.
fn any_text() -> impl Strategy<Value = String> {
    "(ghcr.io/|docker.io/|acme|app|/|\\.|:|@|-|_|é|A| |%|\\{|\\}|\\{\\{ .Version \\}\\}|\\{\\{ if \\}\\}|[ -~]){0,8}"
        .prop_map(|text| serde_json::json!(text).to_string())
}

proptest! {
    #[test]
    fn whatever_other_files_describe_what_is_written_loads(
        texts in prop::collection::vec(any_text(), 8),
    ) {
        let [name, file, context, stage, tag, argument, label, platform] = &texts[..] else { unreachable!() };
        let bake = format!(
            "target {{ \"default\": {{ \"name\": {name}, \"matrix\": {{ \"a\": [1, 2] }}, \"dockerfile\": {file}, \"context\": {context}, \"target\": {stage}, \"tags\": [{tag}, \"ghcr.io/acme/app:1\"], \"args\": {{ {argument}: {tag} }}, \"labels\": {{ {label}: {tag} }}, \"platforms\": [{platform}] }} }}"
        );
        let bake = bake.replacen("target {", "{ \"target\": {", 1) + "}";
        let goreleaser = format!(
            "project_name: {name}\ndockers:\n  - dockerfile: {file}\n    image_templates: [{tag}, 'ghcr.io/acme/app:x']\n    build_flag_templates: [{argument}, {platform}]\ndocker_manifests:\n  - name_template: {tag}\n    image_templates: [{tag}]\ndockers_v2:\n  - id: {name}\n    dockerfile: {file}\n    images: [{context}, ghcr.io/acme/b]\n    tags: [{tag}, x]\n    build_args: {{ {argument}: {tag} }}\nkos:\n  - id: {name}\n    main: {file}\n    repository: {context}\n    tags: [{tag}]\n    bare: true\n"
        );
        written(&releasing(RELEASING, &goreleaser));
        let mut baked = baking(&BAKING.replace("./docker-bake.hcl", "./docker-bake.json"), "");
        baked.files.insert("docker-bake.json".into(), bake);
        written(&baked);
    }
}

#[test]
fn images_whose_names_differ_little_are_kept_apart() {
    let bake = "group \"default\" { targets = [\"app_x\", \"app-x\"] }\ntarget \"app_x\" { tags = [\"ghcr.io/acme/app:${TAG}\"] }\ntarget \"app-x\" { tags = [\"ghcr.io/acme/app:${TAG}-x\"] }\nvariable \"TAG\" {}\n";
    let mut two = baking(BAKING, bake);
    two.engine = Ok(vec![LocalName { name: "ghcr.io/acme/app:0.2.0".to_owned(), size: None }]);
    let (text, loaded) = written(&two);
    assert_eq!(
        repositories(&loaded),
        ["app_x ghcr.io/acme/app:v0.2.0", "app-x-2 ghcr.io/acme/app:v0.2.0-x"],
        "{text}"
    );
    let local = |line: &str| text.contains(line);
    assert!(
        local("local = \"docker:ghcr.io/acme/app:{version}\"")
            && local("local = \"docker:greenlang-app-x-2:{version}\""),
        "{text}"
    );
}
