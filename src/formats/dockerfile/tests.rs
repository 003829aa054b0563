use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Dockerfile {
    parse(Path::new("Dockerfile"), text, None, &BTreeMap::new())
}

fn user(text: &str) -> String {
    read(text).user.unwrap().value
}

/// Lines of the troubles.
fn troubles(dockerfile: &Dockerfile) -> Vec<u32> {
    dockerfile.troubles.iter().map(|trouble| trouble.at.line).collect()
}

#[test]
fn the_final_stage_is_read_with_lines() {
    let dockerfile = read(
        "# syntax=docker/dockerfile:1\nFROM golang:1.24 AS build\nUSER root\nRUN make\n\nFROM scratch\nCOPY --from=build /app /app\n\
         LABEL org.opencontainers.image.title=\"My app\" \\\n  # a comment\n\n  org.opencontainers.image.version='1.0'\nUSER 10001:10001\n\
         HEALTHCHECK --interval=30s CMD [\"/app\", \"health\"]\nENTRYPOINT [\"/app\"]\n",
    );
    assert_eq!(dockerfile.troubles, []);
    let user = dockerfile.user.unwrap();
    assert_eq!((user.value.as_str(), user.at.line), ("10001:10001", 12));
    assert_eq!(dockerfile.healthcheck.unwrap().value, ["CMD", "/app", "health"]);
    assert_eq!(dockerfile.entrypoint.unwrap().value, ["/app"]);
    let labels: Vec<_> =
        dockerfile.labels.iter().map(|(k, v)| (k.as_str(), v.value.as_str(), v.at.line)).collect();
    assert_eq!(
        labels,
        [("org.opencontainers.image.title", "My app", 8), ("org.opencontainers.image.version", "1.0", 8)]
    );
    let bases: Vec<_> = dockerfile.bases.iter().map(|base| (base.value.pinned, base.at.line)).collect();
    assert_eq!(bases, [(false, 2), (true, 6)]);
}

#[test]
fn hints_at_how_it_is_run_are_named_with_their_first_line() {
    use crate::model::Hint::*;
    let text = "# docker run --read-only --cap-drop=ALL x\nFROM alpine\nRUN --mount=type=cache,target=/c make\n# setcap x\nRUN setcap cap_net_bind_service=+ep /app\n# --read-only again\n";
    let found: Vec<_> = read(text).hints.iter().map(|hint| (hint.value, hint.at.line)).collect();
    assert_eq!(found, [(ReadOnly, 1), (CapabilitiesDropped, 1), (CacheMount, 3), (FileCapabilities, 5)]);
    assert_eq!(read("FROM alpine\nUSER 1\n").hints, []);
}

#[test]
fn a_stage_made_from_a_stage_inherits_and_a_target_is_chosen() {
    let text = "FROM alpine AS Base\nUSER app\nHEALTHCHECK CMD wget localhost\nLABEL a=1\nFROM base AS final\nLABEL b=2\nFROM base AS debug\nUSER root\nHEALTHCHECK NONE\n";
    let read = |target| parse(Path::new("Dockerfile"), text, target, &BTreeMap::new());
    let found = read(Some("FINAL"));
    assert_eq!(found.user.unwrap().value, "app");
    assert_eq!(found.labels.len(), 2);
    assert_eq!(found.healthcheck.unwrap().value, ["CMD-SHELL", "wget localhost"]);
    assert_eq!(read(Some("1")).user.unwrap().value, "app");
    assert_eq!(read(None).healthcheck.unwrap().value, ["NONE"]);
    assert_eq!(troubles(&read(Some("nowhere"))), [1]);
    assert_eq!(found.bases.len(), 1);
}

#[test]
fn args_have_their_scopes() {
    let text = "ARG TAG=3.20\nARG WHO=app\nFROM alpine:${TAG}\nUSER \"${WHO}x\"\n";
    assert_eq!(user(text), "x");
    let text = "ARG TAG=3.20\nARG WHO=app\nFROM alpine:${TAG}\nARG WHO\nUSER ${WHO}\n";
    let dockerfile = read(text);
    assert_eq!(dockerfile.bases[0].value.reference, "alpine:3.20");
    assert_eq!(dockerfile.user.unwrap().value, "app");
    let args = BTreeMap::from([("WHO".to_owned(), "given".to_owned())]);
    assert_eq!(parse(Path::new("f"), text, None, &args).user.unwrap().value, "given");
    assert_eq!(user("FROM a\nENV WHO=env\nARG WHO=arg\nUSER $WHO\n"), "env");
    assert_eq!(user("FROM a\nENV A=1\nENV A=2 B=$A\nUSER $B\n"), "1");
    assert_eq!(read("FROM a-${TARGETARCH}\n").bases[0].value.reference, "a-${TARGETARCH}");
}

