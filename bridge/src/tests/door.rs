//! Who is let in, and what the others are told.

use std::sync::Arc;

use parlor_proto::limits::SUBPROTOCOL;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::TLS13;
use tokio::net::{TcpStream, UnixListener};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;

use super::{Daemon, House, Limits, Seat, certificate_in, soon};
use crate::tls::Certificate;
use crate::upstream::Upstream;

const OURS: (&str, &str) = ("sec-websocket-protocol", SUBPROTOCOL);

async fn status(house: &House, headers: &[(&str, &str)]) -> u16 {
    match soon(house.knock(headers)).await {
        Ok(_) => 101,
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_client_must_offer_our_subprotocol() {
    let house = House::over_unix().await;
    let named = "sec-websocket-protocol";
    assert_eq!(status(&house, &[OURS]).await, 101);
    assert_eq!(status(&house, &[(named, "v9, parlor.v1")]).await, 101);
    assert_eq!(status(&house, &[OURS, (named, "v9")]).await, 101);
    assert_eq!(status(&house, &[(named, "parlor.v1.json, parlor.v1")]).await, 101);
    assert_eq!(status(&house, &[]).await, 400);
    assert_eq!(status(&house, &[(named, "parlor.v2")]).await, 400);
}

#[tokio::test]
async fn a_page_must_come_from_an_allowed_origin() {
    let house = House::over_unix().await;
    let own = format!("http://{}", house.address);
    for (origin, expect) in [
        (own.as_str(), 101),
        ("https://chat.example.org", 101),
        ("https://evil.example", 403),
        ("http://localhost", 403),
        ("null", 403),
        ("", 403),
    ] {
        assert_eq!(status(&house, &[OURS, ("origin", origin)]).await, expect, "{origin:?}");
    }
    let twice = [OURS, ("origin", "https://chat.example.org"), ("origin", "https://evil.example")];
    assert_eq!(status(&house, &twice).await, 403);
}

#[tokio::test]
async fn other_requests_are_told_what_this_is() {
    let house = House::over_unix().await;
    let answer = house.get("/v1/ws").await;
    assert!(answer.starts_with("HTTP/1.1 426 ") && answer.contains("WebSocket"), "{answer}");
    assert!(house.get("/").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn health_is_that_of_the_bridge_and_readiness_that_of_the_daemon() {
    let mut house = House::over_unix().await;
    assert!(house.get("/healthz").await.starts_with("HTTP/1.1 200 "));
    let probed = async {
        let Seat::Unix(mut probe) = house.daemon.accept().await else { panic!("not unix") };
        let mut header = [0; 16];
        tokio::io::AsyncReadExt::read_exact(&mut probe, &mut header).await.unwrap();
        assert_eq!(&header, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "a probe is nobody's connection");
    };
    let (ready, ()) = tokio::join!(house.get("/readyz"), probed);
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");
    // The second answer is the first one again: nobody accepts meanwhile.
    assert!(house.get("/readyz").await.starts_with("HTTP/1.1 200 "));

    let nowhere = UnixListener::bind(house.dir.path().join("other")).unwrap();
    drop(std::mem::replace(&mut house.daemon, Daemon::Unix(nowhere)));
    soon(async { while house.get("/readyz").await.starts_with("HTTP/1.1 200 ") {} }).await;
    assert!(house.get("/readyz").await.starts_with("HTTP/1.1 503 "));
    assert!(house.get("/healthz").await.starts_with("HTTP/1.1 200 "));
}

async fn shown_certificate(house: &House) -> Option<CertificateDer<'static>> {
    let mut roots = rustls::RootCertStore::empty();
    for name in ["cert.pem", "old.pem"] {
        let path = house.dir.path().join(name);
        if let Ok(certificate) = rustls::pki_types::pem::PemObject::from_pem_file(path) {
            roots.add(certificate).unwrap();
        }
    }
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(house.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let tls = soon(TlsConnector::from(Arc::new(config)).connect(name, tcp)).await.unwrap();
    let shown =
        tls.get_ref().1.peer_certificates()?.first().cloned().map(CertificateDer::into_owned);
    soon(Box::pin(client_async(house.request(&[OURS]), tls))).await.unwrap();
    shown
}

#[tokio::test]
async fn the_certificate_is_replaced_while_it_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.sock");
    let daemon = Daemon::Unix(UnixListener::bind(&path).unwrap());
    let (files, first) = certificate_in(dir.path());
    let upstream = Upstream::Unix { path };
    let house = House::start(dir, upstream, daemon, Limits::default(), Some(files)).await;
    let certificate = house.certificate.as_deref().unwrap();
    assert_eq!(shown_certificate(&house).await.as_ref(), Some(first.der()));

    std::fs::write(house.dir.path().join("old.pem"), first.pem()).unwrap();
    let (files, second) = certificate_in(house.dir.path());
    certificate.reload(&files).unwrap();
    assert_eq!(shown_certificate(&house).await.as_ref(), Some(second.der()));

    // Bad files are refused, and the good certificate stays.
    std::fs::write(&files.key, "nonsense").unwrap();
    assert!(certificate.reload(&files).unwrap_err().contains("key.pem"));
    std::fs::write(&files.cert, first.pem()).unwrap();
    std::fs::write(&files.key, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    certificate.reload(&files).unwrap_err();
    std::fs::write(&files.cert, second.pem()).unwrap();
    assert_eq!(shown_certificate(&house).await.as_ref(), Some(second.der()));
    assert!(Certificate::load(&files).is_err());
}
