//! Rooms and the people in them by REST.

use harness::{Bridge, Daemon, Rest, Setup, Upstream};
use serde_json::json;

const DIRECT: &str = "/v1/direct-rooms/messages/by-client-id";

async fn house() -> (Daemon, Bridge) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    (daemon, bridge)
}

async fn id_of(who: &Rest) -> String {
    who.get("/v1/me").await.must(200).str("user_id")
}

async fn room_id(made: &harness::Reply) -> String {
    made.json["room"]["room_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_room_is_made_once_found_joined_and_left() {
    let (_daemon, bridge) = house().await;
    let (ann, bob) = (Rest::register(&bridge, "ann").await, Rest::register(&bridge, "bob").await);
    let new = json!({ "topic": "all and sundry" });
    let made = ann.put("/v1/rooms/by-name/lobby", new.clone()).await.must(201);
    let again = ann.put("/v1/rooms/by-name/lobby", new.clone()).await.must(200);
    assert_eq!(made.json["room"], again.json["room"]);
    for (field, wrong) in [
        ("topic", json!({ "topic": "x".repeat(513) })),
        ("slow_mode_ms", json!({ "rules": { "slow_mode_ms": 86_400_001 } })),
        ("retention_ms", json!({ "rules": { "retention_ms": 3_162_240_000_001_u64 } })),
    ] {
        for name in ["lobby", "another"] {
            let refused = ann.put(&format!("/v1/rooms/by-name/{name}"), wrong.clone()).await;
            assert_eq!(refused.refused(400), "BAD_FIELD", "{name} {wrong}");
            assert_eq!(refused.str("field"), field, "{name}");
        }
    }
    let taken = bob.put("/v1/rooms/by-name/lobby", new).await;
    assert_eq!(taken.refused(409), "ROOM_NAME_TAKEN");

    ann.send("PUT", "/v1/rooms/by-name/attic", None).await.must(201);
    let first = bob.get("/v1/public-rooms?page_size=1").await.must(200);
    assert_eq!(first.json["rooms"][0]["name"], "attic");
    let next = format!("/v1/public-rooms?page_size=1&page_token={}", first.str("next_page_token"));
    let second = bob.get(&next).await.must(200);
    assert_eq!(second.json["rooms"][0]["name"], "lobby");
    assert_eq!(second.json["next_page_token"], json!(null));
    assert_eq!(bob.get("/v1/public-rooms?query=sundry").await.json["rooms"][0]["name"], "lobby");

    let lobby = room_id(&made).await;
    let here = format!("/v1/rooms/{lobby}");
    assert_eq!(bob.get(&here).await.refused(403), "NOT_A_MEMBER");
    let joined = bob.put("/v1/rooms/by-name/lobby/members/me", json!({})).await.must(200);
    assert_eq!(joined.json["role"], "member");
    assert_eq!(bob.get(&here).await.must(200).json["room"]["name"], "lobby");
    let own = bob.get("/v1/rooms").await.must(200);
    assert_eq!(own.json["rooms"].as_array().unwrap().len(), 1, "{}", own.text);
    let members = bob.get(&format!("{here}/members?page_size=1")).await.must(200);
    assert_eq!(members.json["members"][0]["user_name"], "ann");
    assert_eq!(members.json["members"][0]["role"], "owner");
    let next = format!("{here}/members?page_token={}", members.str("next_page_token"));
    assert_eq!(bob.get(&next).await.json["members"][0]["user_name"], "bob");
    bob.delete(&format!("{here}/members/me")).await.must(204);
    assert_eq!(bob.get(&here).await.refused(403), "NOT_A_MEMBER");
    assert_eq!(bob.get("/v1/rooms/4711").await.refused(404), "ROOM_NOT_FOUND");
}

#[tokio::test]
async fn an_owner_keeps_house() {
    let (_daemon, bridge) = house().await;
    let (ann, bob) = (Rest::register(&bridge, "ann").await, Rest::register(&bridge, "bob").await);
    let bobs = id_of(&bob).await;
    let rules = json!({ "rules": { "visibility": "private" } });
    let made = ann.put("/v1/rooms/by-name/den", rules).await.must(201);
    let here = format!("/v1/rooms/{}", room_id(&made).await);
    assert_eq!(bob.put(&format!("{here}/members/me"), json!({})).await.status, 404);
    ann.send("PUT", &format!("{here}/invitations/{bobs}"), None).await.must(200);
    let own = bob.get("/v1/rooms").await.must(200);
    assert_eq!(own.json["invitations"][0]["room"]["name"], "den", "{}", own.text);
    bob.send("PUT", &format!("{here}/members/me"), None).await.must(200);

    let bob_here = format!("{here}/members/{bobs}");
    ann.put(&format!("{bob_here}/role"), json!({ "role": "moderator" })).await.must(200);
    let renamed = bob.patch(&here, json!({ "topic": "quiet" })).await.must(200);
    assert_eq!(renamed.json["room"]["topic"], "quiet");
    assert_eq!(bob.patch(&here, json!({ "name": "cave" })).await.refused(403), "ROLE_TOO_LOW");
    ann.put(&format!("{bob_here}/role"), json!({ "role": "member" })).await.must(200);
    let until = json!({ "until": "2999-01-01T00:00:00Z" });
    ann.put(&format!("{bob_here}/mute"), until).await.must(200);
    let say = format!("{here}/messages/by-client-id/00000000-0000-4000-8000-000000000001");
    assert_eq!(bob.put(&say, json!({ "text": "mm" })).await.refused(403), "MUTED");
    ann.delete(&format!("{bob_here}/mute")).await.must(200);
    bob.put(&say, json!({ "text": "ah" })).await.must(201);

    let ban = json!({ "reason": "noise", "until": "2999-01-01T00:00:00Z" });
    ann.put(&format!("{here}/bans/{bobs}"), ban).await.must(200);
    let bans = ann.get(&format!("{here}/bans")).await.must(200);
    assert_eq!(bans.json["bans"][0]["until"], "2999-01-01T00:00:00.000Z");
    ann.delete(&format!("{here}/bans/{bobs}")).await.must(200);
    ann.send("PUT", &format!("{here}/invitations/{bobs}"), None).await.must(200);
    bob.delete(&format!("{here}/invitations/me")).await.must(200);
    ann.delete(&here).await.must(200);
    assert_eq!(ann.put(&say, json!({ "text": "late" })).await.refused(409), "ROOM_ARCHIVED");
}

#[tokio::test]
async fn a_direct_room_is_made_by_speaking() {
    let (_daemon, bridge) = house().await;
    let (ann, bob) = (Rest::register(&bridge, "ann").await, Rest::register(&bridge, "bob").await);
    let (anns, bobs) = (id_of(&ann).await, id_of(&bob).await);
    let path = format!("{DIRECT}/00000000-0000-4000-8000-000000000001");
    let hello = json!({ "user_ids": [bobs], "text": "psst" });
    let sent = ann.put(&path, hello.clone()).await.must(201);
    assert_eq!(ann.put(&path, hello).await.must(200).str("room_id"), sent.str("room_id"));
    let found = bob.get(&format!("/v1/direct-rooms?user_ids={anns}")).await.must(200);
    assert_eq!(room_id(&found).await, sent.str("room_id"));
    assert_eq!(ann.put(&path, json!({ "user_ids": [], "text": "a" })).await.status, 400);
}