#[test]
fn variables_expand_as_buildkit_has_it() {
    for (word, expected) in [
        ("$A", "value"),
        ("${A}", "value"),
        ("${A:-x}", "value"),
        ("${N:-x}", "x"),
        ("${E:-x}", "x"),
        ("${E-x}", ""),
        ("${A:+x}", "x"),
        ("${N:+x}y", "y"),
        ("${N:-${A}}", "value"),
        ("\\$A", "$A"),
        ("'$A'", "$A"),
        ("\"$A\"", "value"),
        ("a${A}b", "avalueb"),
        ("${P#*/}", "b/c.tar.gz"),
        ("${P##*/}", "c.tar.gz"),
        ("${P%.*}", "a/b/c.tar"),
        ("${P%%.*}", "a/b/c"),
        ("${P/b/x}", "a/x/c.tar.gz"),
        ("${P//\\//-}", "a-b-c.tar.gz"),
        ("$", "$"),
    ] {
        let text = format!("FROM x\nENV A=value E= P=a/b/c.tar.gz\nLABEL l={word}\n");
        let dockerfile = read(&text);
        assert_eq!(dockerfile.troubles, [], "{word}");
        assert_eq!(dockerfile.labels["l"].value, expected, "{word}");
    }
    for word in ["${A", "${N:?needed}", "\"open", "'open", "${A!x}", "${}"] {
        let dockerfile = read(&format!("FROM x\nENV A=value\nLABEL l={word}\n"));
        assert_eq!(troubles(&dockerfile), [3], "{word}");
    }
}

#[test]
fn an_error_costs_its_own_instruction() {
    let dockerfile = read(
        "USER early\nFROM a\nUSR typo\nLABEL\nLABEL x=1 y\nHEALTHCHECK what\nUSER app\nFROM\nUSER last\n",
    );
    assert_eq!(troubles(&dockerfile), [1, 3, 4, 5, 6, 8]);
    assert_eq!(dockerfile.user.unwrap().value, "last");
    assert!(dockerfile.labels.is_empty());
    assert_eq!(troubles(&read("")), [1]);
    assert_eq!(troubles(&read("FROM ${NOTHING}\n")), [1]);
}

#[test]
fn heredocs_are_no_instructions() {
    let text = "FROM a\nRUN <<EOF\nUSER root\nEOF\nCOPY <<-\"A\" <<B /x/\n\tUSER root\n\tA\nUSER root\nB\nRUN 3<<X cat\nUSER root\nX\nUSER app\n";
    let dockerfile = read(text);
    assert_eq!((dockerfile.troubles.len(), dockerfile.user.unwrap().value.as_str()), (0, "app"));
}

#[test]
fn what_only_looks_like_a_heredoc_is_none() {
    for run in [
        "RUN cat <<<EOF",
        "RUN echo \"a <<EOF\"",
        "RUN echo $((1 << 2))",
        "RUN [\"sh\", \"-c\", \"a <<EOF\"]",
    ] {
        assert_eq!(user(&format!("FROM a\n{run}\nUSER app\n")), "app", "{run}");
    }
    let open = read("FROM a\nRUN <<EOF\nUSER app\n");
    assert_eq!((troubles(&open), open.user.unwrap().value.as_str()), (vec![2], "app"));
}

#[test]
fn lines_end_and_go_on_as_buildkit_has_it() {
    assert_eq!(user("\u{feff}# escape=`\r\nFROM a\r\nENV X=C:\\\r\nUSER a`\r\npp\r\n"), "app");
    assert_eq!(user("FROM a\nUSER a\\  \n# comment\n\npp\n"), "app");
    assert_eq!(user("FROM a\nENV X=a\\\\\nUSER app\n"), "app");
    assert_eq!(user("FROM a\nuser app"), "app");
    assert_eq!(user("FROM --platform=$BUILDPLATFORM a AS b\nUSER app"), "app");
}

#[test]
fn a_trigger_counts_in_the_stage_made_from_its_stage() {
    let text = "FROM a AS base\nONBUILD USER trigger\nONBUILD ARG X=1\n";
    assert!(read(text).user.is_none());
    assert_eq!(user(&format!("{text}FROM base\n")), "trigger");
    assert!(
        read(&format!("{text}FROM base AS second\nUSER own\nFROM second\n")).user.unwrap().value == "own"
    );
}

#[test]
fn the_shell_form_of_an_entrypoint_runs_in_the_shell() {
    let entrypoint = |text: &str| read(text).entrypoint.unwrap().value;
    assert_eq!(entrypoint("FROM a\nENTRYPOINT app $X"), ["/bin/sh", "-c", "app $X"]);
    assert_eq!(entrypoint("FROM a\nSHELL [\"bash\", \"-c\"]\nENTRYPOINT app"), ["bash", "-c", "app"]);
    assert_eq!(entrypoint("FROM a\nENTRYPOINT ['app']"), ["/bin/sh", "-c", "['app']"]);
}

#[test]
fn what_grows_without_end_is_stopped() {
    let doubling = format!("FROM a\nENV A=xxxxxxxx\n{}USER app\n", "ENV A=$A$A\n".repeat(60));
    let dockerfile = read(&doubling);
    assert!(!dockerfile.troubles.is_empty());
    assert_eq!(dockerfile.user.unwrap().value, "app");
    let nested = format!("FROM a\nLABEL l={}\n", "${a:-".repeat(100_000));
    assert_eq!(troubles(&read(&nested)), [2]);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_dockerfile_like_text_makes_the_parser_panic(
        text in r#"(FROM |AS |RUN |ENV |ARG |LABEL |USER |HEALTHCHECK |ONBUILD |CMD |NONE|a|=|"|'|\$|\{|\}|:-|#|%|/|\\|`|<<|-|EOF|\[|\]|,| |\n|\t|é){0,60}"#
    ) {
        let _ = read(&format!("FROM a\n{text}"));
        let _ = read(&text);
    }
}
