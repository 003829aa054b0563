//! Tests against real parts: the binary itself, real registries, an engine, a terminal.
//!
//! A test that needs a part which is missing is reported as ignored by name, and fails when
//! `EXITBAR_REQUIRE` (a comma-separated list) names that part.

mod audit_real;
mod cockpit;
mod demo;
mod faults;
mod parts;
mod pushing;
mod release;
mod screen;
mod structure;

use libtest_mimic::{Arguments, Trial};
use parts::Part;

macro_rules! trials {
    ($($module:ident::$test:ident $([$($part:ident),*])?),* $(,)?) => {
        vec![$(trial(
            concat!(stringify!($module), "::", stringify!($test)),
            &[$($(Part::$part),*)?],
            $module::$test,
        )),*]
    };
}

fn main() {
    let arguments = Arguments::from_args();
    let trials = trials![
        structure::nobody_names_whom_he_must_not,
        demo::the_demo_plays_from_45_to_70_by_the_numbers_of_its_plans,
        demo::a_demo_without_a_terminal_plays_headless,
        demo::the_first_audit_has_the_ten_statuses_of_the_report,
        demo::readonly_refuses_what_is_not_reading,
        cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_120x35,
        cockpit::the_demo_turns_on_every_key_by_the_numbers_of_its_plans_at_80x24,
        cockpit::enter_does_not_confirm_a_plan,
        cockpit::sigterm_restores_the_terminal,
        cockpit::ctrl_c_restores_the_terminal,
        cockpit::a_resize_is_followed,
        faults::a_registry_that_is_down_leaves_the_other_s_results_intact,
        faults::each_answer_is_judged_as_what_it_is,
        faults::endless_and_broken_answers_end_in_unknown,
        faults::an_audit_asks_no_registry_twice_for_the_same_bytes,
        faults::a_package_that_is_private_by_mistake_is_missing_or_private,
        faults::what_only_credentials_read_is_a_finding_unless_it_is_meant_so,
        audit_real::the_attested_index_audits_as_its_source_says[Registry],
        audit_real::only_amd64_asked_for_is_not_failed[Registry],
        audit_real::another_image_under_the_tag_is_a_hard_stop[Registry],
        audit_real::an_arm64_manifest_with_an_amd64_program_fails_without_an_engine[Registry],
        audit_real::the_markdown_report_is_filled_from_the_evidence[Registry],
        audit_real::what_is_staged_here_is_published_there[Registry],
        audit_real::an_image_of_the_engine_is_judged_by_what_it_is[Engine],
        demo::both_platforms_run_where_this_host_emulates[Emulation],
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: &str, needs: &'static [Part], test: fn()) -> Trial {
    let missing = needs.iter().find_map(|part| part.missing().map(|why| (*part, why)));
    match missing {
        None => Trial::test(name, move || {
            test();
            Ok(())
        }),
        Some((part, why)) if parts::is_required(part) => {
            let why = format!("EXITBAR_REQUIRE names {}, but {why}", part.name());
            Trial::test(name, move || Err(why.into()))
        }
        Some((part, why)) => {
            let name = format!("{name} (needs {}: {why})", part.name());
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
    }
}
