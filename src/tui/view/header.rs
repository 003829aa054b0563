//! Release, verdict and score; large on the cockpit where there is room.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use super::digits::digits;
use super::frame::{fit, pad, spinner};
use crate::cockpit::State;
use crate::keymap::Screen;
use crate::model::Assessment;
use crate::tui::ui::Ui;

/// From this size on the cockpit shows the score in large figures.
const LARGE: (u16, u16) = (100, 34);

/// How many lines the header has.
pub(super) fn height(screen: Screen, area: Rect) -> u16 {
    if is_large(screen, area) { 5 } else { 3 }
}

fn is_large(screen: Screen, area: Rect) -> bool {
    screen == Screen::Cockpit && area.width >= LARGE.0 && area.height >= LARGE.1
}

pub(super) fn render(state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
    let [first, middle, rule] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    let width = usize::from(area.width);
    frame.render_widget(Paragraph::new(release_line(state, ui, turn, width)), first);
    if middle.height >= 3 {
        large(state, ui, frame, middle);
    } else {
        frame.render_widget(Paragraph::new(score_line(state, ui, width)), middle);
    }
    frame.render_widget(Paragraph::new(Line::styled("─".repeat(width), ui.theme.border(false))), rule);
}

/// ` greenlang 0.2.0  runner, full          312 facts  20 requests  12:00:00Z`
fn release_line(state: &State, ui: &Ui, turn: usize, width: usize) -> Line<'static> {
    let names: Vec<&str> = state.release.images.iter().map(|image| image.name.as_str()).collect();
    let right = right_of_release(state, turn);
    let release = fit(
        &format!("{} {}", state.release.name, state.release.version),
        width.saturating_sub(right.width() + 3),
    );
    let left = width.saturating_sub(right.width() + release.width() + 3);
    Line::from(vec![
        Span::styled(format!(" {release}"), ui.theme.title()),
        Span::styled(pad(&format!("  {}", names.join(", ")), left), ui.theme.text()),
        Span::styled(format!(" {right} "), ui.theme.dim()),
    ])
}

fn right_of_release(state: &State, turn: usize) -> String {
    let at = state.facts.as_of.strftime("%H:%M:%SZ");
    if state.is_looking() {
        format!("{} looking for {}  {at}", spinner(turn), state.round.looking)
    } else {
        let requests: u64 = state.requests.iter().map(|(_, count)| count).sum();
        format!("{} facts  {requests} requests  {at}", state.facts.len())
    }
}

/// `NO_GO`, `GO at 14:02, stale`, `looking`.
fn verdict_words(assessment: &Assessment) -> String {
    match &assessment.verdict {
        Some(verdict) if assessment.stale => {
            let at = assessment.tags_read_at.map(|at| at.strftime("%H:%M").to_string()).unwrap_or_default();
            format!("{} at {at}, stale", verdict.words())
        }
        Some(verdict) => verdict.words().to_owned(),
        None => "looking".to_owned(),
    }
}

/// Like the verdict, the risk of what is not known yet is not said.
fn risk(assessment: &Assessment) -> String {
    assessment.verdict.as_ref().map_or_else(String::new, |_| format!("risk {}", assessment.risk.word()))
}

/// What is proven, what is only ready, and what is missing.
fn gauge(assessment: &Assessment, ui: &Ui, length: usize) -> [Span<'static>; 3] {
    let cells = |points: u8| length * usize::from(points.min(100)) / 100;
    let full = cells(assessment.readiness.points);
    let proven = cells(assessment.proven.points).min(full);
    [
        Span::styled("█".repeat(proven), ui.theme.accent()),
        Span::styled("▓".repeat(full - proven), ui.theme.accent()),
        Span::styled("░".repeat(length - full), ui.theme.border(false)),
    ]
}

