//! Who manages the server, what that does to others' accounts, and what nobody else may do.

use harness::{
    Cli, Door, PASSWORD, Peer, Person, Setup, World, behind_all_doors, behind_both_doors, options,
    within,
};
use parlor_proto::client::{Client, Event, SignIn, Token};
use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;
use parlor_proto::v1::{self, ServerRole, client_frame::Body};

behind_both_doors! {
    the_first_administrator_knows_the_code_of_a_fresh_server;
    somebody_on_the_machine_makes_administrators_and_it_lasts;
    nobody_manages_who_is_no_administrator;
    a_suspended_account_is_answered_like_a_wrong_password;
    tokens_are_void_after_whatever_ends_a_session;
}

behind_all_doors! {
    who_lost_the_password_comes_back_by_a_code;
    the_server_is_managed_by_commands;
}

/// What the daemon has logged for the first administrator.
async fn claim_code(world: &World) -> String {
    world.daemon.logged("parlor admin claim").await;
    let log = world.daemon.log();
    let (_, code) = log.split_once("parlor admin claim ").unwrap();
    code.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// An administrator, and what she manages.
async fn manned(door: Door) -> (World, Person) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    ann.client.claim_admin(claim_code(&world).await).await.unwrap();
    (world, ann)
}

fn id(person: &Person) -> UserId {
    UserId(person.user_id())
}

async fn refused(world: &World, sign_in: SignIn) -> v1::Error {
    let connecting = Client::connect(options(&world.url(), "desk"), sign_in);
    let error = within("a refusal", connecting).await.expect_err("must be refused");
    let parlor_proto::client::Error::Refused(error) = error else { panic!("{error}") };
    error
}

async fn resume_is_refused(world: &World, token: Token) {
    let error = refused(world, SignIn::Resume { token }).await;
    assert_eq!(error.reason, Reason::SessionEnded.as_str());
}

fn login(user_name: &str, password: &str) -> SignIn {
    SignIn::Login { user_name: user_name.to_owned(), password: password.to_owned() }
}

/// The connection is told that its session is over.
async fn is_signed_out(person: &Person) {
    loop {
        if let Event::SignedOut(_) | Event::Ended(_) = person.event().await {
            return;
        }
    }
}

async fn the_first_administrator_knows_the_code_of_a_fresh_server(door: Door) {
    let mut world = World::start(door).await;
    let code = claim_code(&world).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    assert_eq!(ann.client.account().unwrap().user.server_role(), ServerRole::User);
    let reason = |outcome: Result<(), parlor_proto::client::Error>| outcome.unwrap_err().reason();
    assert_eq!(reason(bob.client.claim_admin("guess").await), Some(Reason::BadCode));
    let spelled = code.to_uppercase().replace('-', " ");
    ann.client.claim_admin(spelled).await.unwrap();
    assert_eq!(reason(bob.client.claim_admin(&*code).await), Some(Reason::BadCode));
    let users = ann.client.list_users("", 0).await.unwrap().users;
    let roles: Vec<_> = users.iter().map(|user| (&*user.user_name, user.server_role())).collect();
    assert_eq!(roles, [("ann", ServerRole::Admin), ("bob", ServerRole::User)]);
    let again = Person::login(&world.url(), "ann").await;
    assert_eq!(again.client.account().unwrap().user.server_role(), ServerRole::Admin);

    world.daemon.term().await;
    world.daemon.restart().await;
    let log = world.daemon.log();
    assert_eq!(log.matches("parlor admin claim").count(), 1, "no new code: {log}");
}

