//! Jobs, and the log below them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::cockpit::log_line;
use super::frame::{fit, page};
use crate::cockpit::{Job, State};
use crate::model::JobOutcome;
use crate::tui::ui::Ui;

pub(super) fn render(state: &State, ui: &Ui, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = Vec::new();
    if state.jobs.is_empty() {
        lines.push(Line::styled(" no job yet", ui.theme.dim()));
    }
    for job in state.jobs.iter().rev() {
        lines.push(job_line(job, state, ui, width));
    }
    lines.push(Line::default());
    lines.push(Line::styled(" Log, newest first", ui.theme.title()));
    lines.extend(state.log.iter().rev().take(500).map(|line| log_line(line, ui, width)));
    page("Jobs", lines, ui.scroll, ui, frame, area);
}

fn job_line(job: &Job, state: &State, ui: &Ui, width: usize) -> Line<'static> {
    let ended = job.ended.as_ref().map_or(state.facts.as_of, |(at, _)| *at);
    let seconds = job.started.map_or(0, |started| ended.duration_since(started).as_secs().max(0));
    let (word, text, style) = match &job.ended {
        None => {
            let progress = job.progress.as_ref();
            let text =
                progress.map(|progress| format!("{}/{} {}", progress.done, progress.total, progress.what));
            ("running", text.unwrap_or_default(), ui.theme.accent())
        }
        Some((_, JobOutcome::Done(text))) => {
            ("done", text.clone(), ui.theme.symbol(crate::model::Symbol::Done))
        }
        Some((_, JobOutcome::Failed(text))) => {
            ("failed", text.clone(), ui.theme.symbol(crate::model::Symbol::Not))
        }
        Some((_, JobOutcome::Cancelled)) => ("cancelled", String::new(), ui.theme.dim()),
    };
    Line::from(vec![
        Span::styled(format!(" {:>2} {:<12}", job.id, job.action), ui.theme.title()),
        Span::styled(format!(" {word:<10}"), style),
        Span::styled(format!("{seconds:>4} s  "), ui.theme.dim()),
        Span::styled(fit(&text, width.saturating_sub(36)), ui.theme.text()),
    ])
}
