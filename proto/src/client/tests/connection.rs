//! Connections from the first byte to the last, over each transport.

use super::*;
use crate::frame::encode_frame;
use crate::v1::ServerFrame;
use server::End;

#[tokio::test]
async fn all_transports_yield_the_same() {
    for via in Via::ALL {
        let server = Server::start(via).await;
        let (client, mut peer) = meet(&server, 5).await;
        let Some(Account { user, .. }) = client.account() else { panic!("nobody") };
        assert_eq!((user.user_name.as_str(), client.hello().epoch), ("ann", 1), "{via:?}");

        let id = new_client_message_id();
        let script = async {
            let Ok((request, Ask::Send(send))) = peer.read().await else { panic!("no send") };
            assert_eq!((send.room_id, send.text.as_str()), (LOBBY.0, "hi"));
            // Two frames at once, and one in pieces.
            let sent = Body::Send(v1::SendResponse { seq: 6, ..Default::default() });
            let answer = ServerFrame { request_id: request, body: Some(sent) };
            let push = |seq| {
                let body = Some(Body::RoomEvent(event(seq)));
                encode_frame(&ServerFrame { request_id: 0, body })
            };
            let mut both = encode_frame(&answer).to_vec();
            both.extend(push(6));
            peer.write_bytes(both.into()).await;
            let mut rest = push(7);
            while !rest.is_empty() {
                peer.write_bytes(rest.split_to(1)).await;
            }
            // The end that the server sees is one that the client meant.
            assert_eq!(peer.read().await, Err(End::Polite), "{via:?}");
        };
        let user = async {
            assert_eq!(client.send(LOBBY, id, "hi").await.unwrap().seq, 6);
            assert_eq!(next_seq(&client).await, 6);
            assert_eq!(next_seq(&client).await, 7);
            client.close().await;
        };
        tokio::join!(script, user);
    }
}

#[tokio::test]
async fn a_cut_in_the_middle_of_a_frame_loses_nothing_and_repeats_nothing() {
    for via in Via::ALL {
        let server = Server::start(via).await;
        let (client, mut peer) = meet(&server, 5).await;
        let script = async {
            peer.write(0, Body::RoomEvent(event(6))).await;
            let body = Some(Body::RoomEvent(event(7)));
            let frame = encode_frame(&ServerFrame { request_id: 0, body });
            peer.write_bytes(frame.slice(..frame.len() / 2)).await;
            let Ok((_, Ask::Send(_))) = peer.read().await else { panic!("no send") };
            drop(peer); // The send was read, and nobody will ever answer it here.

            let mut peer = server.accept().await;
            peer.greet().await;
            assert_eq!(peer.tell_of_lobby(7).await, [(LOBBY.0, 6)], "{via:?}");
            let Ok((request, Ask::Send(send))) = peer.read().await else { panic!("no send") };
            let sent = v1::SendResponse { seq: 8, duplicate: true, ..Default::default() };
            assert_eq!(send.text, "again");
            peer.write(request, Body::Send(sent)).await;
            peer.write(0, Body::RoomEvent(event(7))).await;
            peer.write(0, Body::RoomEvent(event(8))).await;
            peer
        };
        let user = async {
            assert_eq!(next_seq(&client).await, 6);
            let (sent, events) =
                tokio::join!(client.send(LOBBY, new_client_message_id(), "again"), async {
                    let offline = client.next_event().await;
                    assert!(matches!(offline, Some(Event::Offline { .. })), "{offline:?}");
                    assert_eq!(client.next_event().await, Some(Event::Online { resumed: true }));
                    [next_seq(&client).await, next_seq(&client).await]
                },);
            assert_eq!((sent.unwrap().seq, events), (8, [7, 8]), "{via:?}");
        };
        let (_peer, ()) = tokio::join!(script, user);
    }
}

