use std::sync::Arc;

use super::sample::{HOSTILE, hostile, report};
use super::*;
use crate::model::{Digest, Evidence, Fact, FactKey, Level, Observed, Sbom, SbomPackage};

const SBOM: usize = 3;

fn package(name: &str, version: &str, purl: &str, license: &str, supplier: &str) -> SbomPackage {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    SbomPackage {
        name: name.to_owned(),
        version: some(version),
        purl: some(purl),
        supplier: some(supplier),
        license: some(license),
    }
}

fn sbom(listed: Vec<SbomPackage>) -> Sbom {
    Sbom {
        format: "SPDX 2.3".to_owned(),
        packages: listed.len() as u64,
        listed,
        tools: vec!["syft-1.18.1".to_owned()],
        created: "2026-11-24T02:48:05Z".parse().ok(),
        ..Sbom::default()
    }
}

/// The sample report with these SBOMs behind the cells of item 4, one each.
fn with(sboms: Vec<Sbom>, mut state: State) -> State {
    let mut assessment = state.assessment.as_ref().clone();
    for (place, sbom) in sboms.into_iter().enumerate() {
        let key = FactKey::Sbom(Digest::of(format!("document {place}").as_bytes()));
        assessment.findings[SBOM].cells[place].because.push(key.clone());
        let evidence = Evidence {
            subject: String::new(),
            source: "store".to_owned(),
            method: "read".to_owned(),
            level: Level::Verified,
            at: jiff::Timestamp::UNIX_EPOCH,
            exit: None,
            raw: Vec::new(),
        };
        state.facts.insert(key, Fact::Sbom(Observed::Seen(sbom)), evidence);
    }
    state.assessment = Arc::new(assessment);
    state
}

fn packages() -> State {
    let amd64 = sbom(vec![
        package("zlib1g", "1.2.13", "pkg:deb/debian/zlib1g@1.2.13?arch=amd64", "Zlib", "Debian"),
        package("busybox", "1.35.0", "pkg:generic/busybox@1.35.0", "", ""),
        package("left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0", "WTFPL", "azer"),
        package("Curl", "", "", "MIT", "Debian"),
    ]);
    with(vec![amd64, sbom(vec![package("musl", "1.2.5", "", "MIT", "")])], report())
}

fn opened(state: &State) -> Console {
    let mut console = console();
    console.ui.open(Screen::Item);
    console.ui.focus = SBOM;
    assert_eq!(console.on_key(&key(KeyCode::Enter), state), Some(Reaction::Draw));
    assert_eq!(console.ui.screen(), Screen::Packages);
    console
}

/// The names that are on the screen, from top to bottom.
fn names(state: &State, console: &Console) -> Vec<&'static str> {
    let text = drawn(state, console, 100, 24);
    let known = ["zlib1g", "busybox", "left-pad", "Curl", "musl"];
    let first = |line: &str| {
        let word = line.split('┃').nth(1)?.split_whitespace().next()?.to_owned();
        known.into_iter().find(|name| *name == word)
    };
    text.lines().filter_map(first).collect()
}

#[test]
fn the_table_at_three_sizes() {
    let state = packages();
    let console = opened(&state);
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        insta::assert_snapshot!(format!("packages-{width}x{height}"), drawn(&state, &console, width, height));
    }
}

#[test]
fn enter_opens_it_from_item_4_with_sboms_only_and_esc_goes_back_to_the_item() {
    let mut none = console();
    none.ui.open(Screen::Item);
    none.ui.focus = SBOM;
    none.on_key(&key(KeyCode::Enter), &report());
    assert_eq!(none.ui.screen(), Screen::Item);
    assert!(none.ui.note.unwrap().contains("no table"));
    let state = packages();
    let mut other = console();
    other.ui.open(Screen::Item);
    other.ui.focus = 0;
    other.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(other.ui.screen(), Screen::Item);
    let mut console = opened(&state);
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!((console.ui.screen(), console.ui.focus), (Screen::Item, SBOM));
    assert!(drawn(&state, &console, 80, 24).contains("⏎ packages"));
}

