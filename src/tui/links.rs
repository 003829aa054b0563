//! Addresses on the screen as links that a terminal opens (OSC 8): what is shown is the address itself, so nobody is
//! led elsewhere, and where the terminal has no links it can be copied.

use std::cell::RefCell;
use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};

use crate::model::text;

/// Longer ones are not handed to a terminal.
const LONGEST: usize = 2_000;

/// The addresses of the open screen, and whether the terminal has links.
#[derive(Debug, Default)]
pub struct Links {
    /// Whether the terminal has links.
    pub shown: bool,
    known: RefCell<Vec<String>>,
}

impl Links {
    /// Forgets everything: a new frame begins.
    pub(super) fn clear(&self) {
        self.known.borrow_mut().clear();
    }

    /// Notes an address that is shown somewhere.
    pub(super) fn add(&self, address: &str) {
        if is_address(address) {
            self.known.borrow_mut().push(address.to_owned());
        }
    }

    /// Makes links of the addresses in a finished frame. One that is cut, or goes on in the next line, leads to the whole
    /// of it; what is no address of this screen stays text.
    pub(super) fn mark(&self, buffer: &mut Buffer) {
        if !self.shown || self.known.borrow().is_empty() {
            return;
        }
        let width = buffer.area.width;
        for y in buffer.area.top()..buffer.area.bottom() {
            let mut x = buffer.area.left();
            while x < width {
                let shown = run(buffer, x, y);
                let length = u16::try_from(shown.len()).unwrap_or(u16::MAX);
                if let Some(address) = self.whole(&shown) {
                    link(buffer, x, y, length, &shown, &address);
                }
                x += length.max(1);
            }
        }
    }

    /// The address that is meant: this one, or the only one that begins so.
    fn whole(&self, shown: &str) -> Option<String> {
        let begins = shown.strip_suffix('~').unwrap_or(shown);
        if !begins.starts_with("https://") || begins.len() < "https://x.y/".len() {
            return None;
        }
        let known = self.known.borrow();
        let mut meant: Vec<&String> = known.iter().filter(|known| known.starts_with(begins)).collect();
        meant.sort();
        meant.dedup();
        match meant.as_slice() {
            [only] => Some((*only).clone()),
            several => several.iter().find(|known| known.as_str() == begins).map(|known| (*known).clone()),
        }
    }
}

/// `http(s)`, in one piece, of what may stand in an address (RFC 3986) and commands no terminal.
fn is_address(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.len() <= LONGEST
        && text.chars().all(allowed)
        && text::clean_line(text) == text
}

/// The ASCII from here to the next space or border; an ellipsis is `~`.
fn run(buffer: &Buffer, x: u16, y: u16) -> String {
    let mut run = String::new();
    for x in x..buffer.area.right() {
        match buffer[(x, y)].symbol() {
            "…" => {
                run.push('~');
                break;
            }
            symbol if symbol.len() == 1 && symbol.as_bytes()[0].is_ascii_graphic() => run.push_str(symbol),
            _ => break,
        }
    }
    run
}

/// The first cell carries the whole link; the others stay as they are and are not written.
fn link(buffer: &mut Buffer, x: u16, y: u16, length: u16, shown: &str, address: &str) {
    let Some(width) = NonZeroU16::new(length) else { return };
    let text = shown.replace('~', "…");
    let cell = &mut buffer[(x, y)];
    cell.set_symbol(&format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"));
    cell.set_diff_option(CellDiffOption::ForcedWidth(width));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn marked(known: &[&str], text: &str) -> Vec<String> {
        let links = Links { shown: true, ..Links::default() };
        for address in known {
            links.add(address);
        }
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 1));
        buffer.set_string(0, 0, text, Style::new());
        links.mark(&mut buffer);
        let cells = buffer.content.iter().filter(|cell| cell.diff_option != CellDiffOption::None);
        cells.map(|cell| cell.symbol().to_owned()).collect()
    }

    #[test]
    fn an_address_is_a_link_to_itself_also_when_it_is_cut() {
        let run = "https://github.com/acme/greenlang/actions/runs/17";
        let whole = marked(&[run], &format!("run  {run} │"));
        assert_eq!(whole, [format!("\u{1b}]8;;{run}\u{1b}\\{run}\u{1b}]8;;\u{1b}\\")]);
        let cut = marked(&[run], "run  https://github.com/acme/gre…");
        assert_eq!(cut, [format!("\u{1b}]8;;{run}\u{1b}\\https://github.com/acme/gre…\u{1b}]8;;\u{1b}\\")]);
    }

    #[test]
    fn what_is_not_known_or_could_be_two_stays_text() {
        let known = ["https://a.example/1", "https://a.example/12"];
        assert!(marked(&known, "https://b.example/1").is_empty());
        assert!(marked(&known, "https://a.exampl…").is_empty());
        assert_eq!(marked(&known, "https://a.example/1").len(), 1, "the one that is shown whole");
    }

    #[test]
    fn what_could_command_the_terminal_is_no_address() {
        for evil in [
            "https://a.example/\u{1b}\\",
            "https://a.example/\u{7}",
            "javascript:alert(1)",
            "https://a b",
            "file:///etc",
        ] {
            assert!(!is_address(evil), "{evil:?}");
        }
    }
}
