//! The words that the line mode understands.

use crate::model::spelling::{did_you_mean, nearest};
use crate::model::{Action, Item, text};

/// What somebody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Look at everything again.
    Audit,
    /// Verify every signature again.
    Verify,
    /// Plan an action.
    Act(Action),
    /// Do what the plan says.
    Yes,
    /// Do not.
    No,
    /// An empty line: no, where a plan waits.
    Nothing,
    /// Stop the jobs that run.
    Cancel,
    /// End.
    Quit,
    /// What can be said.
    Help,
    /// Verdict and score.
    Status,
    /// The ten items.
    Items,
    /// One of them.
    Item(Item),
    /// What stands in the way.
    Blockers,
    /// The jobs.
    Jobs,
    /// The plan that waits, else what to do next.
    Plan,
}

impl Order {
    /// Whether it changes nothing, so that it need not wait.
    pub fn only_asks(self) -> bool {
        !matches!(self, Self::Audit | Self::Verify | Self::Act(_) | Self::Yes | Self::No | Self::Nothing)
    }
}

const WORDS: [(&str, Order, &str); 13] = [
    ("audit", Order::Audit, "look at everything again"),
    ("verify", Order::Verify, "verify every signature again"),
    ("status", Order::Status, "the verdict and the score"),
    ("items", Order::Items, "the ten items"),
    ("blockers", Order::Blockers, "what stands in the way"),
    ("plan", Order::Plan, "the plan that waits for an answer, else what to do next"),
    ("jobs", Order::Jobs, "the jobs and how they ended"),
    ("yes", Order::Yes, "do what the plan says"),
    ("no", Order::No, "do not; an empty line says no as well"),
    ("cancel", Order::Cancel, "stop the jobs that run"),
    ("help", Order::Help, "this"),
    ("quit", Order::Quit, "end"),
    ("exit", Order::Quit, "end"),
];

/// The actions that a word can ask for: not those that take up a run by its number.
fn offered() -> impl Iterator<Item = Action> {
    let by_number = [Action::RerunFailed, Action::CancelRun, Action::WatchRun];
    Action::ALL.into_iter().filter(move |action| !by_number.contains(action))
}

/// What actions are called in one word, where their name is another's too.
fn word_of(action: Action) -> &'static str {
    match action {
        Action::RunPublished => "run-version-published",
        Action::AttestSbom => "attest-sbom",
        Action::AttestTests => "attest-test-result",
        Action::AttestScan => "attest-scan",
        other => other.name(),
    }
}

/// What a line says.
///
/// # Errors
/// A sentence that says what was not understood.
pub(super) fn read(line: &str) -> Result<Order, String> {
    let line = line.trim().to_lowercase();
    if line.is_empty() {
        return Ok(Order::Nothing);
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
    let word = match word {
        "y" => "yes",
        "n" => "no",
        "q" => "quit",
        "?" => "help",
        word => word,
    };
    if word == "item" {
        let number = rest.trim();
        let by_number = number
            .parse()
            .ok()
            .and_then(|number: u8| Item::ALL.into_iter().find(|item| item.number() == number));
        return match by_number.or(Item::from_key(number)) {
            Some(item) => Ok(Order::Item(item)),
            None => Err("Which item? Say item and a number from 1 to 10.".to_owned()),
        };
    }
    let known = WORDS.iter().find(|(name, ..)| *name == word).map(|(_, order, _)| *order);
    let known = known.or(offered().find(|action| word_of(*action) == word).map(Order::Act));
    known.ok_or_else(|| {
        let words = WORDS.iter().map(|(name, ..)| *name).chain(offered().map(word_of));
        let close = nearest(word, words).map_or_else(|| "say help for the words.".to_owned(), did_you_mean);
        format!("{} is not understood; {close}", text::clean_line(word))
    })
}

/// Every word with what it does.
pub(super) fn help() -> Vec<String> {
    let said = WORDS.iter().filter(|(name, ..)| *name != "exit");
    let mut lines: Vec<String> = said.map(|(name, _, does)| format!("{name}: {does}.")).collect();
    lines.insert(4, "item and a number: one of them, with its evidence.".to_owned());
    lines.extend(offered().map(|action| format!("{}: {}.", word_of(action), action.title())));
    lines
}
