//! What git prints: `status --porcelain=v2 --branch -z` and `ls-remote` (git-status(1), git-ls-remote(1)).

use crate::model::text::clean_line;
use crate::model::{Changes, Checkout, Upstream};

/// How many files are named.
const NAMED: usize = 3;

/// Reads `git status --porcelain=v2 --branch -z`: HEAD, branch, upstream and what differs; nothing else.
pub fn status(printed: &[u8]) -> Checkout {
    let mut checkout = Checkout::default();
    let text = String::from_utf8_lossy(printed);
    let mut records = text.split('\0').filter(|record| !record.is_empty());
    let mut upstream = None;
    while let Some(record) = records.next() {
        let (kind, rest) = record.split_once(' ').unwrap_or((record, ""));
        match kind {
            "#" => match rest.split_once(' ') {
                Some(("branch.oid", oid)) => checkout.head = commit(oid),
                Some(("branch.head", head)) if head != "(detached)" => {
                    checkout.branch = Some(head.to_owned());
                }
                Some(("branch.upstream", name)) => upstream = Some(name.to_owned()),
                Some(("branch.ab", counts)) => {
                    let Some((name, (ahead, behind))) = upstream.take().zip(ahead_behind(counts)) else {
                        continue;
                    };
                    checkout.upstream = Some(Upstream { name, ahead, behind });
                }
                _ => {}
            },
            "1" | "u" => note(&mut checkout.changed, rest.splitn(path_after(kind), ' ').last()),
            "2" => {
                note(&mut checkout.changed, rest.splitn(path_after(kind), ' ').last());
                // What it was called before.
                records.next();
            }
            "?" => note(&mut checkout.untracked, Some(rest)),
            _ => {}
        }
    }
    checkout
}

/// How many fields an entry has, its path included.
fn path_after(kind: &str) -> usize {
    match kind {
        "1" => 8,
        "2" => 9,
        _ => 10,
    }
}

fn note(changes: &mut Changes, path: Option<&str>) {
    changes.count += 1;
    if changes.first.len() < NAMED {
        changes.first.push(clean_line(path.unwrap_or_default()).into_owned());
    }
}

fn ahead_behind(counts: &str) -> Option<(u64, u64)> {
    let (ahead, behind) = counts.split_once(' ')?;
    Some((ahead.strip_prefix('+')?.parse().ok()?, behind.strip_prefix('-')?.parse().ok()?))
}

/// The commit of a tag in what `git ls-remote` prints: of an annotated tag what it points to (`^{}`).
pub fn remote_tag(printed: &[u8], tag: &str) -> Option<String> {
    let text = String::from_utf8_lossy(printed);
    let named = |name: &str| {
        text.lines().find_map(|line| {
            let (oid, reference) = line.split_once('\t')?;
            (reference == name).then(|| commit(oid))?
        })
    };
    named(&format!("refs/tags/{tag}^{{}}")).or_else(|| named(&format!("refs/tags/{tag}")))
}

/// The full name of a commit, SHA-1 or SHA-256.
pub fn commit(text: &str) -> Option<String> {
    let text = text.trim();
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && matches!(text.len(), 40 | 64)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OID: &str = "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345";

    #[test]
    fn a_status_tells_head_branch_upstream_and_what_differs() {
        let zeros = "0".repeat(40);
        let printed = format!(
            "# branch.oid {OID}\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +1 -2\0\
             1 .M N... 100644 100644 100644 {zeros} {zeros} a file\0\
             2 R. N... 100644 100644 100644 {zeros} {zeros} R100 new\0old\0\
             u UU N... 100644 100644 100644 100644 {zeros} {zeros} {zeros} both\0? more.txt\0"
        );
        let checkout = status(printed.as_bytes());
        assert_eq!(checkout.head.as_deref(), Some(OID));
        assert_eq!(checkout.branch.as_deref(), Some("main"));
        let upstream = Upstream { name: "origin/main".to_owned(), ahead: 1, behind: 2 };
        assert_eq!(checkout.upstream, Some(upstream));
        assert_eq!((checkout.changed.count, checkout.changed.to_string().as_str()), (3, "a file, new, both"));
        assert_eq!(checkout.untracked.to_string(), "more.txt");
    }

    #[test]
    fn before_the_first_commit_there_is_no_head_and_detached_there_is_no_branch() {
        let unborn = status(b"# branch.oid (initial)\0# branch.head main\0");
        assert_eq!((unborn.head, unborn.branch.as_deref()), (None, Some("main")));
        let detached = status(format!("# branch.oid {OID}\0# branch.head (detached)\0").as_bytes());
        assert_eq!((detached.head.as_deref(), detached.branch), (Some(OID), None));
    }

    #[test]
    fn an_annotated_tag_is_the_commit_that_it_points_to() {
        let object = "1".repeat(40);
        let annotated = format!("{object}\trefs/tags/v1\n{OID}\trefs/tags/v1^{{}}\n");
        assert_eq!(remote_tag(annotated.as_bytes(), "v1").as_deref(), Some(OID));
        let light = format!("{object}\trefs/tags/other/v1\n{OID}\trefs/tags/v1\n");
        assert_eq!(remote_tag(light.as_bytes(), "v1").as_deref(), Some(OID));
        assert_eq!(remote_tag(light.as_bytes(), "v2"), None);
    }

    proptest! {
        #[test]
        fn whatever_git_prints_is_read_to_its_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let checkout = status(&bytes);
            prop_assert!(checkout.changed.first.len() <= NAMED);
            let _ = remote_tag(&bytes, "v1");
        }
    }
}
