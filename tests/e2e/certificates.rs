//! Certificates: made, given, renewed, broken.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use harness::{Certificate, Daemon, Peer, Person, Setup, free_port, within};
use parlor_proto::client::{Error, Pin, ServerUrl};
use rustls::CipherSuite;

const EX_CONFIG: i32 = 78;

/// The lines of a configuration that names a certificate.
fn naming(certificate: &Certificate) -> String {
    format!(
        "[tls]\ncert = \"{}\"\nkey = \"{}\"\n",
        certificate.chain.display(),
        certificate.key.display()
    )
}

#[tokio::test]
async fn a_given_certificate_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let given = Certificate::write(folder.path(), "given");
    let daemon = Daemon::with(Setup::new().config(&naming(&given))).await;
    let peer = Peer::connect(&daemon.url()).await;
    assert_eq!(peer.certificate(), Some(&given.der));
    assert_eq!(daemon.url().pin, Pin::of(&given.der));
}

#[tokio::test]
async fn the_server_chooses_what_costs_least() {
    let daemon = Daemon::start().await;
    let peer = Peer::connect(&daemon.url()).await;
    assert_eq!(peer.cipher_suite(), Some(CipherSuite::TLS13_AES_128_GCM_SHA256));
}

#[tokio::test]
async fn a_client_does_not_talk_to_another_key() {
    let daemon = Daemon::start().await;
    let other = ServerUrl { pin: Some(Pin([7; 32])), ..daemon.url() };
    let sign_in = parlor_proto::client::SignIn::Nobody;
    let connecting = parlor_proto::client::Client::connect(harness::options(&other, ""), sign_in);
    match within("a refusal", connecting).await {
        Err(Error::Untrusted { presented, .. }) => assert_eq!(Some(presented), daemon.url().pin),
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn a_restart_keeps_the_key() {
    let mut daemon = Daemon::start().await;
    let before = daemon.url();
    daemon.term().await;
    daemon.restart().await;
    assert_eq!(daemon.url(), before);
}

#[tokio::test]
async fn a_reload_shows_the_new_certificate_and_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let given = Certificate::write(folder.path(), "given");
    let daemon = Daemon::with(Setup::new().config(&naming(&given))).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let address = daemon.address().to_string();
    for _ in 0..3 {
        let renewed = Certificate::write(folder.path(), "given");
        daemon.hup();
        within("the new certificate", async {
            while Peer::tls(&address).await.unwrap().certificate() != Some(&renewed.der) {}
        })
        .await;
    }
    // What cannot be used is told and not used; the one before stays.
    let before = Peer::tls(&address).await.unwrap().certificate().cloned();
    fs::write(&given.chain, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
        .unwrap();
    daemon.hup();
    daemon.logged("given.pem").await;
    assert_eq!(Peer::tls(&address).await.unwrap().certificate().cloned(), before);
    ann.say(lobby, "undisturbed").await;
    ann.hear("undisturbed").await;
}

#[tokio::test]
async fn an_unusable_certificate_is_refused_with_its_name_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let good = Certificate::write(folder.path(), "good");
    let other = Certificate::write(folder.path(), "other");
    let expired = Certificate::write_until(folder.path(), "expired", 2002);
    let unreadable = Certificate::write(folder.path(), "unreadable");
    fs::write(&unreadable.chain, b"\xff\xfe no PEM").unwrap();
    let open = Certificate::write(folder.path(), "open");
    fs::set_permissions(&open.key, fs::Permissions::from_mode(0o644)).unwrap();
    let missing = folder.path().join("missing.pem");
    let mismatched =
        Certificate { key: other.key.clone(), ..Certificate::write(folder.path(), "mismatched") };
    let gone = Certificate { chain: missing, key: good.key.clone(), der: good.der.clone() };
    for (certificate, says) in [
        (&gone, "missing.pem"),
        (&unreadable, "unreadable.pem"),
        (&mismatched, "mismatched.pem"),
        (&expired, "expired"),
        (&open, "open.key"),
    ] {
        let setup = Setup::new().config(&naming(certificate));
        let mut process = setup.spawn(folder.path(), free_port());
        assert_eq!(process.exit().await.code(), Some(EX_CONFIG), "{}", process.log());
        assert!(process.log().contains(says), "{says} is not in {}", process.log());
    }
}
