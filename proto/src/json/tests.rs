//! There and back, and what is said of a text that is no frame.

use std::num::NonZeroU32;

use bytes::Bytes;
use expect_test::{Expect, expect};
use prost::Message as _;

use super::{Envelope, Unlike};
use crate::frame::FrameDecoder;
use crate::limits::FRAME_BYTES_MAX;
use crate::v1::{self, client_frame, server_frame};

fn read(text: &str) -> v1::ClientFrame {
    let mut decoder = FrameDecoder::new(FRAME_BYTES_MAX);
    decoder.extend(&Envelope::Client.read(text).unwrap());
    let frame = decoder.next_frame().unwrap().expect("one whole frame");
    assert_eq!(decoder.buffered(), 0);
    v1::ClientFrame::decode(frame).unwrap()
}

fn send_request() -> v1::ClientFrame {
    let send = v1::SendRequest {
        room_id: u64::MAX,
        client_message_id: Bytes::from_static(&[0xfb; 16]),
        text: "\u{1f44b} \"hi\"".into(),
        ..Default::default()
    };
    v1::ClientFrame { request_id: 7, body: Some(client_frame::Body::Send(send)) }
}

#[test]
fn a_frame_comes_back_as_it_was() {
    let frame = send_request();
    let text = Envelope::Client.write(&frame.encode_to_vec()).unwrap();
    let expect = concat!(
        r#"{"requestId":7,"send":{"roomId":"18446744073709551615","#,
        r#""clientMessageId":"+/v7+/v7+/v7+/v7+/v7+w==","text":"👋 \"hi\""}}"#
    );
    assert_eq!(text, expect);
    assert_eq!(read(&text), frame);
}

#[test]
fn names_of_the_schema_numbers_and_the_other_base64_are_read_too() {
    let text = concat!(
        r#"{"request_id":"7","send":{"room_id":18446744073709551615,"#,
        r#""clientMessageId":"-_v7-_v7-_v7-_v7-_v7-w","text":"\ud83d\udc4b \u0022hi\"","#,
        r#""format":0}}"#
    );
    assert_eq!(read(text), send_request());
}

