use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use futures_util::stream;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::tui::tests::sample::report;

/// Counts what is drawn and says when.
struct Counted {
    terminal: Terminal<TestBackend>,
    drawn: mpsc::UnboundedSender<()>,
}

impl Canvas for Counted {
    fn draw(&mut self, render: impl FnOnce(&mut ratatui::Frame)) -> io::Result<()> {
        self.terminal.draw(render).map_err(io::Error::other)?;
        let _ = self.drawn.send(());
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn ring(&mut self, _sequence: &str) -> io::Result<()> {
        Ok(())
    }
}

struct Running {
    states: watch::Sender<Arc<State>>,
    commands: mpsc::Receiver<Command>,
    keyboard: mpsc::UnboundedSender<io::Result<Event>>,
    drawn: mpsc::UnboundedReceiver<()>,
    ended: tokio::task::JoinHandle<io::Result<()>>,
}

fn start(state: State, ends: impl Future<Output = io::Result<()>> + Send + 'static) -> Running {
    let (states, seen) = watch::channel(Arc::new(state));
    let (sender, commands) = mpsc::channel(1);
    let (keyboard, keys) = mpsc::unbounded_channel();
    let (frames, drawn) = mpsc::unbounded_channel();
    let ui = Ui::new(Keymap::default(), Theme::named("mono", Depth::None).unwrap(), Scope::default());
    let console = Console::new(ui);
    let app = Loop { states: seen, commands: sender, report: None, console, late: LateAnswer::default() };
    let ended = tokio::spawn(async move {
        let input = stream::unfold(keys, async |mut keys| keys.recv().await.map(|event| (event, keys)));
        let terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        app.until(ends, pin!(input), &mut Counted { terminal, drawn: frames }).await
    });
    Running { states, commands, keyboard, drawn, ended }
}

impl Running {
    fn press(&self, c: char) {
        self.send(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    }

    fn send(&self, event: Event) {
        self.keyboard.send(Ok(event)).unwrap();
    }

    async fn frame(&mut self) {
        self.drawn.recv().await.unwrap();
    }

    /// Quits and gives the number of frames since the last one that was waited for.
    async fn frames_until_quit(mut self) -> usize {
        self.press('q');
        self.ended.await.unwrap().unwrap();
        std::iter::from_fn(|| self.drawn.try_recv().ok()).count()
    }
}

#[tokio::test]
async fn nothing_is_drawn_when_nothing_changed() {
    let mut running = start(report(), std::future::pending());
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
    let mut running = start(report(), std::future::pending());
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
    let mut running = start(report(), std::future::pending());
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
    let running = start(report(), std::future::ready(Ok(())));
    assert!(running.ended.await.unwrap().is_ok());
    let running = start(report(), std::future::ready(Err(io::Error::other("lost"))));
    assert_eq!(running.ended.await.unwrap().unwrap_err().to_string(), "lost");
}

#[tokio::test]
async fn it_ends_with_the_cockpit_and_with_its_input() {
    let running = start(report(), std::future::pending());
    drop(running.states);
    assert!(running.ended.await.unwrap().is_ok());
    let running = start(report(), std::future::pending());
    drop(running.keyboard);
    assert!(running.ended.await.unwrap().is_ok());
}
