//! The bridge's WebSocket with nothing behind it: says what it hears. For conformance tests.
//!
//! The handshake, the library, its settings, the blame for errors and the way to hang up are the
//! bridge's own. Only the longest message is longer than any that the bridge takes, because the
//! cases of such tests are.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::socket::{self, Ended, Parts};

/// The longest message that is echoed.
const MESSAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Echoes until accepting fails.
///
/// # Errors
///
/// What the system says.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (tcp, _) = accepted?;
                clients.spawn(async {
                    // A client that breaks off is what some cases are about.
                    drop(answer(tcp).await);
                });
            }
            Some(_) = clients.join_next() => {}
        }
    }
}

async fn answer(tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let admitted = Arc::<Mutex<Option<OnUpgrade>>>::default();
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        let response = match create_response_with_body(&request, Body::empty) {
            Ok(switching) => {
                let upgrade = hyper::upgrade::on(&mut request);
                *admitted.lock().unwrap_or_else(PoisonError::into_inner) = Some(upgrade);
                switching
            }
            Err(error) => (hyper::StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        };
        async { Ok::<Response, Infallible>(response) }
    });
    let serving = http1::Builder::new().serve_connection(TokioIo::new(tcp), service);
    serving.with_upgrades().await.map_err(io::Error::other)?;
    let upgrade = admitted.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(upgrade) = upgrade else { return Ok(()) };
    let io = TokioIo::new(upgrade.await.map_err(io::Error::other)?);
    let config = socket::limits()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX))
        .max_write_buffer_size(2 * MESSAGE_BYTES_MAX);
    let stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let (mut sender, mut receiver) = stream.split();
    let ended = loop {
        let message = match receiver.next().await {
            Some(Ok(message @ (Message::Binary(_) | Message::Text(_)))) => message,
            Some(Ok(Message::Close(_))) => break Ended::ByClient,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Err(error)) => break socket::blame(&error),
            None => break Ended::ClientLost,
        };
        for part in Parts::of(message) {
            sender.send(part).await.map_err(io::Error::other)?;
        }
    };
    if ended != Ended::ClientLost {
        socket::hang_up(ended.close(), &mut sender, &mut receiver).await;
    }
    Ok(())
}