async fn somebody_on_the_machine_makes_administrators_and_it_lasts(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    ann.client.list_users("", 0).await.unwrap_err();
    let command = async |words: &[&str]| {
        let output = world.daemon.command(words).await;
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(command(&["admin", "list"]).await, "");
    assert_eq!(command(&["admin", "grant", "ann"]).await, "ann is an administrator\n");
    ann.client.list_users("", 0).await.expect("when the command has ended it is done");
    assert_eq!(command(&["admin", "list"]).await, "ann\n");
    assert_eq!(command(&["admin", "revoke", "ann"]).await, "ann is no administrator\n");
    ann.client.list_users("", 0).await.unwrap_err();
    let nobody = world.daemon.command(&["admin", "grant", "zoe"]).await;
    assert_eq!(nobody.status.code(), Some(69), "{nobody:?}");

    world.daemon.term().await;
    let later = world.daemon.command(&["admin", "grant", "ann"]).await;
    let said = String::from_utf8(later.stdout).unwrap();
    assert_eq!(said, "ann is an administrator once the daemon runs\n");
    world.daemon.restart().await;
    let again = Person::login(&world.url(), "ann").await;
    within("the wish to be seen", async { while again.client.list_users("", 0).await.is_err() {} })
        .await;
}

async fn nobody_manages_who_is_no_administrator(door: Door) {
    let (world, ann) = manned(door).await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let bot = bob.client.create_bot("helper", "", "").await.unwrap();
    let (user_id, role) = (ann.user_id(), ServerRole::User.into());
    let wishes = [
        Body::ListUsers(v1::ListUsersRequest::default()),
        Body::SuspendUser(v1::SuspendUserRequest { user_id, suspended: true }),
        Body::SetServerRole(v1::SetServerRoleRequest { user_id, role }),
        Body::CreateResetCode(v1::CreateResetCodeRequest { user_id }),
        Body::EndUserSessions(v1::EndUserSessionsRequest { user_id }),
        Body::ListAudit(v1::ListAuditRequest::default()),
    ];
    let sign_ins = [
        (None, Reason::NotSignedIn),
        (Some(login_body("bob")), Reason::NotAnAdmin),
        (Some(token_body(&bot.secret)), Reason::NotAnAdmin),
    ];
    for (sign_in, reason) in sign_ins {
        let mut peer = Peer::connect(&world.url()).await;
        peer.hello().await;
        if let Some(sign_in) = sign_in {
            peer.ask(sign_in).await;
        }
        for wish in &wishes {
            peer.refused(wish.clone(), reason).await;
        }
    }
    ann.client.list_users("", 0).await.expect("nothing has happened");
    // Who may, may not do it to just anybody.
    let reason = |error: parlor_proto::client::Error| error.reason().unwrap();
    let nobody = UserId(99);
    assert_eq!(
        reason(ann.client.suspend_user(nobody, true).await.unwrap_err()),
        Reason::UserNotFound
    );
    assert_eq!(
        reason(ann.client.suspend_user(id(&ann), true).await.unwrap_err()),
        Reason::LastAdmin
    );
    let demoted = ann.client.set_server_role(id(&ann), ServerRole::User).await;
    assert_eq!(reason(demoted.unwrap_err()), Reason::LastAdmin);
    let no_role = ann.client.set_server_role(id(&bob), ServerRole::Unspecified).await;
    assert_eq!(reason(no_role.unwrap_err()), Reason::BadField);
}

fn login_body(user_name: &str) -> Body {
    let (user_name, password) = (user_name.to_owned(), PASSWORD.to_owned());
    Body::Login(v1::LoginRequest { user_name, password, ..Default::default() })
}

fn token_body(api_token: &str) -> Body {
    let api_token = api_token.to_owned();
    Body::LoginWithToken(v1::LoginWithTokenRequest { api_token, sign_in: None })
}

async fn a_suspended_account_is_answered_like_a_wrong_password(door: Door) {
    let (world, ann) = manned(door).await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let his = id(&bob);
    bob.client.create_invite(1, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(ann.client.list_invites().await.unwrap().len(), 1);
    ann.client.suspend_user(his, true).await.unwrap();
    is_signed_out(&bob).await;
    let suspended = refused(&world, login("bob", PASSWORD)).await;
    let wrong = refused(&world, login("bob", "not-the-password-9")).await;
    let unknown = refused(&world, login("zoe", PASSWORD)).await;
    assert_eq!(suspended.reason, Reason::BadCredentials.as_str());
    assert_eq!((&suspended, &wrong), (&wrong, &unknown), "the same bytes");
    assert!(ann.client.list_invites().await.unwrap().is_empty(), "his invites are void");
    ann.client.suspend_user(his, false).await.unwrap();
    Person::login(&world.url(), "bob").await;
}

async fn tokens_are_void_after_whatever_ends_a_session(door: Door) {
    let (world, ann) = manned(door).await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let (his, token) = (id(&bob), bob.token());
    bob.client.logout().await.unwrap();
    resume_is_refused(&world, token).await;

    let bob = Person::login(&world.url(), "bob").await;
    let token = bob.token();
    assert_eq!(ann.client.end_user_sessions(his).await.unwrap(), 1);
    is_signed_out(&bob).await;
    resume_is_refused(&world, token).await;

    let bob = Person::login(&world.url(), "bob").await;
    let token = bob.token();
    let code = ann.client.create_reset_code(his).await.unwrap().code;
    let new_password = format!("{PASSWORD}-new");
    let reset = SignIn::Reset { user_name: "bob".into(), code, new_password };
    let fresh = Person::connect(options(&world.url(), "desk"), reset).await.unwrap();
    is_signed_out(&bob).await;
    resume_is_refused(&world, token).await;

    let token = fresh.token();
    ann.client.suspend_user(his, true).await.unwrap();
    is_signed_out(&fresh).await;
    resume_is_refused(&world, token).await;
}

async fn who_lost_the_password_comes_back_by_a_code(door: Door) {
    let (world, ann) = manned(door).await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let new_password = format!("{PASSWORD}-new");
    let with = |user_name: &str, code: &str, new_password: &str| SignIn::Reset {
        user_name: user_name.to_owned(),
        code: code.to_owned(),
        new_password: new_password.to_owned(),
    };
    let code = ann.client.create_reset_code(id(&bob)).await.unwrap().code;
    let wrong = refused(&world, with("bob", "guess", &new_password)).await;
    let other = refused(&world, with("ann", &code, &new_password)).await;
    let unknown = refused(&world, with("zoe", &code, &new_password)).await;
    assert_eq!(wrong.reason, Reason::BadCode.as_str());
    assert_eq!((&wrong, &other), (&other, &unknown), "the same bytes");
    let weak = refused(&world, with("bob", &code, "password1")).await;
    assert_eq!(weak.reason, Reason::WeakPassword.as_str(), "and the code is still good");
    Person::connect(options(&world.url(), ""), with("bob", &code, &new_password)).await.unwrap();
    let again = refused(&world, with("bob", &code, PASSWORD)).await;
    assert_eq!(again.reason, Reason::BadCode.as_str());
    let old = refused(&world, login("bob", PASSWORD)).await;
    assert_eq!(old.reason, Reason::BadCredentials.as_str());

    let printed = world.daemon.command(&["admin", "reset-code", "bob"]).await;
    let code = String::from_utf8(printed.stdout).unwrap();
    let sign_in = with("bob", code.trim(), PASSWORD);
    Person::connect(options(&world.url(), ""), sign_in).await.unwrap();
    assert!(!world.daemon.log().contains(code.trim()), "no secret is in the log");
}

async fn the_server_is_managed_by_commands(door: Door) {
    let world = World::with(door, Setup::new()).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["admin", "users"]).fails_with(6).await.says("administrator");
    let code = claim_code(&world).await;
    ann.run(&["admin", "claim", "nonsense"]).fails_with(4).await;
    ann.run(&["admin", "claim", &code]).success().await.stdout("ann is admin now\n");
    let users = ann.run(&["admin", "users", "--json"]).success().await.json();
    let names: Vec<_> = users.iter().map(|user| (&user["user"], &user["role"])).collect();
    assert_eq!(
        format!("{names:?}"),
        r#"[(String("ann"), String("admin")), (String("bob"), String("user"))]"#
    );
    ann.run(&["admin", "role", "bob", "admin"]).success().await.stdout("bob is admin now\n");
    bob.run(&["admin", "role", "bob", "user"]).success().await.stdout("bob is user now\n");
    ann.run(&["admin", "role", "zoe", "admin"]).fails_with(6).await.says("no such user");
    ann.run(&["admin", "role", "ann", "user"]).fails_with(1).await.says("last administrator");
    ann.run(&["admin", "suspend", "bob"]).success().await;
    bob.run(&["whoami"]).fails_with(4).await;
    ann.run(&["admin", "restore", "bob"]).success().await;
    let code = ann.run(&["admin", "reset-code", "bob"]).success().await.stdout;
    let reset = bob.run(&["reset-password", "bob", "--password-stdin"]);
    let new_password = format!("{PASSWORD}-new");
    reset.env("PARLOR_RESET_CODE", code.trim()).stdin(&*new_password).success().await;
    bob.run(&["whoami"]).success().await;
    ann.run(&["admin", "end-sessions", "bob"]).success().await.stdout("bob: 1 session ended\n");
    let again = bob.run(&["whoami"]);
    if door == Door::Rest {
        again.fails_with(4).await.says("login");
    } else {
        // His device may sign in again, which suspension would forbid.
        again.success().await;
    }
}
