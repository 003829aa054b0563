//! What an expression of a workflow, or a variable of its shell, will be at the release: as far as that is written.

use std::collections::BTreeMap;

/// The git tag of the release, in what was expanded.
pub(super) const TAG: &str = "{tag}";
/// The version without a `v`.
pub(super) const VERSION: &str = "{version}";
/// What cannot be known.
pub(super) const UNKNOWN: &str = "{?}";

/// How deep variables may lie in variables.
const DEPTH: usize = 8;
/// The longest text that is expanded.
const LENGTH: usize = 4096;

/// What names stand for at one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Of the step, then of its job.
    pub variables: [&'a BTreeMap<String, String>; 2],
    pub matrix: &'a BTreeMap<String, String>,
    /// Of the workflow, as it was called: expanded where that was.
    pub inputs: &'a BTreeMap<String, String>,
    /// `owner/name`.
    pub repository: Option<&'a str>,
}

impl Scope<'_> {
    /// A text with everything that is known filled in, and without the quotes of a shell.
    pub fn expand(&self, text: &str) -> String {
        self.at_depth(text, 0)
    }

    /// A variable that is set here, as a program that is run here sees it.
    pub fn variable_of(&self, name: &str) -> Option<String> {
        let is_set = self.value(name).is_some()
            || matches!(name, "GITHUB_REPOSITORY" | "GITHUB_REPOSITORY_OWNER" | "GITHUB_REF_NAME");
        is_set.then(|| self.shell(name, "", 0))
    }

    fn at_depth(&self, text: &str, depth: usize) -> String {
        if depth > DEPTH || text.len() > LENGTH {
            return UNKNOWN.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (value, length) = self.variable(rest, depth);
            out.push_str(&value);
            rest = &rest[length..];
        }
        out.push_str(rest);
        out.replace(['"', '\''], "")
    }

    /// The value of what stands at the `$` that the text begins with, and how long that is.
    fn variable(&self, text: &str, depth: usize) -> (String, usize) {
        let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
        if let Some(inner) = text.strip_prefix("${{") {
            let length = until("}}");
            let inner = inner[..length - 3].trim_end_matches("}}");
            return (self.expression(inner, depth), length);
        }
        if text.starts_with("$(") {
            let length = until(")");
            return (hinted(&text[..length]).to_owned(), length);
        }
        if let Some(inner) = text.strip_prefix("${") {
            let length = until("}");
            let inner = inner[..length - 2].trim_end_matches('}');
            let end = inner.find(|c: char| !is_of_name(c)).unwrap_or(inner.len());
            return (self.shell(&inner[..end], &inner[end..], depth), length);
        }
        let name: String = text[1..].chars().take_while(|c| is_of_name(*c)).collect();
        if name.is_empty() {
            return ("$".to_owned(), 1);
        }
        (self.shell(&name, "", depth), 1 + name.len())
    }

    fn shell(&self, name: &str, operator: &str, depth: usize) -> String {
        let value = match (self.value(name), name) {
            (Some(value), _) => self.at_depth(&value, depth + 1),
            (None, "GITHUB_REPOSITORY") => self.github("repository"),
            (None, "GITHUB_REPOSITORY_OWNER") => self.github("repository_owner"),
            (None, "GITHUB_REF_NAME" | "GITHUB_REF") => TAG.to_owned(),
            (None, _) => hinted(name).to_owned(),
        };
        // `${TAG#v}`, `${GITHUB_REF#refs/tags/v}`
        let strips = operator.starts_with('#') && operator.ends_with('v');
        if strips && value == TAG { VERSION.to_owned() } else { value }
    }

    fn value(&self, name: &str) -> Option<String> {
        self.variables.iter().find_map(|variables| variables.get(name)).cloned()
    }

    /// The first alternative that is known, else what is known of the first.
    fn expression(&self, text: &str, depth: usize) -> String {
        let known = |value: &&String| !value.contains(UNKNOWN);
        let values = text.split("||").map(|part| self.named(part.trim(), depth));
        let values: Vec<String> = values.filter(|value| !value.is_empty()).collect();
        let value = values.iter().find(known).or(values.first());
        value.cloned().unwrap_or_else(|| UNKNOWN.to_owned())
    }

    fn named(&self, name: &str, depth: usize) -> String {
        if let Some(literal) = name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return literal.to_owned();
        }
        let (space, rest) = name.split_once('.').unwrap_or(("", name));
        match space {
            "env" => match self.value(rest) {
                Some(value) => self.at_depth(&value, depth + 1),
                None => hinted(rest).to_owned(),
            },
            "matrix" => match self.matrix.get(rest) {
                Some(value) => self.at_depth(value, depth + 1),
                None => UNKNOWN.to_owned(),
            },
            "inputs" => match self.inputs.get(rest) {
                Some(value) => value.clone(),
                None => hinted(rest).to_owned(),
            },
            "github" => self.github(rest),
            _ => hinted(rest.rsplit('.').next().unwrap_or_default()).to_owned(),
        }
    }

    fn github(&self, name: &str) -> String {
        let (owner, repository) = self.repository.and_then(|full| full.split_once('/')).unzip();
        let known = match name {
            "repository" => self.repository,
            "repository_owner" => owner,
            "event.repository.name" => repository,
            "ref_name" | "event.release.tag_name" | "ref" => Some(TAG),
            _ => None,
        };
        known.unwrap_or(UNKNOWN).to_owned()
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What a name that nothing sets is meant to be.
pub(super) fn hinted(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    if name.contains("version") {
        VERSION
    } else if name.contains("tag") && !name.contains("tags") || name.contains("ref_name") {
        TAG
    } else {
        UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expand(text: &str) -> String {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let job = map(&[
            ("REGISTRY", "ghcr.io"),
            ("IMAGE", "${{ env.REGISTRY }}/acme/app"),
            ("LOOP", "$LOOP"),
            ("TAG", "${GITHUB_REF#refs/tags/}"),
        ]);
        let matrix = map(&[("image", "runner")]);
        let inputs = map(&[("registry", "quay.io"), ("tag", "{tag}"), ("empty", "")]);
        let none = BTreeMap::new();
        let variables = [&none, &job];
        Scope { variables, matrix: &matrix, inputs: &inputs, repository: Some("Acme/app") }.expand(text)
    }

    #[test]
    fn what_is_written_is_filled_in_and_the_rest_is_told_apart() {
        for (text, expected) in [
            ("${{ env.IMAGE }}-${{ matrix.image }}:${{ github.ref_name }}", "ghcr.io/acme/app-runner:{tag}"),
            ("\"$IMAGE:${TAG#v}\"", "ghcr.io/acme/app:{version}"),
            ("ghcr.io/${{ github.repository }}:latest", "ghcr.io/Acme/app:latest"),
            ("${{ inputs.tag || github.ref_name }}", "{tag}"),
            ("${{ inputs.registry }}/a:${{ inputs.app_version }}", "quay.io/a:{version}"),
            ("${{ inputs.empty || 'b' }}", "b"),
            ("${{ vars.HOST }}/a", "{?}/a"),
            ("a:$(cat VERSION)", "a:{version}"),
            ("$LOOP", "{?}"),
            ("${{ 'x' }}$", "x$"),
            ("${{ steps.meta.outputs.version }}", "{version}"),
            ("${{", "{?}"),
        ] {
            assert_eq!(expand(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in r"(\$|\{|\}|\(|\)|env\.|IMAGE|LOOP|#|v|é|'| ){0,24}") {
            let _ = expand(&text);
        }
    }
}
