//! What somebody who misspelt a word probably meant.

/// The one of `known` that is so close to what was written that it was probably meant.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let written = plain(written);
    let (distance, best) = known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&written, &plain(word)), word))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + best.len() / 4).then_some(best)
}

/// The suggestion of a word.
pub fn did_you_mean(meant: &str) -> String {
    format!("did you mean `{meant}`?")
}
