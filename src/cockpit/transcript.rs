//! The whole output of a job: beyond what the screen keeps of it, it is written to a file.

use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::state::JOB_LINES;
use crate::model::JobEvent;

/// What a job printed so far.
pub(super) struct Transcript<P> {
    /// Names the file, once there has to be one.
    place: P,
    to: To,
}

/// Where the lines go.
enum To {
    /// They are as few as the screen shows.
    Memory(Vec<String>),
    File(File),
    /// It could not be written; that was said.
    Nowhere,
}

impl<P: Fn() -> std::io::Result<PathBuf>> Transcript<P> {
    /// An empty one.
    pub fn new(place: P) -> Self {
        Self { place, to: To::Memory(Vec::new()) }
    }

    /// Takes a line. The first that the screen has no room for begins the file: where that is, or why there is none, is
    /// told.
    pub async fn add(&mut self, line: &str) -> Option<JobEvent> {
        match &mut self.to {
            To::Memory(lines) if lines.len() < JOB_LINES => {
                lines.push(line.to_owned());
                None
            }
            To::Memory(lines) => {
                let text = lines.iter().map(String::as_str).chain([line]).map(|line| format!("{line}\n"));
                let (to, told) = match begin((self.place)(), text.collect()).await {
                    Ok((file, path)) => (To::File(file), Ok(path.display().to_string())),
                    Err(error) => (To::Nowhere, Err(error.to_string())),
                };
                self.to = to;
                Some(JobEvent::Whole(told))
            }
            To::File(file) => {
                let written = file.write_all(format!("{line}\n").as_bytes()).await;
                let why = written.err()?;
                self.to = To::Nowhere;
                Some(JobEvent::Whole(Err(why.to_string())))
            }
            To::Nowhere => None,
        }
    }

    /// Nothing comes any more.
    pub async fn end(self) {
        if let To::File(mut file) = self.to {
            let _ = file.flush().await;
        }
    }
}

async fn begin(place: std::io::Result<PathBuf>, text: String) -> std::io::Result<(File, PathBuf)> {
    let path = place?;
    let mut options = File::options();
    options.write(true).create_new(true);
    // What a build prints may be meant for nobody else.
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&path).await?;
    file.write_all(text.as_bytes()).await?;
    Ok((file, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    type Place = Box<dyn Fn() -> std::io::Result<PathBuf>>;

    async fn told(
        transcript: &mut Transcript<Place>,
        lines: std::ops::RangeInclusive<usize>,
    ) -> Vec<JobEvent> {
        let mut told = Vec::new();
        for line in lines {
            told.extend(transcript.add(&format!("line {line}")).await);
        }
        told
    }

    fn transcript(store: &Store) -> Transcript<Place> {
        let store = store.clone();
        Transcript::new(Box::new(move || store.output_path("build.log")))
    }

    #[tokio::test]
    async fn what_the_screen_has_room_for_is_no_file_and_the_next_line_writes_all() {
        let store = Store::temporary().unwrap();
        let mut transcript = transcript(&store);
        assert_eq!(told(&mut transcript, 1..=JOB_LINES).await, []);
        assert!(!store.folder().join("outputs").exists());
        let told = told(&mut transcript, JOB_LINES + 1..=JOB_LINES + 20).await;
        let [JobEvent::Whole(Ok(path))] = told.as_slice() else { panic!("{told:?}") };
        transcript.end().await;
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), JOB_LINES + 20);
        assert_eq!((lines[0], lines[JOB_LINES + 19]), ("line 1", "line 1020"));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_said_once() {
        let store = Store::temporary().unwrap();
        std::fs::create_dir_all(store.folder()).unwrap();
        std::fs::write(store.folder().join("outputs"), "no folder").unwrap();
        let told = told(&mut transcript(&store), 1..=JOB_LINES + 20).await;
        assert!(matches!(told.as_slice(), [JobEvent::Whole(Err(_))]), "{told:?}");
    }

    #[test]
    fn the_oldest_outputs_make_room() {
        let store = Store::temporary().unwrap();
        for number in 0..60 {
            let path = store.output_path(&format!("{number:03}.log")).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let folder = store.folder().join("outputs");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 50);
        assert!(!folder.join("009.log").exists() && folder.join("010.log").exists());
    }
}
