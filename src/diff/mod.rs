//! What moved between two finished audits: item by item, and fact by fact. Pure.

mod items;
mod readings;
mod settings;
#[cfg(test)]
mod tests;

use crate::model::{Audit, AuditSummary, Item, Status, Symbol};

/// What moved between two audits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The first.
    pub a: AuditSummary,
    /// The second.
    pub b: AuditSummary,
    /// The ten items, in order.
    pub items: Vec<ItemDiff>,
    /// What was seen otherwise, in the order of the items.
    pub moved: Vec<Moved>,
    /// What the release and the policy said otherwise.
    pub settings: Vec<Setting>,
}

/// Which way something moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// As it was.
    Same,
    /// Better than it was.
    Better,
    /// Worse than it was.
    Worse,
    /// One of the two was not seen, so nobody knows.
    NotKnown,
    /// Another, and neither better nor worse.
    Other,
}

impl Sign {
    /// One column: `=`, `+`, `-`, `?`, `~`.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Same => "=",
            Self::Better => "+",
            Self::Worse => "-",
            Self::NotKnown => "?",
            Self::Other => "~",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NotKnown => "not known",
            Self::Other => "other",
        }
    }
}

/// An item in both audits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDiff {
    /// The item.
    pub item: Item,
    /// Which way it moved.
    pub sign: Sign,
    /// How it stood in the first.
    pub before: Standing,
    /// How it stood in the second.
    pub after: Standing,
}

/// How an item stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The status.
    pub status: Status,
    /// The mark beside it.
    pub symbol: Symbol,
    /// The points; none where it is off.
    pub points: Option<u8>,
    /// COMPLETE on bytes in a registry.
    pub proven: bool,
    /// The one line that mattered.
    pub note: String,
}

/// Something that was seen otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The item that it is about.
    pub item: Item,
    /// Where: image, repository, platform.
    pub place: String,
    /// What: `digest`, `signers`, `packages`.
    pub what: String,
    /// Which way.
    pub sign: Sign,
    /// What it was; none where nobody looked for it.
    pub before: Option<String>,
    /// What it is; none where nobody looked for it.
    pub after: Option<String>,
    /// Of a list: what is new and what is gone. Empty for everything else.
    pub list: ListChange,
}

/// How a list changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListChange {
    /// What only the second has.
    pub new: Vec<String>,
    /// What only the first has.
    pub gone: Vec<String>,
}

/// A setting that was another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its path: `policy.vulnerabilities.threshold`.
    pub path: String,
    /// What it was; none where it was not set.
    pub before: Option<String>,
    /// What it is; none where it is not set.
    pub after: Option<String>,
}

/// What moved from `a` to `b`.
pub fn diff(a: &Audit, b: &Audit) -> Diff {
    Diff {
        a: a.summary.clone(),
        b: b.summary.clone(),
        items: items::compare(&a.assessment, &b.assessment),
        moved: readings::compare(a, b),
        settings: settings::compare(a, b),
    }
}

impl Diff {
    /// The points that were won or lost.
    pub fn points(&self) -> i16 {
        i16::from(self.b.readiness.points) - i16::from(self.a.readiness.points)
    }

    /// How many items moved this way.
    pub fn count(&self, sign: Sign) -> usize {
        self.items.iter().filter(|item| item.sign == sign).count()
    }

    /// Whether everything was seen and judged the same.
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(|item| item.sign == Sign::Same && item.before == item.after)
            && self.moved.is_empty()
            && self.settings.is_empty()
            && self.a.verdict.words() == self.b.verdict.words()
    }

    /// What moved, in a line: `-25, GO → NO_GO, 1 worse, 2 not known`.
    pub fn summary(&self) -> String {
        let (before, after) = (self.a.verdict.words(), self.b.verdict.words());
        let verdict =
            if before == after { format!("still {after}") } else { format!("{before} → {after}") };
        let counted =
            [Sign::Better, Sign::Worse, Sign::NotKnown, Sign::Other].map(|sign| (sign, self.count(sign)));
        let counts = counted.into_iter().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(sign, count)| format!("{count} {}", sign.word()));
        let mut parts = vec![format!("{:+} points", self.points()), verdict];
        parts.extend(counts);
        parts.join(", ")
    }

    /// What moved of one item.
    pub fn moved_of(&self, item: Item) -> impl Iterator<Item = &Moved> {
        self.moved.iter().filter(move |moved| moved.item == item)
    }
}
