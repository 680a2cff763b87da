//! Webhooks as accounts: what their tokens are good for, and what becomes of them.

use harness::{Cli, Door, PASSWORD, Person, World, behind_all_doors, behind_both_doors, options};
use parlor_proto::client::{Client, Error, Event, RoomRef, SignIn, SyncPlan};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::v1::{self, DeliveryState, WebhookDirection};

behind_both_doors! {
    a_webhook_says_something_and_can_do_nothing_else;
    a_webhook_that_delivers_follows_its_room_alone;
    a_webhook_that_is_removed_is_out_at_once_for_ever;
    webhooks_are_there_after_a_restart;
}

behind_all_doors! {
    webhooks_by_command;
}

async fn enter(world: &World, secret: &str) -> Result<Client, Error> {
    let sign_in = SignIn::Token { api_token: secret.to_owned() };
    Client::connect(options(&world.url(), "ci"), sign_in).await
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, Error>, reason: Reason) {
    assert_eq!(answer.unwrap_err().reason(), Some(reason));
}

async fn a_webhook_says_something_and_can_do_nothing_else(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let made = ann.client.create_webhook(lobby, "ci", "").await.unwrap();
    let webhook = made.webhook.unwrap();
    assert_eq!(webhook.direction(), WebhookDirection::In);
    assert_eq!((&*webhook.user_name, &*webhook.creator_name), ("ci", "ann"));
    let user = ann.client.get_users(&[], "ci").await.unwrap().remove(0);
    assert!(user.bot && user.webhook && user.user_id == webhook.webhook_id, "{user:?}");
    let ci = enter(&world, &made.secret).await.unwrap();
    let id = parlor_proto::client::new_client_message_id();
    let sent = ci.send(lobby, id, "the disk is full").await.unwrap();
    assert!(ci.send(lobby, id, "the disk is full").await.unwrap().duplicate);
    let event = ann.hear("the disk is full").await;
    assert_eq!((&*event.actor_name, event.seq), ("ci", sent.seq));

    let attic = ann.create("attic").await;
    refused(ci.send(attic, id, "here too").await, Reason::OutsideToken);
    refused(ci.sync(SyncPlan::default()).await, Reason::OutsideToken);
    let anchor = v1::history_request::Anchor::BeforeSeq(0);
    refused(ci.history(lobby, anchor, 1).await, Reason::OutsideToken);
    refused(ci.join_room(RoomRef::Id(attic)).await, Reason::OutsideToken);
    refused(ci.get_users(&[], "ann").await, Reason::OutsideToken);
    refused(ci.list_members(lobby, "", 1).await, Reason::OutsideToken);
    refused(ci.create_bot("other", "", "").await, Reason::OutsideToken);
    refused(ci.set_profile("Ann").await, Reason::OutsideToken);
    refused(ci.list_webhooks(lobby).await, Reason::OutsideToken);

    let bot = UserId(webhook.webhook_id);
    refused(ann.client.create_api_token(bot, "more").await, Reason::UserNotFound);
    refused(ann.client.invite_member(attic, bot).await, Reason::NotForBots);
    refused(ann.client.set_role(lobby, bot, v1::Role::Moderator).await, Reason::NotForBots);
    assert!(ann.client.list_bots(UserId(0)).await.unwrap().bots.is_empty());
    assert!(!world.daemon.log().contains(&made.secret), "no secret is in the log");
}

async fn a_webhook_that_delivers_follows_its_room_alone(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let (lobby, attic) = (ann.create("lobby").await, ann.create("attic").await);
    let url = "https://example.org/";
    let made = ann.client.create_webhook(lobby, "ops", url).await.unwrap();
    let ops = enter(&world, &made.secret).await.unwrap();
    let only = |room: RoomId| SyncPlan { rooms: vec![room], ..SyncPlan::default() };
    refused(ops.sync(SyncPlan::default()).await, Reason::OutsideToken);
    refused(ops.sync(only(attic)).await, Reason::OutsideToken);
    let state = ops.sync(only(lobby)).await.unwrap().remove(0);
    ann.say(lobby, "hello").await;
    let Some(Event::Room(event)) = ops.next_event().await else { panic!("nothing came") };
    assert_eq!(event.seq, state.head_seq + 1);
    ops.set_cursor("webhook", lobby, Seq(event.seq)).await.unwrap();
    assert_eq!(ops.get_cursors("webhook").await.unwrap().cursors[0].seq, event.seq);
    refused(ops.set_cursor("webhook", attic, Seq(1)).await, Reason::OutsideToken);
    let id = parlor_proto::client::new_client_message_id();
    refused(ops.send(lobby, id, "and I").await, Reason::OutsideToken);

    let told = DeliveryState {
        attempt_time_ms: 5,
        status: 410,
        failures: 1,
        paused: true,
        problem: "gone".into(),
        ..Default::default()
    };
    ops.report_deliveries(told.clone()).await.unwrap();
    let listed = ann.client.list_webhooks(lobby).await.unwrap();
    assert_eq!((&listed[0].url, &listed[0].deliveries), (&url.to_owned(), &Some(told.clone())));
    assert_eq!(ops.list_webhooks(lobby).await.unwrap(), listed);
    ops.report_deliveries(DeliveryState { paused: false, ..told }).await.unwrap();
    let is_paused = async || {
        let listed = ann.client.list_webhooks(lobby).await.unwrap();
        listed[0].deliveries.as_ref().unwrap().paused
    };
    assert!(is_paused().await, "it cannot let itself go on");
    ann.client.pause_webhook(UserId(listed[0].webhook_id), false).await.unwrap();
    assert!(!is_paused().await);
    refused(ann.client.report_deliveries(DeliveryState::default()).await, Reason::WebhookNotFound);
}

