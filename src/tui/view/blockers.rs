//! What blocks the release, and the plan.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::{fit, page, wrap};
use crate::cockpit::State;
use crate::model::PlanPart;
use crate::tui::ui::Ui;

pub(super) fn render(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = Vec::new();
    for blocker in &state.assessment.blockers {
        lines.push(Line::from(vec![
            Span::styled(format!(" {:<9}", blocker.severity.word()), ui.theme.warning()),
            Span::styled(fit(&blocker.title, width.saturating_sub(10)), ui.theme.title()),
        ]));
        let parts = [
            ("problem", Some(&blocker.problem)),
            ("impact", Some(&blocker.impact)),
            ("fix", Some(&blocker.fix)),
            ("where", blocker.location.as_ref()),
        ];
        for (name, text) in parts {
            for (place, line) in
                text.into_iter().flat_map(|text| wrap(text, width.saturating_sub(11))).enumerate()
            {
                let name = if place == 0 { name } else { "" };
                lines.push(Line::from(vec![
                    Span::styled(format!("   {name:<8}"), ui.theme.dim()),
                    Span::styled(line, ui.theme.text()),
                ]));
            }
        }
        lines.push(Line::default());
    }
    if state.assessment.blockers.is_empty() {
        lines.push(Line::styled(" nothing that was seen blocks the release", ui.theme.text()));
        lines.push(Line::default());
    }
    plan(&mut lines, state, ui, width);
    page("Blockers and plan", lines, ui.scroll, ui, frame, area);
}

fn plan(lines: &mut Vec<Line<'static>>, state: &State, ui: &Ui, width: usize) {
    for part in PlanPart::ALL {
        let steps: Vec<_> = state.assessment.plan.iter().filter(|step| step.part == part).collect();
        if steps.is_empty() {
            continue;
        }
        lines.push(Line::styled(format!(" {}", part.title()), ui.theme.title()));
        for step in steps {
            let after = step.after.as_ref().map(|after| format!(" (after: {after})")).unwrap_or_default();
            for (place, line) in
                wrap(&format!("{}{after}", step.title), width.saturating_sub(7)).into_iter().enumerate()
            {
                let points = if place == 0 { format!("{:+}", step.points) } else { String::new() };
                lines.push(Line::from(vec![
                    Span::styled(format!(" {points:>4}  "), ui.theme.accent()),
                    Span::styled(line, ui.theme.text()),
                ]));
            }
            for line in wrap(&step.why, width.saturating_sub(7)) {
                lines.push(Line::styled(format!("       {line}"), ui.theme.dim()));
            }
        }
        lines.push(Line::default());
    }
}
