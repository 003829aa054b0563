//! What stands on every screen: the header with verdict and score, the footer with keys, and small helpers.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::cockpit::{Severity, State};
use crate::model::text;
use crate::tui::hits::Target;
use crate::tui::pager::Pager;
use crate::tui::screens::Hint;
use crate::tui::ui::Ui;

const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// Text from outside, cleaned and cut to a width.
pub(in crate::tui) fn fit(given: &str, width: usize) -> String {
    let line = text::clean_line(given);
    if line.width() <= width {
        return line.into_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// A box in the middle of the screen's body.
pub(super) fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) =
        (width.min(screen.width.saturating_sub(2)), height.min(screen.height.saturating_sub(5)));
    let x = screen.x + (screen.width - width) / 2;
    Rect { x, y: screen.y + 3 + (screen.height.saturating_sub(5) - height) / 2, width, height }
}

/// Text padded to a width.
pub(in crate::tui) fn pad(given: &str, width: usize) -> String {
    let fitted = fit(given, width);
    let missing = width.saturating_sub(fitted.width());
    fitted + &" ".repeat(missing)
}

/// The chosen row of a list, marked over its whole width. What has no colour of its own meaning is as legible as a
/// marked row can be.
pub(super) fn chosen_row(mut line: Line<'static>, width: usize, ui: &Ui) -> Line<'static> {
    let missing = width.saturating_sub(line.width());
    line.push_span(Span::raw(" ".repeat(missing)));
    let plain = [ui.theme.text(), ui.theme.dim()];
    // Its first cell is the mark that is seen without colours.
    for span in line.spans.iter_mut().skip(1) {
        let selected = ui.theme.selected();
        let own = if plain.contains(&span.style) { selected.fg } else { span.style.fg.or(selected.fg) };
        span.style = span.style.patch(selected);
        span.style.fg = own;
    }
    line
}

/// A bordered block; the focused one has heavy borders, so that focus does not need colour.
pub(super) fn block<'a>(ui: &Ui, focused: bool) -> Block<'a> {
    let kind = if focused { BorderType::Thick } else { BorderType::Rounded };
    Block::bordered().border_type(kind).border_style(ui.theme.border(focused))
}

/// Words as lines of a width. A word that is longer (a digest, an address) goes on in the next line: what is
/// read to be confirmed or copied must not be cut.
pub(in crate::tui) fn wrap(given: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let line = text::clean_line(given);
    let (mut lines, mut last) = (Vec::new(), String::new());
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let space = usize::from(!last.is_empty());
        if last.width() + space + word.width() > width {
            lines.extend((!last.is_empty()).then(|| std::mem::take(&mut last)));
        } else if space == 1 {
            last.push(' ');
        }
        for c in word.chars() {
            if last.width() + c.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut last));
            }
            last.push(c);
        }
    }
    lines.push(last);
    lines
}

/// Words as at most so many lines of a width; what is cut ends in an ellipsis.
pub(super) fn wrap_within(given: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(given, width);
    if most > 0 && lines.len() > most {
        lines.truncate(most);
        let last = &mut lines[most - 1];
        if last.width() < width {
            last.push('…');
        } else {
            *last = fit(&format!("{last} "), width);
        }
    }
    lines
}

/// The spinner while something is under way.
pub(super) fn spinner(turn: usize) -> &'static str {
    SPINNER[turn % SPINNER.len()]
}

/// A notice and the keys that matter here; a click on one does what it says.
pub(super) fn footer(state: &State, ui: &Ui, hints: &[Hint], frame: &mut Frame, area: Rect) {
    let [notice_area, keys_area] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(area);
    let width = usize::from(area.width);
    let (words, style) = notice(state, ui);
    frame.render_widget(Paragraph::new(Line::styled(fit(&format!(" {words}"), width), style)), notice_area);
    frame.render_widget(Paragraph::new(keys(ui, hints, keys_area)), keys_area);
}

