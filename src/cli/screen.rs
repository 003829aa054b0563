//! The cockpit on the terminal.

use std::io::IsTerminal as _;

use super::args::{Color, Global};
use super::failure::Failure;
use super::go_live;
use super::session::Session;
use super::watch;
use crate::config::{self, ClipboardSetting, Loaded, ScreenSettings};
use crate::keymap::Keymap;
use crate::model::Scope;
use crate::tui::{self, Clipboard, Depth, Glyphs, Opening, Sources, Theme, ThemeFile, Themes};

/// The cockpit on what was loaded; it begins with an audit.
pub(super) async fn cockpit(global: &Global, loaded: &Loaded, opening: Opening) -> Result<u8, Failure> {
    let options = tui::Options {
        scope: loaded.scope.clone(),
        readonly: loaded.wiring.readonly,
        opening,
        report: Some(loaded.wiring.root.join(go_live::REPORT)),
        ..options(global, &loaded.screen, &loaded.keys)?
    };
    let (watched, watching) = watch::beside(loaded);
    let session = Session::start(loaded, Vec::new()).map_err(Failure::own)?;
    let cockpit = session.cockpit();
    let (states, commands) = (cockpit.states.clone(), cockpit.commands.clone());
    let showing = Box::pin(tui::run(Sources { states, commands, watched: Some(watched) }, options));
    let done = tokio::select! {
        done = showing => done,
        never = watching => match never {},
    };
    session.quit().await;
    done.map(|()| 0).map_err(terminal_failed)
}

/// How a screen is shown, by flags and settings. It begins with the ten panes, and everything may be done.
pub(super) fn options(
    global: &Global,
    settings: &ScreenSettings,
    keys: &Keymap,
) -> Result<tui::Options, Failure> {
    let depth = depth(global.color);
    let themes = themes();
    Ok(tui::Options {
        keys: keys.clone(),
        theme: theme(global, settings.theme.as_deref(), &themes, depth)?,
        themes,
        depth,
        glyphs: if global.ascii || settings.ascii { Glyphs::Ascii } else { Glyphs::of_environment() },
        mouse: settings.mouse,
        clipboard: clipboard(&settings.clipboard),
        scope: Scope::default(),
        readonly: false,
        opening: Opening::Panes,
        report: None,
    })
}

/// The terminal could not be taken or drawn on.
pub(super) fn terminal_failed(error: std::io::Error) -> Failure {
    Failure::own(format!("the terminal failed: {error}"))
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

fn depth(color: Color) -> Depth {
    match color {
        Color::Never => Depth::None,
        Color::Auto => Depth::of_stdout(),
        Color::Always => Depth::forced(),
    }
}

/// The themes that come with exitbar and those in the user's folder.
fn themes() -> Themes {
    Themes::new(config::themes().into_iter().map(|(file, text)| ThemeFile { file, text }).collect())
}

/// The theme of the flag, else of the configuration; none where neither names one.
fn theme(
    global: &Global,
    configured: Option<&str>,
    themes: &Themes,
    depth: Depth,
) -> Result<Option<Theme>, Failure> {
    let name = global.theme.as_deref().or(configured);
    let name = name.filter(|name| *name != tui::AUTO);
    name.map(|name| themes.theme(name, depth)).transpose().map_err(Failure::usage)
}
