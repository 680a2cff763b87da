//! What waits for all the connections of a shard together stays under its limit.

use std::rc::Rc;
use std::sync::mpsc::Receiver;

use parlor_proto::codes::Reason;
use parlor_proto::frame::{FrameDecoder, encode_frame};
use parlor_proto::ids::{RequestId, Seq};
use parlor_proto::limits::FRAME_BYTES_MAX;
use parlor_proto::v1::{self, client_frame, server_frame};
use prost::Message as _;
use tokio::net::UnixStream;

use super::world::*;
use crate::chat::{ConnId, Input};
use crate::conn::Settings;
use crate::conn::reader::take_in;
use crate::conn::shard::Shard;
use crate::conn::stream::Flow;
use crate::engine::bare::Inputs;
use crate::hub::Delivery;
use crate::hub::readers::Read;

const BUDGET_BYTES: usize = 1 << 20;
const READERS: usize = 40;
const EVENTS: u64 = 80;
const TEXT_BYTES: usize = 8_000;

/// One of them, encoded, or a little less.
const EVENT_BYTES: usize = TEXT_BYTES + 100;

/// One shard, and clients whose sockets hold less than they are to get.
struct Crowd {
    shard: Rc<Shard>,
    inputs: Inputs,
    reads: Receiver<Read>,
    clients: Vec<Reading>,
}

/// A client that reads when it is told to.
struct Reading {
    conn: ConnId,
    socket: UnixStream,
    decoder: FrameDecoder,
    /// The seqs of the events, and 0 for any answer.
    heard: Vec<u64>,
}

impl Crowd {
    fn gather() -> Self {
        let settings = Settings { outboxes_bytes_max: BUDGET_BYTES, ..settings() };
        let (shard, inputs, reads) = shard_with_store(settings, 2 * READERS);
        let clients = (0..READERS).map(|_| {
            let (socket, theirs) = UnixStream::pair().unwrap();
            let (opened, place) = opened_on(&shard, theirs);
            let conn = shard.welcome(opened, place).id;
            let decoder = FrameDecoder::new(FRAME_BYTES_MAX);
            Reading { conn, socket, decoder, heard: Vec::new() }
        });
        Self { clients: clients.collect(), shard, inputs, reads }
    }

    fn deliver(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        self.shard.deliver(deliveries.into_iter());
        let used = self.shard.budget.used();
        assert!(used <= BUDGET_BYTES, "{used} bytes wait or are set aside");
    }

    /// Plays the store until nobody wants anything more. Says how many reads there were.
    fn serve_reads(&self) -> usize {
        let mut count = 0;
        while let Ok(read) = self.reads.try_recv() {
            let Read::CatchUp { conn, room, from, to, bytes } = read else { panic!("{read:?}") };
            let events = (bytes / EVENT_BYTES).max(1) as u64;
            let run = Some(run(from.0..=to.0.min(from.0 + events - 1), TEXT_BYTES));
            self.deliver([Delivery::CaughtUp { conn, room, run, reserved: bytes }]);
            count += 1;
        }
        count
    }

    /// Whether everybody has heard this.
    fn everybody_heard(&self, seqs: &[u64]) -> bool {
        self.clients.iter().all(|client| client.heard == seqs)
    }
}

impl Reading {
    fn read(&mut self) {
        let mut buf = vec![0; 1 << 16];
        while let Ok(count) = self.socket.try_read(&mut buf) {
            assert!(count > 0, "nobody is sent away");
            self.decoder.extend(&buf[..count]);
            while let Some(frame) = self.decoder.next_frame().unwrap() {
                let frame = v1::ServerFrame::decode(frame).unwrap();
                self.heard.push(match frame.body {
                    Some(server_frame::Body::RoomEvent(event)) => event.seq,
                    _ => 0,
                });
            }
        }
    }
}

#[tokio::test]
async fn many_who_are_behind_stay_within_the_budget_and_miss_nothing() {
    let mut crowd = Crowd::gather();
    for client in &crowd.clients {
        let (conn, next, head) = (client.conn, Seq(1), Seq(EVENTS));
        crowd.deliver([Delivery::Subscribed { conn, room: LOBBY, next, head }]);
    }
    crowd.serve_reads();
    let all: Vec<u64> = (1..=EVENTS).collect();
    let reading = async {
        while !crowd.everybody_heard(&all) {
            // A socket that was read from is writable only when the reactor has had its turn.
            tokio::task::yield_now().await;
            crowd.clients.iter_mut().for_each(Reading::read);
            crowd.shard.pass();
            crowd.serve_reads();
        }
    };
    in_time(reading).await;
    assert_eq!(crowd.shard.budget.used(), 0, "all is given back");
}

