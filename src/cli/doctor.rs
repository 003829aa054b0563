//! `exitbar doctor`: what works here, and how to mend the rest, line by line as it is found.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::args::{DoctorArgs, Global};
use super::failure::Failure;
use super::load::load;
use crate::gather::{self, World};
use crate::model::{DoctorLine, Health, text};

/// Looks at everything that the release needs.
pub(super) async fn examine(global: &Global, args: &DoctorArgs) -> Result<u8, Failure> {
    let loaded = load(global, None)?;
    let world = World::new(Arc::new(loaded.release.clone()), Arc::new(loaded.wiring.clone()))
        .map_err(|reason| Failure::own(reason.to_string()))?;
    let read =
        format!("{} is read: {} {}", loaded.file.display(), loaded.release.name, loaded.release.version);
    let first = DoctorLine { section: "Configuration", health: Health::Good, text: read, cure: None };
    let (sender, mut lines) = mpsc::unbounded_channel();
    let print = async {
        let mut section = "";
        let mut trouble = false;
        let mut line = Some(first);
        while let Some(one) = line {
            if one.section != section {
                section = one.section;
                println!("{section}");
            }
            print(&one);
            trouble |= one.health == Health::Bad;
            line = lines.recv().await;
        }
        trouble
    };
    let ((), trouble) = tokio::join!(gather::examine(&world, args.clean, sender), print);
    Ok(u8::from(trouble))
}

fn print(line: &DoctorLine) {
    println!("  {} {}", line.health.sign(), text::clean_line(&line.text));
    if let Some(cure) = &line.cure {
        println!("      {}", text::clean_line(cure));
    }
}
