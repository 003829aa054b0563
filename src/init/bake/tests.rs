//! Tests of what bake files say.

use proptest::prelude::*;

use super::*;

fn project(files: &[(&str, &str)]) -> Project {
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
    Project { files: files.collect(), ..Project::empty() }
}

/// What is built of these files, with variables, targets and overrides.
fn baked(files: &[(&str, &str)], given: &[(&str, &str)], targets: &[&str], overrides: &[&str]) -> Builds {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let at = Location { file: "release.yml".into(), line: 9 };
    let given = |name: &str| given.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
    let call = Call {
        at: Some(&at),
        folder: PathBuf::new(),
        files: Vec::new(),
        targets: owned(targets),
        overrides: owned(overrides),
        pushes: true,
        metadata: Vec::new(),
        given: &given,
    };
    of(&call, &project(files))
}

fn hcl(text: &str) -> Builds {
    baked(&[("docker-bake.hcl", text)], &[], &[], &[])
}

/// Name, Dockerfile and places of each.
fn shown(builds: &Builds) -> Vec<String> {
    let one = |build: &Build| {
        let place = |one: &references::Reference| {
            format!("{}:{}", one.repository, one.tag.clone().unwrap_or_default())
        };
        let places: Vec<String> = build.references.iter().map(place).collect();
        format!("{} {} {}", build.name.clone().unwrap_or_default(), build.recipe, places.join(" "))
    };
    builds.found.iter().map(one).collect()
}

fn said(located: &[Located<String>]) -> Vec<String> {
    located.iter().map(|one| format!("{}: {}", one.at, one.value)).collect()
}

const FILE: &str = r#"
variable "REGISTRY" { default = "ghcr.io/acme" }
variable "VERSION" {}
group "default" { targets = ["runner", "full"] }
target "_base" {
  context   = "."
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { APP_VERSION = VERSION, MODE = "base" }
  labels    = { "org.opencontainers.image.vendor" = "Acme" }
}
target "runner" {
  inherits   = ["_base"]
  dockerfile = "Dockerfile.runner"
  target     = "final"
  tags       = ["${REGISTRY}/app:${VERSION}", "docker.io/acme/app:${VERSION}", "${REGISTRY}/app:latest"]
}
target "full" {
  inherits   = ["_base"]
  context    = "full"
  args       = { MODE = "full" }
  tags       = ["${REGISTRY}/app-full:v${VERSION}"]
}
"#;

#[test]
fn targets_inherit_and_name_their_places_with_their_lines() {
    let builds = hcl(FILE);
    assert_eq!(
        shown(&builds),
        [
            "runner Dockerfile.runner ghcr.io/acme/app:{version} docker.io/acme/app:{version} ghcr.io/acme/app:latest",
            "full full/Dockerfile ghcr.io/acme/app-full:v{version}"
        ]
    );
    let [runner, full] = builds.found.as_slice() else { panic!("{builds:?}") };
    assert_eq!(
        (runner.at.to_string().as_str(), runner.target.as_deref()),
        ("docker-bake.hcl:11", Some("final"))
    );
    assert_eq!((full.context.as_path(), full.platforms.len()), (Path::new("full"), 2));
    assert_eq!((full.args["MODE"].as_str(), full.args["APP_VERSION"].as_str()), ("full", "{version}"));
    assert!(full.labels.contains("org.opencontainers.image.vendor"));
    assert_eq!(
        said(&full.guesses),
        ["docker-bake.hcl:21: nothing here sets `VERSION`, which is taken to be {version} at the release"]
    );
}

