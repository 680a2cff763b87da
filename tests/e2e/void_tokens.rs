//! When a token is void it is void everywhere: whatever ended the session, at every door, with
//! every connection that it had, and nothing is answered on these any more.

use std::time::{Duration, Instant};

use harness::{Door, PASSWORD, Peer, Person, Setup, World, behind_both_doors, options, within};
use parlor_proto::client::{Client, Event, Options, ServerUrl, SignIn};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::v1::{self, GoAwayCode, client_frame::Body, server_frame};

behind_both_doors! {
    a_token_is_void_at_every_door_whatever_ended_its_session;
    the_session_that_makes_room_is_void_too;
}

/// Short, so that a test can wait for it.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Who is put out hears of it within a second; a machine that is busy with other tests is slower.
const OUT: Duration = Duration::from_secs(5);

const BETTER: &str = "amber-tractor-58-violin";

/// What ends a session.
#[derive(Clone, Copy, Debug)]
enum End {
    Logout,
    Timeout,
    OwnRevocation,
    RevocationOfAllOthers,
    OtherPassword,
    DeviceRemoved,
    AdminRevocation,
    Reset,
    Suspension,
}

const ENDS: [End; 9] = [
    End::Logout,
    End::Timeout,
    End::OwnRevocation,
    End::RevocationOfAllOthers,
    End::OtherPassword,
    End::DeviceRemoved,
    End::AdminRevocation,
    End::Reset,
    End::Suspension,
];

/// An administrator, and all doors of one daemon.
struct Place {
    world: World,
    doors: Vec<ServerUrl>,
    ann: Person,
}

async fn place(door: Door) -> Place {
    let config = "session.timeout_min = \"1s\"\nkeep_alive.interval = \"500ms\"";
    let world = World::with(door, Setup::new().config(config)).await;
    let ann = Person::register(&world.url(), "ann").await;
    let granted = world.daemon.command(&["admin", "grant", "ann"]).await;
    assert!(granted.status.success(), "{granted:?}");
    let mut doors = vec![world.url()];
    if world.bridge.is_some() {
        doors.push(world.daemon.url());
    }
    Place { world, doors, ann }
}

/// A connection by hand: it hears everything and says nothing by itself.
async fn attached(url: &ServerUrl, token: &[u8]) -> Peer {
    let mut peer = Peer::connect(url).await;
    peer.hello().await;
    let sign_in = Some(brief());
    let resume = v1::ResumeRequest { token: token.to_vec().into(), sign_in };
    let answer = peer.ask(Body::Resume(resume)).await;
    assert!(matches!(answer, server_frame::Body::Auth(_)), "{answer:?}");
    peer
}

fn brief() -> v1::SignIn {
    let session_timeout_ms = u32::try_from(TIMEOUT.as_millis()).unwrap();
    v1::SignIn { session_timeout_ms, ..Default::default() }
}

async fn a_token_is_void_at_every_door_whatever_ended_its_session(door: Door) {
    let place = place(door).await;
    for (n, end) in ENDS.into_iter().enumerate() {
        let name = format!("user{n}");
        let home = Person::register(&place.world.url(), &name).await;
        let key = within("a device", home.client.add_device("home")).await.unwrap();
        home.client.log_out(true).await.unwrap();
        // The session to be ended has a device; the one that ends it has none.
        let options = options(&place.world.url(), "away");
        let options = Options { device_key: Some(key), session_timeout: TIMEOUT, ..options };
        let away = Person::connect(options, SignIn::Device).await.unwrap();
        let home = Person::login(&place.world.url(), &name).await;
        ended_by(&place, end, &home, away).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
async fn ended_by(place: &Place, end: End, home: &Person, away: Person) {
    let (account, token) = (away.client.account().unwrap(), away.token());
    let mut peers = Vec::new();
    for door in &place.doors {
        peers.push(attached(door, token.expose()).await);
    }
    let begun = Instant::now();
    bring_about(place, end, (home, &away), account.session_id).await;
    drop(away);
    for peer in &mut peers {
        let bye = peer.farewell().await;
        let is_right = match end {
            // The last that is silent ends the session.
            End::Timeout => matches!(bye.code(), GoAwayCode::SessionTimedOut | GoAwayCode::Silent),
            _ => bye.code() == GoAwayCode::SessionEnded,
        };
        assert!(is_right, "{end:?}: {bye:?}");
    }
    assert!(begun.elapsed() < OUT + TIMEOUT, "{end:?}: {:?}", begun.elapsed());
    for door in &place.doors {
        let mut peer = Peer::connect(door).await;
        peer.hello().await;
        let token = token.expose().to_vec().into();
        let resume = v1::ResumeRequest { token, sign_in: None };
        peer.refused(Body::Resume(resume), Reason::SessionEnded).await;
        peer.refused(Body::ListSessions(v1::ListSessionsRequest {}), Reason::NotSignedIn).await;
    }
}

async fn bring_about(
    place: &Place,
    end: End,
    (home, away): (&Person, &Person),
    session: SessionId,
) {
    let (admin, user) = (&place.ann.client, UserId(home.user_id()));
    match end {
        End::Logout => away.client.log_out(true).await.unwrap(),
        // It is not told to go: nobody says anything any more. The peers never did.
        End::Timeout => drop(home.client.list_sessions().await.unwrap()),
        End::OwnRevocation => {
            assert_eq!(home.client.end_sessions(Some(session)).await.unwrap(), 1);
        }
        End::RevocationOfAllOthers => {
            assert_eq!(home.client.end_sessions(None).await.unwrap(), 1);
        }
        End::OtherPassword => {
            let change = home.client.change_password(PASSWORD.to_owned(), BETTER.to_owned());
            within("another password", change).await.unwrap();
        }
        End::DeviceRemoved => {
            let devices = home.client.list_devices().await.unwrap();
            let device = devices[0].device_id.as_ref().try_into().unwrap();
            home.client.remove_device(parlor_proto::ids::DeviceId(device)).await.unwrap();
        }
        End::AdminRevocation => assert_eq!(admin.end_user_sessions(user).await.unwrap(), 2),
        End::Reset => {
            let code = admin.create_reset_code(user).await.unwrap().code;
            let (user_name, new_password) = (home.name.clone(), BETTER.to_owned());
            let reset = SignIn::Reset { user_name, code, new_password };
            let options = options(&place.world.url(), "desk");
            within("a reset", Client::connect(options, reset)).await.unwrap();
        }
        End::Suspension => admin.suspend_user(user, true).await.unwrap(),
    }
}

async fn the_session_that_makes_room_is_void_too(door: Door) {
    let world = World::with(door, Setup::new().config("limits.sessions_per_user = 2")).await;
    let first = Person::register(&world.url(), "ann").await;
    let token = first.token();
    let _second = Person::login(&world.url(), "ann").await;
    let _third = Person::login(&world.url(), "ann").await;
    while !matches!(first.event().await, Event::SignedOut(_)) {}
    let error = Person::resume(&world.url(), token).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::SessionEnded));
}
