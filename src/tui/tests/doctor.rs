//! The screen of what works on this machine.

use super::sample::{HOSTILE, report};
use super::*;
use crate::cockpit::{Command, Examination};
use crate::model::{DoctorLine, Health};

fn line(section: &'static str, health: Health, text: &str, cure: Option<&str>) -> DoctorLine {
    DoctorLine { section, health, text: text.to_owned(), cure: cure.map(str::to_owned) }
}

fn examined() -> State {
    let mut state = report();
    let lines = vec![
        line(
            "Engines",
            Health::Good,
            "unix:///run/docker.sock: Docker Engine 28.1, native for linux/amd64",
            None,
        ),
        line("Platforms", Health::Bad, "linux/arm64: no engine runs it", Some("install qemu-user-static")),
        line("Registries", Health::Note, "ghcr.io: no credentials", Some("docker login ghcr.io")),
    ];
    state.examination = Some(Examination { lines, ended: true });
    state
}

#[test]
fn opening_it_asks_the_loop_and_it_says_what_to_do() {
    let state = examined();
    let mut console = console();
    assert_eq!(console.on_key(&key(KeyCode::Char('E')), &state), Some(Reaction::Send(Command::Examine)));
    assert_eq!(console.ui.screen(), Screen::Doctor);
    assert_eq!(console.on_key(&key(KeyCode::Char('R')), &state), Some(Reaction::Send(Command::Examine)));
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        insta::assert_snapshot!(format!("doctor-{width}x{height}"), drawn(&state, &console, width, height));
    }
}

#[test]
fn while_it_looks_it_says_so_and_is_not_begun_again() {
    let mut state = examined();
    state.examination = Some(Examination::default());
    let mut console = on(Screen::Doctor);
    assert!(drawn(&state, &console, 80, 24).contains("looking"));
    assert_eq!(console.on_key(&key(KeyCode::Char('R')), &state), Some(Reaction::Draw));
    let lines = vec![line("Engines", Health::Bad, &HOSTILE.repeat(20), Some(HOSTILE))];
    state.examination = Some(Examination { lines, ended: true });
    for cell in &buffer(&state, &console, 80, 24).content {
        assert_eq!(crate::model::text::clean_line(cell.symbol()), cell.symbol());
    }
}
