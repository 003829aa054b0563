//! Loads an image into an engine from its parts, as `docker load` does (the image tar of
//! `docker save`). So a run needs neither the engine's access to a registry nor its credentials,
//! and what runs has the config digest that it was asked for.

use std::pin::Pin;

use bollard::query_parameters::ImportImageOptionsBuilder;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use super::{Engine, Saved};
use crate::model::{Digest, Reason, ReasonKind, text};

/// A tar is made of blocks of this size.
const BLOCK: usize = 512;

/// How much of the tar waits between its maker and the engine.
const BUFFER: usize = 256 * 1024;

/// Bytes that are read while they are sent.
pub type BlobReader = Pin<Box<dyn AsyncRead + Send>>;

/// A layer to load: gzip or not, as the engine takes both.
pub struct Blob {
    /// The digest of its stored bytes: its name in the tar.
    pub digest: Digest,
    /// The number of its bytes.
    pub size: u64,
    /// The bytes.
    pub reader: BlobReader,
}

impl Engine {
    /// Loads an image under `tag` from its config and layers, lowest first.
    ///
    /// # Errors
    /// When a layer cannot be read, when it is not as long as it was said to be, or what the engine says.
    pub async fn load(&self, tag: &str, config: &[u8], layers: Vec<Blob>) -> Result<(), Reason> {
        let (tar, sink) = tokio::io::duplex(BUFFER);
        let (sender, config, tag_written) = (sink, config.to_vec(), tag.to_owned());
        let writer = tokio::spawn(async move { write(sender, &tag_written, &config, layers).await });
        let stream = tokio_util::io::ReaderStream::with_capacity(tar, BUFFER);
        let loaded = self.load_tar(tag, stream).await;
        let written = writer.await.map_err(|error| Reason::new(ReasonKind::ToolFailed, error.to_string()))?;
        match (written, loaded) {
            // A layer that could not be read is why the engine found the tar broken.
            (Err(why), _) if why.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Reason::new(ReasonKind::Unreadable, format!("loading {tag}: {why}")))
            }
            (_, loaded) => loaded,
        }
    }

    /// Loads what another engine saved.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn load_saved(&self, name: &str, saved: Saved) -> Result<(), Reason> {
        let unreadable = |error: std::io::Error| {
            Reason::new(ReasonKind::Unreadable, format!("loading {name}: the saved image: {error}"))
        };
        let file = tokio::fs::File::from_std(saved.into_file().map_err(unreadable)?);
        self.load_tar(name, tokio_util::io::ReaderStream::with_capacity(file, BUFFER)).await
    }

    async fn load_tar(
        &self,
        tag: &str,
        tar: impl futures_util::Stream<Item = std::io::Result<tokio_util::bytes::Bytes>> + Send + 'static,
    ) -> Result<(), Reason> {
        let options = ImportImageOptionsBuilder::default().quiet(true).build();
        let mut answers = Box::pin(self.client().import_image_stream(options, tar, None));
        let what = format!("load {tag}");
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| self.trouble(&what, &error))?;
            if let Some(message) = answer.error_detail.and_then(|detail| detail.message) {
                return Err(self.reason_of(ReasonKind::ToolFailed, &what, &text::clean_line(&message)));
            }
        }
        Ok(())
    }
}

async fn write(
    mut tar: tokio::io::DuplexStream,
    tag: &str,
    config: &[u8],
    layers: Vec<Blob>,
) -> std::io::Result<()> {
    let config_name = format!("{}.json", Digest::of(config).hex());
    let mut names = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        names.push(format!("{at}-{}.tar", layer.digest.hex()));
    }
    let manifest = serde_json::json!([{ "Config": config_name, "RepoTags": [tag], "Layers": names }]);
    file(&mut tar, "manifest.json", manifest.to_string().as_bytes()).await?;
    file(&mut tar, &config_name, config).await?;
    for (name, mut layer) in names.iter().zip(layers) {
        tar.write_all(&header(name, layer.size)?).await?;
        let mut exactly = (&mut layer.reader).take(layer.size);
        let written = tokio::io::copy(&mut exactly, &mut tar).await?;
        if written != layer.size {
            let text = format!("{} ended after {written} of {} bytes", layer.digest, layer.size);
            return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, text));
        }
        pad(&mut tar, written).await?;
    }
    tar.write_all(&[0; 2 * BLOCK]).await?;
    tar.shutdown().await
}

async fn file(tar: &mut tokio::io::DuplexStream, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    tar.write_all(&header(name, bytes.len() as u64)?).await?;
    tar.write_all(bytes).await?;
    pad(tar, bytes.len() as u64).await
}

async fn pad(tar: &mut tokio::io::DuplexStream, written: u64) -> std::io::Result<()> {
    let over = usize::try_from(written % BLOCK as u64).unwrap_or_default();
    if over == 0 {
        return Ok(());
    }
    tar.write_all(&[0; BLOCK][over..]).await
}

fn header(name: &str, size: u64) -> std::io::Result<[u8; BLOCK]> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    Ok(*header.as_bytes())
}
