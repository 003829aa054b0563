//! Rules for identities that would accept strangers, named; and the rule that would not.
//!
//! What a regular expression leaves open is read from its syntax tree: what every match begins with is a
//! literal at its front, or it is nothing.

use std::fmt;

use regex::Regex;
use regex_syntax::hir::{Dot, Hir, HirKind, Look};

use crate::model::{CertificateSigner, IdentityRule, text};

/// What is wrong with a rule for identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It matches everybody.
    Anything,
    /// It searches anywhere, in one of its alternatives at least.
    NoAnchor,
    /// A dot in the fixed part stands for any character: the part.
    UnescapedDot(String),
    /// It leaves the owner or the repository open: what it fixes.
    NoRepository(String),
    /// It fixes `owner/repo` without the slash after it, so that `owner/repo-evil` matches: what it fixes.
    NoSlash(String),
    /// It fixes no URL through `owner/repo/`, and no identity from `^` to `$`.
    Open,
    /// It cannot be read: why.
    Unreadable(String),
    /// No issuer is asked for: anybody may issue the same identity.
    NoIssuer,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anything => f.write_str("it matches every identity"),
            Self::NoAnchor => {
                f.write_str("it does not begin with ^, so it matches in the middle of another identity")
            }
            Self::UnescapedDot(part) => {
                write!(f, "an unescaped dot in {part} stands for any character: write \\.")
            }
            Self::NoRepository(fixed) => {
                write!(f, "beyond {fixed} everything matches: fix owner/repository/ as well")
            }
            Self::NoSlash(fixed) => {
                write!(
                    f,
                    "{fixed} has no slash after the repository, so {fixed}-evil matches: write {fixed}/"
                )
            }
            Self::Open => f.write_str("it fixes neither owner/repository/ nor the identity from ^ to $"),
            Self::Unreadable(why) => write!(f, "it cannot be read: {why}"),
            Self::NoIssuer => {
                f.write_str("no issuer is asked for, and another one may name the same identity")
            }
        }
    }
}

/// Names what is wrong with a rule. One without a flaw matches nobody of another owner or repository.
pub fn lint(rule: &IdentityRule, issuer: Option<&str>) -> Vec<Flaw> {
    let mut flaws = match rule {
        IdentityRule::Exact(_) => Vec::new(),
        IdentityRule::Regexp(pattern) => of_pattern(pattern),
    };
    if issuer.is_none_or(str::is_empty) {
        flaws.push(Flaw::NoIssuer);
    }
    flaws
}

fn of_pattern(pattern: &str) -> Vec<Flaw> {
    let regex = match Regex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => return vec![Flaw::Unreadable(text::clean_line(&error.to_string()).into_owned())],
    };
    if ["", "https://a.example/b/c/d", "e@f.example"].iter().all(|stranger| regex.is_match(stranger)) {
        return vec![Flaw::Anything];
    }
    let Some(fixed) = Fixed::of(pattern) else { return vec![Flaw::NoAnchor] };
    let shown = || text::clean_line(&fixed.text).into_owned();
    let mut flaws = Vec::new();
    if fixed.dots {
        flaws.push(Flaw::UnescapedDot(shown()));
    }
    if !fixed.holds() {
        flaws.push(match fixed.path() {
            Some([_, owner, repository]) if !owner.is_empty() && !repository.is_empty() => {
                Flaw::NoSlash(shown())
            }
            Some(_) => Flaw::NoRepository(shown()),
            None if fixed.text.contains("://") => Flaw::NoRepository(shown()),
            None => Flaw::Open,
        });
    }
    flaws
}

/// The flags of cosign and of exitbar that accept exactly who signed. A suggestion: nothing takes it by itself.
pub fn suggestion(signer: &CertificateSigner) -> String {
    format!(
        "--certificate-identity {} --certificate-oidc-issuer {}",
        quoted(&signer.identity),
        quoted(&signer.issuer)
    )
}

/// The lines of `[signature]` that accept exactly who signed. A suggestion: nothing takes it by itself.
pub fn suggested_rule(signer: &CertificateSigner) -> String {
    let quoted = |word: &str| text::clean_line(word).replace('\\', r"\\").replace('"', "\\\"");
    format!("identity = \"{}\", issuer = \"{}\"", quoted(&signer.identity), quoted(&signer.issuer))
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", text::clean_line(word).replace('\'', r"'\''"))
}

