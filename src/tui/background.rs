//! The terminal's own background: asked before anything is drawn, so that a theme can suit it.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use terminal_colorsaurus::{QueryOptions, background_color};

use super::theme::{Depth, Rgb, Theme, Themes};

/// A terminal that knows answers in a few milliseconds, or over ssh in one round trip.
const PATIENCE: Duration = Duration::from_millis(200);

/// Asks the terminal; none where it does not say, or not in time.
pub(super) fn of_terminal() -> Option<Rgb> {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    background_color(options).ok().map(|color| color.scale_to_8bit())
}

/// The theme that was chosen, else the one that suits the terminal's background.
pub(super) fn suited(chosen: Option<&Theme>, themes: &Themes, depth: Depth) -> Result<Theme, String> {
    match chosen {
        Some(theme) => Ok(theme.clone()),
        // Sixteen colours are the terminal's own: they suit its background already.
        None if depth <= Depth::Basic => themes.automatic(None, depth),
        None => themes.automatic(of_terminal(), depth),
    }
}

/// Holds back an answer that came too late: to the screen it would look like keys.
#[derive(Debug, Default)]
pub(super) struct LateAnswer {
    /// How many keys of an answer were held back, while one is coming in.
    within: Option<usize>,
}

impl LateAnswer {
    /// The longest answer is `]11;rgba:ffff/ffff/ffff/ffff` and its end.
    const LONGEST: usize = 40;

    /// Whether an event is part of an answer. It begins with Alt and `]` (ESC and `]` to the terminal) and ends with
    /// Alt and `\`, or BEL, which is Ctrl and `g`.
    pub fn has(&mut self, event: &Event) -> bool {
        let Event::Key(KeyEvent { code: KeyCode::Char(c), modifiers, .. }) = event else { return false };
        let (alt, control) =
            (modifiers.contains(KeyModifiers::ALT), modifiers.contains(KeyModifiers::CONTROL));
        match self.within {
            None if alt && *c == ']' => self.within = Some(0),
            None => return false,
            Some(_) if (alt && *c == '\\') || (control && *c == 'g') => self.within = None,
            Some(held) if held < Self::LONGEST && (c.is_ascii_hexdigit() || ";:/rgba".contains(*c)) => {
                self.within = Some(held + 1);
            }
            Some(_) => {
                self.within = None;
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(late: &mut LateAnswer, text: &str, modifiers: KeyModifiers) -> Vec<char> {
        let event = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers));
        text.chars().filter(|c| !late.has(&event(*c))).collect()
    }

    #[test]
    fn an_answer_that_came_too_late_presses_no_key() {
        for (end, modifiers) in [("\\", KeyModifiers::ALT), ("g", KeyModifiers::CONTROL)] {
            let mut late = LateAnswer::default();
            assert_eq!(keys(&mut late, "b", KeyModifiers::NONE), ['b']);
            assert!(keys(&mut late, "]", KeyModifiers::ALT).is_empty());
            assert!(keys(&mut late, "11;rgb:1d1d/2020/21ab", KeyModifiers::NONE).is_empty());
            assert!(keys(&mut late, end, modifiers).is_empty());
            assert_eq!(keys(&mut late, "ba", KeyModifiers::NONE), ['b', 'a']);
        }
    }

    #[test]
    fn what_is_no_answer_is_not_held_back_for_long() {
        let mut late = LateAnswer::default();
        assert!(keys(&mut late, "]", KeyModifiers::ALT).is_empty());
        assert_eq!(keys(&mut late, "qb", KeyModifiers::NONE), ['q', 'b']);
        assert!(keys(&mut late, "]", KeyModifiers::ALT).is_empty());
        assert_eq!(keys(&mut late, &"a".repeat(50), KeyModifiers::NONE).len(), 10);
    }
}
