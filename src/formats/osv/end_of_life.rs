//! Distributions whose releases nobody looks after any more. OSV goes on answering about them, and has nothing new to
//! say: an empty answer is no clean one.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Major and minor number, and the last day.
type Release = (u32, u32, Date);

/// The last day of free security support (wiki.debian.org/LTS, ubuntu.com/about/release-cycle, alpinelinux.org/releases),
/// as OSV names the releases; oldest first. What is older than the first of a distribution ended earlier, what is newer
/// than the last is taken to be looked after.
const ENDS: [(&str, &[Release]); 3] = [
    (
        "Debian:",
        &[
            (9, 0, jiff::civil::date(2022, 6, 30)),
            (10, 0, jiff::civil::date(2024, 6, 30)),
            (11, 0, jiff::civil::date(2026, 8, 31)),
            (12, 0, jiff::civil::date(2028, 6, 30)),
            (13, 0, jiff::civil::date(2030, 6, 30)),
        ],
    ),
    (
        "Ubuntu:",
        &[
            (18, 4, jiff::civil::date(2023, 5, 31)),
            (20, 4, jiff::civil::date(2025, 5, 31)),
            (22, 4, jiff::civil::date(2027, 6, 1)),
            (24, 4, jiff::civil::date(2029, 5, 31)),
        ],
    ),
    (
        "Alpine:v",
        &[
            (3, 16, jiff::civil::date(2024, 5, 23)),
            (3, 17, jiff::civil::date(2024, 11, 22)),
            (3, 18, jiff::civil::date(2025, 5, 9)),
            (3, 19, jiff::civil::date(2025, 11, 1)),
            (3, 20, jiff::civil::date(2026, 4, 1)),
            (3, 21, jiff::civil::date(2026, 11, 1)),
            (3, 22, jiff::civil::date(2027, 5, 1)),
        ],
    ),
];

/// Whether an ecosystem of OSV's (`Debian:10`, `Alpine:v3.16`) is a release that was past its end of life at `at`.
pub(super) fn is_past(ecosystem: &str, at: Timestamp) -> bool {
    let Some((rest, releases)) =
        ENDS.iter().find_map(|(name, releases)| Some((ecosystem.strip_prefix(name)?, releases)))
    else {
        return false;
    };
    let mut numbers = rest.split(['.', ':']).map_while(|part| part.parse::<u32>().ok());
    let Some(major) = numbers.next() else { return false };
    let release = (major, numbers.next().unwrap_or(0));
    let today = TimeZone::UTC.to_datetime(at).date();
    let known = releases.iter().find(|(major, minor, _)| (*major, *minor) == release);
    match (known, releases.first()) {
        (Some((.., end)), _) => today > *end,
        (None, Some((major, minor, end))) => release < (*major, *minor) && today > *end,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_past_its_end_the_day_after() {
        let at = |day: &str| format!("{day}T12:00:00Z").parse().unwrap();
        assert!(!is_past("Debian:10", at("2024-06-30")));
        assert!(is_past("Debian:10", at("2024-07-01")));
        assert!(is_past("Debian:7", at("2026-11-24")), "older than any that is listed");
        assert!(!is_past("Debian:14", at("2026-11-24")), "newer than any that is listed");
        assert!(is_past("Alpine:v3.21", at("2026-11-24")) && !is_past("Alpine:v3.22", at("2026-11-24")));
        assert!(
            is_past("Ubuntu:20.04:LTS", at("2026-11-24")) && !is_past("Ubuntu:24.04:LTS", at("2026-11-24"))
        );
        for other in ["PyPI", "Debian", "Alpine:edge", "Wolfi", ""] {
            assert!(!is_past(other, at("2026-11-24")), "{other}");
        }
    }
}