/// ` NO_GO  ███▓▓▓▓░░░░  45/100  proven 0  ▁▂▄  risk HIGH`
fn score_line(state: &State, ui: &Ui, width: usize) -> Line<'static> {
    let assessment = &state.assessment;
    let words = verdict_words(assessment);
    let score = format!("{}  proven {}", assessment.readiness, assessment.proven.points);
    let (risk, trend) = (risk(assessment), if width >= 100 { ui.trend.bars(12) } else { String::new() });
    let after: Vec<&str> =
        [trend.as_str(), risk.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    let after = after.join("  ");
    let taken = words.width() + score.width() + after.width() + 8;
    let mut spans = vec![
        Span::raw(" "),
        Span::styled(words, ui.theme.verdict(assessment.verdict.as_ref())),
        Span::raw("  "),
    ];
    spans.extend(gauge(assessment, ui, width.saturating_sub(taken).min(60)));
    spans.extend([
        Span::raw("  "),
        Span::styled(score, ui.theme.title()),
        Span::raw("  "),
        Span::styled(after, ui.theme.dim()),
    ]);
    Line::from(spans)
}

/// The score in large figures, the verdict beside it, the trend at the right.
fn large(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let assessment = &state.assessment;
    let figures = digits(assessment.readiness.points);
    let number = u16::try_from(figures[0].width()).unwrap_or(0) + 3;
    let side = if area.width >= 140 { 44 } else { 30 };
    let columns =
        [Constraint::Length(number), Constraint::Length(13), Constraint::Fill(1), Constraint::Length(side)];
    let [number, of, middle, right] = Layout::horizontal(columns).areas(area);
    let look = ui.theme.verdict(assessment.verdict.as_ref());
    let figures: Vec<Line> = figures.into_iter().map(|row| Line::styled(format!(" {row}"), look)).collect();
    frame.render_widget(Paragraph::new(figures), number);
    let looking = match assessment.readiness.looking {
        0 => String::new(),
        looking => format!("{looking} looking"),
    };
    let of_lines = vec![
        Line::styled(if looking.is_empty() { "" } else { "at least" }, ui.theme.dim()),
        Line::styled(looking, ui.theme.dim()),
        // Figures of lines are no text that one could read aloud, search or copy.
        Line::styled(format!("{}/100", assessment.readiness.points), ui.theme.title()),
    ];
    frame.render_widget(Paragraph::new(of_lines), of);
    frame.render_widget(Paragraph::new(verdict_lines(assessment, ui, usize::from(middle.width))), middle);
    frame.render_widget(Paragraph::new(trend_lines(assessment, ui, usize::from(side))), right);
}

fn verdict_lines(assessment: &Assessment, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let reasons = assessment.verdict.as_ref().map(|verdict| verdict.reasons.join("; ")).unwrap_or_default();
    let (least, most) = assessment.time_to_production;
    let time = if assessment.verdict.is_some() && most > 0 {
        format!("   {} to production", hours(least, most))
    } else {
        String::new()
    };
    let text = width.saturating_sub(2);
    vec![
        Line::from(vec![
            Span::styled(verdict_words(assessment), ui.theme.verdict(assessment.verdict.as_ref())),
            Span::styled(format!("   {}{time}", risk(assessment)), ui.theme.text()),
        ]),
        Line::styled(fit(&reasons, text), ui.theme.dim()),
        Line::from_iter(gauge(assessment, ui, text.min(60))),
    ]
}

/// `2-4 hours`, `30 min`.
fn hours(least: u32, most: u32) -> String {
    match (least / 60, most.div_ceil(60)) {
        (_, 0 | 1) => format!("{most} min"),
        (least, most) if least == most => format!("{least} hours"),
        (least, most) => format!("{least}-{most} hours"),
    }
}

fn trend_lines(assessment: &Assessment, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let bars = ui.trend.bars(width.saturating_sub(20));
    let change = ui.trend.change().map(|change| format!("{change:+} in this session")).unwrap_or_default();
    let right = |line: Line<'static>| line.right_aligned();
    vec![
        right(Line::from(vec![
            Span::styled("proven on published bytes ", ui.theme.dim()),
            Span::styled(format!("{:>3} ", assessment.proven.points), ui.theme.title()),
        ])),
        right(Line::styled(format!("{bars} "), ui.theme.accent())),
        right(Line::styled(format!("{change} "), ui.theme.dim())),
    ]
}
