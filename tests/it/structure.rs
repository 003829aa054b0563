//! Who may name whom: every path of every source file is held against a table.
//!
//! Code that only tests compile (`#[cfg(test)]`) is free to name what it likes.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree};

/// What each module may use of the crate, besides itself. `main` may use everything.
const MAY_USE: [(&str, &[&str]); 25] = [
    ("model", &[]),
    ("keymap", &["model"]),
    ("formats", &["model"]),
    ("dod", &["model"]),
    ("diff", &["model"]),
    ("report", &["diff", "model"]),
    ("init", &["formats", "model"]),
    ("config", &["keymap", "model"]),
    ("embedded", &["model"]),
    ("store", &["model"]),
    ("registry", &["config", "model"]),
    ("engine", &["config", "formats", "model"]),
    ("runner", &["config", "engine", "model"]),
    ("sigstore", &["model"]),
    ("scanner", &["model", "runner"]),
    ("osv", &["model"]),
    ("git", &["model", "runner"]),
    ("github", &["model", "registry", "runner"]),
    (
        "gather",
        &[
            "config", "engine", "formats", "git", "github", "model", "osv", "registry", "runner", "scanner",
            "sigstore", "store",
        ],
    ),
    (
        "actions",
        &["dod", "engine", "formats", "gather", "git", "github", "model", "registry", "runner", "store"],
    ),
    ("cockpit", &["actions", "dod", "formats", "gather", "model", "report"]),
    ("watch", &["dod", "formats", "gather", "model", "registry"]),
    ("tui", &["cockpit", "diff", "keymap", "model", "report", "watch"]),
    ("demo", &["embedded", "model"]),
    (
        "cli",
        &[
            "cockpit", "config", "demo", "diff", "dod", "engine", "gather", "git", "init", "keymap", "model",
            "registry", "report", "sigstore", "store", "tui", "watch",
        ],
    ),
];

/// Only these ask what time it is.
const MAY_ASK_THE_CLOCK: [&str; 5] = ["cockpit", "registry", "engine", "runner", "store"];
const CLOCKS: [&str; 4] = ["Timestamp", "Zoned", "SystemTime", "Utc"];
/// And only these, besides, measure how long something takes: the screen paces its frames by it.
const MAY_USE_A_STOPWATCH: [&str; 1] = ["tui"];
const STOPWATCH: &str = "Instant";

/// Every file below `src`.
pub fn nobody_names_whom_he_must_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 10, "the sources are in {}", root.display());
    let sources: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).expect("a source file");
            (file.strip_prefix(&root).expect("below src").to_owned(), text)
        })
        .collect();
    let for_tests: Vec<Vec<String>> =
        sources.iter().flat_map(|(file, text)| modules_for_tests(file, text)).collect();
    let mut broken = Vec::new();
    for (file, text) in &sources {
        let module = module_of(file);
        if !for_tests.iter().any(|hidden| module.starts_with(hidden)) {
            broken.extend(violations(file, text));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The module that a file, named relative to `src`, is.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// The modules that a file declares for tests only: `#[cfg(test)] mod goldens;`.
fn modules_for_tests(file: &Path, text: &str) -> Vec<Vec<String>> {
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let hidden = parsed.items.iter().filter_map(|item| match item {
        Item::Mod(item) if item.content.is_none() && only_for_tests(&item.attrs) => Some(&item.ident),
        _ => None,
    });
    hidden.map(|name| [module_of(file), vec![name.to_string()]].concat()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What a file, named relative to `src`, names against the rules.
fn violations(file: &Path, text: &str) -> Vec<String> {
    let top = file.with_extension("").iter().next().map(|part| part.to_string_lossy().into_owned());
    let top = top.unwrap_or_default();
    // The library's root names its modules, and nothing else.
    if top == "lib" {
        return Vec::new();
    }
    let module = module_of(file);
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut walk = Walk { file: file.display().to_string(), top, module, broken: Vec::new() };
    walk.visit_file(&parsed);
    walk.broken
}

/// Walks a file and holds each path against the table.
struct Walk {
    file: String,
    /// The top-level module that the file belongs to.
    top: String,
    /// The module that the walk is in.
    module: Vec<String>,
    broken: Vec<String>,
}

impl Walk {
    /// A path as it is written, with the line of its beginning.
    fn path(&mut self, segments: &[String], line: usize) {
        self.clock(segments, line);
        let Some(first) = segments.first() else { return };
        let ups = segments.iter().take_while(|segment| *segment == "super").count();
        let absolute: Vec<String> = match first.as_str() {
            "crate" | "exitbar" => segments[1..].to_vec(),
            "self" if segments.len() > 1 && segments[1] == "super" => {
                return self.path(&segments[1..], line);
            }
            "super" => {
                let kept = self.module.len().saturating_sub(ups);
                self.module[..kept].iter().chain(&segments[ups..]).cloned().collect()
            }
            _ => return,
        };
        let Some(named) = absolute.first() else { return };
        if let Some(why) = self.forbidden(named) {
            self.broken.push(format!("src/{}:{line}: `{}`: {why}", self.file, segments.join("::")));
        }
    }

    fn forbidden(&self, named: &str) -> Option<String> {
        if named == self.top {
            return None;
        }
        if named == "*" {
            return Some("takes everything of the crate's root".to_owned());
        }
        if self.top == "main" {
            return None;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(from, _)| *from == self.top) else {
            return Some(format!("`{}` is not in the table of this test", self.top));
        };
        if allowed.contains(&named) || MAY_USE.iter().all(|(module, _)| *module != named) {
            return None;
        }
        Some(format!("`{}` may use of the crate only {allowed:?}", self.top))
    }

    fn clock(&mut self, segments: &[String], line: usize) {
        if let [.., clock, now] = segments
            && now == "now"
            && (CLOCKS.contains(&clock.as_str())
                || clock == STOPWATCH && !MAY_USE_A_STOPWATCH.contains(&self.top.as_str()))
            && !MAY_ASK_THE_CLOCK.contains(&self.top.as_str())
        {
            self.broken.push(format!("src/{}:{line}: `{clock}::now`: asks the clock", self.file));
        }
    }

    fn use_tree(&mut self, before: &[String], tree: &UseTree, line: usize) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => {
                self.use_tree(&with(path.ident.to_string()), &path.tree, path.ident.span().start().line);
            }
            UseTree::Name(name) => self.path(&with(name.ident.to_string()), name.ident.span().start().line),
            UseTree::Rename(name) => self.path(&with(name.ident.to_string()), name.ident.span().start().line),
            UseTree::Glob(_) => self.path(&with("*".to_owned()), line),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(before, tree, line);
                }
            }
        }
    }

    /// Finds paths among the tokens of a macro, where no syntax tree is.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 && !segments.is_empty() => {
                    segments.push(ident.to_string());
                }
                TokenTree::Ident(ident) => {
                    self.path(&segments, line);
                    line = ident.span().start().line;
                    segments = vec![ident.to_string()];
                }
                other => {
                    self.path(&segments, line);
                    let before = if colons == 2 { std::mem::take(&mut segments) } else { Vec::new() };
                    segments.clear();
                    match other {
                        // `crate::{a, b}`: each of the group goes on from what is before it.
                        TokenTree::Group(group) if !before.is_empty() => {
                            self.group_of_paths(&before, group.stream(), line);
                        }
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
            colons = 0;
        }
        self.path(&segments, line);
    }

    fn group_of_paths(&mut self, before: &[String], tokens: TokenStream, line: usize) {
        for token in tokens {
            if let TokenTree::Ident(ident) = token {
                self.path(&[before, &[ident.to_string()]].concat(), line);
            }
        }
    }
}

fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !only_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.use_tree(&[], &item.tree, item.use_token.span.start().line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        self.path(&segments, line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }
}

fn found(file: &str, text: &str) -> usize {
    violations(Path::new(file), text).len()
}

/// The test's own test: what it must find.
pub fn paths_in_any_place_are_seen() {
    for (file, text) in [
        ("dod/checks/size.rs", "use crate::registry::Registries;"),
        ("dod/checks/size.rs", "use crate::{model::Item, gather};"),
        ("dod/checks/size.rs", "use crate::gather as g;"),
        ("dod/checks/size.rs", "use super::super::super::engine;"),
        ("dod/checks/mod.rs", "use super::super::engine;"),
        ("dod/wants.rs", "fn f() -> crate::store::Store { todo() }"),
        ("dod/wants.rs", "fn f() { let x = self::super::super::store::open(); }"),
        ("dod/wants.rs", "mod inner { fn f() { super::super::super::store::open() } }"),
        ("dod/wants.rs", "fn f() { println!(\"{}\", crate::engine::name(1)); }"),
        ("dod/wants.rs", "macro_rules! m { () => { $crate::engine::name() }; }"),
        ("dod/wants.rs", "fn f() { vec![{ use crate::{store, model}; }]; }"),
        ("dod/wants.rs", "#[derive(crate::config::Magic)] struct S;"),
        ("dod/wants.rs", "use crate::*;"),
        ("dod/wants.rs", "struct S<T>(T); type A = S<crate::tui::App>;"),
        ("dod/wants.rs", "fn f() { let now = jiff::Timestamp::now(); }"),
        ("tui/app.rs", "fn f() { let now = std::time::SystemTime::now(); }"),
        ("gather/mod.rs", "fn f() { assert!(std::time::Instant::now() > then); }"),
        ("cockpit/mod.rs", "use crate::registry::Registries;"),
        ("cockpit/mod.rs", "use crate::embedded::Registry;"),
        ("cli/run.rs", "use exitbar::embedded::Registry;"),
        ("model.rs", "use super::dod;"),
    ] {
        assert_eq!(found(file, text), 1, "{file}: {text}");
    }
}

/// And what it must not.
pub fn what_is_allowed_is_left_alone() {
    for (file, text) in [
        ("dod/checks/size.rs", "use super::super::context::Context; use crate::model::Item;"),
        ("dod/wants.rs", "pub(crate) fn f() { crate::dod::judge(); }"),
        ("dod/wants.rs", "#[cfg(test)] mod tests { use crate::gather; }"),
        ("dod/wants.rs", "fn f(engine: u8) { let store = engine; print!(\"{store}\"); }"),
        ("gather/mod.rs", "use crate::{registry::Registries, store::Store};"),
        ("registry/mod.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("tui/app.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("demo/mod.rs", "use crate::embedded::Registry;"),
        ("main.rs", "fn main() { exitbar::tui::run(); crate::cli::run(); }"),
    ] {
        assert_eq!(violations(Path::new(file), text), Vec::<String>::new(), "{file}: {text}");
    }
}
