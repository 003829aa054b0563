//! What a part of the screen is for. A theme gives each role a style; a role without one looks like another role.

/// What a part of the screen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What matters less.
    Dim,
    /// Titles and what is focused.
    Title,
    /// Gauges and what can be done.
    Accent,
    /// Keys.
    Key,
    /// Links.
    Link,
    /// Borders.
    Border,
    /// The border of what is focused.
    Focus,
    /// The line that is chosen in a list.
    Selected,
    /// Complete, pass.
    Done,
    /// Partly, and warnings.
    Partly,
    /// Not seen or not tried.
    Question,
    /// Not there, or wrong.
    Not,
}

impl Role {
    /// All of them; none stands before the one that it looks like.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Dim,
        Self::Title,
        Self::Accent,
        Self::Key,
        Self::Link,
        Self::Border,
        Self::Focus,
        Self::Selected,
        Self::Done,
        Self::Partly,
        Self::Question,
        Self::Not,
    ];

    /// The key in a theme's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dim => "dim",
            Self::Title => "title",
            Self::Accent => "accent",
            Self::Key => "key",
            Self::Link => "link",
            Self::Border => "border",
            Self::Focus => "focus",
            Self::Selected => "selected",
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Question => "question",
            Self::Not => "not",
        }
    }

    /// The role whose style it has where a theme gives it none.
    pub fn looks_like(self) -> Option<Self> {
        match self {
            Self::Text => None,
            Self::Dim
            | Self::Title
            | Self::Accent
            | Self::Done
            | Self::Partly
            | Self::Question
            | Self::Not => Some(Self::Text),
            Self::Key | Self::Link | Self::Focus => Some(Self::Accent),
            Self::Border => Some(Self::Dim),
            Self::Selected => Some(Self::Title),
        }
    }
}
