//! What a dispatch of the release workflow is started with.

use std::path::PathBuf;

use super::sample::report;
use super::*;
use crate::cockpit::Command;
use crate::formats::workflow;
use crate::model::{Action, Evidence, Fact, FactKey, Level, Observed, ScopedDispatch};

const RELEASE: &str = "on:\n  workflow_dispatch:\n    inputs:\n      version: { required: true }\n      channel: { type: choice, options: [stable, edge], default: stable }\n      dry: { type: boolean, default: false }\n      note: {}\njobs:\n  a:\n    steps:\n      - run: docker push x\n";

/// The sample report, whose release workflows these are.
fn with(files: &[(&str, &str)]) -> State {
    let mut state = report();
    let files: Vec<(PathBuf, String)> =
        files.iter().map(|(file, text)| (PathBuf::from(file), (*text).to_owned())).collect();
    let workflows = workflow::parse(&files, &workflow::LocalActions::new());
    let evidence = Evidence {
        subject: "release workflows".to_owned(),
        source: "test".to_owned(),
        method: "given".to_owned(),
        level: Level::Declared,
        at: state.facts.as_of,
        exit: None,
        raw: Vec::new(),
    };
    state.facts.insert(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)), evidence);
    state
}

fn opened(state: &State) -> Console {
    let mut console = console();
    console.on_key(&key(KeyCode::Char('d')), state);
    console
}

fn pressed(console: &mut Console, state: &State, codes: &[KeyCode]) -> Option<Reaction> {
    codes.iter().filter_map(|code| console.on_key(&key(*code), state)).last()
}

fn dispatched(reaction: Option<Reaction>) -> ScopedDispatch {
    match reaction {
        Some(Reaction::Send(Command::Dispatch(with))) => with,
        other => panic!("no dispatch: {other:?}"),
    }
}

use KeyCode::{Char, Down, End, Enter, Esc, Right};

#[test]
fn a_workflow_without_inputs_is_planned_at_once() {
    let state = with(&[(
        "release.yml",
        "on: workflow_dispatch\njobs:\n  a:\n    steps:\n      - run: docker push x\n",
    )]);
    let mut console = console();
    let reaction = console.on_key(&key(Char('d')), &state);
    assert_eq!(reaction, Some(Reaction::Send(Command::Plan(Action::Dispatch))));
    assert_eq!(console.ui.screen(), Screen::Cockpit);
}

#[test]
fn inputs_are_chosen_and_typed_before_anything_is_planned() {
    let state = with(&[("release.yml", RELEASE)]);
    let mut console = opened(&state);
    assert_eq!(console.ui.screen(), Screen::Dispatch);
    let screen = drawn(&state, &console, 120, 35);
    assert!(screen.contains("Start release.yml") && screen.contains("‹ stable · edge ›"), "{screen}");
    // The version that is needed is the release's; letters are text while a text is typed, and no commands.
    pressed(&mut console, &state, &[Enter, Char('q'), Char('d'), KeyCode::Backspace, Enter]);
    pressed(&mut console, &state, &[Down, Right]);
    let screen = drawn(&state, &console, 120, 35);
    assert!(screen.contains("edge") && screen.contains(&state.release.version), "{screen}");
    let with = dispatched(pressed(&mut console, &state, &[End, Enter]));
    let inputs: Vec<(&str, &str)> =
        with.inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(inputs, [("channel", "edge"), ("version", state.release.version.as_str())]);
    assert_eq!((with.reference.as_deref(), with.run), (Some("q"), None));
    assert_eq!(console.ui.screen(), Screen::Cockpit);
    assert_eq!(console.ui.scope.dispatch, with, "an audit in between does not forget it");
}

