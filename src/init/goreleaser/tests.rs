//! Tests of what goreleaser's configuration says.

use proptest::prelude::*;

use super::*;

fn made(text: &str, given: &[(&str, &str)]) -> Builds {
    let files = [(PathBuf::from(".goreleaser.yaml"), text.to_owned())];
    let go_mod =
        (PathBuf::from("go.mod"), "module github.com/acme/app // the module\n\ngo 1.24\n".to_owned());
    let project = Project { files: files.into_iter().chain([go_mod]).collect(), ..Project::empty() };
    let at = Location { file: "release.yml".into(), line: 9 };
    let given = |name: &str| given.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
    of(&Call { at: Some(&at), folder: PathBuf::new(), file: None, name: "app", given: &given }, &project)
}

/// What it is made from, its platforms and places, and its line.
fn shown(builds: &Builds) -> Vec<String> {
    let one = |build: &Build| {
        let place = |one: &references::Reference| {
            format!("{}:{}", one.repository, one.tag.clone().unwrap_or_default())
        };
        let places: Vec<String> = build.references.iter().map(place).collect();
        let platforms: Vec<String> = build.platforms.iter().map(ToString::to_string).collect();
        format!("{} {} {} {}", build.at.line, build.recipe, platforms.join(","), places.join(" "))
    };
    builds.found.iter().map(one).collect()
}

fn said(located: &[Located<String>]) -> Vec<String> {
    located.iter().map(|one| format!("{}: {}", one.at, one.value)).collect()
}

pub(super) const DOCKERS: &str = r#"
project_name: gl
env:
  - REGISTRY=ghcr.io/acme
  - HUB={{ if index .Env "DOCKERHUB" }}{{ .Env.DOCKERHUB }}{{ else }}acme{{ end }}
dockers:
  - image_templates: ["{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}-amd64", "{{ .Env.HUB }}/gl:{{ .Version }}-amd64"]
    use: buildx
    dockerfile: docker/Dockerfile
    build_flag_templates:
      - --platform=linux/amd64
      - --build-arg=VERSION={{ .Version }}
      - --label=org.opencontainers.image.vendor=Acme
  - image_templates: ["{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}-arm64", "{{ .Env.HUB }}/gl:{{ .Version }}-arm64"]
    use: buildx
    dockerfile: docker/Dockerfile
    goarch: arm64
    build_flag_templates:
      - --build-arg=VERSION={{ .Version }}
docker_manifests:
  - name_template: "{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}"
    image_templates: ["{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}-amd64", "{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}-arm64"]
  - name_template: "{{ .Env.HUB }}/gl:{{ .Version }}"
    image_templates: ["{{ .Env.HUB }}/gl:{{ .Version }}-amd64", "{{ .Env.HUB }}/gl:{{ .Version }}-arm64"]
  - name_template: "{{ .Env.REGISTRY }}/{{ .ProjectName }}:latest"
    skip_push: auto
    image_templates: ["{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}-amd64", "{{ .Env.REGISTRY }}/{{ .ProjectName }}:{{ .Version }}-arm64"]
docker_signs:
  - artifacts: manifests
    args: [sign, --yes, "--key=env://COSIGN_KEY", "${artifact}"]
"#;

#[test]
fn manifests_make_one_image_of_the_images_of_several_platforms() {
    let builds = made(DOCKERS, &[]);
    assert_eq!(
        shown(&builds),
        [
            "21 docker/Dockerfile linux/amd64,linux/arm64 ghcr.io/acme/gl:{version} docker.io/acme/gl:{version} ghcr.io/acme/gl:latest"
        ]
    );
    let build = &builds.found[0];
    assert_eq!((build.args["VERSION"].as_str(), build.doubts.len()), ("{version}", 0));
    assert!(build.labels.contains("org.opencontainers.image.vendor"));
    assert_eq!(builds.signed[0].key.as_deref(), Some("env://COSIGN_KEY"));
    assert_eq!(
        shown(&made(DOCKERS, &[("DOCKERHUB", "somebody")]))[0].matches("docker.io/somebody/gl").count(),
        1
    );
}

#[test]
fn platforms_without_a_manifest_are_no_index_and_a_manifest_without_images_is_said() {
    let dockers = DOCKERS.split("docker_manifests:").next().unwrap();
    let builds = made(dockers, &[]);
    assert_eq!(builds.found.len(), 1, "{builds:?}");
    assert_eq!(
        said(&builds.found[0].doubts),
        [
            ".goreleaser.yaml:7: it makes images of several platforms, and no `docker_manifests` makes one index of them"
        ]
    );
    let manifest = "docker_manifests:\n  - name_template: ghcr.io/acme/gl:{{ .Tag }}\n    image_templates: [ghcr.io/acme/gl:x]\n";
    let builds = made(manifest, &[]);
    assert_eq!(said(&builds.found[0].doubts), [".goreleaser.yaml:2: no `dockers` makes ghcr.io/acme/gl:x"]);
}

