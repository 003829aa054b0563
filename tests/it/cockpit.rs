//! The demo driven by keys in a real terminal: the items turn by the numbers that the plan named.

use nix::sys::signal::Signal;

use crate::screen::Screen;

fn demo(columns: u16, rows: u16) -> (tempfile::TempDir, Screen) {
    let folder = tempfile::tempdir().expect("a folder");
    let screen = Screen::start(columns, rows, &["demo", "--native-only"], folder.path());
    (folder, screen)
}

/// Presses an action's key, reads the promised score in the dialog, says yes, and waits for that score.
pub fn act(screen: &mut Screen, key: &str, action: &str, promise: &str, score: &str) {
    screen.press(key);
    screen.until(&format!("the plan of {key}: {promise}"), |text| text.contains(promise));
    screen.press("y");
    if action == "publish" {
        // MUST items stay open: it is asked once more.
        screen.until("the second question", |text| text.contains("Really?"));
        screen.press("y");
    }
    // The score alone may be the one from before: the job's own last word stands above the keys.
    screen.until(&format!("{score} after {key}"), |text| {
        let notice = text.lines().rev().nth(1).unwrap_or_default().trim_start();
        let ended = notice.starts_with(&format!("{action}: "));
        ended && text.contains(score) && !text.contains(promise) && !text.contains("looking")
    });
}

fn plays_to_its_end(columns: u16, rows: u16) {
    let (_folder, mut screen) = demo(columns, rows);
    screen.until("45/100 at the start", |text| text.contains("45/100") && !text.contains("looking"));
    assert!(screen.text().contains("NO_GO"), "{}", screen.text());
    act(&mut screen, "b", "build", "45 → 60", "60/100");
    act(&mut screen, "r", "run-version", "60 → 60", "60/100");
    act(&mut screen, "e", "example", "60 → 65", "65/100");
    act(&mut screen, "p", "push", "65 → 70", "70/100");
    act(&mut screen, "s", "sign", "70 → 75", "75/100");
    act(&mut screen, "m", "attest", "75 → 80", "80/100");
    act(&mut screen, "c", "scan", "80 → 85", "85/100");
    act(&mut screen, "P", "publish", "85 → 95", "95/100");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// Every key of the demo at 120×35, to 95/100.
pub fn the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_120x35() {
    plays_to_its_end(120, 35);
}

/// And at 80×24.
pub fn the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_80x24() {
    plays_to_its_end(80, 24);
}

/// Enter is no answer to a question that publishes.
pub fn enter_does_not_confirm_a_plan() {
    let (_folder, mut screen) = demo(120, 35);
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    screen.press("b");
    screen.until("the plan", |text| text.contains("45 → 60"));
    screen.press("\r");
    screen.until("no plan any more", |text| !text.contains("45 → 60"));
    assert!(screen.text().contains("45/100"), "{}", screen.text());
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// SIGTERM gives the terminal back.
pub fn sigterm_restores_the_terminal() {
    let (_folder, mut screen) = demo(120, 35);
    screen.until("the cockpit", |text| text.contains("/100"));
    screen.signal(Signal::SIGTERM);
    screen.end();
}

/// So does a terminal that is closed.
pub fn sighup_restores_the_terminal() {
    let (_folder, mut screen) = demo(120, 35);
    screen.until("the cockpit", |text| text.contains("/100"));
    screen.signal(Signal::SIGHUP);
    screen.end();
}

/// Ctrl-Z gives the shell its terminal; `fg` brings the whole screen back, also after SIGTSTP and SIGSTOP from outside.
pub fn it_stops_for_the_shell_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut screen = Screen::shell(120, 35, folder.path());
    screen.until("the shell", |text| text.contains("ready>"));
    screen.press("\"$EXITBAR\" demo --native-only\r");
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    for stopped in 1..=2 {
        if stopped == 1 {
            screen.press("\u{1a}");
        } else {
            screen.signal_child(Signal::SIGTSTP);
        }
        screen.until("the shell", |text| text.matches("Stopped").count() == stopped);
        assert!(!screen.is_taken(), "{}", screen.text());
        screen.press("fg\r");
        screen.until("the cockpit again", |text| text.contains("45/100") && text.contains("NO_GO"));
        assert!(screen.is_taken());
    }
    screen.signal_child(Signal::SIGSTOP);
    screen.until("the shell, on the cockpit's screen", |text| text.contains("Stopped"));
    screen.press("fg\r");
    screen.until("the cockpit again", |text| text.contains("45/100") && !text.contains("Stopped"));
    screen.press("q");
    screen.until("the shell", |text| text.contains("ready>") && !text.contains("45/100"));
    screen.press("exit\r");
    screen.end();
}

/// So does Ctrl-C.
pub fn ctrl_c_restores_the_terminal() {
    let (_folder, mut screen) = demo(120, 35);
    screen.until("the cockpit", |text| text.contains("/100"));
    screen.press("\u{3}");
    screen.end();
}

/// The screen follows its size at any time.
pub fn a_resize_is_followed() {
    let (_folder, mut screen) = demo(120, 35);
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    screen.resize(80, 24);
    screen.until("the verdict at 80×24", |text| text.lines().count() <= 24 && text.contains("NO_GO"));
    screen.resize(40, 10);
    screen.until("a word about the size", |text| text.contains("larger"));
    screen.resize(200, 60);
    screen.until("the verdict at 200×60", |text| text.contains("45/100") && text.contains("NO_GO"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
