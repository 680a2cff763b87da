//! The floor: a TLS server that does nothing but broadcast, the limit to compare with. Here
//! are its process and what is said to it; the server itself is in `floor/server.rs`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};

use crate::swarm::Entrance;

mod member;
pub(crate) mod server;

/// How this program is told to be the floor.
pub(crate) const COMMAND: &str = "floor-server";

/// `u8` that says what a frame to the floor is, then the room as a big-endian `u32`.
const JOIN: u8 = b'J';
/// The rest of the frame is a frame for all members.
const SAY: u8 = b'S';

/// A process of its own. It ends when this is dropped, or when we end.
pub(crate) struct Floor {
    child: Child,
    pub(crate) entrance: Entrance,
}

impl Floor {
    /// Returns when it serves.
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        let mut ready = String::new();
        stdout.read_line(&mut ready)?;
        let port = ready.trim().parse().context("the floor has ended instead of serving")?;
        let certificate = CertificateDer::from_pem_reader(&mut stdout)?;
        let entrance = Entrance::of_floor(port, tls(certificate)?)?;
        Ok(Self { child, entrance })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to be done about anything else.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn tls(certificate: CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let mut config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// A frame that joins a room. It is answered by an empty one.
pub(crate) fn join(room: u32) -> Vec<u8> {
    let mut frames = Vec::new();
    frame(JOIN, room, &[], &mut frames);
    frames
}

/// Adds a frame that sends `payload` to all members of a room, in a frame.
pub(crate) fn say(room: u32, payload: &[u8], frames: &mut Vec<u8>) {
    frame(SAY, room, payload, frames);
}

fn frame(kind: u8, room: u32, payload: &[u8], frames: &mut Vec<u8>) {
    let len = u32::try_from(5 + payload.len()).unwrap_or(u32::MAX);
    frames.extend(len.to_be_bytes());
    frames.push(kind);
    frames.extend(room.to_be_bytes());
    frames.extend_from_slice(payload);
}
