//! The choice of a command, over whatever is on the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::OVERLAY;
use super::frame::{block, centred, chosen_row, fit, pad};
use crate::tui::hits::Target;
use crate::tui::screens::{Choice, Palette};
use crate::tui::ui::Ui;

const KEY: usize = 10;
const NAME: usize = 16;

pub(in crate::tui) fn render(palette: &Palette, ui: &Ui, frame: &mut Frame) {
    let choices = palette.choices();
    let area = centred(frame.area(), 90, 24);
    frame.render_widget(Clear, area);
    ui.hits.add(area, Target::Part(OVERLAY));
    let count = format!(" {} commands ", choices.len());
    let block = block(ui, true)
        .title(Span::styled(" Commands ", ui.theme.title()))
        .title_bottom(Line::styled(count, ui.theme.dim()).right_aligned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [input, list] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
    let width = usize::from(inner.width);
    let typed = fit(palette.typed_text(), width.saturating_sub(4));
    let hint = if typed.is_empty() { "  some letters of a command" } else { "" };
    let typed = Line::from(vec![
        Span::styled(format!(" :{typed}_"), ui.theme.title()),
        Span::styled(fit(hint, width.saturating_sub(4)), ui.theme.dim()),
    ]);
    frame.render_widget(Paragraph::new(typed), input);
    let rows = usize::from(list.height);
    let skipped = (palette.at() + 1).saturating_sub(rows);
    for (y, (place, choice)) in (list.y..).zip(choices.iter().enumerate().skip(skipped).take(rows)) {
        let row = Rect { y, height: 1, ..list };
        ui.hits.add(row, Target::Row(place));
        frame.render_widget(Paragraph::new(line(choice, place == palette.at(), ui, width)), row);
    }
    if choices.is_empty() {
        frame.render_widget(
            Paragraph::new(Line::styled(" no command has these letters", ui.theme.dim())),
            list,
        );
    }
}

/// `▌b  build   build every image for every platform`; what cannot be used says why instead.
fn line(choice: &Choice, chosen: bool, ui: &Ui, width: usize) -> Line<'static> {
    let usable = choice.refusal.is_none();
    let name = if usable { ui.theme.text() } else { ui.theme.dim() };
    let about = choice
        .refusal
        .as_ref()
        .map_or_else(|| choice.binding.help.to_owned(), |why| format!("not now: {why}"));
    let line = Line::from(vec![
        Span::styled(if chosen { "▌" } else { " " }, ui.theme.border(true)),
        Span::styled(pad(&ui.key(choice.binding.press), KEY), ui.theme.key()),
        Span::styled(pad(choice.binding.name, NAME), name),
        Span::styled(fit(&about, width.saturating_sub(KEY + NAME + 2)), ui.theme.dim()),
    ]);
    if chosen { chosen_row(line, width, ui) } else { line }
}
