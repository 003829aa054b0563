//! Searching what is on the screen.

use ratatui::style::Modifier;

use super::sample::{jobs, report};
use super::*;

#[test]
fn every_text_and_list_can_be_searched_and_what_is_found_is_marked_without_colour() {
    for (screen, state, wanted) in [
        (Screen::Help, report(), "sign"),
        (Screen::Item, report(), "amd64"),
        (Screen::Blockers, report(), "runner"),
        (Screen::Jobs, jobs(), "step"),
    ] {
        let mut console = on(screen);
        console.ui.focus = 6;
        if screen == Screen::Jobs {
            console.screens.jobs.chosen = Some(1);
        }
        drawn(&state, &console, 100, 30);
        types(&mut console, &state, &format!("/{wanted}"));
        let buffer = buffer(&state, &console, 100, 30);
        let marked: Vec<_> =
            buffer.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED)).collect();
        assert!(marked.len() >= wanted.len(), "{screen:?}: nothing is marked");
        let text = drawn(&state, &console, 100, 30);
        assert!(text.contains('»') && text.contains(&format!("/{wanted}_")), "{screen:?}: {text}");
    }
}

#[test]
fn every_screen_that_takes_a_search_is_offered_it() {
    let searched = BINDINGS.iter().find(|binding| binding.press == Press::Search).unwrap();
    for screen in [Screen::Waiver, Screen::Doctor, Screen::Help, Screen::Blockers, Screen::Item, Screen::Jobs]
    {
        assert!(searched.place.is_on(screen), "{screen:?}");
        assert!(on(screen).hints(&report()).iter().any(|hint| hint.presses == [Press::Search]), "{screen:?}");
    }
}

#[test]
fn n_goes_on_and_esc_ends_the_search_before_it_closes_the_screen() {
    let state = report();
    let mut console = on(Screen::Help);
    drawn(&state, &console, 80, 24);
    assert!(!console.hints(&state).iter().any(|hint| hint.word == "found"), "nothing is searched for");
    types(&mut console, &state, "/item");
    console.on_key(&key(KeyCode::Enter), &state);
    let first = drawn(&state, &console, 80, 24);
    assert!(
        first.contains("1 of ") && console.hints(&state).iter().any(|hint| hint.word == "found"),
        "{first}"
    );
    console.on_key(&key(KeyCode::Char('n')), &state);
    assert!(drawn(&state, &console, 80, 24).contains("2 of "));
    console.on_key(&key(KeyCode::Char('N')), &state);
    assert!(drawn(&state, &console, 80, 24).contains("1 of "));
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::Help);
    console.on_key(&key(KeyCode::Char('n')), &state);
    assert_eq!(console.ui.note.as_deref(), Some("nothing is searched for"));
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::Cockpit);
}

#[test]
fn a_search_as_it_is_shown() {
    let state = report();
    let mut console = on(Screen::Blockers);
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "/version");
    insta::assert_snapshot!("search-80x24", drawn(&state, &console, 80, 24));
}

#[test]
fn the_step_of_the_walkthrough_is_searched_and_enter_ends_the_typing_first() {
    let state = report();
    let mut console = on(Screen::GoLive);
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "/mend");
    let text = drawn(&state, &console, 80, 24);
    assert!(text.contains("/mend_  1 of"), "{text}");
    let done = console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(done, Some(Reaction::Draw), "the step is not done by it");
    types(&mut console, &state, "n");
    assert!(drawn(&state, &console, 80, 24).contains("/mend  2 of"));
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::GoLive, "esc ends the search first");
    console.on_key(&key(KeyCode::Tab), &state);
    types(&mut console, &state, "S/q");
    assert!(drawn(&state, &console, 80, 24).contains("/q█"), "in a reason it is a letter");
}

#[test]
fn a_kept_report_and_a_comparison_are_searched() {
    let state = super::history::state();
    let mut console = on(Screen::History);
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(console.ui.screen(), Screen::Report);
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "/signed");
    assert!(drawn(&state, &console, 80, 24).contains("/signed_  1 of"));
    console.on_key(&key(KeyCode::Esc), &state);
    console.on_key(&key(KeyCode::Esc), &state);
    types(&mut console, &state, "D");
    assert_eq!(console.ui.screen(), Screen::Diff);
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "/signed");
    assert!(drawn(&state, &console, 80, 24).contains("/signed_  1 of"));
}
