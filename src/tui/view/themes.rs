//! The choice of a theme, over whatever is on the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::OVERLAY;
use super::frame::{block, centred, fit, pad, wrap_within};
use crate::model::Symbol;
use crate::tui::hits::Target;
use crate::tui::screens::ThemePicker;
use crate::tui::theme::Entry;
use crate::tui::ui::Ui;

const SYMBOLS: [Symbol; 4] = [Symbol::Done, Symbol::Partly, Symbol::Question, Symbol::Not];
const NAME: usize = 18;

/// Lines below the list: how the theme is kept, or what is wrong with it.
const FOOT: u16 = 2;

pub(in crate::tui) fn render(picker: &ThemePicker, ui: &Ui, frame: &mut Frame) {
    let (at, themes) = (picker.at, ui.themes.entries());
    let wanted = u16::try_from(themes.len()).unwrap_or(u16::MAX).saturating_add(3 + FOOT);
    let area = centred(frame.area(), 76, wanted);
    frame.render_widget(Clear, area);
    ui.hits.add(area, Target::Part(OVERLAY));
    let block = block(ui, true).title(Span::styled(" Theme ", ui.theme.title()));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let foot = FOOT.min(inner.height);
    let [list, _, foot] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(foot)]).areas(inner);
    let width = usize::from(inner.width);
    let rows = usize::from(list.height);
    let skipped = (at + 1).saturating_sub(rows);
    for (y, (place, theme)) in (list.y..).zip(themes.iter().enumerate().skip(skipped).take(rows)) {
        let row = Rect { y, height: 1, ..list };
        ui.hits.add(row, Target::Row(place));
        frame.render_widget(Paragraph::new(line(theme, place == at, ui, width)), row);
    }
    let chosen = &themes[at];
    let (said, style) = if ui.themes.theme(&chosen.name, ui.depth).is_err() {
        (chosen.about().to_owned(), ui.theme.warning())
    } else {
        let line = ThemePicker::line(&ui.theme);
        (format!("The line  {line}  in exitbar.toml keeps it."), ui.theme.dim())
    };
    let said = wrap_within(&said, width.saturating_sub(2), usize::from(FOOT));
    let said: Vec<Line> = said.into_iter().map(|line| Line::styled(format!(" {line}"), style)).collect();
    frame.render_widget(Paragraph::new(said), foot);
}

/// `▌dark   ✓ ! ? ✗   for dark terminals`, the symbols in the theme's own colours.
fn line(entry: &Entry, chosen: bool, ui: &Ui, width: usize) -> Line<'static> {
    let (name, about) = (entry.name.as_str(), entry.about());
    let theme = ui.themes.theme(name, ui.depth).ok();
    let (cursor, style) = if chosen { ("▌", ui.theme.selected()) } else { (" ", ui.theme.text()) };
    let mut spans = vec![
        Span::styled(cursor, ui.theme.border(true)),
        Span::styled(format!("{} ", pad(name, NAME)), style),
    ];
    let margin = theme.as_ref().map(|theme| theme.on_its_own(theme.text())).unwrap_or_default();
    spans.push(Span::styled(" ", margin));
    for symbol in SYMBOLS {
        let (sign, look) = match &theme {
            Some(theme) => (symbol.screen(), theme.on_its_own(theme.symbol(symbol))),
            None => (" ", ui.theme.text()),
        };
        spans.push(Span::styled(format!("{sign} "), look));
    }
    spans.push(Span::raw(" "));
    let about = match (entry.own, &theme) {
        (_, None) => "not usable",
        (true, _) if about.is_empty() => "yours",
        (_, _) => about,
    };
    spans.push(Span::styled(fit(about, width.saturating_sub(NAME + 14)), ui.theme.dim()));
    Line::from(spans)
}
