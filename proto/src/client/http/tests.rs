//! Calls against a bridge that the test plays by hand, answer by answer.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

mod streams;

use super::*;
use crate::client::{Client, Retry, Trust};

const CURRENT: &str = r#"{"session_id":"5","user":{"user_id":"3","user_name":"ann",
    "display_name":"","bot":false,"webhook":false,"suspended":false},"session_timeout_ms":900000}"#;
const NOBODY: &str = r#"{"users":[]}"#;

/// What the bridge does with one connection after the other: an answer for each request that
/// comes, then it hangs up. Tells what was asked.
type Script = &'static [&'static [Answer]];

#[derive(Clone, Copy)]
enum Answer {
    Json(&'static str),
    Raw(&'static str),
    /// The request is read, and not answered.
    Nothing,
}

struct Bridge {
    options: Options,
    playing: JoinHandle<Vec<String>>,
    /// How many connections it has closed.
    closed: watch::Receiver<usize>,
}

impl Bridge {
    async fn plays(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let (closing, closed) = watch::channel(0);
        let playing = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answers in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                for answer in *answers {
                    asked.push(request(&mut stream).await);
                    stream.write_all(answer.text().as_bytes()).await.unwrap();
                }
                drop(stream);
                closing.send_modify(|closed| *closed += 1);
            }
            asked
        });
        Self { options: Options::new(url, Trust::default()), playing, closed }
    }

    async fn resume(&self) -> Result<Client, Error> {
        let sign_in = SignIn::Resume { token: Token::from([7; 32]) };
        Client::connect(self.options.clone(), sign_in).await
    }

    async fn asked(self) -> Vec<String> {
        self.playing.await.unwrap()
    }
}

impl Answer {
    fn text(self) -> String {
        match self {
            Self::Json(json) => format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
                json.len()
            ),
            Self::Raw(text) => text.to_owned(),
            Self::Nothing => String::new(),
        }
    }
}

/// The first line of a request, and after what a stream is to go on; its head has no body behind
/// it, or one that came with it.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut piece = [0; 4096];
        let len = stream.read(&mut piece).await.unwrap();
        assert!(len > 0, "the client hung up");
        bytes.extend_from_slice(&piece[..len]);
    }
    let text = String::from_utf8(bytes).unwrap();
    let token = format!("authorization: Bearer {}\r\n", "07".repeat(32));
    assert!(text.contains(&token) && text.contains("\r\nhost: 127.0.0.1:"), "{text}");
    let mut first = text.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    if let Some(last) = text.lines().find_map(|line| line.strip_prefix("last-event-id: ")) {
        first.extend([" after ", last]);
    }
    first
}

/// Much less than a call may take.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Enough for the runtime to look at every socket.
const TURNS: u32 = 100;

const USERS: &str = "GET /v1/users?user_name=bob";

#[tokio::test]
async fn calls_share_a_connection() {
    let bridge = Bridge::plays(&[&[Answer::Json(CURRENT), Answer::Json(NOBODY)]]).await;
    let client = bridge.resume().await.unwrap();
    let account = client.account().unwrap();
    assert_eq!((account.session_id.0, account.session_timeout.as_secs()), (5, 900));
    assert!(client.get_users(&[], "bob").await.unwrap().is_empty());
    client.close().await;
    assert_eq!(bridge.asked().await, ["GET /v1/sessions/current", USERS]);
}

