//! On call: the tags of a release, or of any images, looked at again and again, and what changed since.
//!
//! What is known ([`Known`]) moves on with each answer, and what is said is the difference of two of them
//! ([`changes`]): both are pure, and time is handed in. A look is a HEAD per tag. What a digest is worth is
//! verified again when it moves, and at an interval of its own. What could not be looked at is never taken for
//! unchanged: it stays as it was last seen, with the reason and since when.

mod apply;
mod call;
mod change;
mod deadline;
mod eyes;
mod judged;
mod known;
mod last_go;
mod run;
mod schedule;
mod target;
#[cfg(test)]
pub(crate) mod tests;
mod watcher;

pub use call::Call;
pub use change::{Change, Phase, changes};
pub use deadline::{Deadline, of_policy};
pub use eyes::{Gatherer, Rules};
pub use judged::{Judged, Verified};
pub use known::{Concern, Kind, Known, Loudness, Presence, Subject, TagState, Unseen};
pub use last_go::LastGo;
pub use run::{Command, Edge, View, run};
pub use schedule::Schedule;
pub use target::{Target, Top, of_release};
pub use watcher::{Eyes, Polled, Watcher};