#[tokio::test]
async fn who_reads_is_caught_up_while_all_the_others_sleep() {
    let mut crowd = Crowd::gather();
    let mut awake = crowd.clients.pop().unwrap();
    let subscribed = |conn| {
        let (next, head) = (Seq(1), Seq(EVENTS));
        Delivery::Subscribed { conn, room: LOBBY, next, head }
    };
    for sleeper in &crowd.clients {
        crowd.deliver([subscribed(sleeper.conn)]);
    }
    while crowd.serve_reads() > 0 {
        crowd.shard.pass();
    }
    assert!(crowd.shard.budget.used() >= BUDGET_BYTES / 2, "those who sleep use up their half");
    crowd.deliver([subscribed(awake.conn)]);
    let reading = async {
        while awake.heard.last() != Some(&EVENTS) {
            tokio::task::yield_now().await;
            awake.read();
            crowd.shard.pass();
            crowd.serve_reads();
        }
    };
    in_time(reading).await;
    assert!(awake.heard.into_iter().eq(1..=EVENTS));
}

#[tokio::test]
async fn pages_that_find_no_room_are_refused_for_now() {
    let mut crowd = Crowd::gather();
    let hello = encode_frame(&v1::ClientFrame { request_id: 1, body: Some(hello()) });
    let page = client_frame::Body::ListRooms(v1::ListRoomsRequest::default());
    let page = encode_frame(&v1::ClientFrame { request_id: 2, body: Some(page) });
    let conns: Vec<_> = crowd.shard.connections.borrow().values().cloned().collect();
    let mut asked = Vec::new();
    for conn in &conns {
        for frame in [&hello, &page] {
            conn.intake.borrow_mut().extend(frame);
            take_in(conn, &crowd.shard).await.unwrap();
            conn.flush();
        }
        if conn.intake.borrow().in_flight() > 0 {
            let Some(Input::Asked { conn, id, .. }) = crowd.inputs.next().await else { panic!() };
            asked.push((conn, id));
        }
        assert!(crowd.shard.budget.used() <= BUDGET_BYTES);
    }
    assert_eq!(asked.len(), BUDGET_BYTES / (FRAME_BYTES_MAX + 4));
    let refused = crowd.shard.tally.refusals.get(Reason::Overloaded);
    assert_eq!(refused, (READERS - asked.len()) as u64);
    // Hello and the refusal; the others wait for their page.
    let answered = |client: &&Reading| client.heard.len() == 2;
    let refusing = async {
        while crowd.clients.iter().filter(answered).count() < READERS - asked.len() {
            tokio::task::yield_now().await;
            crowd.clients.iter_mut().for_each(Reading::read);
        }
    };
    in_time(refusing).await;
    assert!(crowd.clients.iter().filter(|client| client.heard.len() < 2).count() == asked.len());
    crowd.deliver(asked.into_iter().map(|(conn, id)| ack(conn, RequestId(id.0))));
    assert_eq!(crowd.shard.budget.used(), 0, "all is given back");
}

#[tokio::test]
async fn what_is_sealed_for_a_client_that_does_not_read_is_counted() {
    let (shard, _inputs) = shard();
    let (opened, place, mut client) = opened_by_tls(&shard).await;
    let conn = shard.welcome(opened, place);
    let (next, head) = (Seq(1), Seq(0));
    let subscribed = Delivery::Subscribed { conn: conn.id, room: LOBBY, next, head };
    shard.deliver([subscribed].into_iter());
    let mut seqs = 1..;
    while conn.flush() == Flow::Free {
        shard.deliver(seqs.next().map(|seq| event(seq, TEXT_BYTES)).into_iter());
    }
    assert!(conn.outbox.borrow().is_empty(), "the last event is sealed");
    assert!(shard.budget.used() >= TEXT_BYTES);
    let reading = async {
        loop {
            client.body().await;
        }
    };
    let leaving = async {
        while conn.flush() == Flow::Blocked {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = reading => unreachable!("there is no end"),
        () = in_time(leaving) => {}
    }
    assert_eq!(shard.budget.used(), 0, "all is given back");
}
