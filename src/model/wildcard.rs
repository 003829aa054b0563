//! Patterns in which `*` stands for any run of characters.

/// Whether `text` is what `pattern` says.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_run_of_characters() {
        for (pattern, text) in [("*", ""), ("*", "/v2/"), ("/v2/*/blobs/*", "/v2/a/b/blobs/c"), ("a*", "a")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("*b", "a"), ("a*b*c", "acb"), ("ab*ba", "aba")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_means_names() {
        for (pattern, name, is_meant) in [
            ("*", "app", true),
            ("app", "app", true),
            ("app", "app2", false),
            ("app-*", "app-runner", true),
            ("*-runner", "app-runner", true),
            ("a*-*r", "app-runner", true),
            ("a*-*x", "app-runner", false),
        ] {
            assert_eq!(matches(pattern, name), is_meant, "{pattern} {name}");
        }
    }
}
