//! Certificates: authorities, what they issue, and the timestamps of the certificate log in it.

use std::str::FromStr as _;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sigstore::crypto::sha256;
use x509_cert::certificate::{CertificateInner, TbsCertificateInner, Version};
use x509_cert::der::asn1::{BitString, Ia5String, OctetString, UtcTime, Utf8StringRef};
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode as _, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use super::key::Key;
use super::{Error, Identity, Result};

pub(super) const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// The SCT list in a certificate (RFC 6962, section 3.3).
const SCT_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");

/// How long an authority is valid: from a year before, for signatures of the past, to ten years after.
const AUTHORITY_YEARS: (i64, i64) = (1, 10);
/// How long a signing certificate is valid, as Fulcio's.
pub(super) const LEAF_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// A key with the certificate that says whose it is.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) key: Key,
    pub(super) certificate: CertificateInner,
}

/// What a certificate says.
struct Profile<'a> {
    subject: Name,
    validity: (Timestamp, Timestamp),
    spki: &'a [u8],
    extensions: Vec<Extension>,
}

impl Authority {
    /// The root of the signing certificates.
    pub(super) fn root(name: &str, now: Timestamp) -> Result<Self> {
        Self::make(name, None, authority_extensions(1, None)?, now)
    }

    /// An authority below this one, for signing certificates only.
    pub(super) fn intermediate(&self, name: &str, now: Timestamp) -> Result<Self> {
        Self::make(name, Some(self), authority_extensions(0, Some(CODE_SIGNING))?, now)
    }

    /// The certificate of a timestamp authority (RFC 3161, section 2.3: its one purpose, critical).
    pub(super) fn timestamping(&self, name: &str, now: Timestamp) -> Result<Self> {
        let usage = KeyUsage(KeyUsages::DigitalSignature.into());
        let purpose = ExtendedKeyUsage(vec![TIME_STAMPING]);
        Self::make(name, Some(self), vec![extension(true, &usage)?, extension(true, &purpose)?], now)
    }

    fn make(name: &str, parent: Option<&Self>, extensions: Vec<Extension>, now: Timestamp) -> Result<Self> {
        let key = Key::generate()?;
        let subject = Name::from_str(&format!("CN={name},O=private-sigstore.test"))?;
        let validity = (years(now, -AUTHORITY_YEARS.0)?, years(now, AUTHORITY_YEARS.1)?);
        let profile = Profile { subject: subject.clone(), validity, spki: key.spki(), extensions };
        let (issuer, issuer_key) = parent.map_or((&subject, &key), |parent| (parent.name(), &parent.key));
        let certificate = seal(body(profile, issuer, issuer_key.spki())?, issuer_key)?;
        Ok(Self { key, certificate })
    }

    fn name(&self) -> &Name {
        &self.certificate.tbs_certificate.subject
    }

    pub(super) fn der(&self) -> Result<Vec<u8>> {
        Ok(self.certificate.to_der()?)
    }

    /// Issues a signing certificate as Fulcio does, for ten minutes from `at`: with the timestamp of `log`, the
    /// certificate log, when there is one (RFC 6962, section 3.2: over the certificate without it).
    pub(super) fn issue(
        &self,
        identity: &Identity,
        spki: &[u8],
        at: Timestamp,
        log: Option<&Key>,
    ) -> Result<Vec<u8>> {
        let until = at.checked_add(LEAF_LIFETIME).map_err(|_| Error::Time(at))?;
        let profile = Profile {
            subject: Name::default(),
            validity: (at, until),
            spki,
            extensions: leaf_extensions(identity)?,
        };
        let mut certificate = body(profile, self.name(), self.key.spki())?;
        if let Some(log) = log {
            let list = sct_list(&certificate.to_der()?, self.key.spki(), log, at)?;
            let list = OctetString::new(list)?.to_der()?;
            certificate.extensions.get_or_insert_default().push(raw_extension(SCT_LIST, false, list)?);
        }
        Ok(seal(certificate, &self.key)?.to_der()?)
    }
}

fn authority_extensions(below: u8, purpose: Option<ObjectIdentifier>) -> Result<Vec<Extension>> {
    let constraints = BasicConstraints { ca: true, path_len_constraint: Some(below) };
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    let mut extensions = vec![extension(true, &constraints)?, extension(true, &usage)?];
    if let Some(purpose) = purpose {
        extensions.push(extension(false, &ExtendedKeyUsage(vec![purpose]))?);
    }
    Ok(extensions)
}

