//! Accounts and sessions: who comes in, who does not, and when a token is void.

use std::time::{Duration, Instant};

use harness::{Door, PASSWORD, Peer, Person, Setup, World, behind_both_doors, options, within};
use parlor_proto::client::{Client, Error, Event, SignIn, Token};
use parlor_proto::codes::Reason;
use parlor_proto::v1::{self, GoAwayCode, RegistrationMode, client_frame::Body};

behind_both_doors! {
    a_name_is_folded_and_belongs_to_one;
    bad_names_and_passwords_are_refused;
    a_wrong_password_and_an_unknown_user_look_the_same;
    logging_out_voids_the_token_everywhere;
    a_session_takes_eight_connections;
    who_may_register_is_the_operators_word;
}

async fn refused(world: &World, sign_in: SignIn) -> Reason {
    let connecting = Client::connect(options(&world.url(), "desk"), sign_in);
    let error = within("a refusal", connecting).await.expect_err("must be refused");
    error.reason().unwrap_or_else(|| panic!("{error}"))
}

fn register(user_name: &str, password: &str) -> SignIn {
    let (user_name, password) = (user_name.to_owned(), password.to_owned());
    SignIn::Register { user_name, password, invite: String::new() }
}

fn login(user_name: &str, password: &str) -> SignIn {
    SignIn::Login { user_name: user_name.to_owned(), password: password.to_owned() }
}

async fn a_name_is_folded_and_belongs_to_one(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "Ann").await;
    assert_eq!(ann.name, "ann");
    assert_eq!(refused(&world, register("ANN", PASSWORD)).await, Reason::UserNameTaken);
    let again = Person::login(&world.url(), "aNN").await;
    assert_eq!(again.user_id(), ann.user_id());
    assert_ne!(
        again.client.account().unwrap().session_id,
        ann.client.account().unwrap().session_id
    );
    assert_ne!(again.token(), ann.token(), "a new token at each login");
}

async fn bad_names_and_passwords_are_refused(door: Door) {
    let world = World::start(door).await;
    let long = "a".repeat(33);
    for name in ["", "a", "a b", "ann\n", "\u{1b}[2J", "änn", "../ann", "ann\0", &long] {
        assert_eq!(refused(&world, register(name, PASSWORD)).await, Reason::BadName, "{name:?}");
    }
    // As long as can be, and not easily guessed, as a repetition would be.
    let letter =
        |n: u32| char::from(b'!' + u8::try_from(n.wrapping_mul(2_654_435_761) >> 26).unwrap());
    let longest: String = (0..512).map(letter).collect();
    let too_long = format!("{longest}x");
    for password in ["", "seven77", &too_long] {
        let reason = refused(&world, register("ann", password)).await;
        assert_eq!(reason, Reason::BadPassword, "{password:?}");
    }
    for password in ["password", "12345678", "qwertyuiop", "margarethe", "margarethe1"] {
        let reason = refused(&world, register("margarethe", password)).await;
        assert_eq!(reason, Reason::WeakPassword, "{password:?}");
    }
    let connecting = Client::connect(options(&world.url(), ""), register("ann", &longest));
    assert!(within("the longest password", connecting).await.is_ok());
}

