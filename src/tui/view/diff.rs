//! What moved between two kept audits: the two, the ten items, and under each what was seen otherwise.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::frame::{fit, pad, page, wrap};
use crate::cockpit::State;
use crate::diff::{Diff, ItemDiff, Moved, Sign, Standing};
use crate::model::{AuditSummary, Symbol};
use crate::report::{moved_words, weight};
use crate::tui::screens::DiffScreen;
use crate::tui::ui::Ui;

/// How much of what moved is told of one item.
const MOST_MOVED: usize = 8;

pub(in crate::tui) fn render(screen: &DiffScreen, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let lines = match screen.diff(state, ui) {
        Ok(diff) => lines(&diff, ui, width),
        Err(why) => wrap(&why, width)
            .into_iter()
            .map(|line| Line::styled(format!(" {line}"), ui.theme.text()))
            .collect(),
    };
    page("Compare two audits", lines, &screen.pager, ui, frame, area);
}

fn lines(diff: &Diff, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![side("a", &diff.a, diff, ui, width), side("b", &diff.b, diff, ui, width)];
    lines.push(Line::styled(format!(" {}", fit(&diff.summary(), width)), ui.theme.title()));
    let legend = "= same   + better   - worse   ? not known   ~ other";
    lines.push(Line::styled(format!(" {}", fit(legend, width)), ui.theme.dim()));
    lines.push(Line::default());
    for item in &diff.items {
        one(&mut lines, item, ui, width);
        moved(&mut lines, item, diff, ui, width);
    }
    settings(&mut lines, diff, ui, width);
    if diff.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled(" Nothing moved: the same was seen, and judged the same.", ui.theme.text()));
    }
    lines
}

fn side(name: &str, summary: &AuditSummary, diff: &Diff, ui: &Ui, width: usize) -> Line<'static> {
    let id = summary.id.short([&diff.a.id, &diff.b.id]);
    let at = summary.finished.strftime("%d %b %H:%M UTC").to_string();
    let score = format!("{:>3}/100", summary.readiness.points);
    let verdict = pad(summary.verdict.words(), 17);
    let rest = width.saturating_sub(3 + 6 + 16 + 8 + 18);
    Line::from(vec![
        Span::styled(format!(" {name}  "), ui.theme.title()),
        Span::styled(format!("{id:<6}{}", pad(&at, 17)), ui.theme.dim()),
        Span::styled(format!("{score} "), ui.theme.text()),
        Span::styled(format!("{verdict} "), ui.theme.verdict(Some(&summary.verdict))),
        Span::styled(fit(&summary.version, rest), ui.theme.text()),
    ])
}

/// Where the standing of an item begins: ` +  1 Published              `.
const ITEM: usize = 29;

fn one(lines: &mut Vec<Line<'static>>, item: &ItemDiff, ui: &Ui, width: usize) {
    let title = format!("{:>2} {}", item.item.number(), pad(item.item.title(), 22));
    let mut spans = vec![
        Span::styled(format!(" {} ", item.sign.mark()), style(item.sign, ui)),
        Span::styled(format!("{title} "), ui.theme.title()),
    ];
    let after = standing(&item.after, ui);
    if item.sign != Sign::Same || item.before.status != item.after.status {
        spans.extend(standing(&item.before, ui));
        let both: usize = spans.iter().chain(&after).map(Span::width).sum();
        // Where both do not fit, what came of it stands below what was.
        let arrow = if both + 3 > width {
            lines.push(Line::from(std::mem::take(&mut spans)));
            format!("{:ITEM$}→ ", "")
        } else {
            " → ".to_owned()
        };
        spans.push(Span::styled(arrow, ui.theme.dim()));
    }
    spans.extend(after);
    lines.push(Line::from(spans));
    if item.before.note != item.after.note {
        told(lines, "   was  ", &item.before.note, ui.theme.dim(), ui, width);
        told(lines, "   is   ", &item.after.note, ui.theme.text(), ui, width);
    }
}

fn standing(standing: &Standing, ui: &Ui) -> Vec<Span<'static>> {
    let points = standing.points.map_or_else(String::new, |points| format!(" {points}"));
    let proven = if standing.proven { " proven" } else { "" };
    vec![
        Span::styled(
            format!("{} {}", standing.symbol.screen(), standing.status),
            ui.theme.symbol(standing.symbol),
        ),
        Span::styled(format!("{points}{proven}"), ui.theme.dim()),
    ]
}

fn moved(lines: &mut Vec<Line<'static>>, item: &ItemDiff, diff: &Diff, ui: &Ui, width: usize) {
    let mut moved: Vec<&Moved> = diff.moved_of(item.item).collect();
    moved.sort_by_key(|moved| weight(moved.sign));
    for moved in moved.iter().take(MOST_MOVED) {
        let lead = format!("      {} ", moved.sign.mark());
        told(lines, &lead, &moved_words(moved), style(moved.sign, ui), ui, width);
    }
    if moved.len() > MOST_MOVED {
        let more = format!("        … and {} more", moved.len() - MOST_MOVED);
        lines.push(Line::styled(more, ui.theme.dim()));
    }
}

fn settings(lines: &mut Vec<Line<'static>>, diff: &Diff, ui: &Ui, width: usize) {
    if diff.settings.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::styled(" Settings that were others", ui.theme.title()));
    for setting in &diff.settings {
        let set = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
        let text = format!("{}: {} → {}", setting.path, set(&setting.before), set(&setting.after));
        told(lines, "      ~ ", &text, ui.theme.dim(), ui, width);
    }
}

/// A text behind a lead, whole: what does not fit goes on below its beginning.
fn told(lines: &mut Vec<Line<'static>>, lead: &str, text: &str, style: Style, ui: &Ui, width: usize) {
    for (place, line) in wrap(text, width.saturating_sub(lead.len())).into_iter().enumerate() {
        let lead = if place == 0 { lead.to_owned() } else { " ".repeat(lead.len()) };
        let text = if place == 0 { style } else { ui.theme.text() };
        lines.push(Line::from(vec![Span::styled(lead, style), Span::styled(line, text)]));
    }
}

fn style(sign: Sign, ui: &Ui) -> Style {
    match sign {
        Sign::Same => ui.theme.dim(),
        Sign::Better => ui.theme.symbol(Symbol::Done),
        Sign::Worse => ui.theme.symbol(Symbol::Not),
        Sign::NotKnown => ui.theme.symbol(Symbol::Question),
        Sign::Other => ui.theme.symbol(Symbol::Partly),
    }
}
