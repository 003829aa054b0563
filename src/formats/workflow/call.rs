//! A command of a script as a program with its arguments.

use super::shell::ShellCommand;

/// A program with its arguments.
pub(super) struct Call<'a> {
    pub program: &'a str,
    /// Its arguments; one that is not written out is empty.
    pub arguments: Vec<&'a str>,
    /// The same as they are written, quotes, variables and expressions included.
    pub written: &'a [String],
    /// The arguments that are no options.
    pub plain: Vec<&'a str>,
}

impl<'a> Call<'a> {
    pub fn of(command: &'a ShellCommand) -> Option<Self> {
        let mut words = command.words.iter().map(String::as_str).peekable();
        loop {
            match *words.peek()? {
                // Its first argument is how long.
                "timeout" => {
                    words.next();
                    while words.next_if(|word| word.starts_with('-')).is_some() {}
                    words.next();
                }
                // What it starts comes behind its options, some of which take a word.
                "xargs" => {
                    words.next();
                    while let Some(option) = words.next_if(|word| word.starts_with('-')) {
                        if matches!(option, "-I" | "-n" | "-P" | "-L" | "-d" | "-a" | "-s" | "-E") {
                            words.next();
                        }
                    }
                }
                word if is_wrapper(word) || word.starts_with('-') => {
                    words.next();
                }
                _ => break,
            }
        }
        let program = words.next()?;
        let program = program.rsplit('/').next().unwrap_or_default();
        let arguments: Vec<&str> = words.collect();
        let plain = plain(program, &arguments);
        let written = command.written.get(command.words.len() - arguments.len()..).unwrap_or_default();
        Some(Self { program, arguments, written, plain })
    }

    /// The last of its words as a program's.
    pub fn within(&self, program: &'a str, written: &'a [String]) -> Self {
        let arguments = self.arguments[self.arguments.len() - written.len()..].to_vec();
        let plain = arguments.iter().copied().filter(|word| !word.starts_with('-')).collect();
        Self { program, arguments, written, plain }
    }

    pub fn has(&self, flag: &str) -> bool {
        let is_set = |word: &&str| {
            word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
                && !word.ends_with("=false")
        };
        self.arguments.iter().any(is_set)
    }

    /// The value of an option, in the next word or behind `=`.
    pub fn value(&self, flag: &str) -> Option<&'a str> {
        let joined = self.arguments.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        let next = || {
            let at = self.arguments.iter().position(|word| *word == flag)?;
            self.arguments.get(at + 1).copied()
        };
        joined.or_else(next)
    }

    /// The value of an option as it is written, without its quotes.
    pub fn written_value(&self, flag: &str) -> Option<&'a str> {
        let written = || self.written.iter().map(|word| unquoted(word));
        let joined = written().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        let next = || {
            let at = written().position(|word| word == flag)?;
            self.written.get(at + 1).map(|word| unquoted(word))
        };
        joined.map(unquoted).or_else(next)
    }

    /// The values of an option that may be given several times, as they are written.
    pub fn written_values(&self, flag: &str) -> Vec<&'a str> {
        let mut words = self.written.iter().map(|word| unquoted(word));
        let mut values = Vec::new();
        while let Some(word) = words.next() {
            match word.strip_prefix(flag) {
                Some("") => values.extend(words.next()),
                Some(rest) => values.extend(rest.strip_prefix('=').map(unquoted)),
                None => {}
            }
        }
        values
    }

    /// The places of the arguments that are neither an option nor the next word of one of those that `take` one.
    pub fn operands(&self, take: &[&str]) -> Vec<usize> {
        let mut words = self.written.iter().enumerate();
        let mut places = Vec::new();
        while let Some((place, word)) = words.next() {
            if !word.starts_with('-') {
                places.push(place);
            } else if take.contains(&word.as_str()) {
                words.next();
            }
        }
        places
    }

    pub fn title(&self) -> String {
        let words = self.plain.iter().copied().filter(|word| !word.is_empty());
        std::iter::once(self.program).chain(words).take(3).collect::<Vec<_>>().join(" ")
    }
}

/// The arguments that are no options. Docker's own options, and those of compose and buildx, stand before what it is to do.
fn plain<'a>(program: &str, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut words = arguments.iter().copied();
    let mut plain = Vec::new();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            plain.push(word);
        } else if program == "docker" && plain.len() < 2 && BEFORE_A_SUBCOMMAND.contains(&word) {
            words.next();
        }
    }
    plain
}

/// Such options whose value is the next word.
const BEFORE_A_SUBCOMMAND: [&str; 12] = [
    "--builder",
    "--config",
    "--context",
    "-c",
    "--env-file",
    "--file",
    "-f",
    "--host",
    "-H",
    "--profile",
    "--project-name",
    "-p",
];

/// A word without the quotes around it.
pub(super) fn unquoted(word: &str) -> &str {
    let inner = |quote| word.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

/// A program that only starts another one, or a variable set for it.
fn is_wrapper(word: &str) -> bool {
    matches!(word, "sudo" | "env" | "time" | "exec" | "command" | "nice" | "nohup")
        || (word.contains('=') && !word.starts_with('-'))
}
