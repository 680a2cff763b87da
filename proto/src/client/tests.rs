//! The whole client against a server that the test plays by hand, over real sockets. What the
//! session decides is tested beside it; here it is bytes, trust and ends.

use std::time::Duration;

use self::server::{Peer, Server, Via};
use super::{Account, Client, Error, Event, Options, Pin, ServerUrl, SignIn, SyncPlan, Token};
use super::{Trust, new_client_message_id};
use crate::ids::{RoomId, Seq};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self, RoomEvent, RoomState};

mod connection;
mod server;
mod trust;

const LOBBY: RoomId = RoomId(1);

fn resume() -> SignIn {
    SignIn::Resume { token: Token::from([7; 32]) }
}

/// Both sides of a connection, signed in and told of the lobby, whose head is `head`.
async fn meet(server: &Server, head: u64) -> (Client, Peer) {
    let options = server.options();
    let client = async {
        let client = Client::connect(options, resume()).await.unwrap();
        let states = client.sync(SyncPlan::default()).await.unwrap();
        assert_eq!(states, [state(head)]);
        client
    };
    let peer = async {
        let mut peer = server.accept().await;
        peer.greet().await;
        peer.tell_of_lobby(head).await;
        peer
    };
    tokio::join!(client, peer)
}

fn state(head_seq: u64) -> RoomState {
    let room = Some(v1::Room { room_id: LOBBY.0, ..Default::default() });
    RoomState { room, head_seq, ..Default::default() }
}

fn event(seq: u64) -> RoomEvent {
    let text = format!("text {seq}");
    let message = v1::Message { text, ..Default::default() };
    let kind = Some(v1::room_event::Kind::Message(message));
    RoomEvent { room_id: LOBBY.0, seq, kind, ..Default::default() }
}

async fn next_seq(client: &Client) -> u64 {
    match client.next_event().await {
        Some(Event::Room(event)) => event.seq,
        other => panic!("{other:?}"),
    }
}