/// Whether a regular expression is anchored from `^` through `owner/repo/`, or fixed from `^` to `$`: what
/// comes before the first thing that may vary has to hold that much. What cannot be told is not anchored.
pub(super) fn is_anchored(pattern: &str) -> bool {
    Fixed::of(pattern).is_some_and(|fixed| fixed.holds())
}

/// What every match begins with.
struct Fixed {
    text: String,
    /// Whether that is all, up to a `$`.
    whole: bool,
    /// Whether a dot of the host is any character. It counts as itself, as people write it.
    dots: bool,
}

impl Fixed {
    /// None when not every match begins at the beginning.
    fn of(pattern: &str) -> Option<Self> {
        let tree = regex_syntax::parse(pattern).ok()?;
        let parts = match tree.kind() {
            HirKind::Concat(parts) => parts.as_slice(),
            _ => std::slice::from_ref(&tree),
        };
        let (HirKind::Look(Look::Start), rest) =
            parts.split_first().map(|(first, rest)| (first.kind(), rest))?
        else {
            return None;
        };
        let any = Hir::dot(Dot::AnyCharExceptLF);
        let mut fixed = Self { text: String::new(), whole: false, dots: false };
        for (index, part) in rest.iter().enumerate() {
            match part.kind() {
                HirKind::Literal(literal) => fixed.text.push_str(std::str::from_utf8(&literal.0).ok()?),
                HirKind::Look(Look::End) => {
                    fixed.whole = index + 1 == rest.len();
                    break;
                }
                _ if *part == any && in_host(&fixed.text) => {
                    fixed.text.push('.');
                    fixed.dots = true;
                }
                _ => break,
            }
        }
        Some(fixed)
    }

    /// Whether it fixes `scheme://host/owner/repo/`, or everything.
    fn holds(&self) -> bool {
        self.whole
            || self.path().is_some_and(|[host, owner, repository]| {
                !host.is_empty()
                    && !owner.is_empty()
                    && !repository.is_empty()
                    && self.text.matches('/').count() >= 5
            })
    }

    /// Host, owner and repository, as far as they are begun.
    fn path(&self) -> Option<[&str; 3]> {
        let (_, path) = self.text.split_once("://")?;
        let mut parts = path.split('/');
        Some([parts.next()?, parts.next()?, parts.next()?])
    }
}

