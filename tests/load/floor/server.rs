//! The floor's server: one thread, no store, no session, no task or queue between a message
//! and its members. What one pass over the readable sockets brings leaves in one record and
//! one system call for each member. It is to be as fast as tokio and rustls can be.

use std::cell::RefCell;
use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use rustls::crypto::aws_lc_rs::{self, cipher_suite};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{CipherSuite, ServerConfig, SupportedCipherSuite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::member::Member;
use super::{JOIN, SAY};

/// What one read takes: more than a window of messages.
const READ_BYTES: usize = 256 * 1024;

const ROOMS_MAX: usize = 100_000;

/// Everything there is.
struct Hall {
    rooms: RefCell<Vec<Room>>,
    /// Rooms in which something waits to be sent.
    touched: RefCell<Vec<usize>>,
    to_flush: Notify,
    /// Members whose sockets are full.
    blocked: RefCell<Vec<Rc<Member>>>,
    /// One buffer for all reads.
    buf: RefCell<Vec<u8>>,
}

#[derive(Default)]
pub(super) struct Room {
    members: Vec<Rc<Member>>,
    /// Frames that all members are to get.
    pub(super) pending: Vec<u8>,
}

/// Serves until the process that has started this one lets go of its standard input.
pub(crate) fn run() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build_local(LocalOptions::default())?;
    runtime.block_on(serve())
}

async fn serve() -> Result<()> {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    // In one piece: nobody reads on after the certificate.
    let ready = format!("{}\n{}\n", listener.local_addr()?.port(), certified.cert.pem());
    let mut stdout = io::stdout().lock();
    stdout.write_all(ready.as_bytes())?;
    stdout.flush()?;
    let acceptor = TlsAcceptor::from(Arc::new(tls(&certified)?));
    let hall = Rc::new(Hall {
        rooms: RefCell::default(),
        touched: RefCell::default(),
        to_flush: Notify::new(),
        blocked: RefCell::default(),
        buf: RefCell::new(vec![0; READ_BYTES]),
    });
    let mut end = watch_stdin()?;
    let mut tasks = JoinSet::new();
    tasks.spawn_local(flush(Rc::clone(&hall)));
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (socket, _) = accepted?;
                tasks.spawn_local(attend(Rc::clone(&hall), acceptor.clone(), socket));
            }
            // A client that is gone, or that speaks nonsense, is one member less.
            Some(_) = tasks.join_next() => {}
            _ = &mut end => return Ok(()),
        }
    }
}

fn watch_stdin() -> Result<oneshot::Receiver<()>> {
    let (sender, receiver) = oneshot::channel();
    let watch = move || {
        io::stdin().lock().read_to_end(&mut Vec::new()).ok();
        drop(sender);
    };
    thread::Builder::new().name("stdin".into()).spawn(watch)?;
    Ok(receiver)
}

/// AES-128-GCM first: the cheapest that TLS 1.3 has. Without tickets.
fn tls(certified: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Result<ServerConfig> {
    let mut provider = aws_lc_rs::default_provider();
    let is_other =
        |suite: &SupportedCipherSuite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256;
    debug_assert!(!is_other(&cipher_suite::TLS13_AES_128_GCM_SHA256), "it is there");
    provider.cipher_suites.sort_by_key(is_other);
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key.into())?;
    config.ignore_client_order = true;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// One connection, from its handshake to its end.
async fn attend(hall: Rc<Hall>, acceptor: TlsAcceptor, socket: TcpStream) -> Result<()> {
    socket.set_nodelay(true)?;
    let (socket, tls) = acceptor.accept(socket).await?.into_inner();
    let member = Rc::new(Member::new(socket, tls));
    let result = listen(&hall, &member).await;
    for room in hall.rooms.borrow_mut().iter_mut() {
        room.members.retain(|other| !Rc::ptr_eq(other, &member));
    }
    result
}

async fn listen(hall: &Hall, member: &Rc<Member>) -> Result<()> {
    let mut sink = |frame: &[u8]| hall.take(member, frame);
    member.take(&[], &mut sink)?;
    loop {
        member.readable().await?;
        member.read(&mut hall.buf.borrow_mut(), &mut sink)?;
    }
}

/// Runs after all the connections that became readable together.
async fn flush(hall: Rc<Hall>) -> Result<()> {
    loop {
        let blocked = hall.blocked.borrow().first().map(Rc::clone);
        match blocked {
            None => hall.to_flush.notified().await,
            Some(member) => tokio::select! {
                () = hall.to_flush.notified() => {}
                // One that has hung up is found out by its reader.
                _ = member.writable() => hall.push_out(),
            },
        }
        hall.flush();
    }
}

impl Hall {
    fn take(&self, member: &Rc<Member>, frame: &[u8]) -> Result<()> {
        let ([kind, room @ ..], payload) = frame.split_first_chunk::<5>().context("too short")?;
        let number = usize::try_from(u32::from_be_bytes(*room))?;
        ensure!(number < ROOMS_MAX, "too many rooms");
        let mut rooms = self.rooms.borrow_mut();
        if rooms.len() <= number {
            rooms.resize_with(number + 1, Room::default);
        }
        let room = rooms.get_mut(number).context("no room")?;
        match *kind {
            SAY => {
                if room.pending.is_empty() {
                    self.touched.borrow_mut().push(number);
                    self.to_flush.notify_one();
                }
                room.pending.extend(u32::try_from(payload.len())?.to_be_bytes());
                room.pending.extend_from_slice(payload);
            }
            JOIN => {
                room.members.push(Rc::clone(member));
                member.join(number);
            }
            kind => anyhow::bail!("a frame of kind {kind}"),
        }
        Ok(())
    }

    /// A member that cannot be sent to finds out when it reads.
    fn flush(&self) {
        let mut touched = self.touched.borrow_mut();
        let mut rooms = self.rooms.borrow_mut();
        for &number in &*touched {
            let Some(room) = rooms.get(number) else { continue };
            for member in &room.members {
                if let Ok(false) = member.send_pending(&rooms) {
                    self.blocked.borrow_mut().push(Rc::clone(member));
                }
            }
        }
        for &number in &*touched {
            let Some(room) = rooms.get_mut(number) else { continue };
            room.members.iter().for_each(|member| member.end_pass());
            room.pending.clear();
        }
        touched.clear();
    }

    fn push_out(&self) {
        self.blocked.borrow_mut().retain(|member| matches!(member.push_out(), Ok(false)));
    }
}
