//! goreleaser's templates (Go's `text/template`), as far as they are known before the release.

use super::super::expression::{TAG, UNKNOWN, VERSION};

/// The longest text that is filled in, and how deep expressions may lie in each other.
const LENGTH: usize = 4096;
const DEPTH: usize = 16;

/// What the words of a template stand for.
pub(super) struct Words<'a> {
    pub project: &'a str,
    /// `.Env.NAME`.
    pub given: &'a dyn Fn(&str) -> Option<String>,
}

impl Words<'_> {
    /// A text with everything filled in that is known.
    pub fn fill(&self, text: &str) -> String {
        if text.len() > LENGTH {
            return UNKNOWN.to_owned();
        }
        let mut out = String::new();
        // Whether what stands within each `if` is shown; none where that is not known.
        let mut shown: Vec<Option<bool>> = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inner, after)) = after.split_once("}}") else { break };
            if shown.iter().all(|one| *one == Some(true)) {
                out.push_str(before);
            }
            rest = after;
            let inner = inner.trim_matches('-').trim();
            let (word, condition) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            match word {
                "if" => shown.push(self.holds(condition)),
                "range" | "with" | "define" | "block" => shown.push(None),
                "else" => {
                    let last = shown.pop().flatten();
                    shown.push(last.map(|last| !last).filter(|_| condition.is_empty()));
                }
                "end" => drop(shown.pop()),
                _ if shown.iter().all(|one| *one == Some(true)) => {
                    out.push_str(&self.value(inner, 0).unwrap_or_else(|| UNKNOWN.to_owned()));
                    continue;
                }
                _ => continue,
            }
            if shown.contains(&None) && !out.ends_with(UNKNOWN) {
                out.push_str(UNKNOWN);
            }
        }
        out.push_str(rest);
        let out = out.replace(&format!("{MAJOR}.{MINOR}.{PATCH}"), VERSION);
        [MAJOR, MINOR, PATCH].iter().fold(out, |out, part| out.replace(part, UNKNOWN))
    }

    /// Whether a condition holds.
    fn holds(&self, condition: &str) -> Option<bool> {
        match self.value(condition, 0)?.as_str() {
            "" | "false" => Some(false),
            value if value.contains(UNKNOWN) => None,
            _ => Some(true),
        }
    }

    /// The value of an expression: a word, a call, or several with `|` between them.
    fn value(&self, expression: &str, depth: usize) -> Option<String> {
        let mut piped: Option<String> = None;
        for part in split(expression, '|') {
            let mut words = split(part, ' ').into_iter().filter(|word| !word.is_empty());
            let first = words.next()?;
            let arguments = words.map(|word| self.word(word, depth)).collect::<Option<Vec<_>>>()?;
            let arguments: Vec<String> = arguments.into_iter().chain(piped.take()).collect();
            piped = if arguments.is_empty() && !matches!(first, "and" | "or") {
                self.word(first, depth)
            } else {
                self.call(first, &arguments)
            };
            piped.as_ref()?;
        }
        piped
    }

    fn word(&self, word: &str, depth: usize) -> Option<String> {
        let within =
            |open: char, close: char| word.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        if let Some(text) = within('"', '"').or(within('`', '`')) {
            return Some(text.to_owned());
        }
        if let Some(inner) = within('(', ')').filter(|_| depth < DEPTH) {
            return self.value(inner, depth + 1);
        }
        if let Some(name) = word.strip_prefix(".Env.") {
            return (self.given)(name);
        }
        let known = match word {
            ".Version" | ".RawVersion" => VERSION,
            ".Tag" => TAG,
            ".ProjectName" => self.project,
            ".Major" => MAJOR,
            ".Minor" => MINOR,
            ".Patch" => PATCH,
            // A release is neither of these.
            ".Prerelease" => "",
            ".IsSnapshot" | ".IsNightly" => "false",
            ".IsRelease" => "true",
            ".Env" => ".Env",
            _ => return None,
        };
        Some(known.to_owned())
    }

    fn call(&self, function: &str, arguments: &[String]) -> Option<String> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let flag = |is: bool| Some(is.to_string());
        let is_true = |text: &str| !matches!(text, "" | "false");
        match (function, arguments.as_slice()) {
            ("tolower", [text]) => Some(text.to_lowercase()),
            ("trim", [text]) => Some(text.trim().to_owned()),
            ("trimprefix", [text, "v"]) if *text == TAG => Some(VERSION.to_owned()),
            ("trimprefix", [text, prefix]) if !text.starts_with('{') => {
                Some(text.strip_prefix(prefix).unwrap_or(text).to_owned())
            }
            ("trimsuffix", [text, suffix]) if !text.ends_with('}') => {
                Some(text.strip_suffix(suffix).unwrap_or(text).to_owned())
            }
            ("replace", [text, from, to]) if !from.is_empty() => Some(text.replace(from, to)),
            ("print", texts) => Some(texts.concat()),
            ("index", [".Env", name]) => Some((self.given)(name).unwrap_or_default()),
            ("envOrDefault", [name, default]) => {
                Some((self.given)(name).unwrap_or_else(|| (*default).to_owned()))
            }
            ("isEnvSet", [name]) => flag((self.given)(name).is_some_and(|value| !value.is_empty())),
            ("not", [text]) => flag(!is_true(text)),
            ("and", texts) => flag(texts.iter().all(|text| is_true(text))),
            ("or", texts) => flag(texts.iter().any(|text| is_true(text))),
            ("eq" | "ne", texts) if texts.iter().any(|text| text.contains(UNKNOWN)) => None,
            ("eq", [one, other]) => flag(one == other),
            ("ne", [one, other]) => flag(one != other),
            _ => None,
        }
    }
}

