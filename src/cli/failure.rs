//! A command that ended without its result.

use super::exit;

/// A command that ended without its result: the exit code and what to say.
#[derive(Debug)]
pub(super) struct Failure {
    pub code: u8,
    pub text: String,
}

impl Failure {
    pub fn usage(text: impl std::fmt::Display) -> Self {
        Self { code: exit::USAGE, text: text.to_string() }
    }

    pub fn own(text: impl ToString) -> Self {
        Self { code: exit::OWN_FAILURE, text: text.to_string() }
    }
}
