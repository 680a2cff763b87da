//! A certificate chain and its key, from two files, checked as far as that can be done without
//! asking anybody.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use sha2::{Digest as _, Sha256};
use webpki::EndEntityCert;

use super::provider;
use super::validity::{Validity, date};

/// More than any chain has; a wrong path may name anything.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The bits that let everybody read, write or execute.
const WORLD: u32 = 0o007;

/// A certificate file that cannot be used, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub(crate) struct Unusable {
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
}

/// What a key is known by: the SHA-256 of its SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pin([u8; 32]);

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
impl From<[u8; 32]> for Pin {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

/// Who we are to clients.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) pin: Pin,
    pub(super) validity: Validity,
}

/// Reads a pair that could be used now.
pub(super) fn read(certificate: &Path, key: &Path, now: UnixTime) -> Result<Identity, Unusable> {
    let identity = read_at_any_time(certificate, key)?;
    if identity.validity.has_ended(now) {
        let end = date(identity.validity.not_after);
        return Err(unusable(certificate, format!("certificate has expired: {end}")));
    }
    Ok(identity)
}

/// Reads a pair that belongs together, expired or not.
pub(super) fn read_at_any_time(certificate: &Path, key: &Path) -> Result<Identity, Unusable> {
    let chain = read_chain(certificate)?;
    let private = read_key(key)?;
    let Some(leaf) = chain.first() else {
        return Err(unusable(certificate, "holds no certificate"));
    };
    let broken = |error: webpki::Error| unusable(certificate, format!("not usable: {error}"));
    let validity = Validity::of(leaf).map_err(broken)?;
    let spki = EndEntityCert::try_from(leaf).map_err(broken)?.subject_public_key_info();
    let pin = Pin(Sha256::digest(&spki).into());
    let certified = CertifiedKey::from_der(chain, private, &provider()).map_err(|error| {
        if error == Error::InconsistentKeys(InconsistentKeys::KeyMismatch) {
            unusable(key, format!("is not the key of {}", certificate.display()))
        } else {
            unusable(key, format!("not usable: {error}"))
        }
    })?;
    Ok(Identity { key: Arc::new(certified), pin, validity })
}

pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Unusable> {
    let file = File::open(path).map_err(|error| unusable(path, error.to_string()))?;
    let metadata = file.metadata().map_err(|error| unusable(path, error.to_string()))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & WORLD != 0 {
        let reason = format!("a private key that everybody can reach: mode {mode:04o}, want 0600");
        return Err(unusable(path, reason));
    }
    let mut text = zeroize::Zeroizing::new(Vec::new());
    file.take(FILE_BYTES_MAX)
        .read_to_end(&mut text)
        .map_err(|error| unusable(path, error.to_string()))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        if matches!(error, pem::Error::NoItemsFound) {
            unusable(path, "holds no private key in PEM")
        } else {
            unusable(path, format!("not a private key in PEM: {error}"))
        }
    })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let metadata = fs::metadata(path).map_err(|error| unusable(path, error.to_string()))?;
    if metadata.len() > FILE_BYTES_MAX {
        return Err(unusable(path, format!("too large for a certificate: {}", metadata.len())));
    }
    let text = fs::read(path).map_err(|error| unusable(path, error.to_string()))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(path, format!("not a certificate in PEM: {error}")))?;
    if chain.is_empty() {
        return Err(unusable(path, "holds no certificate in PEM"));
    }
    Ok(chain)
}

pub(super) fn unusable(path: &Path, reason: impl Into<String>) -> Unusable {
    Unusable { path: path.to_owned(), reason: reason.into() }
}
