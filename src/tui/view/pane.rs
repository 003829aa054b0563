//! One pane of the cockpit: number, status, the one line that matters, marks, age, and the key that helps.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use super::age::age;
use super::cells::marks;
use super::frame::{block, fit, spinner, wrap_within};
use crate::cockpit::State;
use crate::keymap::{BINDINGS, Press};
use crate::model::{Class, Entry, Finding, PlanStep, Status};
use crate::tui::hits::Target;
use crate::tui::ui::Ui;

/// From this width on the longest title and the status stand beside each other on the border.
const BESIDE: u16 = 48;
/// From this inner height on the requirement and the evidence have lines of their own.
const TALL: usize = 7;

/// `✗ NOT STARTED  0`, and a spinner while the item is looked at.
pub(super) fn status_words(finding: &Finding, turn: usize) -> String {
    let points = finding.points.map_or_else(|| "-".to_owned(), |points| points.to_string());
    let symbol = if finding.status == Status::Pending { spinner(turn) } else { finding.symbol.screen() };
    format!("{symbol} {:<11} {points:>2}", finding.status)
}

pub(super) fn render(
    finding: &Finding,
    focused: bool,
    state: &State,
    ui: &Ui,
    turn: usize,
    frame: &mut Frame,
    area: Rect,
) {
    let width = usize::from(area.width.saturating_sub(4));
    let height = usize::from(area.height.saturating_sub(2));
    let status = status_words(finding, turn);
    let title = format!(" {} {} ", finding.item.number(), finding.item.title());
    let style = if focused { ui.theme.title() } else { ui.theme.text() };
    let mut block = block(ui, focused).title(Span::styled(title, style));
    let mut lines = Vec::new();
    // Where both do not fit on the border, the status has the first line.
    if area.width >= BESIDE {
        let status = Line::styled(format!(" {status} "), ui.theme.symbol(finding.symbol));
        block = block.title(status.right_aligned());
    } else {
        lines.push(Line::styled(format!(" {status}"), ui.theme.symbol(finding.symbol)));
    }
    let room = height.saturating_sub(lines.len());
    let help = help_line(finding, state, ui);
    let shown = if room >= TALL { tall } else { low };
    lines.extend(shown(finding, help.as_ref(), state, ui, width, room));
    if let Some(help) = help {
        help.clickable(&lines, ui, block.inner(area));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn text(lines: Vec<String>, style: ratatui::style::Style) -> impl Iterator<Item = Line<'static>> {
    lines.into_iter().map(move |line| Line::styled(format!(" {line}"), style))
}

/// The note, marks with the age, the key that helps.
fn low(
    finding: &Finding,
    help: Option<&Help>,
    state: &State,
    ui: &Ui,
    width: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let note = wrap_within(&finding.note, width, height.saturating_sub(1).max(1));
    let mut lines: Vec<Line> = text(note, ui.theme.text()).collect();
    let left = height.saturating_sub(lines.len());
    let rows = if help.is_some() { left.saturating_sub(1).max(1) } else { left };
    let mut marks = marks(&finding.cells, ui, width, rows.min(left));
    let seen = seen(finding, state);
    let stands =
        marks.last_mut().zip(seen.as_ref()).is_some_and(|(last, seen)| beside(last, seen, ui, width));
    lines.extend(marks);
    // Where it does not fit beside the marks it has a line of its own, if there is one.
    let room = height.saturating_sub(lines.len() + usize::from(help.is_some()));
    if let Some(seen) = seen.filter(|_| !stands && room > 0) {
        let mut line = Line::default();
        beside(&mut line, &seen, ui, width);
        lines.push(line);
    }
    if let Some(help) = help.filter(|_| lines.len() < height) {
        lines.push(help.line(ui, width));
    }
    lines
}

/// Requirement, note, marks below each other; at the bottom the evidence and the key that helps.
fn tall(
    finding: &Finding,
    help: Option<&Help>,
    state: &State,
    ui: &Ui,
    width: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let class = if finding.class == Class::Must { "MUST" } else { "SHOULD" };
    let requirement = format!("{class}  {}", finding.requirement);
    let mut bottom: Vec<Line> = Vec::new();
    if let Some(seen) = seen(finding, state) {
        bottom.push(Line::styled(format!(" {}", fit(&seen, width)), ui.theme.dim()));
    }
    if let Some(help) = help {
        bottom.push(help.line(ui, width));
    }
    let room = height - bottom.len();
    let mut lines: Vec<Line> = text(wrap_within(&requirement, width, 2), ui.theme.dim()).collect();
    let spacious = room >= 9;
    if spacious {
        lines.push(Line::default());
    }
    let most = room.saturating_sub(lines.len() + 1).clamp(1, 4);
    lines.extend(text(wrap_within(&finding.note, width, most), ui.theme.text()));
    if spacious {
        lines.push(Line::default());
    }
    lines.extend(marks(&finding.cells, ui, width, room.saturating_sub(lines.len())));
    lines.resize(room.max(lines.len()), Line::default());
    lines.extend(bottom);
    lines
}

/// Puts a text at the right end of a line where there is room; says whether there was.
fn beside(line: &mut Line<'static>, text: &str, ui: &Ui, width: usize) -> bool {
    let used = line.width();
    let fits = used + text.width() + 2 <= width;
    if fits {
        line.spans.push(Span::raw(" ".repeat(width + 1 - used - text.width())));
        line.spans.push(Span::styled(text.to_owned(), ui.theme.dim()));
    }
    fits
}

/// `registry, 3 min ago`: the level of what passes, and when the oldest of what the item rests on was seen.
pub(super) fn seen(finding: &Finding, state: &State) -> Option<String> {
    let keys = finding.cells.iter().flat_map(|cell| &cell.because).chain(&finding.because);
    let entries: Vec<&Entry> = keys.filter_map(|key| state.facts.get(key)).collect();
    let oldest = entries.iter().map(|entry| entry.evidence.at).min()?;
    let age = age(oldest, state.facts.as_of);
    // A level speaks for what passes: "verified" beside what failed would say the opposite.
    Some(finding.level.map_or_else(|| format!("seen {age}"), |level| format!("{}, {age}", level.word())))
}

/// The key of a step of the plan that helps this item, with the points that it would give: one that could be
/// done now before one that cannot, then the one that is about the fewest other items.
pub(super) fn help_line(finding: &Finding, state: &State, ui: &Ui) -> Option<Help> {
    let of_item = |step: &&PlanStep| step.items.contains(&finding.item) && step.action.is_some();
    let steps = state.assessment.plan.iter().filter(of_item);
    let step = steps.min_by_key(|step| (step.after.is_some(), step.items.len()))?;
    let press = Press::Plan(step.action?);
    let binding = BINDINGS.iter().find(|binding| binding.press == press)?;
    let after = step.after.as_ref().map(|after| format!("  (after: {after})")).unwrap_or_default();
    let text = format!("{} {}  {:+}{after}", ui.key(press), binding.short, step.points);
    Some(Help { press, text })
}

/// What would help an item: the command, and its line.
pub(super) struct Help {
    press: Press,
    text: String,
}

impl Help {
    pub(super) fn line(&self, ui: &Ui, width: usize) -> Line<'static> {
        Line::styled(format!(" {}", fit(&self.text, width)), ui.theme.accent())
    }

    /// A click on the line does what its key does; it is the last one, where there was room for it.
    pub(super) fn clickable(&self, lines: &[Line<'static>], ui: &Ui, area: Rect) {
        let Some(row) = lines.len().checked_sub(1) else { return };
        let own = self.line(ui, usize::from(area.width.saturating_sub(2)));
        if lines[row] == own {
            let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            let width = u16::try_from(own.width()).unwrap_or(u16::MAX);
            let place = Rect { y, width, height: 1, ..area }.intersection(area);
            ui.hits.add(place, Target::Press(self.press));
        }
    }
}
