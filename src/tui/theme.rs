//! Roles → styles. A status is always symbol, word and colour, so a theme without colours loses nothing.

mod catalogue;
mod contrast;
mod depth;
mod role;
#[cfg(test)]
mod tests;
mod written;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

pub(super) use catalogue::Entry;
pub use catalogue::{AUTO, ThemeFile, Themes};
pub(in crate::tui) use contrast::{READABLE, Rgb, contrast, is_dark, rgb};
pub use depth::Depth;
pub use role::Role;
use written::Written;

use crate::model::{Decision, Symbol, Verdict};

/// The dark grey of sixteen colours is next to nothing on a console and in some schemes: it is for borders, not for
/// what is read.
fn legible(role: Role, style: Style) -> Style {
    match style.fg {
        Some(Color::DarkGray) if role != Role::Border => Style { fg: Some(Color::Reset), ..style },
        _ => style,
    }
}

/// How the parts of a screen look.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    name: String,
    /// What the whole screen is painted with; the terminal's own background where there is none.
    painted: Option<Color>,
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// A theme that comes with exitbar, for a terminal of so many colours.
    ///
    /// # Errors
    /// When no theme has this name.
    pub fn named(name: &str, depth: Depth) -> Result<Self, String> {
        Themes::default().theme(name, depth)
    }

    fn of(name: &str, written: &Written, depth: Depth) -> Self {
        let mut styles = [Style::new(); Role::ALL.len()];
        for role in Role::ALL {
            let own = written.styles.iter().find(|(known, _)| *known == role);
            styles[role as usize] = match (own, role.looks_like()) {
                (Some((_, style)), _) => legible(role, depth.fit(*style)),
                (None, Some(other)) => styles[other as usize],
                (None, None) => Style::new(),
            };
        }
        let background = written.background.filter(|color| *color != Color::Reset && depth > Depth::Basic);
        Self { name: name.to_owned(), painted: background.and_then(|color| depth.nearest(color)), styles }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// What the whole screen is painted with; none where that is the terminal's own affair.
    #[cfg(any(test, feature = "pictures"))]
    pub(in crate::tui) fn background(&self) -> Option<Rgb> {
        self.painted.and_then(rgb)
    }

    /// A style on the background of this theme, where another one has the screen.
    pub(in crate::tui) fn on_its_own(&self, style: Style) -> Style {
        Style { bg: style.bg.or(self.painted), ..style }
    }

    /// The same on the terminal's own background.
    fn unpainted(self) -> Self {
        Self { painted: None, ..self }
    }

    /// Whether every text of it can be read on a background.
    fn is_readable_on(&self, background: Rgb) -> bool {
        let texts = Role::ALL.into_iter().filter(|role| *role != Role::Border).map(|role| self.style(role));
        texts
            .filter(|style| style.bg.is_none())
            .all(|style| style.fg.and_then(rgb).is_none_or(|color| contrast(color, background) >= READABLE))
    }

    /// Puts the theme's own background and text under whatever has neither.
    pub(in crate::tui) fn paint(&self, buffer: &mut Buffer) {
        let Some(background) = self.painted else { return };
        let text = self.style(Role::Text).fg.unwrap_or(Color::Reset);
        for cell in &mut buffer.content {
            if cell.bg == Color::Reset {
                cell.bg = background;
            }
            if cell.fg == Color::Reset {
                cell.fg = text;
            }
        }
    }

    /// Ordinary text.
    pub fn text(&self) -> Style {
        self.style(Role::Text)
    }

    /// What matters less.
    pub fn dim(&self) -> Style {
        self.style(Role::Dim)
    }

    /// Titles.
    pub fn title(&self) -> Style {
        self.style(Role::Title).add_modifier(Modifier::BOLD)
    }

    /// Gauges and what can be done.
    pub fn accent(&self) -> Style {
        self.style(Role::Accent)
    }

    /// Keys.
    pub fn key(&self) -> Style {
        self.style(Role::Key)
    }

    /// Links.
    pub fn link(&self) -> Style {
        self.style(Role::Link)
    }

    /// The line that is chosen in a list.
    pub fn selected(&self) -> Style {
        self.style(Role::Selected)
    }

    /// Borders.
    pub fn border(&self, focused: bool) -> Style {
        if focused { self.style(Role::Focus).add_modifier(Modifier::BOLD) } else { self.style(Role::Border) }
    }

    /// A status.
    pub fn symbol(&self, symbol: Symbol) -> Style {
        match symbol {
            Symbol::Done => self.style(Role::Done),
            Symbol::Partly => self.style(Role::Partly),
            Symbol::Question => self.style(Role::Question),
            Symbol::Not => self.style(Role::Not),
            Symbol::Looking | Symbol::Off => self.dim(),
        }
    }

    /// The verdict.
    pub fn verdict(&self, verdict: Option<&Verdict>) -> Style {
        let role = match verdict.map(|verdict| (verdict.decision, verdict.conditional)) {
            Some((Decision::GO, false)) => Role::Done,
            Some((Decision::GO, true)) => Role::Partly,
            Some((Decision::NO_GO, _)) => Role::Not,
            None => Role::Dim,
        };
        self.style(role).add_modifier(Modifier::BOLD)
    }

    /// Trouble that the operator should see.
    pub fn warning(&self) -> Style {
        self.style(Role::Partly).add_modifier(Modifier::BOLD)
    }
}
