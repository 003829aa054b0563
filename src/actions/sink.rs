//! Where a job says how far it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::model::{Evidence, Fact, FactKey, JobEvent, Progress, text};

/// How many events of a job may wait: more, and the job waits, or its lines are counted instead of shown.
const WAITING: usize = 512;

/// Where a job says how far it is.
#[derive(Debug)]
pub struct JobSink {
    events: mpsc::Sender<JobEvent>,
    dropped: AtomicU64,
    learned: Mutex<Vec<Learned>>,
}

/// A fact that a job learned and that nobody can look up afterwards: why a run was not possible.
pub type Learned = (FactKey, Fact, Evidence);

impl JobSink {
    /// A sink and what comes out of it.
    pub fn new() -> (Self, mpsc::Receiver<JobEvent>) {
        let (events, receiver) = mpsc::channel(WAITING);
        (Self { events, dropped: AtomicU64::new(0), learned: Mutex::default() }, receiver)
    }

    /// Keeps a fact until the job has ended and what it touched has been dropped.
    pub fn learn(&self, learned: impl IntoIterator<Item = Learned>) {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).extend(learned);
    }

    /// What was learned.
    pub fn into_learned(self) -> Vec<Learned> {
        self.learned.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of an event, waiting while too many are under way.
    pub async fn send(&self, event: JobEvent) {
        let _ = self.events.send(event).await;
    }

    /// Tells how far the job is.
    pub async fn progress(&self, done: usize, total: usize, what: impl Into<String>) {
        let (done, total) = (done as u64, total as u64);
        self.send(JobEvent::Progress(Progress { done, total, what: what.into() })).await;
    }

    /// Tells how far the job is where nobody can wait; left out while too many are under way.
    pub fn try_progress(&self, done: usize, total: usize, what: impl Into<String>) {
        let (done, total) = (done as u64, total as u64);
        let _ = self.events.try_send(JobEvent::Progress(Progress { done, total, what: what.into() }));
    }

    /// Tells of a line, waiting while too many are under way.
    pub async fn line(&self, line: &str) {
        self.send(JobEvent::Output(text::clean_line(line).into_owned())).await;
    }

    /// Tells of a line where nobody can wait. Lines that find no room are counted, and the next
    /// one that does says how many they were.
    pub fn try_line(&self, line: &str) {
        let missed = self.dropped.load(Ordering::Relaxed);
        let line = text::clean_line(line);
        let shown = match missed {
            0 => line.into_owned(),
            missed => format!("({missed} lines not shown) {line}"),
        };
        match self.events.try_send(JobEvent::Output(shown)) {
            Ok(()) => self.dropped.store(0, Ordering::Relaxed),
            Err(_) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
