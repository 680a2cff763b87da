//! What a [`Peer`](super::Peer) writes to and reads from: a stream of bytes, or a WebSocket.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::AnyStream;
use crate::within;

const CHUNK_BYTES: usize = 16 * 1024;

/// Bytes in, bytes out.
pub(super) enum Wire {
    Bytes(AnyStream),
    WebSocket { socket: Box<WebSocketStream<AnyStream>>, close_code: Option<u16> },
}

/// The bridge did not open a WebSocket, but answered with this status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WebSocketRefused(pub u16);

/// Opens a WebSocket at the bridge's path.
pub(super) async fn open_websocket(
    authority: &str,
    headers: &[(&'static str, &str)],
) -> Result<Wire, WebSocketRefused> {
    let mut request = format!("ws://{authority}/v1/ws").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let stream: AnyStream = Box::pin(TcpStream::connect(authority).await.unwrap());
    let opening = tokio_tungstenite::client_async(request, stream);
    match within("a WebSocket", opening).await {
        Ok((socket, _)) => Ok(Wire::WebSocket { socket: Box::new(socket), close_code: None }),
        Err(Error::Http(response)) => Err(WebSocketRefused(response.status().as_u16())),
        Err(error) => panic!("no WebSocket: {error}"),
    }
}

impl Wire {
    pub(super) async fn write(&mut self, bytes: &[u8]) {
        // Whether the other side has gone shows when reading.
        let _gone = match self {
            Self::Bytes(stream) => match stream.write_all(bytes).await {
                Ok(()) => stream.flush().await.is_err(),
                Err(_) => true,
            },
            Self::WebSocket { socket, .. } => {
                socket.send(Message::Binary(Bytes::copy_from_slice(bytes))).await.is_err()
            }
        };
    }

    /// The next bytes; `None` at the end, however it came.
    pub(super) async fn read(&mut self) -> Option<Bytes> {
        match self {
            Self::Bytes(stream) => {
                let mut chunk = vec![0; CHUNK_BYTES];
                let len = stream.read(&mut chunk).await.unwrap_or(0);
                chunk.truncate(len);
                (len > 0).then(|| chunk.into())
            }
            Self::WebSocket { socket, close_code } => loop {
                match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return Some(bytes),
                    Some(Ok(Message::Close(frame))) => {
                        *close_code = frame.map(|frame| frame.code.into());
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Text(text))) => panic!("a text message: {text:?}"),
                    Some(Err(_)) | None => return None,
                }
            },
        }
    }

    pub(super) async fn end(&mut self) {
        let _gone = match self {
            Self::Bytes(stream) => stream.shutdown().await.is_err(),
            Self::WebSocket { socket, .. } => socket.as_mut().close(None).await.is_err(),
        };
    }

    pub(super) fn close_code(&self) -> Option<u16> {
        match self {
            Self::Bytes(_) => None,
            Self::WebSocket { close_code, .. } => *close_code,
        }
    }
}
