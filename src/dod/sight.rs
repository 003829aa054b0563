//! Something that a check looks for: seen, not to be seen, or not answered yet.

use crate::model::{Observed, Reason, ReasonKind};

/// Something that a check looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight<T> {
    /// Not answered yet.
    Pending,
    /// It could not be seen.
    Unknown(Reason),
    /// It was seen.
    Seen(T),
}

impl<T> Sight<T> {
    /// The same with `f` applied to what was seen.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sight<U> {
        self.and_then(|seen| Sight::Seen(f(seen)))
    }

    /// What `f` sees next.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Sight<U>) -> Sight<U> {
        match self {
            Self::Pending => Sight::Pending,
            Self::Unknown(reason) => Sight::Unknown(reason),
            Self::Seen(seen) => f(seen),
        }
    }

    /// What was seen, if it was.
    pub fn seen(self) -> Option<T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Pending | Self::Unknown(_) => None,
        }
    }
}

impl<'a, T> Sight<&'a T> {
    /// A fact that must be there because something names it: if it is not, that cannot be judged.
    pub fn of(observed: Option<&'a Observed<T>>) -> Self {
        match observed {
            None => Self::Pending,
            Some(Observed::Seen(seen)) => Self::Seen(seen),
            Some(Observed::Unknown(reason)) => Self::Unknown(reason.clone()),
            Some(Observed::Absent(absence)) => {
                Self::Unknown(Reason::new(ReasonKind::Unreadable, format!("named, but not there: {absence}")))
            }
        }
    }
}
