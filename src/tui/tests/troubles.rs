//! What was refused or failed stays in sight until it is dismissed.

use super::sample::{HOSTILE, plan, report};
use super::*;
use crate::cockpit::{Severity, Trouble};

fn trouble(number: u64, text: &str) -> Trouble {
    Trouble {
        number,
        at: jiff::Timestamp::UNIX_EPOCH,
        job: (number == 2).then_some(1),
        text: text.to_owned(),
    }
}

fn refused() -> State {
    let mut state = report();
    state.troubles =
        [trouble(1, "push: there is nothing to push; build first"), trouble(2, "build failed: no space")]
            .into();
    state.notice = Some((Severity::Info, "something else".to_owned()));
    state
}

#[test]
fn a_refusal_is_a_panel_until_it_is_dismissed_and_then_the_next_one_is() {
    let state = refused();
    let mut console = console();
    let text = drawn(&state, &console, 80, 24);
    assert!(text.contains("nothing to push") && text.contains("1 more"), "{text}");
    assert!(
        text.lines().last().unwrap().contains("esc dismiss"),
        "the footer says what esc does now: {text}"
    );
    console.on_key(&key(KeyCode::Down), &state);
    assert!(drawn(&state, &console, 80, 24).contains("nothing to push"), "it holds nobody up");
    console.on_key(&key(KeyCode::Esc), &state);
    let text = drawn(&state, &console, 80, 24);
    assert!(
        text.contains("no space") && text.contains("Failed") && text.contains("plans it once more"),
        "{text}"
    );
    click_on(&mut console, &state, Target::Dismiss);
    assert!(!drawn(&state, &console, 80, 24).contains("no space"));
}

#[test]
fn a_question_stands_above_it_and_a_click_answers() {
    let mut state = refused();
    state.plan = Some(plan());
    let mut console = console();
    drawn(&state, &console, 80, 24);
    assert!(console.ui.hits.area(Target::Dismiss).is_none());
    let no = click_on(&mut console, &state, Target::Press(Press::No));
    assert_eq!(no, Some(Reaction::Send(crate::cockpit::Command::Decline(7))));
    let yes = click_on(&mut console, &state, Target::Press(Press::Yes));
    assert_eq!(yes, Some(Reaction::Send(crate::cockpit::Command::Confirm(7, plan().plan.hash()))));
}

#[test]
fn what_is_refused_without_writing_is_said_on_every_screen() {
    let mut console = console();
    console.ui.readonly = true;
    let state = report();
    let text = drawn(&state, &console, 120, 35);
    assert!(text.contains("read only") && text.contains("writes or publishes is refused"), "{text}");
    let footer = text.lines().last().unwrap();
    assert!(!footer.contains("push") && footer.contains("scan"), "what is refused is not offered: {footer}");
}

#[test]
fn troubles_at_four_sizes_and_with_hostile_text() {
    let mut state = refused();
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        insta::assert_snapshot!(
            format!("trouble-{width}x{height}"),
            drawn(&state, &console(), width, height)
        );
    }
    state.troubles = [trouble(1, &HOSTILE.repeat(30))].into();
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        for cell in &buffer(&state, &console(), width, height).content {
            assert_eq!(crate::model::text::clean_line(cell.symbol()), cell.symbol());
        }
    }
}
