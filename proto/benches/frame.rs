//! What a frame costs on its way in and out: messages as people send them and as they get them.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use parlor_proto::frame::{FrameDecoder, encode_frame};
use parlor_proto::limits::FRAME_BYTES_MAX;
use parlor_proto::v1::{self, client_frame, room_event, server_frame};
use prost::Message as _;

/// Texts of this length: a word, a few sentences, a page.
const TEXT_BYTES: [usize; 3] = [16, 200, 4_000];

/// Frames that one read from a socket may bring.
const FRAMES_AT_ONCE: usize = 64;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// An event from the server, put into bytes: once for all who receive it.
#[divan::bench(args = TEXT_BYTES)]
fn encode(bencher: Bencher<'_, '_>, text_bytes: usize) {
    let event = event(text_bytes);
    let bytes = encode_frame(&event).len();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| encode_frame(&event));
}

/// Frames of a client that came in one read, cut and understood.
#[divan::bench(args = TEXT_BYTES)]
fn decode_64(bencher: Bencher<'_, '_>, text_bytes: usize) {
    let bytes = encode_frame(&send(text_bytes)).repeat(FRAMES_AT_ONCE);
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        let mut decoder = FrameDecoder::new(FRAME_BYTES_MAX);
        decoder.extend(&bytes);
        let mut frames = 0;
        while let Some(frame) = decoder.next_frame().unwrap() {
            divan::black_box(v1::ClientFrame::decode(frame).unwrap());
            frames += 1;
        }
        assert_eq!(frames, FRAMES_AT_ONCE);
    });
}

/// One frame that came by itself, which is the usual case.
#[divan::bench(args = TEXT_BYTES)]
fn decode(bencher: Bencher<'_, '_>, text_bytes: usize) {
    let bytes = encode_frame(&send(text_bytes));
    let mut decoder = FrameDecoder::new(FRAME_BYTES_MAX);
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        decoder.extend(&bytes);
        let frame = decoder.next_frame().unwrap().unwrap();
        v1::ClientFrame::decode(frame).unwrap()
    });
}

fn event(text_bytes: usize) -> v1::ServerFrame {
    let text = "x".repeat(text_bytes);
    let message = v1::Message { text, client_message_id: vec![7; 16].into(), ..Default::default() };
    let event = v1::RoomEvent {
        room_id: 17,
        seq: 123_456,
        time_ms: 1_700_000_000_000,
        actor_id: 42,
        actor_name: "ann".to_owned(),
        kind: Some(room_event::Kind::Message(message)),
    };
    v1::ServerFrame { request_id: 0, body: Some(server_frame::Body::RoomEvent(event)) }
}

fn send(text_bytes: usize) -> v1::ClientFrame {
    let text = "x".repeat(text_bytes);
    let send = v1::SendRequest {
        room_id: 17,
        text,
        client_message_id: vec![7; 16].into(),
        ..Default::default()
    };
    v1::ClientFrame { request_id: 99, body: Some(client_frame::Body::Send(send)) }
}
