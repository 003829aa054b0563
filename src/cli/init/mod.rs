//! `exitbar init`: writes the configuration that the project's own files suggest.

mod look;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::args::{Global, InitArgs};
use super::failure::Failure;
use crate::config;
use crate::init::{self, Certainty, Draft};
use crate::model::text;

/// Looks at the folder, drafts the configuration and writes it.
pub(super) async fn init(global: &Global, args: &InitArgs) -> Result<u8, Failure> {
    let file = args.output.clone().or_else(|| global.config.clone()).unwrap_or_else(|| config::FILE.into());
    let is_printed = args.dry_run || file == Path::new("-");
    if !is_printed && global.readonly {
        return Err(Failure::usage(
            "--readonly: nothing is written; `exitbar init --dry-run` shows what would be",
        ));
    }
    let file = if file == Path::new("-") { PathBuf::from(config::FILE) } else { file };
    if !is_printed && !args.force && file.symlink_metadata().is_ok() {
        return Err(exists(&file));
    }
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let project = look::at(folder).await?;
    let draft = init::draft(&project);
    let text = draft.text();
    // What it writes has to be what it reads.
    config::parse(&folder.join(config::FILE), &text).map_err(|error| {
        Failure::own(format!("the configuration that was drafted is not right: {error}\n\n{text}"))
    })?;
    if is_printed {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    } else {
        write(&file, &text, args.force)?;
    }
    if !global.quiet {
        say(&draft, global.verbose, (!is_printed).then_some(&file));
    }
    Ok(0)
}

fn exists(file: &Path) -> Failure {
    let file = file.display();
    Failure::usage(format!(
        "{file} is there already, and nothing was changed\n  `exitbar init --dry-run` shows what would be written, `--force` overwrites it"
    ))
}

/// Writes the whole file or nothing of it.
fn write(file: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot write {}: {error}", file.display()));
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exitbar-init-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut beside = builder.tempfile_in(folder).map_err(failed)?;
    beside.write_all(text.as_bytes()).map_err(failed)?;
    let kept = if force { beside.persist(file) } else { beside.persist_noclobber(file) };
    kept.map(drop).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(file),
        _ => failed(error.error),
    })
}

/// What was guessed and left, on standard error; in detail also what was found.
fn say(draft: &Draft, verbose: bool, file: Option<&PathBuf>) {
    let said = draft.said();
    let count = |certainty| said.iter().filter(|one| one.certainty == certainty).count();
    for (certainty, word) in
        [(Certainty::Found, "found"), (Certainty::Guessed, "guessed"), (Certainty::FillIn, "fill in")]
    {
        let shown = verbose || certainty != Certainty::Found;
        for one in said.iter().filter(|one| shown && one.certainty == certainty) {
            let about = if one.about.is_empty() { String::new() } else { format!("{}: ", one.about) };
            eprintln!("{word:>8}  {}", text::clean_line(&format!("{about}{}", one.text)));
        }
    }
    let (guessed, left) = (count(Certainty::Guessed), count(Certainty::FillIn));
    if let Some(file) = file {
        let file = file.display().to_string();
        eprintln!(
            "exitbar: wrote {}: {guessed} guesses to check, {left} things to fill in; then `exitbar audit`",
            text::clean_line(&file)
        );
    }
}
