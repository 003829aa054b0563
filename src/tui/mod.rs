//! The cockpit's screen: state → frame; keys and mouse → commands. It does nothing else to the world.

mod app;
mod background;
mod clipboard;
mod console;
mod fuzzy;
mod glyphs;
mod hits;
mod links;
mod pace;
mod pager;
#[cfg(any(test, feature = "pictures"))]
mod picture;
#[cfg(any(test, feature = "pictures"))]
mod pictures;
mod question;
mod reading;
#[cfg(any(test, feature = "pictures"))]
mod sample;
mod screens;
mod scroll;
mod search;
mod signals;
mod table;
mod terminal;
mod theme;
mod trend;
mod ui;
mod view;

#[cfg(test)]
mod tests;

pub use app::{Opening, Options, Sources, Told, Watched, run};
pub use clipboard::Clipboard;
pub use console::Console;
pub use glyphs::Glyphs;
pub use hits::{Hits, Target};
pub use links::Links;
pub use pager::Pager;
#[cfg(any(test, feature = "pictures"))]
pub use pictures::pictures;
pub use question::Questions;
pub use reading::Reading;
pub use screens::{Hint, Panel, Screens};
pub use scroll::Scroll;
pub use search::Search;
pub use theme::{AUTO, Depth, Role, Theme, ThemeFile, Themes};
pub use trend::Trend;
pub use ui::{Reaction, Ui};
pub use view::render;