#[test]
fn what_is_set_from_outside_overrides_defaults_and_targets() {
    let given = [("REGISTRY", "quay.io/acme"), ("VERSION", "{tag}")];
    let files = [("docker-bake.hcl", FILE)];
    let builds =
        baked(&files, &given, &["full"], &["*.platform=linux/amd64", "full.args.MODE=x", "runner.tags=a/b"]);
    assert_eq!(shown(&builds), ["full full/Dockerfile quay.io/acme/app-full:v{tag}"]);
    assert_eq!((builds.found[0].platforms.len(), builds.found[0].args["MODE"].as_str()), (1, "x"));
    let builds = baked(&files, &given, &["full"], &["full.tags=docker.io/a/b:1", "full.tags=quay.io/c/d:1"]);
    assert_eq!(shown(&builds), ["full full/Dockerfile docker.io/a/b:1 quay.io/c/d:1"]);
}

#[test]
fn an_override_file_and_json_say_the_same_things() {
    let json = r#"{
  "variable": { "TAG": { "default": "{version}" } },
  "target": {
    "default": { "dockerfile": "a.Dockerfile", "tags": ["ghcr.io/acme/app:${TAG}"], "output": ["type=registry"] }
  }
}"#;
    let over = "target \"default\" { dockerfile = \"b.Dockerfile\" }\n";
    let builds = baked(&[("docker-bake.json", json), ("docker-bake.override.hcl", over)], &[], &[], &[]);
    assert_eq!(shown(&builds), ["default b.Dockerfile ghcr.io/acme/app:{version}"]);
    assert_eq!(builds.found[0].at.to_string(), "docker-bake.json:4");
}

#[test]
fn a_matrix_makes_a_target_for_each_of_its_values() {
    let builds = hcl(
        "target \"default\" {\n  name = \"app-${item.name}\"\n  matrix = { item = [{ name = \"runner\", file = \"a\" }, { name = \"full\", file = \"b\" }] }\n  dockerfile = \"Dockerfile.${item.file}\"\n  tags = [\"ghcr.io/acme/${item.name}:1\"]\n}\n",
    );
    assert_eq!(
        shown(&builds),
        ["app-runner Dockerfile.a ghcr.io/acme/runner:1", "app-full Dockerfile.b ghcr.io/acme/full:1"]
    );
}

