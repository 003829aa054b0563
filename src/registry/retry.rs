//! When a request is sent again, and after how long.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;

/// The pause before retry number `attempt` (from 0): doubled each time, between half of it and all of it.
pub(super) fn pause(first: Duration, attempt: u32) -> Duration {
    let whole = first.saturating_mul(1 << attempt.min(6));
    // Every `RandomState` is seeded anew: enough to keep many clients apart.
    let random = RandomState::new().build_hasher().finish() % 1_000;
    let random = u32::try_from(random).unwrap_or(0);
    whole / 2 + whole / 2 * random / 1_000
}

/// How long a `Retry-After` asks to wait (RFC 9110 section 10.2.3): seconds or a date. Durations
/// with a unit are understood too, as some registries write them (`35.852µs`, `2s`).
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(date) = jiff::fmt::rfc2822::parse(value) {
        let wait = date.timestamp().duration_since(now);
        return Some(Duration::try_from(wait).unwrap_or(Duration::ZERO));
    }
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    let number: f64 = number.parse().ok()?;
    let seconds = match unit.trim() {
        "" | "s" => number,
        "ms" => number / 1e3,
        "us" | "µs" | "μs" => number / 1e6,
        "ns" => number / 1e9,
        "m" => number * 60.0,
        "h" => number * 3_600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_registries_write_it() {
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs_f64());
        assert_eq!(seconds("3"), Some(3.0));
        assert_eq!(seconds("2s"), Some(2.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert!(seconds("35.852µs").is_some_and(|wait| wait < 0.001));
        assert_eq!(seconds("Tue, 24 Nov 2026 10:00:04 GMT"), Some(4.0));
        assert_eq!(seconds("Tue, 24 Nov 2026 09:00:00 GMT"), Some(0.0));
        for value in ["", "soon", "-1", "1e400", "3 parsecs"] {
            assert_eq!(seconds(value), None, "{value}");
        }
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let first = Duration::from_millis(100);
        for attempt in 0..4 {
            let whole = first * (1 << attempt);
            let pause = pause(first, attempt);
            assert!(pause >= whole / 2 && pause <= whole, "{attempt}: {pause:?}");
        }
        assert!(pause(first, u32::MAX) <= first * 64);
    }
}
