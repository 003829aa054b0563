//! What a screen reads from: a text or a table, scrolled and searched. A screen that has one answers its keys by it.

use crossterm::event::KeyEvent;

use super::hits::Target;
use crate::keymap::Press;

/// A text or a table that is read.
pub trait Reading {
    /// Its screen was opened anew.
    fn opened(&mut self);

    /// Whether the text of a search is being typed.
    fn is_typing(&self) -> bool;

    /// Takes a key while a search is typed; says whether it did.
    fn typed(&mut self, event: &KeyEvent) -> bool;

    /// Does what a command means to it; says whether it means anything.
    fn press(&mut self, press: Press) -> bool;

    /// Why a command means nothing to it now.
    fn refusal(&self, press: Press) -> Option<String>;

    /// Does what a click on a part of it means; says whether it means anything.
    fn click(&mut self, _target: Target) -> bool {
        false
    }
}