#[test]
fn what_the_workflow_demands_is_asked_for_first() {
    let state = with(&[("release.yml", &RELEASE.replace("version:", "who:"))]);
    let mut console = opened(&state);
    let screen = drawn(&state, &console, 80, 24);
    assert!(screen.contains("who is needed first"), "{screen}");
    assert_eq!(pressed(&mut console, &state, &[End, Enter]), Some(Reaction::Draw));
    assert!(console.ui.note.as_ref().unwrap().contains("demands the input who"), "{:?}", console.ui.note);
    pressed(&mut console, &state, &[KeyCode::Home, Down, Enter]);
    types(&mut console, &state, "me");
    console.on_paste("\u{202e}pasted\n", &state);
    pressed(&mut console, &state, &[Enter]);
    assert_eq!(dispatched(pressed(&mut console, &state, &[End, Enter])).inputs["who"], "mepasted");
}

#[test]
fn of_several_workflows_one_is_chosen() {
    let plain = "on: workflow_dispatch\njobs:\n  a:\n    steps:\n      - run: docker push x\n";
    let state = with(&[("a.yml", plain), ("release.yml", RELEASE)]);
    let mut console = opened(&state);
    assert!(drawn(&state, &console, 80, 24).contains("Start a.yml"));
    pressed(&mut console, &state, &[Right]);
    let screen = drawn(&state, &console, 80, 24);
    assert!(screen.contains("Start release.yml") && screen.contains("channel"), "{screen}");
    let with = dispatched(pressed(&mut console, &state, &[End, Enter]));
    assert!(with.inputs.len() == 1 && with.workflow == Some("release.yml".into()), "{with:?}");
}

#[test]
fn the_mouse_alone_does_it_too() {
    let state = with(&[("release.yml", RELEASE)]);
    let mut console = opened(&state);
    drawn(&state, &console, 120, 35);
    click_on(&mut console, &state, Target::Row(2));
    drawn(&state, &console, 120, 35);
    for (typed, end) in [("main", Press::Open), ("wrong", Press::Back)] {
        click_on(&mut console, &state, Target::Row(0));
        types(&mut console, &state, typed);
        drawn(&state, &console, 120, 35);
        click_on(&mut console, &state, Target::Press(end));
        drawn(&state, &console, 120, 35);
    }
    let with = dispatched(click_on(&mut console, &state, Target::Row(5)));
    assert_eq!(with.reference.as_deref(), Some("main"));
    assert_eq!(with.inputs["channel"], "edge");
}

#[test]
fn it_is_left_without_anything_planned_and_refused_where_nothing_may_be_done() {
    let state = with(&[("release.yml", RELEASE)]);
    let mut console = opened(&state);
    pressed(&mut console, &state, &[Enter, Char('x')]);
    assert!(drawn(&state, &console, 80, 24).contains("leave it as it was"));
    assert_eq!(pressed(&mut console, &state, &[Esc, Esc]), Some(Reaction::Draw));
    assert_eq!(console.ui.screen(), Screen::Cockpit);
    console.ui.readonly = true;
    let reaction = console.on_key(&key(Char('d')), &state);
    assert_eq!(reaction, Some(Reaction::Send(Command::Plan(Action::Dispatch))), "the loop says why not");
}

#[test]
fn names_of_a_hostile_workflow_command_no_terminal() {
    let inputs = "\"\\e[2J\\x07evil\\u202e字\": { required: true, default: \"\\e]0;x\\x07\" }";
    let text = RELEASE.replace("note: {}", inputs);
    let state = with(&[("re\u{1b}[2Jlease.yml", &text)]);
    let console = opened(&state);
    for (width, height) in [(60, 20), (80, 24), (120, 35)] {
        let cells = buffer(&state, &console, width, height).content;
        assert!(
            cells.iter().all(|cell| !cell.symbol().contains(|c: char| c.is_control() || c == '\u{202e}'))
        );
    }
}

#[test]
fn it_looks_like_this() {
    let state = with(&[("release.yml", RELEASE)]);
    for (width, height) in [(60, 20), (80, 24), (120, 35)] {
        let mut console = opened(&state);
        pressed(&mut console, &state, &[Down, Down]);
        insta::assert_snapshot!(format!("dispatch-{width}x{height}"), drawn(&state, &console, width, height));
    }
}
