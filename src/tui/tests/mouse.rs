use super::sample::{jobs, report};
use super::*;
use crate::cockpit::Command;
use crate::model::Action;

fn planned(action: Action) -> Reaction {
    Reaction::Send(Command::Plan(action))
}

#[test]
fn what_helps_an_item_is_clicked_where_it_is_named() {
    let state = report();
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        let mut console = console();
        console.ui.focus = 6;
        drawn(&state, &console, width, height);
        let build = Target::Press(Press::Plan(Action::Build));
        assert_eq!(click_on(&mut console, &state, build), Some(planned(Action::Build)), "{width}x{height}");
        // The pane around it is still a pane.
        assert_eq!(click_on(&mut console, &state, Target::Item(2)), Some(Reaction::Draw));
        assert_eq!(console.ui.focus, 2);
        let mut console = on(Screen::Item);
        console.ui.focus = 6;
        drawn(&state, &console, width, height);
        // The footer of a wide screen names it as well.
        let row = (0..height - 2).find(|row| console.ui.hits.at((20, *row).into()).first() == Some(&build));
        let clicked = console.on_mouse(click(20, row.expect("its line")), &state);
        assert_eq!(clicked, Some(planned(Action::Build)), "{width}x{height}");
    }
}

#[test]
fn a_click_beside_an_overlay_closes_it_and_one_inside_does_not() {
    let state = report();
    for overlay in [Screen::Palette, Screen::Themes] {
        let mut console = console();
        console.ui.open(overlay);
        drawn(&state, &console, 80, 24);
        let area = console.ui.hits.area(Target::Part(1)).unwrap();
        console.on_mouse(click(area.x, area.y), &state);
        assert_eq!(console.ui.screen(), overlay, "its border");
        console.on_mouse(click(0, 4), &state);
        assert_eq!(console.ui.screen(), Screen::Cockpit, "{overlay:?}");
    }
}

#[test]
fn the_verdict_leads_to_what_blocks_and_the_last_word_of_a_job_to_the_jobs() {
    let state = jobs();
    let mut console = console();
    drawn(&state, &console, 80, 24);
    console.on_mouse(click(3, 1), &state);
    assert_eq!(console.ui.screen(), Screen::Blockers);
    drawn(&state, &console, 80, 24);
    console.on_mouse(click(3, 22), &state);
    assert_eq!(console.ui.screen(), Screen::Jobs);
}

#[test]
fn a_line_of_the_help_does_what_its_key_does() {
    let state = report();
    let mut console = on(Screen::Help);
    drawn(&state, &console, 120, 60);
    assert_eq!(
        click_on(&mut console, &state, Target::Press(Press::Plan(Action::Build))),
        Some(planned(Action::Build))
    );
    click_on(&mut console, &state, Target::Press(Press::Show(Screen::History)));
    assert_eq!(console.ui.screen(), Screen::History);
}

#[test]
fn the_plan_beside_the_log_is_clicked() {
    let state = report();
    let mut console = console();
    let text = drawn(&state, &console, 200, 60);
    assert!(text.contains(" Plan "), "{text}");
    assert_eq!(
        click_on(&mut console, &state, Target::Press(Press::Plan(Action::Push))),
        Some(planned(Action::Push))
    );
}

#[test]
fn while_it_is_asked_why_a_step_is_skipped_a_click_answers_that_alone() {
    let state = report();
    let mut console = on(Screen::GoLive);
    console.on_key(&key(KeyCode::Char('S')), &state);
    let text = drawn(&state, &console, 60, 20);
    insta::assert_snapshot!("reason-60x20", text);
    let text = drawn(&state, &console, 80, 24);
    assert!(!text.contains("a audit"), "nothing else is offered: {text}");
    assert_eq!(click_on(&mut console, &state, Target::Press(Press::Open)), Some(Reaction::Draw));
    assert!(console.screens.go_live.reason.is_some(), "without a reason it is not skipped");
    types(&mut console, &state, "later");
    drawn(&state, &console, 80, 24);
    let skipped = click_on(&mut console, &state, Target::Press(Press::Open));
    assert!(matches!(skipped, Some(Reaction::Send(Command::Walk(_)))), "{skipped:?}");
    console.on_key(&key(KeyCode::Char('S')), &state);
    drawn(&state, &console, 80, 24);
    click_on(&mut console, &state, Target::Press(Press::Back));
    assert!(console.screens.go_live.reason.is_none() && console.ui.screen() == Screen::GoLive);
}

#[test]
fn the_wheel_goes_through_the_list_of_items() {
    let state = report();
    let mut console = console();
    drawn(&state, &console, 80, 24);
    console.on_mouse(mouse(MouseEventKind::ScrollDown, 10, 5), &state);
    assert_eq!(console.ui.focus, 1);
    console.on_mouse(mouse(MouseEventKind::ScrollUp, 10, 5), &state);
    assert_eq!(console.ui.focus, 0);
}

#[test]
fn keys_that_the_footer_names_together_are_clicked_one_by_one() {
    let state = report();
    let mut console = on(Screen::Item);
    console.ui.focus = 3;
    for (press, focus) in [(Press::Right, 4), (Press::Left, 3)] {
        drawn(&state, &console, 120, 35);
        click_on(&mut console, &state, Target::Press(press));
        assert_eq!(console.ui.focus, focus, "{press:?}");
    }
}
