use proptest::prelude::*;

use super::*;

fn run(stdout: &str) -> Run {
    Run {
        platform: Platform::new("linux", "arm64", None),
        how: "engine ssh://builder@arm.example.org".to_owned(),
        emulated: true,
        ended: RunEnd::Exited(0),
        stdout: stdout.to_owned(),
        stderr: String::new(),
        millis: 12,
        outputs: vec![Output { path: "out/report.json".to_owned(), size: Some(120) }],
        raw: Vec::new(),
        pulled: Vec::new(),
    }
}

fn written(run: &Run, argv: &[String], passed: bool) -> Value {
    predicate(&Ran {
        kind: RunKind::Version,
        argv,
        config: &Digest::of(b"config"),
        run,
        exit: 0,
        in_container: true,
        at: Timestamp::UNIX_EPOCH,
        passed,
    })
}

#[test]
fn what_is_written_is_read_again_and_names_no_machine() {
    let (run, argv) = (run("gl 0.2.0\n"), ["gl".to_owned(), "--version".to_owned()]);
    let json = written(&run, &argv, true);
    assert_eq!((json["result"].as_str(), json["passedTests"][0].as_str()), (Some("PASSED"), Some("version")));
    assert_eq!(json["configuration"][0]["digest"]["sha256"].as_str(), Some(Digest::of(b"config").hex()));
    assert!(!json.to_string().contains("arm.example.org"));
    let read = parse(json.to_string().as_bytes()).unwrap();
    assert!(!read.failed);
    assert_eq!(read.configuration, [Digest::of(b"config")]);
    let attested = read.run.unwrap();
    assert_eq!((attested.kind, attested.argv.as_slice()), (RunKind::Version, argv.as_slice()));
    assert_eq!(Run { how: run.how.clone(), ..attested.run }, run);
    assert!(parse(written(&run, &argv, false).to_string().as_bytes()).unwrap().failed);
}

#[test]
fn another_tool_s_result_is_one_without_a_run() {
    let read = parse(br#"{"result":"PASSED","configuration":[{"uri":"https://example.org"}]}"#).unwrap();
    assert_eq!(read, TestResult { failed: false, configuration: Vec::new(), run: None });
}

#[test]
fn what_is_no_test_result_or_half_a_run_is_unreadable() {
    let mut half = written(&run(""), &[], true);
    half[RUN].as_object_mut().unwrap().remove("exitCode");
    for bytes in [r"{}", r#"{"result":"MAYBE"}"#, "[1]", "", &half.to_string()] {
        assert_eq!(parse(bytes.as_bytes()).unwrap_err().kind, ReasonKind::Unreadable, "{bytes}");
    }
    let large = format!("{{\"result\":\"PASSED\",\"x\":\"{}\"}}", "x".repeat(SIZE_LIMIT));
    assert_eq!(parse(large.as_bytes()).unwrap_err().kind, ReasonKind::TooLarge);
}

#[test]
fn nothing_of_an_output_commands_a_terminal() {
    let json = written(&run("\u{1b}[2Jgl 0.2.0\n\u{7}"), &["gl\u{1b}[31m".to_owned()], true);
    let attested = parse(json.to_string().as_bytes()).unwrap().run.unwrap();
    assert_eq!((attested.run.stdout.as_str(), attested.argv[0].as_str()), ("gl 0.2.0\n", "gl"));
}

proptest! {
    #[test]
    fn a_run_comes_back_as_it_was(stdout in "[ -~\n]{0,200}", argv in prop::collection::vec("[ -~]{0,20}", 0..4)) {
        let run = run(&stdout);
        let read = parse(written(&run, &argv, true).to_string().as_bytes()).unwrap().run.unwrap();
        prop_assert_eq!(read.run.stdout, stdout);
        prop_assert_eq!(read.argv, argv);
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }
}
