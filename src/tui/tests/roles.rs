//! Text snapshots carry no styles: here the role of every cell is one letter.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier};

use super::sample::{hostile, jobs, report};
use super::*;
use crate::model::Symbol;

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 35), (200, 60)];

fn colored(screen: Screen) -> Console {
    let mut console = on(screen);
    console.ui.theme = Theme::named("dark", Depth::True).unwrap();
    console.ui.focus = 6;
    console
}

#[test]
fn the_roles_of_every_screen() {
    for screen in Screen::ALL {
        let narrow = matches!(screen, Screen::Cockpit | Screen::Item);
        for (width, height) in SIZES.into_iter().filter(|(width, _)| narrow || *width > 60) {
            let console = colored(screen);
            let map = roles(&buffer(&jobs(), &console, width, height), &console.ui.theme);
            insta::assert_snapshot!(format!("roles-{screen:?}-{width}x{height}"), map);
        }
    }
}

#[test]
fn hostile_text_on_every_screen_as_it_is_shown() {
    for screen in Screen::ALL {
        insta::assert_snapshot!(
            format!("hostile-on-{screen:?}-80x24"),
            drawn(&hostile(), &on(screen), 80, 24)
        );
    }
}

/// A letter for the role of each cell.
fn roles(buffer: &Buffer, theme: &Theme) -> String {
    let letters: BTreeMap<String, char> = [
        (theme.text().fg, 't'),
        (theme.dim().fg, 'd'),
        (theme.title().fg, 'T'),
        (theme.accent().fg, 'a'),
        (theme.symbol(Symbol::Done).fg, '+'),
        (theme.symbol(Symbol::Partly).fg, '!'),
        (theme.symbol(Symbol::Question).fg, '?'),
        (theme.symbol(Symbol::Not).fg, 'x'),
        (theme.border(false).fg, '.'),
    ]
    .into_iter()
    .map(|(color, letter)| (format!("{color:?}"), letter))
    .collect();
    let mut map = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        for cell in row {
            let role = letters.get(&format!("{:?}", Some(cell.fg))).copied().unwrap_or(' ');
            map.push(if cell.symbol() == " " { ' ' } else { role });
        }
        map.truncate(map.trim_end().len());
        map.push('\n');
    }
    map
}

#[test]
fn without_colours_no_cell_has_one() {
    for name in ["dark", "light", "mono"] {
        let mut console = console();
        console.ui.theme = Theme::named(name, Depth::None).unwrap();
        let buffer = buffer(&report(), &console, 120, 35);
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        assert!(buffer.content.iter().any(|cell| cell.modifier.contains(Modifier::BOLD)), "{name}");
    }
}

#[test]
fn a_terminal_gets_no_more_colours_than_it_has() {
    for name in ["dark", "light"] {
        for (depth, fits) in [
            (
                Depth::Basic,
                (|color| !matches!(color, Color::Rgb(..) | Color::Indexed(_))) as fn(Color) -> bool,
            ),
            (Depth::Indexed, |color| !matches!(color, Color::Rgb(..))),
            (Depth::True, |_| true),
        ] {
            let mut console = console();
            console.ui.theme = Theme::named(name, depth).unwrap();
            let buffer = buffer(&report(), &console, 120, 35);
            assert!(buffer.content.iter().all(|cell| fits(cell.fg)), "{name} {depth:?}");
        }
    }
}

#[test]
fn every_theme_gives_every_role_a_colour() {
    for name in ["dark", "light"] {
        let theme = Theme::named(name, Depth::True).unwrap();
        let symbols =
            [Symbol::Done, Symbol::Partly, Symbol::Question, Symbol::Not, Symbol::Looking, Symbol::Off];
        let styles = [theme.text(), theme.dim(), theme.title(), theme.accent(), theme.border(true)];
        let all =
            styles.into_iter().chain([theme.border(false)]).chain(symbols.map(|symbol| theme.symbol(symbol)));
        for style in all {
            assert!(matches!(style.fg, Some(Color::Rgb(..))), "{name}: {style:?}");
        }
    }
    assert!(Theme::named("drak", Depth::True).unwrap_err().contains("dark"));
}
