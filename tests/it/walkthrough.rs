//! The walkthrough in a real terminal, gone by pressing only what the footer or the dialog on the screen names.

use crate::go_live::Demo;
use crate::screen::Screen;

const WIDTH: u16 = 120;
const HEIGHT: u16 = 35;

fn footer(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim()
}

/// What the footer calls the key to go on, and what the step says of that key.
const NAMED: [(&str, &str); 7] = [
    ("I did it", "says that you did it"),
    ("look again", "looks again"),
    ("plan it", "makes the plan"),
    ("verify", "verifies everything"),
    ("write it", "writes the file"),
    ("next step", "goes on to the next step"),
    ("what comes first", "goes to what comes first"),
];

/// The word beside the key to go on, where footer and step agree: half a frame is no screen yet.
fn word(text: &str) -> Option<&'static str> {
    let named = footer(text).strip_prefix("⏎ ")?;
    let agree = |(word, said): &&(&str, &str)| named.starts_with(word) && text.contains(said);
    NAMED.iter().find(agree).map(|(word, _)| *word)
}

fn asks(text: &str) -> bool {
    footer(text).starts_with("y yes")
}

/// `Step 3 of 16`.
fn step(text: &str) -> String {
    let start = text.find("Step ").map_or("", |at| &text[at..]);
    start.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
}

fn is_at_the_end(text: &str) -> bool {
    text.contains("✓ done: written to")
}

/// Dismisses what was refused or failed, as the footer names it, once it was in sight.
fn dismiss(screen: &mut Screen) {
    while footer(&screen.text()).starts_with("esc dismiss") {
        let before = screen.text();
        screen.press("\x1b");
        screen.until("that it is dismissed", |text| text != before);
    }
}

/// Goes one step by what the screen names; `reason` is why a step that cannot be done is skipped.
fn go(screen: &mut Screen, reason: Option<&str>) {
    let text = screen.until("a key to go on", |text| {
        is_at_the_end(text) || (word(text).is_some() && !text.contains("looking for"))
    });
    if is_at_the_end(&text) {
        return;
    }
    assert!(
        text.contains("Why  ") && text.contains("What  ") && text.contains("Effect"),
        "why, what, effect:\n{text}"
    );
    let now = word(&text).unwrap_or_default();
    if text.contains("✗ not there yet") {
        return skip(screen, reason.unwrap_or_else(|| panic!("a step fell short:\n{text}")));
    }
    let at = step(&text);
    screen.press("\r");
    if now == "plan it" {
        let dialog = screen.until("the dialog", asks);
        assert!(dialog.contains("Do it? y / n"), "{dialog}");
        screen.press("y");
        let answered = screen.until("the job, or the second question", |text| {
            text.contains("Really?") || text.contains("✓ done:") || text.contains("✗ not there yet")
        });
        if answered.contains("Really?") {
            assert!(asks(&answered), "{answered}");
            screen.press("y");
        }
    }
    screen.until(&format!("what follows from `{now}` at {at}"), |text| {
        let settled = word(text).is_some() && !text.contains("looking for") && !asks(text);
        let moved = step(text) != at || word(text) != Some(now) || text.contains("✗ not there yet");
        is_at_the_end(text) || (settled && moved) || footer(text).starts_with("esc dismiss")
    });
    dismiss(screen);
}

/// Skips the step that is on the screen, by the keys that footer and box name.
fn skip(screen: &mut Screen, reason: &str) {
    let text = screen.text();
    assert!(footer(&text).contains("S skip"), "{text}");
    screen.press("S");
    let asked = screen.until("the question why", |text| text.contains("Why is") && text.contains("skipped?"));
    assert!(asked.contains("⏎ skip it for this reason"), "{asked}");
    screen.press(reason);
    screen.until("the reason", |text| text.contains(reason));
    screen.press("\r");
    screen.until("that it is skipped", |text| text.contains("– skipped: by") && text.contains(reason));
}

fn go_to_the_end(screen: &mut Screen, reason: Option<&str>) -> String {
    for _ in 0..60 {
        if is_at_the_end(&screen.text()) {
            return screen.text();
        }
        go(screen, reason);
    }
    panic!("it never ends:\n{}", screen.text());
}

/// From the demo's first screen to GO.
pub fn the_demo_goes_to_go_by_what_the_screen_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut screen = Screen::start(WIDTH, HEIGHT, &["demo"], folder.path());
    let first = screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    assert!(footer(&first).contains("g go-live"), "the footer names the way: {first}");
    screen.press("g");
    screen.until("the first step", |text| text.contains("Step 1 of"));
    let end = go_to_the_end(&mut screen, None);
    assert!(end.contains("GO, readiness 100/100, proven 100"), "{end}");
    assert!(end.contains("report written to"), "{end}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// Without both platforms it ends undecided, and says what is missing.
pub fn where_one_platform_cannot_run_it_ends_undecided_and_says_what_is_missing() {
    let demo = Demo::new(true);
    let mut screen = Screen::start(WIDTH, HEIGHT, &["go-live"], demo.folder.path());
    let end = go_to_the_end(&mut screen, Some("no arm64 machine here"));
    assert!(end.contains("NO_GO (undecided), readiness 95/100"), "{end}");
    assert!(end.contains("--version is"), "what is missing: {end}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
    let report = std::fs::read_to_string(demo.folder.path().join("exitbar-report.md")).expect("the report");
    assert!(report.contains("**Status: NO_GO"), "{report}");
}

/// Left in the middle, it goes on in another process, judged by what is seen there.
pub fn it_is_left_in_the_middle_and_goes_on_in_another_process() {
    let demo = Demo::new(true);
    let mut screen = Screen::start(WIDTH, HEIGHT, &["go-live"], demo.folder.path());
    screen.until("the first step", |text| word(text) == Some("I did it"));
    skip(&mut screen, "it is mended already");
    for _ in 0..5 {
        go(&mut screen, None);
        if screen.text().contains("✓ done:") {
            break;
        }
    }
    assert!(screen.text().contains("Build every image"), "{}", screen.text());
    let text = screen.text();
    assert!(footer(&text).contains("esc leave"), "{text}");
    screen.press("\u{1b}");
    screen.until("the cockpit", |text| footer(text).contains("⏎ open"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
    let mut screen = Screen::start(WIDTH, HEIGHT, &["go-live"], demo.folder.path());
    let text = screen.until("the step after the build", |text| {
        step(text).starts_with("Step 4") && !text.contains("looking for")
    });
    let line = |title: &str| text.lines().find(|line| line.contains(title)).unwrap_or_default().to_owned();
    assert!(line("Build every image").contains("done"), "{text}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
