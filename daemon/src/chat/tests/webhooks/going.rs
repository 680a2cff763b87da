//! How webhooks go: pauses, limits, what is on record, a full disk.

use super::check_lobby;
use crate::chat::Rules;
use crate::chat::tests::check_in;
use crate::chat::tests::world::World;

#[test]
fn deliveries_are_paused_by_those_who_may_and_by_the_webhook_and_go_on_by_the_first_alone() {
    check_lobby(
        "
        ann hook ops #1 https://there
        ops enter s1
        hush
        ann pause ops
        ann pause ops
        ops report 200
        ann hooks #1
        ann unpause ops
        ann hooks #1
        ops report 410 1 paused
        ann hooks #1
        restart
        ann resume
        ann hooks #1
        ann unpause ops
        ann hooks #1
        ops resume
        ops report 503 7
        ann hooks #1
        ann unpause ops
        ann unpause ops
        ann hooks #1
        ann report 200
        ",
        "
        ann < done
        ann < done
        ops < done
        ann < webhooks ops of 1 by ann to https://there, paused
        ann < done
        ann < webhooks ops of 1 by ann to https://there
        ops < done
        ann < webhooks ops of 1 by ann to https://there, 410 1 times, paused
        ann < session 1 of ann, 45s
        ann < webhooks ops of 1 by ann to https://there, 410 1 times, paused
        ann < done
        ann < webhooks ops of 1 by ann to https://there
        ops < session 4 of ops, 45s
        ops < done
        ann < webhooks ops of 1 by ann to https://there, 503 7 times
        ann < done
        ann < done
        ann < webhooks ops of 1 by ann to https://there
        ann < denied: WEBHOOK_NOT_FOUND
        ",
    );
}

#[test]
fn webhooks_and_what_they_say_have_limits() {
    let rate = crate::chat::Rate { burst: 2, interval: std::time::Duration::from_secs(1) };
    let rules = Rules {
        webhooks_per_room_max: 1,
        webhook_sends: Some(rate),
        bots_per_user_max: 0,
        ..Rules::default()
    };
    check_in(
        World::new(rules),
        "
        ann register
        ann create lobby
        ann hook ci #1
        ann hook other #1
        ci enter s1
        ci say #1 one
        ci say #1 two
        ci say #1 three
        +1s
        ci say #1 three
        ann say #1 and I
        ",
        "
        ann < session 1 of ann, 45s
        ann < in 1 lobby since 2, head 2, 1 members
        ann < webhook ci of 1 by ann with s1
        ann < denied: LIMIT_EXCEEDED
        ci < session 2 of ci, 45s
        ci < sent 4
        ci < sent 5
        ci < denied: RATE_LIMITED, again in 1s
        ci < sent 6
        ann < sent 7
        ",
    );
}

#[test]
fn what_becomes_of_webhooks_is_on_record() {
    check_lobby(
        "
        ann claim first
        ann hook ops #1 https://there
        ann pause ops
        ann unpause ops
        bob unhook ops
        hush
        ann audit 4
        ",
        "
        ann < audit 12 bob webhook.removed [ops in lobby] ok; 11 ann webhook.resumed [ops in lobby] ok; \
         10 ann webhook.paused [ops in lobby] ok; 9 ann webhook.made [ops in lobby] ok ...
        ",
    );
}

#[test]
fn a_full_disk_makes_no_webhooks() {
    check_lobby(
        "
        disk full
        ann hook ci #1
        ann hook ci #1
        disk free
        ann hook ci #1
        disk full
        ann unhook ci
        ann hooks #1
        ",
        "
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann < webhook ci of 1 by ann with s3
        ann < denied: STORAGE_FULL, again in 1s
        ann < webhooks ci of 1 by ann
        ",
    );
}
