//! State → frame, one file per screen.

mod blockers;
mod cockpit;
mod frame;
mod help;
mod item;
mod jobs;
mod packages;
mod picker;
mod plan;
mod signatures;
mod table;
mod vulnerabilities;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::ui::{Screen, Ui};
use crate::cockpit::State;

/// The smallest terminal that shows more than the verdict.
const LEAST: (u16, u16) = (60, 18);

/// Draws the whole screen. `turn` counts the steps of the spinner.
pub fn render(state: &State, ui: &Ui, turn: usize, frame: &mut Frame) {
    ui.panes.borrow_mut().clear();
    *ui.shown.borrow_mut() = None;
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(state, ui, frame);
    } else {
        whole(state, ui, turn, frame);
    }
    ui.theme.paint(frame.buffer_mut());
    ui.glyphs.fit(frame.buffer_mut());
}

fn whole(state: &State, ui: &Ui, turn: usize, frame: &mut Frame) {
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(3), Constraint::Fill(1), Constraint::Length(2)])
            .areas(frame.area());
    frame::header(state, ui, turn, frame, header);
    match ui.screen {
        Screen::Cockpit => cockpit::render(state, ui, turn, frame, body),
        Screen::Item => item::render(state, ui, frame, body),
        Screen::Blockers => blockers::render(state, ui, frame, body),
        Screen::Jobs => jobs::render(state, ui, turn, frame, body),
        Screen::Packages => packages::render(state, ui, frame, body),
        Screen::Vulnerabilities => vulnerabilities::render(state, ui, frame, body),
        Screen::Help => help::render(ui, frame, body),
    }
    frame::footer(state, ui, frame, footer);
    if let Some(picker) = &ui.picker {
        picker::render(picker, ui, frame);
    }
    if let Some(pending) = &state.plan {
        plan::render(pending, ui, frame);
        *ui.shown.borrow_mut() = Some((pending.id, pending.plan.hash()));
    }
}

fn too_small(state: &State, ui: &Ui, frame: &mut Frame) {
    let assessment = &state.assessment;
    let words = assessment.verdict.as_ref().map_or("looking", |verdict| verdict.words());
    let waits = if state.plan.is_some() { "a plan waits: n declines it" } else { "" };
    let lines = vec![
        Line::styled(words, ui.theme.verdict(assessment.verdict.as_ref())),
        Line::styled(assessment.readiness.to_string(), ui.theme.text()),
        Line::styled("make the window larger", ui.theme.dim()),
        Line::styled(waits, ui.theme.warning()),
        Line::styled("q quit", ui.theme.dim()),
    ];
    frame.render_widget(Paragraph::new(lines), frame.area());
}
