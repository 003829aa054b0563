//! The demo, headless.

use libtest_mimic::Trial;

use crate::support::exitbar::Audit;
use crate::support::parts::{Part, needing, test};
use crate::support::project::Project;

/// The report's ten statuses.
const START: [(&str, &str); 10] = [
    ("published", "NOT STARTED"),
    ("multi_arch", "NOT TESTED"),
    ("signed", "CONFIGURED"),
    ("sbom", "CONFIGURED"),
    ("vulnerabilities", "CONFIGURED"),
    ("non_root_healthcheck", "COMPLETE"),
    ("version_command", "FAILED"),
    ("size_budget", "PARTIAL"),
    ("example_pipeline", "NOT TESTED"),
    ("oci_labels", "COMPLETE"),
];

pub fn trials() -> Vec<Trial> {
    vec![
        test("demo::it_starts_with_the_reports_statuses_and_plays_to_its_end", || {
            let played = play(&["demo", "--headless", "--native-only"]);
            assert_eq!(scores(&played), [45, 60, 60, 65, 70, 70]);
            let keys = START.map(|(key, _)| key);
            assert_eq!(played[0].statuses(&keys), START);
            played[0].says("version_command", &["No such option: --version"]);
            played[0].says("size_budget", &["3.67 MB"]);
            let end = &played[5];
            assert_eq!((end.status("published"), end.status("signed")), ("COMPLETE", "NOT STARTED"));
        }),
        test("demo::without_a_terminal_it_plays_headless", || {
            assert_eq!(scores(&play(&["demo", "--native-only"])), [45, 60, 60, 65, 70, 70]);
        }),
        needing("demo::both_platforms_run_where_emulation_is", &[Part::Emulation], || {
            assert_eq!(scores(&play(&["demo", "--headless"])), [45, 60, 65, 70, 75, 75]);
        }),
    ]
}

fn play(arguments: &[&str]) -> Vec<Audit> {
    Project::empty().exitbar(arguments).run().exits(0).documents()
}

fn scores(played: &[Audit]) -> Vec<u64> {
    played.iter().map(Audit::score).collect()
}
