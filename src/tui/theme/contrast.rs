//! How well a colour can be read on another one (WCAG 2.2, "contrast ratio").

use ratatui::style::Color;

/// Red, green and blue.
pub(in crate::tui) type Rgb = (u8, u8, u8);

/// What text needs on its background (level AA).
pub(in crate::tui) const READABLE: f64 = 4.5;

/// The contrast of two colours, from 1 to 21.
pub(in crate::tui) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Whether black text is harder to read on it than white text.
pub(in crate::tui) fn is_dark(color: Rgb) -> bool {
    contrast(color, (255, 255, 255)) >= contrast(color, (0, 0, 0))
}

/// From 0 (black) to 1 (white).
fn luminance((r, g, b): Rgb) -> f64 {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// The sixteen colours as xterm has them.
const BASIC: [Rgb; 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// A colour's red, green and blue; none for the terminal's own.
pub(in crate::tui) fn rgb(color: Color) -> Option<Rgb> {
    let named = |place: usize| Some(BASIC[place]);
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Indexed(index @ 0..16) => named(usize::from(index)),
        Color::Indexed(index @ 16..232) => {
            let level = |place: u8| if place == 0 { 0 } else { 55 + 40 * place };
            let place = index - 16;
            Some((level(place / 36), level(place / 6 % 6), level(place % 6)))
        }
        Color::Indexed(index) => {
            let grey = 8 + 10 * (index - 232);
            Some((grey, grey, grey))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contrast_of_wcag() {
        let near = |value: f64, expected: f64| (value - expected).abs() < 0.01;
        assert!(near(contrast((0, 0, 0), (255, 255, 255)), 21.0));
        assert!(near(contrast((119, 119, 119), (255, 255, 255)), 4.48));
        assert!(near(contrast((1, 2, 3), (1, 2, 3)), 1.0));
        assert!(is_dark((30, 30, 46)) && !is_dark((253, 246, 227)));
    }
}
