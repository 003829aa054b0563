//! A watch → a frame: alarms on top, a line per tag. Everything is a line, so that a few rows will do.

use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::frame::{fit, pad, wrap};
use crate::model::{Symbol, text};
use crate::tui::screens::WatchScreen;
use crate::tui::ui::Ui;
use crate::watch::{Change, Kind, Loudness, Presence, Target, View};

pub(in crate::tui) fn render(screen: &WatchScreen, ui: &Ui, frame: &mut Frame, area: Rect) {
    let searches = !screen.pager.searched().is_empty();
    let search = u16::from(searches);
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(search)])
            .areas(area);
    frame.render_widget(Paragraph::new(heading(screen, ui, usize::from(header.width))), header);
    let lines = match (screen.differs, searches) {
        (true, _) => screen.pager.page(difference(screen, ui, usize::from(body.width)), body.height),
        // What is searched for may be what is left out of the overview.
        (false, true) => screen.pager.page(everything(screen, ui, usize::from(body.width)), body.height),
        (false, false) => overview(screen, ui, body),
    };
    frame.render_widget(Paragraph::new(lines), body);
    let searched = fit(&format!(" {}", screen.pager.searched()), usize::from(footer.width));
    frame.render_widget(Paragraph::new(Line::styled(searched, ui.theme.accent())), footer);
}

/// What the window is called.
pub(in crate::tui) fn title(screen: &WatchScreen) -> String {
    let (loudness, words) = summary(&screen.view);
    format!("{} {words}: {} - exitbar watch", loudness.mark(), screen.title)
}

/// What is watched, how it is, and when that was seen.
fn heading(screen: &WatchScreen, ui: &Ui, width: usize) -> Line<'static> {
    let view = &screen.view;
    let (loudness, words) = summary(view);
    let looked = match (view.looking, view.looked_at) {
        (true, _) => "looking".to_owned(),
        (false, Some(at)) => format!("looked {} ago", age(screen, at)),
        (false, None) => String::new(),
    };
    let left = width.saturating_sub(words.len() + looked.len() + 7);
    let title = if left < 8 { String::new() } else { fit(&screen.title, left) };
    let style = ui.theme.symbol(symbol(loudness));
    Line::from(vec![
        Span::styled(format!(" {} {words}", loudness.mark()), style),
        Span::styled(format!("  {title}"), ui.theme.title()),
        Span::styled(format!("  {looked}"), ui.theme.dim()),
    ])
}

/// How everything is, in a few words.
fn summary(view: &View) -> (Loudness, String) {
    if view.looks == 0 {
        return (Loudness::Unknown, "first look".to_owned());
    }
    let all = standing(view);
    let count = |loudness| all.iter().filter(|alarm| alarm.loudness == loudness).count();
    match (count(Loudness::Alarm), count(Loudness::Unknown), count(Loudness::Notice)) {
        (0, 0, 0) => (Loudness::Well, "unchanged".to_owned()),
        (0, 0, notices) => (Loudness::Notice, format!("{notices} to note")),
        (0, unknown, _) => (Loudness::Unknown, format!("{unknown} not seen")),
        (1, ..) => (Loudness::Alarm, "1 alarm".to_owned()),
        (alarms, ..) => (Loudness::Alarm, format!("{alarms} alarms")),
    }
}

/// Something that needs attention, with the time since when.
struct Alarm {
    subject: String,
    at: Timestamp,
    loudness: Loudness,
    text: String,
}

/// What is not as it should be, and what moved since the start; the loudest and newest first.
fn standing(view: &View) -> Vec<Alarm> {
    let concerns = view.known.concerns().into_iter().map(|(subject, kind, concern)| Alarm {
        subject: subject.to_owned(),
        at: concern.since,
        loudness: concern.loudness,
        text: text::clean_line(&concern.sentence(subject, kind)).into_owned(),
    });
    let moved = view
        .changes
        .iter()
        .filter(|change| matches!(change.about, Kind::Tag | Kind::Verdict) && change.level > Loudness::Well);
    let moved = moved.map(|change| Alarm {
        subject: change.subject.clone(),
        at: change.at,
        loudness: change.level,
        text: change.text.clone(),
    });
    let mut all: Vec<Alarm> = concerns.chain(moved).collect();
    all.sort_by_key(|alarm| std::cmp::Reverse((alarm.loudness, alarm.at)));
    all
}

