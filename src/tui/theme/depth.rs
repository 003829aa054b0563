//! How many colours the terminal has, and the nearest one that it has.

use ratatui::style::{Color, Style};

use super::contrast::{Rgb, rgb};

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or `NO_COLOR`.
    None,
    /// Sixteen, which the terminal's own settings define.
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

    /// The same, with colours whatever `NO_COLOR` says.
    pub fn forced() -> Self {
        crossterm::style::force_color_output(true);
        let variable = |name| std::env::var(name).unwrap_or_default();
        match (variable("COLORTERM").as_str(), variable("TERM")) {
            ("truecolor" | "24bit", _) => Self::True,
            (_, term) if term.contains("256color") => Self::Indexed,
            _ => Self::Basic.max(Self::of_stdout()),
        }
    }

    /// A style in the colours that there are.
    pub(super) fn fit(self, style: Style) -> Style {
        let mut fitted = style;
        fitted.fg = style.fg.and_then(|color| self.nearest(color));
        // A background of sixteen colours cannot be relied on to carry the text on it.
        fitted.bg = style.bg.filter(|_| self > Self::Basic).and_then(|color| self.nearest(color));
        fitted
    }

    /// The nearest colour that the terminal has.
    pub(super) fn nearest(self, color: Color) -> Option<Color> {
        let Color::Rgb(r, g, b) = color else { return (self != Self::None).then_some(color) };
        match self {
            Self::None => None,
            Self::True => Some(color),
            Self::Indexed => Some(indexed((r, g, b))),
            Self::Basic => Some(basic(r, g, b)),
        }
    }
}

/// Of the cube and the greys of 256 colours; the first sixteen are whatever the terminal's settings say.
fn indexed(wanted: Rgb) -> Color {
    let distance = |index: &u8| {
        let has = rgb(Color::Indexed(*index)).unwrap_or_default();
        let of = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        // The eye is keenest for green and dullest for blue.
        3 * of(has.0, wanted.0) + 6 * of(has.1, wanted.1) + of(has.2, wanted.2)
    };
    (16..=255).min_by_key(distance).map_or(Color::Reset, Color::Indexed)
}

/// By hue: greys are the terminal's own text, or its dim one.
fn basic(r: u8, g: u8, b: u8) -> Color {
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    if high - low < 40 {
        return if (110..=180).contains(&high) { Color::DarkGray } else { Color::Reset };
    }
    let share = |value: u8, tenths: u16| u16::from(value) * 10 >= u16::from(high) * tenths;
    let near = |value: u8| share(value, 8);
    // Amber and ochre are what warns; as a red they would be what fails.
    if r == high && g > b && share(g, 6) {
        return Color::Yellow;
    }
    match (near(r), near(g), near(b)) {
        // A lime is a green.
        (true, true, _) if g > r && g > b => Color::Green,
        (true, true, _) => Color::Yellow,
        (true, _, true) => Color::Magenta,
        (_, true, true) => Color::Cyan,
        (true, _, _) => Color::Red,
        (_, true, _) => Color::Green,
        _ => Color::Blue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amber_warns_lime_is_good_and_rose_fails_in_sixteen_colours() {
        for (color, sixteen) in [
            ((0xe0, 0xaf, 0x68), Color::Yellow),
            ((0x7a, 0x4d, 0x00), Color::Yellow),
            ((0xfa, 0xbd, 0x2f), Color::Yellow),
            ((0xb8, 0xbb, 0x26), Color::Green),
            ((0x9e, 0xce, 0x6a), Color::Green),
            ((0xf7, 0x76, 0x8e), Color::Red),
            ((0xa4, 0x0e, 0x26), Color::Red),
            ((0xff, 0x9a, 0x9a), Color::Red),
        ] {
            let (r, g, b) = color;
            assert_eq!(Depth::Basic.nearest(Color::Rgb(r, g, b)), Some(sixteen), "{color:?}");
        }
    }
}
