//! The cockpit's screen: state → frame; keys and mouse → commands. It does nothing else to the world.

mod app;
mod background;
mod console;
mod fuzzy;
mod glyphs;
mod hits;
mod pace;
mod pager;
mod question;
mod screens;
mod scroll;
mod search;
mod signals;
mod table;
mod terminal;
mod theme;
mod ui;
mod view;
pub mod watch;

#[cfg(test)]
mod tests;

pub use app::{Options, run};
pub use console::Console;
pub use glyphs::Glyphs;
pub use hits::{Hits, Target};
pub use pager::Pager;
pub use question::Questions;
pub use screens::{Hint, Panel, Screens};
pub use scroll::Scroll;
pub use search::Search;
pub use theme::{AUTO, Depth, Role, Theme, ThemeFile, Themes};
pub use ui::{Reaction, Ui};
pub use view::render;
