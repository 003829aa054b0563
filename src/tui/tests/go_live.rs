use super::sample::{complete, hostile, jobs, looking, report};
use super::*;
use crate::cockpit::{Command, Trouble};
use crate::model::{StepKey, StepState, Walk};

fn walkthrough() -> Console {
    on(Screen::GoLive)
}

#[test]
fn the_walkthrough_at_four_sizes() {
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        let text = drawn(&report(), &walkthrough(), width, height);
        assert!(text.contains("Why") && text.contains("Step 1 of"), "{text}");
        insta::assert_snapshot!(format!("GoLive-{width}x{height}"), text);
    }
}

#[test]
fn the_walkthrough_of_a_finished_release_and_of_one_that_is_looked_at() {
    insta::assert_snapshot!("GoLive-complete-120x35", drawn(&complete(), &walkthrough(), 120, 35));
    insta::assert_snapshot!("GoLive-looking-80x24", drawn(&looking(), &walkthrough(), 80, 24));
}

#[test]
fn hostile_text_in_the_walkthrough_breaks_nothing() {
    for (width, height) in [(60, 20), (80, 24), (200, 60)] {
        let mut console = walkthrough();
        for _ in 0..20 {
            for cell in &buffer(&hostile(), &console, width, height).content {
                assert_eq!(crate::model::text::clean_line(cell.symbol()), cell.symbol());
            }
            console.on_key(&key(KeyCode::Tab), &hostile());
        }
    }
    let mut console = walkthrough();
    console.ui.glyphs = Glyphs::Ascii;
    assert!(buffer(&jobs(), &console, 80, 24).content.iter().all(|cell| cell.symbol().is_ascii()));
}

#[test]
fn the_footer_names_what_the_step_needs_at_80_columns() {
    let text = drawn(&report(), &walkthrough(), 80, 24);
    let last = text.lines().last().unwrap();
    for word in ["⏎ ", "S skip", "step", "leave", "? help", "q quit"] {
        assert!(last.contains(word), "{word}: {last}");
    }
}

#[test]
fn what_was_refused_never_covers_the_chosen_step() {
    for (width, height) in [(60, 18), (60, 20), (80, 24), (120, 35)] {
        let mut state = report();
        let text = "it was refused, and why takes many words. ".repeat(20);
        let at = state.facts.as_of;
        state.troubles.push_back(Trouble { number: 9, at, job: Some(3), text });
        let mut console = walkthrough();
        for step in &state.walkthrough.steps {
            let text = drawn(&state, &console, width, height);
            assert!(
                text.contains("dismiss") && text.contains('▌'),
                "{} at {width}x{height}: {text}",
                step.key
            );
            console.on_key(&key(KeyCode::Tab), &state);
        }
    }
}

#[test]
fn a_step_is_skipped_only_for_a_reason_that_is_typed() {
    let state = report();
    let mut console = walkthrough();
    let first = state.walkthrough.steps[0].key;
    console.on_key(&key(KeyCode::Char('S')), &state);
    // Letters are the reason now, and no commands.
    assert_eq!(console.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Draw));
    for c in "q later".chars() {
        assert_eq!(console.on_key(&key(KeyCode::Char(c)), &state), Some(Reaction::Draw));
    }
    let text = drawn(&state, &console, 80, 24);
    assert!(text.contains("Why is") && text.contains("q later"), "{text}");
    let said = console.on_key(&key(KeyCode::Enter), &state);
    let skip = Walk::Skip(first, "q later".to_owned());
    assert_eq!(said, Some(Reaction::Send(Command::Walk(skip))));
    console.on_key(&key(KeyCode::Char('S')), &state);
    console.on_key(&key(KeyCode::Esc), &state);
    assert!(console.screens.go_live.reason.is_none() && console.ui.screen() == Screen::GoLive);
}

#[test]
fn opening_it_begins_it_and_enter_does_what_the_step_needs() {
    let state = report();
    let mut console = console();
    let begun = console.on_key(&key(KeyCode::Char('g')), &state);
    assert_eq!(begun, Some(Reaction::Send(Command::Walk(Walk::Begin))));
    let build = state.walkthrough.steps.iter().position(|step| step.state == StepState::Open).unwrap();
    for _ in 0..build {
        console.on_key(&key(KeyCode::Tab), &state);
    }
    let reaction = console.on_key(&key(KeyCode::Enter), &state);
    let step = &state.walkthrough.steps[build];
    let wanted = match step.doing {
        crate::model::Doing::Act(action) => Command::Plan(action),
        crate::model::Doing::ByHand => Command::Walk(Walk::Say(step.key)),
        _ => Command::Audit(Scope::default()),
    };
    assert_eq!(reaction, Some(Reaction::Send(wanted)));
    // A step that waits leads to what comes first.
    let push = StepKey::Do(crate::model::Action::Push);
    while state.walkthrough.steps[console.screens.go_live.place(&state).unwrap()].key != push {
        console.on_key(&key(KeyCode::Tab), &state);
    }
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(console.screens.go_live.place(&state), state.walkthrough.next());
}
