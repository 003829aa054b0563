//! The demo: a sample release in a temporary folder, two registries in the process, and the ordinary cockpit on them.

use std::path::Path;

use super::args::{DemoArgs, Format, Global};
use super::failure::Failure;
use super::load::load;
use super::plain;
use super::print::printed;
use super::progress::progress;
use super::screen::{cockpit, is_on_a_terminal, is_plain};
use super::session::{Acted, Session};
use crate::config::Loaded;
use crate::demo::{self, DemoOptions};
use crate::model::{Action, Scope};
use crate::report::Look;
use crate::tui::Opening;

/// The build command of the demo's own configuration.
pub(super) fn build(folder: &Path) -> Result<u8, Failure> {
    let built = demo::build(folder).map_err(|error| Failure {
        code: 1,
        text: format!("cannot build in {}: {error}", folder.display()),
    })?;
    for (image, digest) in built {
        println!("built {image} for linux/amd64 and linux/arm64: {digest}");
    }
    Ok(0)
}

/// Plays the demo.
pub(super) async fn play(global: &Global, args: &DemoArgs) -> Result<u8, Failure> {
    let folder = tempfile::Builder::new().prefix("exitbar-demo-").tempdir().map_err(Failure::own)?;
    let registries = demo::registries().map_err(Failure::own)?;
    let osv = demo::osv().map_err(Failure::own)?;
    let options = DemoOptions {
        osv: osv.url(),
        registries: registries.each_ref().map(|registry| registry.host().to_owned()),
        native_only: args.native_only,
        program: std::env::current_exe().map_err(Failure::own)?,
    };
    demo::write(folder.path(), &options).map_err(Failure::own)?;
    let _sigstore = demo::sigstore(folder.path(), crate::registry::now).map_err(Failure::own)?;
    let loaded = load(global, Some(&folder.path().join(crate::config::FILE)))?;
    if is_plain(global) && !args.headless {
        return plain::cockpit(global, &loaded).await;
    }
    if is_on_a_terminal() && !args.headless {
        return cockpit(global, &loaded, Opening::Panes).await;
    }
    let (observers, printing) = progress(global);
    let mut session = Session::start(&loaded, observers).map_err(Failure::own)?;
    let played = play_through(&mut session, &loaded).await;
    session.quit().await;
    if let Some(printing) = printing {
        let _ = printing.await;
    }
    played
}

/// Every action that there is, in the order of the keys `b r e p s m c P`; one audit document before the first and one after each.
async fn play_through(session: &mut Session, loaded: &Loaded) -> Result<u8, Failure> {
    let state = session.audit(Scope::clone(&loaded.scope)).await.map_err(Failure::own)?;
    println!("{}", printed(&state, Format::Json, Look::PLAIN)?.trim_end());
    for action in Action::RELEASE {
        let (id, plan) = session.plan(action).await.map_err(|why| Failure { code: 1, text: why })?;
        let (state, acted) = session.confirm(id, &plan).await.map_err(Failure::own)?;
        println!("{}", printed(&state, Format::Json, Look::PLAIN)?.trim_end());
        if let Acted::Not(why) = acted {
            return Err(Failure { code: 1, text: format!("{action}: {why}") });
        }
    }
    Ok(0)
}