fn in_host(fixed: &str) -> bool {
    fixed.split_once("://").is_some_and(|(_, rest)| !rest.contains('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flaws(pattern: &str) -> Vec<Flaw> {
        lint(&IdentityRule::Regexp(pattern.to_owned()), Some("https://issuer.example"))
    }

    #[test]
    fn a_rule_is_anchored_only_through_owner_and_repository() {
        for pattern in [
            r"^https://github\.com/acme/app/",
            r"^https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v.*$",
            r"^https://github\.com/acme/app/(a|b)",
            r"^release@acme\.example$",
        ] {
            assert!(is_anchored(pattern), "{pattern}");
        }
        for pattern in [
            ".*",
            "^https://github.com/.*",
            r"https://github\.com/acme/app/",
            r"^https://github\.com/acme/app",
            r"^https://github\.com/acme/app/?",
            r"^https://github\.com/acme/.*/",
            r"^https://github\.com/acme/app/|.*",
            r"^https://github\.com/ac.e/app/",
            r"^(https://github\.com/acme/app/)?",
            r"^https://github\.com//app/x/",
            "",
        ] {
            assert!(!is_anchored(pattern), "{pattern}");
        }
    }

    #[test]
    fn each_rule_that_accepts_strangers_is_named() {
        let fixed = |text: &str| text.to_owned();
        for (pattern, expected) in [
            (".*", vec![Flaw::Anything]),
            ("", vec![Flaw::Anything]),
            ("^.*$", vec![Flaw::Anything]),
            ("^a|.*", vec![Flaw::Anything]),
            (r"https://github\.com/acme/app/", vec![Flaw::NoAnchor]),
            ("acme/app", vec![Flaw::NoAnchor]),
            (r"^https://github\.com/acme/app/|evil", vec![Flaw::NoAnchor]),
            ("(?i)^https://github", vec![Flaw::Open]),
            (r"^https://github\.com/.*", vec![Flaw::NoRepository(fixed("https://github.com/"))]),
            (r"^https://github\.com/acme/.*", vec![Flaw::NoRepository(fixed("https://github.com/acme/"))]),
            (r"^https://github\.com/acme/app", vec![Flaw::NoSlash(fixed("https://github.com/acme/app"))]),
            (r"^https://github\.com/acme/app.*", vec![Flaw::NoSlash(fixed("https://github.com/acme/app"))]),
            (
                "^https://github.com/.*",
                vec![
                    Flaw::UnescapedDot(fixed("https://github.com/")),
                    Flaw::NoRepository(fixed("https://github.com/")),
                ],
            ),
            (
                "^https://github.com/acme/app/",
                vec![Flaw::UnescapedDot(fixed("https://github.com/acme/app/"))],
            ),
            (r"^release@acme\.example", vec![Flaw::Open]),
        ] {
            assert_eq!(flaws(pattern), expected, "{pattern}");
        }
        assert!(matches!(flaws("(")[..], [Flaw::Unreadable(_)]));
    }

    #[test]
    fn what_fixes_the_repository_or_the_whole_identity_is_clean() {
        for pattern in [
            r"^https://github\.com/acme/app/",
            r"^https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v.*$",
            r"^https://github[.]com/acme/app/(a|b)$",
            r"^release@acme\.example$",
        ] {
            assert_eq!(flaws(pattern), [], "{pattern}");
        }
        let exact = IdentityRule::Exact("release@acme.example".to_owned());
        assert_eq!(lint(&exact, Some("https://issuer.example")), []);
        assert_eq!(lint(&exact, None), [Flaw::NoIssuer]);
        assert_eq!(lint(&exact, Some("")), [Flaw::NoIssuer]);
    }

    #[test]
    fn the_suggestion_is_the_exact_identity_as_words_for_a_shell() {
        let signer = CertificateSigner {
            identity: "https://github.com/acme/app/it's.yml@refs/tags/v1\n".to_owned(),
            issuer: "https://issuer.example".to_owned(),
            ..CertificateSigner::default()
        };
        assert_eq!(
            suggestion(&signer),
            r"--certificate-identity 'https://github.com/acme/app/it'\''s.yml@refs/tags/v1 ' --certificate-oidc-issuer 'https://issuer.example'"
        );
    }

    const STRANGERS: [&str; 10] = [
        "https://github.com/evil/app/.github/workflows/release.yml@refs/tags/v1",
        "https://github.com/acme/app-evil/.github/workflows/release.yml@refs/tags/v1",
        "https://github.com/acme/other/x",
        "https://github.com/acme-evil/app/x",
        "https://githubxcom/acme/app/x",
        "https://evil.example/https://github.com/acme/app/x",
        "https://evil.example/acme/app/",
        "acme/app",
        "evil@acme.example",
        "",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn a_clean_rule_matches_nobody_of_another_owner_or_repository(
            anchored in any::<bool>(),
            parts in prop::collection::vec(prop::sample::select(vec![
                "^", "$", "https://", r"github\.com", "github.com", "/", "acme", "app", "evil", ".*", ".", "|", "(",
                ")", "[", "]", "?", "*", "+", "{0,2}", "(?i)", "(?m)", "(?x)", "(?s)", r"\", r"\A", r"\b", "-", "#",
                r"https://github\.com/acme/app/", r"https://github\.com/acme/app", "[[a](]", "\n",
            ]), 0..9),
        ) {
            let pattern = format!("{}{}", if anchored { r"^https://github\.com/acme/app" } else { "" }, parts.concat());
            if flaws(&pattern).is_empty() {
                let regex = Regex::new(&pattern).unwrap();
                let fixed = Fixed::of(&pattern).unwrap();
                for stranger in STRANGERS.iter().filter(|stranger| !stranger.starts_with(&fixed.text)) {
                    prop_assert!(!regex.is_match(stranger), "{pattern} matches {stranger}");
                }
                // Whom it lets in has the whole of owner/repo/, or is the one identity that it spells out.
                prop_assert!(fixed.whole || fixed.text.matches('/').count() >= 5, "{pattern} fixes {}", fixed.text);
            }
        }
    }
}
