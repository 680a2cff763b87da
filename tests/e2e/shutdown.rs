//! Planned ends: a drain loses nothing, and everybody is told to come back.

use std::fs;

use futures_util::future::join_all;
use harness::{
    Door, PASSWORD, Peer, Person, Setup, Signal, World, behind_both_doors, texts, within,
};
use parlor_proto::client::new_client_message_id;
use parlor_proto::v1::GoAwayCode;

behind_both_doors! {
    a_stopping_daemon_says_when_to_come_back;
    a_restart_under_load_loses_nothing;
}

async fn a_stopping_daemon_says_when_to_come_back(door: Door) {
    let mut world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register("ann", PASSWORD).await;
    let status = world.daemon.term().await;
    assert_eq!(status.code(), Some(0));
    let go_away = peer.farewell().await;
    assert_eq!(go_away.code(), GoAwayCode::Draining);
    assert!(go_away.reconnect && go_away.reconnect_max_ms > go_away.reconnect_min_ms);
    if door == Door::WebSocket {
        assert_eq!(peer.close_code(), Some(1012), "service restart");
    }
}

async fn a_restart_under_load_loses_nothing(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let said: Vec<String> = (0..300).map(|n| format!("message {n}")).collect();
    let talking = async {
        for chunk in said.chunks(10) {
            let send =
                |text: &String| ann.client.send(lobby, new_client_message_id(), text.clone());
            for outcome in join_all(chunk.iter().map(send)).await {
                outcome.unwrap();
            }
        }
    };
    let hearing = async {
        for text in &said {
            bob.hear(text).await;
        }
    };
    let own = async {
        for text in &said {
            ann.hear(text).await;
        }
    };
    let restarting = async {
        for _ in 0..2 {
            assert_eq!(world.daemon.term().await.code(), Some(0));
            world.daemon.restart().await;
        }
    };
    within("all to be said and heard", async { tokio::join!(talking, hearing, own, restarting) })
        .await;
    assert_eq!(texts(&ann.whole_history(lobby).await), said);
}

#[tokio::test]
async fn a_second_daemon_on_the_same_folder_says_who_holds_it() {
    let mut world = World::start(Door::Tcp).await;
    let pid = world.daemon.pid().to_string();
    let other = tempfile::tempdir().unwrap();
    let setup = Setup::new().data(&world.daemon.data());
    let mut second = setup.spawn(other.path(), harness::free_port());
    assert_eq!(second.exit().await.code(), Some(75));
    assert!(second.log().contains(&pid), "{}", second.log());
    // The first goes on, and its end frees the folder.
    let ann = Person::arrive(&world.url(), "ann").await;
    ann.create("lobby").await;
    world.daemon.kill9().await;
    let mut third = setup.spawn(other.path(), harness::free_port());
    assert!(third.line().await.unwrap().starts_with("ready parlor://"));
    third.signal(Signal::TERM);
    assert_eq!(third.exit().await.code(), Some(0));
}

#[tokio::test]
async fn a_stopped_process_leaves_no_socket_behind_that_blocks_the_next() {
    let mut world = World::start(Door::WebSocket).await;
    world.daemon.kill9().await;
    assert!(fs::symlink_metadata(world.daemon.bridge_socket()).is_ok(), "killed: it stays");
    world.daemon.restart().await;
    let ann = Person::arrive(&world.url(), "ann").await;
    ann.create("lobby").await;
    world.daemon.term().await;
    assert!(fs::symlink_metadata(world.daemon.bridge_socket()).is_err(), "stopped: it goes");
}
