//! GitHub's expressions (`${{ … }}`) in a text.

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// What stands between expressions.
    Text(&'t str),
    /// An expression: the whole of it, and what is in its braces. One without an end goes to the end of the text.
    Expression { whole: &'t str, inner: &'t str },
}

/// The parts of a text, in their order.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, after) = match rest.find("${{") {
            None if rest.is_empty() => return None,
            None => (Part::Text(rest), ""),
            Some(0) => {
                let inner = &rest[3..];
                let (inner, after) = inner.split_once("}}").unwrap_or((inner, ""));
                (Part::Expression { whole: &rest[..rest.len() - after.len()], inner }, after)
            }
            Some(start) => (Part::Text(&rest[..start]), &rest[start..]),
        };
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Part::{Expression, Text};

    #[test]
    fn expressions_and_what_stands_between_them_are_the_whole_text() {
        let found = |text| parts(text).collect::<Vec<_>>();
        assert_eq!(found(""), []);
        assert_eq!(found("a $b }}"), [Text("a $b }}")]);
        assert_eq!(
            found("a${{ b }}é${{c}}"),
            [
                Text("a"),
                Expression { whole: "${{ b }}", inner: " b " },
                Text("é"),
                Expression { whole: "${{c}}", inner: "c" }
            ]
        );
        assert_eq!(found("${{ a"), [Expression { whole: "${{ a", inner: " a" }]);
    }
}
