//! The lines that would waive an item.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sample::report;
use super::*;
use crate::model::{Digest, Item, Stage, Waiver};
use crate::report as reports;

/// The sample report with its images published.
fn published() -> State {
    let mut state = report();
    let mut assessment = state.assessment.as_ref().clone();
    let stage = Stage::Published(vec![Digest::of(b"index")]);
    let images = state.release.images.iter().map(|image| (image.name.clone(), stage.clone()));
    assessment.stages = images.collect::<BTreeMap<_, _>>();
    for cell in assessment.findings.iter_mut().flat_map(|finding| &mut finding.cells) {
        cell.hard_stop = false;
    }
    state.assessment = Arc::new(assessment);
    state
}

fn opened(state: &State) -> Console {
    let mut console = console();
    console.ui.focus = Item::VersionCommand.index();
    console.on_key(&key(KeyCode::Char('W')), state);
    console
}

#[test]
fn the_lines_name_item_image_platform_day_and_a_reason_to_fill_in() {
    let state = published();
    let mut console = opened(&state);
    let text = drawn(&state, &console, 120, 60);
    assert!(text.contains("[[waiver]]") && text.contains("item = \"version_command\""), "{text}");
    let Some(Reaction::Copy(copied)) = console.on_key(&key(KeyCode::Char('y')), &state) else {
        panic!("nothing was copied")
    };
    assert!(copied.parse::<toml::Table>().unwrap()["waiver"].is_array(), "{copied}");
    assert!(copied.contains("until = 2025-02-03"), "two weeks from the audit: {copied}");
    let table = copied.parse::<toml::Table>().unwrap();
    let waivers = table["waiver"].as_array().unwrap();
    assert!(waivers.iter().all(|waiver| !Waiver::is_a_reason(waiver["reason"].as_str().unwrap())));
    let screen = drawn(&state, &console, 120, 60);
    assert!(screen.contains("fill in the reason") && screen.contains("FILL IN"), "{screen}");
}

#[test]
fn what_is_not_published_or_a_hard_stop_is_said_to_be_beyond_any_waiver() {
    let state = report();
    let mut console = opened(&state);
    let text = drawn(&state, &console, 120, 60);
    assert!(text.contains("nothing of it can be waived") && text.contains("not published yet"), "{text}");
    assert_eq!(console.on_key(&key(KeyCode::Char('y')), &state), Some(Reaction::Draw), "nothing to copy");
    let mut state = published();
    let mut assessment = state.assessment.as_ref().clone();
    for cell in &mut assessment.findings[Item::VersionCommand.index()].cells {
        cell.hard_stop = true;
    }
    state.assessment = Arc::new(assessment);
    let waiver = reports::waiver(Item::VersionCommand, &state.assessment);
    assert!(waiver.lines.is_empty() && waiver.beyond.iter().all(|line| line.contains("hard stop")));
}

#[test]
fn it_at_four_sizes() {
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        let state = published();
        insta::assert_snapshot!(
            format!("waiver-{width}x{height}"),
            drawn(&state, &opened(&state), width, height)
        );
    }
}
