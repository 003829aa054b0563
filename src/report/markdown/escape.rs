//! Text from outside, so that Markdown shows it and does nothing else with it.

use std::fmt::Write as _;

use crate::model::text;

/// A text as it may stand in a paragraph, a list or a table cell: one line, nothing in it is markup.
pub(super) fn escape(given: &str) -> String {
    let line = text::clean_line(given);
    let mut out = String::with_capacity(line.len());
    for c in line.trim().chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    // What begins a line must not begin a list, a heading or a quotation.
    match out.chars().next() {
        Some('#' | '>' | '+' | '-' | '=') => format!("\\{out}"),
        _ => out,
    }
}

/// A command inside a line, with a fence that nothing in it can end.
pub(super) fn code(given: &str) -> String {
    let line = text::clean_line(given);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let room = if longest > 0 { " " } else { "" };
    format!("{fence}{room}{line}{room}{fence}")
}

/// Commands or output as a code block that nothing in it can end.
pub(super) fn block(out: &mut String, indent: &str, language: &str, lines: &[String]) {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    let _ = writeln!(out, "{indent}{fence}{language}");
    for line in lines.iter().flat_map(|line| line.split('\n')) {
        let _ = writeln!(out, "{indent}{}", text::clean_line(line));
    }
    let _ = writeln!(out, "{indent}{fence}");
}

/// A heading with a list below it; where it is empty, `none` says why.
pub(super) fn list(out: &mut String, heading: &str, lines: &[String], none: &str) {
    let _ = writeln!(out, "{heading}");
    if lines.is_empty() {
        let _ = writeln!(out, "- {none}");
    }
    for line in lines {
        let _ = writeln!(out, "- {}", escape(line));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_from_outside_is_shown_and_not_obeyed() {
        assert_eq!(escape("a|b <b>`c`\u{1b}[31m\nd"), "a\\|b &lt;b>\\`c\\` d");
        assert_eq!(escape("# no heading"), "\\# no heading");
        assert_eq!(escape("[x](http://evil)"), "\\[x\\](http://evil)");
    }

    #[test]
    fn a_command_in_a_line_keeps_its_backticks() {
        assert_eq!(code("git push\u{7}"), "`git push`");
        assert_eq!(code("echo `date`"), "`` echo `date` ``");
    }

    #[test]
    fn a_code_block_is_longer_than_any_fence_in_it() {
        let mut out = String::new();
        block(&mut out, "", "bash", &["echo ````".to_owned()]);
        assert_eq!(out, "`````bash\necho ````\n`````\n");
    }

    proptest! {
        #[test]
        fn a_cell_is_one_line_without_open_markup(given in "\\PC{0,40}|.{0,40}") {
            let escaped = escape(&given);
            let open = escaped.contains(['\n', '<', '\u{1b}']);
            prop_assert!(!open);
            let bars = escaped.replace("\\\\", "").matches('|').count();
            prop_assert_eq!(bars, escaped.replace("\\\\", "").matches("\\|").count());
        }
    }
}