#[test]
fn functions_loops_and_choices_are_evaluated_where_everything_is_known() {
    let builds = hcl(r#"
variable "TAG" { default = "{tag}" }
variable "HUB" { default = true }
registries = ["ghcr.io", "quay.io"]
function "named" {
  params = [name]
  result = [for host in registries : "${host}/acme/${name}:${trimprefix(TAG, "v")}"]
}
target "default" {
  tags = concat(named("app"), HUB ? ["docker.io/acme/app:${TAG}"] : [], [notequal("", TAG) ? "quay.io/acme/app:edge" : ""])
}
"#);
    assert_eq!(
        shown(&builds),
        [
            "default Dockerfile ghcr.io/acme/app:{version} quay.io/acme/app:{version} docker.io/acme/app:{tag} quay.io/acme/app:edge"
        ]
    );
    assert!(builds.found[0].doubts.is_empty(), "{builds:?}");
}

#[test]
fn what_is_only_known_at_the_build_is_said_with_its_reason_and_line() {
    let builds = hcl(
        "target \"default\" {\n  tags = [\n    \"ghcr.io/acme/app:${formatdate(\"YYYY\", timestamp())}\", \"${OWNER}/app:1\"]\n}\n",
    );
    let [build] = builds.found.as_slice() else { panic!("{builds:?}") };
    assert_eq!(
        said(&build.doubts),
        [
            "docker-bake.hcl:2: `timestamp(…)` cannot be evaluated here",
            "docker-bake.hcl:2: `formatdate(…)` cannot be evaluated here",
            "docker-bake.hcl:2: nothing here says what `OWNER` is",
        ]
    );
    assert_eq!((build.references.len(), build.unread.as_slice()), (1, &["{?}/app:1".to_owned()][..]));
}

#[test]
fn what_is_not_pushed_or_has_no_name_is_no_image_of_the_release() {
    let file = "group \"default\" { targets = [\"app\", \"test\"] }\ntarget \"app\" {\n  tags = [\"ghcr.io/acme/app:1\"]\n  output = [{ type = \"registry\" }]\n}\ntarget \"test\" {\n  tags = [\"ghcr.io/acme/test:1\"]\n  output = [\"type=cacheonly\"]\n}\n";
    let at = Location { file: "release.yml".into(), line: 9 };
    let mut call = Call {
        at: Some(&at),
        folder: PathBuf::new(),
        files: vec!["docker-bake.hcl".to_owned()],
        targets: Vec::new(),
        overrides: Vec::new(),
        pushes: false,
        metadata: Vec::new(),
        given: &|_| None,
    };
    let project = project(&[("sub/docker-bake.hcl", file)]);
    assert_eq!(shown(&of(&call, &project)), ["app sub/Dockerfile ghcr.io/acme/app:1"]);
    call.targets = vec!["gone".to_owned()];
    assert_eq!(
        said(&of(&call, &project).unread),
        ["release.yml:9: bake is to build `gone`, which none of its files describes"]
    );
}

#[test]
fn a_broken_file_costs_itself_and_has_its_line() {
    let files =
        [("docker-bake.hcl", FILE), ("docker-bake.override.hcl", "target \"runner\" {\n  tags = [\n}\n")];
    let builds = baked(&files, &[], &[], &[]);
    assert_eq!(builds.found.len(), 2);
    assert!(said(&builds.unread)[0].starts_with("docker-bake.override.hcl:3: no HCL: "), "{builds:?}");
    let builds = baked(&[("docker-bake.json", "{\n,")], &[], &[], &[]);
    assert!(said(&builds.unread)[0].starts_with("docker-bake.json:2: no JSON: "), "{builds:?}");
}

#[test]
fn files_that_go_round_in_circles_or_grow_without_end_are_given_up() {
    let circle = "group \"default\" { targets = [\"default\", \"a\"] }\ntarget \"a\" {\n  inherits = [\"a\", \"b\"]\n  tags = [B]\n}\ntarget \"b\" { inherits = [\"a\", \"a\"] }\nvariable \"B\" { default = C }\nvariable \"C\" { default = B }\n";
    let builds = hcl(circle);
    assert!(said(&builds.found[0].doubts)[0].contains("it takes too much to evaluate it"), "{builds:?}");
    let mut growing = String::from("v0 = \"xxxxxxxxxxxxxxxx\"\n");
    for at in 1..40 {
        growing.push_str(&format!("v{at} = \"${{v{0}}}${{v{0}}}\"\n", at - 1));
    }
    growing.push_str("target \"default\" { tags = [v39] }\n");
    assert_eq!(hcl(&growing).found.len(), 1);
    let mut doubling = String::from("function \"f0\" {\n  params = [x]\n  result = [x, x]\n}\n");
    for at in 1..60 {
        let before = at - 1;
        doubling
            .push_str(&format!("function \"f{at}\" {{\n  params = [x]\n  result = f{before}([x, x])\n}}\n"));
    }
    doubling.push_str("target \"default\" { tags = f59(\"a\") }\n");
    assert!(said(&hcl(&doubling).found[0].doubts)[0].contains("it takes too much"));
    let twice = "group \"default\" { targets = [\"a\", \"a\", \"default\"] }\n";
    assert_eq!(hcl(twice).unread.len(), 1);
    let deep = format!("target \"default\" {{\n  tags = {}1{}\n}}\n", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(hcl(&deep).unread.len(), 1);
}

proptest! {
    #[test]
    fn no_file_is_too_strange(
        text in r#"(target|variable|group|function|"a"|"default"|\{|\}|\[|\]|tags|matrix|name|inherits|result|params| = |\$\{|a|\(|\)|\?|:|,|for| in |\n|"|é| ){0,60}"#,
    ) {
        let _ = hcl(&text);
        let _ = baked(&[("docker-bake.json", &text)], &[], &["a"], &[&text]);
    }
}
