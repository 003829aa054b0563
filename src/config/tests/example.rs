use super::load;
use crate::config::keys;

const EXAMPLE: &str = include_str!("../../../config.example.toml");

/// The example with every setting that it comments out: `#key = …` is one, `# Words` are prose.
fn everything() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with([' ', '#']) && !setting.is_empty() => format!("{setting}\n"),
        _ => format!("{line}\n"),
    };
    EXAMPLE.lines().map(line).collect()
}

/// The value at `path` (`image.build`, `items.*`), in whichever of the tables there has `key`.
fn has(value: &toml::Value, path: &[&str], key: &str) -> bool {
    match (value, path) {
        (toml::Value::Array(list), _) => list.iter().any(|one| has(one, path, key)),
        (toml::Value::Table(table), []) => table.contains_key(key),
        (toml::Value::Table(table), ["*", rest @ ..]) => table.values().any(|one| has(one, rest, key)),
        (toml::Value::Table(table), [first, rest @ ..]) => {
            table.get(*first).is_some_and(|one| has(one, rest, key))
        }
        _ => false,
    }
}

#[test]
fn the_example_is_right_as_it_stands() {
    let loaded = load(EXAMPLE).unwrap();
    assert_eq!(loaded.release.name, "greenlang");
    assert!(loaded.wiring.host_process.is_none(), "nothing runs on the host unless somebody asks for it");
    assert!(loaded.scope.run.is_empty());
}

#[test]
fn the_example_is_right_with_every_setting_that_it_comments_out() {
    let loaded = load(&everything()).unwrap_or_else(|error| panic!("{error}"));
    assert!(!loaded.scope.run.is_empty() && loaded.wiring.host_process.is_some());
    assert!(!loaded.policy.waivers.is_empty() && loaded.policy.attestations.is_some());
}

#[test]
fn the_example_documents_every_key() {
    let value = toml::Value::Table(everything().parse().unwrap());
    let mut missing = Vec::new();
    for (table, keys) in keys::ALL {
        let path: Vec<&str> = table.split('.').filter(|part| !part.is_empty()).collect();
        for key in *keys {
            // Of alternatives a file can have only one; the others stand in the prose of a comment.
            let in_prose = ["identity_regexp", "file", "git_tag"].contains(key)
                || *key == "key"
                || (*table == "attestations" && ["identity", "trusted_root"].contains(key));
            let documented =
                if in_prose { EXAMPLE.contains(&format!("{key} = ")) } else { has(&value, &path, key) };
            if !documented {
                missing.push(format!("{table}.{key}"));
            }
        }
    }
    assert!(missing.is_empty(), "config.example.toml lacks {missing:?}");
}
