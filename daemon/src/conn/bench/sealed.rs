//! For benches: outboxes whose bytes become TLS records that go nowhere.

use std::io::{self, IoSlice};
use std::sync::Arc;

use bytes::Bytes;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use super::EVENT;
use crate::conn::tls::SEND_BYTES_MAX;
use crate::outbox::{Budget, Outbox};

/// Connections after their handshake.
#[derive(Debug)]
pub struct SealedCrowd(Vec<(Outbox, ServerConnection)>);

impl SealedCrowd {
    #[must_use]
    pub fn of(members: usize) -> Self {
        let (server, client) = configs();
        let budget = Budget::new(usize::MAX);
        let member = |_| (Outbox::new(budget.clone()), shake_hands(&server, &client));
        Self((0..members).map(member).collect())
    }

    /// Everybody gets one more event, in a record of its own.
    pub fn tell(&mut self) {
        for (outbox, tls) in &mut self.0 {
            outbox.push(Bytes::from_static(EVENT)).unwrap();
            let mut slices = [IoSlice::new(&[])];
            outbox.gather(&mut slices, SEND_BYTES_MAX);
            let taken = io::Write::write_vectored(&mut tls.writer(), &slices).unwrap();
            while tls.wants_write() {
                tls.write_tls(&mut io::sink()).unwrap();
            }
            outbox.consume(taken);
        }
    }
}

fn shake_hands(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> ServerConnection {
    let name = ServerName::try_from("localhost").unwrap();
    let mut ours = ServerConnection::new(Arc::clone(server)).unwrap();
    let mut theirs = ClientConnection::new(Arc::clone(client), name).unwrap();
    let mut wire = Vec::new();
    while ours.is_handshaking() || theirs.is_handshaking() || ours.wants_write() {
        theirs.write_tls(&mut wire).unwrap();
        ours.read_tls(&mut wire.as_slice()).unwrap();
        ours.process_new_packets().unwrap();
        wire.clear();
        ours.write_tls(&mut wire).unwrap();
        theirs.read_tls(&mut wire.as_slice()).unwrap();
        theirs.process_new_packets().unwrap();
        wire.clear();
    }
    ours
}

fn configs() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = own.cert.der().clone();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}
