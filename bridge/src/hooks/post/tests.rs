//! Who is delivered to may be anybody: old, slow, endless, or somebody else.

use std::path::Path;
use std::time::Instant;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::hooks::tls;

const BODY: &[u8] = br#"{"a":1}"#;
const TAKEN: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// What comes after an answer.
#[derive(Clone, Copy, Debug)]
enum Then {
    Listens,
    /// For as long as anybody takes it.
    Fills(&'static str),
    HangsUp,
}

/// Somebody who is delivered to.
struct Receiver {
    url: String,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Answers each delivery so.
    async fn start(tls: Option<TlsAcceptor>, answer: &'static str, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}/in", listener.local_addr().unwrap().port());
        let task = tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                match &tls {
                    None => talk(tcp, answer, then).await,
                    Some(tls) => {
                        if let Ok(tls) = tls.accept(tcp).await {
                            talk(tls, answer, then).await;
                        }
                    }
                }
            }
        });
        Self { url, task }
    }

    fn post(&self, ca: Option<&Path>) -> Post {
        let networks = Networks::new(&["127.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let (lookups, tls) = (Lookups::new(1), tls::config(ca).unwrap());
        let ways = Ways { networks, lookups, tls, counted: Arc::default() };
        Post::new(Target::parse(&self.url).unwrap(), "whk_key".to_owned(), ways)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, then: Then) {
    let mut came = Vec::new();
    while stream.read_buf(&mut came).await.is_ok_and(|count| count > 0) {
        if !came.ends_with(BODY) {
            continue;
        }
        came.clear();
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        match then {
            Then::Listens => {}
            Then::Fills(filler) => while stream.write_all(filler.as_bytes()).await.is_ok() {},
            Then::HangsUp => return,
        }
    }
}

async fn deliver(post: &mut Post) -> Outcome {
    post.deliver(("room_event", "1/2"), 1_700_000_000, Bytes::from_static(BODY)).await
}

#[track_caller]
fn answered(outcome: Outcome) -> u16 {
    match outcome {
        Outcome::Answered(status) => status,
        Outcome::Failed(error) => panic!("{error}"),
    }
}

#[track_caller]
fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(status) => panic!("answered {status}"),
        Outcome::Failed(error) => error.to_string(),
    }
}

/// TLS of somebody with a certificate of their own making, and that as an authority.
fn private(folder: &Path, version: &'static SupportedProtocolVersion) -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("ca.pem"), made.cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::Pkcs8(key))
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn old_and_new_tls_is_delivered_to_if_the_operator_believes_its_authority() {
    for version in [&TLS12, &TLS13] {
        let folder = tempfile::tempdir().unwrap();
        let acceptor = private(folder.path(), version);
        let receiver = Receiver::start(Some(acceptor), TAKEN, Then::Listens).await;
        let ca = folder.path().join("ca.pem");
        let mut post = receiver.post(Some(&ca));
        assert_eq!(answered(deliver(&mut post).await), 204);
        assert!(post.is_kept());
        assert_eq!(answered(deliver(&mut post).await), 204);
        drop(post);

        let why = failed(deliver(&mut receiver.post(None)).await);
        assert!(why.starts_with("its certificate is not trusted: "), "{why}");
        let other = tempfile::tempdir().unwrap();
        drop(private(other.path(), version));
        let why = failed(deliver(&mut receiver.post(Some(&other.path().join("ca.pem")))).await);
        assert!(why.starts_with("its certificate is not trusted: "), "{why}");
    }
}

#[test]
fn authorities_that_cannot_be_read_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let why = |path: &Path| tls::config(Some(path)).unwrap_err();
    assert!(why(&path).starts_with("hooks-ca: "), "{}", why(&path));
    assert!(why(&path).contains("ca.pem: "), "{}", why(&path));
    std::fs::write(&path, "nonsense").unwrap();
    assert!(why(&path).contains("no certificate"), "{}", why(&path));
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    assert!(why(&path).contains("ca.pem: "), "{}", why(&path));
}

#[tokio::test]
async fn what_follows_the_status_does_not_count_and_is_not_read_to_its_end() {
    let endless = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let broken = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense";
    for (answer, then) in [
        (endless, Then::Fills("xxxxxxxx")),
        (chunked, Then::Fills("4\r\nxxxx\r\n")),
        (broken, Then::Listens),
        (endless, Then::Listens),
    ] {
        let receiver = Receiver::start(None, answer, then).await;
        let mut post = receiver.post(None);
        assert_eq!(answered(deliver(&mut post).await), 200, "{answer}");
        assert!(!post.is_kept(), "{answer}");
        // Whoever fills it is heard no more, and can be delivered to again.
        assert_eq!(answered(deliver(&mut post).await), 200, "{answer}");
    }
}

#[tokio::test]
async fn headers_without_end_are_not_held() {
    let filler = Then::Fills("x-filler: xxxxxxxx\r\n");
    let receiver = Receiver::start(None, "HTTP/1.1 200 OK\r\n", filler).await;
    let began = now();
    failed(deliver(&mut receiver.post(None)).await);
    assert!(began.elapsed() < ANSWER_TIMEOUT, "not only at the deadline");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_no_more() {
    let elsewhere = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://localhost:1/\r\n\
                     content-length: 0\r\n\r\n";
    let receiver = Receiver::start(None, elsewhere, Then::Listens).await;
    assert_eq!(answered(deliver(&mut receiver.post(None)).await), 307);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let closing = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
    for (answer, then) in [(TAKEN, Then::HangsUp), (closing, Then::HangsUp)] {
        let receiver = Receiver::start(None, answer, then).await;
        let mut post = receiver.post(None);
        assert_eq!(answered(deliver(&mut post).await), 204);
        assert_eq!(answered(deliver(&mut post).await), 204);
        drop(receiver);
        failed(deliver(&mut post).await);
        assert!(!post.is_kept());
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it took is what is tested")]
fn now() -> Instant {
    Instant::now()
}
