use unicode_width::UnicodeWidthStr as _;

use super::sample::{complete, hostile, hostile_plan, jobs, looking, plan, report};
use super::*;
use crate::model::Status;

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 35), (200, 60)];
const SCREENS: [Screen; 5] = [Screen::Cockpit, Screen::Item, Screen::Blockers, Screen::Jobs, Screen::Help];

#[test]
fn the_sample_report_on_every_screen_at_every_size() {
    let state = report();
    for screen in SCREENS {
        let mut console = console();
        console.ui.open(screen);
        console.ui.focus = 6;
        for (width, height) in SIZES {
            let name = format!("{screen:?}-{width}x{height}");
            insta::assert_snapshot!(name, drawn(&state, &console, width, height));
        }
    }
}

#[test]
fn the_list_alone_where_there_is_hardly_room() {
    insta::assert_snapshot!("Cockpit-60x18", drawn(&report(), &console(), 60, 18));
}

#[test]
fn jobs_and_log_stand_beside_each_other_below_the_panes() {
    for (width, height) in [(120, 42), (200, 60)] {
        let name = format!("Cockpit-jobs-{width}x{height}");
        insta::assert_snapshot!(name, drawn(&jobs(), &console(), width, height));
    }
}

#[test]
fn arrows_go_where_the_panes_are() {
    let state = report();
    for (size, moves) in [
        ((80, 24), [(KeyCode::Down, 1), (KeyCode::Up, 0), (KeyCode::Right, 1)]),
        ((120, 35), [(KeyCode::Down, 1), (KeyCode::Right, 6), (KeyCode::Up, 5)]),
        ((200, 60), [(KeyCode::Down, 5), (KeyCode::Right, 6), (KeyCode::Up, 1)]),
    ] {
        let mut console = console();
        buffer(&state, &console, size.0, size.1);
        for (code, item) in moves {
            console.on_key(&key(code), &state);
            assert_eq!(console.ui.focus, item, "{code:?} at {size:?}");
        }
    }
}

#[test]
fn cells_of_registries_and_platforms_are_a_table() {
    let mut console = on(Screen::Item);
    console.ui.focus = 3;
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        let name = format!("Item-table-{width}x{height}");
        insta::assert_snapshot!(name, drawn(&report(), &console, width, height));
    }
}

#[test]
fn evidence_can_be_seen_raw() {
    let mut console = on(Screen::Item);
    console.ui.focus = 6;
    let words = drawn(&report(), &console, 120, 50);
    console.on_key(&key(KeyCode::Char('u')), &report());
    let raw = drawn(&report(), &console, 120, 50);
    assert!(!words.contains("\"unknown\"") && raw.contains("\"kind\": \"tool_failed\""), "{raw}");
    console.on_key(&key(KeyCode::Char('u')), &report());
    assert_eq!(drawn(&report(), &console, 120, 50), words);
}

#[test]
fn addresses_are_links_where_the_terminal_has_them() {
    let mut console = on(Screen::Item);
    let links = |console: &Console| {
        let buffer = buffer(&report(), console, 120, 60);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        text.matches("\u{1b}]8;;https://").count()
    };
    assert_eq!(links(&console), 0);
    console.ui.links.shown = true;
    assert_eq!(links(&console), 4, "two images in two registries");
}

#[test]
fn a_round_shows_what_it_has_so_far() {
    let text = drawn(&looking(), &console(), 80, 24);
    assert!(text.contains("at least 40, 3 looking"), "{text}");
    insta::assert_snapshot!("looking-80x24", text);
    insta::assert_snapshot!("looking-60x20", drawn(&looking(), &console(), 60, 20));
}

#[test]
fn a_finished_release() {
    for (width, height) in [(60, 20), (120, 35)] {
        let name = format!("complete-{width}x{height}");
        insta::assert_snapshot!(name, drawn(&complete(), &console(), width, height));
    }
}

#[test]
fn jobs_show_how_far_they_are_and_what_the_chosen_one_printed() {
    let state = jobs();
    let mut console = console();
    console.ui.open(Screen::Jobs);
    console.screens.jobs.chosen = Some(1);
    for (width, height) in [(60, 20), (80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("jobs-{width}x{height}"), drawn(&state, &console, width, height));
    }
    let text = drawn(&state, &console, 80, 24);
    assert!(text.contains("step 40 of 40") && text.contains("following"), "{text}");
    console.on_key(&key(KeyCode::PageUp), &state);
    let text = drawn(&state, &console, 80, 24);
    assert!(!text.contains("step 40 of 40") && text.contains("more"), "{text}");
}

#[test]
fn a_plan_names_its_effect_its_points_what_it_costs_and_whole_digests() {
    let mut state = report();
    state.plan = Some(plan());
    for (width, height) in [(60, 20), (80, 24), (120, 35)] {
        insta::assert_snapshot!(format!("plan-{width}x{height}"), drawn(&state, &console(), width, height));
    }
    for width in [60, 72, 80, 120] {
        let shown = drawn(&state, &console(), width, 60);
        let frame = |c: char| ('\u{2500}'..='\u{257f}').contains(&c) || matches!(c, '"' | ' ' | '\n');
        let letters: String = shown.chars().filter(|c| !frame(*c)).collect();
        for (image, digest) in &plan().plan.digests {
            assert!(letters.contains(&format!("{image}{digest}")), "{width} columns: {shown}");
        }
    }
}

