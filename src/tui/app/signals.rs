//! What other programs and the shell tell exitbar: to end, to stop for a while, that it goes on.

use std::io;

/// What a signal means.
#[derive(Debug)]
pub(super) enum Signal {
    /// To end.
    End,
    /// To stop, as Ctrl-Z does.
    Stop,
    /// It was stopped without a word, and goes on.
    Continued,
    /// The terminal is gone: a part of the program panicked.
    Lost(io::Error),
}

/// Where signals come from.
pub(super) trait Signals {
    /// The next one.
    async fn next(&mut self) -> Signal;

    /// Stops this program until somebody continues it; false where nobody could.
    async fn stop(&mut self) -> bool;
}

#[cfg(unix)]
pub(super) use unix::Process;

#[cfg(unix)]
mod unix {
    use std::io;

    use nix::sys::signal::{self, kill};
    use nix::unistd::{Pid, getpid, getsid};
    use tokio::signal::unix::{self, SignalKind};

    use super::{Signal, Signals};
    use crate::tui::signals::Signals as Ends;
    use crate::tui::terminal;

    /// The signals of this process.
    pub(in crate::tui::app) struct Process {
        ends: Ends,
        stop: unix::Signal,
        continued: unix::Signal,
    }

    impl Process {
        /// Begins to listen.
        pub fn listen() -> io::Result<Self> {
            let other = |signal| unix::signal(SignalKind::from_raw(signal as i32));
            Ok(Self {
                ends: Ends::listen()?,
                stop: other(signal::Signal::SIGTSTP)?,
                continued: other(signal::Signal::SIGCONT)?,
            })
        }
    }

    impl Signals for Process {
        async fn next(&mut self) -> Signal {
            tokio::select! {
                () = self.ends.next() => Signal::End,
                _ = self.stop.recv() => Signal::Stop,
                _ = self.continued.recv() => Signal::Continued,
                error = terminal::lost() => Signal::Lost(error),
            }
        }

        async fn stop(&mut self) -> bool {
            // Without a shell behind it (the leader of a session: in a container, say) it would never go on.
            if getsid(None).is_ok_and(|leader| leader == getpid()) {
                return false;
            }
            // The whole group, as the terminal's driver does: a script that started exitbar stops with it.
            if kill(Pid::from_raw(0), signal::Signal::SIGSTOP).is_ok() {
                self.continued.recv().await;
            }
            true
        }
    }
}

#[cfg(not(unix))]
pub(super) use elsewhere::Process;

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    use super::{Signal, Signals};
    use crate::tui::signals::Signals as Ends;
    use crate::tui::terminal;

    /// Ctrl-C is all there is.
    pub(in crate::tui::app) struct Process {
        ends: Ends,
    }

    impl Process {
        /// Begins to listen.
        pub fn listen() -> io::Result<Self> {
            Ok(Self { ends: Ends::listen()? })
        }
    }

    impl Signals for Process {
        async fn next(&mut self) -> Signal {
            tokio::select! {
                () = self.ends.next() => Signal::End,
                error = terminal::lost() => Signal::Lost(error),
            }
        }

        async fn stop(&mut self) -> bool {
            false
        }
    }
}
