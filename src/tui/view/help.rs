//! Every key, from the one table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::{page, wrap};
use crate::tui::keymap::BINDINGS;
use crate::tui::ui::Ui;

pub(super) fn render(ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = Vec::new();
    let number = "focus an item (0 is 10), or open it from a list; a click focuses too, a second one opens";
    row(&mut lines, "1-9, 0", number, ui, width);
    for binding in &BINDINGS {
        row(&mut lines, ui.keymap.key(binding), binding.help, ui, width);
    }
    lines.push(Line::default());
    for line in [
        "✓ complete   ! partly   ? not seen or not tried   ✗ not there or wrong",
        "Of a cell: ✓ pass  ! soft  ✗ fail  · absent  - untried  ? unknown  … pending",
        "A plan is answered by y or n; Enter means no.",
    ] {
        lines.push(Line::styled(format!("  {line}"), ui.theme.dim()));
    }
    page("Keys", lines, &ui.scroll, ui, frame, area);
}

fn row(lines: &mut Vec<Line<'static>>, key: &str, help: &str, ui: &Ui, width: usize) {
    for (place, line) in wrap(help, width.saturating_sub(12)).into_iter().enumerate() {
        let key = if place == 0 { key } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!("  {key:<10}"), ui.theme.accent()),
            Span::styled(line, ui.theme.text()),
        ]));
    }
}