/// Fulcio's `docs/certificate-specification.md`. The subject is empty, so its alternative name is critical.
fn leaf_extensions(identity: &Identity) -> Result<Vec<Extension>> {
    let usage: FlagSet<KeyUsages> = KeyUsages::DigitalSignature.into();
    let name = Ia5String::new(&identity.subject())?;
    let name = match identity {
        Identity::Email { .. } => GeneralName::Rfc822Name(name),
        Identity::Workflow(_) => GeneralName::UniformResourceIdentifier(name),
    };
    let mut extensions = vec![
        extension(true, &KeyUsage(usage))?,
        extension(false, &ExtendedKeyUsage(vec![CODE_SIGNING]))?,
        extension(true, &SubjectAltName(vec![name]))?,
    ];
    for (oid, value) in identity.plain_claims() {
        extensions.push(raw_extension(oid, false, value.into_bytes())?);
    }
    for (oid, value) in identity.claims() {
        extensions.push(raw_extension(oid, false, Utf8StringRef::new(&value)?.to_der()?)?);
    }
    Ok(extensions)
}

fn body(profile: Profile<'_>, issuer: &Name, issuer_spki: &[u8]) -> Result<TbsCertificateInner> {
    let (from, until) = profile.validity;
    let mut extensions = profile.extensions;
    extensions
        .push(extension(false, &SubjectKeyIdentifier(OctetString::new(key_identifier(profile.spki))?))?);
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(key_identifier(issuer_spki))?),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    extensions.push(extension(false, &authority)?);
    // The top bit must not be set: a serial number is positive.
    let mut serial = sha256(profile.spki).as_bytes()[..16].to_vec();
    serial[0] = serial[0] & 0x3f | 0x40;
    Ok(TbsCertificateInner {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial)?,
        signature: algorithm(),
        issuer: issuer.clone(),
        validity: Validity { not_before: time(from)?, not_after: time(until)? },
        subject: profile.subject,
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(profile.spki)?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    })
}

fn seal(tbs_certificate: TbsCertificateInner, key: &Key) -> Result<CertificateInner> {
    let signature = BitString::from_bytes(&key.sign(&tbs_certificate.to_der()?)?)?;
    Ok(CertificateInner { tbs_certificate, signature_algorithm: algorithm(), signature })
}

/// A list with one SCT (RFC 6962, sections 3.2 and 3.3; RFC 5246, 4.7 for its signature).
fn sct_list(precertificate: &[u8], issuer_spki: &[u8], log: &Key, at: Timestamp) -> Result<Vec<u8>> {
    let time = u64::try_from(at.as_millisecond()).map_err(|_| Error::Time(at))?.to_be_bytes();
    let length =
        u32::try_from(precertificate.len()).map_err(|_| Error::refused("the certificate is too large"))?;
    let mut signed = vec![0, 0];
    signed.extend(time);
    signed.extend([0, 1]);
    signed.extend(sha256(issuer_spki).as_bytes());
    signed.extend(&length.to_be_bytes()[1..]);
    signed.extend(precertificate);
    signed.extend([0, 0]);
    let mut sct = vec![0];
    sct.extend(log.id());
    sct.extend(time);
    // No extensions; SHA-256, ECDSA.
    sct.extend([0, 0, 4, 3]);
    sct.extend(prefixed(&log.sign(&signed)?)?);
    prefixed(&prefixed(&sct)?)
}

/// Bytes after their length in two bytes.
fn prefixed(bytes: &[u8]) -> Result<Vec<u8>> {
    let length = u16::try_from(bytes.len()).map_err(|_| Error::refused("an SCT is too large"))?;
    Ok([&length.to_be_bytes(), bytes].concat())
}

fn algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None }
}

fn extension<T: Encode + AssociatedOid>(critical: bool, value: &T) -> Result<Extension> {
    raw_extension(T::OID, critical, value.to_der()?)
}

fn raw_extension(extn_id: ObjectIdentifier, critical: bool, value: Vec<u8>) -> Result<Extension> {
    Ok(Extension { extn_id, critical, extn_value: OctetString::new(value)? })
}

/// Twenty bytes of the key's SHA-256 (RFC 7093, section 2, method 1).
fn key_identifier(spki: &[u8]) -> Vec<u8> {
    sha256(spki).as_bytes()[..20].to_vec()
}

fn time(at: Timestamp) -> Result<Time> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| Error::Time(at))?;
    Ok(Time::UtcTime(UtcTime::from_unix_duration(Duration::from_secs(seconds))?))
}

fn years(at: Timestamp, years: i64) -> Result<Timestamp> {
    at.checked_add(SignedDuration::from_hours(years * 365 * 24)).map_err(|_| Error::Time(at))
}
