//! How text stands on a terminal: colours, and lines that are folded at its width.

use unicode_width::UnicodeWidthStr as _;

use crate::model::{Symbol, text};

/// How the text report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether to colour it. Nothing is said by colour alone.
    pub colors: bool,
    /// The columns at which lines are folded; none for files and pipes, whose lines stay whole for `grep`.
    pub width: Option<usize>,
}

impl Look {
    /// Without colours, lines whole.
    pub const PLAIN: Self = Self { colors: false, width: None };

    /// `text` in the colours of an SGR `code`.
    pub(super) fn with(self, code: &str, text: &str) -> String {
        if self.colors { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// `text` in the colour of a symbol.
    pub(super) fn symbol(self, symbol: Symbol, text: &str) -> String {
        let code = match symbol {
            Symbol::Done => "32",
            Symbol::Partly => "33",
            Symbol::Question => "36",
            Symbol::Not => "31",
            Symbol::Looking | Symbol::Off => "2",
        };
        self.with(code, text)
    }

    /// Writes `lead` and then `rest`, made safe; what does not fit is folded and indented under its beginning.
    /// `lead` may hold colours; `taken` is its width without them.
    pub(super) fn line(self, out: &mut String, lead: &str, taken: usize, rest: &str) {
        let rest = text::clean_line(rest);
        // Where too little room would be left beside the lead, what is folded starts near the left edge.
        let indent = match self.width {
            Some(width) if width.saturating_sub(taken) < width / 3 => 4,
            _ => taken,
        };
        out.push_str(lead);
        let mut column = taken;
        let mut first = true;
        for word in rest.split(' ').filter(|word| !word.is_empty()) {
            let wide = word.width();
            let fits = self.width.is_none_or(|width| column + usize::from(!first) + wide <= width);
            if !first && fits {
                out.push(' ');
                column += 1;
            } else if !fits && (!first || indent < taken) {
                trim(out);
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            }
            out.push_str(word);
            column += wide;
            first = false;
        }
        trim(out);
        out.push('\n');
    }
}

/// No line ends with blanks.
fn trim(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(width: Option<usize>, lead: &str, rest: &str) -> String {
        let mut out = String::new();
        Look { colors: false, width }.line(&mut out, lead, lead.width(), rest);
        out
    }

    #[test]
    fn lines_are_folded_under_their_beginning() {
        assert_eq!(folded(Some(12), "fix  ", "one two three"), "fix  one two\n     three\n");
        assert_eq!(folded(None, "fix  ", "one two three"), "fix  one two three\n");
        assert_eq!(folded(Some(10), "a long lead  ", "one two"), "a long lead\n    one\n    two\n");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal_unless_a_word_is(
            words in prop::collection::vec("[a-zé日]{1,8}", 0..30), width in 20_usize..100
        ) {
            let out = folded(Some(width), "     ", &words.join(" "));
            prop_assert!(out.lines().all(|line| line.width() <= width), "{out}");
            let kept: Vec<&str> = out.split_whitespace().collect();
            prop_assert_eq!(kept, words);
        }
    }
}