#[test]
fn it_is_sorted_by_any_column_and_turned_round_and_what_says_nothing_comes_last() {
    let state = packages();
    let mut console = opened(&state);
    assert_eq!(names(&state, &console), ["busybox", "Curl", "left-pad", "zlib1g"]);
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(names(&state, &console), ["zlib1g", "left-pad", "Curl", "busybox"]);
    console.on_key(&key(KeyCode::Right), &state);
    assert_eq!(
        names(&state, &console),
        ["busybox", "left-pad", "zlib1g", "Curl"],
        "by version, from the end"
    );
    console.on_key(&key(KeyCode::Left), &state);
    console.on_key(&key(KeyCode::Left), &state);
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(names(&state, &console), ["left-pad", "Curl", "zlib1g", "busybox"], "by supplier");
}

#[test]
fn a_search_takes_every_letter_until_it_is_ended() {
    let state = packages();
    let mut console = opened(&state);
    let typed = |console: &mut Console, text: &str| {
        for c in text.chars() {
            assert_eq!(console.on_key(&key(KeyCode::Char(c)), &state), Some(Reaction::Draw), "{c}");
        }
    };
    typed(&mut console, "/DEBq");
    assert_eq!(console.ui.screen(), Screen::Packages, "q is a letter here");
    assert!(names(&state, &console).is_empty());
    console.on_key(&key(KeyCode::Backspace), &state);
    assert_eq!(names(&state, &console), ["Curl", "zlib1g"]);
    assert!(drawn(&state, &console, 100, 24).contains("/DEB_   2 of 4"));
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(names(&state, &console), ["Curl", "zlib1g"]);
    assert_eq!(console.on_key(&key(KeyCode::Char('q')), &state), Some(Reaction::Quit), "ended, q is q again");
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(
        (names(&state, &console).len(), console.ui.screen()),
        (4, Screen::Packages),
        "the first Esc ends the search"
    );
    let with_control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    typed(&mut console, "/a");
    assert_eq!(console.on_key(&with_control, &state), Some(Reaction::Quit));
}

#[test]
fn tab_goes_through_the_documents_and_each_says_what_it_is_of() {
    let state = packages();
    let mut console = opened(&state);
    assert!(drawn(&state, &console, 100, 24).contains("1 of 2"));
    console.on_key(&key(KeyCode::Tab), &state);
    assert_eq!(names(&state, &console), ["musl"]);
    assert!(drawn(&state, &console, 100, 24).contains("runner linux/arm64"));
    console.on_key(&key(KeyCode::Tab), &state);
    assert_eq!(names(&state, &console).len(), 4);
    console.ui.open(Screen::Packages);
    assert!(drawn(&report(), &console, 100, 24).contains("no SBOM was read yet"));
}

#[test]
fn twenty_thousand_packages_are_drawn_by_what_is_in_sight() {
    let many: Vec<SbomPackage> =
        (0..20_000).map(|number| package(&format!("p{number:05}"), "1", "", "", "")).collect();
    let state = with(vec![sbom(many)], report());
    let mut console = opened(&state);
    assert!(drawn(&state, &console, 80, 24).contains("p00000"));
    console.on_key(&key(KeyCode::End), &state);
    let end = drawn(&state, &console, 80, 24);
    assert!(end.contains("p19999") && end.contains(" end ") && !end.contains("p00000"), "{end}");
}

#[test]
fn hostile_names_do_not_break_the_table() {
    let evil = package(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE);
    let mut state = hostile();
    let cells = report().assessment.findings[SBOM].cells.clone();
    let mut assessment = state.assessment.as_ref().clone();
    assessment.findings[SBOM].cells = cells;
    state.assessment = Arc::new(assessment);
    let state = with(vec![sbom(vec![evil; 60])], state);
    for (width, height) in [(60, 18), (80, 24), (200, 60)] {
        let mut console = console();
        console.ui.open(Screen::Packages);
        console.ui.focus = SBOM;
        let buffer = buffer(&state, &console, width, height);
        for cell in &buffer.content {
            assert_eq!(crate::model::text::clean_line(cell.symbol()), cell.symbol());
        }
        for y in 4..height - 3 {
            assert_eq!(buffer[(width - 1, y)].symbol(), "┃", "row {y} of {width}x{height}");
        }
    }
}
