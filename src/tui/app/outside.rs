//! What the loop needs besides signals and the canvas: the keyboard and a clock. Tests bring their own.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};

/// Keys, the mouse, the window.
pub(super) trait Input {
    /// The next event; none when there will be no more.
    async fn next(&mut self) -> Option<io::Result<Event>>;

    /// Reads nothing for a while: what is typed belongs to somebody else.
    fn pause(&mut self);

    /// Reads again.
    fn resume(&mut self);
}

/// The terminal's input.
pub(super) struct Keyboard(Option<EventStream>);

impl Keyboard {
    /// Begins to read.
    pub fn open() -> Self {
        Self(Some(EventStream::new()))
    }
}

impl Input for Keyboard {
    async fn next(&mut self) -> Option<io::Result<Event>> {
        match &mut self.0 {
            Some(stream) => {
                poll_fn(|context| if is_gone() { Poll::Ready(None) } else { stream.poll_next_unpin(context) })
                    .await
            }
            None => std::future::pending().await,
        }
    }

    fn pause(&mut self) {
        self.0 = None;
    }

    fn resume(&mut self) {
        self.0 = Some(EventStream::new());
    }
}

/// Whether the terminal has gone away. It must be asked before crossterm reads: that reads from a closed terminal for
/// ever, on the loop's own task, where no signal is heard any more.
#[cfg(unix)]
fn is_gone() -> bool {
    use std::os::fd::AsFd as _;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let stdin = io::stdin();
    let mut asked = [PollFd::new(stdin.as_fd(), PollFlags::empty())];
    let answered = poll(&mut asked, PollTimeout::ZERO).is_ok();
    let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    answered && asked[0].revents().is_some_and(|events| events.intersects(gone))
}

#[cfg(not(unix))]
fn is_gone() -> bool {
    false
}

/// What time it is, for the pace of the frames.
pub(super) trait Clock {
    /// Now.
    fn now(&self) -> Instant;

    /// Waits until then.
    async fn until(&self, at: Instant);
}

/// The clock on the wall.
pub(super) struct Wall;

impl Clock for Wall {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn until(&self, at: Instant) {
        sleep_until(at).await;
    }
}
