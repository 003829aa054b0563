//! Sizes and durations as people write them.

use jiff::SignedDuration;

/// A size in bytes: `300MB` is 300 × 10⁶ (SI), `300MiB` is 300 × 2²⁰.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "tb" | "t" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => {
            return Err(format!("`{text}` is no size: expected a number and B, kB, MB, GB, KiB, MiB or GiB"));
        }
    };
    let value: f64 =
        number.parse().map_err(|_| format!("`{text}` is no size: expected a number first, as in 300MB"))?;
    let bytes = value * factor;
    if !(1.0..9e15).contains(&bytes) {
        return Err(format!("`{text}` is no size that an image can have"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, as just checked")]
    Ok(bytes.round() as u64)
}

/// A duration: `15min`, `24h`, `7d`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let (number, unit) = split(text);
    let expected = || format!("`{text}` is no duration: expected a number and s, min, h or d, as in 15min");
    let value: i64 = number.parse().map_err(|_| expected())?;
    let seconds = match unit {
        "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" | "day" | "days" => 24 * 3600,
        _ => return Err(expected()),
    };
    value.checked_mul(seconds).map(SignedDuration::from_secs).ok_or_else(expected)
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_si_unless_they_say_otherwise() {
        assert_eq!(size("300MB"), Ok(300_000_000));
        assert_eq!(size("1 GB"), Ok(1_000_000_000));
        assert_eq!(size("1.5MiB"), Ok(1_572_864));
        for bad in ["", "MB", "-5MB", "12 parsecs", "0MB", "1e99GB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("15min"), Ok(SignedDuration::from_mins(15)));
        assert_eq!(duration("7d"), Ok(SignedDuration::from_hours(168)));
        for bad in ["", "15", "min", "1.5h", "3 fortnights"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
