//! Starts exitbar.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic is a failure of exitbar itself: it says where, and ends with 70, never with 1.
    if let Err(error) = color_eyre::config::HookBuilder::default().display_env_section(false).install() {
        eprintln!("exitbar: {error}");
    }
    std::panic::catch_unwind(exitbar::cli::main).unwrap_or(ExitCode::from(70))
}
