//! Whom a client talks to, and whom it does not.

use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// What becomes of an attempt to connect under these rules.
async fn attempt(server: &Server, trust: Trust, url: ServerUrl) -> Result<(), Error> {
    let mut options = Options::new(url, trust);
    options.connect_timeout = Duration::from_secs(5);
    let client = Client::connect(options, resume());
    let accept = async {
        if let Ok(stream) = server.accept_tls().await {
            drop(stream);
        }
    };
    let (client, ()) = tokio::join!(client, accept);
    match client {
        // The server hangs up after the handshake: trust was not the matter.
        Err(Error::Unreachable(why)) if why.contains("the server closed") => Ok(()),
        Err(Error::Unreachable(why)) if why.contains("connection lost") => Ok(()),
        Err(error) => Err(error),
        Ok(_) => panic!("connected to nobody"),
    }
}

#[track_caller]
fn refused(result: Result<(), Error>, server: &Server, expect: &str) {
    match result {
        Err(Error::Untrusted { presented, why }) => {
            assert_eq!(presented, server.pin());
            assert!(why.contains(expect), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pin_decides_alone() {
    let server = Server::start(Via::Tcp).await;
    let (url, pin) = (server.url(), server.pin());
    let trust = |pins: &[Pin]| Trust { pins: pins.to_vec(), ..Default::default() };
    let other = Pin([1; 32]);
    attempt(&server, trust(&[pin]), url.clone()).await.unwrap();
    attempt(&server, trust(&[other, pin]), url.clone()).await.unwrap();
    let result = attempt(&server, trust(&[other]), url.clone()).await;
    refused(result, &server, "pinned");
    let result = attempt(&server, trust(&[]), url.clone()).await;
    refused(result, &server, "no server is trusted");
    // A pin in the address counts only where no other rule is given.
    let pinned = ServerUrl { pin: Some(pin), ..url.clone() };
    attempt(&server, trust(&[]), pinned.clone()).await.unwrap();
    refused(attempt(&server, trust(&[other]), pinned).await, &server, "pinned");
    // No root of the system has signed this.
    let system = Trust { system_roots: true, ..Default::default() };
    refused(attempt(&server, system, url).await, &server, "issuer is not known");
}

#[tokio::test]
async fn a_ca_decides_by_name_and_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Via::Tcp).await;
    let path = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let trust = |ca: PathBuf| Trust { ca: Some(ca), ..Default::default() };
    let url: ServerUrl = format!("parlor://localhost:{}", server.address().port()).parse().unwrap();
    let own = path("own.pem", &server.pem);
    attempt(&server, trust(own.clone()), url.clone()).await.unwrap();
    // The certificate is for a name, not for the address.
    let by_address = server.url();
    refused(attempt(&server, trust(own), by_address).await, &server, "another name: localhost");
    let other = path("other.pem", &Server::start(Via::Tcp).await.pem);
    let result = attempt(&server, trust(other), url.clone()).await;
    refused(result, &server, "its issuer has not signed it");

    for (ca, expect) in [
        (folder.path().join("none.pem"), "none.pem"),
        (path("empty.pem", ""), "holds no certificate"),
        (path("bad.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), "bad.pem"),
    ] {
        let error = Client::connect(Options::new(url.clone(), trust(ca)), resume()).await;
        match error {
            Err(Error::BadTrust(why)) => assert!(why.contains(expect), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_of_another_protocol_is_no_server() {
    // It speaks TLS, and no ALPN.
    let server = Server::with_tls(Via::Tcp, |_| ()).await;
    let error = Client::connect(server.options(), resume());
    let (error, _peer) = tokio::join!(error, server.accept());
    assert!(matches!(error, Err(Error::Unreachable(why)) if why.contains("no Parlor daemon")));
    // It wants another ALPN.
    let server = Server::with_tls(Via::Tcp, |tls| tls.alpn_protocols = vec![b"h2".to_vec()]).await;
    let error = Client::connect(server.options(), resume());
    let (error, peer) = tokio::join!(error, server.accept_tls());
    assert!(matches!(error, Err(Error::Unreachable(_))) && peer.is_err());
    // It speaks something else, or nothing.
    for via in Via::ALL {
        let server = Server::start(via).await;
        let error = Client::connect(server.options(), resume());
        let talk = async {
            let mut stream = server.accept_tcp().await;
            stream.write_all(b"220 smtp.example ESMTP\r\n").await.unwrap();
            stream.shutdown().await.unwrap();
            stream.read_to_end(&mut Vec::new()).await
        };
        let (error, _) = tokio::join!(error, talk);
        assert!(matches!(error, Err(Error::Unreachable(_))), "{via:?}: {error:?}");
    }
    // It is not there at all.
    let server = Server::start(Via::Tcp).await;
    let options = server.options();
    drop(server);
    let error = Client::connect(options, resume()).await;
    assert!(matches!(error, Err(Error::Unreachable(_))), "{error:?}");
}

#[tokio::test]
async fn silence_is_not_waited_for_forever() {
    for via in Via::ALL {
        let server = Server::start(via).await;
        let mut options = server.options();
        options.connect_timeout = Duration::from_millis(50);
        let (error, _stream) =
            tokio::join!(Client::connect(options, resume()), server.accept_tcp());
        assert!(matches!(error, Err(Error::TimedOut)), "{via:?}: {error:?}");
    }
}

#[tokio::test]
async fn clear_text_stays_on_this_machine() {
    let connect = |url: &str, allow_insecure_ws| {
        let mut options = Options::new(url.parse().unwrap(), Trust::default());
        options.allow_insecure_ws = allow_insecure_ws;
        options.connect_timeout = Duration::from_millis(1);
        Client::connect(options, resume())
    };
    // Refused before anything is sent or looked up.
    let error = connect("ws://chat.invalid:7276", false).await;
    assert!(matches!(error, Err(Error::Insecure(_))), "{error:?}");
    // 192.0.2.0/24 is reserved for documents (RFC 5737): nobody answers.
    let error = connect("ws://192.0.2.1:7276", true).await;
    assert!(matches!(error, Err(Error::TimedOut | Error::Unreachable(_))), "{error:?}");
}

#[tokio::test]
async fn a_bridge_that_turns_away_says_why() {
    let server = Server::start(Via::Ws).await;
    let error = Client::connect(server.options(), resume());
    let talk = async {
        let mut stream = server.accept_tcp().await;
        let mut request = [0; 4_096];
        let len = stream.read(&mut request).await.unwrap();
        assert!(len > 0);
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        stream
    };
    let (error, _stream) = tokio::join!(error, talk);
    assert!(matches!(error, Err(Error::Unreachable(why)) if why.contains("HTTP 503")));
}
