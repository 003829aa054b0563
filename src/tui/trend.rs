//! The scores of this session: one for each audit and each job that ended.

use crate::cockpit::State;

/// How many of them are kept.
const MOST: usize = 200;

const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The scores of this session, oldest first.
#[derive(Debug, Default)]
pub struct Trend {
    scores: Vec<u8>,
    /// The round and the jobs that had ended when the last one was noted.
    last: Option<(u64, usize)>,
}

impl Trend {
    /// Notes the score of a state in which nothing is looked for and no job runs, once.
    pub fn note(&mut self, state: &State) {
        if state.is_looking() || state.assessment.verdict.is_none() || state.running_jobs().next().is_some() {
            return;
        }
        let now = (u64::from(state.round.id), state.jobs.len());
        let points = state.assessment.readiness.points;
        if self.last == Some(now) && self.scores.last() == Some(&points) {
            return;
        }
        self.last = Some(now);
        self.scores.push(points);
        if self.scores.len() > MOST {
            self.scores.remove(0);
        }
    }

    /// How many points it is up or down since the first; none before there are two.
    pub fn change(&self) -> Option<i16> {
        let [first, .., last] = self.scores.as_slice() else { return None };
        Some(i16::from(*last) - i16::from(*first))
    }

    /// The newest scores as bars from 0 to 100, a column each; one alone is no trend.
    pub fn bars(&self, width: usize) -> String {
        if self.scores.len() < 2 {
            return String::new();
        }
        let skipped = self.scores.len().saturating_sub(width);
        self.scores[skipped..].iter().map(|points| BARS[usize::from(*points).min(100) * 7 / 100]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::sample::{complete, jobs, report};

    #[test]
    fn a_score_is_noted_once_and_only_when_nothing_is_under_way() {
        let mut trend = Trend::default();
        trend.note(&jobs());
        assert_eq!(trend.bars(10), "", "a job runs");
        for _ in 0..3 {
            trend.note(&report());
        }
        assert_eq!((trend.bars(10).as_str(), trend.change()), ("", None), "one alone is no trend");
        trend.note(&complete());
        assert_eq!((trend.bars(10).as_str(), trend.change()), ("▄█", Some(55)));
        assert_eq!(trend.bars(1), "█");
    }
}
