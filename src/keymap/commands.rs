//! The one table of commands: the name in `[keys]`, the keys by default, where it holds, what it does. Footer,
//! help, palette and `[keys]` derive from it.

use super::Screen;
use crate::model::Action;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Press {
    /// Focuses an item, 1 to 10.
    Item(u8),
    /// Moves.
    Up,
    /// Moves.
    Down,
    /// Moves.
    Left,
    /// Moves.
    Right,
    /// Moves to the next item.
    Next,
    /// Moves to the item before.
    Previous,
    /// Scrolls a page up.
    PageUp,
    /// Scrolls a page down.
    PageDown,
    /// Scrolls to the start.
    Start,
    /// Scrolls to the end.
    End,
    /// Opens what is focused.
    Open,
    /// Closes what is open.
    Back,
    /// Looks again.
    Audit,
    /// Verifies signatures again.
    Verify,
    /// Plans an action.
    Plan(Action),
    /// Opens a screen; closes it where it is open.
    Show(Screen),
    /// Searches what is on the screen.
    Search,
    /// Goes to the next place that was found.
    NextMatch,
    /// Goes to the place before.
    PreviousMatch,
    /// Follows what grows, or stays.
    Follow,
    /// Wraps long lines, or cuts them.
    Wrap,
    /// Writes the report.
    Write,
    /// Shows evidence raw, or in words again.
    Raw,
    /// Copies what a table shows.
    Copy,
    /// Marks what is chosen.
    Mark,
    /// Passes a step over, or takes it up again.
    Skip,
    /// Cancels the chosen or newest job, or the looking.
    Cancel,
    /// Plans the action of the chosen or newest job once more.
    Retry,
    /// Answers a question with yes.
    Yes,
    /// Answers a question with no.
    No,
    /// Gives the terminal to the shell for a while.
    Suspend,
    /// Ends.
    Quit,
}

/// Where a command holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On every screen.
    Everywhere,
    /// On these screens.
    On(&'static [Screen]),
    /// Where a question waits for its answer; nothing else holds there but moving and quitting.
    Question,
}

impl Place {
    /// Whether some screen has both.
    pub fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Question, Self::Question) => true,
            (Self::Question, _) | (_, Self::Question) => false,
            (Self::Everywhere, _) | (_, Self::Everywhere) => true,
            (Self::On(some), Self::On(others)) => some.iter().any(|screen| others.contains(screen)),
        }
    }

    /// As a title of the help.
    pub fn title(self) -> String {
        match self {
            Self::Everywhere => "Everywhere".to_owned(),
            Self::On(screens) => screens.iter().map(|screen| screen.title()).collect::<Vec<_>>().join(", "),
            Self::Question => "Answers to a question".to_owned(),
        }
    }

    /// Whether it holds on a screen.
    pub fn is_on(self, screen: Screen) -> bool {
        match self {
            Self::Everywhere => true,
            Self::On(screens) => screens.contains(&screen),
            Self::Question => false,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The name in `[keys]`.
    pub name: &'static str,
    /// The keys by default; the first is the one that the footer names.
    pub keys: &'static [&'static str],
    /// Where it holds.
    pub place: Place,
    /// What it does.
    pub press: Press,
    /// A word for the footer of every screen; empty for what only some screens show there.
    pub short: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
}

const fn bind(
    name: &'static str,
    keys: &'static [&'static str],
    press: Press,
    short: &'static str,
    help: &'static str,
) -> Binding {
    Binding { name, keys, place: Place::Everywhere, press, short, help }
}

const fn answer(
    name: &'static str,
    keys: &'static [&'static str],
    press: Press,
    help: &'static str,
) -> Binding {
    Binding { name, keys, place: Place::Question, press, short: "", help }
}

const fn on(screens: &'static [Screen], binding: Binding) -> Binding {
    Binding { place: Place::On(screens), ..binding }
}

use Press::{Item, Plan, Show};

/// The screens with something to search.
const SEARCHED: &[Screen] = &[
    Screen::Item,
    Screen::Packages,
    Screen::Vulnerabilities,
    Screen::Blockers,
    Screen::Jobs,
    Screen::Report,
    Screen::Diff,
    Screen::GoLive,
    Screen::Help,
    Screen::Waiver,
    Screen::Doctor,
    Screen::Watch,
];

/// The screens with evidence.
const RAW: &[Screen] = &[Screen::Item];

/// The screens with something to copy.
const COPIED: &[Screen] =
    &[Screen::Vulnerabilities, Screen::Blockers, Screen::Jobs, Screen::Waiver, Screen::Watch, Screen::Themes];

/// The screens with something to mark.
const MARKED: &[Screen] = &[Screen::History];