#[tokio::test]
async fn a_client_that_is_dropped_is_seen_as_lost() {
    for via in Via::ALL {
        let server = Server::start(via).await;
        let (client, mut peer) = meet(&server, 5).await;
        drop(client);
        assert_eq!(peer.read().await, Err(End::Cut), "{via:?}");
    }
}

#[tokio::test]
async fn who_takes_no_events_stops_the_server_and_loses_none() {
    // Together more than all buffers between the two hold.
    const EVENTS: u64 = 4_000;
    const NAME_BYTES: usize = 8_000;
    // A write that is not done by then waits for the reader.
    const PATIENCE: Duration = Duration::from_millis(300);
    for via in [Via::Tcp, Via::Ws] {
        let server = Server::start(via).await;
        let (client, mut peer) = meet(&server, 0).await;
        let (told, stalled) = tokio::sync::oneshot::channel();
        let script = async {
            let mut told = Some(told);
            for seq in 1..=EVENTS {
                let long = RoomEvent { actor_name: "x".repeat(NAME_BYTES), ..event(seq) };
                let mut write = Box::pin(peer.write(0, Body::RoomEvent(long)));
                if tokio::time::timeout(PATIENCE, &mut write).await.is_err() {
                    if let Some(told) = told.take() {
                        told.send(seq).unwrap();
                    }
                    write.await;
                }
            }
        };
        let user = async {
            let seq = stalled.await.unwrap();
            assert!(seq < EVENTS, "{via:?}: {seq}");
            for expect in 1..=EVENTS {
                assert_eq!(next_seq(&client).await, expect, "{via:?}");
            }
        };
        tokio::join!(script, user);
    }
}

#[tokio::test]
async fn many_callers_are_answered_each() {
    let server = Server::start(Via::Tcp).await;
    let (client, mut peer) = meet(&server, 0).await;
    let script = async {
        for seq in 1..=500 {
            let Ok((request, Ask::Send(_))) = peer.read().await else { panic!("no send") };
            peer.write(request, Body::Send(v1::SendResponse { seq, ..Default::default() })).await;
        }
    };
    let send = |_| client.send(LOBBY, new_client_message_id(), "x".repeat(8_000));
    let callers = futures_util::future::join_all((0..500).map(send));
    let ((), answers) = tokio::join!(script, callers);
    let seqs: Vec<u64> = answers.into_iter().map(|answer| answer.unwrap().seq).collect();
    assert_eq!(seqs, (1..=500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_farewell_of_the_server_is_told_and_ends_the_client() {
    for via in Via::ALL {
        let server = Server::start(via).await;
        let (client, mut peer) = meet(&server, 5).await;
        let away = v1::GoAway { message: "enough".to_owned(), ..Default::default() };
        peer.write(0, Body::GoAway(away.clone())).await;
        assert_eq!(client.next_event().await, Some(Event::Ended(Error::GoAway(away.clone()))));
        let asked = client.leave_room(LOBBY);
        let (asked, end) = tokio::join!(asked, peer.read());
        assert_eq!((asked, end), (Err(Error::GoAway(away)), Err(End::Polite)), "{via:?}");
        assert_eq!(client.next_event().await, None);
        client.close().await;
    }
}

#[tokio::test]
async fn cursors_that_are_given_are_sent() {
    let server = Server::start(Via::Tcp).await;
    let options = server.options();
    let client = async {
        let client = Client::connect(options, resume()).await.unwrap();
        let cursors = vec![(LOBBY, Seq(3))];
        client.sync(SyncPlan { cursors, ..Default::default() }).await.unwrap();
        assert_eq!(next_seq(&client).await, 4);
        client
    };
    let peer = async {
        let mut peer = server.accept().await;
        peer.greet().await;
        assert_eq!(peer.tell_of_lobby(5).await, [(LOBBY.0, 3)]);
        peer.write(0, Body::RoomEvent(event(4))).await;
        peer
    };
    tokio::join!(client, peer);
}
