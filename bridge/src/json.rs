//! Frames as JSON, one to a text message: for browsers, and for people at a terminal.
//!
//! A translation that decides nothing. What is no frame of the schema is answered if it says
//! which request it was meant to be, as the daemon answers a request that it does not know;
//! else it ends the connection, as bytes that are no frame do.

mod answers;

use std::num::NonZeroU32;

use bytes::BytesMut;
use parlor_proto::codes::Reason;
use parlor_proto::frame::encode_frame;
use parlor_proto::json::{Envelope, Fault, Unlike};
use parlor_proto::limits::{FRAME_BYTES_MAX, PREFIX_BYTES};
use parlor_proto::v1::server_frame::Body;
use parlor_proto::v1::{Error, ServerFrame};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use self::answers::Answers;
use crate::frames;
use crate::socket::{self, Dialect, Ended, Meant};

/// One client's.
#[derive(Debug, Default)]
pub(crate) struct Json {
    answers: Answers,
}

impl Dialect for Json {
    fn read(&self, message: Message) -> Result<Meant, Ended> {
        let Message::Text(text) = message else {
            return Err(Ended::broke(CloseCode::Unsupported, "messages must be text"));
        };
        match Envelope::Client.read(&text) {
            Ok(frame) if frame.len() <= PREFIX_BYTES + FRAME_BYTES_MAX => Ok(Meant::Frames(frame)),
            Ok(_) => Err(Ended::too_long()),
            Err(fault) => match fault.request_id {
                Some(request) => write(&refusal(request, &fault)).map(Meant::Nothing),
                None => Err(Ended::broke(CloseCode::Invalid, complaint(&fault))),
            },
        }
    }

    fn write(&self, sent: &mut BytesMut) -> Result<Option<Message>, Ended> {
        // The smallest aim takes one frame.
        let frame = frames::take(sent, 1).map_err(|frames::TooLong| Ended::UpstreamBroke)?;
        let Some(frame) = frame else { return Ok(None) };
        let payload = frame.get(PREFIX_BYTES..).unwrap_or_default();
        match Envelope::Server.write(payload) {
            Ok(text) => Ok(Some(Message::text(text))),
            Err(_) => Err(Ended::UpstreamBroke),
        }
    }

    fn go_away(&self) -> Message {
        write(&socket::go_away()).unwrap_or_else(|_| Message::text("{}"))
    }

    async fn answer(&self, answer: Message) {
        self.answers.put(answer).await;
    }

    async fn answered(&self) -> Message {
        self.answers.take().await
    }
}

fn complaint(fault: &Fault) -> String {
    match fault.unlike {
        Unlike::Json => format!("not JSON: {fault}"),
        Unlike::Request | Unlike::Field => format!("no ClientFrame: {fault}"),
    }
}

/// What the daemon would say to a request that it does not know or cannot read.
fn refusal(request: NonZeroU32, fault: &Fault) -> ServerFrame {
    let reason = match fault.unlike {
        Unlike::Request => Reason::UnknownRequest,
        Unlike::Json | Unlike::Field => Reason::BadField,
    };
    let error = Error {
        code: reason.code().into(),
        reason: reason.as_str().into(),
        message: complaint(fault),
        retryable: reason.is_retryable(),
        retry_after_ms: 0,
    };
    ServerFrame { request_id: request.get(), body: Some(Body::Error(error)) }
}

/// A frame of our own as a message.
fn write(frame: &ServerFrame) -> Result<Message, Ended> {
    let bytes = encode_frame(frame);
    let text = Envelope::Server.write(bytes.get(PREFIX_BYTES..).unwrap_or_default());
    text.map(Message::text).map_err(|_| Ended::UpstreamBroke)
}
