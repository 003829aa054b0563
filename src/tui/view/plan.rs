//! A plan that waits for an answer: what will be done, to which digests, and what it would change.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::frame::{page, wrap};
use crate::cockpit::PendingPlan;
use crate::model::ActionPlan;
use crate::tui::ui::Ui;

pub(super) fn render(pending: &PendingPlan, ui: &Ui, frame: &mut Frame, screen: Rect) {
    let width = screen.width.saturating_sub(4).min(110);
    let lines = lines(&pending.plan, ui, usize::from(width.saturating_sub(4)));
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    // Header and footer stay visible: the footer names the keys.
    let height = wanted.min(screen.height.saturating_sub(5));
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + 3 + (screen.height.saturating_sub(5) - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    page(pending.plan.action.title(), lines, ui.plan_scroll, ui, frame, area);
}

fn lines(plan: &ActionPlan, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {} → {}", plan.points.0, plan.points.1), ui.theme.title()),
        Span::styled(" points, if everything works   ", ui.theme.dim()),
        Span::styled(plan.effect.words(), ui.theme.warning()),
    ])];
    if let Some(verdict) = &plan.verdict_after {
        lines.push(Line::styled(format!(" verdict afterwards: {verdict}"), ui.theme.text()));
    }
    for warning in &plan.warnings {
        for line in wrap(&format!("! {warning}"), width) {
            lines.push(Line::styled(format!(" {line}"), ui.theme.warning()));
        }
    }
    for change in &plan.changes {
        let (item, before, after) = (change.item, change.before, change.after);
        lines.push(Line::styled(
            format!(
                " {:>2} {:<22} {} {} → {} {}",
                item.number(),
                item.title(),
                before.0,
                before.1,
                after.0,
                after.1
            ),
            ui.theme.text(),
        ));
    }
    lines.push(Line::default());
    for step in &plan.steps {
        for (place, line) in wrap(step, width.saturating_sub(2)).into_iter().enumerate() {
            lines.push(Line::styled(
                format!(" {} {line}", if place == 0 { "-" } else { " " }),
                ui.theme.text(),
            ));
        }
    }
    for (image, digest) in &plan.digests {
        lines.push(Line::styled(format!(" {image} {digest}"), ui.theme.dim()));
    }
    lines.push(Line::default());
    lines.push(Line::styled(" Do it? y / n (Enter means no)", ui.theme.title()));
    lines
}
