//! Parts of finished audits: JSON, packed, by the digest of the JSON. What several audits share is kept once.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::model::Digest;

/// A part is unpacked up to this many bytes: a damaged one shall not fill the memory.
const MOST_BYTES: u64 = 1 << 30;

/// Keeps a part, unless it is there and whole.
pub(super) fn keep(connection: &Connection, json: &[u8]) -> rusqlite::Result<Digest> {
    let digest = Digest::of(json);
    if get(connection, &digest)?.is_none() {
        let packed =
            packed(json).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let sql = "INSERT OR REPLACE INTO part (digest, packed) VALUES (?1, ?2)";
        connection.prepare(sql)?.execute(params![digest.as_str(), packed])?;
    }
    Ok(digest)
}

/// The JSON of this digest. It is checked: what does not match is as if absent.
pub(super) fn get(connection: &Connection, digest: &Digest) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT packed FROM part WHERE digest = ?1";
    let row = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
    let packed = connection.prepare(sql)?.query_row([digest.as_str()], row).optional()?;
    let json = packed.and_then(|packed| unpacked(&packed).ok());
    Ok(json.filter(|json| digest.matches(json)))
}

fn packed(json: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json)?;
    encoder.finish()
}

fn unpacked(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut json = Vec::new();
    ZlibDecoder::new(packed).take(MOST_BYTES).read_to_end(&mut json)?;
    Ok(json)
}
