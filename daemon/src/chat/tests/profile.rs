//! What people say of themselves, and where they stand session by session.

use super::world::World;
use super::{check, lines};

/// Ann watches; bob is at his laptop and on his phone; eve shares no room with them.
const SCENE: &str = "
    ann register timeout:900s
    ann create lobby
    bob/laptop register
    bob/laptop join lobby
    bob/phone login timeout:900s
    eve register timeout:900s
    ann sync presence
    hush
";

#[track_caller]
fn check_scene(script: &str, expect: &str) {
    check(&format!("{SCENE}{script}"), expect);
}

#[test]
fn a_name_for_display_is_told_to_those_who_share_a_room() {
    check_scene(
        "
        bob/laptop called Bob the Builder
        bob/laptop called Bob the Builder
        eve called Eve
        restart
        bob/2 resume of:bob/laptop
        bob/2 called
        ",
        r#"
        ann < bob is "Bob the Builder" now
        bob/laptop < bob is "Bob the Builder"
        bob/laptop < bob is "Bob the Builder"
        eve < eve is "Eve"
        bob/2 < session 2 of bob, 45s
        bob/2 < bob is ""
        "#,
    );
}

#[test]
fn nobody_is_called_like_somebody_else() {
    check_scene(
        "
        eve called Ann
        eve called B o B
        eve called \u{430}nn
        eve called Eve
        eve called Bobby
        ",
        r#"
        eve < denied: USER_NAME_TAKEN
        eve < denied: USER_NAME_TAKEN
        eve < denied: USER_NAME_TAKEN
        eve < eve is "Eve"
        eve < eve is "Bobby"
        "#,
    );
}

#[test]
fn a_status_is_told_with_presence_and_expires() {
    check_scene(
        "
        bob/laptop status lunch for:40s
        ann why 2
        +40s
        ann beat
        bob/laptop status gone
        +5s
        bob/laptop status
        +5s
        ",
        r#"
        bob/laptop < done
        ann < presence of bob Online(Connected at phone) "lunch" until 40 [phone Online(Connected 0) 0..900] [laptop Online(Connected 0) 0..45]
        ann < bob Online(Connected at phone) "lunch"
        ann < bob Online(Connected at phone)
        bob/laptop < done
        ann < bob Online(Connected at phone) "gone"
        bob/laptop < done
        ann < bob Online(Connected at laptop)
        "#,
    );
}

#[test]
fn a_status_outlives_a_restart_but_not_its_time() {
    let mut world = World::default();
    let script = "
        bob/laptop status lunch for:60s
        eve status away
        restart
        +59s
        ann resume
        ann why 2 3
        +1s
        ann why 2
    ";
    for line in lines(SCENE).chain(["eve join lobby"]).chain(lines(script)) {
        world.act(line);
    }
    let heard = world.take_transcript();
    let told: Vec<_> = heard.iter().filter(|line| line.contains("presence of")).collect();
    assert!(told[0].contains("\"lunch\" until 60") && told[0].contains("\"away\""), "{told:?}");
    assert!(!told[1].contains("lunch"), "{told:?}");
}

#[test]
fn presence_is_explained_session_by_session() {
    check_scene(
        "
        +10s
        bob/laptop beat
        bob/laptop cut
        bob/phone idle
        ann why 2 1 99
        ",
        "
        ann < bob Away(Idle at phone)
        ann < presence of bob Away(Idle at phone) [phone Away(Idle 10) 10..910] [laptop Away(ConnectionLost 10) 10..55]; ann Online(Connected) [ Online(Connected 0) 0..900]
        ",
    );
}

#[test]
fn presence_is_no_business_of_those_who_share_no_room() {
    check_scene(
        "
        eve why 1 2
        eve why 3
        bob/laptop leave #1
        ann why 2
        nobody why 1
        nobody status hi
        nobody called Nobody
        ",
        "
        eve < presence of nobody
        eve < presence of eve Online(Connected) [ Online(Connected 0) 0..900]
        ann < 1:4 bob Left
        bob/laptop < done
        ann < presence of nobody
        nobody < denied: NOT_SIGNED_IN
        nobody < denied: NOT_SIGNED_IN
        nobody < denied: NOT_SIGNED_IN
        ",
    );
}
