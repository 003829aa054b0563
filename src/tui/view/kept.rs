//! The report of a kept audit, as of then.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::frame::{fit, page, wrap};
use crate::cockpit::State;
use crate::report::{self, Input, Look};
use crate::tui::pager::Pager;
use crate::tui::ui::Ui;

pub(in crate::tui) fn render(pager: &Pager, state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let recalled = ui.recalled.as_ref().and_then(|id| state.recalled(id));
    let lines = match recalled {
        None => vec![Line::styled(" reading …", ui.theme.dim())],
        Some(Err(why)) => wrap(why, width)
            .into_iter()
            .map(|line| Line::styled(format!(" {line}"), ui.theme.warning()))
            .collect(),
        Some(Ok(audit)) => {
            let text = report::text(&Input::of_kept(audit), Look { colors: false, width: Some(width) });
            text.lines().map(|line| Line::styled(format!(" {}", fit(line, width)), ui.theme.text())).collect()
        }
    };
    page("Kept audit, as of then", lines, pager, ui, frame, area);
}
