//! The packages of an SBOM as a table that can be sorted and searched.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::model::{Digest, FactKey, Item, Observed, Sbom, SbomPackage};
use crate::tui::reading::Reading;
use crate::tui::table::{self, Table};
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// Its name.
    #[default]
    Name,
    /// Its version.
    Version,
    /// The type of its purl.
    Kind,
    /// Its licence.
    License,
    /// Who supplies it.
    Supplier,
}

impl table::Column for Column {
    const ALL: &'static [Self] = &[Self::Name, Self::Version, Self::Kind, Self::License, Self::Supplier];

    fn title(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Version => "version",
            Self::Kind => "type",
            Self::License => "licence",
            Self::Supplier => "supplier",
        }
    }
}

impl Column {
    /// What a package has there; empty where it says nothing.
    pub fn of(self, package: &SbomPackage) -> &str {
        match self {
            Self::Name => &package.name,
            Self::Version => package.version.as_deref().unwrap_or_default(),
            Self::Kind => package.kind().unwrap_or_default(),
            Self::License => package.license.as_deref().unwrap_or_default(),
            Self::Supplier => package.supplier.as_deref().unwrap_or_default(),
        }
    }
}

/// An SBOM that item 4 rests on.
#[derive(Debug)]
pub struct Document<'a> {
    /// Its digest.
    pub digest: &'a Digest,
    /// The images and platforms that it was found for.
    pub of: Vec<String>,
    /// What it says.
    pub sbom: &'a Sbom,
}

/// Every SBOM that item 4 rests on and that was read, in the order of the cells.
pub fn documents(state: &State) -> Vec<Document<'_>> {
    let mut documents: Vec<Document> = Vec::new();
    let finding = state.assessment.findings.iter().find(|finding| finding.item == Item::Sbom);
    for cell in finding.into_iter().flat_map(|finding| &finding.cells) {
        let platform = cell.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        let name = format!("{} {platform}", cell.image);
        let keys: BTreeSet<&FactKey> = cell.because.iter().collect();
        for key in keys {
            let FactKey::Sbom(digest) = key else { continue };
            let Some(Observed::Seen(sbom)) = state.facts.sbom(key) else { continue };
            match documents.iter_mut().find(|known| known.digest == digest) {
                Some(known) if known.of.contains(&name) => {}
                Some(known) => known.of.push(name.clone()),
                None => documents.push(Document { digest, of: vec![name.clone()], sbom }),
            }
        }
    }
    documents
}

/// What the rows that are kept were made of.
type Made = (Digest, Column, bool, String);

/// How the table is looked at.
#[derive(Debug, Default)]
pub struct Packages {
    /// How it is sorted, searched and scrolled.
    pub table: Table<Column>,
    document: usize,
    /// How many documents there were, as drawn last.
    documents: Cell<usize>,
    /// The rows that match, in order, as places in the document's list; kept, since sorting takes longer than a frame may.
    rows: RefCell<Option<(Made, Vec<usize>)>>,
}

impl Packages {
    /// The document that is shown, of so many.
    pub fn shown(&self, documents: usize) -> usize {
        self.documents.set(documents);
        self.document.min(documents.saturating_sub(1))
    }

    /// Shows the document after this one, or before it.
    fn show_beside(&mut self, after: bool) {
        let documents = self.documents.get().max(1);
        let at = self.document.min(documents - 1);
        self.document = (at + if after { 1 } else { documents - 1 }) % documents;
        self.table.scroll.to_start();
    }

    /// The rows that match, in order, as places in the document's list.
    pub fn rows(&self, document: &Document) -> Ref<'_, Vec<usize>> {
        let (column, turned) = self.table.order();
        let made = (document.digest.clone(), column, turned, self.table.search.text().to_lowercase());
        let is_kept = self.rows.borrow().as_ref().is_some_and(|(kept, _)| *kept == made);
        if !is_kept {
            let rows = self.sorted(&document.sbom.listed);
            *self.rows.borrow_mut() = Some((made, rows));
        }
        Ref::map(self.rows.borrow(), |kept| kept.as_ref().map_or(const { &Vec::new() }, |(_, rows)| rows))
    }

    fn sorted(&self, packages: &[SbomPackage]) -> Vec<usize> {
        let (column, turned) = self.table.order();
        let matches = |package: &SbomPackage| {
            let columns = <Column as table::Column>::ALL.iter().map(|column| column.of(package));
            self.table.finds(columns.chain(package.purl.as_deref()))
        };
        let mut rows: Vec<usize> = (0..packages.len()).filter(|place| matches(&packages[*place])).collect();
        let key = |place: &usize| {
            let package = &packages[*place];
            // What says nothing comes last, in either order.
            (
                column.of(package).is_empty() != turned,
                column.of(package).to_lowercase(),
                package.name.to_lowercase(),
            )
        };
        rows.sort_by_cached_key(key);
        if turned {
            rows.reverse();
        }
        rows
    }
}

impl Panel for Packages {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::packages::render(self, state, ui, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.table)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.table)
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::of_table();
        if self.documents.get() > 1 {
            hints.push(Hint::new(Press::Next, "SBOM"));
        }
        hints
    }

    fn refusal(&self, press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        self.table.refusal(press)
    }

    fn press(&mut self, press: Press, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        if matches!(press, Press::Next | Press::Previous) {
            self.show_beside(press == Press::Next);
            return Some(Reaction::Draw);
        }
        self.table.press(press).then_some(Reaction::Draw)
    }
}