#[tokio::test]
async fn what_is_safe_to_repeat_survives_a_lost_connection() {
    let bridge = Bridge::plays(&[
        &[Answer::Json(CURRENT)],
        &[Answer::Nothing],
        &[Answer::Raw("HTTP/1.1 200 OK\r\ncontent-le")],
        &[Answer::Json(NOBODY)],
    ])
    .await;
    let client = bridge.resume().await.unwrap();
    assert!(client.get_users(&[], "bob").await.unwrap().is_empty());
    let asked = bridge.asked().await;
    assert_eq!(asked, ["GET /v1/sessions/current", USERS, USERS, USERS]);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced_at_once() {
    let script: Script = &[&[Answer::Json(CURRENT)], &[Answer::Json(NOBODY)]];
    let mut bridge = Bridge::plays(script).await;
    let client = bridge.resume().await.unwrap();
    bridge.closed.wait_for(|closed| *closed == 1).await.unwrap();
    // So that the runtime has heard of it as well.
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    let asking = client.get_users(&[], "bob");
    assert!(timeout(AT_ONCE, asking).await.unwrap().unwrap().is_empty());
    assert_eq!(bridge.asked().await, ["GET /v1/sessions/current", USERS]);
}

#[tokio::test]
async fn what_is_not_is_asked_once() {
    let bridge = Bridge::plays(&[&[Answer::Json(CURRENT), Answer::Nothing]]).await;
    let client = bridge.resume().await.unwrap();
    let error = client.claim_admin("code").await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    assert_eq!(bridge.asked().await.last().unwrap(), "POST /v1/admin/claim");
}

#[tokio::test]
async fn an_answer_before_the_end_is_an_answer() {
    const LAST: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\
                {\"users\":[]}";
    let bridge = Bridge::plays(&[&[Answer::Json(CURRENT), Answer::Raw(LAST)]]).await;
    let client = bridge.resume().await.unwrap();
    assert!(client.get_users(&[], "bob").await.unwrap().is_empty());
}

async fn refused(answer: &'static str) -> Error {
    let script: Vec<&'static [Answer]> = vec![vec![Answer::Raw(answer)].leak()];
    Bridge::plays(script.leak()).await.resume().await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_is_told_as_by_other_doors() {
    let error = refused(
        "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/problem+json\r\n\r\n\
         {\"type\":\"urn:parlor:problem:SESSION_ENDED\",\"title\":\"\",\"status\":401,\
         \"detail\":\"sign in again\",\"instance\":\"\",\"code\":\"UNAUTHENTICATED\",\
         \"reason\":\"SESSION_ENDED\",\"retryable\":false}",
    );
    assert_eq!(error.await.reason(), Some(Reason::SessionEnded));
    let error = refused(
        "HTTP/1.1 503 Unavailable\r\ncontent-type: application/problem+json\r\n\r\n\
         {\"type\":\"\",\"title\":\"\",\"status\":503,\"detail\":\"\",\"instance\":\"\",\
         \"code\":\"UNAVAILABLE\",\"reason\":\"UPSTREAM_UNREACHABLE\",\"retryable\":true,\
         \"retry_after_ms\":1000}",
    );
    assert_eq!(error.await.to_string(), "the bridge cannot reach the server");
}

#[tokio::test]
async fn what_is_no_bridge_is_told_from_one() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi";
    assert!(matches!(refused(page).await, Error::Unreachable(why) if why.contains("HTTP 200")));
    let moved = "HTTP/1.1 301 Moved\r\nlocation: http://there\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(refused(moved).await, Error::Unreachable(why) if why.contains("HTTP 301")));
    let busy = "HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(refused(busy).await.retry(), Retry::After(Duration::from_secs(7)));
    let other = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
    assert!(matches!(refused(other).await, Error::Protocol(_)));
    assert!(matches!(refused("SSH-2.0-there\r\n").await, Error::Unreachable(_)));
}

#[tokio::test]
async fn what_needs_a_connection_says_so_at_once() {
    let bridge = Bridge::plays(&[&[Answer::Json(CURRENT)]]).await;
    let client = bridge.resume().await.unwrap();
    let plan = SyncPlan { presence: true, ..SyncPlan::default() };
    let misuse = Err(Error::Misuse(LIVE.to_owned()));
    assert_eq!(client.sync(plan).await.map(|_| ()), misuse);
    assert_eq!(client.typing(crate::ids::RoomId(7), false).await, misuse);
    let device = Client::connect(bridge.options.clone(), SignIn::Device).await;
    assert_eq!(device.map(|_| ()), misuse);
}
