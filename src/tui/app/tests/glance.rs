//! The quick look at what the operator mends, while a step of the walkthrough waits for that.

use super::*;
use crate::tui::sample::looking;

/// The walkthrough, at a step that the operator does by hand.
fn waiting() -> Running {
    let state = report();
    let mut console = console();
    console.ui.open(keymap::Screen::GoLive);
    assert!(console.waits_for_the_operator(&state), "the sample begins with a step by hand");
    start_on(state, console, Clipboard::Osc52, None)
}

/// How many quick looks were asked for within so much time.
async fn glances_in(running: &mut Running, time: Duration) -> usize {
    let mut glances = 0;
    for _ in 0..time.as_millis() / 100 {
        running.time.send_modify(|now| *now += Duration::from_millis(100));
        running.settle().await;
        while let Ok(command) = running.commands.try_recv() {
            assert_eq!(command, Command::Glance);
            glances += 1;
        }
    }
    glances
}

#[tokio::test]
async fn what_the_operator_mends_is_looked_at_every_five_seconds() {
    let mut running = waiting();
    assert_eq!(glances_in(&mut running, Duration::from_millis(4_900)).await, 0);
    assert_eq!(glances_in(&mut running, Duration::from_millis(200)).await, 1);
    assert_eq!(glances_in(&mut running, Duration::from_secs(20)).await, 4);
}

#[tokio::test]
async fn a_quick_look_that_nobody_takes_does_not_pile_up() {
    let mut running = waiting();
    for _ in 0..600 {
        running.time.send_modify(|now| *now += Duration::from_millis(100));
        running.settle().await;
    }
    assert_eq!(running.commands.try_recv().ok(), Some(Command::Glance));
    assert!(running.commands.try_recv().is_err(), "one waits; the others were not kept for later");
}

#[tokio::test]
async fn nothing_is_looked_at_besides_where_the_loop_is_busy_or_nobody_is_asked_to_mend() {
    let mut running = waiting();
    for busy in [looking(), jobs()] {
        running.states.send_replace(Arc::new(busy));
        running.settle().await;
        assert_eq!(glances_in(&mut running, Duration::from_secs(20)).await, 0);
    }
    running.states.send_replace(Arc::new(report()));
    running.settle().await;
    assert!(glances_in(&mut running, Duration::from_secs(6)).await > 0, "it goes on when the loop is done");
    running.send(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    running.settle().await;
    assert_eq!(glances_in(&mut running, Duration::from_secs(20)).await, 0, "no step is on the screen");
}
