mod called;
mod described;
mod in_actions;

use proptest::prelude::*;

use super::*;
use crate::config::{self, Loaded};

/// A project with these files, cloned from GitHub.
fn project(files: &[(&str, &str)]) -> Project {
    Project {
        folder: "greenlang".to_owned(),
        paths: files.iter().map(|(path, _)| PathBuf::from(path)).collect(),
        files: files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect(),
        troubles: Vec::new(),
        git: remote("git@github.com:acme/greenlang.git"),
        engine: Ok(Vec::new()),
    }
}

fn remote(url: &str) -> Git {
    let remote = Some(("origin".to_owned(), url.to_owned()));
    Git::Repository { remote, described: None, above: None }
}

/// The file that is drafted, as it is read again beside the project's own files.
fn written(project: &Project) -> (String, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(version) = project.files.get(Path::new("VERSION")) {
        std::fs::write(folder.path().join("VERSION"), version).unwrap();
    }
    let text = draft(project).text();
    let loaded = config::parse(&folder.path().join("exitbar.toml"), &text);
    (text.clone(), loaded.unwrap_or_else(|error| panic!("{error}\n{text}")))
}

fn repositories(loaded: &Loaded) -> Vec<String> {
    loaded.release.repositories().map(|(image, one)| format!("{} {one}:{}", image.name, image.tag)).collect()
}

const RUNNER: &str = "FROM python:3.12-slim AS build\nRUN pip wheel .\nFROM gcr.io/distroless/python3\n\
    LABEL org.opencontainers.image.title=greenlang org.opencontainers.image.licenses=MIT\nUSER 10001\n\
    HEALTHCHECK CMD [\"/usr/local/bin/gl\", \"health\"]\nENTRYPOINT [\"/usr/local/bin/gl\"]\n";
const FULL: &str = "FROM python:3.12\nCMD [\"gl\", \"serve\"]\n";

const RELEASE: &str = r#"
on:
  push:
    tags: ["v*"]
jobs:
  images:
    strategy:
      matrix:
        image: [runner, full]
    env:
      IMAGE: ghcr.io/${{ github.repository }}-${{ matrix.image }}
    steps:
      - uses: docker/build-push-action@v6
        with:
          file: Dockerfile.${{ matrix.image }}
          platforms: linux/amd64,linux/arm64
          push: true
          tags: |
            ${{ env.IMAGE }}:${{ github.ref_name }}
            ${{ env.IMAGE }}:latest
            docker.io/acme/greenlang-${{ matrix.image }}:${{ github.ref_name }}
      - run: cosign sign --yes "$IMAGE@${{ steps.push.outputs.digest }}"
      - uses: aquasecurity/trivy-action@0.28.0
        with: { image-ref: x, severity: "HIGH,CRITICAL", ignore-unfixed: true }
"#;

const CI: &str = r#"
on: [push, pull_request]
jobs:
  test:
    steps:
      - run: |
          docker build -t greenlang-runner:ci -f Dockerfile.runner .
          docker run --rm greenlang-runner:ci --version
          docker run --rm -v "$PWD/examples:/work" greenlang-runner:ci run demo.yaml
"#;

const NIGHTLY: &str = "on: { schedule: [{ cron: '0 0 * * *' }] }\njobs:\n  a:\n    steps:\n      - run: docker push ghcr.io/acme/nightly:edge\n";

fn sample() -> Project {
    let mut project = project(&[
        ("Dockerfile.runner", RUNNER),
        ("Dockerfile.full", FULL),
        ("Dockerfile.dev", "FROM python:3.12\n"),
        (".github/workflows/release.yml", RELEASE),
        (".github/workflows/ci.yml", CI),
        (".github/workflows/nightly.yml", NIGHTLY),
        ("pyproject.toml", "[project]\nname = \"greenlang\"\nversion = \"0.2.0\"\n"),
        ("setup.cfg", "[metadata]\nversion = 0.1.9\n"),
        ("examples/demo.yaml", ""),
        (".trivyignore", ""),
    ]);
    let local = |name: &str, size| LocalName { name: name.to_owned(), size };
    project.engine = Ok(vec![
        local("somebody/else:1", None),
        local("greenlang-runner:0.1.9", Some(1)),
        local("greenlang-runner:0.2.0-linux-amd64", Some(367_000_000)),
    ]);
    project
}

