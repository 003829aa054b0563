//! The timestamp authority (RFC 3161): a request is read, a token in CMS (RFC 5652) is made.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sigstore::crypto::sha256;
use x509_cert::der::asn1::{AnyRef, GeneralizedTime, ObjectIdentifier};
use x509_cert::der::{Encode as _, Reader as _, SliceReader, Tag, Tagged as _};

use super::certificate::{Authority, ECDSA_WITH_SHA256};
use super::der::{CONTEXT_0, OCTET_STRING, SET, integer, oid, sequence, tlv};
use super::{Error, Result};

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// Binds the token to the authority's certificate (RFC 5816); verifiers demand it.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// The policy of Sigstore's timestamp authorities.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.2");

/// An authority that says when something was there.
#[derive(Debug)]
pub(super) struct TimestampAuthority {
    pub(super) root: Authority,
    pub(super) leaf: Authority,
    serial: AtomicU64,
}

/// What is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The SHA-256 of what is to be stamped.
    pub(super) digest: Vec<u8>,
    /// The client's number, as DER; it is repeated in the answer.
    nonce: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { digest: sha256(bytes).as_bytes().to_vec(), nonce: None }
    }

    /// Reads a `TimeStampReq` (RFC 3161, section 2.4.1). Extensions are ignored.
    pub(super) fn read(der: &[u8]) -> Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let request = reader.sequence(|body| {
            let _version: u8 = body.decode()?;
            let (hash, digest) = body.sequence(|imprint| {
                let hash: ObjectIdentifier = imprint.sequence(|algorithm| {
                    let oid = algorithm.decode()?;
                    while !algorithm.is_finished() {
                        let _parameters: AnyRef<'_> = algorithm.decode()?;
                    }
                    Ok(oid)
                })?;
                let digest: AnyRef<'_> = imprint.decode()?;
                Ok((hash, digest.value().to_vec()))
            })?;
            let mut nonce = None;
            while !body.is_finished() {
                let field: AnyRef<'_> = body.decode()?;
                if field.tag() == Tag::Integer {
                    nonce = Some(field.to_der()?);
                }
            }
            Ok((hash, Self { digest, nonce }))
        })?;
        match request {
            (SHA256, request) if request.digest.len() == 32 => Ok(request),
            (hash, _) => Err(Error::refused(format!("only SHA-256 is stamped here, not {hash}"))),
        }
    }
}

impl TimestampAuthority {
    pub(super) fn new(now: Timestamp) -> Result<Self> {
        let root = Authority::root("private-sigstore-tsa-root", now)?;
        let leaf = root.timestamping("private-sigstore-tsa", now)?;
        Ok(Self { root, leaf, serial: AtomicU64::new(1) })
    }

    /// A `TimeStampResp` (RFC 3161, section 2.4.2) that says `at`.
    pub(super) fn stamp(&self, request: &Request, at: Timestamp) -> Result<Vec<u8>> {
        let info = self.info(request, at)?;
        let certificate = self.leaf.der()?;
        let signer = self.signer_info(&info, &certificate)?;
        let algorithm = sequence(&[&oid(SHA256)?]);
        let content = sequence(&[&oid(TST_INFO)?, &tlv(CONTEXT_0, &tlv(OCTET_STRING, &info))]);
        let signed = sequence(&[
            &integer(3),
            &tlv(SET, &algorithm),
            &content,
            &tlv(CONTEXT_0, &certificate),
            &tlv(SET, &signer),
        ]);
        let token = sequence(&[&oid(SIGNED_DATA)?, &tlv(CONTEXT_0, &signed)]);
        let granted = sequence(&[&integer(0)]);
        Ok(sequence(&[&granted, &token]))
    }

    /// The `TSTInfo`.
    fn info(&self, request: &Request, at: Timestamp) -> Result<Vec<u8>> {
        let seconds = u64::try_from(at.as_second()).map_err(|_| Error::Time(at))?;
        let time = GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))?.to_der()?;
        let algorithm = sequence(&[&oid(SHA256)?]);
        let imprint = sequence(&[&algorithm, &tlv(OCTET_STRING, &request.digest)]);
        let serial = integer(self.serial.fetch_add(1, Ordering::Relaxed));
        let nonce = request.nonce.as_deref().unwrap_or_default();
        Ok(sequence(&[&integer(1), &oid(POLICY)?, &imprint, &serial, &time, nonce]))
    }

    /// The `SignerInfo` (RFC 5652, section 5.3): the signature covers the attributes, they cover the rest.
    fn signer_info(&self, info: &[u8], certificate: &[u8]) -> Result<Vec<u8>> {
        let digest = sha256(certificate);
        let certificate_id = sequence(&[&tlv(OCTET_STRING, digest.as_bytes())]);
        let mut attributes = [
            attribute(CONTENT_TYPE, &oid(TST_INFO)?)?,
            attribute(MESSAGE_DIGEST, &tlv(OCTET_STRING, sha256(info).as_bytes()))?,
            attribute(SIGNING_CERTIFICATE_V2, &sequence(&[&sequence(&[&certificate_id])]))?,
        ];
        // DER orders the elements of a set.
        attributes.sort();
        let attributes = attributes.concat();
        let signature = self.leaf.key.sign(&tlv(SET, &attributes))?;
        let tbs = &self.leaf.certificate.tbs_certificate;
        let issuer = sequence(&[&tbs.issuer.to_der()?, &tbs.serial_number.to_der()?]);
        Ok(sequence(&[
            &integer(1),
            &issuer,
            &sequence(&[&oid(SHA256)?]),
            &tlv(CONTEXT_0, &attributes),
            &sequence(&[&oid(ECDSA_WITH_SHA256)?]),
            &tlv(OCTET_STRING, &signature),
        ]))
    }
}

fn attribute(name: ObjectIdentifier, value: &[u8]) -> Result<Vec<u8>> {
    Ok(sequence(&[&oid(name)?, &tlv(SET, value)]))
}
