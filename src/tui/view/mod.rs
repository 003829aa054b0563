//! State → frame, one file per screen.

mod age;
pub(super) mod blockers;
mod cells;
pub(super) mod cockpit;
pub(super) mod diff;
mod digits;
pub(super) mod dispatch;
pub(super) mod doctor;
mod evidence;
pub(super) mod frame;
pub(super) mod go_live;
mod header;
pub(super) mod help;
pub(super) mod history;
pub(super) mod item;
pub(super) mod jobs;
pub(super) mod kept;
mod list;
pub(super) mod packages;
pub(super) mod palette;
mod pane;
mod plan;
mod signatures;
mod table;
pub(super) mod themes;
mod trouble;
pub(super) mod vulnerabilities;
pub(super) mod waiver;
pub(super) mod watch;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::console::Console;
use super::hits::Target;
use super::ui::Ui;
use crate::cockpit::State;
use crate::keymap::{Press, Screen};

/// The part that an overlay is; what is below it is the part 0.
const OVERLAY: u8 = 1;

/// The smallest terminal that shows more than the verdict.
const LEAST: (u16, u16) = (60, 18);

/// Draws the whole screen. `turn` counts the steps of the spinner.
pub fn render(state: &State, console: &Console, turn: usize, frame: &mut Frame) {
    let ui = &console.ui;
    ui.hits.clear();
    *ui.shown.borrow_mut() = None;
    ui.links.clear();
    let area = frame.area();
    if ui.watches_only() {
        watch_alone(state, console, turn, frame);
    } else if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(state, ui, frame);
    } else {
        whole(state, console, turn, frame);
    }
    ui.theme.paint(frame.buffer_mut());
    ui.glyphs.fit(frame.buffer_mut());
    ui.links.mark(frame.buffer_mut());
}

/// What the window is called.
pub fn title(state: &State, console: &Console) -> String {
    if console.ui.watches_only() {
        return watch::title(&console.screens.watch);
    }
    let assessment = &state.assessment;
    let verdict = assessment.verdict.as_ref().map_or("looking", |verdict| verdict.words());
    let stale = if assessment.verdict.is_some() && assessment.stale { ", stale" } else { "" };
    let (name, version) = (&state.release.name, &state.release.version);
    format!("{verdict}{stale} {}: {name} {version} - exitbar", assessment.readiness)
}

/// A watch without a cockpit, in whatever room there is: a line of keys is all that is below it.
fn watch_alone(state: &State, console: &Console, turn: usize, frame: &mut Frame) {
    let ui = &console.ui;
    let hints = console.hints(state);
    let below = frame::low_footer_height(ui, &hints, frame.area().width);
    let [body, footer] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(frame.area());
    ui.hits.add(body, Target::Part(0));
    let screen = ui.screen();
    if screen.is_overlay() {
        console.screens.of(ui.below()).draw(state, ui, turn, frame, body);
        ui.hits.clear();
        ui.hits.add(frame.area(), Target::Part(0));
    }
    console.list_commands(state);
    console.screens.of(screen).draw(state, ui, turn, frame, body);
    frame::low_footer(ui, &hints, frame, footer);
}

fn whole(state: &State, console: &Console, turn: usize, frame: &mut Frame) {
    let ui = &console.ui;
    let screen = ui.screen();
    let [header, body, footer] = Layout::vertical([
        Constraint::Length(header::height(screen, frame.area())),
        Constraint::Fill(1),
        Constraint::Length(2),
    ])
    .areas(frame.area());
    header::render(state, ui, turn, frame, header);
    // The verdict leads to what it rests on, what is said of a job to the jobs.
    ui.hits.add(header, Target::Press(Press::Show(Screen::Blockers)));
    ui.hits.add(body, Target::Part(0));
    if screen.is_overlay() {
        console.screens.of(ui.below()).draw(state, ui, turn, frame, body);
        // What is below cannot be clicked.
        ui.hits.clear();
        ui.hits.add(frame.area(), Target::Part(0));
    }
    console.list_commands(state);
    let panel = console.screens.of(screen);
    let trouble = trouble::Panel::of(state, ui, body, panel.makes_room()).filter(|_| !screen.is_overlay());
    let room = match &trouble {
        Some(trouble) if panel.makes_room() => trouble.above(body),
        _ => body,
    };
    panel.draw(state, ui, turn, frame, room);
    if let Some(trouble) = trouble {
        trouble.render(ui, frame);
    }
    if state.plan.is_some() {
        ui.hits.clear();
    }
    ui.hits.add(Rect { height: 1, ..footer }, Target::Press(Press::Show(Screen::Jobs)));
    frame::footer(state, ui, &console.hints(state), frame, footer);
    if let Some(pending) = &state.plan {
        plan::render(pending, ui, frame);
        *ui.shown.borrow_mut() = Some((pending.id, pending.plan.hash()));
    }
}

/// In the middle of a window that is too small for more.
fn too_small(state: &State, ui: &Ui, frame: &mut Frame) {
    let assessment = &state.assessment;
    let area = frame.area();
    let words = assessment.verdict.as_ref().map_or("looking", |verdict| verdict.words());
    let size = format!(
        "{} x {} is too small: make the window larger, {} x {}",
        area.width, area.height, LEAST.0, LEAST.1
    );
    let mut lines = vec![
        Line::styled(words, ui.theme.verdict(assessment.verdict.as_ref())),
        Line::styled(
            format!("{}  proven {}", assessment.readiness, assessment.proven.points),
            ui.theme.title(),
        ),
        Line::default(),
    ];
    lines.extend(
        frame::wrap(&size, usize::from(area.width))
            .into_iter()
            .map(|line| Line::styled(line, ui.theme.dim())),
    );
    if state.plan.is_some() {
        lines.push(Line::styled("a plan waits: n declines it", ui.theme.warning()));
    }
    lines.push(Line::styled("q quit", ui.theme.dim()));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let middle = Rect { y: (area.height - height) / 2, height, ..area };
    frame.render_widget(Paragraph::new(lines).centered(), middle);
}
