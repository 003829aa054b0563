//! The real binary in a pseudo-terminal, its screen read by a terminal emulator.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a screen may take to show what is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has cells")
}

/// The binary in a pseudo-terminal.
pub struct Screen {
    parser: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// The last bytes, in which the beginning or end of a frame may be cut.
    tail: Vec<u8>,
    /// Whether a frame has begun and not ended: what is on the screen is half the old one and half the new.
    half: bool,
}

/// The beginning and the end of a frame (synchronized update).
const FRAME: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

impl Screen {
    /// Starts the binary with these arguments on a terminal of this size.
    pub fn start(columns: u16, rows: u16, arguments: &[&str], folder: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_exitbar"));
        command.args(arguments);
        Self::of(command, columns, rows, folder)
    }

    /// Starts a shell, which has jobs; `$EXITBAR` is the binary.
    pub fn shell(columns: u16, rows: u16, folder: &Path) -> Self {
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        command.env("EXITBAR", env!("CARGO_BIN_EXE_exitbar"));
        command.env("PS1", "ready> ");
        Self::of(command, columns, rows, folder)
    }

    /// Starts a script of `sh`, which leaves the terminal as it finds it; `$EXITBAR` is the binary.
    pub fn script(columns: u16, rows: u16, script: &str, folder: &Path) -> Self {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", script]);
        command.env("EXITBAR", env!("CARGO_BIN_EXE_exitbar"));
        Self::of(command, columns, rows, folder)
    }

    fn of(mut command: CommandBuilder, columns: u16, rows: u16, folder: &Path) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        command.env("EXITBAR_STATE_DIR", folder.join("state"));
        command.env("EXITBAR_OFFLINE", "1");
        // A person sits here.
        for variable in ["CI", "SSH_CONNECTION", "SIGSTORE_ID_TOKEN"] {
            command.env_remove(variable);
        }
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().expect("a writer");
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self { parser, bytes, writer, child, master: pair.master, tail: Vec::new(), half: false }
    }

    /// What the screen shows, a line per row.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Whether a full-screen program has the terminal, with its mouse and paste modes.
    pub fn is_taken(&self) -> bool {
        let screen = self.parser.screen();
        screen.alternate_screen() && screen.bracketed_paste()
    }

    /// Whether the program takes clicks from the terminal.
    pub fn has_the_mouse(&self) -> bool {
        self.parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.writer.flush().expect("the terminal takes keys");
    }

    /// Clicks on a text, where the screen has it first.
    ///
    /// # Panics
    /// When the screen does not have it.
    pub fn click(&mut self, text: &str) {
        let (column, row) = self.place(text);
        self.press(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }

    /// Turns the wheel over a text: down by so many notches, or up where it is negative.
    pub fn wheel(&mut self, text: &str, notches: i32) {
        let (column, row) = self.place(text);
        let button = if notches > 0 { 65 } else { 64 };
        self.press(&format!("\x1b[<{button};{column};{row}M").repeat(notches.unsigned_abs() as usize));
    }

    /// Column and row of a text, behind the spaces that it begins with, as a terminal counts them for the mouse: from 1.
    fn place(&self, text: &str) -> (usize, usize) {
        let (_, columns) = self.parser.screen().size();
        let inside = text.len() - text.trim_start().len();
        let mut rows = self.parser.screen().rows(0, columns.get()).enumerate();
        let found = rows.find_map(|(row, line)| {
            let before = &line[..line.find(text)? + inside];
            Some((before.chars().count() + 1, row + 1))
        });
        found.unwrap_or_else(|| panic!("nowhere on the screen: {text}:\n{}", self.text()))
    }

    /// Changes the size of the terminal, which shows nothing until somebody draws on it.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.parser.process(b"\x1b[2J");
        self.master.resize(size).expect("the terminal takes a size");
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
    }

    /// Reads until the screen shows what `wanted` accepts.
    ///
    /// # Panics
    /// With the screen's text, when it does not in time.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if !self.half && wanted(&text) {
                return text;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("never shown: {what}; the screen:\n{text}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended before it showed {what}; the screen:\n{text}")
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.tail.extend_from_slice(bytes);
        let last = |mark: &[u8]| self.tail.windows(mark.len()).rposition(|window| window == mark);
        let [begun, ended] = FRAME.map(last);
        if begun.max(ended).is_some() {
            self.half = begun > ended;
        }
        let kept = self.tail.len().saturating_sub(FRAME[0].len() - 1);
        self.tail.drain(..kept);
    }

    /// Sends a signal to the binary.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), signal).expect("it takes signals");
    }

    /// Sends a signal to what the shell runs.
    pub fn signal_child(&self, signal: nix::sys::signal::Signal) {
        let shell = self.child.process_id().expect("it runs");
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        let children = children.expect("the children of the shell");
        let child: i32 = children.split_whitespace().next().and_then(|id| id.parse().ok()).expect("a child");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), signal).expect("it takes signals");
    }

    /// Takes the terminal away without a word, as a window that is closed in the middle of what was typed, and waits for
    /// the end of the binary.
    pub fn take_away(self) {
        let Self { bytes, mut writer, mut child, master, .. } = self;
        // What is drawn after the last key finds nobody, and so the last one who holds the terminal lets it go.
        let _ = writer.write_all(b"j");
        drop((bytes, writer, master));
        let process = child.process_id();
        let (sender, ended) = channel();
        std::thread::spawn(move || sender.send(child.wait().is_ok()));
        let ended = ended.recv_timeout(PATIENCE);
        if ended.is_err() {
            // One that spins heeds nothing else.
            let process = process.and_then(|id| i32::try_from(id).ok()).map(nix::unistd::Pid::from_raw);
            let _ = process.map(|process| nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGKILL));
        }
        assert_eq!(ended, Ok(true), "it goes on without a terminal");
    }

    /// Reads until the binary has ended and gives its exit code; the terminal must be as it was before.
    pub fn end(self) -> u32 {
        self.end_with_text().0
    }

    /// The same, with what the terminal shows then.
    pub fn end_with_text(mut self) -> (u32, String) {
        loop {
            match self.bytes.recv_timeout(PATIENCE) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("it did not end; the screen:\n{}", self.text());
                }
            }
        }
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left");
        assert!(!screen.bracketed_paste(), "bracketed paste was switched off");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse was given back");
        assert!(!screen.hide_cursor(), "the cursor is visible again");
        let text = self.text();
        (self.child.wait().expect("an exit code").exit_code(), text)
    }
}
