//! `.dockerignore`, after Docker's rules (`moby/patternmatcher`): the last pattern that matches a path or
//! one of its parents decides, `!` takes a path back in, `**` stands for any number of folders.

use regex::Regex;

/// The most patterns of a file.
const PATTERNS: usize = 10_000;

/// What a `.dockerignore` leaves out of a build context.
#[derive(Debug, Clone, Default)]
pub struct Dockerignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    /// Whether it takes back in (`!`).
    includes: bool,
    expression: Regex,
    /// What stands before the first wildcard.
    literal: String,
}

impl Dockerignore {
    /// Reads a file.
    ///
    /// # Errors
    /// The line whose pattern cannot be read, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if patterns.len() >= PATTERNS {
                return Err(format!("more than {PATTERNS} patterns"));
            }
            let trimmed = line.trim();
            if line.starts_with('#') || trimmed.is_empty() {
                continue;
            }
            let (includes, pattern) = match trimmed.strip_prefix('!') {
                Some("") => return Err(format!("line {}: `!` without a pattern", at + 1)),
                Some(pattern) => (true, pattern.trim()),
                None => (false, trimmed),
            };
            let pattern = clean(pattern);
            if pattern.is_empty() {
                continue;
            }
            let expression = Regex::new(&expression(&pattern))
                .map_err(|_| format!("line {}: `{trimmed}` is no pattern", at + 1))?;
            let literal = pattern.split(['*', '?', '[', '\\']).next().unwrap_or_default().to_owned();
            patterns.push(Pattern { includes, expression, literal });
        }
        Ok(Self { patterns })
    }

    /// Whether a path, relative to the context and with `/` between its parts, is left out.
    pub fn excludes(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let path_and_parents: Vec<&str> = ends.map(|end| &path[..end]).collect();
        let mut excluded = false;
        for pattern in &self.patterns {
            if pattern.includes == excluded
                && path_and_parents.iter().any(|part| pattern.expression.is_match(part))
            {
                excluded = !pattern.includes;
            }
        }
        excluded
    }

    /// Whether something below an excluded folder may be taken back in, so that it has to be walked.
    pub fn may_include_below(&self, folder: &str) -> bool {
        let folder = format!("{folder}/");
        self.patterns.iter().filter(|pattern| pattern.includes).any(|pattern| {
            pattern.literal.starts_with(&folder) || folder.starts_with(pattern.literal.as_str())
        })
    }
}

/// A path as Go's `filepath.Clean` writes it, without a leading `/`.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A pattern as an expression.
fn expression(pattern: &str) -> String {
    let mut out = "^".to_owned();
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '-' if in_class => out.push('-'),
            '*' if !in_class => {
                if chars.next_if_eq(&'*').is_none() {
                    out.push_str("[^/]*");
                    continue;
                }
                // `**/` and `**` are the same.
                chars.next_if_eq(&'/');
                out.push_str(if chars.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '?' if !in_class => out.push_str("[^/]"),
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                out.push_str(&regex::escape(&escaped.to_string()));
            }
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(file: &str, path: &str) -> bool {
        Dockerignore::parse(file).unwrap().excludes(path)
    }

    /// The cases of Docker's documentation (`Dockerfile reference`, `.dockerignore file`) and of
    /// `moby/patternmatcher`'s own tests.
    #[test]
    fn documented_patterns_match_as_documented() {
        for (file, path, expected) in [
            ("# comment\n*/temp*", "somedir/temporary.txt", true),
            ("*/temp*", "somedir/temp", true),
            ("*/temp*", "temp", false),
            ("*/*/temp*", "somedir/subdir/temporary.txt", true),
            ("temp?", "tempa", true),
            ("temp?", "temp", false),
            ("temp?", "tempab", false),
            ("**/*.go", "main.go", true),
            ("**/*.go", "a/b/c/main.go", true),
            ("**/*.go", "a/main.gone", false),
            ("*.md\n!README.md", "README.md", false),
            ("*.md\n!README.md", "OTHER.md", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-b.md", false),
            ("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false),
            ("/foo/bar", "foo/bar", true),
            ("foo/bar/", "foo/bar", true),
            ("./foo", "foo", true),
            ("foo/../bar", "bar", true),
            ("foo", "foo/bar", true),
            ("foo", "a/foo", false),
            ("**/foo", "a/foo/bar", true),
            ("dir/*\n!dir/keep", "dir/keep", false),
            ("dir\n!dir/keep", "dir/keep", false),
            ("dir\n!dir/keep", "dir/other", true),
            ("*\n!src\nsrc/secret", "src/main.rs", false),
            ("*\n!src\nsrc/secret", "src/secret/key", true),
            ("**", "a/b", true),
            ("a/**", "a/b/c", true),
            ("a/**", "a", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("[a-c].txt", "b.txt", true),
            ("[^a-c].txt", "b.txt", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a.b", "axb", false),
            ("a(b)+", "a(b)+", true),
            ("  spaced  ", "spaced", true),
            (" # no comment", "# no comment", true),
            ("\u{feff}first", "first", true),
            ("", "anything", false),
            ("!", "", false),
        ] {
            if file == "!" {
                assert!(Dockerignore::parse(file).is_err());
                continue;
            }
            assert_eq!(excluded(file, path), expected, "{file:?} on {path}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_named_with_its_line() {
        let error = Dockerignore::parse("a\n\n[b").unwrap_err();
        assert_eq!(error, "line 3: `[b` is no pattern");
    }

    #[test]
    fn an_excluded_folder_is_walked_only_where_something_may_come_back() {
        let ignore = Dockerignore::parse("*\n!src/lib\n").unwrap();
        assert!(ignore.may_include_below("src"));
        assert!(ignore.may_include_below("src/lib"));
        assert!(!ignore.may_include_below("node_modules"));
        let ignore = Dockerignore::parse("*\n!**/keep\n").unwrap();
        assert!(ignore.may_include_below("anything/at/all"));
        assert!(!Dockerignore::parse("a").unwrap().may_include_below("a"));
    }
}