#[test]
fn images_of_the_second_version_are_named_by_repositories_and_tags() {
    let builds = made(
        "dockers_v2:\n  - id: runner\n    images: [ghcr.io/acme/app, acme/app]\n    tags: [\"v{{ .Version }}\", \"{{ if not .Prerelease }}latest{{ end }}\"]\n    labels: { org.opencontainers.image.vendor: Acme }\n    build_args: { VERSION: \"{{ .Version }}\" }\n  - id: full\n    dockerfile: Dockerfile.full\n    platforms: [linux/amd64]\n    images: [ghcr.io/acme/app-full]\n    tags: [\"{{ .Version }}\"]\n  - id: off\n    disable: \"{{ .IsRelease }}\"\n    images: [ghcr.io/acme/off]\n    tags: [x]\n",
        &[],
    );
    assert_eq!(
        shown(&builds),
        [
            "2 Dockerfile linux/amd64,linux/arm64 ghcr.io/acme/app:v{version} ghcr.io/acme/app:latest docker.io/acme/app:v{version} docker.io/acme/app:latest",
            "7 Dockerfile.full linux/amd64 ghcr.io/acme/app-full:{version}",
        ]
    );
    assert_eq!(builds.found[0].name.as_deref(), Some("runner"));
}

#[test]
fn ko_names_images_by_repository_and_import_path() {
    let kos = |more: &str| {
        let text = format!(
            "builds:\n  - id: cli\n    main: ./cmd/gl\nkos:\n  - id: image\n    build: cli\n    tags: [\"{{{{ .Version }}}}\", latest]\n    platforms: [linux/amd64, linux/arm64]\n{more}"
        );
        made(&text, &[("KO_DOCKER_REPO", "ghcr.io/acme")])
    };
    let repository = |builds: &Builds| builds.found[0].references[0].repository.to_string();
    let bare = kos("    repositories: [ghcr.io/acme/gl, docker.io/acme/gl]\n    bare: true\n");
    assert_eq!(
        shown(&bare),
        [
            "5 the Go package cmd/gl linux/amd64,linux/arm64 ghcr.io/acme/gl:{version} ghcr.io/acme/gl:latest docker.io/acme/gl:{version} docker.io/acme/gl:latest"
        ]
    );
    assert_eq!(repository(&kos("    base_import_paths: true\n")), "ghcr.io/acme/gl");
    assert_eq!(
        repository(&kos("    preserve_import_paths: true\n")),
        "ghcr.io/acme/github.com/acme/app/cmd/gl"
    );
    assert_eq!(repository(&kos("")), "ghcr.io/acme/gl-7bc2f2f8aa0941eb6b81ae6b9effc82c");
}

#[test]
fn only_a_release_makes_images() {
    let config = |text: &'static str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        releasing(&words).map(|options| options.first(&["--config", "-f"]).unwrap_or_default())
    };
    assert_eq!(config("release --clean").as_deref(), Some(""));
    assert_eq!(config("release -f ci/a.yml --timeout 60m").as_deref(), Some("ci/a.yml"));
    for other in
        ["build", "check", "release --snapshot", "release --skip=publish,sign", "release --skip docker", ""]
    {
        assert_eq!(config(other), None, "{other}");
    }
}

#[test]
fn a_broken_file_costs_itself_and_has_its_line() {
    let builds = made("dockers:\n  - image_templates: {}\n", &[]);
    assert!(
        said(&builds.unread)[0].starts_with(".goreleaser.yaml:2: no configuration of goreleaser: "),
        "{builds:?}"
    );
    let builds = made("includes:\n  - from_file: { path: ./more.yaml }\n", &[]);
    assert_eq!(said(&builds.unread), [".goreleaser.yaml:2: it includes other files, which are not read"]);
    let empty = of(
        &Call {
            at: None,
            folder: PathBuf::new(),
            file: Some("gone.yml".into()),
            name: "app",
            given: &|_| None,
        },
        &Project::empty(),
    );
    assert_eq!(said(&empty.unread), ["gone.yml:1: gone.yml is not here, or could not be read"]);
}

proptest! {
    #[test]
    fn no_file_is_too_strange(
        text in "(dockers:|docker_manifests:|dockers_v2:|kos:|docker_signs:|env:|\n|  - |    |image_templates: |name_template: |images: |tags: |\\[|\\]|\\{\\{ .Version \\}\\}|a/b|'|\"|:|é){0,40}",
    ) {
        let _ = made(&text, &[]);
    }
}
