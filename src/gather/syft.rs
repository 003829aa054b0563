//! syft, which reads an image and lists its packages.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::World;
use crate::formats::sbom::SIZE_LIMIT;
use crate::model::text::clean_line;
use crate::model::{Reason, ReasonKind};
use crate::runner::Tool;

/// A large image takes minutes.
const TIME: Duration = Duration::from_mins(10);

/// The version of syft, before an image is fetched for it.
///
/// # Errors
/// Where there is no syft, or it does not say.
pub async fn syft_version(world: &World) -> Result<String, Reason> {
    let tool = tool(["version".into()].into(), &world.wiring.root, world);
    let run = Tool { time: Duration::from_secs(30), output: 64 << 10, ..tool }.run().await?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let version = said.lines().find_map(|line| line.strip_prefix("Version:")).map(clean_line);
    version.map(|version| version.trim().to_owned()).ok_or_else(|| {
        let program = world.wiring.sbom.syft.display();
        Reason::new(
            ReasonKind::ToolFailed,
            format!("`{program} version` names no version (exit code {})", run.exit),
        )
        .cure("install syft from https://github.com/anchore/syft")
    })
}

/// What syft says of the one image in an OCI layout, as SPDX JSON.
///
/// # Errors
/// Where there is no syft, or it failed: its exit code and what it said.
pub async fn syft(layout: &Path, name: &str, version: &str, world: &World) -> Result<Vec<u8>, Reason> {
    let mut source = OsString::from("oci-dir:");
    source.push(layout);
    let mut arguments: Vec<_> = ["scan", "--quiet", "--output", "spdx-json"].map(Into::into).into();
    // The document would else be named after the temporary folder.
    arguments.extend(["--source-name", name, "--source-version", version].map(Into::into));
    arguments.push(source);
    let tool = tool(arguments, layout, world);
    let run = tool.run().await?;
    if run.exit == 0 {
        return Ok(run.stdout);
    }
    let last = run.stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    let text = format!("{} ended with {}: {last}", tool.program.display(), run.exit);
    Err(Reason::new(ReasonKind::ToolFailed, text))
}

fn tool(arguments: Vec<OsString>, folder: &Path, world: &World) -> Tool {
    Tool {
        program: world.wiring.sbom.syft.clone(),
        arguments,
        folder: folder.to_owned(),
        // It asks for news of itself otherwise.
        environment: vec![("SYFT_CHECK_FOR_APP_UPDATE".into(), "false".into())],
        time: TIME,
        output: SIZE_LIMIT,
    }
}
