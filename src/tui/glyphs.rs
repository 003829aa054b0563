//! Signs for terminals that cannot show more than ASCII. Every screen is drawn in one set of signs; what the
//! terminal lacks is replaced in the finished frame, cell by cell, so that no width changes.

use ratatui::buffer::Buffer;

/// Which signs the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// All of them.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

impl Glyphs {
    /// What the environment says: ASCII on the Linux console, on a dumb terminal, and where a locale is named
    /// that is not UTF-8.
    pub fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("TERM").is_some_and(|term| term == "linux" || term == "dumb") {
            return Self::Ascii;
        }
        // The first that is set and not empty counts (POSIX, "Environment Variables", 8.2).
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .map(|locale| locale.to_ascii_lowercase());
        match locale {
            Some(locale) if !locale.contains("utf-8") && !locale.contains("utf8") => Self::Ascii,
            _ => Self::Unicode,
        }
    }

    /// Replaces what cannot be shown.
    pub(super) fn fit(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let sign = ascii(cell.symbol());
                cell.set_symbol(sign);
            }
        }
    }
}

fn ascii(symbol: &str) -> &'static str {
    match symbol {
        "✓" => "+",
        "✗" => "x",
        "…" => "~",
        "─" | "–" => "-",
        "━" | "╸" | "╺" => "=",
        "│" | "╹" | "╻" => "|",
        "┃" => "#",
        "╭" | "╮" | "╰" | "╯" | "┏" | "┓" | "┗" | "┛" | "┣" | "┫" | "┻" => "+",
        "█" => "#",
        "▓" => "=",
        "░" | "·" => ".",
        "▁" => "_",
        "▂" | "▃" => "-",
        "▄" | "▅" => "=",
        "▆" | "▇" => "%",
        "▌" | "→" | "›" | "»" => ">",
        "↑" => "^",
        "↓" => "v",
        "⏎" | "←" => "<",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn of(variables: &[(&str, &str)]) -> Glyphs {
        Glyphs::of(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_is_trusted_unless_it_says_otherwise() {
        assert_eq!(of(&[]), Glyphs::Unicode);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("LANG", "de_CH.UTF-8")]), Glyphs::Unicode);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "C.utf8")]), Glyphs::Unicode);
        assert_eq!(of(&[("TERM", "linux"), ("LANG", "en_US.UTF-8")]), Glyphs::Ascii);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]), Glyphs::Ascii);
    }

    #[test]
    fn signs_are_replaced_one_for_one() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "╭ ✓ 字 é→", Style::new());
        Glyphs::Ascii.fit(&mut buffer);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(text.starts_with("+ + ?  ?>"), "{text:?}");
        assert!(text.is_ascii());
    }
}
