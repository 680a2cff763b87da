//! The TLS of deliveries: also in version 1.2, as some of those who are delivered to speak no newer
//! one. Our own doors and the way to the daemon know 1.3 only.

use std::path::Path;
use std::sync::Arc;

use parlor_proto::client::Trust;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};

/// What is spoken after it.
const HTTP: &[u8] = b"http/1.1";

/// Believes what leads to an authority of this file, or to one that the system trusts.
pub(super) fn config(ca: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let trust = Trust { ca: ca.map(Path::to_owned), system_roots: true, ..Trust::default() };
    let verifier = trust.verifier(None).map_err(|error| format!("hooks-ca: {error}"))?;
    let mut config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(Arc::new(config))
}
