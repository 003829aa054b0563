//! The screen of jobs.

use super::sample::{HOSTILE, jobs};
use super::*;
use crate::model::JobOutcome;

fn opened() -> Console {
    let mut console = on(Screen::Jobs);
    console.screens.jobs.chosen = Some(1);
    console
}

fn press(console: &mut Console, state: &State, c: char) -> Option<Reaction> {
    console.on_key(&key(KeyCode::Char(c)), state)
}

#[test]
fn the_newest_line_is_followed_until_somebody_reads_above_it() {
    let mut state = jobs();
    let mut console = opened();
    assert!(drawn(&state, &console, 80, 24).contains("following"));
    console.on_key(&key(KeyCode::PageUp), &state);
    state.jobs[0].output.push_back("one more".to_owned());
    let text = drawn(&state, &console, 80, 24);
    assert!(!text.contains("one more") && !text.contains("following"), "{text}");
    press(&mut console, &state, 'f');
    assert!(drawn(&state, &console, 80, 24).contains("one more"));
    console.on_key(&key(KeyCode::PageUp), &state);
    console.on_key(&key(KeyCode::End), &state);
    assert!(drawn(&state, &console, 80, 24).contains("following"), "the end is where the newest line comes");
}

#[test]
fn long_lines_are_cut_or_wrapped_and_the_output_can_have_the_screen() {
    let mut state = jobs();
    state.jobs[0].output.push_back(format!("{}the end of it", "x".repeat(200)));
    state.jobs[0].dropped = 12;
    let mut console = opened();
    assert!(!drawn(&state, &console, 80, 24).contains("the end of it"));
    press(&mut console, &state, 'z');
    assert!(drawn(&state, &console, 80, 24).contains("the end of it"));
    console.on_key(&key(KeyCode::Enter), &state);
    console.on_key(&key(KeyCode::Home), &state);
    let whole = drawn(&state, &console, 80, 24);
    assert!(whole.contains("… 12 lines before these not shown"), "{whole}");
    console.on_key(&key(KeyCode::Down), &state);
    assert_eq!(console.screens.jobs.chosen, Some(1), "down is a line now");
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!((console.ui.screen(), console.screens.jobs.whole), (Screen::Jobs, false));
}

#[test]
fn what_the_screen_has_no_room_for_is_in_a_file_that_is_named() {
    let mut state = jobs();
    state.jobs[0].dropped = 1;
    let mut console = opened();
    console.on_key(&key(KeyCode::Home), &state);
    for (whole, said) in [
        (Ok("/home/ops/state/outputs/20250120T120000.000Z-build-1.log".to_owned()), "build-1.log"),
        (Err(format!("{HOSTILE} no space left")), "and not kept: "),
    ] {
        state.jobs[0].whole = Some(whole);
        let text = drawn(&state, &console, 120, 35);
        assert!(text.contains("… 1 line before these not shown") && text.contains(said), "{text}");
    }
}

#[test]
fn the_equal_command_is_copied_and_why_a_job_failed_stands_in_its_output() {
    let mut state = jobs();
    let command = state.jobs[0].action.command();
    let mut console = opened();
    assert_eq!(press(&mut console, &state, 'y'), Some(Reaction::Copy(command)));
    let at = state.facts.as_of;
    state.jobs[0].ended = Some((at, JobOutcome::Failed("no space left; free some".to_owned())));
    assert!(drawn(&state, &console, 80, 24).contains("✗ no space left; free some"));
}

#[test]
fn a_click_chooses_a_job_and_the_wheel_scrolls_what_is_under_it() {
    let state = jobs();
    let mut console = opened();
    drawn(&state, &console, 80, 24);
    click_on(&mut console, &state, Target::Row(0));
    assert_eq!(console.screens.jobs.job(&state).unwrap().id, state.jobs.last().unwrap().id);
    let last = state.jobs.len() - 1;
    click_on(&mut console, &state, Target::Row(last));
    drawn(&state, &console, 80, 24);
    let output = console.ui.hits.area(Target::Part(1)).unwrap();
    console.on_mouse(mouse(MouseEventKind::ScrollUp, output.x + 2, output.y + 2), &state);
    assert!(!console.screens.jobs.output.follows());
    assert_eq!(console.screens.jobs.chosen, Some(state.jobs[0].id), "the list stays");
}

#[test]
fn jobs_at_four_sizes_with_hostile_output() {
    let mut state = jobs();
    state.jobs[0].output.push_back(HOSTILE.repeat(8));
    for wraps in [false, true] {
        for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
            let mut console = opened();
            console.screens.jobs.wraps = wraps;
            for cell in &buffer(&state, &console, width, height).content {
                assert_eq!(crate::model::text::clean_line(cell.symbol()), cell.symbol());
            }
        }
    }
    insta::assert_snapshot!("jobs-hostile-60x20", drawn(&state, &opened(), 60, 20));
}
