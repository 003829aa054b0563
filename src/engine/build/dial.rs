//! A bare connection to an engine, for what its client cannot do: to be served instead of to ask.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tonic::transport::server::Connected;

use crate::engine::Engine;

/// What can be read and written.
trait Duplex: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Duplex for T {}

/// A connection to an engine.
pub(super) struct Connection {
    duplex: Pin<Box<dyn Duplex>>,
    /// The program that carries it, ended with it.
    _carrier: Option<Child>,
}

/// Connects to where the engine listens.
pub(super) async fn dial(engine: &Engine) -> Result<Connection, String> {
    let address = engine.address();
    let duplex: Pin<Box<dyn Duplex>> = match address.split_once("://") {
        #[cfg(unix)]
        Some(("unix", path)) => {
            Box::pin(tokio::net::UnixStream::connect(path).await.map_err(|error| error.to_string())?)
        }
        Some(("tcp" | "http", host)) if engine.tls.is_none() => {
            let host = host.trim_end_matches('/');
            Box::pin(TcpStream::connect(host).await.map_err(|error| error.to_string())?)
        }
        Some(("ssh", _)) => return over_ssh(address),
        _ => {
            return Err(
                "secrets are given over unix://, ssh:// and tcp:// without TLS only; reach this engine by ssh://"
                    .to_owned(),
            );
        }
    };
    Ok(Connection { duplex, _carrier: None })
}

/// As the `docker` command does: `docker system dial-stdio` at the other end.
fn over_ssh(address: &str) -> Result<Connection, String> {
    let url = url::Url::parse(address).map_err(|error| format!("{address}: {error}"))?;
    let host = url.host_str().filter(|host| !host.starts_with('-')).ok_or("the address has no host")?;
    let mut command = Command::new("ssh");
    if let Some(port) = url.port() {
        command.args(["-p", &port.to_string()]);
    }
    if !url.username().is_empty() {
        command.args(["-l", url.username()]);
    }
    let spawned = command
        .args(["-o", "BatchMode=yes", "--", host, "docker", "system", "dial-stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = spawned.map_err(|error| format!("cannot start ssh: {error}"))?;
    let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
        return Err("ssh has no pipes".to_owned());
    };
    Ok(Connection { duplex: Box::pin(tokio::io::join(output, input)), _carrier: Some(child) })
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.duplex.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.duplex.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.duplex.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.duplex.as_mut().poll_shutdown(context)
    }
}
