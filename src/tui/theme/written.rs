//! A theme as its file says it: a style for each role, `bold #e6e9ef on #1a1b26`.

use std::ops::Range;
use std::str::FromStr as _;

use ratatui::style::{Color, Modifier, Style};
use toml::de::{DeTable, DeValue};

use super::role::Role;
use crate::model::spelling::{did_you_mean, nearest};
use crate::model::text;

/// Keys besides the roles.
const ABOUT: &str = "about";
const INHERITS: &str = "inherits";
const BACKGROUND: &str = "background";

/// The modifiers of a style.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// The names of colours, for suggestions.
const COLORS: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "dark-gray",
    "light-red",
    "light-green",
    "light-yellow",
    "light-blue",
    "light-magenta",
    "light-cyan",
    "white",
];

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Written {
    /// A line about it.
    pub about: Option<String>,
    /// The theme that it takes from what it does not say itself.
    pub inherits: Option<String>,
    /// What the screen is painted with; `Reset` leaves the terminal's own background.
    pub background: Option<Color>,
    /// The roles that have a style.
    pub styles: Vec<(Role, Style)>,
}

/// Reads a theme's file; `name` is what messages call it.
///
/// # Errors
/// The first thing that is wrong, with its line and what would be right.
pub(super) fn read(name: &str, given: &str) -> Result<Written, String> {
    let told = |at: Range<usize>, what: &str| {
        let before = given.get(..at.start).unwrap_or(given);
        let line = before.matches('\n').count() + 1;
        format!("{}:{line}: {}", text::clean_line(name), text::clean_line(what))
    };
    let document =
        DeTable::parse(given).map_err(|error| told(error.span().unwrap_or(0..0), error.message()))?;
    let mut written = Written::default();
    for (key, value) in document.get_ref() {
        let (word, at) = (key.get_ref().as_ref(), value.span());
        let DeValue::String(said) = value.get_ref() else {
            let what = format!("`{word}` is no text; expected one such as \"bold #e6e9ef\"");
            return Err(told(at, &what));
        };
        match word {
            ABOUT => written.about = Some(text::clean_line(said).into_owned()),
            INHERITS => written.inherits = Some(said.to_string()),
            BACKGROUND => written.background = Some(background(said).map_err(|why| told(at, &why))?),
            _ => {
                let role = Role::ALL.into_iter().find(|role| role.name() == word);
                let role = role.ok_or_else(|| told(key.span(), &unknown_role(word)))?;
                written.styles.push((role, style(said).map_err(|why| told(at, &why))?));
            }
        }
    }
    Ok(written)
}

fn unknown_role(word: &str) -> String {
    let known: Vec<&str> =
        Role::ALL.into_iter().map(Role::name).chain([ABOUT, INHERITS, BACKGROUND]).collect();
    let help = nearest(word, known.iter().copied())
        .map_or_else(|| format!("there are {}", known.join(", ")), did_you_mean);
    format!("unknown role `{word}`; {help}")
}

fn background(said: &str) -> Result<Color, String> {
    if said == "terminal" { Ok(Color::Reset) } else { color(said) }
}

/// `bold #e6e9ef on #1a1b26`, in any part.
fn style(said: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = said.split_whitespace();
    while let Some(word) = words.next() {
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*modifier);
        } else if word == "on" {
            let behind = words.next().ok_or("a colour is missing after `on`")?;
            style = style.bg(color(behind)?);
        } else if style.fg.is_none() {
            style = style.fg(color(word)?);
        } else {
            return Err(format!("`{word}` is one colour too many; a background is written `on {word}`"));
        }
    }
    Ok(style)
}

fn color(word: &str) -> Result<Color, String> {
    Color::from_str(word).map_err(|_| {
        let known = COLORS.into_iter().chain(MODIFIERS.iter().map(|(name, _)| *name));
        let help = nearest(word, known).map_or_else(
            || "a colour is a name, a number from 0 to 255, or #rrggbb".to_owned(),
            did_you_mean,
        );
        format!("`{word}` is no colour; {help}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_has_colours_and_modifiers_in_any_order() {
        let style = style("bold #010203 on dark-gray underlined").unwrap();
        let expected = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::DarkGray);
        assert_eq!(style, expected.add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
    }

    #[test]
    fn what_is_wrong_is_told_with_file_line_and_suggestion() {
        let told = |text: &str| read("themes/mine.toml", text).unwrap_err();
        let cases = [
            (
                "text = \"#fff0f0\"\n\ntitel = \"red\"",
                "themes/mine.toml:3: unknown role `titel`; did you mean `title`?",
            ),
            ("text = \"gren\"", "themes/mine.toml:1: `gren` is no colour; did you mean `green`?"),
            ("text = \"blod red\"", "themes/mine.toml:1: `blod` is no colour; did you mean `bold`?"),
            ("text = \"#12345\"", "themes/mine.toml:1: `#12345` is no colour; a colour is a name"),
            ("text = \"red blue\"", "themes/mine.toml:1: `blue` is one colour too many"),
            ("text = \"red on\"", "themes/mine.toml:1: a colour is missing after `on`"),
            ("\ntext = 7", "themes/mine.toml:2: `text` is no text"),
            ("\n\ntext = \"red", "themes/mine.toml:3: "),
        ];
        for (text, expected) in cases {
            assert!(told(text).starts_with(expected), "{text:?}: {}", told(text));
        }
    }
}
