//! What comes from outside, made safe to show: no control characters, no escape sequences, no
//! characters that change the direction or hide.

use std::borrow::Cow;

/// `text` with line breaks kept and everything else that could command a terminal removed.
pub fn clean(text: &str) -> Cow<'_, str> {
    filter(text, true)
}

/// `text` as one line: a line break becomes a space.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    filter(text, false)
}

/// One word of a shell's command line, to be copied: `text` as one line, in quotes where it needs them.
pub fn shell_word(text: &str) -> String {
    let word = clean_line(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn filter(text: &str, lines: bool) -> Cow<'_, str> {
    if text.chars().all(|c| is_plain(c) || (lines && c == '\n')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' if lines => out.push('\n'),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{1b}' => skip_escape(&mut rest),
            // The 8-bit forms of CSI, OSC, DCS, SOS, PM and APC.
            '\u{9b}' => skip_control_sequence(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut rest),
            c if is_plain(c) => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

/// Whether a character neither controls a terminal, nor turns the direction, nor hides.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{ad}' | '\u{061c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// After ESC (ECMA-48, section 5.3).
fn skip_escape(rest: &mut Chars) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        Some(' '..='/') => {
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next_if(|c| ('0'..='~').contains(c));
        }
        Some('0'..='~') => {
            rest.next();
        }
        _ => {}
    }
}

/// Parameters, intermediates and the final byte of a control sequence.
fn skip_control_sequence(rest: &mut Chars) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// A control string up to BEL or ST. One that does not end on its line is no string: what follows its
/// introducer stays, or a single sequence could hide the rest of the text.
fn skip_string(rest: &mut Chars) {
    let mut ahead = rest.clone();
    while let Some(c) = ahead.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => {
                *rest = ahead;
                return;
            }
            '\u{1b}' => {
                if ahead.next_if_eq(&'\\').is_some() {
                    *rest = ahead;
                }
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_go_with_their_parameters() {
        assert_eq!(clean_line("a\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}b\u{9b}2Jc"), "aredbc");
        assert_eq!(clean_line("x\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "xlink");
    }

    #[test]
    fn an_unfinished_string_hides_nothing_after_it() {
        assert_eq!(clean("a\u{1b}]0;no end\nnext"), "a0;no end\nnext");
        assert_eq!(clean("a\u{90}b\u{1b}[1mc"), "abc");
    }

    #[test]
    fn direction_overrides_and_hidden_characters_go() {
        assert_eq!(clean_line("user\u{202e}txt.exe\u{200b}"), "usertxt.exe");
    }

    #[test]
    fn lines_are_kept_or_joined() {
        assert_eq!(clean("a\r\nb\tc"), "a\nb c");
        assert_eq!(clean_line("a\nb"), "a b");
        assert!(matches!(clean("plain ✓ 字"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_that_commands_a_terminal_is_left(text in any::<String>()) {
            prop_assert!(clean(&text).chars().all(|c| is_plain(c) || c == '\n'));
            prop_assert!(clean_line(&text).chars().all(is_plain));
        }

        #[test]
        fn no_row_of_sequences_leaves_a_control(
            text in "[\u{1b}\u{9b}\u{9d}\u{90}\u{9c}\u{7}\\[\\]PX0;m\\\\\u{202e}\u{2066}\u{200b}a\n\r\t]{0,40}"
        ) {
            let forbidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!clean_line(&text).contains(forbidden));
            prop_assert!(!clean(&text).replace('\n', "").contains(forbidden));
        }

        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>()) {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once).into_owned(), once.clone());
        }
    }

    #[test]
    fn words_of_a_shell_are_quoted_where_they_have_to_be() {
        assert_eq!(shell_word("v0.2.0"), "v0.2.0");
        assert_eq!(shell_word("^https://.*"), "'^https://.*'");
        assert_eq!(shell_word("it's; rm -rf /"), r"'it'\''s; rm -rf /'");
        assert_eq!(shell_word(""), "''");
    }
}
