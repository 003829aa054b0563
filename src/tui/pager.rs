//! A text that is read on the screen: scrolled, searched, and followed where it grows. What its lines are is known once
//! it was drawn.

use std::cell::{Cell, RefCell};

use crossterm::event::KeyEvent;
use ratatui::text::{Line, Span};

use super::reading::Reading;
use super::scroll::Scroll;
use super::search::Search;
use crate::keymap::Press;

/// How a text is read.
#[derive(Debug, Default)]
pub struct Pager {
    /// How far it is scrolled.
    pub scroll: Scroll,
    /// What is searched for.
    pub search: Search,
    /// Whether the newest line stays in sight. Only of texts that grow.
    following: Cell<bool>,
    /// Where the search goes when the text is drawn next.
    seek: Cell<Option<Seek>>,
    /// The lines that have what is searched for, as drawn last, and which of them is the current one.
    found: RefCell<Vec<usize>>,
    current: Cell<Option<usize>>,
}

/// Where a search goes.
#[derive(Debug, Clone, Copy)]
enum Seek {
    /// To the first line from the top of what is shown.
    Here,
    /// To the line after the current one.
    Next,
    /// To the line before.
    Previous,
}

impl Pager {
    /// One that follows what grows, from the start.
    pub fn following() -> Self {
        Self { following: Cell::new(true), ..Self::default() }
    }

    /// Whether the newest line stays in sight.
    pub fn follows(&self) -> bool {
        self.following.get()
    }

    /// Follows, or stays where it is.
    pub fn follow(&mut self, follow: bool) {
        self.following.set(follow);
    }

    /// To the start, without a search: another text is read.
    pub fn restart(&mut self) {
        self.scroll.to_start();
        self.search.end();
        self.seek.set(None);
    }

    fn go(&mut self, seek: Seek) {
        self.following.set(false);
        self.seek.set(Some(seek));
    }