/// Alarms, then a line per tag; the tags get at least half of the rows.
fn overview(screen: &WatchScreen, ui: &Ui, area: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let view = &screen.view;
    let alarms = standing(view);
    let room = (height / 2).max(height.saturating_sub(view.targets.len() + 1)).max(1);
    let mut lines = told(&alarms, ui, width, room);
    let left = height.saturating_sub(lines.len());
    if !lines.is_empty() && view.targets.len() < left {
        lines.push(rule(ui, width));
    }
    lines.extend(tags(screen, ui, width, height.saturating_sub(lines.len())));
    lines
}

/// The same without leaving anything out.
fn everything(screen: &WatchScreen, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let mut lines = told(&standing(&screen.view), ui, width, usize::MAX);
    lines.push(rule(ui, width));
    lines.extend(screen.view.targets.iter().map(|target| tag(screen, ui, target, width)));
    lines
}

fn rule(ui: &Ui, width: usize) -> Line<'static> {
    Line::styled("─".repeat(width), ui.theme.border(false))
}

/// Alarms in full where that fits; else a line each, as many as there is room for.
fn told(alarms: &[Alarm], ui: &Ui, width: usize, room: usize) -> Vec<Line<'static>> {
    let head = |alarm: &Alarm| format!(" {} {} ", alarm.loudness.mark(), alarm.at.strftime("%H:%M"));
    let styled = |alarm: &Alarm, line: String| Line::styled(line, ui.theme.symbol(symbol(alarm.loudness)));
    let full = alarms.iter().flat_map(|alarm| {
        let wrapped = wrap(&alarm.text, width.saturating_sub(10)).into_iter().enumerate();
        wrapped.map(move |(row, text)| {
            let head = if row == 0 { head(alarm) } else { " ".repeat(9) };
            styled(alarm, fit(&format!("{head}{text}"), width))
        })
    });
    let full: Vec<Line> = full.collect();
    if full.len() <= room {
        return full;
    }
    // In a few rows the alarms themselves are worth more than the number of the others, which is on top.
    let shown = if room > 3 && alarms.len() > room { room - 1 } else { room };
    let mut lines: Vec<Line> = alarms
        .iter()
        .take(shown)
        .map(|alarm| {
            styled(alarm, fit(&format!("{}{}", head(alarm), alarm.within(width.saturating_sub(9))), width))
        })
        .collect();
    if alarms.len() > shown && shown < room {
        let more = format!("   and {} more", alarms.len() - shown);
        lines.push(Line::styled(fit(&more, width), ui.theme.dim()));
    }
    lines
}

impl Alarm {
    /// What happened matters more than the whole name of what it happened to.
    fn within(&self, width: usize) -> String {
        let last = self.subject.rsplit_once('/').map(|(_, last)| last);
        match (last, self.text.strip_prefix(&self.subject)) {
            (Some(last), Some(words)) if self.text.chars().count() > width => format!("…/{last}{words}"),
            _ => self.text.clone(),
        }
    }
}

fn tags(screen: &WatchScreen, ui: &Ui, width: usize, rows: usize) -> Vec<Line<'static>> {
    let view = &screen.view;
    let mut targets: Vec<&Target> = view.targets.iter().collect();
    let cut = targets.len() > rows;
    if cut {
        // What is not as it should be must not be the part that is out of sight.
        targets.sort_by_key(|target| std::cmp::Reverse(state(view, target).0));
    }
    let counted = cut && rows > 2;
    let shown = if counted { rows - 1 } else { rows };
    let page = u16::try_from(shown).unwrap_or(u16::MAX);
    let first = usize::from(screen.pager.scroll.drawn(targets.len(), page));
    let mut lines: Vec<Line> =
        targets.iter().skip(first).take(shown).map(|target| tag(screen, ui, target, width)).collect();
    if counted {
        let more = format!("   ↑↓ {} of {} tags", shown, targets.len());
        lines.push(Line::styled(fit(&more, width), ui.theme.dim()));
    }
    lines
}

