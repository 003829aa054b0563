//! Every key, from the one table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::{clickable, page, wrap};
use crate::keymap::{BINDINGS, Place, Press};
use crate::tui::hits::Target;
use crate::tui::pager::Pager;
use crate::tui::ui::Ui;

/// The width of the column of keys: `pagedown ctrl-f ctrl-d`.
const KEYS: usize = 24;

pub(in crate::tui) fn render(pager: &Pager, ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let (mut lines, mut commands) = (Vec::new(), Vec::new());
    for (title, holds) in sections() {
        lines.push(Line::styled(format!(" {title}"), ui.theme.title()));
        for binding in BINDINGS.iter().filter(|binding| binding.place == holds) {
            let keys: Vec<String> = ui.keymap.keys(binding).iter().map(ToString::to_string).collect();
            commands.extend(is_clicked(binding.press).then_some((lines.len(), Target::Press(binding.press))));
            row(&mut lines, &keys.join(" "), binding.help, ui, width);
        }
        lines.push(Line::default());
    }
    for line in [
        "✓ complete   ! partly   ? not seen or not tried   ✗ not there or wrong",
        "Of a cell: ✓ pass  ! soft  ✗ fail  · absent  - untried  ? unknown  … pending",
    ] {
        lines.push(Line::styled(format!("  {line}"), ui.theme.dim()));
    }
    page("Keys", lines, pager, ui, frame, area);
    clickable(commands, pager, ui, area);
}

/// Whether a click on the line of a command does it: not what moves, and nothing that ends exitbar by mistake.
fn is_clicked(press: Press) -> bool {
    match press {
        Press::Plan(_) | Press::Show(_) | Press::Item(_) => true,
        press => matches!(press, Press::Audit | Press::Verify | Press::Write | Press::Cancel | Press::Retry),
    }
}

/// The places where commands hold, each once, with its title.
fn sections() -> Vec<(String, Place)> {
    let mut sections: Vec<(String, Place)> = Vec::new();
    for binding in BINDINGS {
        if !sections.iter().any(|(_, place)| *place == binding.place) {
            sections.push((binding.place.title(), binding.place));
        }
    }
    sections
}

fn row(lines: &mut Vec<Line<'static>>, key: &str, help: &str, ui: &Ui, width: usize) {
    for (place, line) in wrap(help, width.saturating_sub(KEYS + 2)).into_iter().enumerate() {
        let key = if place == 0 { key } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!("  {key:<KEYS$}"), ui.theme.accent()),
            Span::styled(line, ui.theme.text()),
        ]));
    }
}