#[test]
fn two_dockerfiles_and_three_workflows_give_two_images_with_where_everything_comes_from() {
    let (text, loaded) = written(&sample());
    insta::assert_snapshot!(text);
    assert_eq!(
        repositories(&loaded),
        [
            "runner ghcr.io/acme/greenlang-runner:v0.2.0",
            "runner docker.io/acme/greenlang-runner:v0.2.0",
            "full ghcr.io/acme/greenlang-full:v0.2.0",
            "full docker.io/acme/greenlang-full:v0.2.0",
        ]
    );
    let rule = loaded.policy.signature.identity.unwrap();
    let crate::model::IdentityRule::Regexp(rule) = &rule else { panic!("{rule:?}") };
    let rule = regex::Regex::new(rule).unwrap();
    let identity = "https://github.com/acme/greenlang/.github/workflows/release.yml@refs/";
    assert!(rule.is_match(&format!("{identity}tags/v0.2.0")));
    for stranger in ["heads/main", "tags/v1/evil", "tags/x"] {
        assert!(!rule.is_match(&format!("{identity}{stranger}")), "{stranger}");
    }
}

#[test]
fn everything_that_is_written_is_said_with_how_sure_it_is() {
    let said = draft(&sample()).said();
    let lines: Vec<String> =
        said.iter().map(|said| format!("{:?} {}: {}", said.certainty, said.about, said.text)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_empty_folder_gives_what_has_to_be_filled_in() {
    let mut empty = project(&[]);
    empty.git = Git::None;
    empty.engine = Err("no container engine answers".to_owned());
    let (text, loaded) = written(&empty);
    insta::assert_snapshot!(text);
    assert_eq!(repositories(&loaded), ["greenlang registry.invalid/fill-in/greenlang:0.0.0"]);
}

#[test]
fn without_a_workflow_the_dockerfiles_count_and_the_places_are_guesses() {
    let mut mono = project(&[
        ("services/api/Dockerfile", RUNNER),
        ("services/api/main.go", ""),
        ("services/web/Dockerfile", FULL),
        ("services/web/server.js", ""),
        ("tests/Dockerfile", FULL),
        ("VERSION", "1.0.0+build\n"),
        (".gitlab-ci.yml", ""),
    ]);
    let (text, loaded) = written(&mono);
    assert_eq!(
        repositories(&loaded),
        ["api ghcr.io/acme/greenlang-api:1.0.0-build", "web ghcr.io/acme/greenlang-web:1.0.0-build"]
    );
    assert!(
        text.contains(".gitlab-ci.yml is not read") && text.contains("tests/Dockerfile is left out"),
        "{text}"
    );
    let build = loaded.release.images[0].build.as_ref().unwrap();
    assert_eq!(build.context, Path::new("services/api"));
    mono.git = remote("https://gitlab.com/acme/group/greenlang");
    let (text, loaded) = written(&mono);
    assert!(
        repositories(&loaded)[0].contains("registry.gitlab.com/acme/group/greenlang/greenlang-api"),
        "{text}"
    );
    assert!(
        text.contains(r"^https://gitlab\.com/acme/group/greenlang//\.gitlab-ci\.yml@refs/tags/"),
        "{text}"
    );
    mono.paths.retain(|path| !path.starts_with("services/web"));
    mono.files.remove(Path::new("services/web/Dockerfile"));
    let (text, loaded) = written(&mono);
    assert_eq!(repositories(&loaded), ["api registry.gitlab.com/acme/group/greenlang:1.0.0-build"], "{text}");
}

#[test]
fn broken_files_cost_their_own_facts_and_are_named_with_their_lines() {
    let mut broken = sample();
    broken.files.insert(".github/workflows/ci.yml".into(), "on: push\njobs:\n  a: [\n".to_owned());
    broken.files.insert("Dockerfile.full".into(), "FROM a\nFRUM b\nUSER 5\n".to_owned());
    broken.files.insert("setup.cfg".into(), "[metadata]\nversion = attr: greenlang.__version__\n".to_owned());
    broken.files.insert("package.json".into(), "{\n,".to_owned());
    broken.troubles.push("Dockerfile.big: it is larger than 1048576 bytes".to_owned());
    let (text, loaded) = written(&broken);
    assert_eq!(loaded.release.images.len(), 2);
    for place in [
        ".github/workflows/ci.yml:3: ",
        "Dockerfile.full:2: FRUM",
        "setup.cfg:2: ",
        "package.json:2: ",
        "Dockerfile.big",
    ] {
        assert!(text.contains(place), "{place}: {text}");
    }
    assert!(!text.contains("Dockerfile.full sets no USER"), "{text}");
}

#[test]
fn two_images_of_one_repository_get_tags_of_their_own() {
    let push = |file: &str| {
        format!(
            "      - run: |\n          docker build -t ghcr.io/acme/app:$TAG -f {file} .\n          docker push ghcr.io/acme/app:$TAG\n"
        )
    };
    let one = push("Dockerfile.runner");
    let workflow = format!(
        "on: {{ push: {{ tags: ['*'] }} }}\njobs:\n  a:\n    steps:\n{one}  b:\n    steps:\n{}",
        push("Dockerfile.full")
    );
    let (text, loaded) = written(&project(&[
        ("Dockerfile.runner", RUNNER),
        ("Dockerfile.full", FULL),
        (".github/workflows/release.yml", &workflow),
        ("VERSION", "2.0.0"),
    ]));
    assert_eq!(
        repositories(&loaded),
        ["runner ghcr.io/acme/app:v2.0.0", "full ghcr.io/acme/app:v2.0.0-full"],
        "{text}"
    );
    assert!(text.contains("FILL IN: another image is v{version} in the same repository"), "{text}");
}

#[test]
fn a_key_and_a_workflow_that_only_signs_are_told() {
    let workflow = "on: { release: { types: [published] } }\njobs:\n  a:\n    steps:\n      - run: |\n          docker build -t ghcr.io/acme/app .\n          docker push ghcr.io/acme/app\n          cosign sign --key env://COSIGN_KEY ghcr.io/acme/app\n";
    let files = [("Dockerfile", FULL), (".github/workflows/release.yml", workflow), ("cosign.pub", "")];
    let (text, loaded) = written(&project(&files));
    assert_eq!(loaded.policy.signature.key.as_deref(), Some("cosign.pub"), "{text}");
    let (text, loaded) = written(&project(&files[..2]));
    assert_eq!(loaded.policy.signature.key, None);
    assert!(text.contains("#key = \"cosign.pub\""), "{text}");
}

#[test]
fn hostile_names_stay_within_their_strings_and_comments() {
    let evil = "a\"]\n[[waiver]]\nitem = \"signed\"\u{1b}[31m\u{202e}'/Dockerfile.x\"\n[audit]\nrun = [\"version\"]\n#";
    let mut hostile = project(&[
        (evil, "FROM a\nENTRYPOINT [\"x\\\"]\\n[audit]\\n\"]\nUSER $(id)\n"),
        ("VERSION", "1\"\n[audit]"),
    ]);
    hostile.folder = "\u{1b}]0;title\u{7}\"\n[audit]\n".to_owned();
    hostile.git = Git::Unknown("boom\n[audit]\nrun = [\"version\"]\u{1b}[2J".to_owned());
    hostile.engine = Err("no\n[audit]".to_owned());
    let (text, loaded) = written(&hostile);
    assert!(loaded.scope.run.is_empty() && loaded.policy.waivers.is_empty(), "{text}");
    let build = loaded.release.images[0].build.as_ref().unwrap();
    assert_eq!(build.dockerfile.as_deref(), Some(Path::new(evil)), "the file itself is still named");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
}

/// A line of a workflow with anything in it.
fn pushes() -> impl Strategy<Value = String> {
    let part = "(ghcr.io/|docker.io/|acme|/|:|@|\\$\\{\\{ github.repository \\}\\}|\\$TAG|\\{|\\}|-|\\.|_|é|A| |%){0,8}";
    (part, part, "[ -~]{0,12}").prop_map(|(image, file, target)| {
        format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          file: {}\n          target: {}\n          tags: {}\n          build-args: {}\n",
            serde_json::json!(file), serde_json::json!(target), serde_json::json!(image), serde_json::json!(format!("{target}={image}"))
        )
    })
}

proptest! {
    #[test]
    fn whatever_is_found_the_file_loads(
        path in "(Dockerfile|a/Dockerfile|Dockerfile\\.)[^/\u{0}]{0,12}",
        dockerfile in "(FROM a|ENTRYPOINT|CMD|USER|LABEL|HEALTHCHECK|ARG| \\[\"|\"\\]|\n|[ -~]|\u{1b}){0,20}",
        workflow in pushes(),
        version in "(v?[0-9]{1,3}\\.|[ -~]|\n|é){0,8}",
        url in "(https://|git@|github.com|gitlab.com|:|/|acme|app|\\.git|[ -~]|é){0,8}",
        folder in any::<String>(),
        locals in prop::collection::vec("(greenlang|app|ghcr.io/acme)[a-z:/0-9.-]{0,12}:[a-z0-9]{1,4}", 0..3),
    ) {
        let mut any = project(&[(&path, &dockerfile), (".github/workflows/a.yml", &workflow), ("VERSION", &version)]);
        any.git = remote(&url);
        any.folder = folder;
        any.engine = Ok(locals.into_iter().map(|name| LocalName { name, size: None }).collect());
        written(&any);
        any.files.remove(Path::new(".github/workflows/a.yml"));
        written(&any);
    }
}
