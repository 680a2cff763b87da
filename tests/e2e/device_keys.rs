//! Keys of devices by hand: a signature opens one session, on the connection that it was made
//! for, and nothing else.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use harness::{Door, PASSWORD, Peer, World, behind_both_doors};
use parlor_proto::codes::Reason;
use parlor_proto::device::{Place, Purpose};
use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::v1::{self, client_frame::Body, server_frame};

behind_both_doors! {
    a_signature_opens_a_session_on_its_own_connection_only;
    a_key_is_added_by_its_first_signature_only;
}

const DEVICE: DeviceId = DeviceId([5; 16]);

/// A key in the hands of the test.
struct Key(Ed25519KeyPair);

impl Key {
    fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn sign(&self, purpose: Purpose, hello: &v1::HelloResponse, user: u64) -> Vec<u8> {
        let server_id = hello.server_id.as_ref().try_into().unwrap();
        let place = Place { server_id, nonce: hello.nonce.as_ref().try_into().unwrap() };
        self.0.sign(&place.statement(purpose, UserId(user), DEVICE)).as_ref().to_vec()
    }

    fn add(&self, signature: Vec<u8>) -> Body {
        Body::AddDevice(v1::AddDeviceRequest {
            device_id: DEVICE.0.to_vec().into(),
            public_key: self.0.public_key().as_ref().to_vec().into(),
            name: "by hand".into(),
            signature: signature.into(),
        })
    }
}

fn login(user_id: u64, signature: Vec<u8>) -> Body {
    Body::LoginWithDevice(v1::LoginWithDeviceRequest {
        user_id,
        device_id: DEVICE.0.to_vec().into(),
        signature: signature.into(),
        sign_in: None,
    })
}

async fn come(world: &World) -> (Peer, v1::HelloResponse) {
    let mut peer = Peer::connect(&world.url()).await;
    let hello = peer.hello().await;
    (peer, hello)
}

/// Ann, with a key; gives her number and a token.
async fn enrolled(world: &World, key: &Key) -> (u64, bytes::Bytes) {
    let (mut peer, hello) = come(world).await;
    let auth = peer.register("ann", PASSWORD).await;
    let ann = auth.user.unwrap().user_id;
    let answer = peer.ask(key.add(key.sign(Purpose::Add, &hello, ann))).await;
    assert!(matches!(answer, server_frame::Body::AddDevice(_)), "{answer:?}");
    (ann, auth.token)
}

async fn a_signature_opens_a_session_on_its_own_connection_only(door: Door) {
    let world = World::start(door).await;
    let key = Key::new(3);
    let (ann, _) = enrolled(&world, &key).await;

    let (mut good, hello) = come(&world).await;
    let signature = key.sign(Purpose::Login, &hello, ann);
    let mut refusals = Vec::new();
    // What was signed for one connection, on another.
    let (mut peer, other) = come(&world).await;
    assert_ne!(hello.nonce, other.nonce);
    assert_eq!(hello.server_id, other.server_id);
    refusals.push(peer.refused(login(ann, signature.clone()), Reason::BadCredentials).await);
    // Now the nonce is used up: a right one comes too late.
    let late = key.sign(Purpose::Login, &other, ann);
    refusals.push(peer.refused(login(ann, late), Reason::BadCredentials).await);
    // For something else, for somebody else, and by another key.
    let (mut peer, hello) = come(&world).await;
    let add = key.sign(Purpose::Add, &hello, ann);
    refusals.push(peer.refused(login(ann, add), Reason::BadCredentials).await);
    let (mut peer, hello) = come(&world).await;
    let of_bob = key.sign(Purpose::Login, &hello, ann + 1);
    refusals.push(peer.refused(login(ann, of_bob), Reason::BadCredentials).await);
    let (mut peer, hello) = come(&world).await;
    let forged = Key::new(4).sign(Purpose::Login, &hello, ann);
    refusals.push(peer.refused(login(ann, forged), Reason::BadCredentials).await);
    // At another server.
    let (mut peer, hello) = come(&world).await;
    let elsewhere = v1::HelloResponse { server_id: vec![9; 32].into(), ..hello };
    let elsewhere = key.sign(Purpose::Login, &elsewhere, ann);
    refusals.push(peer.refused(login(ann, elsewhere), Reason::BadCredentials).await);
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "{refusals:?}");

    let answer = good.ask(login(ann, signature.clone())).await;
    let server_frame::Body::Auth(auth) = answer else { panic!("{answer:?}") };
    assert_eq!((auth.user.unwrap().user_id, auth.token.len()), (ann, 32));
    good.refused(login(ann, signature), Reason::AlreadySignedIn).await;
}

async fn a_key_is_added_by_its_first_signature_only(door: Door) {
    let world = World::start(door).await;
    let key = Key::new(3);
    let (ann, token) = enrolled(&world, &key).await;
    let resumed = async || {
        let (mut peer, hello) = come(&world).await;
        let resume = v1::ResumeRequest { token: token.clone(), sign_in: None };
        let answer = peer.ask(Body::Resume(resume)).await;
        assert!(matches!(answer, server_frame::Body::Auth(_)), "{answer:?}");
        (peer, hello)
    };
    let (mut peer, hello) = resumed().await;
    let for_login = key.sign(Purpose::Login, &hello, ann);
    peer.refused(key.add(for_login), Reason::BadField).await;
    let late = key.sign(Purpose::Add, &hello, ann);
    peer.refused(key.add(late), Reason::BadField).await;
    // The same key again changes nothing; another one cannot take its place.
    let (mut peer, hello) = resumed().await;
    let answer = peer.ask(key.add(key.sign(Purpose::Add, &hello, ann))).await;
    let server_frame::Body::AddDevice(added) = answer else { panic!("{answer:?}") };
    assert_eq!(added.device.unwrap().name, "by hand");
    let (mut peer, hello) = resumed().await;
    let other = Key::new(4);
    peer.refused(other.add(other.sign(Purpose::Add, &hello, ann)), Reason::BadField).await;
    // A stranger adds nothing.
    let (mut peer, hello) = come(&world).await;
    peer.refused(key.add(key.sign(Purpose::Add, &hello, ann)), Reason::NotSignedIn).await;
}