async fn a_webhook_that_is_removed_is_out_at_once_for_ever(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let made = ann.client.create_webhook(lobby, "ci", "").await.unwrap();
    let ci = enter(&world, &made.secret).await.unwrap();
    let id = parlor_proto::client::new_client_message_id();
    ci.send(lobby, id, "hello").await.unwrap();
    let webhook = UserId(made.webhook.unwrap().webhook_id);
    ann.client.remove_webhook(webhook).await.unwrap();
    while !matches!(ci.next_event().await, Some(Event::SignedOut(_) | Event::Ended(_))) {}
    refused(enter(&world, &made.secret).await, Reason::BadCredentials);
    refused(ann.client.remove_webhook(webhook).await, Reason::WebhookNotFound);
    ann.hear("hello").await;
    let again = ann.client.create_webhook(lobby, "ci", "").await.unwrap();
    assert_eq!(again.webhook.unwrap().webhook_id, webhook.0, "the same account");
    assert_ne!(again.secret, made.secret);
    refused(enter(&world, &made.secret).await, Reason::BadCredentials);
    let ci = enter(&world, &again.secret).await.unwrap();
    // Whoever moderates the room needs no list of webhooks.
    ann.client.remove_member(lobby, webhook).await.unwrap();
    while !matches!(ci.next_event().await, Some(Event::SignedOut(_) | Event::Ended(_))) {}
    assert!(ann.client.list_webhooks(lobby).await.unwrap().is_empty());
}

async fn webhooks_are_there_after_a_restart(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let made = ann.client.create_webhook(lobby, "ci", "").await.unwrap();
    let gone = ann.client.create_webhook(lobby, "old", "").await.unwrap();
    ann.client.remove_webhook(UserId(gone.webhook.unwrap().webhook_id)).await.unwrap();
    world.daemon.kill9().await;
    world.daemon.restart().await;
    ann.online().await;
    let ci = enter(&world, &made.secret).await.unwrap();
    let id = parlor_proto::client::new_client_message_id();
    ci.send(lobby, id, "back again").await.unwrap();
    ann.hear("back again").await;
    refused(ci.get_users(&[], "ann").await, Reason::OutsideToken);
    refused(enter(&world, &gone.secret).await, Reason::BadCredentials);
    assert_eq!(ann.client.list_webhooks(lobby).await.unwrap().len(), 1);
}

async fn webhooks_by_command(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    let add = ["webhook", "add", "lobby", "--name", "ci"];
    let url = ann.run(&add).success().await.stdout;
    let front = match door {
        Door::Tcp => "/v1/hooks/plr_".to_owned(),
        Door::WebSocket | Door::Rest => {
            format!("http://{}/v1/hooks/plr_", world.bridge.as_ref().unwrap().authority())
        }
    };
    assert!(url.starts_with(&front) && url.lines().count() == 1, "{url}");
    ann.run(&add).fails_with(1).await.says("taken");
    let listed = ann.run(&["webhook", "list", "lobby", "--json"]).success().await.json();
    assert_eq!((&listed[0]["webhook"], &listed[0]["direction"]), (&"ci".into(), &"in".into()));
    ann.run(&["webhook", "list", "lobby"]).success().await.stdout("ci               in  by ann\n");
    ann.run(&["webhook", "pause", "lobby", "ci"]).fails_with(6).await;
    let add = ["webhook", "add", "lobby", "--name", "ops", "--to", "https://127.0.0.1:1"];
    if door == Door::Rest {
        ann.run(&add).success().await;
    } else {
        // Somebody has to keep the key: only a bridge can.
        ann.run(&add).fails_with(2).await.says("--server https://BRIDGE");
        let other = Person::login(&world.url(), "ann").await;
        let lobby = other.client.find_room("lobby").await.unwrap().unwrap().room_id;
        other.client.create_webhook(RoomId(lobby), "ops", "https://there").await.unwrap();
    }
    ann.run(&["webhook", "pause", "lobby", "ops"]).success().await.stdout("#lobby: ops paused\n");
    let resumed = ann.run(&["webhook", "resume", "lobby", "ops"]).success().await;
    resumed.stdout("#lobby: ops resumed\n");
    ann.run(&["webhook", "remove", "lobby", "ops"]).success().await;
    ann.run(&["webhook", "remove", "lobby", "nobody"]).fails_with(6).await.says("no such webhook");
    let removed = ann.run(&["webhook", "remove", "lobby", "ci"]).success().await;
    removed.stdout("#lobby: ci removed\n");
    ann.run(&["webhook", "list", "lobby"]).success().await.stdout("");
    let bob = Cli::new(&world.url());
    bob.register("bob", PASSWORD).await;
    bob.run(&["webhook", "list", "lobby"]).fails_with(6).await.says("join");
}
