//! A session in which BuildKit asks for the secrets of a build (`moby.buildkit.secrets.v1`).
//!
//! The client of the engine opens a session of its own with every build, and that one has no secrets. So a
//! build with secrets names `PREFIX:ID`: the client's session is registered under the whole name, while BuildKit
//! looks for what stands behind the colon (`session.Manager.Get`), which is this one.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bollard::health::health_check_response::ServingStatus;
use bollard::health::health_server::{Health, HealthServer};
use bollard::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use bollard::moby::buildkit::secrets::v1::secrets_server::{Secrets as SecretsService, SecretsServer};
use bollard::moby::buildkit::secrets::v1::{GetSecretRequest, GetSecretResponse};
use futures_util::stream::{self, Pending};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::dial::{self, Connection};
use crate::engine::Engine;
use crate::model::{BuildSecret, Reason, ReasonKind};

/// BuildKit takes no larger secret, in bytes.
const SECRET_SIZE: u64 = 500 * 1024;

/// The longest answer to the request for a session, in bytes, and how long it may take.
const HEAD_SIZE: usize = 16 << 10;
const OPENS: Duration = Duration::from_secs(15);

/// The shortest text that is hidden: less is in any line by chance.
const HIDDEN_LENGTH: usize = 4;

/// Secrets by their id. Nothing prints them.
#[derive(Clone, Default)]
pub(super) struct Secrets(Arc<BTreeMap<String, Vec<u8>>>);

impl Secrets {
    /// Reads them from where they are. Blocks.
    pub(super) fn read(places: &BTreeMap<String, BuildSecret>) -> Result<Self, Reason> {
        let read = |(id, place): (&String, &BuildSecret)| {
            let value = match place {
                BuildSecret::Env(name) => std::env::var_os(name)
                    .map(std::ffi::OsString::into_encoded_bytes)
                    .ok_or_else(|| format!("the environment has no variable {name}")),
                BuildSecret::File(path) => file(path).map_err(|error| format!("{}: {error}", path.display())),
            };
            match value {
                Ok(value) if value.len() as u64 <= SECRET_SIZE => Ok((id.clone(), value)),
                Ok(_) => {
                    Err(format!("secret `{id}`: larger than the {SECRET_SIZE} bytes that BuildKit takes"))
                }
                Err(why) => Err(format!("secret `{id}`: {why}")),
            }
        };
        let secrets = places.iter().map(read).collect::<Result<_, String>>();
        secrets.map(|secrets| Self(Arc::new(secrets))).map_err(|why| {
            Reason::new(ReasonKind::NotConfigured, why).cure("set it, or change `build.secrets`")
        })
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A text without the secrets, should a step have printed one.
    pub(super) fn hidden_in(&self, text: String) -> String {
        self.0.values().fold(text, |text, secret| {
            let secret = String::from_utf8_lossy(secret);
            let lines = secret.lines().map(str::trim).filter(|line| line.chars().count() >= HIDDEN_LENGTH);
            lines.fold(text, |text, line| text.replace(line, "***"))
        })
    }
}

fn file(path: &PathBuf) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(SECRET_SIZE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An open session; dropping it ends it.
pub(super) struct Session {
    _serving: AbortOnDropHandle<()>,
}

impl Session {
    /// Opens a session of this id in the engine.
    pub(super) async fn open(engine: &Engine, id: &str, secrets: Secrets) -> Result<Self, Reason> {
        let failed = |why: String| {
            let text = format!("engine {}: no session for the build's secrets: {why}", engine.address());
            Reason::new(ReasonKind::NotSupported, text)
        };
        let opened = tokio::time::timeout(OPENS, async {
            let mut connection = dial::dial(engine).await?;
            upgrade(&mut connection, id).await.map_err(|error| error.to_string())?;
            Ok(connection)
        });
        let connection = match opened.await {
            Ok(opened) => opened.map_err(failed)?,
            Err(_) => return Err(failed(format!("no answer within {} s", OPENS.as_secs()))),
        };
        let router = Server::builder()
            .add_service(HealthServer::new(Healthy))
            .add_service(SecretsServer::new(Serves(secrets)));
        let incoming = stream::iter([Ok::<_, io::Error>(connection)]);
        let serving = tokio::spawn(async move {
            // It ends with the connection, which ends with the build.
            let _ = router.serve_with_incoming(incoming).await;
        });
        Ok(Self { _serving: AbortOnDropHandle::new(serving) })
    }
}

/// `POST /session`, answered by 101: from then on the engine is the client of this connection.
async fn upgrade(connection: &mut Connection, id: &str) -> io::Result<()> {
    let request = format!(
        "POST /session HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\
         X-Docker-Expose-Session-Uuid: {id}\r\nX-Docker-Expose-Session-Name: exitbar\r\n\
         X-Docker-Expose-Session-Grpc-Method: /grpc.health.v1.Health/Check\r\n\
         X-Docker-Expose-Session-Grpc-Method: /moby.buildkit.secrets.v1.Secrets/GetSecret\r\n\
         Content-Length: 0\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await?;
    connection.flush().await?;
    // Byte by byte: what follows the head belongs to the session.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD_SIZE {
            return Err(io::Error::other("its answer has no end"));
        }
        head.push(connection.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.lines().next().unwrap_or_default();
    if status.split_whitespace().nth(1) == Some("101") {
        return Ok(());
    }
    Err(io::Error::other(format!("it answered `{}`", super::trace::cleaned(status.as_bytes()))))
}

struct Serves(Secrets);

#[tonic::async_trait]
impl SecretsService for Serves {
    async fn get_secret(
        &self,
        request: Request<GetSecretRequest>,
    ) -> Result<Response<GetSecretResponse>, Status> {
        let id = &request.get_ref().id;
        match self.0.0.get(id) {
            Some(secret) => Ok(Response::new(GetSecretResponse { data: secret.clone() })),
            None => Err(Status::not_found(format!("secret {id}: not found"))),
        }
    }
}

/// BuildKit ends a session that is not healthy.
struct Healthy;

#[tonic::async_trait]
impl Health for Healthy {
    type WatchStream = Pending<Result<HealthCheckResponse, Status>>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving as i32 }))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("list"))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("watch"))
    }
}
