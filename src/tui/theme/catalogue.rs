//! The themes that there are: those that come with exitbar, and the user's own.

use std::path::PathBuf;

use super::contrast::Rgb;
use super::written::{self, Written};
use super::{Depth, Theme};
use crate::model::spelling::{did_you_mean, nearest};
use crate::model::text;

/// The theme that follows the terminal's background.
pub const AUTO: &str = "auto";

const DARK: &str = "dark";
const LIGHT: &str = "light";
pub(super) const MONO: &str = "mono";

const BUILT_IN: [(&str, &str); 8] = [
    (DARK, include_str!("../../../themes/dark.toml")),
    (LIGHT, include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("color-blind", include_str!("../../../themes/color-blind.toml")),
    ("color-blind-light", include_str!("../../../themes/color-blind-light.toml")),
    ("catppuccin-mocha", include_str!("../../../themes/catppuccin-mocha.toml")),
    ("gruvbox-dark", include_str!("../../../themes/gruvbox-dark.toml")),
    (MONO, include_str!("../../../themes/mono.toml")),
];

/// A file of the user's folder of themes.
#[derive(Debug, Clone)]
pub struct ThemeFile {
    /// The file; its name without the ending is the theme's.
    pub file: PathBuf,
    /// What it says, or why it could not be read.
    pub text: Result<String, String>,
}

/// The themes that there are.
#[derive(Debug, Clone)]
pub struct Themes {
    entries: Vec<Entry>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(in crate::tui) struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is the user's own.
    pub own: bool,
    /// What is wrong with it, or what its file says.
    written: Result<Written, String>,
}

impl Entry {
    /// A line about it, or what is wrong with it.
    pub fn about(&self) -> &str {
        match &self.written {
            Ok(written) => written.about.as_deref().unwrap_or_default(),
            Err(why) => why,
        }
    }
}

impl Default for Themes {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Themes {
    /// Those that come with exitbar, and those of these files. A file of the same name changes what it names
    /// in the theme that comes with exitbar, and leaves the rest.
    pub fn new(files: Vec<ThemeFile>) -> Self {
        let entry = |(name, text): &(&str, &str)| Entry {
            name: (*name).to_owned(),
            own: false,
            written: written::read(&format!("themes/{name}.toml"), text),
        };
        let mut themes = Self { entries: BUILT_IN.iter().map(entry).collect() };
        for ThemeFile { file, text } in files {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let name = text::clean_line(&name).into_owned();
            let shown = file.display().to_string();
            let written = text.and_then(|text| written::read(&shown, &text));
            match themes.entries.iter_mut().find(|entry| entry.name == name) {
                Some(entry) => {
                    entry.own = true;
                    entry.written = match (written, &entry.written) {
                        (Ok(mine), Ok(theirs)) if mine.inherits.is_none() => Ok(over(mine, theirs)),
                        (mine, _) => mine,
                    };
                }
                None => themes.entries.push(Entry { name, own: true, written }),
            }
        }
        themes
    }

    /// All of them, in the order in which they are shown.
    pub(in crate::tui) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A theme by its name, for a terminal of so many colours.
    ///
    /// # Errors
    /// When there is none of this name, or something is wrong with its file.
    pub fn theme(&self, name: &str, depth: Depth) -> Result<Theme, String> {
        // Without colours every theme is the one that needs none.
        let written = self.whole(name, &mut Vec::new())?;
        let written = if depth == Depth::None { self.whole(MONO, &mut Vec::new())? } else { written };
        Ok(Theme::of(name, &written, depth))
    }

    /// `dark` or `light`, as suits the terminal's background; where nothing is known of it, `dark` and its own background.
    ///
    /// # Errors
    /// When something is wrong with the user's file of that name.
    pub fn automatic(&self, background: Option<Rgb>, depth: Depth) -> Result<Theme, String> {
        let Some(background) = background else { return self.theme(DARK, depth) };
        let theme = self.theme(if super::is_dark(background) { DARK } else { LIGHT }, depth)?;
        // The terminal's own background stays where everything can be read on it.
        Ok(if theme.is_readable_on(background) { theme.unpainted() } else { theme })
    }

    /// What a theme says together with what it inherits.
    fn whole(&self, name: &str, heirs: &mut Vec<String>) -> Result<Written, String> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else {
            return Err(self.unknown(name, heirs.last()));
        };
        let written = entry.written.clone()?;
        let Some(parent) = written.inherits.clone() else { return Ok(written) };
        heirs.push(name.to_owned());
        if heirs.contains(&parent) {
            return Err(format!("the theme `{name}` inherits from itself: {}, {parent}", heirs.join(", ")));
        }
        Ok(over(written, &self.whole(&parent, heirs)?))
    }

    fn unknown(&self, name: &str, heir: Option<&String>) -> String {
        let names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        let help = nearest(name, names.iter().copied().chain([AUTO]))
            .map_or_else(|| format!("there are {AUTO}, {}", names.join(", ")), did_you_mean);
        let name = text::clean_line(name);
        let by = heir.map(|heir| format!(", which `{heir}` inherits")).unwrap_or_default();
        format!("no theme is named `{name}`{by}; {help}")
    }
}

/// What one says, and what the other says where it says nothing.
fn over(mut mine: Written, theirs: &Written) -> Written {
    mine.about = mine.about.or_else(|| theirs.about.clone());
    mine.background = mine.background.or(theirs.background);
    for (role, style) in &theirs.styles {
        if !mine.styles.iter().any(|(own, _)| own == role) {
            mine.styles.push((*role, *style));
        }
    }
    mine
}
