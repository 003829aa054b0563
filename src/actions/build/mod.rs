//! Builds every image for every platform: from its Dockerfile in the container engines, or by the command
//! that the configuration names.

mod command;
mod image;

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{Context, JobSink, Outline};
use crate::model::{Image, LocalSource};
use command::BuildCommand;
use image::ImageBuild;

/// Everything that is to be done.
#[derive(Debug)]
struct Work {
    /// Images that name the same command are built by it together.
    commands: BTreeSet<BuildCommand>,
    images: Vec<ImageBuild>,
}

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    let work = work(context)?;
    outline.steps.extend(work.commands.iter().map(BuildCommand::step));
    for image in &context.release.images {
        if let Some(LocalSource::Layout(layout)) = &image.local {
            let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
            outline.steps.push(format!("expect {} in {}", platforms.join(", "), layout.display()));
        }
    }
    let (steps, warnings) = image::steps(&work.images, context).await?;
    outline.steps.extend(steps);
    outline.warnings = warnings;
    Ok(outline)
}

fn work(context: &Context) -> Result<Work, String> {
    let built: Vec<&Image> = context.release.images.iter().filter(|image| image.build.is_some()).collect();
    if built.is_empty() {
        let help = "set `build = { dockerfile = \"Dockerfile\" }` or `build = { command = […] }` for it";
        return Err(format!("no image says how it is built; {help}"));
    }
    let mut work = Work { commands: BTreeSet::new(), images: Vec::new() };
    for image in built {
        match BuildCommand::of(image, context) {
            Some(command) => drop(work.commands.insert(command)),
            None => work.images.extend(image::builds(image)?),
        }
    }
    Ok(work)
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let work = work(context)?;
    let total = work.commands.len();
    for (done, command) in work.commands.iter().enumerate() {
        sink.progress(done, total, command.shown()).await;
        command.run(context, sink).await?;
    }
    let board = image::Board::new(sink, work.images.len());
    let builds = work.images.iter().enumerate().map(|(at, build)| build.run(at, context, &board));
    let failures: Vec<String> = join_all(builds).await.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        return Err(failures.join("; "));
    }
    sink.progress(total + work.images.len(), total + work.images.len(), "built").await;
    let names: Vec<String> = context.release.images.iter().map(|image| image.name.to_string()).collect();
    Ok(format!("built {}", names.join(", ")))
}
