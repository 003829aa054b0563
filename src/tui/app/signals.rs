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
    use std::convert::Infallible;
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
        panics: Panics,
    }

    impl Process {
        /// Begins to listen.
        pub fn listen() -> io::Result<Self> {
            let other = |signal| unix::signal(SignalKind::from_raw(signal as i32));
            Ok(Self {
                ends: Ends::listen()?,
                stop: other(signal::Signal::SIGTSTP)?,
                continued: other(signal::Signal::SIGCONT)?,
                panics: Panics::listen()?,
            })
        }
    }

    /// Debug builds panic where SIGUSR1 asks for it, and in a task of their own where SIGUSR2 does, so that a test can
    /// see what is left of the terminal. Nothing asks other builds.
    struct Panics {
        #[cfg(debug_assertions)]
        asked: [unix::Signal; 2],
    }

    impl Panics {
        #[cfg(debug_assertions)]
        fn listen() -> io::Result<Self> {
            let [here, elsewhere] = [SignalKind::user_defined1(), SignalKind::user_defined2()];
            Ok(Self { asked: [unix::signal(here)?, unix::signal(elsewhere)?] })
        }

        #[cfg(debug_assertions)]
        async fn asked(&mut self) -> Infallible {
            let [here, elsewhere] = &mut self.asked;
            tokio::select! {
                _ = here.recv() => panic!("SIGUSR1 asked for a panic"),
                _ = elsewhere.recv() => drop(tokio::spawn(async { panic!("SIGUSR2 asked for a panic") })),
            }
            std::future::pending().await
        }

        #[cfg(not(debug_assertions))]
        fn listen() -> io::Result<Self> {
            Ok(Self {})
        }

        #[cfg(not(debug_assertions))]
        async fn asked(&mut self) -> Infallible {
            std::future::pending().await
        }
    }

    impl Signals for Process {
        async fn next(&mut self) -> Signal {
            tokio::select! {
                never = self.panics.asked() => match never {},
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
