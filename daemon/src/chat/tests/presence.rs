//! Who is there, and why not.

use parlor_proto::ids::UserId;

use super::check;
use super::world::World;
use crate::chat::Input;

/// Ann watches; bob comes from his laptop.
const SCENE: &str = "
    ann register timeout:900s
    ann create lobby
    bob/laptop register
    bob/laptop join lobby
    ann sync presence
    hush
";

#[track_caller]
fn check_scene(script: &str, expect: &str) {
    check(&format!("{SCENE}{script}"), expect);
}

#[test]
fn who_is_there_is_told_at_sync() {
    check_scene(
        "ann sync presence",
        "
        ann < synced lobby:3
        ann < from 1:4, head 3
        ann < ann Online(Connected), bob Online(Connected at laptop)
        ",
    );
}

#[test]
fn a_lost_connection_is_away_at_once_and_offline_at_the_timeout() {
    check_scene(
        "
        +10s
        ann beat
        bob/laptop beat
        bob/laptop cut
        +40s
        ann beat
        +4999ms
        ann who #1
        +1ms
        ann who #1
        ",
        "
        ann < bob Away(ConnectionLost at laptop ends 55)
        ann < members ann Online(Connected), bob Away(ConnectionLost at laptop ends 55)
        ann < bob Offline(TimedOut at laptop)
        ann < members ann Online(Connected), bob Offline(TimedOut at laptop)
        ",
    );
}

#[test]
fn logout_is_offline_at_once() {
    check_scene(
        "
        bob/laptop logout
        ",
        "
        bob/laptop < done
        bob/laptop < go away: LoggedOut
        ann < bob Offline(LoggedOut at laptop)
        ",
    );
}

#[test]
fn nobody_becomes_online_by_a_program_that_asks() {
    check_scene(
        "
        bob/laptop logout
        +10s
        bob/script login timeout:900s idle
        +10s
        bob/script active
        ",
        "
        bob/laptop < done
        bob/laptop < go away: LoggedOut
        ann < bob Offline(LoggedOut at laptop)
        bob/script < session 3 of bob, 900s
        ann < bob Away(Idle at script)
        ann < bob Online(Connected at script)
        ",
    );
}

#[test]
fn the_first_change_is_told_at_once_then_one_per_interval() {
    check_scene(
        "
        bob/laptop idle
        bob/laptop active
        bob/laptop idle
        bob/laptop active
        +4999ms
        ann users bob
        +1ms
        bob/laptop active
        +1s
        bob/laptop idle
        bob/laptop active
        +4s
        ",
        "
        ann < bob Away(Idle at laptop)
        ann < users ann bob
        ann < bob Online(Connected at laptop)
        ann < bob Online(Connected at laptop)
        ",
    );
}

#[test]
fn the_strongest_session_counts() {
    check_scene(
        "
        bob/phone login
        +5s
        bob/laptop cut
        +5s
        bob/phone idle
        +5s
        ann who #1
        ",
        "
        bob/phone < session 3 of bob, 45s
        ann < bob Online(Connected at phone)
        ann < bob Away(Idle at phone)
        ann < members ann Online(Connected), bob Away(Idle at phone)
        ",
    );
}

#[test]
fn after_a_restart_people_are_away_until_they_come_back_or_time_out() {
    check_scene(
        "
        restart
        ann resume timeout:900s
        ann sync presence
        ann who #1
        bob/laptop resume
        +5s
        bob/laptop close
        +5s
        ann beat
        +40s
        ann beat
        ",
        "
        ann < session 1 of ann, 900s
        ann < synced lobby:3
        ann < from 1:4, head 3
        ann < ann Online(Connected), bob Away(ServerRestarted at laptop ends 45)
        ann < members ann Online(Connected), bob Away(ServerRestarted at laptop ends 45)
        bob/laptop < session 2 of bob, 45s
        ann < bob Online(Connected at laptop)
        ann < bob Away(ConnectionClosed at laptop ends 45)
        ann < bob Offline(TimedOut at laptop)
        ",
    );
}

#[test]
fn a_newcomer_and_the_room_are_introduced_to_each_other() {
    check_scene(
        "
        eve register
        eve sync presence
        eve join lobby
        ",
        "
        eve < session 3 of eve, 45s
        eve < synced
        eve < added lobby
        eve < from 1:4, head 3
        ann < 1:4 eve Joined
        eve < 1:4 eve Joined
        ann < eve Online(Connected)
        eve < eve Online(Connected)
        eve < ann Online(Connected), bob Online(Connected at laptop), eve Online(Connected)
        eve < in 1 lobby since 4, head 4, 3 members
        ",
    );
}

#[test]
fn a_silent_connection_with_a_long_session_is_away_and_comes_back() {
    check_scene(
        "
        bob/phone login timeout:900s
        bob/laptop logout
        +5s
        hush
        +30s
        ann beat
        +10s
        +20s
        ann beat
        bob/phone beat
        +5s
        ann beat
        ",
        "
        ann < bob Away(Silent at phone)
        ann < bob Online(Connected at phone)
        ",
    );
}

#[test]
fn of_many_people_one_push_after_the_other_is_told_and_nobody_is_left_out() {
    let mut world = World::default();
    for line in ["ann register", "ann create lobby", "ann create attic"] {
        world.act(line);
    }
    for n in 0..250 {
        world.act(&format!("user{n} register"));
        let rooms: &[&str] = if n % 3 == 0 { &["lobby", "attic"] } else { &["lobby"] };
        rooms.iter().for_each(|room| world.act(&format!("user{n} join {room}")));
    }
    world.act("hush");
    world.act("ann sync presence");
    let transcript = world.take_transcript();
    let pushes = transcript.iter().filter_map(|line| line.strip_prefix("ann < ann Online"));
    assert_eq!(pushes.count(), 1, "who has the lowest number comes first, once");
    let told: Vec<usize> =
        transcript.iter().map(|line| line.matches("Online").count()).filter(|n| *n > 0).collect();
    assert_eq!(told, [100, 100, 51]);
}

#[test]
fn who_has_missed_some_hears_also_of_those_who_have_gone() {
    let mut world = World::default();
    SCENE.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| world.act(line));
    world.act("bob/laptop logout");
    world.act("hush");
    let (ann, _) = world.listening().next().unwrap();
    for from in [1, 2, 3] {
        world.step(Input::PresenceMissed { conn: ann, from: UserId(from) });
    }
    let expect = [
        "ann < ann Online(Connected), bob Offline(LoggedOut at laptop)",
        "ann < bob Offline(LoggedOut at laptop)",
    ];
    assert_eq!(world.take_transcript(), expect);
}
