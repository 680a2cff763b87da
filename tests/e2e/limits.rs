//! How much and how often: each limit refuses with its reason and says when to come back.

use futures_util::future::join_all;
use harness::{Daemon, Door, PASSWORD, Peer, Person, Setup, World, behind_both_doors, within};
use parlor_proto::client::new_client_message_id;
use parlor_proto::codes::Reason;
use parlor_proto::v1::{self, GoAwayCode, client_frame::Body, server_frame};

#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

behind_both_doors! {
    who_sends_too_often_is_told_when_to_go_on;
    logins_from_one_address_are_counted;
    text_pages_requests_and_accounts_are_counted;
}

async fn who_sends_too_often_is_told_when_to_go_on(door: Door) {
    let world = World::with(door, Setup::new().only_config("")).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let send = |n: u32| ann.client.send(lobby, new_client_message_id(), n.to_string());
    let began = now();
    let outcomes = within("answers", join_all((0..60).map(send))).await;
    let seconds = usize::try_from(began.elapsed().as_secs() + 1).unwrap();
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    let least = 40_usize.saturating_sub(5 * seconds).max(1);
    assert!((least..=40).contains(&refused.len()), "20 at once, 5 a second: {}", refused.len());
    for error in refused {
        let parlor_proto::client::Error::Refused(error) = error else { panic!("{error}") };
        assert_eq!(error.reason, Reason::RateLimited.as_str());
        assert!(error.retryable && (1..=12_000).contains(&error.retry_after_ms), "{error:?}");
    }
    // Another user has limits of their own.
    let bob = Person::arrive(&world.url(), "bob").await;
    bob.join("lobby").await;
    bob.say(lobby, "not me").await;
}

async fn logins_from_one_address_are_counted(door: Door) {
    let world = World::with(door, Setup::new().only_config("")).await;
    Person::register(&world.url(), "ann").await;
    let mut refused = None;
    for _ in 0..12 {
        let mut peer = Peer::connect(&world.url()).await;
        peer.hello().await;
        let login = v1::LoginRequest {
            user_name: "ann".into(),
            password: "wrong-password-1".into(),
            ..Default::default()
        };
        let answer = peer.ask(Body::Login(login)).await;
        let server_frame::Body::Error(error) = answer else { panic!("{answer:?}") };
        if error.reason == Reason::RateLimited.as_str() {
            assert!(error.retryable && error.retry_after_ms > 0);
            refused = Some(error);
            break;
        }
        assert_eq!(error.reason, Reason::BadCredentials.as_str());
    }
    assert!(refused.is_some(), "a dozen wrong passwords in a row");
}

async fn text_pages_requests_and_accounts_are_counted(door: Door) {
    let config = "limits.login_per_minute = 'off'\nlimits.request_burst = 60\n\
                  limits.requests_per_second = 1\nsend.per_second = 'off'\n\
                  send.kib_per_second = 1\nlimits.pages_per_second = 1";
    let world = World::with(door, Setup::new().only_config(config)).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let limited = |error: parlor_proto::client::Error| {
        let parlor_proto::client::Error::Refused(error) = error else { panic!("{error}") };
        assert_eq!(error.reason, Reason::RateLimited.as_str());
        assert!(error.retryable && error.retry_after_ms > 0, "{error:?}");
    };
    let long = "x".repeat(8 * 1024);
    let send = |_| ann.client.send(lobby, new_client_message_id(), long.clone());
    let sent = within("answers", join_all((0..20).map(send))).await;
    let refused: Vec<_> = sent.into_iter().filter_map(Result::err).collect();
    assert!((3..=4).contains(&refused.len()), "16 of 8 KiB at once: {}", refused.len());
    refused.into_iter().for_each(limited);

    // Each connection has requests of its own, and each user pages.
    let other = Person::resume(&world.url(), ann.token()).await.unwrap();
    let read = |_| other.client.history(lobby, v1::history_request::Anchor::BeforeSeq(0), 1);
    let pages = within("pages", join_all((0..30).map(read))).await;
    let refused: Vec<_> = pages.into_iter().filter_map(Result::err).collect();
    assert!((5..=10).contains(&refused.len()), "20 at once: {}", refused.len());
    refused.into_iter().for_each(limited);

    let ask = |_| other.client.get_users(&[], "ann");
    let asked = within("answers", join_all((0..60).map(ask))).await;
    let refused: Vec<_> = asked.into_iter().filter_map(Result::err).collect();
    assert!((20..=40).contains(&refused.len()), "60 in all at once: {}", refused.len());
    refused.into_iter().for_each(limited);

    for name in ["bob", "eve"] {
        Person::register(&world.url(), name).await.client.close().await;
    }
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    let register = v1::RegisterRequest {
        user_name: "zoe".into(),
        password: PASSWORD.into(),
        ..Default::default()
    };
    let error = peer.refused(Body::Register(register), Reason::RateLimited).await;
    assert!(error.retry_after_ms > 60_000, "three an hour: {error:?}");
}

#[tokio::test]
async fn connections_from_one_address_are_counted() {
    let daemon = Daemon::with(Setup::new().only_config("")).await;
    let address = daemon.address().to_string();
    let mut peers = Vec::new();
    let turned_away = loop {
        assert!(peers.len() < 64, "nobody is turned away");
        let Ok(mut peer) = Peer::tls(&address).await else { break None };
        peer.send(
            1,
            Body::Hello(v1::HelloRequest {
                revision_min: 1,
                revision_max: 1,
                ..Default::default()
            }),
        )
        .await;
        match peer.frame().await.and_then(|frame| frame.body) {
            Some(server_frame::Body::Hello(_)) => peers.push(peer),
            Some(server_frame::Body::GoAway(go_away)) => break Some(go_away),
            Some(body) => panic!("{body:?}"),
            None => break None,
        }
    };
    assert!(peers.len() >= 20, "too few: {}", peers.len());
    if let Some(go_away) = turned_away {
        assert_eq!(go_away.code(), GoAwayCode::TooManyConnections);
        assert!(go_away.reconnect && go_away.reconnect_min_ms > 0);
    }
}

#[tokio::test]
async fn the_queue_of_passwords_is_bounded_and_messages_go_on() {
    let daemon = Daemon::with(Setup::new().config("password.queue = 4")).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let come = async || {
        let mut peer = Peer::connect(&daemon.url()).await;
        peer.hello().await;
        peer
    };
    let crowd = join_all((0..40).map(|_| come())).await;
    // All at the same time, each with another name.
    let tries = crowd.into_iter().enumerate().map(async |(n, mut peer)| {
        let login = v1::LoginRequest {
            user_name: format!("user{n}"),
            password: PASSWORD.into(),
            ..Default::default()
        };
        let answer = peer.ask(Body::Login(login)).await;
        let server_frame::Body::Error(error) = answer else { panic!("{answer:?}") };
        error
    });
    let talking = async {
        for n in 0..20 {
            ann.say(lobby, &format!("{n}")).await;
        }
    };
    let (errors, ()) =
        within("all to be answered", async { tokio::join!(join_all(tries), talking) }).await;
    let (mut tried, mut turned_away) = (0, 0);
    for error in errors {
        match Reason::of(&error).unwrap() {
            Reason::BadCredentials => tried += 1,
            Reason::LoginQueueFull => {
                assert!(error.retryable && error.retry_after_ms > 0, "{error:?}");
                turned_away += 1;
            }
            reason => panic!("{reason}"),
        }
    }
    assert!(tried >= 4 && turned_away > 0, "{tried} tried, {turned_away} turned away");
}
