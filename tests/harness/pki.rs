//! Throw-away certificates, and a client's side of TLS that trusts whatever it meets: what a
//! tester wants and nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme, SupportedProtocolVersion};

/// A certificate and its key, in files.
#[derive(Debug)]
pub struct Certificate {
    /// PEM, the certificate.
    pub chain: PathBuf,
    /// PEM, the key.
    pub key: PathBuf,
    /// What a client sees of it.
    pub der: CertificateDer<'static>,
}

impl Certificate {
    /// A new key and a certificate for `localhost` and 127.0.0.1 that it signs itself.
    #[must_use]
    pub fn write(folder: &Path, name: &str) -> Self {
        Self::write_until(folder, name, 2096)
    }

    /// The same, valid until the beginning of a year.
    #[must_use]
    pub fn write_until(folder: &Path, name: &str, year: i32) -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let chain_file = folder.join(format!("{name}.pem"));
        let key_file = folder.join(format!("{name}.key"));
        fs::write(&chain_file, certificate.pem()).unwrap();
        fs::write(&key_file, key.serialize_pem()).unwrap();
        // Nobody takes a key that everybody can read.
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
        Self { chain: chain_file, key: key_file, der: certificate.der().clone() }
    }
}

/// A client's TLS that takes any certificate, in these versions, with this ALPN.
#[must_use]
pub fn tls_config(
    versions: &[&'static SupportedProtocolVersion],
    alpn: Option<&[u8]>,
) -> Arc<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    config.alpn_protocols = alpn.into_iter().map(<[u8]>::to_vec).collect();
    Arc::new(config)
}

/// Believes every certificate.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
