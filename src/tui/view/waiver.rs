//! The lines that would waive an item, what they do not cover, and what a waiver means.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::frame::{page, wrap};
use crate::cockpit::State;
use crate::model::Item;
use crate::report;
use crate::tui::pager::Pager;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(pager: &Pager, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let item = Item::ALL[ui.focus];
    let finding = state.assessment.finding(item);
    let waiver = report::waiver(item, &state.assessment);
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(format!(" {line}"), style)));
    };
    say(&format!("{} {}", finding.symbol.screen(), finding.status), ui.theme.symbol(finding.symbol));
    say("", ui.theme.text());
    if waiver.lines.is_empty() {
        let why = if waiver.beyond.is_empty() {
            "there is nothing to waive"
        } else {
            "nothing of it can be waived now"
        };
        say(why, ui.theme.text());
    } else {
        say("In exitbar.toml, until the day that you choose:", ui.theme.text());
        say("", ui.theme.text());
        for line in &waiver.lines {
            say(line, ui.theme.accent());
        }
        say(
            "Fill in the reason: exitbar.toml is refused as long as it says FILL IN, and the reason stands in the report. A waived item gives 5 points, and the verdict is a conditional GO at best.",
            ui.theme.dim(),
        );
    }
    if !waiver.beyond.is_empty() {
        say("", ui.theme.text());
        say("Not covered by any waiver:", ui.theme.title());
        for line in &waiver.beyond {
            say(&format!("✗ {line}"), ui.theme.text());
        }
    }
    page(&format!("Waiver of {} {}", item.number(), item.title()), lines, pager, ui, frame, area);
}
