//! What the daemon sees of those who call now and then.

use std::path::Path;

use parlor_proto::frame::{FrameDecoder, encode_frame};
use parlor_proto::limits::FRAME_BYTES_MAX;
use parlor_proto::v1::{ClientFrame, ServerFrame, client_frame, server_frame};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::*;

/// A daemon that lets everybody in; what it is asked for.
fn daemon(path: &Path) -> mpsc::Receiver<&'static str> {
    let listener = UnixListener::bind(path).unwrap();
    let (sender, asked) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Ok((unix, _)) = listener.accept().await {
            tokio::spawn(serve(unix, sender.clone()));
        }
    });
    asked
}

async fn serve(mut unix: UnixStream, asked: mpsc::Sender<&'static str>) {
    let mut start = [0; 16];
    unix.read_exact(&mut start).await.unwrap();
    let header = usize::from(u16::from_be_bytes([start[14], start[15]]));
    unix.read_exact(&mut vec![0; header]).await.unwrap();
    let mut frames = FrameDecoder::new(FRAME_BYTES_MAX);
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = unix.read(&mut bytes).await {
        frames.extend(&bytes[..count]);
        while let Some(frame) = frames.next_frame().unwrap() {
            let ClientFrame { request_id, body } = ClientFrame::decode(frame).unwrap();
            let Some((what, body)) = answer(body.unwrap()) else { continue };
            asked.send(what).await.unwrap();
            let answer = ServerFrame { request_id, body: Some(body) };
            unix.write_all(&encode_frame(&answer)).await.unwrap();
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "nobody here asks for more")]
fn answer(body: client_frame::Body) -> Option<(&'static str, server_frame::Body)> {
    use client_frame::Body as Ask;
    use server_frame::Body;
    let user = Some(v1::User { user_id: 1, user_name: "ci".into(), ..Default::default() });
    let auth = v1::AuthResponse { user, session_id: 1, ..Default::default() };
    Some(match body {
        Ask::Hello(_) => {
            ("hello", Body::Hello(v1::HelloResponse { revision: 1, ..Default::default() }))
        }
        Ask::LoginWithToken(_) => {
            ("login", Body::Auth(v1::AuthResponse { token: vec![7; TOKEN_BYTES].into(), ..auth }))
        }
        Ask::Resume(resume) => {
            assert_eq!(resume.token, [7; TOKEN_BYTES].as_slice());
            ("resume", Body::Auth(auth))
        }
        Ask::Logout(_) => ("logout", Body::Ack(v1::Ack {})),
        _ => return None,
    })
}

fn pool(path: &Path) -> Pool {
    let limits = Limits { idle_timeout: Duration::ZERO, ..Limits::default() };
    Pool::new(Upstream::Unix { path: path.to_owned() }, limits)
}

async fn call(pool: &Pool, secret: &str) {
    let somewhere = "192.0.2.1:1".parse().unwrap();
    let origin = Origin {
        peer: somewhere,
        local: somewhere,
        client_name: "curl".to_owned(),
        client_version: "8".to_owned(),
    };
    let credential = Credential::ApiToken(Zeroizing::new(secret.to_owned()));
    let lease = pool.take(&credential, &origin).await.unwrap();
    assert_eq!(lease.account().unwrap().user.user_name, "ci");
}

fn heard(asked: &mut mpsc::Receiver<&'static str>) -> Vec<&'static str> {
    std::iter::from_fn(|| asked.try_recv().ok()).collect()
}

#[tokio::test]
async fn a_bot_that_calls_every_few_minutes_is_signed_in_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.sock");
    let mut asked = daemon(&path);
    let pool = pool(&path);
    for _ in 0..3 {
        call(&pool, "plr_1").await;
        call(&pool, "plr_1").await;
        let unused = pool.0.expired(now());
        assert_eq!(unused.len(), 1, "one after the other they need one connection");
        close_all(unused).await;
    }
    assert_eq!(heard(&mut asked), ["hello", "login", "hello", "resume", "hello", "resume"]);
    call(&pool, "plr_2").await;
    assert_eq!(heard(&mut asked), ["hello", "login"], "another token, another session");

    let later = now() + SESSION_TIMEOUT_VISITOR;
    close_all(pool.0.expired(later)).await;
    assert!(pool.0.desks().is_empty(), "nothing is kept for those who are gone");
    call(&pool, "plr_1").await;
    assert_eq!(heard(&mut asked), ["hello", "login"]);
    let told = Told { idle: 1, connections_max: 1024, kept: 3, made: 5, ..Told::default() };
    assert_eq!(pool.told(), told);
    pool.close().await;
    assert_eq!(heard(&mut asked), ["logout"], "the bridge stops, and nobody comes back");
}

#[tokio::test]
async fn no_more_sessions_are_remembered_than_there_may_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.sock");
    let _asked = daemon(&path);
    let pool = pool(&path);
    for address in 0..SESSIONS_MAX + 1 {
        let address = IpAddr::from(std::net::Ipv6Addr::from(address as u128));
        let key = Key { token: [1; TOKEN_BYTES], address };
        pool.0.desks().insert(key, Desk::new(&pool.0.limits));
    }
    forget_sessions(&mut pool.0.desks());
    assert_eq!(pool.0.desks().len(), SESSIONS_MAX);
}
