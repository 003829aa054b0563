//! The pictures of the README and the docs, drawn from the sample by the very code that draws the screen.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::console::Console;
use super::picture::svg;
use super::theme::{Depth, Theme};
use super::ui::Ui;
use super::{render, sample};
use crate::cockpit::State;
use crate::keymap::{Keymap, Screen};
use crate::model::Scope;

/// A picture: its file, what it shows for those who do not see it, and the screen.
struct Picture {
    file: &'static str,
    title: &'static str,
    state: fn() -> State,
    screen: Screen,
    /// The focused item, 0 to 9.
    focus: usize,
    theme: &'static str,
    size: (u16, u16),
}

const PICTURES: [Picture; 4] = [
    Picture {
        file: "cockpit.svg",
        title: "The cockpit on the sample release: 45 of 100, NO_GO, ten panes with their evidence",
        state: sample::report,
        screen: Screen::Cockpit,
        focus: 6,
        theme: "dark",
        size: (120, 36),
    },
    Picture {
        file: "cockpit-light.svg",
        title: "The same on a light terminal",
        state: sample::report,
        screen: Screen::Cockpit,
        focus: 6,
        theme: "light",
        size: (120, 36),
    },
    Picture {
        file: "item.svg",
        title: "Item 7 of the sample release: what is missing, what would help, every cell, the evidence",
        state: sample::report,
        screen: Screen::Item,
        focus: 6,
        theme: "dark",
        size: (120, 30),
    },
    Picture {
        file: "complete.svg",
        title: "The cockpit on a finished release: 100 of 100, GO",
        state: sample::complete,
        screen: Screen::Cockpit,
        focus: 0,
        theme: "dark",
        size: (120, 36),
    },
];

/// Every picture: the name of its file in `assets`, and the SVG.
///
/// # Panics
/// Never: the themes come with exitbar, and the backend draws into memory.
pub fn pictures() -> Vec<(&'static str, String)> {
    PICTURES.iter().map(|picture| (picture.file, picture.draw())).collect()
}

impl Picture {
    fn draw(&self) -> String {
        let theme = Theme::named(self.theme, Depth::True).expect("a theme that comes with exitbar");
        let state = (self.state)();
        let mut ui = Ui::new(Keymap::default(), theme.clone(), Scope::default());
        ui.open(self.screen);
        ui.focus = self.focus;
        let console = Console::new(ui);
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a size");
        terminal.draw(|frame| render(&state, &console, 0, frame)).expect("memory takes every frame");
        svg(terminal.backend().buffer(), &theme, self.title)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_pictures_are_what_the_screen_shows() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut stale = Vec::new();
        for (file, svg) in pictures() {
            let drawn = std::fs::read_to_string(root.join("assets").join(file)).unwrap_or_default();
            if drawn != svg {
                let aside = root.join("target/pictures");
                std::fs::create_dir_all(&aside).unwrap();
                std::fs::write(aside.join(file), svg).unwrap();
                stale.push(file);
            }
        }
        assert!(
            stale.is_empty(),
            "stale in assets: {stale:?}; `cargo run --features pictures --example pictures` draws them (as they should be: target/pictures)"
        );
    }

    #[test]
    fn the_readme_shows_pictures_that_are_there() {
        let readme = include_str!("../../README.md");
        let shown = readme.split(['"', '(', ')', ' ']).filter(|word| word.starts_with("assets/"));
        let shown: Vec<&str> = shown.collect();
        assert!(!shown.is_empty());
        for file in shown {
            assert!(PICTURES.iter().any(|picture| file == format!("assets/{}", picture.file)), "{file}");
        }
    }
}
