//! Sizes and durations as people write them.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// What is wrong, and what would be right.
type Trouble = (String, Option<String>);

/// The units of a size with their bytes: SI as budgets are meant, and the binary ones.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// A size in bytes: `300MB` is 300,000,000 (SI), `300MiB` is 314,572,800.
pub(super) fn size(written: &str) -> Result<u64, Trouble> {
    let written = written.trim();
    let split = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
    let (number, unit) = (&written[..split], written[split..].trim());
    let invalid = |help: &str| (format!("`{written}` is no size"), Some(help.to_owned()));
    if unit.is_empty() && !number.is_empty() {
        return Err(invalid(&format!("name the unit, as in \"{number}MB\"")));
    }
    let Some(bytes) = UNITS.iter().find(|(name, _)| *name == unit || (unit == "KB" && *name == "kB")) else {
        let close = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        return Err(match close {
            Some((name, _)) if !number.is_empty() => invalid(&format!("did you mean \"{number}{name}\"?")),
            _ => invalid("expected a number with B, kB, MB, GB (SI) or KiB, MiB, GiB, as in \"300MB\""),
        });
    };
    let size = decimal(number, bytes.1).ok_or_else(|| invalid("expected a number such as 300 or 1.5"))?;
    if size == 0 { Err(invalid("a size is more than nothing")) } else { Ok(size) }
}

/// `number` × `unit`, exactly, rounded down to bytes; none where it is no decimal number or too large.
fn decimal(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = fraction.parse::<u128>().ok()? * u128::from(unit) / scale;
    whole.checked_add(u64::try_from(part).ok()?)
}

/// A duration: `15min`, `7 days`, `1h 30min`; a day is 24 hours.
pub(super) fn duration(written: &str) -> Result<SignedDuration, Trouble> {
    let invalid = || {
        let help = "expected a time such as \"15min\", \"24h\" or \"7d\"".to_owned();
        (format!("`{written}` is no duration"), Some(help))
    };
    let span: Span = written.trim().parse().map_err(|_| invalid())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| invalid())?;
    if duration > SignedDuration::ZERO { Ok(duration) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_si_unless_the_unit_is_binary() {
        assert_eq!(size("300MB"), Ok(300_000_000));
        assert_eq!(size("300 MB"), Ok(300_000_000));
        assert_eq!(size("1.5GB"), Ok(1_500_000_000));
        assert_eq!(size("300MiB"), Ok(314_572_800));
        assert_eq!(size("64KB"), Ok(64_000));
    }

    #[test]
    fn a_bad_size_is_refused_with_what_would_be_right() {
        let help = |written: &str| size(written).unwrap_err().1.unwrap_or_default();
        assert_eq!(help("300"), "name the unit, as in \"300MB\"");
        assert_eq!(help("300mb"), "did you mean \"300MB\"?");
        for written in ["", "MB", "-1MB", "1.MB", "1..5MB", "0MB", "300 parrots", "99999999999999TB"] {
            assert!(size(written).is_err(), "{written}");
        }
    }

    #[test]
    fn durations_count_days_as_24_hours() {
        assert_eq!(duration("15min"), Ok(SignedDuration::from_mins(15)));
        assert_eq!(duration("7d"), Ok(SignedDuration::from_hours(7 * 24)));
        assert_eq!(duration("7 days"), Ok(SignedDuration::from_hours(7 * 24)));
        assert_eq!(duration("1h 30m"), Ok(SignedDuration::from_mins(90)));
        for written in ["", "15", "soon", "-15min", "0s", "1 year"] {
            assert!(duration(written).is_err(), "{written}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_size_or_duration_panic(written in ".{0,40}") {
            let _ = (size(&written), duration(&written));
        }

        #[test]
        fn whole_sizes_are_exact(number in 1_u64..1_000_000, unit in 0_usize..UNITS.len()) {
            let (name, bytes) = UNITS[unit];
            prop_assert_eq!(size(&format!("{number}{name}")), Ok(number * bytes));
        }
    }
}
