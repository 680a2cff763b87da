//! What clients see of us before they say a word: the certificate, its pin, the TLS settings.
//! Reads and makes certificates; opens no socket.

mod identity;
mod own;
#[cfg(test)]
mod tests;
mod validity;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parlor_proto::limits::ALPN;
use rustls::crypto::aws_lc_rs::cipher_suite;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{ServerConfig, SupportedCipherSuite};
use rustls_pki_types::UnixTime;

use self::identity::Identity;
pub(crate) use self::identity::{Pin, Unusable};
use crate::config;

/// One is enough to come back once, and clients that stay need none.
const TICKETS_PER_HANDSHAKE: usize = 1;

/// What we choose from, the first that the client has too. SHA-256 has instructions of its own
/// on most machines and SHA-384 has not, which is a tenth of a handshake; 128 bits are enough.
const SUITES: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// Where certificates come from, and the one that is shown now.
#[derive(Debug)]
pub(super) struct Certificates {
    current: Arc<Current>,
}

/// What changed at a reload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Renewal {
    /// The same certificate as before.
    Same,
    /// Another one; who has pinned the key still trusts it if `same_pin`.
    Renewed { same_pin: bool },
}

#[derive(Debug)]
struct Current(ArcSwap<Identity>);

impl Certificates {
    /// Reads what is configured, or makes what is not.
    pub(super) fn load(tls: &config::Tls, dir: &Path, now: UnixTime) -> Result<Self, Unusable> {
        let identity = load(tls, dir, now)?;
        Ok(Self { current: Arc::new(Current(ArcSwap::from_pointee(identity))) })
    }

    /// The same again. An error leaves the certificate that is in use.
    pub(super) fn reload(
        &self,
        tls: &config::Tls,
        dir: &Path,
        now: UnixTime,
    ) -> Result<Renewal, Unusable> {
        let new = load(tls, dir, now)?;
        let old = self.current.0.load();
        if old.key.cert == new.key.cert {
            return Ok(Renewal::Same);
        }
        let same_pin = old.pin == new.pin;
        self.current.0.store(Arc::new(new));
        Ok(Renewal::Renewed { same_pin })
    }

    pub(super) fn pin(&self) -> Pin {
        self.current.0.load().pin
    }

    /// A sentence for the operator if the certificate needs care soon.
    pub(super) fn warning(&self, now: UnixTime) -> Option<String> {
        self.current.0.load().validity.warning(now)
    }

    /// TLS 1.3 and nothing else, for every handshake; certificates are looked up anew each time.
    pub(super) fn server_config(&self) -> Result<Arc<ServerConfig>, rustls::Error> {
        let current: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(&self.current);
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_cert_resolver(current);
        config.alpn_protocols = vec![ALPN.to_vec()];
        // Sessions live in the tickets, so that nothing is kept for clients that are gone.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        config.send_tls13_tickets = TICKETS_PER_HANDSHAKE;
        config.ignore_client_order = true;
        // Early data can be replayed by whoever sees it.
        config.max_early_data_size = 0;
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().key))
    }
}

/// Reads and checks configured files without making anything: for `--check-config`.
pub(crate) fn check(tls: &config::Tls, now: UnixTime) -> Result<(), Unusable> {
    match (&tls.cert, &tls.key) {
        (Some(certificate), Some(key)) => identity::read(certificate, key, now).map(drop),
        (Some(_) | None, _) => Ok(()),
    }
}

fn load(tls: &config::Tls, dir: &Path, now: UnixTime) -> Result<Identity, Unusable> {
    match (&tls.cert, &tls.key) {
        (Some(certificate), Some(key)) => identity::read(certificate, key, now),
        // Configured together or not at all.
        (Some(_) | None, _) => own::read_or_make(dir, now),
    }
}

/// Passed wherever rustls asks: which one it would choose by itself depends on who else links it.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { cipher_suites: SUITES.to_vec(), ..aws_lc_rs::default_provider() })
}
