//! What the scans found, as a table that can be sorted and searched.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::model::{FactKey, Observed, Severity, Vulnerability, text};
use crate::tui::reading::Reading;
use crate::tui::table::{self, Table};
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// The most that terminals hand to a clipboard.
const CLIPBOARD: usize = 48 << 10;

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// How bad it is.
    #[default]
    Severity,
    /// Its identifier.
    Id,
    /// The package that has it.
    Package,
    /// The version in the image.
    Installed,
    /// The version that mends it.
    Fixed,
    /// Where it was found.
    Platform,
    /// Who found it.
    Source,
}

impl table::Column for Column {
    const ALL: &'static [Self] = &[
        Self::Severity,
        Self::Id,
        Self::Package,
        Self::Installed,
        Self::Fixed,
        Self::Platform,
        Self::Source,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Id => "id",
            Self::Package => "package",
            Self::Installed => "installed",
            Self::Fixed => "fixed in",
            Self::Platform => "platform",
            Self::Source => "source",
        }
    }
}

impl Column {
    /// What a row has there; empty where it says nothing.
    pub fn of<'r>(self, row: &'r Row<'_>) -> &'r str {
        match self {
            Self::Severity => row.finding.severity.map_or("", Severity::word),
            Self::Id => &row.finding.id,
            Self::Package => &row.finding.package,
            Self::Installed => row.finding.installed.as_deref().unwrap_or_default(),
            Self::Fixed => row.finding.fixed_in.as_deref().unwrap_or_default(),
            Self::Platform => &row.platform,
            Self::Source => &row.source,
        }
    }
}

/// One finding of one scan.
#[derive(Debug)]
pub struct Row<'a> {
    /// What was found.
    pub finding: &'a Vulnerability,
    /// The image and platform.
    pub platform: String,
    /// The scanner and where its report comes from.
    pub source: String,
    /// Why it does not count, where it does not.
    pub set_aside: Option<&'a str>,
}

/// Every finding of every scan that counts.
pub fn rows(state: &State) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for judged in &state.assessment.scans {
        let FactKey::Scan { source, .. } = &judged.scan else { continue };
        let Some(Observed::Seen(scan)) = state.facts.scan(&judged.scan) else { continue };
        for (place, finding) in scan.findings.iter().enumerate() {
            rows.push(Row {
                finding,
                platform: format!("{} {}", judged.image, judged.platform),
                source: text::clean_line(&format!("{}, {}", scan.scanner, source.words())).into_owned(),
                set_aside: judged.set_aside.get(&place).map(String::as_str),
            });
        }
    }
    rows
}

/// How the table is looked at.
#[derive(Debug, Default)]
pub struct Vulnerabilities {
    /// How it is sorted, searched and scrolled.
    pub table: Table<Column>,
}

impl Vulnerabilities {
    /// The rows that match, with tabs between the columns, as a clipboard takes them, and what to say of it.
    pub fn copied(&self, state: &State) -> (String, String) {
        let rows = self.sorted(rows(state));
        let mut text = String::new();
        let mut copied = 0;
        for row in &rows {
            let mut columns: Vec<&str> =
                <Column as table::Column>::ALL.iter().map(|column| column.of(row)).collect();
            columns.extend(row.set_aside);
            let line = format!("{}\n", columns.join("\t"));
            if text.len() + line.len() > CLIPBOARD {
                break;
            }
            text.push_str(&line);
            copied += 1;
        }
        let note = match rows.len() {
            all if all == copied => format!("{copied} findings were copied"),
            all => format!("the first {copied} of {all} findings were copied: terminals take no more"),
        };
        (text, note)
    }

    /// The rows that match, in order. The worst comes first, and what counts before what does not.
    pub fn sorted<'a>(&self, rows: Vec<Row<'a>>) -> Vec<Row<'a>> {
        let (column, turned) = self.table.order();
        let matches = |row: &Row| {
            let columns = <Column as table::Column>::ALL.iter().map(|column| column.of(row));
            let aliases = row.finding.aliases.iter().map(String::as_str);
            self.table.finds(columns.chain(aliases).chain(row.set_aside))
        };
        let mut rows: Vec<Row> = rows.into_iter().filter(matches).collect();
        let worst = |row: &Row| {
            (row.set_aside.is_some(), std::cmp::Reverse(row.finding.severity), row.finding.id.to_lowercase())
        };
        rows.sort_by_cached_key(|row| {
            let first = match column {
                Column::Severity => String::new(),
                other => other.of(row).to_lowercase(),
            };
            (first, worst(row))
        });
        if turned {
            rows.reverse();
        }
        rows
    }
}

impl Panel for Vulnerabilities {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::vulnerabilities::render(self, state, ui, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.table)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.table)
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::of_table();
        hints.push(Hint::new(Press::Copy, "copy"));
        hints
    }

    fn refusal(&self, press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        self.table.refusal(press)
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        if press == Press::Copy {
            let (text, note) = self.copied(state);
            ui.note = Some(note);
            return Some(Reaction::Copy(text));
        }
        self.table.press(press).then_some(Reaction::Draw)
    }
}
