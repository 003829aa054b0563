//! How the workflow that releases is started.

use regex::Regex;

use crate::model::text::shell_word;
use crate::model::{Action, ReleaseWorkflow, TagFilter};

use super::context::Context;

/// How a release workflow is started.
pub(super) struct How {
    /// In words, before the place of its step.
    pub words: &'static str,
    /// The command.
    pub command: String,
}

/// How the release's workflow can be started; nothing where exitbar knows no way.
pub(super) fn how(context: &Context) -> Vec<How> {
    let mut ways = Vec::new();
    let workflows = context.facts.releasing();
    let tag = context.release.git_tag();
    let starts_on_tag =
        |workflow: &ReleaseWorkflow| workflow.tags.as_ref().is_some_and(|filter| starts(filter, &tag));
    if workflows.iter().any(starts_on_tag) {
        ways.push(How { words: "push the git tag that starts", command: Action::Tag.command() });
    }
    if workflows.iter().any(|workflow| workflow.github_release) {
        let command = format!("gh release create {} --verify-tag --generate-notes", shell_word(&tag));
        ways.push(How { words: "publish the GitHub release that starts", command });
    }
    let by_hand = workflows.iter().find_map(|workflow| workflow.dispatch.as_ref());
    if let Some(inputs) = by_hand {
        let demanded = inputs.iter().filter(|input| input.is_demanded());
        let given = demanded.map(|input| format!("--input {}", shell_word(&format!("{}=…", input.name))));
        let words: Vec<String> = std::iter::once(Action::Dispatch.command()).chain(given).collect();
        let command = words.join(" ");
        ways.push(How { words: "dispatch", command });
    }
    ways
}

/// Whether a push of `tag` is meant (GitHub, "Filter pattern cheat sheet"): the last pattern that fits decides.
fn starts(filter: &TagFilter, tag: &str) -> bool {
    let mut chosen = filter.only.is_empty();
    for pattern in &filter.only {
        match pattern.strip_prefix('!') {
            Some(not) if fits(not, tag) => chosen = false,
            None if fits(pattern, tag) => chosen = true,
            _ => {}
        }
    }
    chosen && !filter.ignored.iter().any(|pattern| fits(pattern, tag))
}

/// `*` is any run without a slash, `**` any run; `?`, `+` and `[…]` are as in a regular expression.
fn fits(pattern: &str, tag: &str) -> bool {
    let mut regex = String::from("^");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            regex.push_str(".*");
            rest = after;
            continue;
        }
        match c {
            '*' => regex.push_str("[^/]*"),
            '?' | '+' | '[' | ']' => regex.push(c),
            '-' => regex.push('-'),
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
        rest = &rest[c.len_utf8()..];
    }
    regex.push('$');
    Regex::new(&regex).is_ok_and(|regex| regex.is_match(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(only: &[&str], ignored: &[&str]) -> TagFilter {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        TagFilter { only: owned(only), ignored: owned(ignored) }
    }

    #[test]
    fn tags_start_what_their_patterns_say() {
        for (only, ignored, expected) in [
            (&[][..], &[][..], true),
            (&["v*"], &[], true),
            (&["v[0-9]+.[0-9]+.[0-9]+"], &[], true),
            (&["release-*"], &[], false),
            (&["v*", "!v*-rc*"], &[], true),
            (&["v*", "!v0.*"], &[], false),
            (&["!v0.*", "v*"], &[], true),
            (&[], &["v*"], false),
            (&["**"], &[], true),
            (&["v0.2.0"], &[], true),
            (&["v0x2x0"], &[], false),
            (&["v["], &[], false),
        ] {
            assert_eq!(starts(&filter(only, ignored), "v0.2.0"), expected, "{only:?} {ignored:?}");
        }
        assert!(!fits("v*", "v1/2") && fits("v**", "v1/2"));
    }
}
