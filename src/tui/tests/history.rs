use std::collections::VecDeque;
use std::sync::Arc;

use super::*;
use crate::cockpit::Command;
use crate::dod::testing::Sample;
use crate::model::{Audit, AuditId, AuditTimes, Item};

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 35), (200, 60)];

pub(super) fn audit(sample: &Sample, minutes: i64) -> Arc<Audit> {
    let assessment = crate::dod::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let at = sample.facts.as_of + jiff::SignedDuration::from_mins(minutes);
    let times = AuditTimes { started: at, finished: at };
    let judged = (&sample.release, &sample.policy, &sample.scope);
    Arc::new(
        Audit::of(judged, sample.facts.clone(), assessment, vec![("ghcr.io".to_owned(), 4)], times).unwrap(),
    )
}

/// Audits from the oldest: 45, 75, 100, 75 with hostile names.
fn audits() -> Vec<Arc<Audit>> {
    let mut hostile = Sample::staged();
    hostile.release.version = format!("0.3.0-{}", super::sample::HOSTILE);
    vec![
        audit(&crate::dod::testing::sample(), 0),
        audit(&Sample::staged(), 60),
        audit(&Sample::complete(), 120),
        audit(&hostile, 1500),
    ]
}

pub(super) fn state() -> State {
    let mut state = super::sample::report();
    let newest_first = audits().into_iter().rev();
    state.history = Some(Arc::new(newest_first.clone().map(|audit| audit.summary.clone()).collect()));
    state.recalled = newest_first.map(|audit| (audit.summary.id.clone(), Ok(audit))).collect::<VecDeque<_>>();
    state
}

fn id(state: &State, place: usize) -> AuditId {
    state.history.as_ref().unwrap()[place].id.clone()
}

fn press(console: &mut Console, code: KeyCode, state: &State) -> Option<Reaction> {
    console.on_key(&key(code), state)
}

#[test]
fn the_history_its_reports_and_comparisons_at_every_size() {
    let state = state();
    for (width, height) in SIZES {
        let mut console = on(Screen::History);
        press(&mut console, KeyCode::Down, &state);
        press(&mut console, KeyCode::Char(' '), &state);
        insta::assert_snapshot!(format!("History-{width}x{height}"), drawn(&state, &console, width, height));
        press(&mut console, KeyCode::Enter, &state);
        insta::assert_snapshot!(format!("Kept-{width}x{height}"), drawn(&state, &console, width, height));
        press(&mut console, KeyCode::Esc, &state);
        press(&mut console, KeyCode::Char('D'), &state);
        insta::assert_snapshot!(format!("Diff-{width}x{height}"), drawn(&state, &console, width, height));
    }
}

#[test]
fn d_compares_the_newest_with_the_last_go_and_marks_choose_others() {
    let state = state();
    let mut console = console();
    let asked = press(&mut console, KeyCode::Char('D'), &state);
    assert_eq!(asked, Some(Reaction::Send(Command::Recall(vec![id(&state, 1), id(&state, 0)]))));
    assert_eq!(console.ui.screen(), Screen::Diff);
    let diff = console.screens.diff.diff(&state, &console.ui).unwrap();
    assert_eq!(diff.items[Item::Published.index()].before.points, Some(10));

    press(&mut console, KeyCode::Esc, &state);
    press(&mut console, KeyCode::Char('H'), &state);
    press(&mut console, KeyCode::Char(' '), &state);
    press(&mut console, KeyCode::End, &state);
    press(&mut console, KeyCode::Char(' '), &state);
    let asked = press(&mut console, KeyCode::Char('D'), &state);
    let pair = vec![id(&state, 3), id(&state, 0)];
    assert_eq!(asked, Some(Reaction::Send(Command::Recall(pair))), "the older one comes first");
}

#[test]
fn enter_asks_for_the_report_and_says_so_until_it_is_read() {
    let mut state = state();
    state.recalled.clear();
    let mut console = on(Screen::History);
    let asked = press(&mut console, KeyCode::Enter, &state);
    assert_eq!(asked, Some(Reaction::Send(Command::Recall(vec![id(&state, 0)]))));
    assert!(drawn(&state, &console, 80, 24).contains("reading"));
    state.recalled.push_back((id(&state, 0), Err("one of its facts is damaged".to_owned())));
    assert!(drawn(&state, &console, 80, 24).contains("one of its facts is damaged"));
}

#[test]
fn a_kept_go_is_never_shown_as_one_of_now() {
    let state = state();
    let mut console = on(Screen::History);
    press(&mut console, KeyCode::Down, &state);
    press(&mut console, KeyCode::Enter, &state);
    let text = drawn(&state, &console, 120, 35);
    assert!(text.contains("as of 2025-01-20 14:00 UTC. Stale"), "{text}");
}

#[test]
fn without_two_audits_nothing_is_compared_and_without_one_it_is_said_how_one_is_made() {
    let mut state = state();
    state.history = Some(Arc::new(Vec::new()));
    let mut console = on(Screen::History);
    assert!(drawn(&state, &console, 80, 24).contains("a makes one"));
    press(&mut console, KeyCode::Char('D'), &state);
    assert!(console.ui.note.as_deref().unwrap().contains("no two finished audits"));
    assert_eq!(console.ui.screen(), Screen::History);
    state.history = None;
    assert!(drawn(&state, &console, 80, 24).contains("reading"));
}

#[test]
fn a_row_is_chosen_by_a_click_and_opened_by_a_second_one() {
    let state = state();
    let mut console = on(Screen::History);
    terminal(&state, &console, 80, 24);
    let row = console.ui.hits.area(Target::Row(2)).unwrap();
    console.on_mouse(click(row.x + 4, row.y), &state);
    assert_eq!(console.screens.history.at, 2);
    console.on_mouse(click(row.x + 4, row.y), &state);
    assert_eq!(console.ui.screen(), Screen::Report);
}
