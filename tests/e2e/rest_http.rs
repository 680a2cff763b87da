//! What holds for every call by REST: media types, tokens, origins, ids, limits, the daemon's
//! absence.

use harness::{Bridge, Daemon, Rest, Setup, Upstream};
use serde_json::{Value, json};

async fn house() -> (Daemon, Bridge) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    (daemon, bridge)
}

#[tokio::test]
async fn mistakes_are_told_as_problems() {
    let (_daemon, bridge) = house().await;
    let ann = Rest::register(&bridge, "ann").await;
    assert_eq!(ann.get("/v1/nothing").await.refused(404), "NO_SUCH_PATH");
    let reply = ann.delete("/v1/accounts").await;
    assert_eq!(reply.refused(405), "METHOD_NOT_ALLOWED");
    assert_eq!(reply.header("allow"), "POST");
    for (body, status, reason, field) in [
        (("application/json", "{}"), 400, "BAD_FIELD", "display_name"),
        (("application/json; charset=utf-8", "{"), 400, "BAD_FIELD", "body"),
        (("application/json", r#"{"display_name":"a","more":1}"#), 400, "BAD_FIELD", "more"),
        (("text/plain", "{}"), 415, "BAD_MEDIA_TYPE", ""),
    ] {
        let (kind, text) = body;
        let reply = ann.send("PATCH", "/v1/me", Some((kind, text.to_owned()))).await;
        assert_eq!(reply.refused(status), reason);
        assert_eq!(reply.json["field"].as_str().unwrap_or_default(), field, "{}", reply.text);
    }
    let long = format!("{{\"display_name\":\"{}\"}}", "a".repeat(70_000));
    let reply = ann.send("PATCH", "/v1/me", Some(("application/json", long))).await;
    assert_eq!(reply.refused(413), "BODY_TOO_LARGE");
    for (path, field) in [
        ("/v1/users/0", "path"),
        ("/v1/users/x", "path"),
        ("/v1/users/-1", "path"),
        ("/v1/users?id=1", "id"),
        ("/v1/presence", "user_ids"),
        ("/v1/mentions?page_token=!", "page_token"),
        ("/v1/mentions?page_size=many", "page_size"),
        // A variable that was not set must not mean everything.
        ("/v1/users?user_ids=", "user_ids"),
        ("/v1/presence?user_ids=", "user_ids"),
        ("/v1/direct-rooms?user_ids=", "user_ids"),
        ("/v1/users?user_name=", "user_name"),
        ("/v1/cursors?name=", "name"),
        ("/v1/public-rooms?name=", "name"),
        ("/v1/public-rooms?query=", "query"),
        ("/v1/events?last_event_id=x", "last_event_id"),
        ("/v1/events?room=", "room"),
        ("/v1/events?room=1,,2", "room"),
    ] {
        let reply = ann.get(path).await;
        assert_eq!(reply.refused(400), "BAD_FIELD", "{path}");
        assert_eq!(reply.str("field"), field, "{}", reply.text);
        assert!(!reply.str("detail").contains("deserialize"), "{}", reply.text);
    }
    for body in
        [json!([null, null]), json!(null), json!({ "uses": 0 }), json!({ "valid_seconds": 0 })]
    {
        assert_eq!(ann.post("/v1/invites", body).await.refused(400), "BAD_FIELD");
    }
    assert_eq!(ann.get("/v1/users/999").await.refused(404), "USER_NOT_FOUND");
    let picky = ann.with("accept", "text/html, image/*");
    assert_eq!(picky.get("/v1/me").await.refused(406), "NOT_ACCEPTABLE");
}

#[tokio::test]
async fn who_asks_must_show_a_token() {
    let (_daemon, bridge) = house().await;
    let nobody = Rest::at(&bridge);
    assert_eq!(nobody.get("/v1/me").await.refused(401), "NOT_SIGNED_IN");
    for authorization in ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b"] {
        let odd = nobody.clone().with("authorization", authorization);
        assert_eq!(odd.get("/v1/me").await.status, 401, "{authorization:?}");
    }
    let unknown = nobody.clone().with("authorization", format!("Bearer {}", "0".repeat(64)));
    assert_eq!(unknown.get("/v1/me").await.refused(401), "SESSION_ENDED");
    assert_eq!(nobody.get("/v1/server").await.must(200).json["registration"], "open");
}

#[tokio::test]
async fn a_path_tells_its_own_methods() {
    let (_daemon, bridge) = house().await;
    let nobody = Rest::at(&bridge);
    for (path, methods) in [
        ("/v1/server", "GET,HEAD"),
        ("/v1/me", "GET,HEAD,PATCH"),
        ("/v1/rooms/7/members/me", "PUT,DELETE"),
        ("/v1/openapi.json", "GET,HEAD"),
    ] {
        let told = nobody.call("OPTIONS", path, None).await.must(204);
        assert_eq!(told.header("allow"), methods, "{path}");
        let refused = nobody.call("TRACE", path, None).await;
        assert_eq!(refused.refused(405), "METHOD_NOT_ALLOWED", "{path}");
        assert_eq!(refused.header("allow"), methods, "{path}");
    }
    assert_eq!(nobody.call("OPTIONS", "/v1/nothing", None).await.refused(404), "NO_SUCH_PATH");
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let (_daemon, bridge) = house().await;
    let nobody = Rest::at(&bridge);
    let named = nobody.clone().with("x-request-id", "job-17.a").get("/v1/me").await;
    assert_eq!(named.header("x-request-id"), "job-17.a");
    assert_eq!(named.str("instance"), "urn:parlor:request:job-17.a");
    let odd = nobody.with("x-request-id", "a b\"").get("/v1/me").await;
    assert_eq!(odd.header("x-request-id").len(), 36, "{odd:?}");
}

#[tokio::test]
async fn only_pages_from_allowed_origins_may_ask() {
    let (_daemon, bridge) = house().await;
    let own = format!("http://{}", bridge.authority());
    let page = Rest::at(&bridge).with("origin", own.clone());
    let told = page.get("/v1/server").await.must(200);
    assert_eq!(told.header("access-control-allow-origin"), own);
    assert_eq!(told.header("access-control-allow-credentials"), "");
    let before = page.with("access-control-request-method", "PUT");
    let before = before.call("OPTIONS", "/v1/server", None).await.must(204);
    assert!(before.header("access-control-allow-methods").contains("PUT"), "{before:?}");
    let foreign = Rest::at(&bridge).with("origin", "https://evil.example");
    assert_eq!(foreign.call("OPTIONS", "/v1/server", None).await.status, 403);
    let refused = foreign.get("/v1/server").await;
    assert_eq!(refused.refused(403), "ORIGIN_NOT_ALLOWED");
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_daemon_that_is_gone_is_told_and_one_that_is_back_is_used() {
    let (mut daemon, bridge) = house().await;
    let ann = Rest::register(&bridge, "ann").await;
    ann.get("/v1/me").await.must(200);
    daemon.kill9().await;
    let reply = ann.get("/v1/me").await;
    assert_eq!(reply.refused(503), "UPSTREAM_UNREACHABLE");
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.json["retryable"], true);
    let log = daemon.bridge_socket().display().to_string();
    assert!(!reply.text.contains(&log), "where it is is told: {}", reply.text);
    daemon.restart().await;
    ann.get("/v1/me").await.must(200);
}

#[tokio::test]
async fn what_is_served_is_described() {
    let (_daemon, bridge) = house().await;
    let document = Rest::at(&bridge).get("/v1/openapi.json").await.must(200);
    let kept: Value = serde_json::from_str(include_str!("../../bridge/openapi.json")).unwrap();
    assert_eq!(document.json, kept);
    let version = kept["openapi"].as_str().unwrap();
    assert!(version.starts_with("3.1"), "{version}");
    assert_ne!(kept["paths"]["/v1/me"], json!(null));
}
