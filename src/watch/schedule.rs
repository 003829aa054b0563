//! When the next look is due: at an interval, with jitter, so that many watchers do not ask at once.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// How often tags are polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Between two looks, on average.
    pub interval: Duration,
}

impl Schedule {
    /// How long to wait before the next look: the interval, up to a tenth more or less.
    pub fn pause(self) -> Duration {
        // Every `RandomState` is seeded anew: enough to keep many clients apart.
        let random = RandomState::new().build_hasher().finish() % 1_001;
        self.pause_by(u32::try_from(random).unwrap_or(500))
    }

    /// The same with a number from 0 to 1000.
    fn pause_by(self, random: u32) -> Duration {
        self.interval * 9 / 10 + self.interval / 5 * random / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_the_interval_give_or_take_a_tenth() {
        let schedule = Schedule { interval: Duration::from_mins(1) };
        assert_eq!(schedule.pause_by(0), Duration::from_secs(54));
        assert_eq!(schedule.pause_by(500), Duration::from_mins(1));
        assert_eq!(schedule.pause_by(1_000), Duration::from_secs(66));
        let pause = schedule.pause();
        assert!(pause >= Duration::from_secs(54) && pause <= Duration::from_secs(66), "{pause:?}");
    }
}
