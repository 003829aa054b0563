//! The options of a command.

/// Options with their values, and the words that are none.
#[derive(Debug, Default)]
pub(super) struct Options<'w> {
    named: Vec<(&'w str, String)>,
    pub plain: Vec<&'w str>,
}

impl<'w> Options<'w> {
    /// Reads words; `flags` take no value, every other option takes the next word or what stands behind `=`.
    pub fn read(words: &[&'w str], flags: &[&str]) -> Self {
        let mut options = Self::default();
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if let Some((name, value)) = word.split_once('=').filter(|_| word.starts_with('-')) {
                options.named.push((name, value.to_owned()));
            } else if flags.contains(&word) {
                options.named.push((word, String::new()));
            } else if word.starts_with('-') && word.len() > 1 {
                options.named.push((word, words.next().unwrap_or_default().to_owned()));
            } else {
                options.plain.push(word);
            }
        }
        options
    }

    /// Every value of an option that has these names.
    pub fn all(&self, names: &[&str]) -> Vec<String> {
        let found = self.named.iter().filter(|(name, _)| names.contains(name));
        found.map(|(_, value)| value.clone()).collect()
    }

    /// The first of them that says something.
    pub fn first(&self, names: &[&str]) -> Option<String> {
        self.all(names).into_iter().find(|value| !value.trim().is_empty())
    }

    /// Whether an option is there, and not switched off.
    pub fn has(&self, name: &str) -> bool {
        self.named.iter().any(|(one, value)| *one == name && value != "false")
    }
}
