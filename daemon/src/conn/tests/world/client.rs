//! One end of a connection that speaks Parlor, by hand.

use bytes::Bytes;
use parlor_proto::frame::{FrameDecoder, encode_frame};
use parlor_proto::limits::FRAME_BYTES_MAX;
use parlor_proto::v1::{self, client_frame, server_frame};
use prost::Message as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{hello, in_time};

/// One end of a connection that speaks Parlor.
pub(in crate::conn) struct Client<S> {
    pub(in crate::conn) stream: S,
    decoder: FrameDecoder,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(in crate::conn) fn new(stream: S) -> Self {
        Self { stream, decoder: FrameDecoder::new(FRAME_BYTES_MAX) }
    }

    pub(in crate::conn) async fn send(&mut self, request_id: u32, body: client_frame::Body) {
        self.send_all([(request_id, body)]).await;
    }

    /// Several frames in one flight.
    pub(in crate::conn) async fn send_all(
        &mut self,
        frames: impl IntoIterator<Item = (u32, client_frame::Body)>,
    ) {
        let frames = frames.into_iter().map(|(request_id, body)| {
            encode_frame(&v1::ClientFrame { request_id, body: Some(body) })
        });
        let bytes = frames.collect::<Vec<Bytes>>().concat();
        self.send_bytes(&bytes).await;
    }

    pub(in crate::conn) async fn send_bytes(&mut self, bytes: &[u8]) {
        in_time(self.stream.write_all(bytes)).await.unwrap();
        in_time(self.stream.flush()).await.unwrap();
    }

    /// The next frame, or `None` at a clean end.
    pub(in crate::conn) async fn next_or_end(&mut self) -> Option<v1::ServerFrame> {
        let mut buf = vec![0; 16 * 1024];
        loop {
            if let Some(frame) = self.decoder.next_frame().unwrap() {
                return Some(v1::ServerFrame::decode(frame).unwrap());
            }
            match in_time(self.stream.read(&mut buf)).await.unwrap() {
                0 => return None,
                count => self.decoder.extend(&buf[..count]),
            }
        }
    }

    pub(in crate::conn) async fn next(&mut self) -> v1::ServerFrame {
        self.next_or_end().await.expect("a frame before the end")
    }

    pub(in crate::conn) async fn body(&mut self) -> server_frame::Body {
        self.next().await.body.expect("a body")
    }

    pub(in crate::conn) async fn hello(&mut self) -> v1::HelloResponse {
        self.send(1, hello()).await;
        match self.body().await {
            server_frame::Body::Hello(hello) => hello,
            other => panic!("no hello: {other:?}"),
        }
    }

    /// The reason of the error that comes next.
    pub(in crate::conn) async fn error(&mut self) -> (u32, String) {
        match self.next().await {
            v1::ServerFrame { request_id, body: Some(server_frame::Body::Error(error)) } => {
                (request_id, error.reason)
            }
            other => panic!("no error: {other:?}"),
        }
    }

    /// The go-away that comes next, which must be the last frame.
    pub(in crate::conn) async fn go_away(&mut self) -> v1::GoAway {
        let server_frame::Body::GoAway(go_away) = self.body().await else {
            panic!("no go-away");
        };
        assert_eq!(self.next_or_end().await, None);
        go_away
    }
}
