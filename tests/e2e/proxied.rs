//! A reverse proxy in front of the bridge: who it is trusted to speak for, and who is not
//! believed.

use futures_util::{SinkExt as _, StreamExt as _};
use harness::{Bridge, Cli, Daemon, PASSWORD, Peer, Person, Rest, Setup, WebSocketRefused, within};
use parlor_proto::v1::{self, client_frame::Body, server_frame};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const BINARY: (&str, &str) = ("Sec-WebSocket-Protocol", "parlor.v1");

async fn bridge(daemon: &Daemon, arguments: &[&str]) -> Bridge {
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    Bridge::with(&[&["--upstream", &upstream], arguments].concat()).await
}

fn login() -> Value {
    json!({ "user_name": "ann", "password": PASSWORD })
}

/// Signs in as ann over WebSocket, and stays.
async fn by_websocket(bridge: &Bridge, header: (&'static str, &str)) -> Peer {
    let mut peer = Peer::websocket_with(&bridge.authority(), &[BINARY, header]).await.unwrap();
    peer.hello().await;
    let (user_name, password) = ("ann".into(), PASSWORD.into());
    let login = v1::LoginRequest { user_name, password, sign_in: None };
    let answer = peer.ask(Body::Login(login)).await;
    assert!(matches!(answer, server_frame::Body::Auth(_)), "{answer:?}");
    peer
}

/// The same in JSON.
async fn by_json(bridge: &Bridge, (name, told): (&'static str, &str)) -> impl Sized {
    let authority = bridge.authority();
    let mut request = format!("ws://{authority}/v1/ws").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "parlor.v1.json".parse().unwrap());
    headers.insert(name, told.parse().unwrap());
    let tcp = TcpStream::connect(authority).await.unwrap();
    let (mut socket, _) = within("a WebSocket", client_async(request, tcp)).await.unwrap();
    let hello = json!({ "revisionMin": 1, "revisionMax": 1, "clientName": "json" });
    let login = json!({ "userName": "ann", "password": PASSWORD });
    let requests =
        [json!({ "requestId": 1, "hello": hello }), json!({ "requestId": 2, "login": login })];
    for (request, answer) in requests.into_iter().zip(["hello", "auth"]) {
        socket.send(Message::text(request.to_string())).await.unwrap();
        let said = within("an answer", socket.next()).await.unwrap().unwrap();
        let said: Value = serde_json::from_str(said.to_text().unwrap()).unwrap();
        assert_ne!(said[answer], Value::Null, "{said}");
    }
    socket
}

/// Where ann's other sessions are, as `parlor sessions` shows them.
async fn addresses(cli: &Cli) -> Vec<String> {
    let listed = cli.run(&["sessions", "--json"]).success().await;
    let sessions = listed.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let others = sessions.filter(|session| session["current"] != json!(true));
    let mut addresses: Vec<_> =
        others.map(|session| session["address"].as_str().unwrap().to_owned()).collect();
    addresses.sort();
    addresses
}

#[tokio::test]
async fn sessions_show_the_clients_behind_a_trusted_proxy() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let cli = Cli::new(&daemon.url());
    cli.register("ann", PASSWORD).await;
    let usual = bridge(&daemon, &["--trusted-proxies", "127.0.0.0/8"]).await;
    let arguments = ["--trusted-proxies", "127.0.0.1,10.0.0.0/8", "--trusted-header", "Forwarded"];
    let standard = bridge(&daemon, &arguments).await;
    let header = "x-forwarded-for";
    let _binary = by_websocket(&usual, (header, "6.6.6.6, 192.0.2.1")).await;
    let _json = by_json(&usual, (header, "192.0.2.2, 127.0.0.9")).await;
    let client = Rest::at(&usual).with(header, "[2001:db8::3]:4711");
    client.post("/v1/sessions", login()).await.must(201);
    let told = "for=6.6.6.6;x=\", for=\"[2001:db8::4]:4711\";proto=https, for=10.0.0.2";
    let client = Rest::at(&standard).with("forwarded", told).with(header, "6.6.6.6");
    client.post("/v1/sessions", login()).await.must(201);
    let nothing = Rest::at(&standard).with("forwarded", "for=unknown");
    nothing.post("/v1/sessions", login()).await.must(201);
    let expect = ["127.0.0.1", "192.0.2.1", "192.0.2.2", "2001:db8::3", "2001:db8::4"];
    assert_eq!(addresses(&cli).await, expect);
    assert!(standard.log().contains("a proxy tells no address"), "{}", standard.log());
}

#[tokio::test]
async fn a_header_of_somebody_else_changes_nothing() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let cli = Cli::new(&daemon.url());
    cli.register("ann", PASSWORD).await;
    let one = ["--clients-per-address-max", "2", "--trusted-proxies", "10.0.0.0/8"];
    let bridge = bridge(&daemon, &one).await;
    let header = "x-forwarded-for";
    let _binary = by_websocket(&bridge, (header, "192.0.2.1")).await;
    let _json = by_json(&bridge, (header, "192.0.2.2")).await;
    let third = [BINARY, (header, "192.0.2.3")];
    let refused = Peer::websocket_with(&bridge.authority(), &third).await;
    assert_eq!(refused.unwrap_err(), WebSocketRefused(429), "they are one address");
    let client = Rest::at(&bridge).with(header, "192.0.2.4").with("forwarded", "for=192.0.2.5");
    client.post("/v1/sessions", login()).await.must(201);
    assert_eq!(addresses(&cli).await, ["127.0.0.1"; 3]);
}

#[tokio::test]
async fn limits_count_clients_and_not_their_proxy() {
    let config = "limits.login_burst = 2\nlimits.login_per_minute = 1";
    let daemon = Daemon::with(Setup::new().only_config(config).bridge_socket()).await;
    let _ann = Person::register(&daemon.url(), "ann").await;
    let arguments = ["--trusted-proxies", "127.0.0.1", "--clients-per-address-max", "1"];
    let bridge = bridge(&daemon, &arguments).await;
    let header = "x-forwarded-for";
    let _near = by_websocket(&bridge, (header, "192.0.2.1")).await;
    let _far = by_json(&bridge, (header, "192.0.2.2")).await;
    let again = [BINARY, (header, "192.0.2.1")];
    let refused = Peer::websocket_with(&bridge.authority(), &again).await;
    assert_eq!(refused.unwrap_err(), WebSocketRefused(429));
    // Each has a rate of its own at the daemon.
    for told in ["192.0.2.3", "192.0.2.4", "6.6.6.6, 192.0.2.5"] {
        let client = Rest::at(&bridge).with(header, told);
        for _ in 0..2 {
            client.post("/v1/sessions", login()).await.must(201);
        }
        assert_eq!(client.post("/v1/sessions", login()).await.refused(429), "RATE_LIMITED");
    }
}
