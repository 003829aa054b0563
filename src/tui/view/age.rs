//! How long ago something was seen, in words.

use jiff::Timestamp;

/// `12:04:31Z`; with the day and the age where it was not seen just now.
pub(super) fn when(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_mins() {
        ..1 => at.strftime("%H:%M:%SZ").to_string(),
        1..60 => format!("{}, {}", at.strftime("%H:%M:%SZ"), age(at, now)),
        _ => format!("{}, {}", at.strftime("%Y-%m-%d %H:%MZ"), age(at, now)),
    }
}

/// `just now`, `10 min ago`, `3 h ago`, `4 days ago`.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_says_its_age_once_it_has_one() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let at = |at: &str| when(at.parse().unwrap(), now);
        assert_eq!(at("2026-11-24T11:59:30Z"), "11:59:30Z");
        assert_eq!(at("2026-11-24T11:50:00Z"), "11:50:00Z, 10 min ago");
        assert_eq!(at("2026-11-24T09:00:00Z"), "2026-11-24 09:00Z, 3 h ago");
        assert_eq!(at("2026-11-20T12:00:00Z"), "2026-11-20 12:00Z, 4 days ago");
    }
}
