//! The rules of trust as rustls asks for them. A refusal tells the pin, so that a person can
//! be asked. Reads no file.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError};
use rustls::{Error as TlsError, SignatureScheme};

use super::Pin;
use super::words::why_refused;
use crate::client::Error;

/// Who decides about a certificate.
#[derive(Debug)]
pub(super) enum Decider {
    /// No key is believed, for this reason.
    Nobody(String),
    /// The key is one of these.
    Pins(Vec<Pin>),
    /// Names, dates and issuers.
    Chain(Arc<dyn ServerCertVerifier>),
}

#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) decider: Decider,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(presented) = Pin::of(end_entity) else {
            return Err(CertificateError::BadEncoding.into());
        };
        let why = match &self.decider {
            Decider::Pins(pins) if pins.contains(&presented) => {
                return Ok(ServerCertVerified::assertion());
            }
            Decider::Nobody(why) => why.clone(),
            Decider::Pins(_) => "the key is another than the pinned one".to_owned(),
            Decider::Chain(chain) => {
                let verified = chain.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                );
                match verified {
                    Ok(verified) => return Ok(verified),
                    Err(error) => why_refused(&error),
                }
            }
        };
        let refusal = OtherError(Arc::new(Refusal { presented, why }));
        Err(CertificateError::Other(refusal).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate that the rules do not allow, on its way through rustls.
#[derive(Debug)]
struct Refusal {
    presented: Pin,
    why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl StdError for Refusal {}

/// The refusal in a failed handshake, if that is what failed it.
pub(in crate::client) fn untrusted(error: &io::Error) -> Option<Error> {
    let error = error.get_ref()?.downcast_ref::<TlsError>()?;
    let TlsError::InvalidCertificate(CertificateError::Other(OtherError(refusal))) = error else {
        return None;
    };
    let Refusal { presented, why } = refusal.downcast_ref::<Refusal>()?;
    Some(Error::Untrusted { presented: *presented, why: why.clone() })
}
