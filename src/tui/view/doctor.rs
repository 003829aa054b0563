//! What works on this machine, section by section, with the cure below what does not.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::{page, spinner, wrap};
use crate::cockpit::State;
use crate::model::{Health, Symbol};
use crate::tui::pager::Pager;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(
    pager: &Pager,
    state: &State,
    ui: &Ui,
    turn: usize,
    frame: &mut Frame,
    area: Rect,
) {
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines: Vec<Line> = Vec::new();
    let mut section = "";
    let examination = state.examination.as_ref();
    for line in examination.iter().flat_map(|examination| &examination.lines) {
        if line.section != section {
            if !section.is_empty() {
                lines.push(Line::default());
            }
            section = line.section;
            lines.push(Line::styled(format!(" {section}"), ui.theme.title()));
        }
        let style = ui.theme.symbol(match line.health {
            Health::Good => Symbol::Done,
            Health::Note => Symbol::Partly,
            Health::Bad => Symbol::Not,
        });
        for (place, part) in wrap(&line.text, width.saturating_sub(5)).into_iter().enumerate() {
            let sign = if place == 0 { line.health.sign() } else { " " };
            // Only what asks for something is told in its colour.
            let words = if line.health == Health::Good { ui.theme.text() } else { style };
            let sign = Span::styled(format!("   {sign} "), style);
            lines.push(Line::from(vec![sign, Span::styled(part, words)]));
        }
        for part in line.cure.iter().flat_map(|cure| wrap(&format!("→ {cure}"), width.saturating_sub(7))) {
            lines.push(Line::styled(format!("       {part}"), ui.theme.accent()));
        }
    }
    if examination.is_none_or(|examination| !examination.ended) {
        lines.push(Line::styled(format!(" {} looking", spinner(turn)), ui.theme.dim()));
    }
    page("Doctor", lines, pager, ui, frame, area);
}
