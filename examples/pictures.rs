//! Draws the pictures of the README and the docs into `assets`:
//! `cargo run --features pictures --example pictures`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for (file, svg) in exitbar::tui::pictures() {
        std::fs::write(assets.join(file), svg)?;
        println!("drew assets/{file}");
    }
    Ok(())
}
