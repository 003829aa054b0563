//! The staged digest of an image, as this machine remembers it.

use super::{World, local_exchange};
use crate::model::{Answer, Exchange, ImageName, Place};

/// What this machine pushed by digest for this version.
pub(super) async fn fetch(image: &ImageName, world: &World) -> Vec<Exchange> {
    let (store, release, name) = (world.store.clone(), world.release.clone(), image.clone());
    let staged = super::blocking(move || store.staged(&release, &name)).await;
    let answer = match staged {
        Ok(Some(staged)) => Answer::Staged(staged),
        Ok(None) => Answer::Missing(format!("this machine pushed no {image} of this version")),
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Store, format!("staged {image}"), answer)]
}
