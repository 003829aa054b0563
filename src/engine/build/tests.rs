//! Tests of what needs no engine.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use bollard::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::context::Context;
use super::session::Secrets;
use super::trace::Trace;
use super::{BuildEvent, BuildSpec};
use crate::engine::{Engine, Kind};
use crate::model::{BuildSecret, Platform};

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

async fn archive(folder: &Path, dockerfile: &Path) -> (String, Vec<u8>) {
    let context = Context::open(folder, dockerfile, Some(1)).unwrap();
    let dockerfile = context.dockerfile().to_owned();
    let chunks: Vec<_> = context.stream().try_collect().await.unwrap();
    (dockerfile, chunks.concat())
}

fn names(archive: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(archive);
    let name = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        entry.unwrap().path().unwrap().to_string_lossy().into_owned()
    };
    archive.entries().unwrap().map(name).collect()
}

#[tokio::test]
async fn the_same_files_give_the_same_bytes_in_the_order_of_their_names() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (folder, files) in
        [(&one, ["Dockerfile", "b/2", "b/1", "a"]), (&other, ["a", "b/1", "b/2", "Dockerfile"])]
    {
        for name in files {
            write(folder.path(), name, name);
        }
    }
    let (_, first) = archive(one.path(), &one.path().join("Dockerfile")).await;
    let (_, second) = archive(other.path(), &other.path().join("Dockerfile")).await;
    assert_eq!(names(&first), ["Dockerfile", "a", "b/", "b/1", "b/2"]);
    assert!(first == second);
}

#[tokio::test]
async fn a_dockerfile_that_is_ignored_is_still_built_from() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Dockerfile", "FROM scratch\n");
    write(folder.path(), ".dockerignore", "Dockerfile\n.dockerignore\n");
    let (dockerfile, archive) = archive(folder.path(), &folder.path().join("Dockerfile")).await;
    assert!(dockerfile.starts_with(".dockerfile."), "{dockerfile}");
    assert_eq!(names(&archive), [dockerfile]);
}

#[tokio::test]
async fn a_large_file_waits_for_who_takes_it_and_stops_when_nobody_does() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Dockerfile", "FROM scratch\n");
    let mut large = std::fs::File::create(folder.path().join("large")).unwrap();
    large.write_all(&vec![7; 64 << 20]).unwrap();
    let context = Context::open(folder.path(), &folder.path().join("Dockerfile"), None).unwrap();
    let mut stream = Box::pin(context.stream());
    assert!(stream.next().await.unwrap().is_ok());
    // Who reads must not hold the runtime's end up: the test would hang here.
    drop(stream);
}

#[tokio::test]
async fn a_folder_that_is_missing_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Dockerfile", "FROM scratch\n");
    let dockerfile = folder.path().join("Dockerfile");
    let error = Context::open(&dockerfile, &dockerfile, None).unwrap_err().to_string();
    assert!(error.contains("is no folder; set `build.context`"), "{error}");
    let error = Context::open(folder.path(), &folder.path().join("No"), None).unwrap_err().to_string();
    assert!(error.contains("No: No such file"), "{error}");
}

fn vertex(digest: &str, name: &str) -> Vertex {
    Vertex { digest: digest.to_owned(), name: name.to_owned(), ..Vertex::default() }
}

/// The same step, begun at one second and done at another with milliseconds.
fn timed(mut vertex: Vertex, started: Option<i64>, completed: Option<(i64, i32)>) -> Vertex {
    if let Some(seconds) = started {
        vertex.started.get_or_insert_default().seconds = seconds;
    }
    if let Some((seconds, millis)) = completed {
        let completed = vertex.completed.get_or_insert_default();
        (completed.seconds, completed.nanos) = (seconds, millis * 1_000_000);
    }
    vertex
}

fn log(digest: &str, text: &str) -> VertexLog {
    VertexLog { vertex: digest.to_owned(), msg: text.as_bytes().to_vec(), ..VertexLog::default() }
}

#[test]
fn a_trace_becomes_steps_lines_and_progress() {
    let mut trace = Trace::new(Secrets::default());
    let mut events = trace.apply(&StatusResponse {
        vertexes: vec![
            timed(vertex("a", "[1/2] RUN make"), Some(10), None),
            vertex("b", "[2/2] RUN make install"),
        ],
        logs: vec![log("a", "10 %\r\u{1b}[32m100 %\u{1b}[0m\nhalf a li"), log("stranger", "nobody's\n")],
        ..StatusResponse::default()
    });
    events.extend(trace.apply(&StatusResponse {
        vertexes: vec![
            timed(vertex("a", "[1/2] RUN make"), Some(10), Some((12, 500))),
            timed(Vertex { cached: true, ..vertex("b", "[2/2] RUN make install") }, None, Some((12, 0))),
        ],
        logs: vec![log("a", "ne")],
        ..StatusResponse::default()
    }));
    insta::assert_debug_snapshot!(events);
}

