//! Which way a copy goes: through the terminal, to a program, or nowhere.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::model::text;

/// How long a program may take to accept a copy.
const PATIENCE: Duration = Duration::from_secs(3);

/// Terminals drop longer ones without a word (xterm's limit is the lowest).
pub(super) const LONGEST_OSC52: usize = 74_000;

/// Which way a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clipboard {
    /// OSC 52: to the machine of whoever sits before the terminal, through ssh as well.
    Osc52,
    /// Nowhere.
    Off,
    /// To the standard input of a program.
    Command(Vec<String>),
}

impl Clipboard {
    /// The way that the environment suggests.
    pub fn of_environment() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<_> = std::env::split_paths(&path).collect();
        let has = |program: &str| folders.iter().any(|folder| is_program(&folder.join(program)));
        Self::suggested(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()), has)
    }

    /// tmux hands no OSC 52 of programs on, by default. Over ssh only the terminal reaches the operator's own machine;
    /// a session is one by `SSH_CONNECTION`, which stays when `SSH_TTY` is gone (in `sudo`, in tmux).
    fn suggested(set: impl Fn(&str) -> bool, has: impl Fn(&str) -> bool) -> Self {
        let command = |words: &[&str]| Self::Command(words.iter().map(|word| (*word).to_owned()).collect());
        if set("TMUX") && has("tmux") {
            command(&["tmux", "load-buffer", "-w", "-"])
        } else if set("SSH_CONNECTION") {
            Self::Osc52
        } else if set("WAYLAND_DISPLAY") && has("wl-copy") {
            command(&["wl-copy"])
        } else if set("DISPLAY") && has("xclip") {
            command(&["xclip", "-selection", "clipboard"])
        } else if cfg!(target_os = "macos") && has("pbcopy") {
            command(&["pbcopy"])
        } else {
            Self::Osc52
        }
    }
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|data| data.is_file())
}

/// Hands a text to a program.
///
/// # Errors
/// When it cannot be started, does not end in time, or says that it failed.
pub(super) async fn hand_to(command: &[String], given: String) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Err("no command is set for copies".to_owned()) };
    let told = |why: String| {
        format!("`{}` did not take the copy: {}", text::clean_line(program), text::clean_line(&why))
    };
    let copying = async {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| error.to_string())?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(given.as_bytes()).await.map_err(|error| error.to_string())?;
        }
        let status = child.wait().await.map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(status.to_string()) }
    };
    match tokio::time::timeout(PATIENCE, copying).await {
        Ok(done) => done.map_err(told),
        Err(_) => Err(told(format!("it did not end within {} s", PATIENCE.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_suggests_the_way() {
        let all = |_: &str| true;
        let way = |set: &[&str], has: fn(&str) -> bool| Clipboard::suggested(|name| set.contains(&name), has);
        let words = |way: Clipboard| match way {
            Clipboard::Command(words) => words.join(" "),
            other => format!("{other:?}"),
        };
        assert_eq!(words(way(&[], |_| false)), "Osc52");
        assert_eq!(words(way(&["SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY"], all)), "Osc52");
        assert_eq!(words(way(&["SSH_CONNECTION", "TMUX"], all)), "tmux load-buffer -w -");
        assert_eq!(words(way(&["WAYLAND_DISPLAY", "DISPLAY"], all)), "wl-copy");
        assert_eq!(words(way(&["DISPLAY"], all)), "xclip -selection clipboard");
        assert_eq!(words(way(&["DISPLAY"], |_| false)), "Osc52");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_gets_the_text_and_its_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copied");
        let shell = |script: String| vec!["/bin/sh".to_owned(), "-c".to_owned(), script];
        hand_to(&shell(format!("cat > '{}'", file.display())), "a copy ✓\n".to_owned()).await.unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a copy ✓\n");
        let failed = hand_to(&shell("cat > /dev/null; exit 3".to_owned()), "x".to_owned()).await.unwrap_err();
        assert!(failed.contains("/bin/sh") && failed.contains('3'), "{failed}");
        let missing = hand_to(&["/no/such/program".to_owned()], "x".to_owned()).await.unwrap_err();
        assert!(missing.starts_with("`/no/such/program` did not take the copy: "), "{missing}");
    }
}
