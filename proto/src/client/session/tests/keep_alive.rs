//! Who is alive, and who is not.

use super::*;

#[test]
fn the_first_keep_alive_comes_at_a_random_time_and_the_others_when_nothing_is_sent() {
    check_live(&expect![[r#"
            +9s
            +11s
                > keep-alive
            < alive
            +15s
            call 3 send lobby hi
                > send lobby "hi" (4)
            < sent 4 6
                = 3 ok 6
            +19s
            +1s
                > keep-alive
        "#]]);
}

#[test]
fn silence_after_a_keep_alive_is_death() {
    check_live(&expect![[r#"
        +20s
            > keep-alive
        +9s
        +1s
            ! offline: the server did not answer in time, retry in 35ms
            * hang up
            * dial
    "#]]);
    // Any frame is a sign of life.
    check_live(&expect![[r#"
        +20s
            > keep-alive
        < presence bob
            ! presence of bob
        +11s
    "#]]);
}

#[test]
fn who_sends_and_hears_nothing_finds_out() {
    check_live(&expect![[r#"
            +20s
                > keep-alive
            < alive
            +15s
            call 3 send lobby hi
                > send lobby "hi" (4)
            +6s
                > keep-alive
            +10s
                ! offline: the server did not answer in time, retry in 35ms
                * hang up
                * dial
        "#]]);
}

#[test]
fn a_probe_is_answered_at_once() {
    check_live(&expect![[r#"
        < probe
            > keep-alive
        < probe
            > keep-alive
    "#]]);
}

#[test]
fn activity_is_told_and_told_again_to_every_new_connection() {
    check_live(&expect![[r#"
            idle
                > keep-alive idle
            idle
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@5 epoch:1 (3)
            < hello
            < auth ann resumed
                > keep-alive idle
                ! online, resumed
            active
                > keep-alive active
        "#]]);
}

#[test]
fn who_takes_no_events_stops_reading_and_stays_alive() {
    let mut world = World::new().live();
    world.run("takes nothing");
    let mut seq = 6;
    while world.session.may_read() {
        world.run(&format!("< event lobby {seq}"));
        seq += 1;
    }
    expect!["1030"].assert_eq(&seq.to_string());
    // Nothing can be heard, so nobody is to blame; keepalives still go out. Who waits for an
    // answer is told why none comes.
    expect![[r#"
        call 3 send lobby hi
            > send lobby "hi" (4)
        +9s
        +60s
            = 3 events are not taken, so the answer cannot be read
            > keep-alive
            > keep-alive
            > keep-alive
    "#]]
    .assert_eq(&world.run("call 3 send lobby hi\n+9s\n+60s"));
    // Reading goes on, and with it the server's time to answer.
    world.takes = true;
    world.run("+0s");
    let next = format!("< event lobby {seq}");
    expect![[r#"
        +9s
        < sent 4 9
        < event lobby 1030
            ! lobby 1030
        +1s
    "#]]
    .assert_eq(&world.run(&format!("+9s\n< sent 4 9\n{next}\n+1s")));
}
