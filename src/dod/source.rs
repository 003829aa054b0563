//! Source repositories and commits, compared as people write them.

/// Whether two URLs name the same source repository: scheme, `git@` form, `.git`, a trailing slash and the
/// letter case do not matter.
pub(super) fn same_repository(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The host and `owner/name` of a source repository, where the URL names those and nothing else.
pub(super) fn hosted(url: &str) -> Option<(String, String)> {
    let plain = plain(url);
    let (host, path) = plain.split_once('/')?;
    let (owner, name) = path.split_once('/')?;
    let is_name =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    (is_name(owner) && is_name(name)).then(|| (host.to_owned(), path.to_owned()))
}

fn plain(url: &str) -> String {
    let url = url.trim();
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let url = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url).trim_end_matches('/');
    let mut url = url.to_ascii_lowercase();
    // `git@github.com:owner/repo`: what follows the colon is a path, unless it is a port.
    if let Some((host, path)) = url.split_once(':')
        && !host.contains('/')
        && !path.starts_with(|c: char| c.is_ascii_digit())
    {
        url = format!("{host}/{path}");
    }
    url
}

/// Whether two commits are the same; one may be shortened to no less than seven digits.
pub(super) fn same_commit(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim().to_ascii_lowercase(), other.trim().to_ascii_lowercase());
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short == long || (short.len() >= 7 && long.starts_with(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_repository_are_the_same() {
        for url in [
            "https://github.com/acme/app",
            "https://github.com/Acme/app.git",
            "git@github.com:acme/app.git",
            "ssh://git@github.com/acme/app/",
            "github.com/acme/app",
        ] {
            assert!(same_repository(url, "https://github.com/acme/app"), "{url}");
        }
        assert!(!same_repository("https://github.com/acme/app2", "https://github.com/acme/app"));
        assert!(!same_repository("https://evil.example/acme/app", "https://github.com/acme/app"));
    }

    #[test]
    fn a_short_commit_names_its_long_one_and_no_other() {
        assert!(same_commit("4F0C1B2", "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345"));
        assert!(!same_commit("4f0c1b", "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345"));
        assert!(!same_commit("", "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345"));
    }
}
