//! A build context: a folder as a stream of tar, without what its `.dockerignore` leaves out. The same
//! files give the same bytes.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use futures_util::Stream;
use futures_util::stream::poll_fn;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;
use tokio_util::bytes::Bytes;

use crate::formats::dockerignore::Dockerignore;
use crate::model::{Digest, Reason, ReasonKind};

/// Bytes of a chunk, and how many chunks may wait for the engine.
const CHUNK: usize = 64 << 10;
const WAITING: usize = 8;

/// The largest `.dockerignore` and Dockerfile in bytes, and the deepest folder.
const TEXT: u64 = 1 << 20;
const DEPTH: usize = 128;

/// What is sent to the engine as the context of a build.
#[derive(Debug, Clone)]
pub(super) struct Context {
    folder: PathBuf,
    ignore: Dockerignore,
    /// The Dockerfile's path in the archive.
    dockerfile: String,
    /// Its bytes, where the folder's own walk does not bring it.
    extra: Option<Vec<u8>>,
    /// Files that are younger get this time (seconds since 1970).
    latest: Option<u64>,
}

impl Context {
    /// Looks at the folder and reads its `.dockerignore`. Blocks.
    pub(super) fn open(folder: &Path, dockerfile: &Path, latest: Option<u64>) -> Result<Self, Reason> {
        let failed = |path: &Path, error: &io::Error| {
            let text = format!("the build context: cannot read {}: {error}", path.display());
            Reason::new(ReasonKind::ToolFailed, text)
        };
        let root = fs::canonicalize(folder).map_err(|error| failed(folder, &error))?;
        if !root.is_dir() {
            let text = format!("the build context {} is no folder", folder.display());
            return Err(Reason::new(ReasonKind::NotConfigured, text).cure("set `build.context` to a folder"));
        }
        let bytes = read(dockerfile).map_err(|error| failed(dockerfile, &error))?;
        let (file, text) = ignore_file(&root, dockerfile).map_err(|(path, error)| failed(&path, &error))?;
        let ignore = Dockerignore::parse(&text).map_err(|why| {
            Reason::new(ReasonKind::Unreadable, format!("{}: {why}", file.display()))
                .cure("mend the pattern: see docs.docker.com/build/concepts/context/#dockerignore-files")
        })?;
        // A link to a Dockerfile is the file that it leads to.
        let inside = fs::canonicalize(dockerfile)
            .ok()
            .and_then(|real| real.strip_prefix(&root).map(slashed).ok())
            .filter(|path| !ignore.excludes(path));
        let (dockerfile, extra) = match inside {
            Some(path) => (path, None),
            None => (format!(".dockerfile.{}", Digest::of(&bytes).short()), Some(bytes)),
        };
        Ok(Self { folder: root, ignore, dockerfile, extra, latest })
    }

    /// The Dockerfile's path in the archive.
    pub(super) fn dockerfile(&self) -> &str {
        &self.dockerfile
    }

    /// The archive as it is read. It ends early where nobody takes it any more.
    pub(super) fn stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (sender, mut chunks) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let writer = BufWriter::with_capacity(CHUNK, Chunks(sender.clone()));
            if let Err(error) = self.write(writer) {
                let _ = sender.blocking_send(Err(error));
            }
        });
        poll_fn(move |context| chunks.poll_recv(context))
    }

    fn write(&self, writer: impl Write) -> io::Result<()> {
        let mut archive = Builder::new(writer);
        if let Some(bytes) = &self.extra {
            let mut header = Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, &self.dockerfile, bytes.as_slice())?;
        }
        self.folder(&mut archive, &self.folder, "", 0)?;
        archive.into_inner()?.flush()
    }

    fn folder<W: Write>(
        &self,
        archive: &mut Builder<W>,
        path: &Path,
        name: &str,
        depth: usize,
    ) -> io::Result<()> {
        if depth > DEPTH {
            return Err(io::Error::other(format!("{name} lies more than {DEPTH} folders deep")));
        }
        let mut entries = fs::read_dir(path)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(|error| named(name, &error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name();
            let file_name = file_name.to_string_lossy();
            let name = if name.is_empty() { file_name.into_owned() } else { format!("{name}/{file_name}") };
            let metadata = entry.metadata().map_err(|error| named(&name, &error))?;
            let is_excluded = self.ignore.excludes(&name);
            if !is_excluded {
                self.entry(archive, &entry.path(), &name, &metadata).map_err(|error| named(&name, &error))?;
            }
            if metadata.is_dir() && (!is_excluded || self.ignore.may_include_below(&name)) {
                self.folder(archive, &entry.path(), &name, depth + 1)?;
            }
        }
        Ok(())
    }

    fn entry<W: Write>(
        &self,
        archive: &mut Builder<W>,
        path: &Path,
        name: &str,
        metadata: &Metadata,
    ) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_mode(mode(metadata));
        header.set_mtime(self.time(metadata));
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        if metadata.is_dir() {
            header.set_entry_type(EntryType::Directory);
            archive.append_data(&mut header, format!("{name}/"), io::empty())
        } else if metadata.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            archive.append_link(&mut header, name, fs::read_link(path)?)
        } else if metadata.is_file() {
            header.set_size(metadata.len());
            let mut file = Exactly { file: File::open(path)?, left: metadata.len() };
            archive.append_data(&mut header, name, &mut file)
        } else {
            // Sockets, pipes and devices are nothing that an image could hold.
            Ok(())
        }
    }

    fn time(&self, metadata: &Metadata) -> u64 {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let seconds = since.map_or(0, |since| since.as_secs());
        self.latest.map_or(seconds, |latest| seconds.min(latest))
    }
}

fn named(name: &str, error: &io::Error) -> io::Error {
    // An error that already tells its file came from deeper below.
    let told = error.get_ref().is_some_and(|inner| inner.to_string().starts_with("the build context: "));
    let text = if told { error.to_string() } else { format!("the build context: {name}: {error}") };
    io::Error::new(error.kind(), text)
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn mode(metadata: &Metadata) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.permissions().mode() & 0o7777
    }
    #[cfg(not(unix))]
    if metadata.is_dir() { 0o755 } else { 0o644 }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > TEXT {
        return Err(io::Error::other(format!("larger than {TEXT} bytes")));
    }
    Ok(bytes)
}

/// `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` of the context; empty where
/// neither is there.
fn ignore_file(root: &Path, dockerfile: &Path) -> Result<(PathBuf, String), (PathBuf, io::Error)> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    let common = root.join(".dockerignore");
    for file in [PathBuf::from(own), common.clone()] {
        match read(&file) {
            Ok(bytes) => return Ok((file, String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err((file, error)),
        }
    }
    Ok((common, String::new()))
}

/// Of a file as many bytes as its header says, or an error.
struct Exactly {
    file: File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let length = self.file.read(&mut buffer[..most])?;
        if length == 0 && most > 0 {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        self.left -= length as u64;
        Ok(length)
    }
}

/// Hands chunks to whoever sends them.
struct Chunks(mpsc::Sender<io::Result<Bytes>>);

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let chunk = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(chunk)).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
