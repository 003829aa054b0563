//! The cockpit on the terminal.

use super::args::{Color, Global};
use super::failure::Failure;
use super::session::Session;
use crate::config::Loaded;
use crate::tui;

/// The cockpit on what was loaded; it begins with an audit.
pub(super) async fn cockpit(global: &Global, loaded: &Loaded) -> Result<u8, Failure> {
    let session = Session::start(loaded, Vec::new()).map_err(Failure::own)?;
    let options = tui::Options {
        keys: loaded.keys.clone(),
        theme: global.theme.clone().or_else(|| loaded.theme.clone()),
        color: global.color != Color::Never,
        scope: loaded.scope.clone(),
        report: Some(loaded.wiring.root.join("exitbar-report.md")),
    };
    let cockpit = session.cockpit();
    let done = tui::run(cockpit.states.clone(), cockpit.commands.clone(), options).await;
    session.quit().await;
    done.map(|()| 0).map_err(|error| Failure::own(format!("the terminal failed: {error}")))
}
