//! Commands and flags, exit codes, and what runs without a screen.

mod act;
mod args;
mod ask;
mod demo;
mod doctor;
mod exit;
mod failure;
mod go_live;
mod headless;
mod history;
mod init;
mod load;
mod plain;
mod print;
mod progress;
mod replay;
mod run;
mod screen;
mod session;
mod sign;
#[cfg(test)]
mod tests;
mod verify;
mod verify_bundle;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;

pub use args::Cli;

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("exitbar: no threads to work with: {error}");
            return ExitCode::from(exit::OWN_FAILURE);
        }
    };
    let code = runtime.block_on(run::run(cli));
    // A blocking read of a layer may still wait for bytes that nobody wants any more.
    runtime.shutdown_background();
    ExitCode::from(code)
}
