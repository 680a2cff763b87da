//! A certificate of our own, for whoever has none: made at the first start, renewed in time.
//! The key stays the same for good, because that is what clients pin.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};
use rustls_pki_types::UnixTime;

use super::identity::{Identity, Unusable, read_at_any_time, read_key, unusable};

/// In the data folder.
const CERTIFICATE_FILE: &str = "tls-cert.pem";
/// See [`CERTIFICATE_FILE`].
const KEY_FILE: &str = "tls-key.pem";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Some platforms refuse certificates that hold longer than 825 days.
const LIFE: Duration = DAY.saturating_mul(365);

/// A daemon that is looked after is started more often than once a month.
const RENEW_BEFORE: Duration = DAY.saturating_mul(30);

/// Clocks differ.
const BACKDATED: Duration = DAY;

pub(super) fn read_or_make(dir: &Path, now: UnixTime) -> Result<Identity, Unusable> {
    let (certificate, key) = (dir.join(CERTIFICATE_FILE), dir.join(KEY_FILE));
    match (certificate.exists(), key.exists()) {
        (false, false) => make_key(&key)?,
        (true, false) => {
            let reason = format!(
                "is gone; put it back, or remove {} too: then a new pair is made, and clients \
                 that have pinned the old key must be told",
                certificate.display()
            );
            return Err(unusable(&key, reason));
        }
        (false | true, true) => {}
    }
    if let Ok(identity) = read_at_any_time(&certificate, &key)
        && !identity.validity.ends_within(RENEW_BEFORE, now)
    {
        return Ok(identity);
    }
    make_certificate(&certificate, &key, now)?;
    read_at_any_time(&certificate, &key)
}

fn make_key(path: &Path) -> Result<(), Unusable> {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .map_err(|error| unusable(path, error.to_string()))?;
    let pem = zeroize::Zeroizing::new(pair.serialize_pem());
    write(path, pem.as_bytes(), 0o600)
}

fn make_certificate(path: &Path, key: &Path, now: UnixTime) -> Result<(), Unusable> {
    let not_made = |error: rcgen::Error| unusable(path, error.to_string());
    let pair = KeyPair::try_from(&read_key(key)?)
        .map_err(|error| unusable(key, format!("not usable: {error}")))?;
    let mut params = CertificateParams::new(names()).map_err(not_made)?;
    params.distinguished_name.push(DnType::CommonName, "parlord");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = date_time_ymd(1970, 1, 1) + Duration::from_secs(now.as_secs());
    params.not_before = now - BACKDATED;
    params.not_after = now + LIFE;
    let certificate = params.self_signed(&pair).map_err(not_made)?;
    write(path, certificate.pem().as_bytes(), 0o644)
}

/// What clients may call us. A pin makes all of them equal; these are for those who add the
/// certificate to their system.
fn names() -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    let host = crate::server::host_name();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if !host.is_empty() && host.chars().all(plain) && !names.contains(&host) {
        names.push(host);
    }
    names
}

/// Whole or not at all, also when the power fails.
fn write(path: &Path, contents: &[u8], mode: u32) -> Result<(), Unusable> {
    let write = || -> io::Result<()> {
        let new = path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
        // Also if the file was there before, or the umask is strange.
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        let dir = path.parent().unwrap_or_else(|| Path::new("."));
        fs::File::open(dir)?.sync_all()
    };
    write().map_err(|error| unusable(path, format!("cannot be written: {error}")))
}
