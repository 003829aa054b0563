//! What the loop needs besides signals and the canvas: the keyboard and a clock. Tests bring their own.

use std::io;

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
            Some(stream) => stream.next().await,
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
