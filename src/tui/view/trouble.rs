//! What was refused or failed: a panel above the footer until it is dismissed, with what to do about it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr as _;

use super::frame::{block, wrap_within};
use crate::cockpit::{State, Trouble};
use crate::keymap::{Press, Screen};
use crate::tui::hits::Target;
use crate::tui::ui::Ui;

/// The most lines of its text.
const MOST: u16 = 8;
/// How many lines a screen needs that makes room for it.
const ABOVE: u16 = 8;
/// The lines of the panel that are not its text: the border, and what may help.
const AROUND: u16 = 3;

/// What was refused or failed, where it will be drawn.
pub(super) struct Panel<'a> {
    trouble: &'a Trouble,
    /// How many others there are.
    more: usize,
    lines: Vec<Line<'static>>,
    area: Rect,
}

impl<'a> Panel<'a> {
    /// The panel at the end of the body; beside a screen that makes room for it, it leaves that enough.
    pub fn of(state: &'a State, ui: &Ui, body: Rect, beside: bool) -> Option<Self> {
        let (trouble, more) = ui.trouble(state)?;
        let width = body.width.saturating_sub(2).min(100);
        let left = if beside { ABOVE + AROUND } else { 4 };
        let room = usize::from(MOST.min(body.height.saturating_sub(left)).max(1));
        let mut lines: Vec<Line> = wrap_within(&trouble.text, usize::from(width.saturating_sub(4)), room)
            .into_iter()
            .map(|line| Line::styled(format!(" {line}"), ui.theme.text()))
            .collect();
        lines.extend(cure(trouble, ui).map(|cure| Line::styled(format!(" → {cure}"), ui.theme.accent())));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(body.height);
        let area = Rect { x: body.x + (body.width - width) / 2, y: body.bottom() - height, width, height };
        Some(Self { trouble, more, lines, area })
    }

    /// What is left of the body above it.
    pub fn above(&self, body: Rect) -> Rect {
        Rect { height: body.height - self.area.height, ..body }
    }

    pub fn render(self, ui: &Ui, frame: &mut Frame) {
        let Self { trouble, more, lines, area } = self;
        frame.render_widget(Clear, area);
        // What is below cannot be clicked.
        ui.hits.add(area, Target::Part(0));
        let title = if trouble.job.is_some() { " ! Failed " } else { " ! Refused " };
        let at = format!(" {} ", trouble.at.strftime("%H:%M:%SZ"));
        let block = block(ui, true)
            .title(Span::styled(title, ui.theme.warning()))
            .title(Line::styled(at, ui.theme.dim()).right_aligned());
        frame.render_widget(Paragraph::new(lines).block(block), area);
        buttons(trouble, more, ui, frame, area);
    }
}

/// What may help, beyond what the text says itself.
fn cure(trouble: &Trouble, ui: &Ui) -> Option<String> {
    let (retry, jobs) = (ui.key(Press::Retry), ui.key(Press::Show(Screen::Jobs)));
    match trouble.job {
        Some(id) => Some(format!("{jobs} shows what job {id} printed; {retry} plans it once more")),
        None if ui.readonly => {
            Some("exitbar runs with --readonly: start it without to do more than read".to_owned())
        }
        None => None,
    }
}

/// The keys on the border, to be clicked.
fn buttons(trouble: &Trouble, more: usize, ui: &Ui, frame: &mut Frame, area: Rect) {
    let others = if more > 0 { format!(", {more} more") } else { String::new() };
    let mut all = vec![(Press::Back, format!("dismiss{others}"))];
    if trouble.job.is_some() {
        all.extend([(Press::Show(Screen::Jobs), "output".to_owned()), (Press::Retry, "again".to_owned())]);
    }
    let mut x = area.x + 2;
    for (press, word) in all {
        let text = format!(" {} {word} ", ui.key(press));
        let width = u16::try_from(text.width()).unwrap_or(0);
        let place = Rect { x, y: area.bottom() - 1, width, height: 1 }.intersection(area);
        frame.render_widget(Paragraph::new(Line::styled(text, ui.theme.key())), place);
        ui.hits.add(place, if press == Press::Back { Target::Dismiss } else { Target::Press(press) });
        x = x.saturating_add(width + 1);
    }
}