/// How many lines [`low_footer`] takes: a note that does not fit beside the keys has one of its own.
pub(super) fn low_footer_height(ui: &Ui, hints: &[Hint], width: u16) -> u16 {
    let keys: usize = shown(ui, hints, width).iter().map(|(key, hint)| length(key, hint) + 2).sum();
    1 + u16::from(ui.note.as_ref().is_some_and(|note| 1 + keys + note.width() > usize::from(width)))
}

/// The keys that matter here, with a note beside them or above.
pub(super) fn low_footer(ui: &Ui, hints: &[Hint], frame: &mut Frame, area: Rect) {
    let [above, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    let mut line = keys(ui, hints, below);
    let note = ui.note.as_ref().map(|note| fit(note, usize::from(area.width.saturating_sub(1))));
    let note = note.map(|note| Span::styled(note, ui.theme.accent()));
    match note {
        Some(note) if above.height > 0 => {
            frame.render_widget(Paragraph::new(Line::from(vec![Span::raw(" "), note])), above);
        }
        note => line.spans.extend(note),
    }
    frame.render_widget(Paragraph::new(line), below);
}

/// As many of the keys as fit; a click on one does what it says.
fn keys(ui: &Ui, hints: &[Hint], area: Rect) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    let mut x = area.x + 1;
    for (key, hint) in shown(ui, hints, area.width) {
        let length = u16::try_from(length(&key, hint)).unwrap_or(u16::MAX);
        ui.hits.add(Rect { x, width: length, ..area }, Target::Press(hint.presses[0]));
        // Of keys that are named together, each does its own.
        let mut at = x;
        for press in &hint.presses {
            let width = u16::try_from(ui.key(*press).width()).unwrap_or(u16::MAX);
            ui.hits.add(Rect { x: at, width, ..area }, Target::Press(*press));
            at = at.saturating_add(width);
        }
        x = x.saturating_add(length + 2);
        spans.extend([
            Span::styled(key, ui.theme.key()),
            Span::styled(format!(" {}  ", hint.word), ui.theme.dim()),
        ]);
    }
    Line::from(spans)
}

/// The hints that fit, with their keys.
fn shown<'a>(ui: &Ui, hints: &'a [Hint], width: u16) -> Vec<(String, &'a Hint)> {
    let named = hints.iter().filter_map(|hint| Some((named(hint, ui)?, hint))).collect();
    fitting(named, usize::from(width).saturating_sub(1))
}

fn length(key: &str, hint: &Hint) -> usize {
    key.width() + 1 + hint.word.width()
}

/// The keys of a hint; none where all were taken away.
fn named(hint: &Hint, ui: &Ui) -> Option<String> {
    let keys: String = hint.presses.iter().map(|press| ui.key(*press)).collect();
    (!keys.is_empty()).then_some(keys)
}

/// As many keys as fit, those first that stay longest; shown in their order.
fn fitting(hints: Vec<(String, &Hint)>, width: usize) -> Vec<(String, &Hint)> {
    let mut order: Vec<usize> = (0..hints.len()).collect();
    order.sort_by_key(|place| hints[*place].1.stay);
    // The last one needs no space after it.
    let mut left = width + 2;
    let mut kept = vec![false; hints.len()];
    for place in order {
        let (key, hint) = &hints[place];
        let needed = length(key, hint) + 2;
        if needed > left {
            break;
        }
        left -= needed;
        kept[place] = true;
    }
    hints.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(hint, _)| hint).collect()
}

