//! What fails a scan: severities, and whether findings that nobody has fixed yet count.

use std::collections::BTreeSet;

use super::call::Call;
use super::machine::Machine;
use super::syntax::{self, Step, Text};
use super::values::{self, Values, Variables};
use crate::formats::scan::severity;
use crate::model::{ScanGate, Severity};

/// A gate with the line that sets it.
pub(super) type Gate = (u32, ScanGate);

/// How a scanner is told which severities count.
enum Setting<'w> {
    /// All of them are listed.
    List(Option<&'w str>),
    /// The lowest of them is named.
    Lowest(Option<&'w str>, Severity),
}

impl Setting<'_> {
    /// The severities that count; none where nobody can tell, or the runs of the job differ.
    fn severities(&self, machine: &Machine, variables: &Variables) -> Option<BTreeSet<Severity>> {
        let mut all = machine.each_run(variables, |values| self.in_run(values));
        if all.len() == 1 { all.remove(0) } else { None }
    }

    fn in_run(&self, values: Values) -> Option<BTreeSet<Severity>> {
        match self {
            Self::List(None) => Some(Severity::ALL.into()),
            Self::List(Some(written)) => listed(&values.of(written)?),
            Self::Lowest(None, default) => Some(since(*default)),
            Self::Lowest(Some(written), _) => severity::of_word(&values.of(written)?).map(since),
        }
    }
}

/// What fails the scan of an action; none where it is not written out, or the action is no scanner.
pub(super) fn of_action(uses: &Text, step: &Step, machine: &Machine, variables: &Variables) -> Option<Gate> {
    let input = |name| step.input(name);
    let text = |input: Option<&'_ Text>| input.map(|input| input.value.clone());
    let action = syntax::action_name(uses);
    let (said, threshold);
    let setting = match action.as_str() {
        // What a file of settings says is not read.
        "aquasecurity/trivy-action" if input("trivy-config").is_none() => {
            said = input("severity");
            threshold = text(said);
            Setting::List(threshold.as_deref())
        }
        "docker/scout-action" => {
            said = input("only-severities");
            threshold = text(said);
            Setting::List(threshold.as_deref())
        }
        "anchore/scan-action" => {
            said = input("severity-cutoff");
            threshold = text(said);
            Setting::Lowest(threshold.as_deref(), Severity::Medium)
        }
        "snyk/actions/docker" => {
            said = input("args");
            threshold = text(said).and_then(|args| {
                let mut words = args.split_whitespace();
                words.find_map(|word| word.strip_prefix("--severity-threshold=")).map(str::to_owned)
            });
            Setting::Lowest(threshold.as_deref(), Severity::Low)
        }
        _ => return None,
    };
    let severities = setting.severities(machine, variables)?;
    let fixed = ["ignore-unfixed", "only-fixed"].iter().find_map(|name| input(name));
    let fixed_only = fixed.is_some_and(|fixed| fixed.value.trim() != "false");
    Some((said.map_or_else(|| syntax::line(uses), syntax::line), ScanGate { severities, fixed_only }))
}

/// What fails the scan of a command.
pub(super) fn of_command(call: &Call, line: u32, machine: &Machine, variables: &Variables) -> Option<Gate> {
    let written = |long, short| call.written_value(long).or_else(|| call.written_value(short));
    let setting = match call.program {
        _ if call.written_value("--config").is_some() => return None,
        "trivy" => Setting::List(written("--severity", "-s")),
        "docker" => Setting::List(written("--only-severity", "--only-severities")),
        "grype" => Setting::Lowest(Some(written("--fail-on", "-f")?), Severity::Negligible),
        _ => return None,
    };
    let fixed_only = call.has("--ignore-unfixed") || call.has("--only-fixed");
    Some((line, ScanGate { severities: setting.severities(machine, variables)?, fixed_only }))
}

/// Everything at or over a severity.
fn since(lowest: Severity) -> BTreeSet<Severity> {
    Severity::ALL.into_iter().filter(|severity| *severity >= lowest).collect()
}

/// The severities of a list; none where one of them is none. `UNKNOWN` is no severity and may stand there.
fn listed(text: &str) -> Option<BTreeSet<Severity>> {
    values::listed(text).filter(|word| !word.eq_ignore_ascii_case("unknown")).map(severity::of_word).collect()
}
