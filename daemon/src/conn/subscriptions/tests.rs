//! Scripts of what happens to subscriptions, and what goes out.

use parlor_proto::ids::RoomId;

use self::world::{World, conn};

mod world;

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[track_caller]
fn check(script: &str, expect: &str) {
    let mut world = World::default();
    for line in lines(script) {
        world.run(line);
    }
    assert_eq!(world.out, lines(expect));
}

#[test]
fn events_go_to_those_who_are_subscribed_in_order_and_once() {
    check(
        "
        ann from 1 in #1 head 0
        bob from 2 in #1 head 0
        eve from 1 in #2 head 0
        event 1 in #1
        event 1 in #1
        event 2 in #1
        event 1 in #3
        ",
        "
        ann < 1 in #1
        ann < 2 in #1
        bob < 2 in #1
        ",
    );
}

#[test]
fn of_a_run_everybody_gets_what_they_have_not_had() {
    check(
        "
        ann from 1 in #1 head 0
        bob from 3 in #1 head 0
        eve from 5 in #1 head 0
        events 1 to 4 in #1
        events 4 to 5 in #1
        events 3 to 5 in #1
        ",
        "
        ann < 1 in #1
        ann < 2 in #1
        ann < 3 in #1
        ann < 4 in #1
        bob < 3 in #1
        bob < 4 in #1
        ann < 5 in #1
        bob < 5 in #1
        eve < 5 in #1
        ",
    );
}

#[test]
fn a_slow_reader_is_caught_up_from_the_ring_and_costs_nobody() {
    check(
        "
        ann from 1 in #1 head 0
        bob from 1 in #1 head 0
        ann is full
        event 1 in #1
        event 2 in #1
        ann drains
        event 3 in #1
        ",
        "
        bob < 1 in #1
        bob < 2 in #1
        ann < 1 in #1
        ann < 2 in #1
        ann < 3 in #1
        bob < 3 in #1
        ",
    );
}

#[test]
fn what_the_ring_has_not_is_read_and_what_comes_meanwhile_is_not_pushed_early() {
    check(
        "
        ann from 3 in #1 head 5
        event 6 in #1
        found for ann in #1 3 to 5
        event 7 in #1
        ",
        "
        read for ann in #1: 3 to 5
        ann < 3 in #1
        ann < 4 in #1
        ann < 5 in #1
        ann < 6 in #1
        ann < 7 in #1
        ",
    );
}

#[test]
fn a_gap_in_what_is_delivered_is_closed_by_reading() {
    check(
        "
        ann from 1 in #1 head 0
        event 3 in #1
        found for ann in #1 1 to 2
        ",
        "
        read for ann in #1: 1 to 3
        ann < 1 in #1
        ann < 2 in #1
        ann < 3 in #1
        ",
    );
}

#[test]
fn an_outbox_that_fills_up_under_a_page_gets_the_rest_later() {
    check(
        "
        ring off
        ann from 1 in #1 head 3
        ann is full
        found for ann in #1 1 to 3
        ann drains
        found for ann in #1 1 to 3
        ",
        "
        read for ann in #1: 1 to 3
        read for ann in #1: 1 to 3
        ann < 1 in #1
        ann < 2 in #1
        ann < 3 in #1
        ",
    );
}

#[test]
fn nothing_leaks_after_unsubscribing_not_even_what_is_being_read() {
    check(
        "
        ann from 1 in #1 head 3
        ann unsubscribes #1
        found for ann in #1 1 to 3
        event 4 in #1
        ",
        "
        read for ann in #1: 1 to 3
        ",
    );
}

#[test]
fn an_old_read_serves_a_new_subscription_only_with_what_it_needs() {
    check(
        "
        ring off
        ann from 1 in #1 head 5
        ann unsubscribes #1
        ann from 4 in #1 head 5
        found for ann in #1 1 to 5
        found for ann in #1 4 to 5
        ",
        "
        read for ann in #1: 1 to 5
        read for ann in #1: 4 to 5
        ann < 4 in #1
        ann < 5 in #1
        ",
    );
    check(
        "
        ring off
        ann from 1 in #1 head 5
        ann unsubscribes #1
        ann from 6 in #1 head 5
        found for ann in #1 1 to 5
        event 6 in #1
        ",
        "
        read for ann in #1: 1 to 5
        ann < 6 in #1
        ",
    );
}

#[test]
fn a_new_sync_replaces_the_one_before() {
    check(
        "
        ring off
        ann from 1 in #1 head 5
        ann from 1 in #2 head 0
        ann syncs
        ann from 4 in #1 head 5
        found for ann in #1 1 to 5
        event 1 in #2
        found for ann in #1 4 to 5
        ",
        "
        read for ann in #1: 1 to 5
        read for ann in #1: 4 to 5
        ann < 4 in #1
        ann < 5 in #1
        ",
    );
}

#[test]
fn reads_of_one_connection_are_few_and_the_others_wait() {
    check(
        "
        ann from 1 in #1 head 1
        ann from 1 in #2 head 1
        ann from 1 in #3 head 1
        ann from 1 in #4 head 1
        ann from 1 in #5 head 1
        found for ann in #2 1 to 1
        ",
        "
        read for ann in #1: 1 to 1
        read for ann in #2: 1 to 1
        read for ann in #3: 1 to 1
        read for ann in #4: 1 to 1
        ann < 1 in #2
        read for ann in #5: 1 to 1
        ",
    );
}

#[test]
fn busy_or_failing_readers_are_asked_again_a_second_later() {
    check(
        "
        readers busy
        ann from 1 in #1 head 1
        readers free
        a second passes
        found nothing for ann in #1
        event 2 in #1
        a second passes
        found for ann in #1 1 to 2
        ",
        "
        ann rests
        read for ann in #1: 1 to 1
        read for ann in #1: 1 to 2
        ann < 1 in #1
        ann < 2 in #1
        ",
    );
}

#[test]
fn who_has_left_leaves_nothing_behind() {
    let mut world = World::default();
    for line in ["ann from 1 in #1 head 3", "ann from 1 in #2 head 0", "ann leaves"] {
        world.run(line);
    }
    world.run("found for ann in #1 1 to 3");
    assert!(world.subscriptions.rooms.is_empty() && world.subscriptions.followers.is_empty());
    assert_eq!(world.out.len(), 1);
}

#[test]
fn an_audience_has_each_connection_once() {
    let mut world = World::default();
    for line in ["eve from 1 in #1 head 0", "ann from 1 in #1 head 0", "ann from 1 in #2 head 0"] {
        world.run(line);
    }
    let audience = world.subscriptions.audience(&[RoomId(1), RoomId(2), RoomId(3)]);
    assert_eq!(audience, [conn("ann"), conn("eve")]);
}
