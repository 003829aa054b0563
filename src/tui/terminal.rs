//! The terminal: taken at the start, given back however the program ends.

use std::io::{self, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};
use tokio::sync::Notify;

use crate::model::text;

/// Clicks and the wheel, in the form without a limit on columns. Not crossterm's capture, which reports every move.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// The title of before is kept by the terminal (xterm's window operations) and comes back at the end.
const TITLE_KEPT: &str = "\x1b[22;2t";
const TITLE_BACK: &str = "\x1b[23;2t";

static TAKEN: AtomicBool = AtomicBool::new(false);
static TITLED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
static LOST: Notify = Notify::const_new();

/// Something that frames are drawn on.
pub(super) trait Canvas {
    /// Draws one frame, shown at once.
    fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()>;

    /// Writes what calls whoever sits before it: the bell, a notification.
    fn ring(&mut self, sequence: &str) -> io::Result<()>;

    /// Hands a text to the clipboard of whoever sits before it.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Names the window.
    fn title(&mut self, text: &str) -> io::Result<()>;

    /// Gives the terminal back for a while.
    fn leave(&mut self);

    /// Takes it again; everything is drawn anew.
    fn retake(&mut self) -> io::Result<()>;
}

/// What is asked of the terminal besides a place to draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// Clicks and the wheel.
    pub mouse: bool,
    /// A title of the window.
    pub title: bool,
}

/// The terminal while the cockpit has it.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Output>>,
    drawing: Arc<AtomicBool>,
    manners: Manners,
    _taken: Taken,
}

impl Screen {
    /// Takes the terminal; a panic gives it back before it says what happened.
    pub fn take(manners: Manners) -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if give_back() {
                    LOST.notify_one();
                }
                before(info);
            }));
        });
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let taken = Taken;
        let drawing = Arc::new(AtomicBool::new(false));
        let mut out = Output::new(Arc::clone(&drawing));
        enter(&mut out, manners)?;
        let terminal = Terminal::new(CrosstermBackend::new(out))?;
        Ok(Self { terminal, drawing, manners, _taken: taken })
    }
}

/// Nothing is handed over any more: whatever the terminal says when it is dropped (the cursor is shown) is said by the
/// giving back as well, and where a panic has given it back already, it would be told as a failure below the panic.
impl Drop for Screen {
    fn drop(&mut self) {
        self.drawing.store(true, Ordering::SeqCst);
    }
}

fn enter(out: &mut impl Write, manners: Manners) -> io::Result<()> {
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
    if manners.mouse {
        out.write_all(MOUSE_ON.as_bytes())?;
    }
    if manners.title && !TITLED.swap(true, Ordering::SeqCst) {
        out.write_all(TITLE_KEPT.as_bytes())?;
    }
    out.flush()
}

impl Canvas for Screen {
    fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.drawing.store(true, Ordering::SeqCst);
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(render).map(|_| ());
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.drawing.store(false, Ordering::SeqCst);
        Write::flush(self.terminal.backend_mut())?;
        drawn
    }

    /// OSC 52: it reaches the operator's own machine, through ssh as well.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        self.ring(&format!("\x1b]52;c;{encoded}\x07"))
    }

    fn ring(&mut self, sequence: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        Write::flush(out)
    }

    fn title(&mut self, given: &str) -> io::Result<()> {
        if !self.manners.title {
            return Ok(());
        }
        let out = self.terminal.backend_mut();
        out.write_all(format!("\x1b]2;{}\x07", text::clean_line(given)).as_bytes())?;
        Write::flush(out)
    }

    fn leave(&mut self) {
        give_back();
    }

    fn retake(&mut self) -> io::Result<()> {
        // Where somebody else changed the terminal's mode, crossterm believes that it is raw still, and does nothing.
        let _ = disable_raw_mode();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        enter(self.terminal.backend_mut(), self.manners)?;
        // Clears without asking for the cursor's place, which `Terminal::clear` does.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }
}

/// Ready when a panic somewhere in the program has given the terminal back: nothing can be drawn any more.
pub(super) async fn lost() -> io::Error {
    LOST.notified().await;
    no_longer_ours()
}

fn no_longer_ours() -> io::Error {
    io::Error::other("a part of exitbar panicked, so the screen was closed; the panic is printed above")
}

/// Collects a frame and hands it over in one write. What was not handed over is dropped with it: half a
/// frame, flushed after the terminal was given back, would end up among the operator's own lines.
struct Output {
    bytes: Vec<u8>,
    /// Whether a frame is not finished yet: ratatui flushes in the midst of it.
    drawing: Arc<AtomicBool>,
    out: Stdout,
}

impl Output {
    fn new(drawing: Arc<AtomicBool>) -> Self {
        Self { bytes: Vec::with_capacity(64 << 10), drawing, out: io::stdout() }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let mut out = self.out.lock();
        if !TAKEN.load(Ordering::SeqCst) {
            return Err(no_longer_ours());
        }
        out.write_all(&bytes)?;
        out.flush()?;
        drop(out);
        self.bytes = bytes;
        self.bytes.clear();
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.drawing.load(Ordering::SeqCst) { Ok(()) } else { self.hand_over() }
    }
}

/// Gives the terminal back when it is dropped, also when taking it failed half way.
struct Taken;

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Says whether it was still taken.
fn give_back() -> bool {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return false;
    }
    let mut out = io::stdout();
    let _ = out.write_all(MOUSE_OFF.as_bytes());
    if TITLED.swap(false, Ordering::SeqCst) {
        let _ = out.write_all(TITLE_BACK.as_bytes());
    }
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_handed_over_never_reaches_the_terminal() {
        let drawing = Arc::new(AtomicBool::new(true));
        let mut output = Output::new(Arc::clone(&drawing));
        queue!(output, BeginSynchronizedUpdate).unwrap();
        output.flush().unwrap();
        assert_eq!(output.bytes, b"\x1b[?2026h", "kept until the whole frame is there");
        drawing.store(false, Ordering::SeqCst);
        let error = output.flush().unwrap_err();
        assert!(error.to_string().contains("panicked"), "the terminal is not ours: {error}");
        assert!(output.bytes.is_empty());
    }

    #[test]
    fn the_terminal_is_given_back_once() {
        assert!(!give_back(), "it was never taken");
    }
}
