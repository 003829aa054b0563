//! With or without credentials: content is asked for as its tag was seen.

use super::World;
use crate::model::{AbsenceKind, Access, FactKey, Facts, Observed, Pass, Repository};

/// How to ask `repository` for content: as strangers where a tag was seen so, or was said not to
/// be there; else with this machine's credentials, if it has any.
pub(super) async fn to(repository: &Repository, facts: &Facts, world: &World) -> Access {
    match as_seen(repository, facts, world) {
        Some(access) => access,
        None if world.registries.has_credentials(repository).await => Access::Credentials,
        None => Access::Anonymous,
    }
}

fn as_seen(repository: &Repository, facts: &Facts, world: &World) -> Option<Access> {
    let (mut seen, mut absent) = (None, None);
    for (image, _) in world.release.repositories().filter(|(_, ours)| *ours == repository) {
        for access in [Access::Anonymous, Access::Credentials] {
            let key = FactKey::Tag {
                repository: repository.clone(),
                tag: image.tag.clone(),
                access,
                pass: Pass::First,
            };
            match facts.tag(&key) {
                Some(Observed::Seen(_)) => {
                    seen.get_or_insert(access);
                }
                Some(Observed::Absent(absence)) if absence.kind == AbsenceKind::NotFound => {
                    absent.get_or_insert(access);
                }
                _ => {}
            }
        }
    }
    seen.or(absent)
}
