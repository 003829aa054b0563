//! YAML, with the lines of what is in it.

use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;

use crate::model::text::clean_line;

/// Reads a text as what it is to be.
///
/// # Errors
/// What is wrong with it, with its line.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, (u32, String)> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| u32::try_from(location.line()).unwrap_or(u32::MAX));
        let message = error.to_string();
        let first = clean_line(message.lines().next().unwrap_or_default());
        (line, first.chars().take(200).collect())
    })
}

/// The line where something begins; of a `|` block its first line of content.
pub(crate) fn line<T>(of: &Spanned<T>) -> u32 {
    u32::try_from(of.defined.line()).unwrap_or(u32::MAX)
}