#[test]
fn hostile_text_neither_commands_the_terminal_nor_breaks_the_frame() {
    for (width, height) in [(60, 18), (80, 24), (120, 35), (200, 60)] {
        for screen in SCREENS {
            for waits in [false, true] {
                let mut state = hostile();
                state.plan = waits.then(hostile_plan);
                let mut console = console();
                console.ui.open(screen);
                let buffer = buffer(&state, &console, width, height);
                for cell in &buffer.content {
                    let symbol = cell.symbol();
                    assert_eq!(crate::model::text::clean_line(symbol), symbol, "{symbol:?} on {screen:?}");
                    assert!(symbol.width() <= 2, "{symbol:?}");
                }
                if !waits && matches!(screen, Screen::Item | Screen::Blockers | Screen::Help) {
                    frame_is_whole(&buffer);
                }
            }
        }
    }
}

/// The right border stands in every row between header and footer.
fn frame_is_whole(buffer: &Buffer) {
    let area = buffer.area;
    for y in 4..area.height - 3 {
        assert_eq!(buffer[(area.width - 1, y)].symbol(), "┃", "row {y} of {}x{}", area.width, area.height);
    }
}

#[test]
fn hostile_text_as_it_is_shown() {
    let mut console = console();
    insta::assert_snapshot!("hostile-cockpit-80x24", drawn(&hostile(), &console, 80, 24));
    console.ui.open(Screen::Item);
    insta::assert_snapshot!("hostile-item-80x24", drawn(&hostile(), &console, 80, 24));
}

#[test]
fn a_plan_made_from_half_the_facts_says_so() {
    let mut state = looking();
    let mut pending = plan();
    pending.plan.changes[0].before = (Status::Pending, 0);
    state.plan = Some(pending);
    let text = drawn(&state, &console(), 100, 40);
    assert!(text.contains("while something was still looked for"), "{text}");
    state.plan = Some(plan());
    assert!(!drawn(&state, &console(), 100, 40).contains("still looked for"));
}

#[test]
fn a_note_that_is_cut_ends_in_an_ellipsis() {
    let mut state = report();
    let mut assessment = (*state.assessment).clone();
    let identity = "https://github.com/acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0";
    for finding in &mut assessment.findings {
        finding.note = format!("signed by {identity} and not by {identity}");
    }
    state.assessment = assessment.into();
    for (width, height) in [(60, 18), (80, 24), (120, 35)] {
        let text = drawn(&state, &console(), width, height);
        let whole = text.matches("v0.2.0").count() / 2;
        assert!(text.matches('…').count() + whole >= 10, "{width}x{height}: {text}");
    }
}

#[test]
fn a_small_window_still_shows_the_verdict_and_the_score() {
    let text = drawn(&report(), &console(), 40, 10);
    assert!(text.contains("NO_GO") && text.contains("45/100") && text.contains("larger"), "{text}");
    for (width, height) in [(1, 1), (5, 2), (59, 18), (60, 17)] {
        drawn(&jobs(), &console(), width, height);
    }
}

#[test]
fn help_and_quit_are_named_at_every_width() {
    let state = report();
    for screen in SCREENS.into_iter().chain([Screen::Packages]) {
        let mut console = console();
        console.ui.open(screen);
        for width in 60..=200 {
            let text = drawn(&state, &console, width, 24);
            let last = text.lines().last().unwrap();
            assert!(last.contains("? help") && last.contains("q quit"), "{width} {screen:?}: {last}");
        }
    }
}

#[test]
fn the_footer_names_the_actions_up_to_publishing_at_120_columns() {
    let text = drawn(&report(), &console(), 120, 24);
    let last = text.lines().last().unwrap();
    for word in ["a audit", "b build", "r run", "e example", "p push", "P publish"] {
        assert!(last.contains(word), "{word}: {last}");
    }
}

#[test]
fn the_focused_pane_has_heavy_borders_and_the_others_have_not() {
    let mut console = console();
    console.ui.focus = 2;
    let buffer = buffer(&report(), &console, 120, 35);
    for item in 0..10 {
        let area = console.ui.hits.area(Target::Item(item)).unwrap();
        let heavy = buffer[(area.x, area.y)].symbol() == "┏";
        assert_eq!(heavy, item == 2, "item {}", item + 1);
    }
}

#[test]
fn every_screen_can_be_had_in_ascii() {
    let mut state = jobs();
    state.plan = Some(plan());
    for screen in SCREENS {
        let mut console = console();
        console.ui.glyphs = Glyphs::Ascii;
        console.ui.open(screen);
        for (width, height) in SIZES {
            assert!(
                buffer(&state, &console, width, height).content.iter().all(|cell| cell.symbol().is_ascii())
            );
            state.plan = None;
        }
    }
    let mut console = console();
    console.ui.glyphs = Glyphs::Ascii;
    insta::assert_snapshot!("ascii-80x24", drawn(&report(), &console, 80, 24));
}

#[test]
fn every_sign_of_every_screen_has_an_ascii_form_of_its_own() {
    for state in [report(), complete(), looking(), jobs()] {
        for screen in SCREENS {
            for (width, height) in SIZES {
                let mut console = on(screen);
                let before = buffer(&state, &console, width, height);
                console.ui.glyphs = Glyphs::Ascii;
                let after = buffer(&state, &console, width, height);
                for (before, after) in before.content.iter().zip(&after.content) {
                    let unknown = after.symbol() == "?" && before.symbol() != "?";
                    assert!(!unknown, "{:?} on {screen:?}", before.symbol());
                }
            }
        }
    }
}
