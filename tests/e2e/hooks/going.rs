//! How deliveries go on: whom they trust, what failures do, pauses, losses, and planned stops.

use std::path::Path;

use harness::{Bridge, Certificate, Receiver, Rest, Signal, options, until, within};
use parlor_proto::client::{Client, SignIn};
use parlor_proto::v1::DeliveryState;
use parlor_proto::v1::history_request::Anchor;
use rustls::version::{TLS12, TLS13};
use serde_json::json;

use super::{Scene, check_signature};

const LOOPBACK: [&str; 2] = ["--hooks-allow", "127.0.0.0/8"];

#[tokio::test]
async fn a_private_authority_is_believed_if_the_operator_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::write(folder.path(), "receiver");
    let ca = certificate.chain.to_str().unwrap();
    for version in [&TLS12, &TLS13] {
        let scene = Scene::with("", &[&LOOPBACK[..], &["--hooks-ca", ca]].concat()).await;
        let mut receiver = Receiver::with_tls(&certificate, version).await;
        let key = scene.deliver_to(receiver.url()).await;
        scene.ann.say(scene.lobby, "in secret").await;
        let delivery = receiver.next().await;
        assert_eq!(delivery.json()["message"]["text"], "in secret");
        check_signature(&delivery, &key);
    }

    let scene = Scene::start().await;
    let receiver = Receiver::with_tls(&certificate, &TLS13).await;
    scene.deliver_to(receiver.url()).await;
    scene.ann.say(scene.lobby, "in secret").await;
    let goes = scene.deliveries(|goes| goes["failures"] == 1).await;
    let problem = goes["problem"].as_str().unwrap();
    assert!(problem.starts_with("its certificate is not trusted: "), "{problem}");
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn authorities_that_cannot_be_read_keep_the_bridge_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, "nonsense").unwrap();
    let why = refuses(folder.path(), &["--hooks-ca", ca.to_str().unwrap()]).await;
    assert!(why.contains("hooks-ca") && why.contains("ca.pem: it holds no certificate"), "{why}");
}

#[tokio::test]
async fn two_bridges_do_not_deliver_from_one_folder() {
    let scene = Scene::start().await;
    let why = refuses(scene.state.path(), &[]).await;
    assert!(why.contains("another bridge delivers from it"), "{why}");
}

