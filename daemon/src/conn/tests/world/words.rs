//! What clients say and what the engine has told, ready to be sent.

use bytes::Bytes;
use parlor_proto::frame::encode_frame;
use parlor_proto::ids::{RequestId, Seq};
use parlor_proto::v1::{self, client_frame, server_frame};

use super::LOBBY;
use crate::chat::ConnId;
use crate::hub::Delivery;
use crate::hub::run::Run;
use crate::wire::encode;

pub(in crate::conn) fn hello() -> client_frame::Body {
    let hello = v1::HelloRequest { revision_min: 1, revision_max: 1, ..Default::default() };
    client_frame::Body::Hello(hello)
}

pub(in crate::conn) fn resume() -> client_frame::Body {
    client_frame::Body::Resume(v1::ResumeRequest { token: vec![0; 32].into(), sign_in: None })
}

pub(in crate::conn) fn logout() -> client_frame::Body {
    client_frame::Body::Logout(v1::LogoutRequest::default())
}

pub(in crate::conn) fn keep_alive(activity: v1::Activity) -> client_frame::Body {
    client_frame::Body::KeepAlive(v1::KeepAlive { activity: activity.into(), token: 5 })
}

/// The answer to any request.
pub(in crate::conn) fn ack(conn: ConnId, id: RequestId) -> Delivery {
    let body = Some(server_frame::Body::Ack(v1::Ack {}));
    let bytes = encode_frame(&v1::ServerFrame { request_id: id.0, body });
    Delivery::Frame { conn, bytes, answers: true }
}

/// A push that means nothing, to see what came before it.
pub(in crate::conn) fn marker(conn: ConnId) -> Delivery {
    Delivery::Frame { conn, bytes: encode::probe(), answers: false }
}

/// An event of the lobby as every member gets it, with so much text.
pub(in crate::conn) fn event_bytes(seq: u64, text_bytes: usize) -> Bytes {
    let text = "x".repeat(text_bytes);
    let kind = v1::room_event::Kind::Message(v1::Message { text, ..Default::default() });
    let event = v1::RoomEvent { room_id: LOBBY.0, seq, kind: Some(kind), ..Default::default() };
    let body = Some(server_frame::Body::RoomEvent(event));
    encode_frame(&v1::ServerFrame { request_id: 0, body })
}

pub(in crate::conn) fn event(seq: u64, text_bytes: usize) -> Delivery {
    let run = run(seq..=seq, text_bytes);
    Delivery::Events { room: LOBBY, run }
}

/// Consecutive events of the lobby.
pub(in crate::conn) fn run(seqs: std::ops::RangeInclusive<u64>, text_bytes: usize) -> Run {
    let bytes: Vec<u8> = seqs.clone().flat_map(|seq| event_bytes(seq, text_bytes)).collect();
    Run::of_frames(Seq(*seqs.start()), Seq(*seqs.end()), bytes.into())
}
