//! Frames go in; what comes out, when, and what is kept meanwhile.

use parlor_proto::frame::encode_frame;
use parlor_proto::ids::RequestId;
use parlor_proto::v1::{self, client_frame::Body};

use super::*;

fn send(id: u32) -> (u32, Body) {
    let client_message_id = vec![0; 16].into();
    let send =
        v1::SendRequest { room_id: 1, client_message_id, text: "hi".into(), ..Default::default() };
    (id, Body::Send(send))
}

fn resume(id: u32) -> (u32, Body) {
    (id, Body::Resume(v1::ResumeRequest { token: vec![0; 32].into(), sign_in: None }))
}

fn sync(id: u32, cursors: usize) -> (u32, Body) {
    let cursors = vec![v1::Cursor { room_id: u64::MAX, seq: u64::MAX }; cursors];
    (id, Body::Sync(v1::SyncRequest { cursors, ..Default::default() }))
}

fn keep_alive() -> (u32, Body) {
    (0, Body::KeepAlive(v1::KeepAlive::default()))
}

fn intake(frames: impl IntoIterator<Item = (u32, Body)>) -> Intake {
    let mut intake = Intake::new();
    extend(&mut intake, frames);
    intake
}

fn extend(intake: &mut Intake, frames: impl IntoIterator<Item = (u32, Body)>) {
    for (request_id, body) in frames {
        let frame = v1::ClientFrame { request_id, body: Some(body) };
        intake.extend(&encode_frame(&frame));
    }
}

/// What comes out: ids of requests that are pushed to the engine, 0 for a sign of life.
fn taken(intake: &mut Intake, slow: bool, peek: bool) -> Vec<u32> {
    let mut ids = Vec::new();
    loop {
        match intake.next(slow, peek).unwrap() {
            Next::Wish(Wish::Request { id: RequestId(id), request }) => {
                intake.asked(&request);
                ids.push(id);
            }
            Next::Wish(Wish::KeepAlive { .. }) => ids.push(0),
            Next::Wish(wish) => panic!("{wish:?}"),
            Next::Parked => {}
            Next::Read | Next::Wait => return ids,
        }
    }
}

#[test]
fn the_65th_request_waits_for_an_answer() {
    let mut intake = intake((1..=66).map(send));
    assert_eq!(taken(&mut intake, false, false), (1..=64).collect::<Vec<_>>());
    assert!(matches!(intake.next(false, false), Ok(Next::Wait)));
    intake.answered();
    assert_eq!(taken(&mut intake, false, false), [65]);
}

#[test]
fn few_pages_are_in_flight_at_once() {
    let list = Body::ListRooms(v1::ListRoomsRequest::default());
    let users = Body::GetUsers(v1::GetUsersRequest::default());
    let page = Body::History(v1::HistoryRequest { room_id: 1, ..Default::default() });
    let members = v1::ListMembersRequest { room_id: 1, ..Default::default() };
    let bodies = [list, users, page, Body::ListMembers(members)];
    let mut intake = intake((1..=9).zip(bodies.into_iter().cycle()));
    assert_eq!(taken(&mut intake, false, false).len(), 8);
    assert_eq!(intake.answered(), 1);
    assert_eq!(taken(&mut intake, false, false), [9]);
    assert_eq!((0..8).map(|_| intake.answered()).sum::<u32>(), 8);
}

#[test]
fn nothing_is_begun_beside_a_sync() {
    let mut intake = intake([send(1), sync(2, 0), sync(3, 0), send(4)]);
    assert_eq!(taken(&mut intake, false, false), [1, 2]);
    intake.answered();
    assert_eq!(taken(&mut intake, false, false), [0; 0]);
    intake.answered();
    assert_eq!(taken(&mut intake, false, false), [3]);
}

#[test]
fn a_large_frame_behind_a_sign_in_is_not_looked_at_before_the_answer() {
    let mut intake = intake([resume(1), sync(2, 250)]);
    assert_eq!(taken(&mut intake, false, false), [1]);
    assert!(matches!(intake.next(false, true), Ok(Next::Wait)));
    intake.signed_in();
    intake.answered();
    assert_eq!(taken(&mut intake, false, false), [2]);
}

#[test]
fn a_large_frame_of_a_stranger_is_refused() {
    let mut intake = intake([sync(2, 250)]);
    assert!(intake.next(false, false).unwrap_err().contains("4096"));
}

#[test]
fn signs_of_life_count_while_requests_of_a_slow_reader_wait() {
    let mut intake = intake([send(1), keep_alive(), send(2), keep_alive()]);
    assert_eq!(taken(&mut intake, true, false), [0; 0]);
    assert_eq!(taken(&mut intake, true, true), [0, 0]);
    assert!(matches!(intake.next(true, true), Ok(Next::Read)), "more may come behind them");
    extend(&mut intake, [send(3), keep_alive()]);
    assert_eq!(taken(&mut intake, true, true), [0]);
    assert_eq!(taken(&mut intake, false, false), [1, 2, 3]);
    assert_eq!(intake.parked.capacity(), 0);
}

#[test]
fn a_request_that_has_to_wait_is_a_sign_of_life_once() {
    let mut intake = intake([send(1)]);
    assert!(matches!(intake.next(true, true), Ok(Next::Parked)));
    assert!(matches!(intake.next(true, true), Ok(Next::Read)));
}

#[test]
fn a_flood_is_read_up_to_a_limit_and_kept_as_it_came() {
    let flood = || (1..=1000).map(|id| (id, Body::Logout(v1::LogoutRequest::default())));
    let mut intake = intake(flood());
    let came = intake.decoder.buffered();
    while matches!(intake.next(true, true), Ok(Next::Parked)) {}
    assert_eq!((intake.parked.len(), intake.decoder.buffered()), (came, 0));
    while intake.parked.len() < WAITING_BYTES_MAX {
        assert!(matches!(intake.next(true, true), Ok(Next::Read)));
        extend(&mut intake, flood());
        while matches!(intake.next(true, true), Ok(Next::Parked)) {}
    }
    assert!(matches!(intake.next(true, true), Ok(Next::Wait)), "the rest stays where it is");
    assert!(intake.parked.len() < WAITING_BYTES_MAX + came);
    let first: Vec<u32> = (1..=REQUESTS_IN_FLIGHT_MAX).collect();
    assert_eq!(taken(&mut intake, false, false), first);
}

#[test]
fn one_request_however_long_is_read_to_its_end() {
    let mut intake = intake([]);
    intake.signed_in();
    let (request_id, body) = sync(1, 2_500);
    let frame = encode_frame(&v1::ClientFrame { request_id, body: Some(body) });
    let (begin, end) = frame.split_at(frame.len() - 1);
    assert!(begin.len() > WAITING_BYTES_MAX / 2);
    intake.extend(begin);
    assert!(matches!(intake.next(true, true), Ok(Next::Read)));
    intake.extend(end);
    assert!(matches!(intake.next(true, true), Ok(Next::Parked)));
}