fn notice(state: &State, ui: &Ui) -> (String, Style) {
    if ui.questions.quit {
        return ("a job is running; quit all the same? y / n".to_owned(), ui.theme.warning());
    }
    if let Some(note) = &ui.note {
        return (note.clone(), ui.theme.text());
    }
    if let Some(job) = state.running_jobs().last() {
        let progress = match &job.progress {
            Some(progress) if progress.total == 0 => format!(": {}", progress.what),
            Some(progress) => format!(": {}/{} {}", progress.done, progress.total, progress.what),
            None => String::new(),
        };
        return (format!("{} is running{progress}", job.action), ui.theme.accent());
    }
    match &state.notice {
        Some((Severity::Warning, text)) => (format!("! {text}"), ui.theme.warning()),
        Some((Severity::Info, text)) => (text.clone(), ui.theme.text()),
        None if ui.readonly => {
            let text = "read only: whatever runs code, writes or publishes is refused";
            (text.to_owned(), ui.theme.warning())
        }
        None => (String::new(), ui.theme.text()),
    }
}

/// Lines in a bordered block, scrolled and searched; says how much is below.
pub(super) fn page(
    title: &str,
    lines: Vec<Line<'static>>,
    pager: &Pager,
    ui: &Ui,
    frame: &mut Frame,
    area: Rect,
) {
    let height = area.height.saturating_sub(2);
    let longer = lines.len() > usize::from(height);
    let shown = pager.page(lines, height);
    let mut block = block(ui, true).title(Span::styled(format!(" {title} "), ui.theme.title()));
    if longer {
        let left = match pager.scroll.below() {
            0 => " end ".to_owned(),
            below => format!(" ↓ {below} more "),
        };
        block = block.title_bottom(Line::styled(left, ui.theme.dim()).right_aligned());
    }
    let block = block.title_bottom(searched(pager, ui, usize::from(area.width)));
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

/// Two texts beside each other, each with its title; they are scrolled together, so they are of one length.
pub(super) fn two_pages(
    (title, mut lines): (&str, Vec<Line<'static>>),
    (beside_title, mut beside): (&str, Vec<Line<'static>>),
    pager: &Pager,
    ui: &Ui,
    frame: &mut Frame,
    [left, right]: [Rect; 2],
) {
    let length = lines.len().max(beside.len());
    lines.resize(length, Line::default());
    beside.resize(length, Line::default());
    page(title, lines, pager, ui, frame, left);
    let at = usize::from(pager.scroll.at());
    let shown: Vec<Line> = beside.into_iter().skip(at).map(|line| pager.search.mark(line)).collect();
    let block = block(ui, true).title(Span::styled(format!(" {beside_title} "), ui.theme.title()));
    frame.render_widget(Paragraph::new(shown).block(block), right);
}

/// Notes what a click on lines of a page does, as far as they are in sight. `area` is that of the page with its borders.
pub(super) fn clickable(
    lines: impl IntoIterator<Item = (usize, Target)>,
    pager: &Pager,
    ui: &Ui,
    area: Rect,
) {
    let top = usize::from(pager.scroll.at());
    for (line, target) in lines {
        let Some(row) = line.checked_sub(top).and_then(|row| u16::try_from(row).ok()) else { continue };
        if row < area.height.saturating_sub(2) {
            ui.hits.add(Rect { y: area.y + 1 + row, height: 1, ..area }, target);
        }
    }
}

/// What is searched for in a text, and how often it is there.
pub(super) fn searched(pager: &Pager, ui: &Ui, width: usize) -> Line<'static> {
    let searched = pager.searched();
    if searched.is_empty() {
        return Line::default();
    }
    Line::styled(format!(" {} ", fit(&searched, width.saturating_sub(24))), ui.theme.accent())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_within_lines_is_whole_or_ends_in_an_ellipsis(
            text in "[a-z字é/ ]{0,120}", width in 2_usize..40, most in 1_usize..5,
        ) {
            let lines = wrap_within(&text, width, most);
            prop_assert!(lines.len() <= most);
            prop_assert!(lines.iter().all(|line| line.width() <= width), "{:?}", lines);
            let whole = wrap(&text, width);
            prop_assert_eq!(whole.len() > most, lines.last().unwrap().ends_with('…'));
        }
    }
}
