mod glance;
mod watching;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::Duration;

use super::*;
use crate::tui::sample::{complete, jobs, report};

/// What happened to the canvas.
#[derive(Debug, PartialEq)]
enum Seen {
    Drawn,
    Copied(String),
    Rung(String),
    Titled(String),
    Left,
    Retaken,
}

/// Says what happens to it.
struct Drawing {
    terminal: Terminal<TestBackend>,
    seen: mpsc::UnboundedSender<Seen>,
}

impl Drawing {
    fn say(&self, seen: Seen) {
        let _ = self.seen.send(seen);
    }
}

impl Canvas for Drawing {
    fn draw(&mut self, render: impl FnOnce(&mut ratatui::Frame)) -> io::Result<()> {
        self.terminal.draw(render).map_err(io::Error::other)?;
        self.say(Seen::Drawn);
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.say(Seen::Copied(text.to_owned()));
        Ok(())
    }

    fn ring(&mut self, sequence: &str) -> io::Result<()> {
        self.say(Seen::Rung(sequence.to_owned()));
        Ok(())
    }

    fn title(&mut self, text: &str) -> io::Result<()> {
        self.say(Seen::Titled(text.to_owned()));
        Ok(())
    }

    fn leave(&mut self) {
        self.say(Seen::Left);
    }

    fn retake(&mut self) -> io::Result<()> {
        self.say(Seen::Retaken);
        Ok(())
    }
}

/// Keys that a test presses.
struct Keys(mpsc::UnboundedReceiver<io::Result<Event>>);

impl Input for Keys {
    async fn next(&mut self) -> Option<io::Result<Event>> {
        self.0.recv().await
    }

    fn pause(&mut self) {}

    fn resume(&mut self) {}
}

/// Signals that a test sends; stopping waits for the next one, as for SIGCONT.
struct Sent(mpsc::UnboundedReceiver<Signal>);

impl Signals for Sent {
    async fn next(&mut self) -> Signal {
        match self.0.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }

    async fn stop(&mut self) -> bool {
        matches!(self.next().await, Signal::Continued)
    }
}

/// Time stands still until a test moves it.
#[derive(Clone)]
struct Paused(watch::Receiver<Instant>);

impl Clock for Paused {
    fn now(&self) -> Instant {
        *self.0.borrow()
    }

    async fn until(&self, at: Instant) {
        let mut time = self.0.clone();
        let _ = time.wait_for(|now| *now >= at).await;
    }
}

struct Running {
    states: watch::Sender<Arc<State>>,
    commands: mpsc::Receiver<Command>,
    keyboard: mpsc::UnboundedSender<io::Result<Event>>,
    signals: mpsc::UnboundedSender<Signal>,
    time: watch::Sender<Instant>,
    seen: mpsc::UnboundedReceiver<Seen>,
    ended: tokio::task::JoinHandle<io::Result<()>>,
}

fn start(state: State) -> Running {
    start_with(state, Clipboard::Osc52)
}

fn start_with(state: State, clipboard: Clipboard) -> Running {
    start_on(state, console(), clipboard, None)
}

fn console() -> Console {
    Console::new(Ui::new(Keymap::default(), Theme::named("mono", Depth::None).unwrap(), Scope::default()))
}

fn start_on(state: State, console: Console, clipboard: Clipboard, watched: Option<Watched>) -> Running {
    let (states, newest) = watch::channel(Arc::new(state));
    let (sender, commands) = mpsc::channel(1);
    let (keyboard, keys) = mpsc::unbounded_channel();
    let (signals, sent) = mpsc::unbounded_channel();
    let (time, now) = watch::channel(Instant::now());
    let (watching, seen) = mpsc::unbounded_channel();
    let sources = Sources { states: newest, commands: sender, watched };
    let app = Loop::new(sources, console, None, clipboard, *now.borrow());
    let ended = tokio::spawn(async move {
        let terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let mut canvas = Drawing { terminal, seen: watching };
        app.until_the_end(Sent(sent), Keys(keys), Paused(now), &mut canvas).await
    });
    Running { states, commands, keyboard, signals, time, seen, ended }
}