#[test]
fn what_failed_first_is_the_failure_and_its_secrets_are_hidden() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2\n").unwrap();
    let place = BuildSecret::File(file.path().to_owned());
    let mut trace = Trace::new(Secrets::read(&BTreeMap::from([("token".to_owned(), place)])).unwrap());
    let failed = |digest: &str, name: &str, error: &str| {
        timed(Vertex { error: error.to_owned(), ..vertex(digest, name) }, Some(1), Some((2, 0)))
    };
    let events = trace.apply(&StatusResponse {
        vertexes: vec![
            failed("b", "[2/2] RUN b", "process \"login hunter2\": exit code: 7"),
            failed("c", "[other 1/1] RUN c", "context canceled"),
        ],
        logs: vec![log("b", "one\nwith hunter2\nno end")],
        ..StatusResponse::default()
    });
    let (step, lines, error) = trace.failure().unwrap();
    assert_eq!((step, error), ("[2/2] RUN b", "process \"login ***\": exit code: 7"));
    assert_eq!(lines, ["one", "with ***", "no end"]);
    assert!(!format!("{events:?}").contains("hunter2"));
}

#[test]
fn a_flood_of_output_is_kept_in_bounds() {
    let mut trace = Trace::new(Secrets::default());
    let started = timed(vertex("a", "[1/1] RUN yes"), Some(1), None);
    trace.apply(&StatusResponse { vertexes: vec![started], ..StatusResponse::default() });
    for _ in 0..1_000 {
        let logs = vec![log("a", &"y".repeat(1_000)), log("a", "\nline\n")];
        trace.apply(&StatusResponse { logs, ..StatusResponse::default() });
    }
    let failed = Vertex { error: "exit code: 1".to_owned(), ..vertex("a", "[1/1] RUN yes") };
    let failed = timed(failed, None, Some((2, 0)));
    trace.apply(&StatusResponse { vertexes: vec![failed], ..StatusResponse::default() });
    assert_eq!(trace.failure().unwrap().1.len(), 20);
}

/// An engine that answers every request with `answer` and closes the connection.
async fn engine(answer: &'static str) -> Engine {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Engine {
        docker: bollard::Docker::connect_with_http(&address, 5, bollard::API_DEFAULT_VERSION).unwrap(),
        address,
        version: "20.10.24".to_owned(),
        platform: Platform::new("linux", "amd64", None),
        kind: Kind::Docker,
        tls: None,
        reaper: std::sync::Arc::default(),
        temporaries: std::sync::Arc::default(),
    }
}

fn spec(folder: &Path) -> BuildSpec {
    write(folder, "Dockerfile", "FROM scratch\n");
    BuildSpec {
        platform: Platform::new("linux", "amd64", None),
        name: "app:0.2.0-linux-amd64".to_owned(),
        context: folder.to_owned(),
        dockerfile: folder.join("Dockerfile"),
        target: None,
        args: BTreeMap::new(),
        labels: BTreeMap::new(),
        secrets: BTreeMap::new(),
        cache_from: Vec::new(),
        no_cache: false,
        source_date_epoch: None,
    }
}

async fn failure(answer: &'static str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut events: Vec<BuildEvent> = Vec::new();
    let built = engine(answer).await.build(&spec(folder.path()), |event| events.push(event)).await;
    built.unwrap_err().to_string()
}

#[tokio::test]
async fn an_engine_that_goes_away_in_mid_build_is_said() {
    for cut_off in [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n{\"stream\":\"under way\\n\"}\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"stream\":\"under way\\n\"}\n",
        "",
    ] {
        let said = failure(cut_off).await;
        assert!(said.contains("broke off the build of app:0.2.0-linux-amd64"), "{said}");
        assert!(said.contains("see that the engine runs"), "{said}");
    }
}

#[tokio::test]
async fn a_full_disk_of_the_engine_is_said_with_what_to_do() {
    let said = failure(concat!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
        "{\"errorDetail\":{\"message\":\"write /var/lib/docker/x: no space left on device\"},",
        "\"error\":\"write /var/lib/docker/x: no space left on device\"}\n"
    ))
    .await;
    assert!(said.contains("no space left on device; the engine's disk is full"), "{said}");
}

#[tokio::test]
async fn podman_is_refused_with_what_to_do_instead() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine("").await;
    engine.kind = Kind::Podman;
    let said = engine.build(&spec(folder.path()), |_| ()).await.unwrap_err().to_string();
    assert!(said.contains("has no BuildKit; build with Docker Engine"), "{said}");
}
