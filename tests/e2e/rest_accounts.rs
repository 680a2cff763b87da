//! Accounts and sessions by REST, as any HTTP client sees them.

use harness::{Bridge, Daemon, PASSWORD, Rest, Setup, Upstream};
use serde_json::json;

async fn house() -> (Daemon, Bridge) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    (daemon, bridge)
}

#[tokio::test]
async fn an_account_from_its_making_to_signing_out() {
    let (_daemon, bridge) = house().await;
    let stranger = Rest::at(&bridge);
    let new = json!({ "user_name": "Ann", "password": PASSWORD, "device": "laptop" });
    let made = stranger.post("/v1/accounts", new.clone()).await.must(201);
    assert_eq!(made.json["user"]["user_name"], "ann");
    assert_eq!(made.json["session_timeout_ms"], 900_000);
    assert_eq!(stranger.post("/v1/accounts", new).await.refused(409), "USER_NAME_TAKEN");

    let ann = Rest { token: Some(made.str("token")), ..stranger.clone() };
    assert_eq!(ann.get("/v1/me").await.must(200).json["user_name"], "ann");
    let named = ann.patch("/v1/me", json!({ "display_name": "Ann Other" })).await.must(200);
    assert_eq!(named.str("display_name"), "Ann Other");
    assert_eq!(ann.get("/v1/me").await.str("display_name"), "Ann Other");
    // Also where the connection that is kept was made before that.
    let current = ann.get("/v1/sessions/current").await.must(200);
    assert_eq!(current.json["user"]["display_name"], "Ann Other", "{}", current.text);
    let status = json!({ "text": "at lunch", "expire_time": "2999-01-01T00:00:00Z" });
    ann.put("/v1/me/status", status).await.must(204);

    let wrong = json!({ "user_name": "ann", "password": "wrong horse" });
    let refused = stranger.post("/v1/sessions", wrong).await;
    assert_eq!(refused.refused(401), "BAD_CREDENTIALS");
    let long = json!({ "user_name": "ann", "password": "x".repeat(5_000) });
    assert_eq!(stranger.post("/v1/sessions", long).await.refused(400), "BAD_FIELD");
    assert!(refused.header("www-authenticate").starts_with("Bearer "), "{refused:?}");
    let right = json!({ "user_name": "ann", "password": PASSWORD });
    let second = stranger.post("/v1/sessions", right).await.must(201);
    let second = Rest { token: Some(second.str("token")), ..stranger.clone() };
    let sessions = second.get("/v1/sessions").await.must(200);
    assert_eq!(sessions.json["sessions"].as_array().unwrap().len(), 2);

    let ended = second.delete("/v1/sessions").await.must(200);
    assert_eq!(ended.number("ended"), 1);
    let void = ann.get("/v1/me").await;
    assert_eq!(void.refused(401), "SESSION_ENDED");
    assert!(void.header("www-authenticate").contains("invalid_token"), "{void:?}");
    second.delete("/v1/sessions/current").await.must(204);
    assert_eq!(second.get("/v1/me").await.refused(401), "SESSION_ENDED");
}

#[tokio::test]
async fn the_daemon_is_told_who_calls_and_by_what() {
    let (_daemon, bridge) = house().await;
    let ann = Rest::register(&bridge, "ann").await.with("user-agent", "curl/8.5.0 (x86_64)");
    let told = ann.get("/v1/sessions").await.must(200);
    let session = &told.json["sessions"][0];
    assert_eq!(session["address"], "127.0.0.1");
    assert_eq!(session["current"], true);
}

#[tokio::test]
async fn nobody_becomes_online_by_calls() {
    let (_daemon, bridge) = house().await;
    let ann = Rest::register(&bridge, "ann").await;
    let id = ann.get("/v1/me").await.must(200).str("user_id");
    let told = ann.get(&format!("/v1/users/{id}/presence")).await.must(200);
    assert_eq!(told.json["presence"]["state"], "away", "{}", told.text);
    assert_eq!(told.json["presence"]["cause"], "idle", "{}", told.text);
}
