//! What exchanges brought: the bytes of a digest, or why they did not come.

use std::sync::Arc;

use crate::formats;
use crate::model::{Answer, Digest, Exchange, FactKey, Reason};

/// The bytes of `digest`, of the first exchange that brought them.
pub(super) fn bytes_of(digest: &Digest, exchanges: &[Exchange]) -> Option<Arc<[u8]>> {
    exchanges.iter().find_map(|exchange| match &exchange.answer {
        Answer::Bytes(bytes) if digest.matches(bytes) => Some(Arc::clone(bytes)),
        Answer::Http(answer) if answer.status == 200 && digest.matches(&answer.body) => {
            Some(Arc::clone(&answer.body))
        }
        _ => None,
    })
}

/// Why what `key` names did not come, as it is read everywhere else; where nothing says why, `otherwise`.
pub(super) fn reason_of(key: &FactKey, exchanges: &[Exchange], otherwise: Reason) -> Reason {
    let read = formats::read(key, exchanges);
    let reason = read.iter().find_map(|(_, fact, _)| fact.reason().cloned());
    reason.unwrap_or(otherwise)
}
