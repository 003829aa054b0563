//! What a text comes to where the workflow writes its variables out.

use std::collections::BTreeMap;

use super::call::unquoted;
use super::expression::{self, Part};

/// Variables whose values are written out, as they are written.
pub(super) type Variables = BTreeMap<String, String>;

/// Variables in the values of variables are followed so far.
const ROUNDS: usize = 4;

/// What is written out for a step, in one of the runs that its job's matrix makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'v> {
    pub variables: &'v Variables,
    /// What `matrix.…` is.
    pub matrix: &'v BTreeMap<String, String>,
}

impl Values<'_> {
    /// What a text comes to; none where a part of it is known to a run only.
    pub fn of(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..ROUNDS {
            text =
                expression::parts(&substituted(&text, self.variables)).map(|part| self.part(part)).collect();
        }
        let text = unquoted(text.trim()).to_owned();
        (!text.contains(['$', '`'])).then_some(text)
    }

    fn part(&self, part: Part) -> String {
        match part {
            Part::Text(text) => text.to_owned(),
            Part::Expression { whole, inner } => {
                let value = inner.trim().strip_prefix("matrix.").and_then(|name| self.matrix.get(name));
                value.cloned().unwrap_or_else(|| whole.to_owned())
            }
        }
    }
}

/// The words of a list, which commas, spaces or lines divide.
pub(super) fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n', ' ']).map(str::trim).filter(|word| !word.is_empty())
}

/// `$NAME`, `${NAME}` and `${{ env.NAME }}` replaced by what is written for them.
pub(super) fn substituted(text: &str, variables: &Variables) -> String {
    let mut out = text.to_owned();
    for _ in 0..ROUNDS {
        out = once(&out, variables);
    }
    out
}

fn once(text: &str, variables: &Variables) -> String {
    let mut out = text.to_owned();
    for (name, value) in variables {
        if out.len() > 4096 {
            break;
        }
        let value = value.trim_matches(['"', '\'']);
        for form in [format!("${{{{ env.{name} }}}}"), format!("${{{{env.{name}}}}}"), format!("${{{name}}}")]
        {
            out = out.replace(&form, value);
        }
        out = replaced_bare(&out, name, value);
    }
    out
}

/// `$NAME`, where the name ends there.
fn replaced_bare(text: &str, name: &str, value: &str) -> String {
    let form = format!("${name}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&form) {
        let after = &rest[at + form.len()..];
        let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        out.push_str(&rest[..at]);
        out.push_str(if ends { value } else { &form });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_out_or_nothing_is_known_of_it() {
        let variables = Variables::from([("REGISTRY".to_owned(), "ghcr.io".to_owned())]);
        let matrix = BTreeMap::from([("image.name".to_owned(), "${{ env.REGISTRY }}/app".to_owned())]);
        let values = Values { variables: &variables, matrix: &matrix };
        for (text, expected) in [
            ("plain", Some("plain")),
            ("\"$REGISTRY/x\"", Some("ghcr.io/x")),
            ("${REGISTRY}/x", Some("ghcr.io/x")),
            ("${{ matrix.image.name }}:1", Some("ghcr.io/app:1")),
            ("${{ matrix.other }}", None),
            ("${{ github.ref_name }}", None),
            ("$REGISTRY_NAME", None),
            ("`uname`", None),
        ] {
            assert_eq!(values.of(text).as_deref(), expected, "{text}");
        }
    }
}
