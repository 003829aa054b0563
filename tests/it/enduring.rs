//! What a terminal has to endure: another size in the middle of a job, signals, a panic. What comes after finds it as it
//! was.

use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::go_live::Demo;
use crate::screen::Screen;

/// The demo's release, whose build prints a line and then waits until somebody writes to `gate`.
fn gated() -> Demo {
    let demo = Demo::new(true);
    let folder = demo.folder.path();
    let made = Command::new("mkfifo").arg(folder.join("gate")).status().expect("mkfifo runs");
    assert!(made.success(), "a gate");
    let build = format!(
        "echo before the gate\ncat gate\n\"{}\" demo-build --folder .\n",
        env!("CARGO_BIN_EXE_exitbar")
    );
    std::fs::write(folder.join("build.sh"), build).expect("a script");
    let configuration = folder.join("exitbar.toml");
    let text = std::fs::read_to_string(&configuration).expect("the configuration");
    let program = format!("\"{}\", \"demo-build\", \"--folder\", \".\"", env!("CARGO_BIN_EXE_exitbar"));
    assert!(text.contains(&program), "{text}");
    std::fs::write(&configuration, text.replace(&program, "\"sh\", \"build.sh\""))
        .expect("the configuration");
    demo
}

fn open_the_gate(folder: &Path) {
    std::fs::write(folder.join("gate"), "through the gate\n").expect("somebody waits at the gate");
}

/// Every row has been drawn: the frame's right border stands from the header to the footer, which has its keys.
fn is_whole(text: &str, columns: usize, rows: usize) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let border = |line: &&&str| line.chars().nth(columns - 1).is_some_and(|end| "╮│╯┓┃┛".contains(end));
    lines.len() == rows
        && lines[0].contains("greenlang 0.2.0")
        && lines[2].chars().filter(|c| *c == '─').count() == columns
        && lines[3..rows - 2].iter().filter(border).count() == rows - 5
        && lines[rows - 1].contains("q quit")
}

/// The screen is drawn anew at each size, and the job never notices.
pub fn a_resize_in_the_middle_of_a_job_draws_everything_anew_and_the_job_goes_on() {
    let demo = gated();
    let mut screen = Screen::start(80, 24, &[], demo.folder.path());
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    screen.press("b");
    screen.until("the plan", |text| text.contains("45 → 60"));
    screen.press("y");
    screen.until("the job", |text| text.contains("build is running") && !text.contains("45 → 60"));
    screen.press("J");
    screen.until("what the job prints", |text| text.contains("before the gate"));
    for (columns, rows) in [(200, 60), (60, 20), (120, 35), (80, 24)] {
        screen.resize(columns, rows);
        let what = format!("everything at {columns}×{rows}");
        let text = screen.until(&what, |text| is_whole(text, usize::from(columns), usize::from(rows)));
        assert!(text.contains("before the gate") && text.contains("build is running"), "{text}");
    }
    open_the_gate(demo.folder.path());
    screen.until("the end of the job", |text| text.contains("through the gate") && text.contains("60/100"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// A question that is asked in a small window is asked in a large one as well, and answered there.
pub fn a_question_survives_a_resize() {
    let demo = Demo::new(true);
    let mut screen = Screen::start(60, 20, &[], demo.folder.path());
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    screen.press("b");
    screen.until("the plan", |text| text.contains("45 → 60"));
    screen.resize(40, 10);
    screen.until("a word about the size", |text| text.contains("a plan waits"));
    screen.resize(120, 35);
    screen.until("the plan again", |text| text.contains("45 → 60") && text.contains("y yes, do it"));
    screen.press("y");
    screen.until("the job's end", |text| text.contains("60/100") && !text.contains("looking"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// A window that is closed while somebody types ends it, whatever comes first: the signal or the end of the input.
pub fn a_terminal_that_is_taken_away_ends_it() {
    // It takes some of them to meet the moment between two reads.
    for _ in 0..3 {
        let folder = tempfile::tempdir().expect("a folder");
        let start = || Screen::start(80, 24, &["demo", "--native-only"], folder.path());
        let mut screens = [start(), start(), start(), start()];
        for screen in &mut screens {
            screen.until("the cockpit", |text| text.contains("/100"));
        }
        screens.into_iter().for_each(Screen::take_away);
    }
}

/// The demo under a shell that says, when it has ended, how and what the terminal is like.
fn under_a_shell(folder: &Path) -> Screen {
    let script = "RUST_BACKTRACE=0 \"$EXITBAR\" demo --native-only; echo \"exit code $?\"; stty -a";
    let mut screen = Screen::script(120, 35, script, folder);
    screen.until("45/100", |text| text.contains("45/100") && !text.contains("looking"));
    assert!(screen.is_taken(), "{}", screen.text());
    screen
}

/// A terminal that a shell can use: lines are read and echoed.
fn is_sane(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', ';', '\n']).collect();
    ["icanon", "echo", "isig", "opost", "icrnl"].iter().all(|mode| words.contains(mode))
}

/// SIGTERM is a way to quit: the terminal is as before, lines and echo among it, and the exit code is that of quitting.
pub fn sigterm_gives_back_the_terminal_with_its_modes() {
    let folder = tempfile::tempdir().expect("a folder");
    let screen = under_a_shell(folder.path());
    screen.signal_child(Signal::SIGTERM);
    let (_, text) = screen.end_with_text();
    assert!(is_sane(&text) && text.contains("exit code 0"), "{text}");
    assert!(!text.contains("45/100"), "nothing of the cockpit is left: {text}");
}

/// A panic, on the screen's own task or in another one, gives the terminal back before it is told there; 70.
pub fn a_panic_gives_back_the_terminal_and_is_told_on_it() {
    // Other builds have no signal that asks for a panic.
    if !cfg!(debug_assertions) {
        return;
    }
    for signal in [Signal::SIGUSR1, Signal::SIGUSR2] {
        let folder = tempfile::tempdir().expect("a folder");
        let screen = under_a_shell(folder.path());
        screen.signal_child(signal);
        let (_, text) = screen.end_with_text();
        assert!(text.contains(&format!("{signal} asked for a panic")), "{text}");
        assert!(is_sane(&text) && text.contains("exit code 70"), "{text}");
        assert!(!text.contains("cursor"), "nothing fails in its wake: {text}");
    }
}