async fn a_wrong_password_and_an_unknown_user_look_the_same(door: Door) {
    let world = World::start(door).await;
    Person::register(&world.url(), "ann").await.client.close().await;
    let mut answers = Vec::new();
    let mut times = Vec::new();
    for name in ["ann", "nobody", "no such name at all"] {
        let mut peer = Peer::connect(&world.url()).await;
        peer.hello().await;
        let password = "not-the-password-9".to_owned();
        let ask = Body::Login(v1::LoginRequest {
            user_name: name.to_owned(),
            password,
            ..Default::default()
        });
        #[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
        let began = Instant::now();
        answers.push(peer.refused(ask, Reason::BadCredentials).await);
        times.push(began.elapsed());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    // The same work is done for nothing: far from the microseconds of a look-up.
    let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    assert!(*most < *least * 20, "{times:?}");
}

async fn logging_out_voids_the_token_everywhere(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let token = ann.token();
    let other = Person::resume(&world.url(), token.clone()).await.unwrap();
    other.sync().await;
    let elsewhere = Person::login(&world.url(), "ann").await;
    ann.client.logout().await.unwrap();
    let ended = loop {
        match other.event().await {
            Event::SignedOut(error) | Event::Ended(error) => break error,
            Event::Offline { .. } => {}
            event => panic!("{event:?}"),
        }
    };
    match ended {
        Error::GoAway(go_away) => assert_eq!(go_away.code(), GoAwayCode::SessionEnded),
        error => assert_eq!(error.reason(), Some(Reason::SessionEnded), "{error}"),
    }
    assert_eq!(refused(&world, SignIn::Resume { token }).await, Reason::SessionEnded);
    // Another session of the same user is another matter.
    elsewhere.create("lobby").await;
    let never = SignIn::Resume { token: Token::from([7; 32]) };
    assert_eq!(refused(&world, never).await, Reason::SessionEnded);
}

async fn a_session_takes_eight_connections(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let mut others = Vec::new();
    for _ in 1..8 {
        others.push(Person::resume(&world.url(), ann.token()).await.unwrap());
    }
    let ninth = refused(&world, SignIn::Resume { token: ann.token() }).await;
    assert_eq!(ninth, Reason::TooManyConnections);
    // Nobody took over from anybody.
    let lobby = ann.create("lobby").await;
    for person in &others {
        person.say(lobby, "still here").await;
        ann.hear("still here").await;
    }
    // A place given back is free again.
    others.pop().unwrap().client.close().await;
    within("a free place", async {
        while Person::resume(&world.url(), ann.token()).await.is_err() {}
    })
    .await;
}

async fn who_may_register_is_the_operators_word(door: Door) {
    let setup = Setup::new().registration(Some("invite"));
    let world = World::with(door, setup).await;
    assert_eq!(refused(&world, register("ann", PASSWORD)).await, Reason::BadInvite);
    let printed = world.daemon.command(&["invite", "--uses", "1", "--expires", "1h"]).await;
    assert!(printed.status.success(), "{printed:?}");
    let invite = String::from_utf8(printed.stdout).unwrap();
    let url: parlor_proto::client::ServerUrl = invite.trim().parse().unwrap();
    assert_eq!(url.pin, world.daemon.url().pin, "an invite carries the pin");
    let secret = url.invite.unwrap();
    // Many at once, one place.
    let tries = (0..8).map(|n| {
        let sign_in = SignIn::Register {
            user_name: format!("user{n}"),
            password: PASSWORD.to_owned(),
            invite: secret.clone(),
        };
        Client::connect(options(&world.url(), ""), sign_in)
    });
    let mut accounts = 0;
    for outcome in within("eight answers", futures_util::future::join_all(tries)).await {
        match outcome {
            Ok(client) => {
                assert_eq!(client.hello().registration(), RegistrationMode::Invite);
                accounts += 1;
            }
            Err(error) => assert_eq!(error.reason(), Some(Reason::BadInvite), "{error}"),
        }
    }
    assert_eq!(accounts, 1, "an invite for one makes one account");
    let listed = format!("{:?}", world.daemon.log());
    assert!(!listed.contains(&secret), "the secret is not in the log");
}

#[tokio::test]
async fn nobody_registers_where_registration_is_closed() {
    let world = World::with(Door::Tcp, Setup::new().registration(Some("closed"))).await;
    assert_eq!(refused(&world, register("ann", PASSWORD)).await, Reason::RegistrationClosed);
    assert_eq!(refused(&world, login("ann", PASSWORD)).await, Reason::BadCredentials);
}

#[tokio::test]
async fn registration_is_open_only_where_nobody_else_can_come_in() {
    let alone = World::with(Door::Tcp, Setup::new().registration(None)).await;
    let mut peer = Peer::connect(&alone.url()).await;
    assert_eq!(peer.hello().await.registration(), RegistrationMode::Open);
    let bridged = World::with(Door::WebSocket, Setup::new().registration(None)).await;
    let mut peer = Peer::connect(&bridged.url()).await;
    assert_eq!(peer.hello().await.registration(), RegistrationMode::Invite);
}

#[tokio::test]
async fn a_wished_timeout_is_brought_within_bounds() {
    let world = World::start(Door::Tcp).await;
    let mut peer = Peer::connect(&world.url()).await;
    let policy = peer.hello().await.keep_alive.unwrap();
    assert_eq!((policy.interval_ms, policy.session_timeout_ms), (20_000, 45_000));
    let granted = peer.register("ann", PASSWORD).await.session_timeout_ms;
    assert_eq!(granted, policy.session_timeout_ms);
    for (wish, expect) in [
        (Duration::from_millis(1), policy.session_timeout_min_ms),
        (Duration::from_secs(60), 60_000),
        (Duration::from_secs(1 << 20), policy.session_timeout_max_ms),
    ] {
        let mut options = options(&world.url(), "");
        options.session_timeout = wish;
        let person = Person::connect(options, login("ann", PASSWORD)).await.unwrap();
        let granted = person.client.account().unwrap().session_timeout;
        assert_eq!(granted, Duration::from_millis(expect.into()), "asked for {wish:?}");
    }
}
