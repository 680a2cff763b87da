//! Which certificates are believed: pins, else a CA file, else the system's roots.
//!
//! The signature of the handshake is verified in every case; a pin only takes the place of
//! names, dates and issuers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore, version};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier as PlatformVerifier;
use sha2::{Digest as _, Sha256};

use self::verifier::{Decider, Verifier};
use super::{Error, ServerUrl};

mod verifier;
mod words;

pub(super) use verifier::untrusted;

/// A key that a server may show: SHA-256 of the certificate's `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Pin(pub [u8; 32]);

const PIN_PREFIX: &str = "sha256:";

impl Pin {
    /// The pin of a certificate, or `None` if it is none.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
        Some(Self(Sha256::digest(certificate.subject_public_key_info()).into()))
    }
}

impl FromStr for Pin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let hex = text.strip_prefix(PIN_PREFIX).unwrap_or_default();
        let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap_or_default();
        bytes.try_into().map(Self).map_err(|_| {
            Error::BadUrl(format!("a pin is sha256: and 64 hexadecimal digits: {text:?}"))
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PIN_PREFIX}{}", HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whom to believe. The first rule that is given decides alone.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trust {
    /// Only a server that shows one of these keys.
    pub pins: Vec<Pin>,
    /// Only certificates that lead to one of this PEM file.
    pub ca: Option<PathBuf>,
    /// Certificates that the system trusts. If this is false and nothing else is given, every
    /// server is [`Error::Untrusted`], which tells its pin.
    pub system_roots: bool,
}

impl Trust {
    /// How to speak TLS 1.3 with `server`. A pin in its URL counts if no other rule is given.
    /// Reads the CA file or the system's roots if they decide, and nothing otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::BadTrust`] if the CA file cannot be used.
    pub fn tls_config(&self, server: &ServerUrl, alpn: &[u8]) -> Result<ClientConfig, Error> {
        let verifier = self.verifier(server.pin)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])
            .map_err(|error| Error::BadTrust(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(config)
    }

    /// The same rules for another TLS than that with our servers. `pin` counts if no other rule
    /// is given.
    ///
    /// # Errors
    ///
    /// As [`Self::tls_config`].
    pub fn verifier(&self, pin: Option<Pin>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let decider = match (self.pins.as_slice(), &self.ca, pin) {
            ([], Some(path), _) => Decider::Chain(webpki_verifier(path, &provider)?),
            ([], None, Some(pin)) => Decider::Pins(vec![pin]),
            ([], None, None) if self.system_roots => {
                match PlatformVerifier::new(provider.clone()) {
                    Ok(verifier) => Decider::Chain(Arc::new(verifier)),
                    // A machine without roots can still ask a person about the pin.
                    Err(error) => Decider::Nobody(error.to_string()),
                }
            }
            ([], None, None) => Decider::Nobody("no server is trusted yet".to_owned()),
            (pins, _, _) => Decider::Pins(pins.to_vec()),
        };
        let algorithms = provider.signature_verification_algorithms;
        Ok(Arc::new(Verifier { decider, algorithms }))
    }
}

type Provider = Arc<rustls::crypto::CryptoProvider>;

fn webpki_verifier(path: &Path, provider: &Provider) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let bad = |why: &dyn fmt::Display| Error::BadTrust(format!("{}: {why}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))? {
        let certificate = certificate.map_err(|error| bad(&error))?;
        roots.add(certificate).map_err(|error| bad(&error))?;
    }
    if roots.is_empty() {
        return Err(bad(&"it holds no certificate"));
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    Ok(verifier.build().map_err(|error| bad(&error))?)
}
