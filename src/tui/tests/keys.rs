use std::collections::{BTreeMap, BTreeSet};

use super::sample::{jobs, looking, plan, report};
use super::*;
use crate::cockpit::Command;
use crate::model::Action;

fn keymap(name: &str, key: &str) -> Result<Keymap, String> {
    Keymap::new(BTreeMap::from([(name.to_owned(), key.to_owned())]))
}

fn press(ui: &mut Ui, state: &State, c: char) -> Option<Reaction> {
    ui.on_key(&key(KeyCode::Char(c)), state)
}

#[test]
fn enter_means_no_and_y_confirms_exactly_what_was_shown() {
    let mut state = report();
    state.plan = Some(plan());
    let mut ui = ui();
    drawn(&state, &ui, 80, 24);
    assert_eq!(ui.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Send(Command::Decline(7))));
    assert_eq!(press(&mut ui, &state, 'n'), Some(Reaction::Send(Command::Decline(7))));
    let confirm = Command::Confirm(7, plan().plan.hash());
    assert_eq!(press(&mut ui, &state, 'y'), Some(Reaction::Send(confirm)));
    assert_eq!(press(&mut ui, &state, 'b'), None, "no action while a question is open");
    let with_control = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::CONTROL);
    assert_eq!(ui.on_key(&with_control, &state), None);
}

#[test]
fn a_plan_that_was_not_shown_cannot_be_confirmed() {
    let mut state = report();
    let mut ui = ui();
    drawn(&state, &ui, 80, 24);
    state.plan = Some(plan());
    assert_eq!(press(&mut ui, &state, 'y'), None, "it came after the last frame");
    drawn(&state, &ui, 59, 18);
    assert_eq!(press(&mut ui, &state, 'y'), None, "the window is too small to show it");
    drawn(&state, &ui, 80, 24);
    let shown = plan().plan.hash();
    if let Some(pending) = &mut state.plan {
        pending.plan.steps.push("tag something else".to_owned());
    }
    let confirm = Command::Confirm(7, shown);
    assert_eq!(
        press(&mut ui, &state, 'y'),
        Some(Reaction::Send(confirm)),
        "the hash is that of what was shown"
    );
    if let Some(pending) = &mut state.plan {
        pending.id = 8;
    }
    assert_eq!(press(&mut ui, &state, 'y'), None, "another plan");
}

#[test]
fn every_key_is_documented_reachable_and_its_own() {
    let map = Keymap::default();
    let mut keys = BTreeSet::new();
    let mut names = BTreeSet::new();
    let help = drawn(
        &report(),
        &{
            let mut ui = ui();
            ui.screen = Screen::Help;
            ui
        },
        120,
        60,
    );
    for binding in &BINDINGS {
        assert!(keys.insert(map.key(binding)) && names.insert(binding.name), "{} twice", binding.name);
        assert!(help.contains(binding.key) && help.contains(binding.help), "{} in the help", binding.name);
        let code = match binding.key {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backtab" => KeyCode::BackTab,
            "pageup" => KeyCode::PageUp,
            "pagedown" => KeyCode::PageDown,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            key => KeyCode::Char(key.chars().next().unwrap()),
        };
        assert_eq!(map.press(&key(code)), Some(binding.press), "{}", binding.name);
    }
    for (number, c) in ('1'..='9').chain(['0']).enumerate() {
        let item = u8::try_from(number + 1).unwrap();
        assert_eq!(map.press(&key(KeyCode::Char(c))), Some(Press::Item(item)));
    }
}

#[test]
fn keys_can_be_changed_but_not_shared() {
    let map = keymap("audit", "F").unwrap();
    assert_eq!(map.press(&key(KeyCode::Char('F'))), Some(Press::Audit));
    assert_eq!(map.press(&key(KeyCode::Char('a'))), None, "the old key is free");
    assert!(keymap("audit", "b").unwrap_err().contains("build"));
    assert!(keymap("adit", "z").unwrap_err().contains("audit"));
    assert_eq!(keymap("audit", "f5").unwrap().press(&key(KeyCode::F(5))), Some(Press::Audit));
    assert_eq!(keymap("audit", "space").unwrap().press(&key(KeyCode::Char(' '))), Some(Press::Audit));
}

#[test]
fn a_key_that_nobody_can_press_is_refused() {
    for bad in ["", "ctrl-a", "aa", "f13", "\u{1b}", " ", "\u{202e}", "Enter"] {
        let error = keymap("audit", bad).unwrap_err();
        assert!(error.contains("audit") && !error.contains('\u{1b}'), "{bad:?}: {error}");
    }
    assert!(keymap("audit", "3").unwrap_err().contains("items"));
}

