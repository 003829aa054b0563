//! A table of the file, read key by key: what has the wrong type or name becomes a problem.

use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, did_you_mean, nearest};

/// A text of the file with its place.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub value: String,
    pub at: Range<usize>,
}

/// A table with the keys that it may have.
pub(super) struct Section<'t> {
    /// As it is written in messages: `[release]`, `[[image]]`, `build`.
    pub name: String,
    /// Where it begins, for what is missing.
    pub at: Range<usize>,
    table: &'t DeTable<'t>,
    /// Keys that are there under a misspelt name: that was said, so that they are missing is not said too.
    misspelt: Vec<String>,
    problems: &'t Problems<'t>,
}

impl<'t> Section<'t> {
    /// Opens a table; keys that are not in `known` are problems.
    pub fn open(
        name: impl Into<String>,
        at: Range<usize>,
        table: &'t DeTable<'t>,
        known: &[&str],
        problems: &'t Problems<'t>,
    ) -> Self {
        let name = name.into();
        let mut misspelt = Vec::new();
        for key in table.keys() {
            let written = key.get_ref().as_ref();
            if known.contains(&written) {
                continue;
            }
            let meant = nearest(written, known.iter().copied());
            misspelt.extend(meant.map(str::to_owned));
            let help = meant.map_or_else(|| format!("known here: {}", known.join(", ")), did_you_mean);
            problems.add(&key.span(), format!("unknown key `{written}` in {name}"), Some(help));
        }
        Self { name, at, table, misspelt, problems }
    }

    /// Whether the key is neither there nor misspelt.
    pub fn lacks(&self, key: &str) -> bool {
        !self.has(key) && !self.misspelt.iter().any(|meant| meant == key)
    }

    /// A table whose keys are the operator's own words.
    pub fn entries(&self) -> Vec<(Text, &'t Spanned<DeValue<'t>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| (Text { value: key.get_ref().to_string(), at: key.span() }, value))
            .collect();
        entries.sort_by_key(|(key, _)| key.at.start);
        entries
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value under `key`.
    pub fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    /// Where the value of `key` is, or else the section.
    pub fn place(&self, key: &str) -> Range<usize> {
        self.value(key).map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// Notes a problem.
    pub fn problem(&self, at: &Range<usize>, message: impl Into<String>, help: Option<&str>) {
        self.problems.add(at, message, help.map(str::to_owned));
    }

    /// Where problems go.
    pub fn problems(&self) -> &'t Problems<'t> {
        self.problems
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = value.get_ref().type_str();
        self.problems.add(
            &value.span(),
            format!("`{key}` of {} is {} {found}", self.name, article(found)),
            Some(format!("expected {expected}")),
        );
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str, expected: &str) -> Option<Text> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(Text { value: text.to_owned(), at: value.span() }),
            Some(_) => {
                let help = format!("expected {expected}");
                self.problem(&value.span(), format!("`{key}` of {} is empty", self.name), Some(&help));
                None
            }
            None => {
                self.wrong_type(key, value, expected);
                None
            }
        }
    }

    /// A text that has to be there.
    pub fn required(&self, key: &str, expected: &str) -> Option<Text> {
        if self.lacks(key) {
            self.problem(
                &self.at,
                format!("{} has no `{key}`", self.name),
                Some(&format!("add {key} = {expected}")),
            );
        }
        self.text(key, &format!("a text such as {expected}"))
    }

    /// A text that is parsed.
    pub fn parsed<T: FromStr<Err: ToString>>(&self, key: &str, expected: &str) -> Option<T> {
        self.parse(&self.text(key, expected)?)
    }

    /// Parses a text of this section.
    pub fn parse<T: FromStr<Err: ToString>>(&self, text: &Text) -> Option<T> {
        match text.value.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.problem(&text.at, error.to_string(), None);
                None
            }
        }
    }

    /// A text that is read by `reader`, which says what is wrong and what would be right.
    pub fn read<T>(
        &self,
        key: &str,
        expected: &str,
        reader: impl FnOnce(&str) -> Result<T, (String, Option<String>)>,
    ) -> Option<T> {
        let text = self.text(key, expected)?;
        match reader(&text.value) {
            Ok(value) => Some(value),
            Err((message, help)) => {
                self.problems.add(&text.at, format!("`{key}` of {}: {message}", self.name), help);
                None
            }
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        flag
    }

    /// A list of texts.
    pub fn texts(&self, key: &str, expected: &str) -> Option<Vec<Text>> {
        let value = self.value(key)?;
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, expected);
            return None;
        };
        let texts = list.iter().filter_map(|element| {
            let text = element.get_ref().as_str();
            if text.is_none() {
                let found = element.get_ref().type_str();
                let message = format!("`{key}` of {} holds {} {found}", self.name, article(found));
                self.problem(&element.span(), message, Some(&format!("expected {expected}")));
            }
            Some(Text { value: text?.to_owned(), at: element.span() })
        });
        Some(texts.collect())
    }

    /// A list of texts that is not empty: a command, for example.
    pub fn some_texts(&self, key: &str, expected: &str) -> Option<Vec<String>> {
        let texts = self.texts(key, expected)?;
        if texts.is_empty() || texts[0].value.is_empty() {
            let expected = format!("expected {expected}");
            self.problem(&self.place(key), format!("`{key}` of {} is empty", self.name), Some(&expected));
            return None;
        }
        Some(texts.into_iter().map(|text| text.value).collect())
    }

    /// A list of texts, each parsed; the same one twice is a problem.
    pub fn parsed_list<T: FromStr<Err: ToString> + PartialEq>(
        &self,
        key: &str,
        expected: &str,
    ) -> Option<Vec<T>> {
        let mut list = Vec::new();
        for text in self.texts(key, expected)? {
            let Some(parsed) = self.parse(&text) else { continue };
            if list.contains(&parsed) {
                self.problem(&text.at, format!("`{}` is in `{key}` twice", text.value), Some("name it once"));
            } else {
                list.push(parsed);
            }
        }
        Some(list)
    }

    /// A table below this one.
    pub fn section(&self, key: &str, name: impl Into<String>, known: &[&str]) -> Option<Section<'t>> {
        let value = self.value(key)?;
        self.open_value(key, value, name, known)
    }

    /// Opens a value as a table.
    pub fn open_value(
        &self,
        key: &str,
        value: &'t Spanned<DeValue<'t>>,
        name: impl Into<String>,
        known: &[&str],
    ) -> Option<Section<'t>> {
        if let Some(table) = value.get_ref().as_table() {
            return Some(Section::open(name, value.span(), table, known, self.problems));
        }
        self.wrong_type(key, value, &format!("a table with {}", known.join(", ")));
        None
    }

    /// Tables below this one, written `[[key]]`.
    pub fn sections(&self, key: &str, known: &[&str]) -> Vec<Section<'t>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &format!("tables that begin with [[{key}]]"));
            return Vec::new();
        };
        list.iter().filter_map(|one| self.open_value(key, one, format!("[[{key}]]"), known)).collect()
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
