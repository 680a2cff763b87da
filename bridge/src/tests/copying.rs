//! Both ways, byte for byte, cut where frames end.

use parlor_proto::limits::FRAME_BYTES_MAX;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{House, closes, frame, next, read_bytes, send};

/// No `ClientFrame` that this code knows: field 1999 as bytes, and a varint in field 3.
const UNKNOWN_FIELDS: &[u8] = b"\x08\x07\xfa\x7c\x03abc\x18\x01";

async fn passes_both_ways(house: House) {
    let (mut client, mut daemon) = house.meet().await;
    daemon.skip_header().await;
    let longest = frame(&vec![0x5a; FRAME_BYTES_MAX]);
    for frames in [
        frame(UNKNOWN_FIELDS),
        frame(b""),
        [frame(b"one"), frame(b""), frame(UNKNOWN_FIELDS)].concat(),
        longest.clone(),
        [frame(b"before"), longest.clone(), frame(b"after")].concat(),
    ] {
        send(&mut client, frames.clone()).await;
        daemon.expect(&frames).await;
        daemon.say(&frames).await;
        assert!(read_bytes(&mut client, frames.len()).await == frames);
    }
}

#[tokio::test]
async fn bytes_pass_as_they_are_over_the_unix_socket() {
    passes_both_ways(House::over_unix().await).await;
}

#[tokio::test]
async fn bytes_pass_as_they_are_over_tls() {
    passes_both_ways(House::over_tls().await).await;
}

#[tokio::test]
async fn a_message_from_the_daemon_is_whole_frames_however_it_was_split() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet().await;
    daemon.skip_header().await;
    let first = frame(b"first");
    let second = frame(b"second");
    for byte in &first {
        daemon.say(&[*byte]).await;
    }
    assert_eq!(next(&mut client).await, Message::binary(first));
    let (start, end) = second.split_at(7);
    daemon.say(&[&frame(b"third"), start].concat()).await;
    assert_eq!(next(&mut client).await, Message::binary(frame(b"third")));
    daemon.say(end).await;
    assert_eq!(next(&mut client).await, Message::binary(second));
}

#[tokio::test]
async fn the_clients_address_goes_before_everything_else() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet().await;
    let peer = client.get_ref().local_addr().unwrap().port().to_be_bytes();
    let local = house.address.port().to_be_bytes();
    let header =
        [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01".as_slice(), &peer, &local];
    send(&mut client, frame(b"hello")).await;
    daemon.expect(&[header.concat(), frame(b"hello")].concat()).await;
}

async fn is_refused(message: Message, code: CloseCode) {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet().await;
    daemon.skip_header().await;
    send(&mut client, frame(b"good")).await;
    // The client may be closed on before it has sent everything.
    drop(futures_util::SinkExt::send(&mut client, message).await);
    closes(&mut client, code).await;
    let (rest, _) = daemon.rest().await;
    assert_eq!(rest, [frame(b"good"), b"\0".to_vec()].concat(), "nothing bad has passed");
}

#[tokio::test]
async fn broken_borders_are_refused() {
    for message in [&b""[..], b"\0", b"\0\0\0\x02h", b"\0\0\0\x01ab", b"\0\0\0\x01a\0\0\0"] {
        is_refused(Message::binary(message.to_vec()), CloseCode::Protocol).await;
    }
}

#[tokio::test]
async fn text_is_refused() {
    is_refused(Message::text("hello"), CloseCode::Unsupported).await;
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    is_refused(Message::binary(frame(&vec![0; FRAME_BYTES_MAX + 1])), CloseCode::Size).await;
    is_refused(Message::binary(vec![0; 200 * 1024]), CloseCode::Size).await;
    is_refused(Message::binary(vec![0xff; 4]), CloseCode::Size).await;
}
