//! The plan on the screen of blockers: its steps are chosen and done.

use super::sample::report;
use super::*;
use crate::cockpit::Command;
use crate::tui::screens::steps;

#[test]
fn tab_goes_through_the_steps_and_enter_plans_the_action_of_one() {
    let state = report();
    let all = steps(&state);
    let place = all.iter().position(|step| step.action.is_some()).unwrap();
    let mut console = on(Screen::Blockers);
    drawn(&state, &console, 80, 24);
    for _ in 0..place {
        console.on_key(&key(KeyCode::Tab), &state);
    }
    let text = drawn(&state, &console, 80, 24);
    assert!(text.contains('▌'), "the chosen step is in sight: {text}");
    let planned = console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(planned, Some(Reaction::Send(Command::Plan(all[place].action.unwrap()))));
    console.ui.readonly = true;
    assert!(
        console.refusal(Press::Open, &state).is_some()
            || all[place].action.unwrap().effect() == crate::model::Effect::Reads
    );
}

#[test]
fn a_step_that_exitbar_cannot_do_says_so() {
    let state = report();
    let Some(place) = steps(&state).iter().position(|step| step.action.is_none()) else { return };
    let mut console = on(Screen::Blockers);
    console.screens.blockers.chosen = place;
    assert_eq!(console.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Draw));
    assert!(console.ui.note.as_ref().unwrap().contains("cannot do this step itself"));
}

#[test]
fn a_click_chooses_a_step_and_a_second_one_does_it() {
    let state = report();
    let mut console = on(Screen::Blockers);
    drawn(&state, &console, 200, 120);
    let place = steps(&state).iter().rposition(|step| step.action.is_some()).unwrap();
    console.screens.blockers.chosen = usize::from(place == 0);
    click_on(&mut console, &state, Target::Row(place));
    assert_eq!(console.screens.blockers.chosen, place);
    let planned = click_on(&mut console, &state, Target::Row(place));
    assert!(matches!(planned, Some(Reaction::Send(Command::Plan(_)))), "{planned:?}");
}
