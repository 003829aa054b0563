//! Every key, from the one table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::page;
use crate::tui::keymap::BINDINGS;
use crate::tui::ui::Ui;

pub(super) fn render(ui: &Ui, frame: &mut Frame, area: Rect) {
    let row = |key: &str, help: &str| {
        Line::from(vec![
            Span::styled(format!("  {key:<8}"), ui.theme.accent()),
            Span::styled(help.to_owned(), ui.theme.text()),
        ])
    };
    let mut lines =
        vec![row("1-9, 0", "focus an item (0 is 10); a click does the same, a second one opens it")];
    lines.extend(BINDINGS.iter().map(|binding| row(ui.keymap.key(binding), binding.help)));
    lines.push(Line::default());
    for line in [
        "✓ complete   ! partly   ? not seen or not tried   ✗ not there or wrong",
        "Of a cell: ✓ pass  ! soft  ✗ fail  · absent  - untried  ? unknown  … pending",
        "A plan is answered by y or n; Enter means no.",
    ] {
        lines.push(Line::styled(format!("  {line}"), ui.theme.dim()));
    }
    page("Keys", lines, ui.scroll, ui, frame, area);
}