impl Running {
    fn press(&self, c: char) {
        self.send(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    }

    fn send(&self, event: Event) {
        self.keyboard.send(Ok(event)).unwrap();
    }

    /// Waits for the next frame.
    async fn frame(&mut self) {
        self.until(|seen| *seen == Seen::Drawn).await;
    }

    async fn until(&mut self, wanted: impl Fn(&Seen) -> bool) {
        for _ in 0..10_000 {
            while let Ok(seen) = self.seen.try_recv() {
                if wanted(&seen) {
                    return;
                }
            }
            self.time.send_modify(|now| *now += Duration::from_millis(1));
            self.settle().await;
        }
        panic!("it did not happen");
    }

    /// Lets so much time pass, a millisecond after the other, and gives the number of frames.
    async fn frames_in(&mut self, time: Duration, each: impl Fn(&Self)) -> usize {
        for _ in 0..time.as_millis() {
            each(self);
            self.time.send_modify(|now| *now += Duration::from_millis(1));
            self.settle().await;
        }
        std::iter::from_fn(|| self.seen.try_recv().ok()).filter(|seen| *seen == Seen::Drawn).count()
    }

    /// Gives the loop its turns, on the one thread that there is.
    async fn settle(&self) {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    /// Quits and gives the number of frames since the last one that was waited for.
    async fn frames_until_quit(mut self) -> usize {
        self.press('q');
        self.ended.await.unwrap().unwrap();
        std::iter::from_fn(|| self.seen.try_recv().ok()).filter(|seen| *seen == Seen::Drawn).count()
    }
}

#[tokio::test]
async fn nothing_is_drawn_when_nothing_changed() {
    let mut running = start(report());
    running.frame().await;
    for _ in 0..50 {
        running.press('z');
        let (column, row) = (3, 3);
        let modifiers = KeyModifiers::NONE;
        running.send(Event::Mouse(MouseEvent { kind: MouseEventKind::Moved, column, row, modifiers }));
        running.send(Event::FocusLost);
    }
    assert_eq!(running.frames_until_quit().await, 0);
}

#[tokio::test]
async fn a_key_a_resize_and_a_new_state_are_drawn() {
    let mut running = start(report());
    running.frame().await;
    running.press('j');
    running.frame().await;
    running.send(Event::Resize(100, 30));
    running.frame().await;
    running.states.send_replace(Arc::new(report()));
    running.frame().await;
    assert_eq!(running.frames_until_quit().await, 0);
}

#[tokio::test]
async fn a_loop_that_takes_no_commands_does_not_take_the_keyboard_with_it() {
    let mut running = start(report());
    running.frame().await;
    for _ in 0..5 {
        running.press('a');
    }
    running.frame().await;
    running.press('q');
    running.ended.await.unwrap().unwrap();
    assert_eq!(running.commands.recv().await, Some(Command::Audit(Scope::default())));
    assert_eq!(running.commands.recv().await, None, "what did not fit was not sent later, unasked");
}

#[tokio::test]
async fn a_signal_ends_it_and_a_lost_terminal_is_an_error() {
    let running = start(report());
    running.signals.send(Signal::End).unwrap();
    assert!(running.ended.await.unwrap().is_ok());
    let running = start(report());
    running.signals.send(Signal::Lost(io::Error::other("lost"))).unwrap();
    assert_eq!(running.ended.await.unwrap().unwrap_err().to_string(), "lost");
}

#[tokio::test]
async fn frames_follow_a_flood_of_changes_at_most_thirty_times_a_second() {
    let mut running = start(report());
    running.frame().await;
    let second = Duration::from_secs(1);
    let frames = running
        .frames_in(second, |running| {
            running.states.send_replace(Arc::new(report()));
        })
        .await;
    assert!((28..=31).contains(&frames), "{frames}");
    assert!(running.frames_in(second, |_| ()).await <= 1, "the last change");
    assert_eq!(running.frames_in(60 * second, |_| ()).await, 0, "then a minute in which nothing changes");
}

#[tokio::test]
async fn what_moves_is_drawn_eight_times_a_second_while_it_is_looked_at() {
    let mut running = start(jobs());
    running.frame().await;
    let second = Duration::from_secs(1);
    assert_eq!(running.frames_in(second, |_| ()).await, 8);
    running.send(Event::FocusLost);
    assert_eq!(running.frames_in(second, |_| ()).await, 0, "nobody looks");
    running.states.send_replace(Arc::new(jobs()));
    assert_eq!(running.frames_in(second, |_| ()).await, 1, "what changed is there all the same");
    running.send(Event::FocusGained);
    assert_eq!(running.frames_in(second, |_| ()).await, 8, "at once, and every eighth of a second");
    running.states.send_replace(Arc::new(report()));
    assert_eq!(running.frames_in(second, |_| ()).await, 1, "no job runs any more");
}

#[tokio::test]
async fn it_stops_on_ctrl_z_and_on_a_signal_and_comes_back_with_a_whole_frame() {
    let mut running = start(report());
    running.frame().await;
    let ctrl_z = Event::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL));
    for by_key in [true, false] {
        if by_key {
            running.send(ctrl_z.clone());
        } else {
            running.signals.send(Signal::Stop).unwrap();
        }
        running.until(|seen| *seen == Seen::Left).await;
        running.signals.send(Signal::Continued).unwrap();
        assert_eq!(running.seen.recv().await, Some(Seen::Retaken));
        running.frame().await;
    }
    // Stopped by SIGSTOP, it does not know before it goes on.
    running.signals.send(Signal::Continued).unwrap();
    running.until(|seen| *seen == Seen::Retaken).await;
    running.frame().await;
    assert_eq!(running.frames_until_quit().await, 0);
}

