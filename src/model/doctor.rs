//! What the doctor says of this machine.

/// One line of an examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorLine {
    /// What it is about: engines, registries, the store.
    pub section: &'static str,
    /// How it is.
    pub health: Health,
    /// What was seen, or what could not be and why.
    pub text: String,
    /// How to mend it.
    pub cure: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Good,
    /// It should be known; the release can do without.
    Note,
    /// The release needs it, and it does not work.
    Bad,
}

impl Health {
    /// The mark before the line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "\u{2713}",
            Self::Note => "!",
            Self::Bad => "\u{2717}",
        }
    }
}
