//! A plan that waits for an answer: what will be done, to which digests, and what it would change.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use unicode_width::UnicodeWidthStr as _;

use super::frame::{centred, pad, page, wrap};
use crate::cockpit::{PendingPlan, PlanId};
use crate::keymap::Press;
use crate::model::{ActionPlan, ItemChange, Status};
use crate::tui::hits::Target;
use crate::tui::ui::Ui;

pub(super) fn render(pending: &PendingPlan, ui: &Ui, frame: &mut Frame) {
    let screen = frame.area();
    let width = screen.width.saturating_sub(2).min(110);
    let lines = lines(pending.id, &pending.plan, ui, usize::from(width.saturating_sub(4)));
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    // Header and footer stay visible: the footer names the keys.
    let area = centred(screen, width, wanted);
    frame.render_widget(Clear, area);
    page(pending.plan.action.title(), lines, &ui.questions.plan, ui, frame, area);
    answers(ui, frame, area);
}

/// The answers on the border, to be clicked.
fn answers(ui: &Ui, frame: &mut Frame, area: Rect) {
    let mut x = area.x + 2;
    for (press, word) in [(Press::Yes, "yes, do it"), (Press::No, "no")] {
        let answer = format!(" {} {word} ", ui.key(press));
        let width = u16::try_from(answer.width()).unwrap_or(0);
        let place =
            Rect { x, y: area.bottom().saturating_sub(1), width, height: 1 }.intersection(frame.area());
        frame.render_widget(Paragraph::new(Line::styled(answer, ui.theme.selected())), place);
        ui.hits.add(place, Target::Press(press));
        x = x.saturating_add(width + 1);
    }
}

/// The second question stands alone, so that nothing is between it and the answer.
fn second(question: &str, plan: &ActionPlan, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> = wrap(&format!("! {question}"), width)
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), ui.theme.warning()))
        .collect();
    lines.push(Line::default());
    for (image, digest) in &plan.digests {
        item(&mut lines, "", &format!("{image} {digest}"), ui, width);
    }
    lines.push(Line::default());
    lines.push(Line::styled(" Really? y / n (Enter means no)", ui.theme.title()));
    lines
}

fn lines(id: PlanId, plan: &ActionPlan, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    if let Some(question) = plan.second_question.as_ref().filter(|_| ui.questions.asked_twice == Some(id)) {
        return second(question, plan, ui, width);
    }
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {} → {}", plan.points.0, plan.points.1), ui.theme.title()),
        Span::styled(" points, if everything works   ", ui.theme.dim()),
        Span::styled(plan.effect.words(), ui.theme.warning()),
    ])];
    if let Some(verdict) = &plan.verdict_after {
        lines.push(Line::styled(format!(" verdict afterwards: {verdict}"), ui.theme.text()));
    }
    // Points of items that had not answered are not there yet: the sum before and after is short of them.
    let early = plan.changes.iter().any(|change| change.before.0 == Status::Pending);
    let early = early.then(|| "this plan was made while something was still looked for".to_owned());
    for warning in early.iter().chain(&plan.warnings) {
        for line in wrap(&format!("! {warning}"), width) {
            lines.push(Line::styled(format!(" {line}"), ui.theme.warning()));
        }
    }
    for change in &plan.changes {
        lines.push(change_line(change, ui, width));
    }
    lines.push(Line::default());
    for step in &plan.steps {
        item(&mut lines, "-", step, ui, width);
    }
    if !plan.digests.is_empty() {
        lines.push(Line::default());
    }
    // Whole, over two lines where need be: a digest is confirmed by being read.
    for (image, digest) in &plan.digests {
        item(&mut lines, "", &format!("{image} {digest}"), ui, width);
    }
    lines.push(Line::default());
    lines.push(Line::styled(" Do it? y / n (Enter means no)", ui.theme.title()));
    lines
}

fn item(lines: &mut Vec<Line<'static>>, sign: &str, text: &str, ui: &Ui, width: usize) {
    for (place, line) in wrap(text, width.saturating_sub(2)).into_iter().enumerate() {
        let sign = if place == 0 { sign } else { "" };
        lines.push(Line::styled(format!(" {sign:1} {line}"), ui.theme.text()));
    }
}

/// From this width on the statuses stand below each other.
const ALIGNED: usize = 58;

/// ` 1 Published  NOT STARTED 0 → COMPLETE 10`.
fn change_line(change: &ItemChange, ui: &Ui, width: usize) -> Line<'static> {
    let (item, before, after) = (change.item, change.before, change.after);
    let worse = after.1 < before.1;
    let (was, is) = if width >= ALIGNED {
        (format!("{:>11} {:>2} → ", before.0, before.1), format!("{:<11} {:>2}", after.0, after.1))
    } else {
        (format!("{} {} → ", before.0, before.1), format!("{} {}", after.0, after.1))
    };
    // What moves is said whole; the title gives way.
    let title = pad(item.title(), width.saturating_sub(4 + was.width() + is.width()).min(22));
    Line::from(vec![
        Span::styled(format!(" {:>2} {title} ", item.number()), ui.theme.text()),
        Span::styled(was, ui.theme.dim()),
        Span::styled(is, if worse { ui.theme.warning() } else { ui.theme.title() }),
    ])
}
