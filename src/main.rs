//! exitbar
fn main() {}
