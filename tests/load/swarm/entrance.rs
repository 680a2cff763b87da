//! From an address to a connection that can speak: the TLS handshake or the WebSocket's, then
//! the sign-in. Waits for each step: nothing is measured meanwhile, or just this is.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use parlor_proto::client::Transport;
use parlor_proto::frame::encode_frame;
use parlor_proto::limits::SUBPROTOCOL;
use parlor_proto::v1::{self, ServerFrame, client_frame, server_frame};
use prost::Message as _;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use socket2::{Domain, Protocol, Socket, Type};

use super::peer::{Peer, Wire};
use super::web::Messages;
use crate::crowd::Person;
use crate::link::{Heads, Target, hello, refusal, sign_in};

/// A server that says nothing for so long says nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the kernel holds of what a client does not read, about: left to itself it takes tens of
/// megabytes for one that has read well so far, and a reader that stalls for a minute is none.
const RECEIVED_BYTES: usize = 128 * 1024;

/// Connections to one port from one loopback address: a machine has 28,000 ports for them.
const PORTS_PER_ADDRESS: usize = 20_000;

const UPGRADE_BYTES_MAX: usize = 4096;

/// A step of the sign-in: frames are a few hundred bytes.
const READ_BYTES: usize = 16 * 1024;

/// Where to come in.
#[derive(Clone)]
pub(crate) struct Entrance {
    address: SocketAddr,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Tls(ServerName<'static>, Arc<ClientConfig>),
    /// The request that asks for it.
    Web(String),
}

/// What is said after the handshake.
pub(crate) enum Greeting<'a> {
    /// To a Parlor server: the token of somebody.
    Token(&'a Person),
    /// To the floor: rooms to join.
    Rooms(&'a [u32]),
}

impl Entrance {
    pub(crate) fn of(target: &Target) -> Result<Self> {
        let url = &target.url;
        let mut addresses = url.authority().to_socket_addrs()?;
        let way = if url.transport == Transport::Tcp {
            Way::Tls(ServerName::try_from(url.host.clone())?, Arc::clone(&target.tls))
        } else {
            Way::Web(format!(
                "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2V2ZW4gcXVpZXQgaGVybw==\r\n\
                 Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n",
                url.path,
                url.authority(),
            ))
        };
        Ok(Self { address: addresses.next().context("no address")?, way })
    }

    pub(crate) fn of_floor(port: u16, tls: Arc<ClientConfig>) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { address, way: Way::Tls(ServerName::try_from("localhost")?, tls) })
    }

    /// Comes in as the connection of this number.
    pub(crate) fn come(&self, number: usize, greeting: &Greeting<'_>) -> Result<(Peer, Heads)> {
        let mut peer = self.open(number)?;
        let heads = match greeting {
            Greeting::Token(person) => resume(&mut peer, person)?,
            Greeting::Rooms(rooms) => join(&mut peer, rooms)?,
        };
        Ok((peer, heads))
    }

    /// Comes in by password, and says what the answer was: nothing, or the reason of a refusal.
    pub(crate) fn knock(&self, user_name: String, password: &str) -> Result<Option<String>> {
        let mut peer = self.open(0)?;
        let login =
            v1::LoginRequest { user_name, password: password.into(), sign_in: Some(sign_in()) };
        let (_, mut flight) = request(&mut peer, hello());
        let (asked, frame) = request(&mut peer, client_frame::Body::Login(login));
        flight.extend(frame);
        peer.write(&flight)?;
        let mut reason = None;
        hear_until(&mut peer, |frame| {
            if frame.request_id != asked {
                return Ok(false);
            }
            match frame.body.context("an empty answer")? {
                server_frame::Body::Error(error) => reason = Some(error.reason),
                server_frame::Body::Auth(_) => {}
                other => return Err(refusal(other)),
            }
            Ok(true)
        })?;
        Ok(reason)
    }

    fn open(&self, number: usize) -> Result<Peer> {
        let mut socket = self.connect(number)?;
        let wire = match &self.way {
            Way::Tls(name, config) => {
                let mut tls = ClientConnection::new(Arc::clone(config), name.clone())?;
                while tls.is_handshaking() {
                    tls.complete_io(&mut socket)?;
                }
                tls.set_buffer_limit(None);
                Wire::Tls(Box::new(tls))
            }
            Way::Web(request) => {
                upgrade(&mut socket, request)?;
                Wire::Web { messages: Messages::default(), unsent: Vec::new() }
            }
        };
        Ok(Peer::new(socket, wire))
    }

