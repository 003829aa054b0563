//! How the cockpit looks and what it asks of the terminal.

use super::policy::unknown_word;
use super::section::Section;

/// How the cockpit looks and what it asks of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenSettings {
    /// The theme's name.
    pub theme: Option<String>,
    /// Whether ASCII has to do, whatever the terminal says of itself.
    pub ascii: bool,
    /// Whether clicks and the wheel are taken; where not, the terminal's own selection works.
    pub mouse: bool,
    /// Which way a copy goes.
    pub clipboard: ClipboardSetting,
}

impl Default for ScreenSettings {
    fn default() -> Self {
        Self { theme: None, ascii: false, mouse: true, clipboard: ClipboardSetting::Auto }
    }
}

/// Which way a copy goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ClipboardSetting {
    /// By what the environment suggests.
    #[default]
    Auto,
    /// Through the terminal.
    Osc52,
    /// Nowhere.
    Off,
    /// To the standard input of a program.
    Command(Vec<String>),
}

const WORDS: [&str; 3] = ["auto", "osc52", "off"];

/// Reads the settings, which stand at the top of the file.
pub(super) fn read(top: &Section<'_>) -> ScreenSettings {
    let usual = ScreenSettings::default();
    ScreenSettings {
        theme: top.text("theme", "the name of a theme").map(|text| text.value),
        ascii: top.flag("ascii").unwrap_or(usual.ascii),
        mouse: top.flag("mouse").unwrap_or(usual.mouse),
        clipboard: clipboard(top).unwrap_or(usual.clipboard),
    }
}

fn clipboard(top: &Section<'_>) -> Option<ClipboardSetting> {
    const EXPECTED: &str = "\"auto\", \"osc52\", \"off\" or a command such as [\"wl-copy\"]";
    let value = top.value("clipboard")?;
    if value.get_ref().as_str().is_none() {
        let words: Vec<String> =
            top.texts("clipboard", EXPECTED)?.into_iter().map(|text| text.value).collect();
        if words.is_empty() {
            top.problem(
                &value.span(),
                "`clipboard` is an empty command",
                Some(&format!("expected {EXPECTED}")),
            );
            return None;
        }
        return Some(ClipboardSetting::Command(words));
    }
    top.read("clipboard", EXPECTED, |written| match written {
        "auto" => Ok(ClipboardSetting::Auto),
        "osc52" => Ok(ClipboardSetting::Osc52),
        "off" => Ok(ClipboardSetting::Off),
        _ => Err(unknown_word("clipboard, and a command is a list", written, &WORDS)),
    })
}
