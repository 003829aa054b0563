//! The one integration binary: the program against registries, engines and files that are real.
//!
//! A test that needs a part which this machine lacks is reported as ignored with the reason, unless
//! `EXITBAR_REQUIRE` names the part: then it fails. See [`support::parts`].

mod audit_engine;
mod audit_real;
mod credentials;
mod demo;
mod faults;
mod mutations;
mod registries;
mod release;
mod requests;
mod structure;
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, run};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = [
        structure::trials(),
        registries::trials(),
        audit_real::trials(),
        audit_engine::trials(),
        faults::trials(),
        credentials::trials(),
        mutations::trials(),
        requests::trials(),
        release::trials(),
        demo::trials(),
    ];
    run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}
