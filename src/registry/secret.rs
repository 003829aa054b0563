//! Values that must not be seen: passwords, tokens.

use std::fmt;

use reqwest::header::HeaderValue;

/// A password or token. Its `Debug` shows nothing, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself: for a header or the body of a token request, and nowhere else.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// `Bearer …`, marked as sensitive; none where it holds characters that no header may.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        sensitive(&format!("Bearer {}", self.0))
    }

    /// `Basic …`, marked as sensitive.
    pub(super) fn basic(&self, user: &str) -> Option<HeaderValue> {
        use base64::Engine as _;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", self.0));
        sensitive(&format!("Basic {pair}"))
    }
}

fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
