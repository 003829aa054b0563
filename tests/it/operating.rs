//! The demo's audit gone through in a real terminal, once by the keyboard alone and once by the mouse alone; the palette
//! and the search.

use tempfile::TempDir;

use crate::cockpit::act;
use crate::screen::Screen;

const DOWN: &str = "\x1b[B";
const RIGHT: &str = "\x1b[C";
const ENTER: &str = "\r";
const ESC: &str = "\x1b";

/// The demo at its first verdict.
fn demo(columns: u16, rows: u16) -> (TempDir, Screen) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut screen = Screen::start(columns, rows, &["demo", "--native-only"], folder.path());
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    (folder, screen)
}

/// Presses keys and waits until the screen shows a text.
fn shows(screen: &mut Screen, keys: &str, text: &str) -> String {
    screen.press(keys);
    screen.until(&format!("{text} after {keys:?}"), |shown| shown.contains(text))
}

/// Presses Esc and waits until a text is gone: what is pressed at once after it would be a key held with Alt.
fn closes(screen: &mut Screen, text: &str) {
    screen.press(ESC);
    screen.until(&format!("{text} closed"), |shown| !shown.contains(text));
}

/// Clicks on a text and waits until the screen shows another.
fn click_shows(screen: &mut Screen, on: &str, text: &str) -> String {
    screen.click(on);
    screen.until(&format!("{text} after a click on {on}"), |shown| shown.contains(text))
}

