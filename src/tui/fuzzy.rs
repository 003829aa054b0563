//! Finding by some letters in their order: `rv` finds `run-version`.

/// How well `text` fits what was typed; more is better, none where a letter is missing. Letters at the start of a word
/// and beside each other count more.
pub(super) fn fits(typed: &str, text: &str) -> Option<i32> {
    let letters: Vec<char> =
        typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    (0..text.len().max(1)).filter_map(|start| from(&letters, &text, start)).max()
}

/// Takes each letter at its first place from `start` on.
fn from(letters: &[char], text: &[char], start: usize) -> Option<i32> {
    let mut score = 0;
    let mut at = start;
    let mut last = None;
    for letter in letters {
        let found = at + text.get(at..)?.iter().position(|c| c == letter)?;
        let begins = found == 0 || !text[found - 1].is_alphanumeric();
        let beside = last.is_some_and(|last| last + 1 == found);
        score += 1 + if begins { 8 } else { 0 } + if beside { 5 } else { 0 };
        score -= i32::try_from(last.map_or(0, |last| found - last - 1)).unwrap_or(i32::MAX).min(3);
        last = Some(found);
        at = found + 1;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_in_their_order_are_found_and_beginnings_count_more() {
        assert!(fits("rv", "run-version") > fits("rv", "retry over there, once"));
        assert!(fits("push", "push") > fits("push", "publish the"));
        assert!(fits("jobs", "jobs and the log") > fits("jobs", "adjust some obligations"));
        assert_eq!(fits("xyz", "run-version"), None);
        assert_eq!(fits("", "anything"), Some(0));
        assert!(fits("ÉT", "étoile").is_some());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_it_ends(typed in "\\PC{0,12}", text in "\\PC{0,40}") {
            let _ = fits(&typed, &text);
        }
    }
}
