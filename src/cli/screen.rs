//! The cockpit on the terminal.

use std::io::IsTerminal as _;

use super::args::{Color, Global};
use super::failure::Failure;
use super::go_live;
use super::session::Session;
use crate::config::{self, ClipboardSetting, Loaded};
use crate::tui::{self, Clipboard, Depth, Glyphs, Opening, Theme, ThemeFile, Themes};

/// The cockpit on what was loaded; it begins with an audit.
pub(super) async fn cockpit(global: &Global, loaded: &Loaded, opening: Opening) -> Result<u8, Failure> {
    let depth = depth(global.color);
    let themes = themes();
    let theme = theme(global, loaded.screen.theme.as_deref(), &themes, depth)?;
    let ascii = global.ascii || loaded.screen.ascii;
    let session = Session::start(loaded, Vec::new()).map_err(Failure::own)?;
    let options = tui::Options {
        keys: loaded.keys.clone(),
        theme,
        themes,
        depth,
        glyphs: if ascii { Glyphs::Ascii } else { Glyphs::of_environment() },
        mouse: loaded.screen.mouse,
        clipboard: clipboard(&loaded.screen.clipboard),
        scope: loaded.scope.clone(),
        readonly: loaded.wiring.readonly,
        opening,
        report: Some(loaded.wiring.root.join(go_live::REPORT)),
    };
    let cockpit = session.cockpit();
    let done = tui::run(cockpit.states.clone(), cockpit.commands.clone(), options).await;
    session.quit().await;
    done.map(|()| 0).map_err(|error| Failure::own(format!("the terminal failed: {error}")))
}

fn clipboard(setting: &ClipboardSetting) -> Clipboard {
    match setting {
        ClipboardSetting::Auto => Clipboard::of_environment(),
        ClipboardSetting::Osc52 => Clipboard::Osc52,
        ClipboardSetting::Off => Clipboard::Off,
        ClipboardSetting::Command(words) => Clipboard::Command(words.clone()),
    }
}

/// Whether somebody sits before a screen.
pub(super) fn is_on_a_terminal() -> bool {
    std::io::stdout().is_terminal() && std::io::stdin().is_terminal()
}

/// Whether there are to be lines in place of a screen: where that was asked, and on a terminal that can show no screen.
pub(super) fn is_plain(global: &Global) -> bool {
    let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    global.plain || is_on_a_terminal() && dumb()
}

pub(super) fn depth(color: Color) -> Depth {
    match color {
        Color::Never => Depth::None,
        Color::Auto => Depth::of_stdout(),
        Color::Always => Depth::forced(),
    }
}

/// The themes that come with exitbar and those in the user's folder.
pub(super) fn themes() -> Themes {
    Themes::new(config::themes().into_iter().map(|(file, text)| ThemeFile { file, text }).collect())
}

/// The theme of the flag, else of the configuration; none where neither names one.
pub(super) fn theme(
    global: &Global,
    configured: Option<&str>,
    themes: &Themes,
    depth: Depth,
) -> Result<Option<Theme>, Failure> {
    let name = global.theme.as_deref().or(configured);
    let name = name.filter(|name| *name != tui::AUTO);
    name.map(|name| themes.theme(name, depth)).transpose().map_err(Failure::usage)
}