/// What a bridge with its state in this folder says instead of serving.
async fn refuses(state: &Path, arguments: &[&str]) -> String {
    let log = tempfile::tempdir().unwrap();
    let all = ["--upstream", "unix:/nowhere", "--listen", "127.0.0.1:0", "--state-dir"];
    let all = [&all[..], &[state.to_str().unwrap()], arguments].concat();
    let mut process = Bridge::spawn(&all, log.path());
    assert_eq!(process.exit().await.code(), Some(78));
    process.log()
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_told_as_a_reset() {
    let mut scene = Scene::with("history.keep = \"300ms\"", &LOOPBACK).await;
    let mut receiver = Receiver::start().await;
    let key = scene.deliver_to(receiver.url()).await;
    let heard = scene.ann.say(scene.lobby, "heard").await.0;
    assert_eq!(receiver.next().await.json()["message"]["text"], "heard");
    scene.bridge.kill9().await;
    let forgotten = async {
        loop {
            let head = scene.ann.say(scene.lobby, "still here?").await.0;
            let page = scene.ann.client.history(scene.lobby, Anchor::AfterSeq(0), 1).await.unwrap();
            if page.events[0].seq > heard + 1 {
                return head;
            }
        }
    };
    let head = within("old events to go", forgotten).await;
    scene.bridge.restart().await;
    let reset = receiver.next().await;
    assert_eq!(reset.header("parlor-event"), "reset");
    let expect = json!({ "room_id": scene.lobby.to_string(), "head_seq": head });
    assert_eq!(reset.json(), expect);
    check_signature(&reset, &key);
    scene.ann.say(scene.lobby, "and now").await;
    let next = receiver.next().await;
    assert_eq!(
        (next.header("parlor-event"), &next.json()["seq"]),
        ("room_event", &json!(head + 1))
    );
}

#[tokio::test]
async fn much_that_waits_is_delivered_and_the_cursor_moves_on_meanwhile() {
    let mut scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    let first = scene.ann.say(scene.lobby, "first").await.0;
    assert_eq!(receiver.next().await.json()["seq"], first);
    scene.bridge.kill9().await;
    // More than a client holds of what it has not looked at.
    let mut last = first;
    for _ in 0..10 {
        for _ in 0..250 {
            last = scene.ann.say(scene.lobby, "more").await.0;
        }
        while scene.ann.room_event().await.seq < last {}
    }
    scene.bridge.restart().await;
    let mut expect = first + 1;
    while expect <= last {
        let seq = receiver.next().await.json()["seq"].as_u64().unwrap();
        assert!(seq == expect || seq == first, "{seq} instead of {expect}");
        expect = seq + 1;
    }
    let goes = scene.deliveries(|goes| goes["success_time"].is_string()).await;
    assert_eq!(goes["failures"], 0);
}

/// The webhook itself, with the secret that its bridge keeps.
async fn report(scene: &Scene, deliveries: DeliveryState) {
    let webhook = scene.webhook_id().await;
    let kept = scene.state.path().join(format!("webhooks/{webhook}.json"));
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    let sign_in = SignIn::Token { api_token: kept["token"].as_str().unwrap().to_owned() };
    let client = Client::connect(options(&scene.daemon.url(), "ops"), sign_in).await.unwrap();
    client.report_deliveries(deliveries).await.unwrap();
    client.log_out(true).await.unwrap();
}

#[tokio::test]
async fn who_fails_too_often_rests_until_the_owner_lets_it_go_on() {
    let mut scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    scene.bridge.kill9().await;
    // Three days later.
    report(&scene, DeliveryState { failures: 79, status: 500, ..DeliveryState::default() }).await;
    receiver.answer("500 No");
    scene.bridge.restart().await;
    scene.ann.say(scene.lobby, "one").await;
    let first = receiver.next().await;
    let goes = scene.deliveries(|goes| goes["failures"] == 80).await;
    assert_eq!((&goes["paused"], &goes["status"]), (&json!(true), &json!(500)));
    scene.ann.say(scene.lobby, "two").await;
    scene.bridge.kill9().await;
    let rests = |bridge: &Bridge| bridge.log().matches("a webhook rests").count();
    let before = rests(&scene.bridge);
    scene.bridge.restart().await;
    until("it to rest again", || (rests(&scene.bridge) > before).then_some(())).await;
    assert!(receiver.is_quiet(), "nor after a restart");
    scene.go_on().await;
    assert_eq!(receiver.next().await.body, first.body);
    assert_eq!(receiver.next().await.json()["message"]["text"], "two");
    let goes = scene.deliveries(|goes| goes["success_time"].is_string()).await;
    assert_eq!((&goes["paused"], &goes["failures"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn who_waits_to_be_tried_again_is_tried_at_once_if_the_owner_wants_it() {
    let mut scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    scene.bridge.kill9().await;
    report(&scene, DeliveryState { failures: 20, ..DeliveryState::default() }).await;
    receiver.answer("500 No");
    scene.bridge.restart().await;
    scene.ann.say(scene.lobby, "one").await;
    let first = receiver.next().await;
    let goes = scene.deliveries(|goes| goes["failures"] == 21).await;
    assert_eq!(goes["paused"], false, "it would be tried again within the hour");
    scene.go_on().await;
    assert_eq!(receiver.next().await.body, first.body);
}

#[tokio::test]
async fn one_that_delivers_well_rests_if_the_owner_wants_it() {
    let scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    scene.ann.say(scene.lobby, "one").await;
    let mut last = receiver.next().await.json()["seq"].as_u64().unwrap();
    let webhook = scene.webhook_id().await;
    scene.rest.put(&format!("/v1/webhooks/{webhook}/pause"), json!({})).await.must(204);
    let resting = async {
        while !scene.bridge.log().contains("a webhook rests") {
            scene.ann.say(scene.lobby, "is anybody there?").await;
            while !receiver.is_quiet() {
                last = receiver.next().await.json()["seq"].as_u64().unwrap();
            }
        }
    };
    within("the webhook to rest", resting).await;
    let head = scene.ann.say(scene.lobby, "behind the pause").await.0;
    while !receiver.is_quiet() {
        last = receiver.next().await.json()["seq"].as_u64().unwrap();
    }
    assert!(last < head, "what came meanwhile waits");
    scene.go_on().await;
    while last < head {
        let seq = receiver.next().await.json()["seq"].as_u64().unwrap();
        assert_eq!(seq, last + 1);
        last = seq;
    }
}

#[tokio::test]
async fn nothing_is_left_out_when_the_daemon_is_killed() {
    let mut scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    let first = scene.ann.say(scene.lobby, "before").await.0;
    let mut seen = vec![receiver.next().await.json()["seq"].as_u64().unwrap()];
    scene.daemon.kill9().await;
    scene.daemon.restart().await;
    scene.ann.online().await;
    let last = scene.ann.say(scene.lobby, "after").await.0;
    while seen.last() != Some(&last) {
        seen.push(receiver.next().await.json()["seq"].as_u64().unwrap());
    }
    seen.dedup();
    let (repeated, rest) = seen.split_at(seen.iter().rposition(|seq| *seq <= first).unwrap() + 1);
    assert!(repeated.iter().all(|seq| *seq <= first), "{repeated:?}");
    let expect: Vec<u64> = (first + 1..=last).collect();
    assert_eq!(rest, expect, "in order, and none left out");
}

#[tokio::test]
async fn nothing_comes_twice_over_a_planned_stop() {
    let mut scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    let mut last = None;
    for round in 0..2 {
        for _ in 0..3 {
            scene.ann.say(scene.lobby, &format!("round {round}")).await;
            let seq = receiver.next().await.json()["seq"].as_u64().unwrap();
            assert!(last.is_none_or(|last| seq == last + 1), "{seq} after {last:?}");
            last = Some(seq);
        }
        // The answer has come when the delivery is told.
        let done = format!("event_id=\"{}/{}\"", scene.lobby, last.unwrap());
        until("the delivery to be done", || scene.bridge.log().contains(&done).then_some(())).await;
        scene.bridge.process().signal(Signal::TERM);
        assert!(scene.bridge.process().exit().await.success());
        scene.bridge.restart().await;
    }
}

#[tokio::test]
async fn who_never_answers_holds_up_nobody_else() {
    let scene = Scene::start().await;
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", mute.local_addr().unwrap());
    let new = json!({ "user_name": "mute", "url": url });
    scene.rest.post(&scene.webhooks(), new).await.must(201);
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    scene.ann.say(scene.lobby, "one").await;
    // It has been connected to, and waits for an answer.
    let held = within("a connection", mute.accept()).await.unwrap();
    for text in ["two", "three"] {
        scene.ann.say(scene.lobby, text).await;
    }
    while receiver.next().await.json()["message"]["text"] != "three" {}
    let listed = scene.rest.get(&scene.webhooks()).await.must(200).json;
    let listed = listed["webhooks"].as_array().unwrap();
    let mute = listed.iter().find(|webhook| webhook["user_name"] == "mute").unwrap();
    assert_eq!(mute["deliveries"]["failures"], 0, "it is still waited for");
    drop(held);
}

impl Scene {
    /// The owner lets the only webhook go on.
    async fn go_on(&self) {
        let webhook = self.webhook_id().await;
        let rest: &Rest = &self.rest;
        rest.delete(&format!("/v1/webhooks/{webhook}/pause")).await.must(204);
    }
}
