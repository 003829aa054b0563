//! A registry of a few lines for tests: it says exactly the bytes that a test wants, also broken
//! ones, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Limits, Settings, Times};
use crate::model::Repository;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    how: How,
}

/// How the body is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum How {
    #[default]
    Whole,
    /// Half of it, then the connection is closed.
    Truncated,
    /// Half of it, then nothing more, and the connection stays open.
    Silent,
    /// For ever.
    Endless,
    /// Not even a status.
    Nothing,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn how(mut self, how: How) -> Self {
        self.how = how;
        self
    }

    pub(crate) fn truncated(self) -> Self {
        self.how(How::Truncated)
    }

    pub(crate) fn silent(self) -> Self {
        self.how(How::Silent)
    }

    pub(crate) fn endless(self) -> Self {
        self.how(How::Endless)
    }

    pub(crate) fn hang() -> Self {
        Self::default().how(How::Nothing)
    }
}

/// A server on loopback; it ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) host: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) async fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (reply, kept) = (Arc::new(reply), Arc::clone(&log));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (reply, kept) = (Arc::clone(&reply), Arc::clone(&kept));
                tokio::spawn(async move {
                    let _ = serve(stream, &*reply, &kept).await;
                });
            }
        });
        Self { host, log }
    }

    pub(crate) fn repository(&self, path: &str) -> Repository {
        format!("{}/{path}", self.host).parse().unwrap()
    }

    pub(crate) fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// `METHOD /path`, in the order of arrival.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log().iter().map(|asked| format!("{} {}", asked.method, asked.path())).collect()
    }
}

/// Times and limits that make a test quick.
pub(crate) fn quick() -> Settings {
    Settings {
        times: Times {
            connect: Duration::from_millis(500),
            idle: Duration::from_millis(200),
            answer: Duration::from_millis(1_500),
            stream: Duration::from_secs(5),
            retry: Duration::from_millis(5),
            retry_after: Duration::from_millis(50),
            helper: Duration::from_millis(500),
        },
        limits: Limits { manifest: 64 * 1024, pages: 3, ..Limits::default() },
        ..Settings::default()
    }
}

async fn serve(
    mut stream: TcpStream,
    reply: &(impl Fn(&Asked) -> Reply + ?Sized),
    log: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let Some(asked) = read(&mut stream).await? else { return Ok(()) };
    log.lock().unwrap().push(asked.clone());
    let mut reply = reply(&asked);
    if reply.how == How::Nothing {
        return forever(stream).await;
    }
    let mut head = format!("HTTP/1.1 {} Said\r\nConnection: close\r\n", reply.status);
    if reply.how != How::Endless {
        reply.headers.push(("Content-Length".to_owned(), reply.body.len().to_string()));
    }
    for (name, value) in &reply.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    let half = &reply.body[..reply.body.len() / 2];
    match reply.how {
        _ if asked.method == "HEAD" => {}
        How::Whole | How::Nothing => stream.write_all(&reply.body).await?,
        How::Truncated => stream.write_all(half).await?,
        How::Silent => {
            stream.write_all(half).await?;
            return forever(stream).await;
        }
        How::Endless => loop {
            stream.write_all(&[b' '; 4096]).await?;
        },
    }
    stream.shutdown().await
}

/// Keeps a connection open until the other end gives up.
async fn forever(mut stream: TcpStream) -> std::io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(&bytes.drain(..end + 4).collect::<Vec<_>>()).into_owned();
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let mut lines = head.lines();
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|it| it.parse::<usize>().ok()).unwrap_or(0);
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await? == 0 {
            break;
        }
    }
    let [method, target, ..] = first[..] else { return Ok(None) };
    Ok(Some(Asked { method: method.to_owned(), target: target.to_owned(), headers, body: bytes }))
}
