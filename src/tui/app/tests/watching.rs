//! A watch in the same loop: it looks while its screen is open, and what it says is drawn and called out.

use super::*;
use crate::watch::{Call, Change, Kind, Loudness, Phase, View};

/// The other ends of a watch's channels.
struct Ends {
    views: watch::Sender<Arc<View>>,
    told: mpsc::Sender<Told>,
    commands: mpsc::Receiver<crate::watch::Command>,
}

fn watched() -> (Watched, Ends) {
    let (views, seen) = watch::channel(Arc::new(View::default()));
    let (told, telling) = mpsc::channel(4);
    let (sender, commands) = mpsc::channel(4);
    let title = "greenlang 0.2.0".to_owned();
    let watched = Watched { title, call: Call::Bell, views: seen, told: telling, commands: sender };
    (watched, Ends { views, told, commands })
}

fn alone() -> (Running, Ends) {
    let (watched, ends) = watched();
    let mut console = console();
    console.ui.home = keymap::Screen::Watch;
    (start_on(report(), console, Clipboard::Osc52, Some(watched)), ends)
}

fn beside() -> (Running, Ends) {
    let (watched, ends) = watched();
    (start_on(report(), console(), Clipboard::Osc52, Some(watched)), ends)
}

fn moved() -> Told {
    Told::Changes(vec![Change {
        at: jiff::Timestamp::UNIX_EPOCH,
        subject: "ghcr.io/acme/app:1".to_owned(),
        about: Kind::Tag,
        change: Phase::Moved,
        level: Loudness::Alarm,
        from: None,
        to: None,
        text: "ghcr.io/acme/app:1 moved".to_owned(),
    }])
}

#[tokio::test]
async fn beside_a_cockpit_it_looks_while_its_screen_is_open_and_rests_after() {
    use crate::watch::Command::{Look, Rest, Verify};
    let (mut running, mut ends) = beside();
    running.frame().await;
    assert!(ends.commands.try_recv().is_err(), "nobody asked for it");
    running.press('O');
    running.settle().await;
    assert_eq!(ends.commands.try_recv().ok(), Some(Look));
    running.press('?');
    running.settle().await;
    assert!(ends.commands.try_recv().is_err(), "it is open below the help");
    running.press('?');
    running.press('v');
    running.settle().await;
    assert_eq!(ends.commands.try_recv().ok(), Some(Verify));
    running.press('O');
    running.settle().await;
    assert_eq!(ends.commands.try_recv().ok(), Some(Rest));
    assert!(running.commands.try_recv().is_err(), "nothing of it was for the cockpit");
}

#[tokio::test]
async fn what_it_sees_is_drawn_and_its_ages_are_counted_anew() {
    let (mut running, ends) = alone();
    running.frame().await;
    ends.views.send_replace(Arc::new(View::default()));
    running.frame().await;
    assert_eq!(running.frames_in(Duration::from_mins(1), |_| ()).await, 6, "every ten seconds");
    let (mut running, ends) = beside();
    running.frame().await;
    ends.views.send_replace(Arc::new(View::default()));
    assert_eq!(running.frames_in(Duration::from_mins(1), |_| ()).await, 0, "it is not on the screen");
}

#[tokio::test]
async fn an_alarm_calls_whatever_screen_is_open_and_trouble_is_said() {
    for (mut running, ends) in [alone(), beside()] {
        running.frame().await;
        ends.told.send(moved()).await.unwrap();
        running.until(|seen| *seen == Seen::Rung("\u{7}".to_owned())).await;
        ends.told.send(Told::Trouble("the command failed".to_owned())).await.unwrap();
        running.frame().await;
    }
}

#[tokio::test]
async fn it_stops_on_ctrl_z_and_comes_back_as_the_cockpit_does() {
    let (mut running, _ends) = alone();
    running.frame().await;
    running.send(Event::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL)));
    running.until(|seen| *seen == Seen::Left).await;
    running.signals.send(Signal::Continued).unwrap();
    running.until(|seen| *seen == Seen::Retaken).await;
    running.frame().await;
    assert_eq!(running.frames_until_quit().await, 0);
}

#[tokio::test]
async fn a_watch_that_ends_ends_its_own_screen_and_no_cockpit() {
    let (running, ends) = alone();
    drop(ends);
    assert!(running.ended.await.unwrap().is_ok());
    let (mut running, ends) = beside();
    running.frame().await;
    drop(ends);
    running.press('j');
    running.frame().await;
    assert_eq!(running.frames_until_quit().await, 0);
}
