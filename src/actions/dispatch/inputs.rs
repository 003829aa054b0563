//! Inputs of a dispatch, held against what the workflow declares.

use std::collections::BTreeMap;

use crate::model::{DispatchInput, InputKind};

/// The inputs that are sent, in the order of the workflow; what is not given keeps GitHub's default.
pub(super) fn checked(
    file: &str,
    declared: &[DispatchInput],
    given: &BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, String> {
    for name in given.keys() {
        if !declared.iter().any(|input| input.name == *name) {
            let names: Vec<&str> = declared.iter().map(|input| input.name.as_str()).collect();
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!("{file} has no input `{name}`; there is {there}"));
        }
    }
    let mut sent = Vec::new();
    for input in declared {
        match given.get(&input.name) {
            Some(value) => {
                fits(file, input, value)?;
                sent.push((input.name.clone(), value.clone()));
            }
            None if input.is_demanded() => {
                return Err(format!("{file} demands the input `{0}`: --input {0}=…", input.name));
            }
            None => {}
        }
    }
    Ok(sent)
}

fn fits(file: &str, input: &DispatchInput, value: &str) -> Result<(), String> {
    let expected = match &input.kind {
        InputKind::Text if value.is_empty() && input.required => "a value".to_owned(),
        InputKind::Text => return Ok(()),
        InputKind::Boolean if matches!(value, "true" | "false") => return Ok(()),
        InputKind::Boolean => "true or false".to_owned(),
        InputKind::Number if value.parse::<f64>().is_ok_and(f64::is_finite) => return Ok(()),
        InputKind::Number => "a number".to_owned(),
        InputKind::Choice(options) if options.iter().any(|option| option == value) => return Ok(()),
        InputKind::Choice(options) => format!("one of {}", options.join(", ")),
    };
    Err(format!("{file}: the input `{}` is `{value}`, expected {expected}", input.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, required: bool, default: Option<&str>, kind: InputKind) -> DispatchInput {
        DispatchInput { name: name.to_owned(), required, default: default.map(str::to_owned), kind }
    }

    #[test]
    fn inputs_are_held_against_what_is_declared() {
        let level = InputKind::Choice(vec!["patch".to_owned(), "minor".to_owned()]);
        let declared = [
            input("version", true, None, InputKind::Text),
            input("dry", false, Some("false"), InputKind::Boolean),
            input("level", true, Some("patch"), level),
            input("count", false, None, InputKind::Number),
        ];
        let given = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let check = |pairs: &[(&str, &str)]| checked("release.yml", &declared, &given(pairs));
        assert_eq!(check(&[("version", "1")]).unwrap(), [("version".to_owned(), "1".to_owned())]);
        assert_eq!(check(&[("version", "1"), ("level", "minor"), ("count", "2.5")]).unwrap().len(), 3);
        for (pairs, word) in [
            (&[][..], "demands the input `version`"),
            (&[("version", "")], "expected a value"),
            (&[("version", "1"), ("dry", "yes")], "true or false"),
            (&[("version", "1"), ("level", "major")], "one of patch, minor"),
            (&[("version", "1"), ("count", "many")], "a number"),
            (
                &[("version", "1"), ("verison", "1")],
                "no input `verison`; there is version, dry, level, count",
            ),
        ] {
            let why = check(pairs).unwrap_err();
            assert!(why.contains(word), "{word} in {why}");
        }
    }
}
