//! The processes that a program started, and that end with it.

use tokio::process::{Child, Command};

/// The process group of a child, ended when this is dropped: what it started does not outlive who waits for it.
#[derive(Debug)]
pub struct ProcessGroup(Option<u32>);

impl ProcessGroup {
    /// Starts a command in a group of its own.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(command: &mut Command) -> std::io::Result<(Child, Self)> {
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn()?;
        let group = Self(child.id());
        Ok((child, group))
    }

    /// The child ended by itself: what it left behind, such as a daemon, is left alone.
    pub fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0.and_then(|id| i32::try_from(id).ok()) {
            let group = nix::unistd::Pid::from_raw(id);
            let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        }
    }
}