#[test]
fn enums_are_names_and_unknown_ones_numbers() {
    let hello = |registration| {
        let hello = v1::HelloResponse { registration, epoch: 1 << 63, ..Default::default() };
        let body = Some(server_frame::Body::Hello(hello));
        Envelope::Server.write(&v1::ServerFrame { request_id: 1, body }.encode_to_vec()).unwrap()
    };
    let known = r#"{"requestId":1,"hello":{"epoch":"9223372036854775808","registration":"REGISTRATION_MODE_INVITE"}}"#;
    assert_eq!(hello(2), known);
    assert!(hello(77).ends_with(r#""registration":77}}"#));
}

#[test]
fn what_this_schema_does_not_have_is_left_out() {
    let mut bytes = v1::ServerFrame { request_id: 1, body: None }.encode_to_vec();
    bytes.extend_from_slice(b"\xfa\x7c\x03abc");
    assert_eq!(Envelope::Server.write(&bytes).unwrap(), r#"{"requestId":1}"#);
    Envelope::Server.write(b"\xff").unwrap_err();
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "an expectation is made where it is used")]
fn check(text: &str, request_id: u32, unlike: Unlike, expect: Expect) {
    let fault = Envelope::Client.read(text).unwrap_err();
    assert_eq!(fault.request_id, NonZeroU32::new(request_id), "{fault}");
    assert_eq!(fault.unlike, unlike, "{fault}");
    expect.assert_eq(&fault.to_string());
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    check("", 0, Unlike::Json, expect!["EOF while parsing a value, line 1, column 0"]);
    check("hello", 0, Unlike::Json, expect!["expected value, line 1, column 1"]);
    check(
        r#"{"requestId":7,"keepAlive":{}"#,
        0,
        Unlike::Json,
        expect!["EOF while parsing an object, line 1, column 29"],
    );
    check(
        r#"{"requestId":7} {}"#,
        0,
        Unlike::Json,
        expect!["trailing characters, line 1, column 17"],
    );
    check(r#"{"requestId":7,}"#, 0, Unlike::Json, expect!["trailing comma, line 1, column 16"]);
}

#[test]
fn what_is_no_frame_is_told_with_the_name_of_the_field_and_its_request() {
    let unknown = r#"{"requestId":7,"send":{"roomId":"1","room":"lobby"}}"#;
    check(unknown, 7, Unlike::Field, expect!["unrecognized field name 'room', line 1, column 42"]);
    check(
        r#"{"dance":{},"requestId":"7"}"#,
        7,
        Unlike::Request,
        expect!["unrecognized field name 'dance', line 1, column 8"],
    );
    let number = r#"{"requestId":7,"history":{"roomId":-1}}"#;
    check(
        number,
        7,
        Unlike::Field,
        expect!["out of range integral type conversion attempted, line 1, column 37"],
    );
    let text = r#"{"requestId":7,"send":{"text":5}}"#;
    check(
        text,
        7,
        Unlike::Field,
        expect!["invalid type: integer `5`, expected a string, line 1, column 31"],
    );
    let base64 = r#"{"requestId":7,"resume":{"token":"!"}}"#;
    check(
        base64,
        7,
        Unlike::Field,
        expect!["invalid base64: Invalid symbol 33, offset 0., line 1, column 36"],
    );
    let activity = r#"{"requestId":7,"keepAlive":{"activity":"ASLEEP"}}"#;
    check(
        activity,
        7,
        Unlike::Field,
        expect!["unrecognized enum value 'ASLEEP', line 1, column 47"],
    );
    let both = r#"{"requestId":7,"logout":{},"keepAlive":{}}"#;
    check(
        both,
        7,
        Unlike::Field,
        expect!["multiple fields provided for oneof 'body', line 1, column 42"],
    );
}

#[test]
fn a_request_that_has_no_number_is_not_made_one_up() {
    check(
        "[]",
        0,
        Unlike::Field,
        expect!["invalid type: sequence, expected a map, line 1, column 0"],
    );
    check(
        "7",
        0,
        Unlike::Field,
        expect!["invalid type: integer `7`, expected a map, line 1, column 1"],
    );
    check(
        r#"{"requestId":-7,"keepAlive":{}}"#,
        0,
        Unlike::Field,
        expect!["out of range integral type conversion attempted, line 1, column 15"],
    );
    check(
        r#"{"requestId":[7],"keepAlive":{}}"#,
        0,
        Unlike::Field,
        expect![
            "invalid type: sequence, expected a 32-bit unsigned integer or decimal string, line 1, column 14"
        ],
    );
    check(
        r#"{"requestId":4294967296}"#,
        0,
        Unlike::Field,
        expect!["out of range integral type conversion attempted, line 1, column 23"],
    );
    check(
        r#"{"requestId":0,"dance":{}}"#,
        0,
        Unlike::Request,
        expect!["unrecognized field name 'dance', line 1, column 22"],
    );
}

#[test]
fn a_bomb_costs_an_error() {
    let deep =
        |open: &str, count: usize| format!(r#"{{"requestId":7,"dance":{}"#, open.repeat(count));
    for text in [deep("[", 50_000), deep(r#"{"a":"#, 20_000)] {
        let fault = Envelope::Client.read(&text).unwrap_err();
        assert_eq!(fault.request_id, None, "{fault}");
    }
    let long = format!(r#"{{"requestId":7,"{}":1}}"#, "\u{1f44b}".repeat(30_000));
    let fault = Envelope::Client.read(&long).unwrap_err();
    assert_eq!((fault.request_id, fault.unlike), (NonZeroU32::new(7), Unlike::Request));
    assert!(fault.to_string().len() < 123, "fits into the reason of a close");
}

#[test]
fn every_request_and_every_answer_has_a_name_in_json() {
    for envelope in [Envelope::Client, Envelope::Server] {
        let fields: Vec<_> = envelope.descriptor().fields().collect();
        assert!(fields.len() > 30);
        for field in fields.iter().filter(|field| field.name() != "request_id") {
            let text = format!(r#"{{"requestId":7,"{}":{{}}}}"#, field.json_name());
            let frame = envelope.read(&text).unwrap();
            assert_eq!(envelope.write(&frame[4..]).unwrap(), text);
        }
    }
}
