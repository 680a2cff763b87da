//! What a user does too often: each rate has its own budget, each refusal says when to come back.

use std::time::Duration;

use super::world::World;
use crate::chat::rules::Limited;
use crate::chat::{Rate, Rules};

/// Two at once, then one after this.
const RATE: Rate = Rate { burst: 2, interval: Duration::from_secs(3) };

/// What is refused once there were too many.
const REFUSED: &str = "ann < denied: RATE_LIMITED, again in 3s";

/// One kind of thing that is limited.
struct Case {
    limited: Limited,
    /// What has to be there.
    scene: &'static str,
    /// What ann does, or her webhook; `N` is another number each time.
    line: &'static str,
    next: Option<Limited>,
}

const FIRST: Limited = Limited::Send;

/// Sets the rate, and says how it is used up. Exhaustive, so that no kind is without a test.
fn case(limited: Limited, rules: &mut Rules, rate: Option<Rate>) -> Case {
    use Limited as L;
    let (slot, scene, line, next) = match limited {
        L::Send => (&mut rules.sends, "ann create lobby", "ann say #1 hi", Some(L::SendText)),
        L::SendText => (&mut rules.sent_kib, "ann create lobby", "ann say #1 hi", Some(L::Page)),
        L::Page => (&mut rules.pages, "ann create lobby", "ann read #1", Some(L::CreateRoom)),
        L::CreateRoom => (&mut rules.rooms_created, "", "ann create roomN", Some(L::Search)),
        L::Search => {
            (&mut rules.searches, "ann create lobby", "ann search hi", Some(L::ChangeMessage))
        }
        L::ChangeMessage => (
            &mut rules.message_changes,
            "ann create lobby\nann say #1 hi",
            "ann react #1 3 N",
            Some(L::CreateInvite),
        ),
        L::CreateInvite => (&mut rules.invites_made, "", "ann make-invite", Some(L::CreateBot)),
        L::CreateBot => (&mut rules.bots_made, "", "ann bot botN", Some(L::Mark)),
        L::Mark => (&mut rules.marks, "ann create lobby", "ann cursor cursorN #1 1", Some(L::Join)),
        L::Join => (
            &mut rules.joins,
            "bob create room1\nbob create room2\nbob create room3\nbob create room4",
            "ann join roomN",
            Some(L::Invite),
        ),
        L::Invite => (
            &mut rules.invitations,
            "ann create lobby\nu1 register\nu2 register\nu3 register\nu4 register",
            "ann invite #1 uN",
            Some(L::ChangeRoom),
        ),
        L::ChangeRoom => {
            (&mut rules.room_changes, "ann create lobby", "ann topic #1 N", Some(L::List))
        }
        L::List => (&mut rules.lists, "", "ann rooms", Some(L::Sync)),
        L::Sync => (&mut rules.syncs, "", "ann sync", Some(L::ChangeAccount)),
        L::ChangeAccount => {
            (&mut rules.account_changes, "", "ann called Person N", Some(L::WebhookSend))
        }
        L::WebhookSend => (
            &mut rules.webhook_sends,
            "ann create lobby\nann hook ci #1\nci enter s1",
            "ci say #1 hi",
            Some(L::Upload),
        ),
        L::Upload => (&mut rules.uploads, "", "ann upload fileN 1 0N", Some(L::UploadBytes)),
        L::UploadBytes => (
            &mut rules.upload_kib,
            "ann upload file 9 aa",
            "ann write 1 0 1",
            Some(L::DownloadBytes),
        ),
        L::DownloadBytes => (
            &mut rules.download_kib,
            "ann create lobby\nann upload file 1 aa\nann finish 1\nann post #1 f1",
            "ann get #1 3 f1",
            None,
        ),
    };
    *slot = rate;
    Case { limited, scene, line, next }
}

/// Nothing but the disk stops anybody.
fn without_limits() -> Rules {
    let mut rules = Rules::default();
    let mut at = Some(FIRST);
    while let Some(limited) = at {
        at = case(limited, &mut rules, None).next;
    }
    rules
}

/// A world with ann and bob in which only this is limited.
fn world(limited: Limited) -> (World, Case) {
    let mut rules = without_limits();
    let case = case(limited, &mut rules, Some(RATE));
    let mut world = World::new(rules);
    for line in ["ann register", "bob register"].into_iter().chain(case.scene.lines()) {
        world.act(line);
    }
    // The scene may have used some of it up.
    world.act("+20s");
    world.act("ann beat");
    world.take_transcript();
    (world, case)
}

#[test]
fn each_rate_runs_out_says_when_to_come_back_and_then_goes_on() {
    let mut at = Some(FIRST);
    while let Some(limited) = at {
        let (mut world, case) = world(limited);
        let mut times = (1..).map(|n: u32| case.line.replace('N', &n.to_string()));
        let mut once_more = || times.next().unwrap();
        for _ in 0..RATE.burst {
            world.act(&once_more());
            let heard = world.take_transcript();
            assert!(!heard.iter().any(|line| line.contains("denied")), "{limited:?}: {heard:?}");
        }
        let third = once_more();
        let who = third.split(' ').next().unwrap();
        let refused = REFUSED.replace("ann", who);
        world.act(&third);
        assert_eq!(world.take_transcript(), [refused.as_str()], "{limited:?}");
        // To be refused costs nothing, and others have a budget of their own.
        world.act(&third);
        assert_eq!(world.take_transcript(), [refused.as_str()], "{limited:?}");
        world.act("+2999ms");
        world.act(&third);
        let refused = refused.replace("3s", "1ms");
        assert!(world.take_transcript().contains(&refused), "{limited:?}");
        world.act("+1ms");
        world.act(&third);
        let heard = world.take_transcript();
        assert!(!heard.iter().any(|line| line.contains("denied")), "{limited:?}: {heard:?}");
        assert!(world.chat.state.rules.rate(case.limited).is_some());
        at = case.next;
    }
}

#[test]
fn every_list_is_one() {
    for list in [
        "rooms",
        "find lobby",
        "who #1",
        "bans #1",
        "users bob",
        "why 1 2",
        "sessions",
        "devices",
        "made-invites",
        "bots",
        "hooks #1",
        "accounts",
        "audit",
    ] {
        let (mut world, _) = world(Limited::List);
        world.act("ann claim first");
        world.act("ann create lobby");
        let line = format!("ann {list}");
        world.act(&line);
        world.act(&line);
        world.take_transcript();
        world.act(&line);
        assert_eq!(world.take_transcript(), [REFUSED], "{list}");
    }
}

#[test]
fn a_long_text_counts_by_its_length() {
    let (mut world, _) = world(Limited::SendText);
    let long = "x".repeat(2_048);
    world.act(&format!("ann say #1 {long}"));
    world.take_transcript();
    world.act("ann say #1 hi");
    assert_eq!(world.take_transcript(), [REFUSED]);
    world.act("+6s");
    world.act("ann say #1 hi");
    let heard = world.take_transcript();
    assert!(heard.iter().any(|line| line.contains("sent")), "{heard:?}");
}
