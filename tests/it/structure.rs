//! Who may name whom: every path in the sources, held against a table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// What each module may use of the crate, besides itself.
fn table() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("model", &[] as &[&str]),
        ("formats", &["model"]),
        ("dod", &["model"]),
        ("report", &["model"]),
        ("config", &["model"]),
        ("embedded", &["model", "formats"]),
        ("store", &["model"]),
        ("registry", &["model", "config"]),
        ("engine", &["model", "config"]),
        ("runner", &["model", "config"]),
        ("gather", &["model", "config", "formats", "registry", "engine", "runner", "store"]),
        ("actions", &["model", "formats", "dod", "gather", "registry", "store"]),
        ("cockpit", &["model", "formats", "dod", "gather", "actions"]),
        ("tui", &["model", "cockpit", "report"]),
        ("demo", &["model", "formats"]),
        ("cli", &["model", "config", "cockpit", "gather", "report", "tui", "demo", "embedded"]),
    ])
}

/// Modules that tests of a module may name as well.
const IN_TESTS: [&str; 5] = ["embedded", "registry", "dod", "config", "formats"];

/// Reads the clock, and so may only be named where time enters.
const CLOCKS: [&str; 3] = ["Timestamp::now", "SystemTime::now", "Zoned::now"];
const WITH_CLOCK: [&str; 6] = ["cockpit", "actions", "registry", "gather", "runner", "embedded"];

/// Parses every file below `src`.
pub fn nobody_names_whom_he_must_not() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let table = table();
    let mut wrong = Vec::new();
    for module in std::fs::read_dir(&source).expect("src").flatten() {
        if !module.path().is_dir() {
            continue;
        }
        let name = module.file_name().to_string_lossy().into_owned();
        let Some(allowed) = table.get(name.as_str()) else {
            wrong.push(format!("src/{name} is not in the table"));
            continue;
        };
        for file in files(&module.path()) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let shown = file.strip_prefix(&source).unwrap_or(&file).display().to_string();
            let is_test = shown.contains("test") || shown.contains("goldens") || shown.contains("journey");
            for used in uses(&text, &shown) {
                let own = used == name || allowed.contains(&used.as_str());
                if table.contains_key(used.as_str())
                    && !own
                    && !(is_test && IN_TESTS.contains(&used.as_str()))
                {
                    wrong.push(format!("{shown} names {used}"));
                }
            }
            let clocked = CLOCKS.iter().any(|clock| text.contains(clock));
            if clocked && !is_test && !WITH_CLOCK.contains(&name.as_str()) {
                wrong.push(format!("{shown} asks the clock"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The modules that a file names by `crate::…`, in `use` lines, paths and macros; what stands under
/// `#[cfg(test)]` apart.
fn uses(text: &str, file: &str) -> BTreeSet<String> {
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut visitor = Names(BTreeSet::new());
    visitor.visit_file(&parsed);
    visitor.0
}

struct Names(BTreeSet<String>);

impl Names {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (place, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) if word == "crate" => {
                    if let Some(TokenTree::Ident(module)) = tokens.get(place + 3) {
                        self.0.insert(module.to_string());
                    }
                }
                _ => {}
            }
        }
    }

    fn tree(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                self.0.insert(path.ident.to_string());
            }
            syn::UseTree::Name(name) => {
                self.0.insert(name.ident.to_string());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree)),
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        });
        if !is_test {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(module) = segments.next()
        {
            self.0.insert(module.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        syn::visit::visit_macro(self, item);
    }
}
