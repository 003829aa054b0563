use super::sample::{jobs, looking, plan, report};
use super::*;
use crate::cockpit::Command;
use crate::model::Action;

fn press(console: &mut Console, state: &State, c: char) -> Option<Reaction> {
    console.on_key(&key(KeyCode::Char(c)), state)
}

#[test]
fn enter_means_no_and_y_confirms_exactly_what_was_shown() {
    let mut state = report();
    state.plan = Some(plan());
    let mut console = console();
    drawn(&state, &console, 80, 24);
    assert_eq!(console.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Send(Command::Decline(7))));
    assert_eq!(press(&mut console, &state, 'n'), Some(Reaction::Send(Command::Decline(7))));
    let confirm = Command::Confirm(7, plan().plan.hash());
    assert_eq!(press(&mut console, &state, 'y'), Some(Reaction::Send(confirm)));
    assert_eq!(press(&mut console, &state, 'b'), None, "no action while a question is open");
    let with_control = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::CONTROL);
    assert_eq!(console.on_key(&with_control, &state), None);
}

#[test]
fn a_plan_that_was_not_shown_cannot_be_confirmed() {
    let mut state = report();
    let mut console = console();
    drawn(&state, &console, 80, 24);
    state.plan = Some(plan());
    assert_eq!(press(&mut console, &state, 'y'), None, "it came after the last frame");
    drawn(&state, &console, 59, 18);
    assert_eq!(press(&mut console, &state, 'y'), None, "the window is too small to show it");
    drawn(&state, &console, 80, 24);
    let shown = plan().plan.hash();
    if let Some(pending) = &mut state.plan {
        pending.plan.steps.push("tag something else".to_owned());
    }
    let confirm = Command::Confirm(7, shown);
    assert_eq!(
        press(&mut console, &state, 'y'),
        Some(Reaction::Send(confirm)),
        "the hash is that of what was shown"
    );
    if let Some(pending) = &mut state.plan {
        pending.id = 8;
    }
    assert_eq!(press(&mut console, &state, 'y'), None, "another plan");
}

#[test]
fn every_key_is_in_the_help_with_what_it_does() {
    let help = drawn(&report(), &on(Screen::Help), 200, 120);
    for binding in BINDINGS {
        assert!(help.contains(&binding.keys.join(" ")), "the keys of {}", binding.name);
        assert!(help.contains(binding.help), "{} in the help", binding.name);
    }
}

#[test]
fn the_way_to_production_and_to_every_command_is_in_the_footer_of_80_columns() {
    let last = |width| drawn(&report(), &console(), width, 24).lines().last().unwrap().to_owned();
    for width in [60, 80, 120] {
        for hint in ["g go-live", ": commands", "? help", "q quit"] {
            assert!(last(width).contains(hint), "{hint} at {width}: {}", last(width));
        }
    }
    let narrow = last(80);
    assert!(narrow.contains("a audit") && !narrow.contains("v verify"), "what matters less goes: {narrow}");
}

#[test]
fn what_stops_it_is_a_command_as_others_are() {
    let state = report();
    let mut console = console();
    let ctrl_z = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL);
    assert!(console.stops(&ctrl_z), "whatever is asked or typed");
    assert!(!console.stops(&key(KeyCode::Char('z'))));
    types(&mut console, &state, ":");
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "suspend");
    assert_eq!(console.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Stop));
    let keys = [("suspend".to_owned(), vec!["F".to_owned()])];
    console.ui.keymap = Keymap::with(&keys.into()).unwrap();
    assert!(!console.stops(&ctrl_z), "it has another key");
    assert_eq!(press(&mut console, &state, 'F'), Some(Reaction::Stop));
}

#[test]
fn every_action_has_its_key() {
    let state = report();
    let mut console = console();
    for (c, action) in [
        ('b', Action::Build),
        ('p', Action::Push),
        ('P', Action::Publish),
        ('r', Action::RunVersion),
        ('e', Action::RunExample),
    ] {
        assert_eq!(press(&mut console, &state, c), Some(Reaction::Send(Command::Plan(action))));
    }
    let audit = Some(Reaction::Send(Command::Audit(Scope::default())));
    assert_eq!(press(&mut console, &state, 'a'), audit);
    assert_eq!(press(&mut console, &state, 'w'), Some(Reaction::Write));
    assert_eq!(press(&mut console, &state, 'q'), Some(Reaction::Quit));
    assert_eq!(press(&mut console, &state, 'z'), None, "nothing changes, so nothing is drawn");
}

