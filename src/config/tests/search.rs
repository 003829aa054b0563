use std::fs;
use std::path::Path;

use super::SMALL;
use crate::config::find::{self, Folders};
use crate::config::{ConfigError, FILE, load};

#[test]
fn the_file_is_searched_upward_and_then_in_the_users_folder() {
    let outside = tempfile::tempdir().unwrap();
    let (inner, user) = (outside.path().join("a/b"), outside.path().join("user"));
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir_all(&user).unwrap();
    let folders = Folders { config: Some(user.clone()), state: user.clone() };
    let found = || find::file(None, &inner, &folders);

    let Err(ConfigError::NotFound { looked_at }) = found() else { panic!("there is no file yet") };
    assert_eq!(looked_at[0], inner.join(FILE));
    assert_eq!(looked_at.last(), Some(&user.join(FILE)));

    fs::write(user.join(FILE), SMALL).unwrap();
    assert_eq!(found().unwrap(), user.join(FILE));
    fs::write(outside.path().join(FILE), SMALL).unwrap();
    assert_eq!(found().unwrap(), outside.path().join(FILE));
    let given = find::file(Some(Path::new("other.toml")), &inner, &folders).unwrap();
    assert_eq!(given, inner.join("other.toml"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(Some(Path::new("missing.toml")), folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("cannot read") && error.contains("missing.toml"), "{error}");
    fs::write(folder.path().join(FILE), b"[release]\nname = \"\xff\"\n").unwrap();
    let error = load(None, folder.path()).unwrap_err().to_string();
    assert!(error.contains("line 2 is not UTF-8"), "{error}");
    fs::write(folder.path().join(FILE), "#".repeat(1 << 21)).unwrap();
    let error = load(None, folder.path()).unwrap_err().to_string();
    assert!(error.contains("larger than"), "{error}");
}
