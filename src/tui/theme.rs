//! Roles → styles. A status is always symbol, word and colour, so a theme without colours loses nothing.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use ratatui::style::{Color, Modifier, Style};

use crate::model::{Decision, Symbol, Verdict};

const DARK: &str = include_str!("../../themes/dark.toml");
const LIGHT: &str = include_str!("../../themes/light.toml");
const MONO: &str = include_str!("../../themes/mono.toml");

/// How the parts of a screen look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    colors: BTreeMap<String, Color>,
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None, or `NO_COLOR`.
    None,
    /// Sixteen.
    Basic,
    /// 256.
    Indexed,
    /// All.
    True,
}

impl Depth {
    /// What the environment says of standard output.
    pub fn of_stdout() -> Self {
        match supports_color::on(supports_color::Stream::Stdout) {
            Some(level) if level.has_16m => Self::True,
            Some(level) if level.has_256 => Self::Indexed,
            Some(_) => Self::Basic,
            None => Self::None,
        }
    }
}

impl Theme {
    /// A theme by its name (`dark`, `light`, `mono`), for a terminal of so many colours.
    ///
    /// # Errors
    /// When no theme has this name.
    pub fn named(name: &str, depth: Depth) -> Result<Self, String> {
        let text = match name {
            "dark" => DARK,
            "light" => LIGHT,
            "mono" => MONO,
            other => return Err(format!("no theme is named `{other}`; there are dark, light and mono")),
        };
        let names: BTreeMap<String, String> = toml::from_str(text).map_err(|error| error.to_string())?;
        let color = |text: &str| Color::from_str(text).ok().and_then(|color| fitted(color, depth));
        Ok(Self {
            colors: names.iter().filter_map(|(role, text)| Some((role.clone(), color(text)?))).collect(),
        })
    }

    fn role(&self, role: &str) -> Style {
        self.colors.get(role).map_or(Style::new(), |color| Style::new().fg(*color))
    }

    /// Ordinary text.
    pub fn text(&self) -> Style {
        self.role("text")
    }

    /// What matters less.
    pub fn dim(&self) -> Style {
        if self.colors.is_empty() { Style::new().add_modifier(Modifier::DIM) } else { self.role("dim") }
    }

    /// Titles.
    pub fn title(&self) -> Style {
        self.role("title").add_modifier(Modifier::BOLD)
    }

    /// Keys and gauges.
    pub fn accent(&self) -> Style {
        self.role("accent")
    }

    /// Borders.
    pub fn border(&self, focused: bool) -> Style {
        if focused { self.role("focus").add_modifier(Modifier::BOLD) } else { self.role("border") }
    }

    /// A status.
    pub fn symbol(&self, symbol: Symbol) -> Style {
        match symbol {
            Symbol::Done => self.role("done"),
            Symbol::Partly => self.role("partly"),
            Symbol::Question => self.role("question"),
            Symbol::Not => self.role("not"),
            Symbol::Looking | Symbol::Off => self.dim(),
        }
    }

    /// The verdict.
    pub fn verdict(&self, verdict: Option<&Verdict>) -> Style {
        let role = match verdict.map(|verdict| (verdict.decision, verdict.conditional)) {
            Some((Decision::GO, false)) => self.role("done"),
            Some((Decision::GO, true)) => self.role("partly"),
            Some((Decision::NO_GO, _)) => self.role("not"),
            None => self.dim(),
        };
        role.add_modifier(Modifier::BOLD)
    }

    /// Trouble that the operator should see.
    pub fn warning(&self) -> Style {
        self.role("partly").add_modifier(Modifier::BOLD)
    }
}

/// The nearest colour that the terminal has.
fn fitted(color: Color, depth: Depth) -> Option<Color> {
    let Color::Rgb(r, g, b) = color else { return (depth != Depth::None).then_some(color) };
    match depth {
        Depth::None => None,
        Depth::True => Some(color),
        Depth::Indexed => {
            let level = |value: u8| {
                if value < 48 {
                    0
                } else if value < 115 {
                    1
                } else {
                    (value - 35) / 40
                }
            };
            Some(Color::Indexed(16 + 36 * level(r) + 6 * level(g) + level(b)))
        }
        Depth::Basic => Some(basic(r, g, b)),
    }
}

fn basic(r: u8, g: u8, b: u8) -> Color {
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    if high - low < 40 {
        return if high > 180 { Color::Reset } else { Color::DarkGray };
    }
    let near = |value: u8| u16::from(value) * 10 >= u16::from(high) * 8;
    match (near(r), near(g), near(b)) {
        (true, true, _) => Color::Yellow,
        (true, _, true) => Color::Magenta,
        (_, true, true) => Color::Cyan,
        (true, _, _) => Color::Red,
        (_, true, _) => Color::Green,
        _ => Color::Blue,
    }
}
