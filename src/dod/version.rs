//! Versions, compared as SemVer has them: what a program prints, a label says, a release is called.

use semver::Version;

/// The first SemVer token of `text`, a leading `v` dropped; a version that is only part of a longer word or
/// number is none.
pub(super) fn first_token(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = text[from..].find(|c: char| c.is_ascii_digit()) {
        let start = from + found;
        let length = text[start..].find(|c: char| !(c.is_ascii_alphanumeric() || ".-+".contains(c)));
        let word = &text[start..length.map_or(text.len(), |length| start + length)];
        if begins_token(bytes, start) {
            let token = word.trim_end_matches(['.', '-', '+']);
            if Version::parse(token).is_ok() {
                return Some(token);
            }
        }
        from = start + word.len().max(1);
    }
    None
}

/// Whether the digit at `start` can begin a version: not within a word or number, but for one leading `v`.
fn begins_token(bytes: &[u8], start: usize) -> bool {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.' || *byte == b'_';
    match start.checked_sub(1).map(|before| &bytes[before]) {
        Some(b'v' | b'V') => start < 2 || !inside(&bytes[start - 2]),
        Some(before) => !inside(before),
        None => true,
    }
}

/// Whether `found` is the version `expected`: pre-releases exactly, build metadata where both have it.
pub(super) fn same_version(found: &str, expected: &str) -> bool {
    let (found, expected) = (drop_v(found.trim()), drop_v(expected.trim()));
    match (Version::parse(found), Version::parse(expected)) {
        (Ok(found), Ok(expected)) => {
            let number = |version: &Version| (version.major, version.minor, version.patch);
            number(&found) == number(&expected)
                && found.pre == expected.pre
                && (found.build == expected.build || found.build.is_empty() || expected.build.is_empty())
        }
        _ => found == expected,
    }
}

/// The version without its leading `v`.
pub(super) fn drop_v(version: &str) -> &str {
    let rest = version.strip_prefix(['v', 'V']).unwrap_or(version);
    if rest.starts_with(|c: char| c.is_ascii_digit()) { rest } else { version }
}

/// The version that a program printed: what `pattern` captures, else the first SemVer token on standard output,
/// then on standard error; for a release whose version is no SemVer, that very word.
///
/// # Errors
/// When `pattern` is no regular expression, in words.
pub(super) fn printed(
    stdout: &str,
    stderr: &str,
    pattern: Option<&str>,
    expected: &str,
) -> Result<Option<String>, String> {
    if let Some(pattern) = pattern {
        let regex = regex::Regex::new(pattern).map_err(|error| format!("version.pattern: {error}"))?;
        let captured = [stdout, stderr].into_iter().find_map(|text| {
            let captures = regex.captures(text)?;
            Some(captures.get(1).or(captures.get(0))?.as_str().to_owned())
        });
        return Ok(captured);
    }
    let token = first_token(stdout).or_else(|| first_token(stderr));
    if Version::parse(drop_v(expected)).is_ok() || token.is_some() {
        return Ok(token.map(str::to_owned));
    }
    let is_expected = |word: &&str| same_version(word, expected);
    Ok(stdout.split_whitespace().chain(stderr.split_whitespace()).find(is_expected).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_semver_token_counts() {
        for (text, token) in [
            ("GreenLang v0.2.0\n", Some("0.2.0")),
            ("gl 0.2.0-rc.1+g4f0c1b2, built on 2025.1.20", Some("0.2.0-rc.1+g4f0c1b2")),
            ("python 3.12, gl-0.2.0.", Some("0.2.0")),
            ("10.0.0.1 1.2.3", Some("1.2.3")),
            ("rev0.2.0 x1.2.3", None),
            ("0.2.0rc1", None),
            ("01.2.3", None),
            ("", None),
        ] {
            assert_eq!(first_token(text), token, "{text}");
        }
    }

    #[test]
    fn pre_releases_count_and_build_metadata_only_where_both_have_it() {
        assert!(same_version("v0.2.0", "0.2.0"));
        assert!(same_version("0.2.0+5", "0.2.0"));
        assert!(!same_version("0.2.0+5", "0.2.0+6"));
        assert!(!same_version("0.2.0-rc.1", "0.2.0"));
        assert!(!same_version("0.2.1", "0.2.0"));
        assert!(same_version("2024.10", "2024.10"));
    }

    #[test]
    fn standard_output_comes_first_and_a_pattern_before_both() {
        assert_eq!(printed("gl 0.2.0", "0.1.0", None, "0.2.0"), Ok(Some("0.2.0".to_owned())));
        assert_eq!(printed("", "gl 0.2.0", None, "0.2.0"), Ok(Some("0.2.0".to_owned())));
        let pattern = Some(r"release (\S+)");
        assert_eq!(printed("1.0.0 release 0.2.0", "", pattern, "0.2.0"), Ok(Some("0.2.0".to_owned())));
        assert!(printed("", "", Some("("), "0.2.0").is_err());
        assert_eq!(printed("app 2024.10", "", None, "2024.10"), Ok(Some("2024.10".to_owned())));
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_trouble(text in "\\PC*") {
            if let Some(token) = first_token(&text) {
                prop_assert!(Version::parse(token).is_ok());
            }
        }

        #[test]
        fn a_version_is_found_in_its_sentence(major in 0u64..99, minor in 0u64..99, patch in 0u64..99) {
            let version = format!("{major}.{minor}.{patch}");
            let text = format!("tool v{version}\n");
            prop_assert_eq!(first_token(&text), Some(version.as_str()));
        }
    }
}
