//! The one integration binary: the program against registries, engines and files that are real.
//!
//! A test that needs a part which this machine lacks is reported as ignored with the reason, unless
//! `EXITBAR_REQUIRE` names the part: then it fails. See [`support::parts`].

mod audit_engine;
mod audit_real;
mod cockpit;
mod credentials;
mod demo;
mod faults;
mod mutations;
mod registries;
mod release;
mod requests;
mod screen;
mod structure;
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial, run};
use support::parts::test;

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
        cockpit_trials(),
    ];
    run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}

fn cockpit_trials() -> Vec<Trial> {
    vec![
        test(
            "cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_120x35",
            cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_120x35,
        ),
        test(
            "cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_80x24",
            cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_80x24,
        ),
        test("cockpit::enter_does_not_confirm_a_plan", cockpit::enter_does_not_confirm_a_plan),
        test("cockpit::sigterm_restores_the_terminal", cockpit::sigterm_restores_the_terminal),
        test("cockpit::ctrl_c_restores_the_terminal", cockpit::ctrl_c_restores_the_terminal),
        test("cockpit::a_resize_is_followed", cockpit::a_resize_is_followed),
    ]
}