/// Every command.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    bind("open", &["enter"], Press::Open, "open", "open the focused item: cells, evidence, what would help"),
    bind("back", &["esc"], Press::Back, "", "back to where you came from"),
    bind("up", &["up", "k"], Press::Up, "", "up"),
    bind("down", &["down", "j"], Press::Down, "", "down"),
    bind("left", &["left", "h"], Press::Left, "", "left"),
    bind("right", &["right", "l"], Press::Right, "", "right"),
    bind("next", &["tab"], Press::Next, "", "the next item, job, document or line"),
    bind("previous", &["shift-tab"], Press::Previous, "", "the one before"),
    bind("page-down", &["pagedown", "ctrl-f", "ctrl-d"], Press::PageDown, "", "a page down"),
    bind("page-up", &["pageup", "ctrl-b", "ctrl-u"], Press::PageUp, "", "a page up"),
    bind("start", &["home"], Press::Start, "", "to the start"),
    bind("end", &["end", "G"], Press::End, "", "to the end"),
    bind("item-1", &["1"], Item(1), "", "item 1, Published: focus it, or open it from another screen"),
    bind("item-2", &["2"], Item(2), "", "item 2, Multi-arch index"),
    bind("item-3", &["3"], Item(3), "", "item 3, Signed"),
    bind("item-4", &["4"], Item(4), "", "item 4, SBOM attached"),
    bind("item-5", &["5"], Item(5), "", "item 5, Vulnerability scan"),
    bind("item-6", &["6"], Item(6), "", "item 6, Non-root, healthcheck"),
    bind("item-7", &["7"], Item(7), "", "item 7, --version"),
    bind("item-8", &["8"], Item(8), "", "item 8, Size budgets"),
    bind("item-9", &["9"], Item(9), "", "item 9, Example pipeline"),
    bind("item-10", &["0"], Item(10), "", "item 10, OCI labels"),
    bind("audit", &["a", "f5"], Press::Audit, "audit", "look at everything again; on the watch, at its tags now"),
    bind("build", &["b"], Plan(Action::Build), "build", "build every image for every platform"),
    bind("run-version", &["r"], Plan(Action::RunVersion), "run", "run --version on every platform"),
    bind("example", &["e"], Plan(Action::RunExample), "example", "run the example pipeline"),
    bind("push", &["p"], Plan(Action::Push), "push", "push by digest; no tag is set"),
    bind("publish", &["P"], Plan(Action::Publish), "publish", "set the tags in every registry"),
    bind("go-live", &["g"], Show(Screen::GoLive), "go-live", "the way to production, step by step"),
    bind("sign", &["s"], Plan(Action::Sign), "sign", "sign by digest in every registry"),
    bind("sbom", &["m"], Plan(Action::AttestSbom), "SBOM", "make an SBOM of every platform and attest it"),
    bind("scan", &["c"], Plan(Action::Scan), "scan", "scan every platform for vulnerabilities"),
    bind("attest-scan", &["C"], Plan(Action::AttestScan), "", "attest what the scans found"),
    bind("test-result", &["M"], Plan(Action::AttestTests), "", "attest how every platform ran"),
    bind("tag", &["t"], Plan(Action::Tag), "", "tag the commit and push the tag"),
    bind("dispatch", &["d"], Plan(Action::Dispatch), "", "start the release workflow and watch its run"),
    bind("rerun-failed", &["ctrl-r"], Plan(Action::RerunFailed), "", "run the failed jobs of the release's run again"),
    bind("cancel-run", &["ctrl-x"], Plan(Action::CancelRun), "", "cancel the release's run on GitHub"),
    bind("monitor-run", &["ctrl-l"], Plan(Action::WatchRun), "", "stay with the release's run on GitHub to its end"),
    bind("promote", &["o"], Plan(Action::Promote), "", "copy by digest to the registries that lack it"),
    bind("verify", &["v"], Press::Verify, "verify", "verify every signature and attestation again"),
    bind("blockers", &["B"], Show(Screen::Blockers), "blockers", "what blocks the release, and the plan"),
    on(&[Screen::GoLive], bind("skip", &["S"], Press::Skip, "", "pass the step over for a reason, or take it up again")),
    bind("jobs", &["J"], Show(Screen::Jobs), "jobs", "jobs and the log"),
    bind("history", &["H"], Show(Screen::History), "history", "the finished audits that are kept, and their score"),
    bind("diff", &["D"], Show(Screen::Diff), "", "what moved since the last GO, or between two audits of the history; on the watch, what is different from that GO"),
    on(MARKED, bind("mark", &["space"], Press::Mark, "", "mark an audit: two of them are compared")),
    bind("waive", &["W"], Show(Screen::Waiver), "", "the lines of exitbar.toml that would waive the focused item"),
    bind("doctor", &["E"], Show(Screen::Doctor), "", "examine this machine: what works, and how to mend the rest"),
    bind("watch", &["O"], Show(Screen::Watch), "", "on call: look at every tag again and again, and say what changed"),
    bind("cancel", &["x"], Press::Cancel, "", "cancel the job (the chosen one, else the newest), or the looking"),
    bind("retry", &["R"], Press::Retry, "", "the chosen job, or the newest, once more"),
    on(SEARCHED, bind("search", &["/"], Press::Search, "", "search; enter ends the typing, esc the search")),
    on(SEARCHED, bind("next-match", &["n"], Press::NextMatch, "", "the next place that was found")),
    on(SEARCHED, bind("previous-match", &["N"], Press::PreviousMatch, "", "the place before")),
    on(&[Screen::Jobs], bind("follow", &["f"], Press::Follow, "", "follow the newest line, or stay")),
    on(&[Screen::Jobs], bind("wrap", &["z"], Press::Wrap, "", "wrap long lines, or cut them")),
    on(COPIED, bind("copy", &["y"], Press::Copy, "", "copy: the table, the lines, the commands of a job or a step, what is watched")),
    on(RAW, bind("raw", &["u"], Press::Raw, "", "show the evidence raw, or in words again")),
    bind("commands", &[":", "ctrl-p"], Show(Screen::Palette), "commands", "every command: type some of its letters, enter runs it"),
    bind("write", &["w"], Press::Write, "", "write the report as Markdown"),
    bind("theme", &["T"], Show(Screen::Themes), "", "choose a theme, and see it at once"),
    bind("suspend", &["ctrl-z"], Press::Suspend, "", "stop, and give the terminal to the shell; fg comes back"),
    answer("yes", &["y"], Press::Yes, "yes: do what was asked"),
    answer("no", &["n", "esc", "enter"], Press::No, "no; enter never means yes"),
    bind("help", &["?"], Show(Screen::Help), "help", "every key"),
    bind("quit", &["q", "ctrl-c"], Press::Quit, "quit", "quit"),
];
