//! The functions of bake files that say the same before the build (bake's standard library, of HCL and go-cty).

use super::super::expression::{TAG, VERSION};
use super::value::Value;

/// What a function makes of its arguments; none where that cannot be said here.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("equal", [one, other]) => Some(one.equals(other).into()),
        ("notequal", [one, other]) => Some(one.equals(other).map(|same| !same).into()),
        ("not", [flag]) => Some(flag.as_flag().map(|flag| !flag).into()),
        ("and", [one, other]) => Some(Value::Flag(one.as_flag()? && other.as_flag()?)),
        ("or", [one, other]) => Some(Value::Flag(one.as_flag()? || other.as_flag()?)),
        ("concat", lists) => Some(Value::List(lists.iter().flat_map(Value::elements).collect())),
        ("flatten", [list]) => Some(Value::List(flat(list, 0))),
        ("coalesce", values) => values.iter().find(|value| !is_empty(value)).cloned(),
        ("compact", [Value::List(elements)]) => {
            Some(Value::List(elements.iter().filter(|element| !is_empty(element)).cloned().collect()))
        }
        ("distinct", [Value::List(elements)]) => {
            let mut kept: Vec<Value> = Vec::new();
            for element in elements {
                if !kept.contains(element) {
                    kept.push(element.clone());
                }
            }
            Some(Value::List(kept))
        }
        ("join", [separator, lists @ ..]) => {
            let parts: Vec<String> =
                lists.iter().flat_map(Value::elements).map(|part| part.shown()).collect();
            Some(Value::Text(parts.join(separator.text()?)))
        }
        ("lookup", [Value::Object(entries), key, default @ ..]) => {
            entries.get(key.text()?).or(default.first()).cloned()
        }
        ("merge", objects) => {
            let entries = objects.iter().map(|object| match object {
                Value::Object(entries) => Some(entries.clone()),
                _ => None,
            });
            Some(Value::Object(entries.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect()))
        }
        ("keys", [Value::Object(entries)]) => {
            Some(Value::List(entries.keys().map(|key| Value::from(key.as_str())).collect()))
        }
        ("values", [Value::Object(entries)]) => Some(Value::List(entries.values().cloned().collect())),
        ("element", [Value::List(elements), Value::Number(index)]) if !elements.is_empty() => {
            let index = usize::try_from(index.as_u64()?).ok()?;
            elements.get(index % elements.len()).cloned()
        }
        ("contains", [Value::List(elements), wanted]) => {
            let same: Option<Vec<bool>> = elements.iter().map(|element| element.equals(wanted)).collect();
            Some(Value::Flag(same?.contains(&true)))
        }
        ("split", [separator, text]) if !text.is_open() => {
            Some(Value::List(text.text()?.split(separator.text()?).map(Value::from).collect()))
        }
        ("format", [pattern, values @ ..]) => format(pattern.text()?, values).map(Value::Text),
        _ => of_text(name, arguments).map(Value::Text),
    }
}

fn of_text(name: &str, arguments: &[Value]) -> Option<String> {
    let (text, rest) = arguments.split_first()?;
    let text = text.text()?;
    let words: Vec<&str> = rest.iter().map(Value::text).collect::<Option<_>>()?;
    let text = match (name, words.as_slice()) {
        ("lower", []) => text.to_lowercase(),
        ("upper", []) if !Value::from(text).is_open() => text.to_uppercase(),
        ("trimspace", []) => text.trim().to_owned(),
        ("trimprefix", ["v"]) | ("regex_replace" | "regexreplace", ["^v", ""]) if text == TAG => {
            VERSION.to_owned()
        }
        ("trimprefix", [prefix]) if !text.starts_with('{') => {
            text.strip_prefix(prefix).unwrap_or(text).to_owned()
        }
        ("trimsuffix", [suffix]) if !text.ends_with('}') => {
            text.strip_suffix(suffix).unwrap_or(text).to_owned()
        }
        ("replace", [from, to]) if !from.is_empty() => text.replace(from, to),
        ("sanitize", []) => sanitised(text),
        _ => return None,
    };
    Some(text)
}

/// A name of a target: everything else becomes `_`.
fn sanitised(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
}

fn format(pattern: &str, values: &[Value]) -> Option<String> {
    let mut values = values.iter();
    let mut parts = pattern.split("%s");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        out.push_str(&values.next()?.shown());
        out.push_str(part);
    }
    // Another verb than `%s` would still be there.
    (!pattern.replace("%s", "").contains('%')).then_some(out)
}

fn flat(value: &Value, depth: usize) -> Vec<Value> {
    match value {
        Value::List(elements) if depth < 16 => {
            elements.iter().flat_map(|element| flat(element, depth + 1)).collect()
        }
        other => vec![other.clone()],
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value.text() == Some("")
}

#[cfg(test)]
mod tests {
    use super::super::super::expression::UNKNOWN;
    use super::*;

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| Value::from(*item)).collect())
    }

    #[test]
    fn what_is_known_is_computed_and_what_the_release_decides_is_not() {
        let text = |text: &str| Some(Value::from(text));
        assert_eq!(call("trimprefix", &[TAG.into(), "v".into()]), text(VERSION));
        assert_eq!(call("trimprefix", &["v1".into(), "v".into()]), text("1"));
        assert_eq!(call("regex_replace", &[TAG.into(), "^v".into(), "".into()]), text(VERSION));
        assert_eq!(call("format", &["%s-%s".into(), "a".into(), "b".into()]), text("a-b"));
        assert_eq!(call("format", &["%d".into(), "a".into()]), None);
        assert_eq!(call("join", &["-".into(), list(&["a", "b"])]), text("a-b"));
        assert_eq!(call("split", &[".".into(), "1.2".into()]), Some(list(&["1", "2"])));
        assert_eq!(call("split", &[".".into(), VERSION.into()]), None, "no major version is known");
        assert_eq!(call("concat", &[list(&["a"]), list(&["b"])]), Some(list(&["a", "b"])));
        assert_eq!(call("compact", &[list(&["a", ""])]), Some(list(&["a"])));
        assert_eq!(call("equal", &[TAG.into(), "".into()]), Some(Value::Flag(false)));
        assert_eq!(call("notequal", &[UNKNOWN.into(), "".into()]), Some(Value::Unknown));
        assert_eq!(call("timestamp", &[]), None);
    }
}
