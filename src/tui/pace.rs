//! When the next frame is due. Nothing is drawn unless something changed (design, "Frames").

use std::time::Duration;

use tokio::time::Instant;

/// The least time between two frames that nobody asked for by a key.
const FRAME: Duration = Duration::from_millis(33);
/// How often the spinner turns while something is under way.
const SPIN: Duration = Duration::from_millis(125);

/// When the next frame is due.
#[derive(Debug)]
pub(super) struct Pace {
    due: Option<Instant>,
    drawn: Option<Instant>,
    turned: Instant,
    turn: usize,
}

impl Pace {
    /// The first frame is due now.
    pub fn new(now: Instant) -> Self {
        Self { due: Some(now), drawn: None, turned: now, turn: 0 }
    }

    /// The operator did something, or the window changed: the next frame is due now.
    pub fn at_once(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// Something else changed: the next frame is due as soon as frames may follow each other.
    pub fn soon(&mut self, now: Instant) {
        let earliest = self.drawn.map_or(now, |drawn| now.max(drawn + FRAME));
        self.due = Some(self.due.map_or(earliest, |due| due.min(earliest)));
    }

    /// When to wake; never, while nothing changed and nothing is under way.
    pub fn next(&self, busy: bool) -> Option<Instant> {
        let turn = busy.then(|| self.turned + SPIN);
        self.due.into_iter().chain(turn).min()
    }

    /// Whether to draw now. Turns the spinner where it is time to.
    pub fn woke(&mut self, now: Instant, busy: bool) -> bool {
        if busy && now >= self.turned + SPIN {
            self.turned = now;
            self.turn += 1;
            self.due = Some(now);
        }
        self.due.is_some_and(|due| due <= now)
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.due = None;
        self.drawn = Some(now);
    }

    /// How often the spinner has turned.
    pub fn turn(&self) -> usize {
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn without_a_change_the_screen_never_wakes() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(pace.next(false), Some(now), "the first frame");
        assert!(pace.woke(now, false));
        pace.drawn(now);
        assert_eq!(pace.next(false), None);
        assert!(!pace.woke(now + ms(60_000), false));
    }

    #[test]
    fn a_key_draws_at_once_and_other_changes_at_most_every_33_ms() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.drawn(now);
        pace.soon(now + ms(1));
        assert_eq!(pace.next(false), Some(now + FRAME));
        assert!(!pace.woke(now + ms(32), false));
        pace.at_once(now + ms(2));
        assert_eq!(pace.next(false), Some(now + ms(2)));
        pace.drawn(now + ms(2));
        pace.soon(now + ms(500));
        assert_eq!(pace.next(false), Some(now + ms(500)), "long after a frame there is nothing to wait for");
        pace.soon(now + ms(501));
        assert_eq!(pace.next(false), Some(now + ms(500)), "a flood of changes does not put the frame off");
    }

    #[test]
    fn the_spinner_turns_eight_times_a_second_and_only_while_something_is_under_way() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.drawn(now);
        let mut frames = 0;
        while let Some(next) = pace.next(true).filter(|next| *next <= now + ms(1000)) {
            if pace.woke(next, true) {
                pace.drawn(next);
                frames += 1;
            }
        }
        assert_eq!((frames, pace.turn()), (8, 8));
        assert_eq!(pace.next(false), None);
    }
}