#[test]
fn every_action_has_its_key() {
    let state = report();
    let mut ui = ui();
    for (c, action) in [
        ('b', Action::Build),
        ('p', Action::Push),
        ('P', Action::Publish),
        ('r', Action::RunVersion),
        ('e', Action::RunExample),
    ] {
        assert_eq!(press(&mut ui, &state, c), Some(Reaction::Send(Command::Plan(action))));
    }
    let audit = Some(Reaction::Send(Command::Audit(Scope::default())));
    assert_eq!(press(&mut ui, &state, 'a'), audit);
    assert_eq!(press(&mut ui, &state, 'w'), Some(Reaction::Write));
    assert_eq!(press(&mut ui, &state, 'q'), Some(Reaction::Quit));
    assert_eq!(press(&mut ui, &state, 'z'), None, "nothing changes, so nothing is drawn");
}

#[test]
fn quitting_asks_while_a_job_runs_and_ctrl_c_twice_does_not_ask_again() {
    let state = jobs();
    let mut ui = ui();
    assert_eq!(press(&mut ui, &state, 'q'), Some(Reaction::Draw));
    assert_eq!(press(&mut ui, &state, 'n'), Some(Reaction::Draw));
    assert!(!ui.asks_to_quit);
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(ui.on_key(&ctrl_c, &state), Some(Reaction::Draw));
    assert!(drawn(&state, &ui, 80, 24).contains("quit all the same?"));
    assert_eq!(ui.on_key(&ctrl_c, &state), Some(Reaction::Quit));
}

#[test]
fn x_cancels_the_chosen_job_else_the_newest_else_the_looking() {
    let mut ui = ui();
    let state = jobs();
    let cancel = |id| Some(Reaction::Send(Command::Cancel(id)));
    assert_eq!(press(&mut ui, &state, 'x'), cancel(4));
    ui.screen = Screen::Jobs;
    ui.on_key(&key(KeyCode::Down), &state);
    assert_eq!(press(&mut ui, &state, 'x'), cancel(3));
    ui.on_key(&key(KeyCode::Down), &state);
    assert_eq!(press(&mut ui, &state, 'x'), None, "the chosen one has ended; no other is meant");
    let state = looking();
    assert_eq!(press(&mut ui, &state, 'x'), Some(Reaction::Send(Command::CancelRound)));
}

#[test]
fn moving_goes_through_the_panes_as_they_stand() {
    let state = report();
    let mut ui = ui();
    drawn(&state, &ui, 120, 35);
    let mut after = |code| {
        ui.on_key(&key(code), &state);
        ui.focus + 1
    };
    assert_eq!(after(KeyCode::Down), 2);
    assert_eq!(after(KeyCode::Right), 7);
    assert_eq!(after(KeyCode::Tab), 8);
    assert_eq!(after(KeyCode::BackTab), 7);
    assert_eq!(after(KeyCode::Char('h')), 2);
    assert_eq!(after(KeyCode::Char('0')), 10);
    assert_eq!(after(KeyCode::Tab), 1);
    drawn(&state, &ui, 80, 24);
    ui.on_key(&key(KeyCode::Right), &state);
    assert_eq!(ui.focus + 1, 2, "a list has no columns");
}

#[test]
fn a_number_opens_its_item_from_the_screens_that_name_items() {
    let state = report();
    let mut ui = ui();
    press(&mut ui, &state, '3');
    assert_eq!((ui.focus, ui.screen), (2, Screen::Cockpit));
    press(&mut ui, &state, 'B');
    press(&mut ui, &state, '7');
    assert_eq!((ui.focus, ui.screen), (6, Screen::Item));
    ui.on_key(&key(KeyCode::Right), &state);
    assert_eq!((ui.focus, ui.screen), (7, Screen::Item));
    assert_eq!(ui.on_key(&key(KeyCode::Enter), &state), None);
    ui.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(ui.screen, Screen::Cockpit);
}

#[test]
fn scrolling_stops_at_the_end_and_turns_back_at_once() {
    let state = report();
    let mut ui = ui();
    ui.screen = Screen::Blockers;
    drawn(&state, &ui, 80, 24);
    for _ in 0..1000 {
        ui.on_key(&key(KeyCode::Down), &state);
    }
    let end = drawn(&state, &ui, 80, 24);
    assert!(end.contains(" end "), "{end}");
    ui.on_mouse(mouse(MouseEventKind::ScrollUp, 5, 5), &state);
    assert!(drawn(&state, &ui, 80, 24).contains("↓ 1 more"));
}

#[test]
fn a_click_focuses_a_pane_and_a_second_one_opens_it() {
    let state = report();
    let mut ui = ui();
    for (width, height) in [(120, 35), (80, 24)] {
        ui.screen = Screen::Cockpit;
        ui.focus = 0;
        drawn(&state, &ui, width, height);
        let (item, area) = ui.panes.borrow()[6];
        let at = click(area.x + 3, area.y);
        assert_eq!(ui.on_mouse(at, &state), Some(Reaction::Draw));
        assert_eq!((ui.focus, ui.screen), (item, Screen::Cockpit));
        ui.on_mouse(at, &state);
        assert_eq!(ui.screen, Screen::Item);
    }
    drawn(&state, &ui, 80, 24);
    assert_eq!(ui.on_mouse(click(10, 10), &state), None, "no pane is there any more");
    assert_eq!(ui.on_mouse(mouse(MouseEventKind::Moved, 1, 1), &state), None);
}
