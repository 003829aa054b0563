//! State → frame, one file per screen.

pub(super) mod blockers;
pub(super) mod cockpit;
pub(super) mod doctor;
pub(super) mod frame;
pub(super) mod help;
pub(super) mod item;
pub(super) mod jobs;
pub(super) mod packages;
pub(super) mod palette;
mod plan;
mod signatures;
mod table;
pub(super) mod themes;
mod trouble;
pub(super) mod vulnerabilities;
pub(super) mod waiver;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::console::Console;
use super::hits::Target;
use super::ui::Ui;
use crate::cockpit::State;

/// The smallest terminal that shows more than the verdict.
const LEAST: (u16, u16) = (60, 18);

/// Draws the whole screen. `turn` counts the steps of the spinner.
pub fn render(state: &State, console: &Console, turn: usize, frame: &mut Frame) {
    let ui = &console.ui;
    ui.hits.clear();
    *ui.shown.borrow_mut() = None;
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(state, ui, frame);
    } else {
        whole(state, console, turn, frame);
    }
    ui.theme.paint(frame.buffer_mut());
    ui.glyphs.fit(frame.buffer_mut());
}

fn whole(state: &State, console: &Console, turn: usize, frame: &mut Frame) {
    let ui = &console.ui;
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(3), Constraint::Fill(1), Constraint::Length(2)])
            .areas(frame.area());
    frame::header(state, ui, turn, frame, header);
    let screen = ui.screen();
    ui.hits.add(body, Target::Part(0));
    if screen.is_overlay() {
        console.screens.of(ui.below()).draw(state, ui, turn, frame, body);
        // What is below cannot be clicked.
        ui.hits.clear();
        ui.hits.add(frame.area(), Target::Part(0));
    }
    console.list_commands(state);
    console.screens.of(screen).draw(state, ui, turn, frame, body);
    if !screen.is_overlay() {
        trouble::render(state, ui, frame, body);
    }
    if state.plan.is_some() {
        ui.hits.clear();
    }
    frame::footer(state, ui, &console.hints(state), frame, footer);
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