    /// The lines to show of a text, on a page of so many, with what was found marked.
    pub fn page(&self, lines: Vec<Line<'static>>, page: u16) -> Vec<Line<'static>> {
        self.scroll.drawn(lines.len(), page);
        self.find(&lines);
        if self.following.get() {
            self.scroll.reveal(lines.len().saturating_sub(1));
        }
        let at = usize::from(self.scroll.at());
        let current = self.current.get();
        let shown = lines.into_iter().enumerate().skip(at).take(usize::from(page));
        let found = self.found.borrow();
        shown
            .map(|(number, line)| match found.binary_search(&number) {
                Ok(_) => sign(self.search.mark(line), if current == Some(number) { "»" } else { "›" }),
                Err(_) => line,
            })
            .collect()
    }

    fn find(&self, lines: &[Line<'static>]) {
        let mut found = self.found.borrow_mut();
        found.clear();
        if self.search.text().is_empty() {
            return self.current.set(None);
        }
        let has = |line: &Line| self.search.finds(&line.to_string());
        found.extend(lines.iter().enumerate().filter(|(_, line)| has(line)).map(|(number, _)| number));
        let top = usize::from(self.scroll.at());
        let current = match (self.seek.take(), self.current.get()) {
            (None, current) => return self.current.set(current.filter(|line| found.contains(line))),
            (Some(Seek::Next), Some(current)) => found.iter().find(|line| **line > current).or(found.first()),
            (Some(Seek::Previous), Some(current)) => {
                found.iter().rev().find(|line| **line < current).or(found.last())
            }
            (Some(_), _) => found.iter().find(|line| **line >= top).or(found.first()),
        };
        self.current.set(current.copied());
        if let Some(line) = current {
            self.scroll.reveal(*line);
        }
    }

    /// `/openssl  2 of 7`; empty where nothing is searched for.
    pub fn searched(&self) -> String {
        if self.search.text().is_empty() && !self.search.is_typing() {
            return String::new();
        }
        let found = self.found.borrow();
        let place = self.current.get().and_then(|line| found.binary_search(&line).ok());
        let count = match (found.len(), place) {
            (0, _) => "nothing found".to_owned(),
            (all, Some(place)) => format!("{} of {all}", place + 1),
            (all, None) => format!("{all} found"),
        };
        format!("{}  {count}", self.search.shown())
    }
}

impl Reading for Pager {
    fn opened(&mut self) {
        self.restart();
    }

    fn is_typing(&self) -> bool {
        self.search.is_typing()
    }

    fn typed(&mut self, event: &KeyEvent) -> bool {
        let taken = self.search.typed(event);
        if taken && !self.search.text().is_empty() {
            self.go(Seek::Here);
        }
        taken
    }

    fn press(&mut self, press: Press) -> bool {
        if self.search.press(press) {
            return true;
        }
        match press {
            Press::Search => self.search.begin(),
            Press::NextMatch if !self.search.text().is_empty() => self.go(Seek::Next),
            Press::PreviousMatch if !self.search.text().is_empty() => self.go(Seek::Previous),
            Press::Back if !self.search.text().is_empty() => self.search.end(),
            press => {
                let moved = self.scroll.press(press);
                // Whoever moves wants to read there; the end is where the newest line comes.
                if moved && !matches!(press, Press::Down | Press::PageDown | Press::Next) {
                    self.following.set(self.following.get() && press == Press::End);
                }
                return moved;
            }
        }
        true
    }

    fn refusal(&self, press: Press) -> Option<String> {
        self.search.refusal(press)
    }
}

/// A sign in the margin, where the line has one, so that a place that was found is seen without colour.
fn sign(mut line: Line<'static>, sign: &'static str) -> Line<'static> {
    if let Some(rest) = line.spans.first().and_then(|span| span.content.strip_prefix(' ')) {
        let rest = Span::styled(rest.to_owned(), line.spans[0].style);
        line.spans.splice(..1, [Span::raw(sign), rest]);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    fn lines(count: usize) -> Vec<Line<'static>> {
        (1..=count).map(|number| Line::from(format!(" line {number}"))).collect()
    }

    fn searching(text: &str) -> Pager {
        let mut pager = Pager::default();
        pager.press(Press::Search);
        for c in text.chars() {
            pager.typed(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
        pager
    }

    fn shown(pager: &Pager, count: usize) -> Vec<String> {
        pager.page(lines(count), 5).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_search_goes_to_its_first_place_and_on_and_round() {
        let mut pager = searching("7");
        assert!(shown(&pager, 30).contains(&"»line 7".to_owned()), "as it is typed");
        assert_eq!(pager.searched(), "/7_  1 of 3");
        pager.typed(&KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
        for (press, place) in [
            (Press::NextMatch, 17),
            (Press::NextMatch, 27),
            (Press::NextMatch, 7),
            (Press::PreviousMatch, 27),
        ] {
            pager.press(press);
            assert!(shown(&pager, 30).contains(&format!("»line {place}")), "{place}");
        }
        pager.press(Press::Back);
        assert_eq!((shown(&pager, 30).len(), pager.searched()), (5, String::new()));
        assert!(pager.refusal(Press::NextMatch).is_some());
    }

    #[test]
    fn what_is_not_there_is_said() {
        let pager = searching("zebra");
        shown(&pager, 3);
        assert_eq!(pager.searched(), "/zebra_  nothing found");
    }

    #[test]
    fn a_text_that_grows_is_followed_until_somebody_reads_elsewhere() {
        let mut pager = Pager::following();
        assert_eq!(shown(&pager, 30).last().unwrap(), " line 30");
        assert_eq!(shown(&pager, 40).last().unwrap(), " line 40");
        pager.press(Press::Up);
        assert!(!pager.follows());
        assert_eq!(shown(&pager, 50).last().unwrap(), " line 39");
        pager.follow(true);
        assert_eq!(shown(&pager, 50).last().unwrap(), " line 50");
    }
}
