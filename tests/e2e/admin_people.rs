//! How people and programs come in: invites and bots.

use std::fs;
use std::time::Duration;

use futures_util::future::join_all;
use harness::{
    Cli, Door, PASSWORD, Peer, Person, Setup, World, behind_all_doors, behind_both_doors, options,
    within,
};
use parlor_proto::client::{Client, Event, ServerUrl, SignIn};
use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;
use parlor_proto::v1::{self, client_frame::Body};

behind_both_doors! {
    one_invite_and_fifty_who_want_it_make_one_account;
    invites_are_their_creators_business;
    a_bot_lives_by_its_token;
}

behind_all_doors! {
    an_invite_is_all_that_somebody_needs;
    a_bot_signs_in_by_a_file;
}

const ROUNDS: u32 = 20;
const CROWD: u32 = 50;

/// Hashing is as cheap as can be: what is raced for is the invite.
const CHEAP: &str = "password.memory_kib = 8\npassword.passes = 1";

async fn by_invite(door: Door) -> World {
    let setup = Setup::new().config("invites.per_minute = \"off\"\nbots.per_minute = \"off\"");
    World::with(door, setup.config(CHEAP).registration(Some("invite"))).await
}

/// The first account, by an invite of the operator.
async fn founder(world: &World) -> Person {
    let printed = world.daemon.command(&["invite"]).await;
    let url: ServerUrl = String::from_utf8(printed.stdout).unwrap().trim().parse().unwrap();
    let sign_in = register("ann", &url.invite.unwrap());
    Person::connect(options(&world.url(), "desk"), sign_in).await.unwrap()
}

fn register(user_name: &str, invite: &str) -> SignIn {
    let (user_name, password) = (user_name.to_owned(), PASSWORD.to_owned());
    SignIn::Register { user_name, password, invite: invite.to_owned() }
}

async fn one_invite_and_fifty_who_want_it_make_one_account(door: Door) {
    let world = by_invite(door).await;
    let ann = founder(&world).await;
    for round in 0..ROUNDS {
        let invite = ann.client.create_invite(1, Duration::ZERO).await.unwrap().secret;
        let tries = (0..CROWD).map(|n| {
            let sign_in = register(&format!("user{round}.{n}"), &invite);
            Client::connect(options(&world.url(), ""), sign_in)
        });
        let outcomes = within("fifty answers", join_all(tries)).await;
        let mut accounts = 0;
        for outcome in outcomes {
            match outcome {
                Ok(client) => {
                    accounts += 1;
                    client.close().await;
                }
                Err(error) => assert_eq!(error.reason(), Some(Reason::BadInvite), "{error}"),
            }
        }
        assert_eq!(accounts, 1, "round {round}");
    }
    assert!(ann.client.list_invites().await.unwrap().is_empty());
}

async fn an_invite_is_all_that_somebody_needs(door: Door) {
    let world = by_invite(door).await;
    founder(&world).await;
    let ann = Cli::new(&world.url());
    ann.run(&["login", "ann", "--password-stdin"]).stdin(PASSWORD).success().await;
    let made = ann.run(&["invites", "create", "--uses", "2", "--json"]).success().await.json();
    let url = made[0]["url"].as_str().unwrap();
    let bob = Cli::without_server();
    let run = bob.run(&["register", "bob", "--invite", url, "--password-stdin"]);
    run.stdin(PASSWORD).success().await;
    bob.run(&["whoami"]).success().await;
    let shown = ann.run(&["invites", "list"]).success().await.stdout;
    assert!(shown.contains("1 uses") && shown.contains("by ann"), "{shown}");
    let id = made[0]["invite_id"].to_string();
    bob.run(&["invites", "revoke", &id]).fails_with(6).await;
    ann.run(&["invites", "revoke", &id]).success().await;
    let eve = Cli::without_server();
    let run = eve.run(&["register", "eve", "--invite", url, "--password-stdin"]);
    run.stdin(PASSWORD).fails_with(6).await.says("invite");
    let run = eve.run(&["register", "eve", "--invite", "parlor://h", "--password-stdin"]);
    run.stdin(PASSWORD).fails_with(2).await.says("no invite");
    assert!(!world.daemon.log().contains(url.split("invite=").nth(1).unwrap()));
}

async fn invites_are_their_creators_business(door: Door) {
    let world = by_invite(door).await;
    let ann = founder(&world).await;
    let secret = ann.client.create_invite(1, Duration::ZERO).await.unwrap().secret;
    let bob = Person::connect(options(&world.url(), ""), register("bob", &secret)).await.unwrap();
    let made = bob.client.create_invite(3, Duration::from_secs(60)).await.unwrap();
    let invite = made.invite.unwrap();
    assert_eq!((invite.uses_left, &*invite.creator_name), (3, "bob"));
    assert_eq!(invite.expire_time_ms - invite.create_time_ms, 60_000);
    assert!(ann.client.list_invites().await.unwrap().is_empty(), "not hers");
    let refused = ann.client.revoke_invite(invite.invite_id).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::InviteNotFound));
    world.daemon.command(&["admin", "grant", "ann"]).await;
    assert_eq!(ann.client.list_invites().await.unwrap(), std::slice::from_ref(&invite));
    ann.client.revoke_invite(invite.invite_id).await.unwrap();
    assert!(bob.client.list_invites().await.unwrap().is_empty());

    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    let create =
        |uses, valid_seconds| Body::CreateInvite(v1::CreateInviteRequest { uses, valid_seconds });
    peer.refused(create(1, 1), Reason::NotSignedIn).await;
    peer.ask(Body::Login(v1::LoginRequest {
        user_name: "bob".into(),
        password: PASSWORD.into(),
        sign_in: None,
    }))
    .await;
    peer.refused(create(10_001, 0), Reason::BadField).await;
    peer.refused(create(0, 366 * 24 * 3600), Reason::BadField).await;
}