    fn connect(&self, number: usize) -> Result<TcpStream> {
        let socket =
            Socket::new(Domain::for_address(self.address), Type::STREAM, Some(Protocol::TCP))?;
        if self.address.ip() == Ipv4Addr::LOCALHOST && number >= PORTS_PER_ADDRESS {
            let host = u8::try_from(1 + number / PORTS_PER_ADDRESS)?;
            socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0)).into())?;
        }
        socket.set_recv_buffer_size(RECEIVED_BYTES)?;
        socket.connect_timeout(&self.address.into(), PATIENCE)?;
        socket.set_tcp_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket.into())
    }
}

/// Reads the answer byte by byte, so that nothing after it is taken.
fn upgrade(socket: &mut TcpStream, request: &str) -> Result<()> {
    socket.write_all(request.as_bytes())?;
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(b"\r\n\r\n") {
        ensure!(answer.len() < UPGRADE_BYTES_MAX, "an endless answer to the upgrade");
        socket.read_exact(&mut byte)?;
        answer.extend(byte);
    }
    let answer = String::from_utf8_lossy(&answer);
    ensure!(answer.starts_with("HTTP/1.1 101 "), "no upgrade: {answer}");
    Ok(())
}

/// Hello and sign-in in one flight, then Sync. Gives the heads of the rooms.
fn resume(peer: &mut Peer, person: &Person) -> Result<Heads> {
    let resume = v1::ResumeRequest { token: person.token.clone(), sign_in: Some(sign_in()) };
    let (_, mut flight) = request(peer, hello());
    let (resumed, frame) = request(peer, client_frame::Body::Resume(resume));
    flight.extend(frame);
    peer.write(&flight)?;
    let mut epoch = 0;
    hear_until(peer, |frame| match frame.body.context("an empty frame")? {
        server_frame::Body::Hello(hello) => {
            epoch = hello.epoch;
            Ok(false)
        }
        server_frame::Body::Auth(_) => Ok(frame.request_id == resumed),
        other => Err(refusal(other)),
    })?;

    let sync = v1::SyncRequest { epoch, ..Default::default() };
    let (synced, frame) = request(peer, client_frame::Body::Sync(sync));
    peer.write(&frame)?;
    let mut heads = Heads::new();
    hear_until(peer, |frame| match frame.body.context("an empty frame")? {
        server_frame::Body::Sync(part) if frame.request_id == synced => {
            let states = part.rooms.into_iter();
            heads.extend(
                states.map(|state| (state.room.unwrap_or_default().room_id, state.head_seq)),
            );
            Ok(!part.more)
        }
        server_frame::Body::RoomEvent(event) => bail!("event {} before Sync", event.seq),
        other if frame.request_id != 0 => Err(refusal(other)),
        _ => Ok(false),
    })?;
    Ok(heads)
}

/// The floor answers each with an empty frame, and tells no heads.
fn join(peer: &mut Peer, rooms: &[u32]) -> Result<Heads> {
    let frames: Vec<u8> = rooms.iter().flat_map(|&room| crate::floor::join(room)).collect();
    peer.write(&frames)?;
    let mut answers = 0;
    let mut buf = vec![0; READ_BYTES];
    while answers < rooms.len() {
        let came = peer.read(&mut buf, &mut |_| {
            answers += 1;
            Ok(())
        })?;
        ensure!(came, "no answer after {} s", PATIENCE.as_secs());
    }
    Ok(Heads::new())
}

/// A request as a frame, and the id of its answer.
fn request(peer: &mut Peer, body: client_frame::Body) -> (u32, Vec<u8>) {
    let request_id = peer.request();
    (request_id, encode_frame(&v1::ClientFrame { request_id, body: Some(body) }).into())
}

/// What comes together with the last frame is presence, which nobody misses here.
fn hear_until(peer: &mut Peer, mut is_last: impl FnMut(ServerFrame) -> Result<bool>) -> Result<()> {
    let mut buf = vec![0; READ_BYTES];
    let mut is_over = false;
    while !is_over {
        let came = peer.read(&mut buf, &mut |frame| {
            if !is_over {
                is_over = is_last(ServerFrame::decode(frame)?)?;
            }
            Ok(())
        });
        ensure!(came.context("signing in")?, "no answer after {} s", PATIENCE.as_secs());
    }
    Ok(())
}