#[tokio::test]
async fn the_window_is_called_by_the_verdict_and_only_when_that_changes() {
    let mut running = start(report());
    running
        .until(|seen| matches!(seen, Seen::Titled(title) if title.contains("NO_GO 45/100: greenlang 0.2.0")))
        .await;
    running.press('j');
    running.frame().await;
    running.states.send_replace(Arc::new(complete()));
    running.until(|seen| matches!(seen, Seen::Titled(title) if title.starts_with("GO 100/100"))).await;
}

#[tokio::test]
async fn what_is_pasted_presses_no_keys() {
    let mut running = start(report());
    running.frame().await;
    running.send(Event::Paste("bq\r".to_owned()));
    assert_eq!(running.frames_until_quit().await, 0);
}

#[tokio::test]
async fn a_copy_goes_the_way_that_is_set_and_says_when_it_does_not() {
    let copies = |clipboard| async {
        let mut running = start_with(report(), clipboard);
        running.frame().await;
        running.press('T');
        running.press('y');
        running.settle().await;
        running.settle().await;
        let seen: Vec<Seen> = std::iter::from_fn(|| running.seen.try_recv().ok()).collect();
        seen.into_iter().filter(|seen| matches!(seen, Seen::Copied(_))).count()
    };
    assert_eq!(copies(Clipboard::Osc52).await, 1);
    assert_eq!(copies(Clipboard::Off).await, 0);
    assert_eq!(copies(Clipboard::Command(vec!["/no/such/program".to_owned()])).await, 0);
}

#[tokio::test]
async fn it_ends_with_the_cockpit_and_with_its_input() {
    let running = start(report());
    drop(running.states);
    assert!(running.ended.await.unwrap().is_ok());
    let running = start(report());
    drop(running.keyboard);
    assert!(running.ended.await.unwrap().is_ok());
}
