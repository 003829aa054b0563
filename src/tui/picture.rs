//! A frame as SVG: the same cells that a terminal would get. Lines and blocks are drawn, not written, so that they meet
//! whatever font the reader has.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

use super::theme::{Rgb, Theme, rgb};

/// The size of a cell, and of the margin around all of them.
const WIDTH: u16 = 9;
const HEIGHT: u16 = 19;
const MARGIN: u16 = 14;

/// A frame as SVG.
pub(super) fn svg(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (width, height) = (buffer.area.width * WIDTH + 2 * MARGIN, buffer.area.height * HEIGHT + 2 * MARGIN);
    let behind = hex(theme.background().unwrap_or((22, 24, 29)));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"{behind}\"/>\n\
         <g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"15\" \
         xml:space=\"preserve\">\n",
        escaped(title)
    );
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            x += run(&mut out, buffer, x, y, &behind);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Draws the cells from here on that look alike, and says how many they are.
fn run(out: &mut String, buffer: &Buffer, x: u16, y: u16, behind: &str) -> u16 {
    let cell = &buffer[(x, y)];
    let look = Look::of(cell);
    let (left, top) = (MARGIN + x * WIDTH, MARGIN + y * HEIGHT);
    if drawing(cell.symbol(), left, top, 1).is_some() {
        let alike = (x + 1..buffer.area.width).take_while(|next| {
            let next = &buffer[(*next, y)];
            LONG.contains(&cell.symbol()) && next.symbol() == cell.symbol() && Look::of(next) == look
        });
        let length = 1 + u16::try_from(alike.count()).unwrap_or(0);
        look.behind(out, left, top, length, behind);
        let drawing = drawing(cell.symbol(), left, top, length).unwrap_or_default();
        let _ = writeln!(out, "{}", drawing.replace("COLOR", &look.color));
        return length;
    }
    let (mut text, mut length) = (String::new(), 0);
    while x + length < buffer.area.width {
        let next = &buffer[(x + length, y)];
        if Look::of(next) != look || drawing(next.symbol(), 0, 0, 1).is_some() {
            break;
        }
        text.push_str(next.symbol());
        length += u16::try_from(next.symbol().width()).unwrap_or(1).max(1);
    }
    look.behind(out, left, top, length, behind);
    let (trimmed, before) = (text.trim_end(), text.len() - text.trim_start().len());
    if !trimmed.is_empty() {
        let words = trimmed.trim_start();
        let left = left + u16::try_from(before).unwrap_or(0) * WIDTH;
        let (base, wide) = (top + 14, words.width() * usize::from(WIDTH));
        let _ = writeln!(
            out,
            "<text x=\"{left}\" y=\"{base}\" fill=\"{}\"{} textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            look.color,
            look.more,
            escaped(words)
        );
    }
    length
}

/// How a cell looks.
#[derive(PartialEq)]
struct Look {
    color: String,
    background: Option<String>,
    /// Further attributes.
    more: String,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut color, mut background) = (shown(cell.fg), rgb(cell.bg).map(hex));
        if cell.modifier.contains(Modifier::REVERSED) {
            let front = background.unwrap_or_else(|| "#16181d".to_owned());
            background = Some(std::mem::replace(&mut color, front));
        }
        let attributes = [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::DIM, " opacity=\"0.65\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        ];
        let more = attributes.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier));
        Self { color, background, more: more.map(|(_, attribute)| *attribute).collect() }
    }

    fn behind(&self, out: &mut String, left: u16, top: u16, cells: u16, behind: &str) {
        if let Some(color) = self.background.as_ref().filter(|color| *color != behind) {
            let width = cells * WIDTH;
            let _ = writeln!(
                out,
                "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{color}\"/>"
            );
        }
    }
}

fn shown(color: Color) -> String {
    rgb(color).map_or_else(|| "#c8ccd4".to_owned(), hex)
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What can be drawn as one, however many stand beside each other.
const LONG: [&str; 5] = ["─", "━", "█", "▓", "░"];

/// What is drawn instead of written, as often as given.
fn drawing(symbol: &str, left: u16, top: u16, times: u16) -> Option<String> {
    let whole = times * WIDTH;
    let block = |x: u16, y: u16, width: u16, height: u16, opacity: &str| {
        let (x, y) = (left + x, top + y);
        Some(format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"COLOR\"{opacity}/>"
        ))
    };
    match symbol {
        "█" => return block(0, 2, whole, HEIGHT - 4, ""),
        "▓" => return block(0, 2, whole, HEIGHT - 4, " opacity=\"0.6\""),
        "░" => return block(0, 2, whole, HEIGHT - 4, " opacity=\"0.35\""),
        "▌" => return block(0, 0, WIDTH / 2, HEIGHT, ""),
        _ => {}
    }
    if let Some(eighths) = "▁▂▃▄▅▆▇".chars().position(|bar| symbol == bar.to_string()) {
        let height = (u16::try_from(eighths).unwrap_or(0) + 1) * (HEIGHT - 3) / 8;
        return block(1, HEIGHT - height, WIDTH - 1, height, "");
    }
    lines(symbol, left, top, whole)
}

/// The arms of a line: left, right, up, down; 1 is thin, 2 is heavy.
fn arms(symbol: &str) -> Option<[u8; 4]> {
    Some(match symbol {
        "─" => [1, 1, 0, 0],
        "━" => [2, 2, 0, 0],
        "│" => [0, 0, 1, 1],
        "┃" => [0, 0, 2, 2],
        "╭" => [0, 1, 0, 1],
        "╮" => [1, 0, 0, 1],
        "╰" => [0, 1, 1, 0],
        "╯" => [1, 0, 1, 0],
        "┏" => [0, 2, 0, 2],
        "┓" => [2, 0, 0, 2],
        "┗" => [0, 2, 2, 0],
        "┛" => [2, 0, 2, 0],
        "┣" => [0, 2, 2, 2],
        "┫" => [2, 0, 2, 2],
        "┻" => [2, 2, 2, 0],
        "╸" => [2, 0, 0, 0],
        "╺" => [0, 2, 0, 0],
        "╹" => [0, 0, 2, 0],
        "╻" => [0, 0, 0, 2],
        _ => return None,
    })
}

fn lines(symbol: &str, left: u16, top: u16, whole: u16) -> Option<String> {
    let [to_left, to_right, up, down] = arms(symbol)?;
    let heavy = [to_left, to_right, up, down].contains(&2);
    let (right, bottom) = (left + whole, top + HEIGHT);
    let (x, y) = (f32::from(left) + f32::from(WIDTH) / 2.0, f32::from(top) + f32::from(HEIGHT) / 2.0);
    let mut path = String::new();
    let mut arm = |has: u8, end: String| {
        if has > 0 {
            let _ = write!(path, "M{x} {y}L{end}");
        }
    };
    arm(to_left, format!("{left} {y}"));
    arm(to_right, format!("{right} {y}"));
    arm(up, format!("{x} {top}"));
    arm(down, format!("{x} {bottom}"));
    let stroke = if heavy { "2.5" } else { "1" };
    Some(format!(
        "<path d=\"{path}\" stroke=\"COLOR\" stroke-width=\"{stroke}\" stroke-linecap=\"square\" fill=\"none\"/>"
    ))
}
