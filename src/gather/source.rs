//! What the source declares: Dockerfiles and release workflows.

use std::path::{Path, PathBuf};

use super::layout::{self, NotRead};
use super::{World, blocking, local_exchange};
use crate::formats::{dockerfile, workflow};
use crate::model::{Answer, Exchange, ImageName, Place, Reason, ReasonKind};

/// Larger files are not read, nor more workflows.
const FILE: u64 = 1024 * 1024;
const FILES: usize = 200;

/// The Dockerfile of an image, with the build's target and arguments.
pub(super) async fn dockerfile(image: &ImageName, places: &[Place], world: &World) -> Vec<Exchange> {
    let build = world.release.image(image).and_then(|image| image.build.clone());
    let build = build.unwrap_or_default();
    let mut exchanges = Vec::new();
    for place in places {
        let Place::Source(file) = place else { continue };
        let path = world.wiring.path(file);
        let answer = match blocking(move || layout::read(&path, FILE)).await {
            Ok(Ok(bytes)) => {
                let text = String::from_utf8_lossy(&bytes);
                // With the arguments that a build gives; when that will be is not known yet.
                let args = world.release.build_args(&build, &dockerfile::arguments(&text), None);
                Answer::Dockerfile(dockerfile::parse(file, &text, build.target.as_deref(), &args))
            }
            Ok(Err(not_read)) => not_read.into(),
            Err(reason) => Answer::Failed(reason),
        };
        exchanges.push(local_exchange(place.clone(), format!("read {}", file.display()), answer));
    }
    exchanges
}

/// The workflows of the folder that the wiring names.
pub(super) async fn workflows(world: &World) -> Vec<Exchange> {
    let folder = world.wiring.workflows.clone();
    let releases = world.wiring.release_workflow.clone();
    let request = format!("read {}", folder.display());
    let (path, shown) = (world.wiring.path(&folder), folder.clone());
    let answer = match blocking(move || read_all(&path, &shown)).await {
        Ok(Ok(files)) => Answer::Workflows(workflow::parse_named(&files, releases.as_deref())),
        Ok(Err(not_read)) => not_read.into(),
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Source(folder), request, answer)]
}

/// Every `*.yml` and `*.yaml` of a folder, in the order of their names. Blocks.
fn read_all(path: &Path, shown: &Path) -> Result<Vec<(PathBuf, String)>, NotRead> {
    let entries = std::fs::read_dir(path).map_err(|error| match layout::not_read(shown, &error) {
        NotRead::Missing(_) => NotRead::Missing(format!("there is no folder {}", shown.display())),
        failed @ NotRead::Failed(_) => failed,
    })?;
    let mut names: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| PathBuf::from(entry.file_name())))
        .filter(|name| name.extension().is_some_and(|extension| extension == "yml" || extension == "yaml"))
        .collect();
    names.sort();
    if names.len() > FILES {
        let text = format!("{} holds more than {FILES} workflows", shown.display());
        return Err(NotRead::Failed(Reason::new(ReasonKind::TooLarge, text)));
    }
    let mut files = Vec::new();
    for name in names.iter().filter(|name| path.join(name).is_file()) {
        let bytes = layout::read(&path.join(name), FILE)?;
        files.push((shown.join(name), String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(files)
}
