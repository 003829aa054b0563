//! The choice of a command.

use super::sample::{jobs, report};
use super::*;
use crate::cockpit::Command;
use crate::model::Action;

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 35), (200, 60)];

fn opened(state: &State) -> Console {
    let mut console = console();
    console.on_key(&key(KeyCode::Char(':')), state);
    assert_eq!(console.ui.screen(), Screen::Palette);
    console
}

#[test]
fn some_letters_find_a_command_and_enter_runs_it() {
    let state = report();
    let mut console = opened(&state);
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "rver");
    let ran = console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(ran, Some(Reaction::Send(Command::Plan(Action::RunVersion))));
    assert_eq!(console.ui.screen(), Screen::Cockpit);
    let control = KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL);
    console.on_key(&control, &state);
    types(&mut console, &state, "blockers");
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(console.ui.screen(), Screen::Blockers);
}

#[test]
fn it_lists_every_command_and_says_why_one_cannot_be_used_now() {
    let state = report();
    let mut console = opened(&state);
    console.ui.readonly = true;
    let all = drawn(&state, &console, 120, 200);
    drop(all);
    let choices = console.screens.palette.choices();
    assert_eq!(choices.len(), BINDINGS.len() - 3, "all but the answers and itself");
    let why = |name: &str| {
        let choice = choices.iter().find(|choice| choice.binding.name == name).unwrap();
        choice.refusal.clone().unwrap_or_default()
    };
    assert!(why("push").contains("--readonly"));
    assert!(why("retry").contains("no job yet"));
    assert!(why("follow").contains("not on this screen"));
    assert_eq!((why("audit"), why("scan")), (String::new(), String::new()), "reading is not refused");
}

#[test]
fn what_cannot_be_used_is_not_done_and_says_why() {
    let state = report();
    let mut console = opened(&state);
    drawn(&state, &console, 80, 24);
    types(&mut console, &state, "follow");
    assert_eq!(console.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Draw));
    assert!(console.ui.note.as_ref().unwrap().contains("not on this screen"));
}

#[test]
fn it_is_driven_by_the_mouse_and_covers_what_is_below() {
    let state = jobs();
    let mut console = opened(&state);
    drawn(&state, &console, 80, 24);
    assert!(console.ui.hits.area(Target::Item(3)).is_none(), "what is below cannot be clicked");
    let first = console.screens.palette.choices()[0].binding.name;
    console.on_mouse(mouse(MouseEventKind::ScrollDown, 20, 10), &state);
    assert_eq!(console.screens.palette.at(), 1);
    assert_eq!(first, "audit", "what moves comes after what does something");
    let ran = click_on(&mut console, &state, Target::Row(0));
    assert!(matches!(ran, Some(Reaction::Send(_))), "{ran:?}");
    assert_eq!(console.ui.screen(), Screen::Cockpit);
}

#[test]
fn it_at_four_sizes_and_with_hostile_letters() {
    let state = report();
    for (width, height) in SIZES {
        let mut console = opened(&state);
        types(&mut console, &state, "si");
        insta::assert_snapshot!(format!("palette-{width}x{height}"), drawn(&state, &console, width, height));
        types(&mut console, &state, super::sample::HOSTILE);
        for cell in &buffer(&state, &console, width, height).content {
            assert_eq!(crate::model::text::clean_line(cell.symbol()), cell.symbol());
        }
    }
}