/// From the first screen through panes, items, plan, jobs and history to the verdict, without a mouse.
pub fn the_audit_is_driven_by_the_keyboard_alone() {
    let (_folder, mut screen) = demo(120, 35);
    shows(&mut screen, DOWN, "┏ 2 Multi-arch index");
    shows(&mut screen, ENTER, "COMPLETE when");
    shows(&mut screen, RIGHT, "┏ 3 Signed");
    shows(&mut screen, "\t", "┏ 4 SBOM attached");
    shows(&mut screen, "u", "u in words");
    closes(&mut screen, "What would help");
    // A step of the plan is done where the plan stands.
    shows(&mut screen, "B", "Blockers and plan");
    shows(&mut screen, "\t\t", "▌ +15  Build every image");
    act(&mut screen, ENTER, "build", "45 → 60", "60/100");
    shows(&mut screen, ESC, "┏ 4 SBOM attached");
    act(&mut screen, "r", "run-version", "60 → 60", "60/100");
    act(&mut screen, "e", "example", "60 → 65", "65/100");
    shows(&mut screen, "J", "3 in all");
    shows(&mut screen, DOWN, "Output of job 2 run-version");
    shows(&mut screen, ESC, "┏ 4 SBOM attached");
    act(&mut screen, "p", "push", "65 → 70", "70/100");
    act(&mut screen, "s", "sign", "70 → 75", "75/100");
    act(&mut screen, "m", "attest", "75 → 80", "80/100");
    act(&mut screen, "c", "scan", "80 → 85", "85/100");
    act(&mut screen, "P", "publish", "85 → 95", "95/100");
    shows(&mut screen, "g", "Step ");
    shows(&mut screen, ESC, "┏ 4 SBOM attached");
    shows(&mut screen, "H", "History of greenlang");
    shows(&mut screen, ENTER, "Kept audit, as of then");
    shows(&mut screen, ESC, "History of greenlang");
    shows(&mut screen, ESC, "┏ 4 SBOM attached");
    shows(&mut screen, "w", "report written to");
    // On the other platform nothing ran: the verdict says so in place of a GO.
    let end = shows(&mut screen, "a", "NO_GO (undecided)");
    assert!(end.contains("95/100"), "{end}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// Clicks on what plans an action and on the dialog's answer, and waits for the score that was promised.
fn click_through(screen: &mut Screen, on: &str, action: &str, promise: &str, score: &str) {
    click_shows(screen, on, promise);
    screen.click("y yes, do it");
    if action == "publish" {
        screen.until("the second question", |text| text.contains("Really?"));
        screen.click("y yes, do it");
    }
    screen.until(&format!("{score} after {action}"), |text| {
        let notice = text.lines().rev().nth(1).unwrap_or_default().trim_start();
        notice.starts_with(&format!("{action}: "))
            && text.contains(score)
            && !text.contains(promise)
            && !text.contains("looking")
    });
}

/// The same without a keyboard, on the smallest usual terminal: what the footer has no room for is clicked where it
/// is named.
pub fn the_audit_is_driven_by_the_mouse_alone() {
    let (_folder, mut screen) = demo(80, 24);
    // A row is focused, then opened; the wheel scrolls; the footer's words close.
    click_shows(&mut screen, "2 Multi-arch index", "▌ 2 Multi-arch index");
    click_shows(&mut screen, "2 Multi-arch index", "What would help");
    let before = screen.text();
    screen.wheel("What would help", 1);
    screen.until("another part of the page", |text| text != before && text.contains("more"));
    click_shows(&mut screen, "esc back", "open");
    // No is an answer as well.
    click_shows(&mut screen, "b build", "45 → 60");
    screen.click("n no");
    screen.until("no question any more", |text| !text.contains("45 → 60"));
    click_through(&mut screen, "b build", "build", "45 → 60", "60/100");
    click_through(&mut screen, "  r run", "run-version", "60 → 60", "60/100");
    // What helps an item is named below it.
    click_shows(&mut screen, "9 Example pipeline", "e example  +5");
    click_through(&mut screen, "e example  +5", "example", "60 → 65", "65/100");
    click_shows(&mut screen, "1 Published", "p push  +5");
    click_through(&mut screen, "p push  +5", "push", "65 → 70", "70/100");
    click_shows(&mut screen, "3 Signed", "s sign  +5");
    click_through(&mut screen, "s sign  +5", "sign", "70 → 75", "75/100");
    click_shows(&mut screen, "4 SBOM attached", "m SBOM  +5");
    click_through(&mut screen, "m SBOM  +5", "attest", "75 → 80", "80/100");
    // And on its own screen.
    click_shows(&mut screen, "5 Vulnerability scan", "c scan  +5");
    click_shows(&mut screen, "5 Vulnerability scan", "What would help");
    click_through(&mut screen, "Scan every platform", "scan", "80 → 85", "85/100");
    click_shows(&mut screen, "esc back", "open");
    click_shows(&mut screen, "1 Published", "P publish  +");
    click_through(&mut screen, "P publish  +", "publish", "85 → 95", "95/100");
    // The verdict leads to what it rests on, the last word of a job to the jobs, the help to everything else.
    click_shows(&mut screen, "95/100", "Blockers and plan");
    click_shows(&mut screen, "esc back", "open");
    click_shows(&mut screen, "publish: ", "8 in all");
    click_shows(&mut screen, "6 attest", "Output of job 6");
    screen.wheel("6 attest", 2);
    screen.until("the job two lines below", |text| text.contains("Output of job 4"));
    click_shows(&mut screen, "esc back", "open");
    click_shows(&mut screen, "? help", "┏ Keys");
    screen.wheel("Everywhere", 12);
    screen.until("the line of the history", |text| text.contains("the finished audits that are kept"));
    click_shows(&mut screen, "the finished audits that are kept", "History of greenlang");
    click_shows(&mut screen, "▌", "Kept audit, as of then");
    click_shows(&mut screen, "q quit", "");
    assert_eq!(screen.end(), 0);
}

/// Some letters find a command, enter runs it; what cannot be used says why; esc and a click beside it close it.
pub fn the_palette_finds_a_command_by_some_letters_and_runs_it() {
    let (_folder, mut screen) = demo(120, 35);
    for opens in [":", "\u{10}"] {
        shows(&mut screen, opens, "some letters of a command");
        closes(&mut screen, "some letters");
    }
    shows(&mut screen, ":", "some letters of a command");
    let found = shows(&mut screen, "blck", ":blck_");
    assert!(found.contains("what blocks the release"), "{found}");
    shows(&mut screen, ENTER, "┏ Blockers and plan");
    closes(&mut screen, "┏ Blockers and plan");
    shows(&mut screen, ":", "some letters of a command");
    shows(&mut screen, "zzz", "no command has these letters");
    shows(&mut screen, "\x7f\x7f\x7fcancel", "not now: nothing runs");
    closes(&mut screen, ":cancel");
    // By the mouse: a line runs its command, a click beside the palette closes it.
    shows(&mut screen, ":", "some letters of a command");
    shows(&mut screen, "build", ":build_");
    click_shows(&mut screen, "build every image for every", "45 → 60");
    screen.press("n");
    screen.until("no question", |text| !text.contains("45 → 60"));
    shows(&mut screen, ":", "some letters of a command");
    screen.click("greenlang 0.2.0");
    screen.until("no palette", |text| !text.contains("some letters"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// In a text every place that was found is gone to, and round; in a table the rows without it are left out.
pub fn a_search_finds_in_a_log_and_in_a_table() {
    let (_folder, mut screen) = demo(120, 35);
    act(&mut screen, "b", "build", "45 → 60", "60/100");
    // The log of a job.
    shows(&mut screen, "J", "Output of job 1 build");
    shows(&mut screen, ENTER, "list");
    shows(&mut screen, "/", "/_");
    let found = shows(&mut screen, "sha256", "/sha256_  1 of ");
    assert!(found.contains('»') && found.contains('›'), "{found}");
    shows(&mut screen, ENTER, "/sha256  1 of ");
    shows(&mut screen, "n", "/sha256  2 of ");
    shows(&mut screen, "N", "/sha256  1 of ");
    let last = shows(&mut screen, "N", "/sha256  2 of ");
    assert!(last.contains("/sha256  2 of 2"), "round to the last one: {last}");
    closes(&mut screen, "/sha256");
    shows(&mut screen, ESC, "full output");
    closes(&mut screen, "Output of job");
    // A table.
    act(&mut screen, "p", "push", "60 → 65", "65/100");
    act(&mut screen, "s", "sign", "65 → 70", "70/100");
    act(&mut screen, "m", "attest", "70 → 75", "75/100");
    shows(&mut screen, "4", "┏ 4 SBOM attached");
    shows(&mut screen, ENTER, "packages");
    shows(&mut screen, ENTER, "Packages of");
    shows(&mut screen, "/", "/_");
    shows(&mut screen, "greenlang", "/greenlang_   1 of ");
    let found = shows(&mut screen, ENTER, "/greenlang   1 of ");
    assert!(found.contains("Packages of"), "{found}");
    shows(&mut screen, "/zebra", "   0 of ");
    shows(&mut screen, ENTER, "back");
    closes(&mut screen, "zebra");
    // The keys.
    shows(&mut screen, "?", "┏ Keys");
    shows(&mut screen, "/palette\r", "nothing found");
    closes(&mut screen, "/palette");
    shows(&mut screen, "/theme\r", "/theme  1 of ");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