/// Mark and word, reference, digest, signer, age of the look; what does not fit is left out from the right.
fn tag(screen: &WatchScreen, ui: &Ui, target: &Target, width: usize) -> Line<'static> {
    let view = &screen.view;
    let (loudness, word) = state(view, target);
    let subject = view.known.subjects.get(&target.reference);
    let known = subject.and_then(|subject| subject.tag.as_ref());
    let digest = known.and_then(|tag| tag.digest()).map_or(String::new(), |digest| digest.short().to_owned());
    let age = known.and_then(|tag| tag.seen_at).map_or(String::new(), |at| age(screen, at));
    let signer = subject.and_then(|subject| subject.signer.as_deref()).map_or("", short_signer);
    let (digest_width, signer_width) = columns(view, width);
    let digest = pad(&digest.chars().take(digest_width).collect::<String>(), digest_width);
    let has_signers = signer_width > 0;
    let taken = 13 + digest_width + 2 + signer_width + usize::from(has_signers) * 2 + 7;
    let name = reference_within(&target.reference, width.saturating_sub(taken).max(10));
    let mut spans = vec![
        Span::styled(format!(" {} {} ", loudness.mark(), pad(word, 9)), ui.theme.symbol(symbol(loudness))),
        Span::styled(name, ui.theme.text()),
        Span::styled(format!("  {digest}"), ui.theme.text()),
    ];
    if has_signers {
        spans.push(Span::styled(format!("  {}", pad(signer, signer_width)), ui.theme.dim()));
    }
    spans.push(Span::styled(format!(" {age:>6}"), age_style(ui, loudness)));
    Line::from(spans)
}

/// How wide digests and signers stand; what no tag has leaves its room to the references.
fn columns(view: &View, width: usize) -> (usize, usize) {
    let mut subjects = view.targets.iter().filter_map(|target| view.known.subjects.get(&target.reference));
    let wide = width >= 72;
    let digests =
        subjects.clone().any(|subject| subject.tag.as_ref().is_some_and(|tag| tag.digest().is_some()));
    let signers = wide && subjects.any(|subject| subject.signer.is_some());
    let digest = if wide { 12 } else { 7 };
    let signer = (width.saturating_sub(40) / 3).clamp(12, 40);
    (if digests { digest } else { 0 }, if signers { signer } else { 0 })
}

fn age_style(ui: &Ui, loudness: Loudness) -> Style {
    if loudness == Loudness::Unknown { ui.theme.symbol(Symbol::Question) } else { ui.theme.dim() }
}

/// A reference is told from others by its registry and by its end: those stay, and what is between them goes.
fn reference_within(reference: &str, width: usize) -> String {
    let clean = text::clean_line(reference).into_owned();
    let length = clean.chars().count();
    if length <= width {
        return pad(&clean, width);
    }
    let host = clean.split('/').next().unwrap_or_default();
    let host = if host.len() + 12 <= width { host } else { "" };
    let end: String = clean.chars().skip(length - width.saturating_sub(1 + host.len())).collect();
    format!("{host}…{end}")
}

/// The part of an identity that tells it from others: `owner/repo/…/release.yml@…` without GitHub's own address.
fn short_signer(identity: &str) -> &str {
    identity.strip_prefix("https://github.com/").unwrap_or(identity)
}