/// The parts of a version, until it is known whether all of them stand together.
const MAJOR: &str = "{major}";
const MINOR: &str = "{minor}";
const PATCH: &str = "{patch}";

/// The parts between separators that stand in neither quotes nor parentheses.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, c) if c == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill(text: &str) -> String {
        let given = |name: &str| (name == "OWNER").then(|| "Acme".to_owned());
        Words { project: "app", given: &given }.fill(text)
    }

    #[test]
    fn what_the_release_knows_is_filled_in_and_the_rest_is_not_known() {
        for (text, expected) in [
            ("ghcr.io/acme/{{ .ProjectName }}:{{ .Version }}-amd64", "ghcr.io/acme/app:{version}-amd64"),
            ("{{.Tag}}", "{tag}"),
            ("v{{ .Major }}.{{ .Minor }}.{{ .Patch }}", "v{version}"),
            ("v{{ .Major }}", "v{?}"),
            ("{{ .Env.OWNER | tolower }}", "acme"),
            ("{{ tolower .Env.OWNER }}", "acme"),
            ("{{ index .Env \"OWNER\" }}", "Acme"),
            ("{{ .Env.GONE }}", "{?}"),
            ("{{ envOrDefault \"GONE\" \"x\" }}", "x"),
            ("{{ trimprefix .Tag \"v\" }}", "{version}"),
            ("{{ if not .Prerelease }}latest{{ end }}", "latest"),
            ("{{- if .IsNightly -}}nightly{{ else }}stable{{ end }}", "stable"),
            ("{{ if (eq .Env.OWNER \"Acme\") }}a{{ else }}b{{ end }}", "a"),
            ("x{{ if .Branch }}a{{ end }}y", "x{?}y"),
            ("{{ .ShortCommit }}", "{?}"),
            ("{{ .Version", "{{ .Version"),
        ] {
            assert_eq!(fill(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in r#"(\{\{|\}\}|if|else|end|\.Env|\.|\(|\)|\||"|`|and|é| ){0,24}"#) {
            let _ = fill(&text);
        }
    }
}
