//! The file as it will be: sections of settings, each with where it comes from.

use std::fmt::{Display, Write as _};

use super::value::Value;
use crate::model::text::clean_line;

/// How sure a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It was read.
    Found,
    /// It follows from what was read, and may be wrong.
    Guessed,
    /// Nothing says it: somebody has to.
    FillIn,
}

/// Something that init says of what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How sure it is.
    pub certainty: Certainty,
    /// What it is about: `[release] version`; empty for the whole.
    pub about: String,
    /// Where it comes from, or what to do.
    pub text: String,
}

/// A configuration to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is said of the whole.
    pub(super) remarks: Vec<(Certainty, String)>,
    pub(super) sections: Vec<Section>,
}

/// A table with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// `[release]`, `[[image]]`.
    header: &'static str,
    /// Which one of several.
    which: Option<String>,
    /// What is said before it.
    notes: Vec<(Certainty, String)>,
    settings: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    key: &'static str,
    value: Value,
    /// Written as a comment.
    is_suggestion: bool,
    certainty: Certainty,
    says: String,
}

impl Section {
    pub fn new(header: &'static str) -> Self {
        Self { header, which: None, notes: Vec::new(), settings: Vec::new() }
    }

    /// One of several tables of that name.
    pub fn of(header: &'static str, which: &str) -> Self {
        Self { which: Some(which.to_owned()), ..Self::new(header) }
    }

    /// A setting, and where it comes from; nothing where that is plain.
    pub fn set(&mut self, certainty: Certainty, key: &'static str, value: Value, says: impl Display) {
        let says = says.to_string();
        self.settings.push(Setting { key, value, is_suggestion: false, certainty, says });
    }

    /// A setting that is left out until somebody wants it.
    pub fn suggest(&mut self, certainty: Certainty, key: &'static str, value: Value, says: impl Display) {
        let says = says.to_string();
        self.settings.push(Setting { key, value, is_suggestion: true, certainty, says });
    }

    /// What is to be known of the whole table.
    pub fn note(&mut self, certainty: Certainty, text: impl Display) {
        self.notes.push((certainty, text.to_string()));
    }

    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// Whether all of it is left out until somebody wants it: then its header is, too.
    fn is_suggestion(&self) -> bool {
        self.settings.iter().all(|setting| setting.is_suggestion)
    }

    fn title(&self) -> String {
        match &self.which {
            Some(which) => format!("{} {which}", self.header),
            None => self.header.to_owned(),
        }
    }
}

impl Draft {
    /// The text of the file.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "# exitbar.toml, written by `exitbar init` from what it found here. Check what is GUESSED and do what FILL IN\n\
             # says; a line such as `#key = …` is a setting that is not set. config.example.toml has every key.\n",
        );
        for (certainty, text) in &self.remarks {
            comment(&mut out, *certainty, text);
        }
        for section in &self.sections {
            out.push('\n');
            for (certainty, text) in &section.notes {
                comment(&mut out, *certainty, text);
            }
            let sign = if section.is_suggestion() { "#" } else { "" };
            let _ = writeln!(out, "{sign}{}", section.header);
            for setting in &section.settings {
                let sign = if setting.is_suggestion { "#" } else { "" };
                let line = format!("{sign}{} = {}", setting.key, setting.value);
                if setting.says.is_empty() {
                    let _ = writeln!(out, "{line}");
                    continue;
                }
                let beside = format!("{line}   # {}", clean_line(&setting.says));
                if setting.certainty == Certainty::Found && beside.chars().count() <= WIDTH {
                    let _ = writeln!(out, "{beside}");
                } else {
                    comment(&mut out, setting.certainty, &setting.says);
                    let _ = writeln!(out, "{line}");
                }
            }
        }
        out
    }

    /// Everything that is found, guessed and left to be filled in.
    pub fn said(&self) -> Vec<Said> {
        let whole = self.remarks.iter().map(|(certainty, text)| Said {
            certainty: *certainty,
            about: String::new(),
            text: text.clone(),
        });
        let of_sections = self.sections.iter().flat_map(|section| {
            let title = section.title();
            let notes = section.notes.iter().map({
                let title = title.clone();
                move |(certainty, text)| Said {
                    certainty: *certainty,
                    about: title.clone(),
                    text: text.clone(),
                }
            });
            notes.chain(section.settings.iter().map(move |setting| {
                let text = match (setting.is_suggestion, setting.says.as_str()) {
                    (true, says) => says.to_owned(),
                    (false, "") => setting.value.to_string(),
                    (false, says) => format!("{} ({says})", setting.value),
                };
                Said { certainty: setting.certainty, about: format!("{title} {}", setting.key), text }
            }))
        });
        whole.chain(of_sections).collect()
    }
}

/// The longest line of a comment, without its sign.
const WIDTH: usize = 118;

/// A comment of as many lines as it needs.
fn comment(out: &mut String, certainty: Certainty, text: &str) {
    let mark = match certainty {
        Certainty::Found => "",
        Certainty::Guessed => "GUESSED: ",
        Certainty::FillIn => "FILL IN: ",
    };
    let text = format!("{mark}{}", clean_line(text));
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH {
            let _ = writeln!(out, "# {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "# {line}");
}
