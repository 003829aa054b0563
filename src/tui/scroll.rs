//! How far something is scrolled. Where its end is, is known once it was drawn.

use std::cell::Cell;

use crate::keymap::Press;

/// How far something is scrolled, in lines.
#[derive(Debug, Default)]
pub struct Scroll {
    at: Cell<u16>,
    most: Cell<u16>,
    page: Cell<u16>,
}

impl Scroll {
    /// The first line that is shown, never past the end as drawn last.
    pub fn at(&self) -> u16 {
        self.at.get().min(self.most.get())
    }

    /// Remembers how many lines there were and how many of them could be seen; gives the first one to show.
    pub fn drawn(&self, lines: usize, page: u16) -> u16 {
        self.page.set(page);
        self.most.set(u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(page));
        self.at()
    }

    /// How many lines are below what is shown.
    pub fn below(&self) -> u16 {
        self.most.get() - self.at()
    }

    /// Moves as a key says; says whether the key moves at all.
    pub fn press(&mut self, press: Press) -> bool {
        match press {
            Press::Up | Press::Previous => self.by(-1),
            Press::Down | Press::Next => self.by(1),
            Press::PageUp => self.by_pages(-1),
            Press::PageDown => self.by_pages(1),
            Press::Start => self.to_start(),
            Press::End => self.to_end(),
            _ => return false,
        }
        true
    }

    /// Moves by lines.
    pub fn by(&mut self, lines: i32) {
        let most = i32::from(self.most.get());
        self.at.set(u16::try_from((i32::from(self.at()) + lines).clamp(0, most)).unwrap_or(0));
    }

    /// Moves by pages; a line of the old page stays in sight.
    pub fn by_pages(&mut self, pages: i32) {
        self.by(pages * i32::from(self.page.get().saturating_sub(1).max(1)));
    }

    /// Moves no further than it takes to have a line in sight.
    pub fn reveal(&self, line: usize) {
        let line = u16::try_from(line).unwrap_or(u16::MAX);
        let page = self.page.get().max(1);
        let at = self.at();
        if line < at {
            self.at.set(line);
        } else if line >= at.saturating_add(page) {
            self.at.set(line - (page - 1));
        }
    }

    /// To the start.
    pub fn to_start(&mut self) {
        self.at.set(0);
    }

    /// To the end.
    pub fn to_end(&mut self) {
        self.at.set(self.most.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_at_the_end_and_turns_back_at_once() {
        let mut scroll = Scroll::default();
        assert_eq!(scroll.drawn(30, 10), 0);
        for _ in 0..100 {
            scroll.by(1);
        }
        assert_eq!((scroll.at(), scroll.below()), (20, 0));
        scroll.by(-1);
        assert_eq!(scroll.at(), 19);
        scroll.by(-100);
        assert_eq!(scroll.at(), 0);
    }

    #[test]
    fn pages_overlap_by_a_line() {
        let mut scroll = Scroll::default();
        scroll.drawn(30, 10);
        scroll.by_pages(1);
        assert_eq!(scroll.at(), 9);
        scroll.to_end();
        assert_eq!(scroll.at(), 20);
    }

    #[test]
    fn it_follows_when_less_is_left_to_show() {
        let mut scroll = Scroll::default();
        scroll.drawn(30, 10);
        scroll.to_end();
        assert_eq!(scroll.drawn(12, 10), 2);
    }
}
