//! One item: what it requires, what is missing, what would help, every cell, the evidence.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::cells::{mark, matrix, place, symbol};
use super::evidence;
use super::frame::{clickable, page, two_pages, wrap};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::model::{Cell, Class, Finding, Level, Outcome, PlanStep, Status, Symbol};
use crate::tui::hits::Target;
use crate::tui::screens::ItemScreen;
use crate::tui::ui::Ui;

/// From this width on the evidence stands beside the decision.
const WIDE: u16 = 150;

pub(in crate::tui) fn render(screen: &ItemScreen, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let (pager, raw) = (&screen.pager, screen.raw);
    let finding = &state.assessment.findings[ui.focus];
    let title = format!("{} {}", finding.item.number(), finding.item.title());
    if area.width < WIDE {
        let width = usize::from(area.width.saturating_sub(4));
        let (mut lines, actions) = judgement(finding, state, ui, width);
        evidence::links(&mut lines, finding, state, ui, width);
        evidence::render(&mut lines, finding, raw, state, ui, width);
        page(&title, lines, pager, ui, frame, area);
        return clickable(actions, pager, ui, area);
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
    let width = usize::from(left.width.saturating_sub(4));
    let (lines, actions) = judgement(finding, state, ui, width);
    let mut beside = Vec::new();
    evidence::links(&mut beside, finding, state, ui, width);
    evidence::render(&mut beside, finding, raw, state, ui, width);
    // The heading of the first section has a line before it that a column of its own does not need.
    beside.remove(0);
    two_pages((&title, lines), ("What it rests on", beside), pager, ui, frame, [left, right]);
    clickable(actions, pager, ui, left);
}

pub(super) fn heading(lines: &mut Vec<Line<'static>>, text: &str, ui: &Ui) {
    lines.push(Line::default());
    lines.push(Line::styled(format!(" {text}"), ui.theme.title()));
}

pub(super) fn paragraph(lines: &mut Vec<Line<'static>>, text: &str, indent: &str, ui: &Ui, width: usize) {
    for line in wrap(text, width.saturating_sub(indent.len())) {
        lines.push(Line::styled(format!("{indent}{line}"), ui.theme.text()));
    }
}

/// Everything but the evidence, and which of its lines do something when they are clicked.
fn judgement(
    finding: &Finding,
    state: &State,
    ui: &Ui,
    width: usize,
) -> (Vec<Line<'static>>, Vec<(usize, Target)>) {
    let mut lines = Vec::new();
    decision(&mut lines, finding, ui, width);
    let actions = helps(&mut lines, finding, state, ui, width);
    cells(&mut lines, finding, ui, width);
    warnings(&mut lines, finding, ui, width);
    (lines, actions)
}

fn decision(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    let points =
        finding.points.map_or_else(|| "no points yet".to_owned(), |points| format!("{points} of 10"));
    let proven = if finding.proven { ", proven" } else { "" };
    let class = if finding.class == Class::Must { "MUST" } else { "SHOULD" };
    lines.push(Line::from(vec![
        Span::styled(
            format!(" {} {}", finding.symbol.screen(), finding.status),
            ui.theme.symbol(finding.symbol),
        ),
        Span::styled(format!("  {points}{proven}  {class}"), ui.theme.dim()),
        Span::styled(warned(finding), ui.theme.symbol(Symbol::Partly)),
    ]));
    paragraph(lines, &finding.requirement, " ", ui, width);
    paragraph(lines, &finding.note, " ", ui, width);
    for line in finding.hard_stop.iter().flat_map(|stop| wrap(&format!("hard stop: {stop}"), width)) {
        lines.push(Line::styled(format!(" {line}"), ui.theme.symbol(Symbol::Not)));
    }
    if let Some(missing) = missing(finding) {
        for line in wrap(&missing, width) {
            lines.push(Line::styled(format!(" {line}"), ui.theme.dim()));
        }
    }
}

/// How many warnings there are, which may stand further below than the screen shows.
fn warned(finding: &Finding) -> String {
    match finding.warnings.len() + finding.caps.len() {
        0 => String::new(),
        1 => "  1 warning".to_owned(),
        count => format!("  {count} warnings"),
    }
}

/// What is missing for COMPLETE, in numbers.
fn missing(finding: &Finding) -> Option<String> {
    let required: Vec<&Cell> = finding.cells.iter().filter(|cell| !cell.beyond).collect();
    let passing = required.iter().filter(|cell| cell.outcome == Outcome::Pass).count();
    match (finding.status, required.len()) {
        (Status::Complete | Status::Off, _) => None,
        (_, 0) => Some("COMPLETE needs a cell to judge: nothing was seen yet".to_owned()),
        (_, 1) => Some("COMPLETE when its one cell passes".to_owned()),
        (_, all) => Some(format!("COMPLETE when all {all} cells pass; {passing} do")),
    }
}

/// The steps of the plan that help, and the line of each that exitbar does itself.
fn helps(
    lines: &mut Vec<Line<'static>>,
    finding: &Finding,
    state: &State,
    ui: &Ui,
    width: usize,
) -> Vec<(usize, Target)> {
    let steps: Vec<&PlanStep> =
        state.assessment.plan.iter().filter(|step| step.items.contains(&finding.item)).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    heading(lines, "What would help", ui);
    let mut actions = Vec::new();
    for step in steps {
        actions.extend(step.action.map(|action| (lines.len(), Target::Press(Press::Plan(action)))));
        let key = step.action.map(|action| ui.key(Press::Plan(action))).unwrap_or_default();
        let after = step.after.as_ref().map(|after| format!(" (after: {after})")).unwrap_or_default();
        let text = format!("{}{after}", step.title);
        for (place, line) in wrap(&text, width.saturating_sub(12)).into_iter().enumerate() {
            let (key, points) =
                if place == 0 { (key.as_str(), format!("{:+}", step.points)) } else { ("", String::new()) };
            lines.push(Line::from(vec![
                Span::styled(format!("   {key:<2} "), ui.theme.key()),
                Span::styled(format!("{points:>4}  "), ui.theme.title()),
                Span::styled(line, ui.theme.text()),
            ]));
        }
        for line in step.commands.iter().flat_map(|command| wrap(command, width.saturating_sub(12))) {
            lines.push(Line::styled(format!("{:12}{line}", ""), ui.theme.accent()));
        }
    }
    actions
}

/// A table of marks where there is room for one, then the reasons: cells that have the same one stand together.
fn cells(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    let all = finding.cells.len();
    let passing = finding.cells.iter().filter(|cell| cell.outcome == Outcome::Pass).count();
    heading(lines, &format!("Cells ({passing} of {all} pass)"), ui);
    if finding.cells.is_empty() {
        lines.push(Line::styled("   none yet", ui.theme.dim()));
        return;
    }
    if let Some(table) = matrix(&finding.cells, ui, width) {
        lines.extend(table);
        lines.push(Line::default());
    }
    for group in together(&finding.cells) {
        reason(lines, &group, ui, width);
    }
}

/// Cells of the same outcome, reason and level, those that do not pass first.
fn together(cells: &[Cell]) -> Vec<Vec<&Cell>> {
    let mut groups: Vec<Vec<&Cell>> = Vec::new();
    let same = |one: &Cell, other: &Cell| {
        (one.outcome, &one.reason, one.level, one.beyond, one.hard_stop)
            == (other.outcome, &other.reason, other.level, other.beyond, other.hard_stop)
    };
    for cell in cells {
        match groups.iter_mut().find(|group| same(group[0], cell)) {
            Some(group) => group.push(cell),
            None => groups.push(vec![cell]),
        }
    }
    groups.sort_by_key(|group| group[0].outcome == Outcome::Pass);
    groups
}

fn reason(lines: &mut Vec<Line<'static>>, group: &[&Cell], ui: &Ui, width: usize) {
    const INDENT: usize = 14;
    let cell = group[0];
    let level = cell.level.map_or("", Level::word);
    let places: Vec<String> = group.iter().map(|cell| place(cell)).collect();
    let wrapped = wrap(&places.join(", "), width.saturating_sub(INDENT + level.width() + 2));
    for (row, line) in wrapped.into_iter().enumerate() {
        let outcome = if row == 0 {
            format!("   {} {:<8} ", mark(cell.outcome), cell.outcome.word())
        } else {
            " ".repeat(INDENT)
        };
        let level = if row == 0 { format!("  {level}") } else { String::new() };
        lines.push(Line::from(vec![
            Span::styled(outcome, ui.theme.symbol(symbol(cell.outcome))),
            Span::styled(line, ui.theme.text()),
            Span::styled(level, ui.theme.dim()),
        ]));
    }
    let beyond = if cell.beyond { "beyond what is required: " } else { "" };
    let stop = if cell.hard_stop { "hard stop: " } else { "" };
    for line in wrap(&format!("{stop}{beyond}{}", cell.reason), width.saturating_sub(INDENT)) {
        lines.push(Line::styled(format!("{:INDENT$}{line}", ""), ui.theme.dim()));
    }
}

fn warnings(lines: &mut Vec<Line<'static>>, finding: &Finding, ui: &Ui, width: usize) {
    let all: Vec<&String> = finding.warnings.iter().chain(&finding.caps).collect();
    if all.is_empty() {
        return;
    }
    heading(lines, "Warnings", ui);
    for warning in all {
        paragraph(lines, &format!("! {warning}"), "   ", ui, width);
    }
}