/// How a tag is: the loudest that is known of it or of its registry.
fn state(view: &View, target: &Target) -> (Loudness, &'static str) {
    let Some(subject) = view.known.subjects.get(&target.reference) else {
        return (Loudness::Unknown, "unseen");
    };
    let Some(tag) = &subject.tag else { return (Loudness::Unknown, "unseen") };
    if tag.unseen.is_some() {
        return (Loudness::Unknown, "unseen");
    }
    if matches!(tag.presence, Some(Presence::Gone(_))) {
        // A watch that never saw it does not say that it was there.
        return (Loudness::Alarm, if tag.was.is_some() { "gone" } else { "absent" });
    }
    let of = |kind| subject.concerns.get(&kind).map(|concern| concern.loudness);
    if of(Kind::Hidden).is_some() {
        return (Loudness::Alarm, "hidden");
    }
    let moved = |change: &Change| change.about == Kind::Tag && change.subject == target.reference;
    let moved = view.changes.iter().any(moved) && !target.moving;
    match (of(Kind::Signature), of(Kind::SignatureUnseen), of(Kind::Sbom)) {
        (Some(Loudness::Alarm), ..) if subject.signer.is_some() => (Loudness::Alarm, "stranger"),
        (Some(Loudness::Alarm), ..) => (Loudness::Alarm, "unsigned"),
        _ if moved => (Loudness::Alarm, "moved"),
        (_, Some(_), _) => (Loudness::Unknown, "unproven"),
        (_, _, Some(Loudness::Alarm)) => (Loudness::Alarm, "no SBOM"),
        (Some(_), ..) => (Loudness::Notice, "no rule"),
        (None, None, _) if subject.signer.is_some() => (Loudness::Well, "signed"),
        (None, None, _) => (Loudness::Notice, "there"),
    }
}

fn symbol(loudness: Loudness) -> Symbol {
    match loudness {
        Loudness::Well => Symbol::Done,
        Loudness::Notice => Symbol::Partly,
        Loudness::Unknown => Symbol::Question,
        Loudness::Alarm => Symbol::Not,
    }
}

/// How old something is: `<10 s`, `40 s`, `3 min`, `2 h`, `5 d`.
fn age(screen: &WatchScreen, at: Timestamp) -> String {
    let known = screen.view.at.unwrap_or(at).duration_since(at);
    let age = known + SignedDuration::try_from(screen.since).unwrap_or(SignedDuration::ZERO);
    match (age.as_secs(), age.as_mins(), age.as_hours()) {
        (..10, ..) => "<10 s".to_owned(),
        (seconds @ ..60, ..) => format!("{} s", seconds / 10 * 10),
        (_, minutes @ ..60, _) => format!("{minutes} min"),
        (_, _, hours @ ..48) => format!("{hours} h"),
        (_, _, hours) => format!("{} d", hours / 24),
    }
}

fn difference(screen: &WatchScreen, ui: &Ui, width: usize) -> Vec<Line<'static>> {
    let (title, sentences) = screen.difference();
    let told = |line: &String, style| {
        let wrapped = wrap(line, width.saturating_sub(2)).into_iter();
        wrapped.map(move |line| Line::styled(format!(" {line}"), style)).collect::<Vec<_>>()
    };
    let mut lines = told(&title, ui.theme.title());
    lines.extend(sentences.iter().flat_map(|sentence| told(sentence, ui.theme.text())));
    lines
}

/// Everything on the screen as text, to be copied: whole, and without what does not fit here.
pub(in crate::tui) fn spoken(view: &View) -> Vec<String> {
    let alarms = standing(view).into_iter().map(|alarm| {
        format!("{} {}: {}", alarm.at.strftime("%Y-%m-%dT%H:%M:%SZ"), alarm.loudness.word(), alarm.text)
    });
    let tags = view.targets.iter().map(|target| {
        let (_, word) = state(view, target);
        let subject = view.known.subjects.get(&target.reference);
        let digest = subject.and_then(|subject| subject.tag.as_ref()).and_then(|tag| tag.digest());
        let digest = digest.map_or("not seen".to_owned(), ToString::to_string);
        let signer = subject.and_then(|subject| subject.signer.as_deref());
        let signer = signer.map_or(String::new(), |who| format!(", signed by {who}"));
        text::clean_line(&format!("{} {word}: {digest}{signer}", target.reference)).into_owned()
    });
    alarms.chain(tags).collect()
}
