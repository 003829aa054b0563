//! What a check sees of one digest, and how what was seen of several becomes a cell.

use crate::model::{Cell, FactKey, ImageName, Level, Outcome, Platform, Reason, Repository};

/// What a check sees of one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    /// What was seen.
    pub outcome: Outcome,
    /// One line about it.
    pub reason: String,
    /// The facts that it rests on.
    pub because: Vec<FactKey>,
    /// The level of the evidence.
    pub level: Option<Level>,
    /// Whether it was judged on bytes in a registry.
    pub in_registry: bool,
    /// Whether a `fail` stops the release whatever the score.
    pub hard_stop: bool,
    /// Passes, and yet keeps the verdict at conditional.
    pub cap: Option<String>,
    /// What does not count and should be known all the same.
    pub warnings: Vec<String>,
}

impl Judgement {
    fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            reason: reason.into(),
            because: Vec::new(),
            level: None,
            in_registry: false,
            hard_stop: false,
            cap: None,
            warnings: Vec::new(),
        }
    }

    /// The requirement holds.
    pub fn pass(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, reason)
    }

    /// Short of it.
    pub fn soft(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Soft, reason)
    }

    /// Contradicts it.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, reason)
    }

    /// Contradicts it so that nothing may go live.
    pub fn hard_stop(reason: impl Into<String>) -> Self {
        Self { hard_stop: true, ..Self::fail(reason) }
    }

    /// Authoritatively not there.
    pub fn absent(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Absent, reason)
    }

    /// Nobody asked for it yet.
    pub fn untried(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Untried, reason)
    }

    /// It could not be seen.
    pub fn unknown(reason: &Reason) -> Self {
        Self::new(Outcome::Unknown, reason.to_string())
    }

    /// Not answered yet.
    pub fn pending() -> Self {
        Self::new(Outcome::Pending, "looking")
    }

    /// The same, resting on these facts too.
    pub fn because(mut self, keys: impl IntoIterator<Item = FactKey>) -> Self {
        self.because.extend(keys);
        self
    }

    /// The same, with the level of its evidence and whether that is about bytes in a registry.
    pub fn seen_at(mut self, level: Level, in_registry: bool) -> Self {
        self.level = Some(level);
        self.in_registry = in_registry;
        self
    }

    /// The same with a warning.
    pub fn warn(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// Several digests seen for one cell: the worst counts, and it is unknown only if none could be seen.
    /// None when there is nothing to judge.
    pub fn worst(judgements: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut judgements: Vec<Self> = judgements.into_iter().collect();
        let warnings: Vec<String> =
            judgements.iter_mut().flat_map(|judged| judged.warnings.drain(..)).collect();
        let rank = |judged: &Self| match judged.outcome {
            Outcome::Pending => 0,
            Outcome::Fail if judged.hard_stop => 1,
            Outcome::Fail => 2,
            Outcome::Absent => 3,
            Outcome::Untried => 4,
            Outcome::Soft => 5,
            Outcome::Pass => 6,
            Outcome::Unknown => 7,
        };
        let in_registry = judgements.iter().all(|judged| judged.in_registry);
        let mut worst = judgements.into_iter().min_by_key(rank)?;
        worst.in_registry &= in_registry || worst.outcome != Outcome::Pass;
        worst.warnings = warnings;
        Some(worst)
    }

    /// As a cell.
    pub fn cell(
        self,
        image: &ImageName,
        repository: Option<&Repository>,
        platform: Option<&Platform>,
    ) -> Cell {
        Cell {
            image: image.clone(),
            repository: repository.cloned(),
            platform: platform.cloned(),
            outcome: self.outcome,
            reason: self.reason,
            because: self.because,
            level: self.level,
            in_registry: self.in_registry,
            hard_stop: self.hard_stop,
            beyond: false,
            cap: self.cap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReasonKind;

    #[test]
    fn of_several_digests_the_worst_counts_and_an_unread_one_only_when_alone() {
        let unknown = || Judgement::unknown(&Reason::new(ReasonKind::TimedOut, "no answer in 10 s"));
        let worst = |judgements: Vec<Judgement>| Judgement::worst(judgements).unwrap().outcome;
        assert_eq!(worst(vec![Judgement::pass(""), Judgement::fail("")]), Outcome::Fail);
        assert_eq!(worst(vec![Judgement::pass(""), unknown()]), Outcome::Pass);
        assert_eq!(worst(vec![unknown(), unknown()]), Outcome::Unknown);
        assert_eq!(worst(vec![Judgement::soft(""), Judgement::untried("")]), Outcome::Untried);
        assert_eq!(worst(vec![Judgement::fail(""), Judgement::pending()]), Outcome::Pending);
        assert_eq!(Judgement::worst(Vec::new()), None);
    }
}
