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
    let (root, shown_root) = (repository(&path), repository(&folder));
    let read = blocking(move || {
        let files = read_all(&path, &shown)?;
        let actions = workflow::used_actions(&files, |folder| Some(read_action(folder, &root, &shown_root)));
        Ok::<_, NotRead>((files, actions))
    });
    let answer = match read.await {
        Ok(Ok((files, actions))) => {
            Answer::Workflows(workflow::parse_named(&files, &actions, releases.as_deref()))
        }
        Ok(Err(not_read)) => not_read.into(),
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Source(folder), request, answer)]
}

/// The repository that a folder of workflows belongs to, to which what they use is relative: `.github/workflows` lies
/// two folders below it.
fn repository(folder: &Path) -> PathBuf {
    let is_usual = folder.file_name().is_some_and(|name| name == "workflows");
    let above = folder.parent().filter(|above| {
        let name = above.file_name().unwrap_or_default().to_string_lossy();
        is_usual && matches!(&*name, ".github" | ".gitea" | ".forgejo")
    });
    above.or(Some(folder)).and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
}

/// Every `*.yml` and `*.yaml` of a folder, in the order of their names. Blocks.
fn read_all(path: &Path, shown: &Path) -> Result<Vec<(PathBuf, String)>, NotRead> {
    let not_read = |error: &std::io::Error| match layout::not_read(shown, error) {
        NotRead::Missing(_) => NotRead::Missing(format!("there is no folder {}", shown.display())),
        failed @ NotRead::Failed(_) => failed,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| not_read(&error))? {
        // One that cannot be told may be the one that releases.
        names.push(PathBuf::from(entry.map_err(|error| not_read(&error))?.file_name()));
    }
    names.retain(|name| name.extension().is_some_and(|extension| extension == "yml" || extension == "yaml"));
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

/// The file of an action with its text, or why there is none. Blocks.
fn read_action(folder: &Path, root: &Path, shown: &Path) -> Result<(PathBuf, String), String> {
    let mut missing = String::new();
    for name in workflow::ACTION_FILES {
        let file = folder.join(name);
        match layout::read(&root.join(&file), FILE) {
            Ok(bytes) => return Ok((shown.join(file), String::from_utf8_lossy(&bytes).into_owned())),
            Err(NotRead::Missing(why)) => missing = why,
            Err(NotRead::Failed(reason)) => return Err(reason.to_string()),
        }
    }
    Err(missing)
}
