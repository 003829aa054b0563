//! A command of the operator's, run for each change with the change as JSON on its standard input.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::watch::Change;

/// How long the command may take: it must not hold the next look for ever.
const LONGEST: Duration = Duration::from_secs(30);

/// Runs the command for one change.
///
/// # Errors
/// That it could not be run, failed or took too long, in words.
pub(super) async fn run(command: &str, change: &Change) -> Result<(), String> {
    let failed = |why: String| format!("--exec `{command}` {why}");
    let json = serde_json::to_vec(change).map_err(|error| failed(error.to_string()))?;
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    let mut child = shell.spawn().map_err(|error| failed(format!("could not be started: {error}")))?;
    let work = async {
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read its input is no failure.
            let _ = stdin.write_all(&json).await;
        }
        child.wait().await
    };
    match tokio::time::timeout(LONGEST, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(format!("failed: {status}"))),
        Ok(Err(error)) => Err(failed(format!("could not be waited for: {error}"))),
        Err(_) => Err(failed(format!("did not end within {} s and was stopped", LONGEST.as_secs()))),
    }
}
