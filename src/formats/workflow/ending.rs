//! Failures that do not end a script by themselves: whether it ends by them further down.
//!
//! These look at the text, not at what it comes to: a script that keeps a failure and has an `exit` for it is believed.

/// Whether a piece of script ends the script with a failure: `exit 1`, `exit $?`, `return 2`, `false`.
pub(super) fn ends_in_failure(text: &str) -> bool {
    last_failure(text).is_some() || words(text).next().is_some_and(|(_, word)| word == "false")
}

/// Where a script does that for the last time.
pub(super) fn last_failure(text: &str) -> Option<usize> {
    let is_code = |word: &str| word.starts_with('$') || (word != "0" && word.parse::<u8>().is_ok());
    let following = words(text).skip(1).map(|(_, word)| word);
    let pairs = words(text).zip(following);
    let fails = pairs.filter(|((_, word), code)| matches!(*word, "exit" | "return") && is_code(code));
    fails.map(|((at, _), _)| at).last()
}

/// The words of a script, each with its place.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '{' | '}' | '"');
    let placed = text.split_inclusive(is_between).scan(0, |next, word| {
        let at = *next;
        *next += word.len();
        Some((at, word))
    });
    placed.map(move |(at, word)| (at, word.trim_end_matches(is_between))).filter(|(_, word)| !word.is_empty())
}

/// Whether what comes right after a command asks how it ended: a test of it, or a variable that keeps it (`code=$?`) and is
/// looked at later. To show it (`echo $?`) is not to ask. `after` is empty where nothing there fails.
pub(super) fn asks_for_code(after: &str) -> bool {
    let asks = |text: &str| ["$?", "PIPESTATUS"].iter().any(|code| text.contains(code));
    let lines = after.trim_start_matches([';', ' ', '\t']).lines().map(str::trim);
    let mut lines = lines.skip_while(|line| line.is_empty() || line.starts_with('#'));
    let Some(line) = lines.next() else { return false };
    let next = line.split(';').next().unwrap_or_default().trim();
    let tests = ["if", "[", "[[", "((", "test", "case", "exit", "return"];
    let is_test =
        next.split_whitespace().next().is_some_and(|word| tests.iter().any(|test| word.starts_with(test)));
    asks(next) && (is_test || keeps(next, after))
}

/// Whether what a failure runs keeps it (`|| failed=1`), and what comes after that, and fails, looks at it.
pub(super) fn keeps(text: &str, after: &str) -> bool {
    assigned(text).any(|name| asks_for(after, name))
}

/// Whether what a success or a failure chooses leaves a loop or the script, or keeps how it went, and what comes after
/// it is a failure: `for try in 1 2 3; do push && break; done` with an `exit 1` for the last try.
pub(super) fn decides(text: &str, after: &str) -> bool {
    (!after.is_empty() || ends_in_failure(text)) && (leaves(text) || keeps(text, after))
}

/// Whether a piece of script may end a loop or the script without a failure.
pub(super) fn leaves(text: &str) -> bool {
    let mut words = text
        .split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '{' | '}'))
        .filter(|word| !word.is_empty());
    let mut leaves = false;
    while let Some(word) = words.next() {
        leaves |= word == "break"
            || (matches!(word, "exit" | "return") && matches!(words.next(), Some("0") | None));
    }
    leaves
}

/// The variables that a piece of script sets.
fn assigned(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '{' | '}'));
    words.filter_map(|word| {
        let name = word.split_once('=')?.0.trim_end_matches('+');
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then_some(name)
    })
}

/// Whether a piece of script looks at a variable.
fn asks_for(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let is_used = before.is_some_and(|c| matches!(c, '$' | '{' | '#' | '('));
        // In `((code != 0))` a name stands for itself.
        let is_counted = text[..at].rfind("((") > text[..at].rfind("))") && !before.is_some_and(is_word);
        (is_used || is_counted) && !text[at + name.len()..].starts_with(is_word)
    })
}
