//! How a terminal is made to call whoever sits before it: the bell, and notifications by OSC 9 and OSC 777.

use crate::model::text;

use super::change::Change;
use super::known::Loudness;

/// How the terminal calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// The bell.
    Bell,
    /// OSC 9 and the bell.
    Osc9,
    /// OSC 777 and the bell.
    Osc777,
    /// Not at all.
    Off,
}

/// How much of a change a notification shows.
const LONGEST: usize = 200;

impl Call {
    /// What the terminal of this environment is known to show. Inside tmux and screen only the bell gets through.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is = |name: &str, values: &[&str]| {
            variable(name).is_some_and(|value| values.iter().any(|known| value.starts_with(known)))
        };
        if variable("TMUX").is_some() || is("TERM", &["screen", "tmux", "linux", "dumb"]) {
            return Self::Bell;
        }
        let by_name = is("TERM_PROGRAM", &["iTerm", "WezTerm", "ghostty"]);
        if by_name || is("TERM", &["xterm-kitty", "xterm-ghostty"]) || variable("WT_SESSION").is_some() {
            return Self::Osc9;
        }
        if is("TERM", &["rxvt-unicode", "foot"]) { Self::Osc777 } else { Self::Bell }
    }

    /// What to write to the terminal; nothing where nothing calls for anybody.
    pub fn sequence(self, changes: &[Change]) -> Option<String> {
        let loud: Vec<&Change> = changes.iter().filter(|change| change.level > Loudness::Well).collect();
        let first = loud.first()?;
        let more = if loud.len() > 1 { format!(" (and {} more)", loud.len() - 1) } else { String::new() };
        // A semicolon would end a field of OSC 777.
        let words: String = text::clean_line(&first.text).replace(';', ",").chars().take(LONGEST).collect();
        match self {
            Self::Off => None,
            Self::Bell => Some("\x07".to_owned()),
            Self::Osc9 => Some(format!("\x1b]9;exitbar: {words}{more}\x07\x07")),
            Self::Osc777 => Some(format!("\x1b]777;notify;exitbar;{words}{more}\x07\x07")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Kind, Phase};

    fn change(level: Loudness, text: &str) -> Change {
        Change {
            at: jiff::Timestamp::UNIX_EPOCH,
            subject: "ghcr.io/acme/app:1".to_owned(),
            about: Kind::Tag,
            change: Phase::Moved,
            level,
            from: None,
            to: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_notification_can_neither_end_early_nor_command_the_terminal() {
        let hostile = change(Loudness::Alarm, "moved;\u{1b}]0;x\u{7}\u{9c} to\u{202e} a\nb");
        assert_eq!(
            Call::Osc777.sequence(std::slice::from_ref(&hostile)).unwrap(),
            "\u{1b}]777;notify;exitbar;moved, to a b\u{7}\u{7}"
        );
        let two = [hostile.clone(), hostile];
        assert!(Call::Osc9.sequence(&two).unwrap().contains("(and 1 more)"));
    }

    #[test]
    fn what_is_well_again_calls_nobody() {
        assert_eq!(Call::Bell.sequence(&[change(Loudness::Well, "answers again")]), None);
        assert_eq!(Call::Bell.sequence(&[]), None);
        assert_eq!(Call::Off.sequence(&[change(Loudness::Alarm, "moved")]), None);
        assert_eq!(Call::Bell.sequence(&[change(Loudness::Unknown, "down")]).as_deref(), Some("\u{7}"));
    }

    #[test]
    fn only_terminals_that_show_notifications_get_them() {
        let of = |variables: &[(&str, &str)]| {
            Call::of_environment(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("TERM", "xterm-256color")]), Call::Bell);
        assert_eq!(of(&[("TERM_PROGRAM", "iTerm.app")]), Call::Osc9);
        assert_eq!(of(&[("TERM", "foot")]), Call::Osc777);
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")]), Call::Bell);
    }
}
