//! The bridge's own certificate. It is replaced while connections use the old one.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{ServerConfig, SupportedCipherSuite};
use tokio_rustls::TlsAcceptor;
use webpki::{EndEntityCert, KeyUsage};
use zeroize::Zeroizing;

/// What we choose from, the first that the client has too: the order of the daemon.
const SUITES: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// One is enough to come back once.
const TICKETS_PER_HANDSHAKE: usize = 1;

/// More than any chain has; a wrong path may name anything.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The bits that let everybody read, write or execute.
const WORLD: u32 = 0o007;

/// Where the certificate and its key are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Files {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// The certificate in use.
pub(crate) struct Certificate {
    config: Mutex<Arc<ServerConfig>>,
}

impl Certificate {
    pub(crate) fn load(files: &Files) -> Result<Self, String> {
        Ok(Self { config: Mutex::new(read(files)?) })
    }

    /// Takes another. If it cannot be used, what is in use stays.
    pub(crate) fn reload(&self, files: &Files) -> Result<(), String> {
        let config = read(files)?;
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&config))
    }
}

fn read(Files { cert, key }: &Files) -> Result<Arc<ServerConfig>, String> {
    let chain = read_chain(cert).map_err(|why| format!("certificate {}: {why}", cert.display()))?;
    let private = read_key(key).map_err(|why| format!("key {}: {why}", key.display()))?;
    let provider =
        CryptoProvider { cipher_suites: SUITES.to_vec(), ..aws_lc_rs::default_provider() };
    let mut config = ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| {
            format!("certificate {} with key {}: {error}", cert.display(), key.display())
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ignore_client_order = true;
    // Sessions live in the tickets, so that nothing is kept for clients that are gone.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(|error| error.to_string())?;
    config.send_tls13_tickets = TICKETS_PER_HANDSHAKE;
    Ok(Arc::new(config))
}

/// A chain whose first certificate holds now.
fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read_file(File::open(path)).map_err(|error| error.to_string())?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("not a certificate in PEM: {error}"))?;
    let leaf = chain.first().ok_or("holds no certificate in PEM")?;
    let leaf = EndEntityCert::try_from(leaf).map_err(|error| format!("not usable: {error}"))?;
    // Nobody vouches for anything here: whether it holds is looked at before who has signed it.
    let usage = KeyUsage::server_auth();
    match leaf.verify_for_usage(&[], &[], &[], UnixTime::now(), usage, None, None) {
        Err(webpki::Error::CertExpired { .. }) => Err("has expired".to_owned()),
        Ok(_) | Err(_) => Ok(chain),
    }
}

/// A key that not everybody can reach.
fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & WORLD != 0 {
        return Err(format!("everybody can reach it: mode {mode:04o}, want 0600"));
    }
    let text = read_file(Ok(file)).map_err(|error| error.to_string())?;
    PrivateKeyDer::from_pem_slice(&text)
        .map_err(|error| format!("not a private key in PEM: {error}"))
}

fn read_file(file: io::Result<File>) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    file?.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
    Ok(text)
}
