//! What is searched for in a list or a text, and how what was found is marked.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::keymap::Press;

/// What is searched for, and whether it is being typed.
#[derive(Debug, Default)]
pub struct Search {
    text: String,
    typing: bool,
}

impl Search {
    /// The text; empty where nothing is searched for.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is being typed.
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Begins a new search.
    pub fn begin(&mut self) {
        self.text.clear();
        self.typing = true;
    }

    /// Ends the search; nothing is searched for any more.
    pub fn end(&mut self) {
        self.text.clear();
        self.typing = false;
    }

    /// Takes a key while the text is typed; says whether it did.
    pub fn typed(&mut self, event: &KeyEvent) -> bool {
        if !self.typing || event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return false;
        }
        match event.code {
            KeyCode::Char(c) => self.text.push(c),
            KeyCode::Backspace => drop(self.text.pop()),
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => self.end(),
            _ => return false,
        }
        true
    }

    /// What a command means while the text is typed: opening keeps the search, back ends it. Says whether it does.
    pub fn press(&mut self, press: Press) -> bool {
        match press {
            Press::Open if self.typing => self.typing = false,
            Press::Back if self.typing => self.end(),
            _ => return false,
        }
        true
    }

    /// Why a command of the search means nothing now.
    pub fn refusal(&self, press: Press) -> Option<String> {
        let idle = self.text().is_empty() && matches!(press, Press::NextMatch | Press::PreviousMatch);
        idle.then(|| "nothing is searched for".to_owned())
    }

    /// Whether a text has it, whatever its case; always where nothing is searched for.
    pub fn finds(&self, text: &str) -> bool {
        self.text.is_empty() || text.to_lowercase().contains(&self.text.to_lowercase())
    }

    /// `/openssl_`, with a cursor while it is typed.
    pub fn shown(&self) -> String {
        format!("/{}{}", self.text, if self.typing { "_" } else { "" })
    }

    /// The line with every place marked that has it: inverted and underlined, so that it needs no colour.
    pub fn mark(&self, line: Line<'static>) -> Line<'static> {
        let wanted: Vec<char> = self.text.chars().flat_map(char::to_lowercase).collect();
        if wanted.is_empty() {
            return line;
        }
        let styled: Vec<(char, Style)> = line
            .spans
            .iter()
            .flat_map(|span| span.content.chars().map(|c| (c, line.style.patch(span.style))))
            .collect();
        let mut marked = vec![false; styled.len()];
        let mut at = 0;
        while at < styled.len() {
            let length = matching(&styled[at..], &wanted);
            marked[at..at + length].fill(true);
            at += length.max(1);
        }
        if !marked.contains(&true) {
            return line;
        }
        let mut spans: Vec<Span> = Vec::new();
        let mut last = None;
        for ((c, style), marked) in styled.into_iter().zip(marked) {
            let style =
                if marked { style.add_modifier(Modifier::REVERSED | Modifier::UNDERLINED) } else { style };
            if last != Some(style) {
                spans.push(Span::styled(String::new(), style));
                last = Some(style);
            }
            if let Some(span) = spans.last_mut() {
                span.content.to_mut().push(c);
            }
        }
        Line { spans, ..line }
    }
}

/// How many characters from the start make up what is wanted; 0 where they do not.
fn matching(text: &[(char, Style)], wanted: &[char]) -> usize {
    let mut left = wanted;
    for (count, (c, _)) in text.iter().enumerate() {
        for lower in c.to_lowercase() {
            match left.split_first() {
                Some((first, rest)) if *first == lower => left = rest,
                _ => return 0,
            }
        }
        if left.is_empty() {
            return count + 1;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn searching(text: &str) -> Search {
        Search { text: text.to_owned(), typing: false }
    }

    fn marked(search: &str, text: &str) -> Vec<String> {
        let line = searching(search).mark(Line::from(text.to_owned()));
        let is_marked = |span: &&Span| span.style.add_modifier.contains(Modifier::REVERSED);
        line.spans.iter().filter(is_marked).map(|span| span.content.to_string()).collect()
    }

    #[test]
    fn every_place_is_marked_whatever_its_case_and_over_spans() {
        assert_eq!(marked("lib", "Lib zlib xLIBx"), ["Lib", "lib", "LIB"]);
        assert_eq!(marked("é", "CAFÉ"), ["É"]);
        assert!(marked("x", "abc").is_empty() && marked("", "abc").is_empty());
        let line = searching("bc").mark(Line::from(vec![Span::raw("ab"), Span::raw("cd")]));
        assert_eq!(line.to_string(), "abcd");
        assert!(line.spans.iter().any(|span| span.content == "bc"));
    }

    proptest! {
        #[test]
        fn marking_changes_no_character(search in "[aAßİ字 ]{0,3}", text in "[aAsßİi字 ]{0,20}") {
            let line = searching(&search).mark(Line::from(text.clone()));
            prop_assert_eq!(line.to_string(), text);
        }
    }
}
