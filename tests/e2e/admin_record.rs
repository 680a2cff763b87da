//! The audit log: what is on record, what never is, and that nobody changes it unseen.

use harness::{Cli, Daemon, Door, PASSWORD, Peer, Person, World, behind_both_doors};
use parlor_proto::codes::Reason;
use parlor_proto::v1::{self, client_frame::Body};
use rusqlite::Connection;

behind_both_doors! {
    what_matters_for_security_is_on_record;
}

async fn what_matters_for_security_is_on_record(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    let granted = world.daemon.command(&["admin", "grant", "ann"]).await;
    assert!(granted.status.success(), "{granted:?}");
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = bob.create("lobby").await;
    bob.say(lobby, "nobody-else's-business").await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    for name in ["bob", "bob", "my-password-typed-as-a-name"] {
        let (user_name, password) = (name.to_owned(), "wrong-password-1".to_owned());
        let login = v1::LoginRequest { user_name, password, sign_in: None };
        peer.refused(Body::Login(login), Reason::BadCredentials).await;
    }
    bob.client.logout().await.unwrap();
    ann.run(&["admin", "suspend", "bob"]).success().await;
    world.daemon.hup();
    world.daemon.logged("reloaded").await;
    ann.run(&["admin", "audit"]).success().await;

    let entries = ann.run(&["admin", "audit", "-n", "100", "--json"]).success().await.json();
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
            format!("{} {} {} {}", text("actor"), text("action"), text("object"), text("outcome"))
        })
        .collect();
    for expected in [
        "ann account.added ann ok",
        "ann login ann ok",
        "- server_role.set ann: admin ok",
        "- login.failed bob BAD_CREDENTIALS",
        "bob logout  ok",
        "ann user.suspended bob ok",
        "- config.reloaded  ok",
        "ann audit.read  ok",
    ] {
        assert!(shown.iter().any(|entry| entry == expected), "{expected:?} is not in {shown:#?}");
    }
    assert_eq!(shown.iter().filter(|entry| entry.contains("login.failed")).count(), 1);
    let first_login = entries.iter().find(|entry| entry["action"] == "login").unwrap();
    assert_eq!(first_login["address"], "127.0.0.1", "the client's own, not the bridge's");
    let all = format!("{entries:?}");
    for secret in [PASSWORD, "nobody-else's-business", "my-password-typed-as-a-name"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    // From the oldest to the newest, and as many as wanted.
    let last = ann.run(&["admin", "audit", "-n", "2", "--json"]).success().await.json();
    assert!(last.len() == 2 && last[0]["entry"].as_u64() < last[1]["entry"].as_u64(), "{last:?}");
    let before = ann.run(&["admin", "audit", "--before", "3", "--json"]).success().await.json();
    assert_eq!(before.len(), 2, "{before:?}");
}

#[tokio::test]
async fn whoever_changes_the_record_is_found_out() {
    let mut daemon = Daemon::start().await;
    for name in ["ann", "bob", "eve"] {
        Person::register(&daemon.url(), name).await.client.close().await;
    }
    let verify = async |daemon: &Daemon| {
        let output = daemon.command(&["audit", "verify"]).await;
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), said)
    };
    let (code, said) = verify(&daemon).await;
    assert!(code == 0 && said.contains("entries, whole up to"), "beside a daemon: {said}");
    daemon.term().await;
    let whole = verify(&daemon).await;
    let database = Connection::open(daemon.database()).unwrap();
    let spoil = |sql: &str| assert_eq!(database.execute(sql, ()).unwrap(), 1, "{sql}");
    spoil("UPDATE audit SET object = 'zoe' WHERE id = 3");
    let (code, said) = verify(&daemon).await;
    assert!(code == 74 && said.contains("entry 3"), "{code} {said}");
    spoil("UPDATE audit SET object = 'bob' WHERE id = 3");
    assert_eq!(verify(&daemon).await, whole, "as it was");
    spoil("DELETE FROM audit WHERE id = 4");
    let (code, said) = verify(&daemon).await;
    assert!(code == 74 && said.contains("entry 4"), "{code} {said}");
}
