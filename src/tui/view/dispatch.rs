//! What a dispatch is started with, a row each, over whatever is on the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::frame::{block, centred, fit, pad};
use crate::cockpit::State;
use crate::model::InputKind;
use crate::tui::hits::Target;
use crate::tui::screens::{DispatchForm, Field};
use crate::tui::ui::Ui;

const NAME: usize = 18;

pub(in crate::tui) fn render(form: &DispatchForm, state: &State, ui: &Ui, frame: &mut Frame) {
    let fields = form.fields(state);
    let wanted = u16::try_from(fields.len()).unwrap_or(u16::MAX).saturating_add(2);
    let area = centred(frame.area(), 90, wanted);
    frame.render_widget(Clear, area);
    let file = form.workflow(state).map(|workflow| workflow.file.display().to_string());
    let title =
        fit(&format!(" Start {} ", file.unwrap_or_default()), usize::from(area.width.saturating_sub(4)));
    let block = block(ui, true).title(Span::styled(title, ui.theme.title()));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let rows = usize::from(inner.height);
    let skipped = (form.at() + 1).saturating_sub(rows);
    for (y, (place, field)) in (inner.y..).zip(fields.iter().enumerate().skip(skipped).take(rows)) {
        let row = Rect { y, height: 1, ..inner };
        ui.hits.add(row, Target::Row(place));
        frame.render_widget(Paragraph::new(line(form, field, place == form.at(), state, ui, width)), row);
    }
}

/// `▌version            0.2.0   needed`; while it is typed, the end of its text stays in sight.
fn line(
    form: &DispatchForm,
    field: &Field,
    chosen: bool,
    state: &State,
    ui: &Ui,
    width: usize,
) -> Line<'static> {
    let name = if chosen { ui.theme.selected() } else { ui.theme.text() };
    let room = width.saturating_sub(NAME + 3);
    let about = about(form, field, state);
    let value = match form.typed_text().filter(|_| chosen) {
        Some(typed) => {
            let count = typed.chars().count();
            let end: String = typed.chars().skip(count.saturating_sub(room.saturating_sub(1))).collect();
            format!("{end}_")
        }
        None => form.value(field, state),
    };
    let value = fit(&value, room);
    let gap = if value.is_empty() { "" } else { "   " };
    let left = room.saturating_sub(unicode_width::UnicodeWidthStr::width(value.as_str()) + gap.len());
    Line::from(vec![
        Span::styled(if chosen { "▌" } else { " " }, ui.theme.border(true)),
        Span::styled(format!("{} ", pad(field.name(), NAME)), name),
        Span::styled(value, ui.theme.accent()),
        Span::styled(format!("{gap}{}", fit(&about, left)), ui.theme.dim()),
    ])
}

/// What may stand in a row, and what counts where nothing does.
fn about(form: &DispatchForm, field: &Field, state: &State) -> String {
    let options = DispatchForm::options(field, state);
    match field {
        Field::Start => form.missing(state).map_or_else(
            || "says what will be done, and asks before it is".to_owned(),
            |name| format!("{name} is needed first"),
        ),
        Field::Reference => {
            "branch or tag; else the release's tag where it is pushed, else the branch".to_owned()
        }
        Field::Workflow => format!("‹ {} ›", options.join(" · ")),
        Field::Input(input) => {
            let mut words = Vec::new();
            if !options.is_empty() {
                words.push(format!("‹ {} ›", options.join(" · ")));
            } else if input.kind == InputKind::Number {
                words.push("a number".to_owned());
            }
            match &input.default {
                Some(default) => words.push(format!("else {default}")),
                None if input.required => words.push("needed".to_owned()),
                None => words.push("may be left out".to_owned()),
            }
            words.join("; ")
        }
    }
}
