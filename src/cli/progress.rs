//! Progress on standard error.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::args::Global;
use super::headless;
use crate::cockpit::Stamped;

/// Writes progress to standard error, until the session has ended.
pub(super) fn progress(global: &Global) -> (Vec<mpsc::Sender<Arc<Stamped>>>, Option<JoinHandle<()>>) {
    if global.quiet {
        return (Vec::new(), None);
    }
    let verbose = global.verbose;
    let (sender, mut events) = mpsc::channel::<Arc<Stamped>>(256);
    let task = tokio::spawn(async move {
        while let Some(stamped) = events.recv().await {
            if let Some(line) = headless::line(&stamped, verbose) {
                eprintln!("{line}");
            }
        }
    });
    (vec![sender], Some(task))
}