async fn a_bot_lives_by_its_token(door: Door) {
    let world = World::with(door, Setup::new().config("bots.per_minute = \"off\"")).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let made = ann.client.create_bot("helper", "Builds", "ci").await.unwrap();
    let (bot, token) = (made.bot.unwrap(), made.token.unwrap());
    assert_eq!(bot.display_name, "Builds");
    let taken = ann.client.create_bot("other", "ann", "").await.unwrap_err();
    assert_eq!(taken.reason(), Some(Reason::UserNameTaken));
    assert!(bot.bot && made.secret.starts_with("plr_"), "{bot:?}");
    let sign_in = SignIn::Token { api_token: made.secret.clone() };
    let helper = Person::connect(options(&world.url(), "ci"), sign_in.clone()).await.unwrap();
    helper.sync().await;
    helper.join("lobby").await;
    helper.say(lobby, "built").await;
    let event = ann.hear("built").await;
    assert_eq!(event.actor_id, bot.user_id);

    let reason = |error: parlor_proto::client::Error| error.reason().unwrap();
    let own = helper.client.create_bot("other", "", "").await.unwrap_err();
    assert_eq!(reason(own), Reason::NotForBots);
    let invite = helper.client.create_invite(1, Duration::ZERO).await.unwrap_err();
    assert_eq!(reason(invite), Reason::NotForBots);
    let bob = Person::arrive(&world.url(), "bob").await;
    let stolen = bob.client.create_api_token(UserId(bot.user_id), "").await.unwrap_err();
    assert_eq!(reason(stolen), Reason::UserNotFound);
    let revoked = bob.client.revoke_api_token(token.token_id).await.unwrap_err();
    assert_eq!(reason(revoked), Reason::TokenNotFound);
    assert!(bob.client.list_bots(UserId(0)).await.unwrap().bots.is_empty());

    let second = ann.client.create_api_token(UserId(bot.user_id), "spare").await.unwrap();
    let listed = ann.client.list_bots(UserId(0)).await.unwrap().bots;
    let used = |token: &v1::ApiToken| (token.name.clone(), token.last_used_ms > 0);
    let mut tokens: Vec<_> = listed[0].tokens.iter().map(used).collect();
    tokens.sort();
    assert_eq!(tokens, [("ci".to_owned(), true), ("spare".to_owned(), false)]);
    ann.client.revoke_api_token(token.token_id).await.unwrap();
    while !matches!(helper.event().await, Event::SignedOut(_) | Event::Ended(_)) {}
    for bad in [made.secret.as_str(), "plr_nonsense", ""] {
        let sign_in = SignIn::Token { api_token: bad.to_owned() };
        let error = Client::connect(options(&world.url(), ""), sign_in).await.unwrap_err();
        assert_eq!(error.reason(), Some(Reason::BadCredentials), "{bad}");
    }
    let sign_in = SignIn::Token { api_token: second.secret };
    Person::connect(options(&world.url(), ""), sign_in).await.unwrap();
    assert!(!world.daemon.log().contains("plr_"), "no secret is in the log");
}

async fn a_bot_signs_in_by_a_file(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    let secret = ann.run(&["bot", "create", "helper", "--token", "ci"]).success().await.stdout;
    let helper = Cli::new(&world.url());
    let file = helper.home().join("token");
    fs::write(&file, &secret).unwrap();
    let path = file.to_str().unwrap();
    helper.run(&["login", "--token-file", path]).success().await;
    let me = helper.run(&["whoami", "--json"]).success().await.json();
    assert_eq!(me[0]["user"], "helper");
    helper.run(&["logout"]).success().await;
    helper.run(&["login"]).env("PARLOR_TOKEN_FILE", path).success().await;
    helper.run(&["create", "builds"]).success().await;
    let listed = ann.run(&["bot", "list", "--json"]).success().await.json();
    let token = &listed[0]["tokens"][0];
    assert_eq!((&listed[0]["bot"], &token["name"]), (&"helper".into(), &"ci".into()));
    ann.run(&["bot", "revoke", &token["token_id"].to_string()]).success().await;
    helper.run(&["whoami"]).fails_with(4).await;
    helper.run(&["login", "--token-file", path]).fails_with(4).await;
    helper.run(&["login", "--token-file", "/nowhere"]).fails_with(1).await;
    ann.run(&["bot", "token", "helper", "--name", "again"]).success().await;
    ann.run(&["bot", "token", "ann"]).fails_with(6).await;
}
