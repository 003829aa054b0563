//! The cockpit's screen: state → frame; keys and mouse → commands. It does nothing else to the world.

mod app;
mod background;
mod glyphs;
mod keymap;
mod pace;
mod packages;
mod picker;
mod scroll;
mod sorting;
mod terminal;
mod theme;
mod ui;
mod view;
mod vulnerabilities;

#[cfg(test)]
mod tests;

pub use app::{Options, run};
pub use glyphs::Glyphs;
pub use keymap::{BINDINGS, Binding, Keymap, Press};
pub use picker::Picker;
pub use scroll::Scroll;
pub use theme::{AUTO, Depth, Role, Theme, ThemeFile, Themes};
pub use ui::{Reaction, Screen, Ui};
pub use view::render;
