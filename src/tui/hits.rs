//! Where things were drawn, so that the mouse finds them: drawing writes this down, and nothing else knows it.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

use crate::keymap::Press;

/// What is at a place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A click does what this key does.
    Press(Press),
    /// A pane or row of an item, 0 to 9.
    Item(usize),
    /// A row of the screen's list, from 0 in the list's own order.
    Row(usize),
    /// A heading of the screen's table, from 0.
    Heading(usize),
    /// A click dismisses what was refused or failed.
    Dismiss,
    /// A part of the screen that scrolls by itself, by the screen's own numbers.
    Part(u8),
}

/// The places of the last frame, the topmost last.
#[derive(Debug, Default)]
pub struct Hits {
    places: RefCell<Vec<(Rect, Target)>>,
}

impl Hits {
    /// Forgets everything: a new frame begins.
    pub fn clear(&self) {
        self.places.borrow_mut().clear();
    }

    /// Notes what was drawn at a place, above everything before.
    pub fn add(&self, area: Rect, target: Target) {
        self.places.borrow_mut().push((area, target));
    }

    /// Everything at a position, the topmost first.
    pub fn at(&self, position: Position) -> Vec<Target> {
        let places = self.places.borrow();
        let here = places.iter().rev().filter(|(area, _)| area.contains(position));
        here.map(|(_, target)| *target).collect()
    }

    /// Where a target was drawn.
    pub fn area(&self, target: Target) -> Option<Rect> {
        self.places.borrow().iter().rev().find(|(_, drawn)| *drawn == target).map(|(area, _)| *area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topmost_is_found_first() {
        let hits = Hits::default();
        hits.add(Rect::new(0, 0, 10, 10), Target::Part(0));
        hits.add(Rect::new(2, 2, 4, 1), Target::Row(3));
        assert_eq!(hits.at(Position::new(3, 2)), [Target::Row(3), Target::Part(0)]);
        assert_eq!(hits.at(Position::new(9, 9)), [Target::Part(0)]);
        assert!(hits.at(Position::new(10, 10)).is_empty());
        hits.clear();
        assert!(hits.at(Position::new(3, 2)).is_empty());
    }
}
