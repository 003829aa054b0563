//! What items 6 and 10 share: while nothing is built, the Dockerfiles speak.

use crate::model::{Dockerfile, FactKey, Observed, Status, Symbol};

use super::super::context::Context;
use super::judgement::Judgement;
use super::{Checked, Instead};

/// The status where nothing is staged and nothing is built: CONFIGURED where every image's Dockerfile declares
/// it, else NOT STARTED.
pub(super) fn none_built(
    context: &Context,
    checked: &mut Checked,
    declares: impl Fn(&Dockerfile) -> Result<String, String>,
) -> Option<Instead> {
    if !context.nothing_staged || checked.counted().next().is_some() {
        return None;
    }
    for image in &context.release.images {
        let key = FactKey::Dockerfile(image.name.clone());
        if context.is_wanted(&key) {
            checked.push(image, None, Judgement::pending().because([key]));
        }
    }
    if checked.is_pending() {
        return None;
    }
    let mut words = Vec::new();
    for image in &context.release.images {
        let key = FactKey::Dockerfile(image.name.clone());
        let said = match context.facts.dockerfile(&key) {
            Some(Observed::Seen(dockerfile)) => declares(dockerfile),
            Some(Observed::Unknown(reason)) => {
                Err(format!("the Dockerfile of {} could not be read: {reason}", image.name))
            }
            Some(Observed::Absent(absence)) => Err(absence.to_string()),
            None => Err(format!("no Dockerfile of {} is configured", image.name)),
        };
        checked.because.push(key);
        match said {
            Ok(words_of_it) => words.push(words_of_it),
            Err(why) => {
                let note = format!("nothing is built; {why}");
                return Some(Instead { status: Status::NotStarted, points: 0, symbol: Symbol::Not, note });
            }
        }
    }
    let note = format!("nothing is built; {}", words.first()?);
    Some(Instead { status: Status::Configured, points: 5, symbol: Symbol::Partly, note })
}