#[test]
fn quitting_asks_while_a_job_runs_and_ctrl_c_twice_does_not_ask_again() {
    let state = jobs();
    let mut console = console();
    assert_eq!(press(&mut console, &state, 'q'), Some(Reaction::Draw));
    assert_eq!(press(&mut console, &state, 'n'), Some(Reaction::Draw));
    assert!(!console.ui.questions.quit);
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(console.on_key(&ctrl_c, &state), Some(Reaction::Draw));
    assert!(drawn(&state, &console, 80, 24).contains("quit all the same?"));
    assert_eq!(console.on_key(&ctrl_c, &state), Some(Reaction::Quit));
}

#[test]
fn x_cancels_the_chosen_job_else_the_newest_else_the_looking() {
    let mut console = console();
    let state = jobs();
    let cancel = |id| Some(Reaction::Send(Command::Cancel(id)));
    assert_eq!(press(&mut console, &state, 'x'), cancel(4));
    console.ui.open(Screen::Jobs);
    console.on_key(&key(KeyCode::Down), &state);
    assert_eq!(press(&mut console, &state, 'x'), cancel(3));
    console.on_key(&key(KeyCode::Down), &state);
    assert_eq!(press(&mut console, &state, 'x'), Some(Reaction::Draw), "no other is meant");
    assert_eq!(console.ui.note.as_deref(), Some("the chosen job has ended"));
    let state = looking();
    assert_eq!(press(&mut console, &state, 'x'), Some(Reaction::Send(Command::CancelRound)));
}

#[test]
fn moving_goes_through_the_panes_as_they_stand() {
    let state = report();
    let mut console = console();
    drawn(&state, &console, 120, 35);
    let mut after = |code| {
        console.on_key(&key(code), &state);
        console.ui.focus + 1
    };
    assert_eq!(after(KeyCode::Down), 2);
    assert_eq!(after(KeyCode::Right), 7);
    assert_eq!(after(KeyCode::Tab), 8);
    assert_eq!(after(KeyCode::BackTab), 7);
    assert_eq!(after(KeyCode::Char('h')), 2);
    assert_eq!(after(KeyCode::Char('0')), 10);
    assert_eq!(after(KeyCode::Tab), 1);
    drawn(&state, &console, 80, 24);
    console.on_key(&key(KeyCode::Right), &state);
    assert_eq!(console.ui.focus + 1, 2, "a list has no columns");
}

#[test]
fn a_number_opens_its_item_from_the_screens_that_name_items() {
    let state = report();
    let mut console = console();
    press(&mut console, &state, '3');
    assert_eq!((console.ui.focus, console.ui.screen()), (2, Screen::Cockpit));
    press(&mut console, &state, 'B');
    press(&mut console, &state, '7');
    assert_eq!((console.ui.focus, console.ui.screen()), (6, Screen::Item));
    console.on_key(&key(KeyCode::Right), &state);
    assert_eq!((console.ui.focus, console.ui.screen()), (7, Screen::Item));
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(console.ui.screen(), Screen::Item, "there is no table behind it");
    assert!(console.ui.note.as_ref().unwrap().contains("no table"), "and that is said");
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::Blockers, "back to where it was opened from");
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::Cockpit);
}

#[test]
fn scrolling_stops_at_the_end_and_turns_back_at_once() {
    let state = report();
    let mut console = console();
    console.ui.open(Screen::Blockers);
    drawn(&state, &console, 80, 24);
    for _ in 0..1000 {
        console.on_key(&key(KeyCode::Down), &state);
    }
    let end = drawn(&state, &console, 80, 24);
    assert!(end.contains(" end "), "{end}");
    console.on_mouse(mouse(MouseEventKind::ScrollUp, 5, 5), &state);
    assert!(drawn(&state, &console, 80, 24).contains("↓ 3 more"));
}

#[test]
fn a_click_focuses_a_pane_and_a_second_one_opens_it() {
    let state = report();
    let mut console = console();
    for (width, height) in [(120, 35), (80, 24)] {
        console.ui.open(Screen::Cockpit);
        console.ui.focus = 0;
        drawn(&state, &console, width, height);
        let (item, area) = (6, console.ui.hits.area(Target::Item(6)).unwrap());
        let at = click(area.x + 3, area.y);
        assert_eq!(console.on_mouse(at, &state), Some(Reaction::Draw));
        assert_eq!((console.ui.focus, console.ui.screen()), (item, Screen::Cockpit));
        console.on_mouse(at, &state);
        assert_eq!(console.ui.screen(), Screen::Item);
    }
    drawn(&state, &console, 80, 24);
    assert_eq!(console.on_mouse(click(10, 10), &state), None, "no pane is there any more");
    assert_eq!(console.on_mouse(mouse(MouseEventKind::Moved, 1, 1), &state), None);
}
