//! Messages that are changed after they were said.

use parlor_proto::limits::REACTIONS_MAX;

use super::{World, check, lines};

#[test]
fn an_edit_is_told_and_follows_the_version_that_it_names() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann sync
        bob sync
        ann say #1 helo
        hush
        ann edit #1 4 v0 hello
        ann edit #1 4 v0 hello
        ann edit #1 4 v0 hallo
        ann edit #1 4 v1 hallo
        ann edit #1 4 v9 hallo
        ",
        "
        ann < 1:5 ann says at 4: hello (version 1)
        bob < 1:5 ann says at 4: hello (version 1)
        ann < done at 5
        ann < done at 5
        ann < denied: VERSION_MISMATCH
        ann < 1:6 ann says at 4: hallo (version 2)
        bob < 1:6 ann says at 4: hallo (version 2)
        ann < done at 6
        ann < denied: VERSION_MISMATCH
        ",
    );
}

#[test]
fn only_the_author_edits_and_only_a_message() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        ann say #1 mine
        hush
        bob edit #1 4 v0 ours
        eve edit #1 4 v0 ours
        ann edit #1 2 v0 joined?
        ann edit #1 99 v0 later?
        ann edit #2 4 v0 elsewhere?
        bob edit #1 4 v7 ours
        ",
        "
        bob < denied: NOT_THE_AUTHOR
        eve < denied: NOT_A_MEMBER
        ann < denied: MESSAGE_NOT_FOUND
        ann < denied: MESSAGE_NOT_FOUND
        ann < denied: ROOM_NOT_FOUND
        bob < denied: NOT_THE_AUTHOR
        ",
    );
}

#[test]
fn a_message_is_deleted_by_its_author_or_by_who_keeps_order() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        eve join lobby
        bob sync
        bob say #1 one
        bob say #1 two
        hush
        eve delete #1 5
        bob delete #1 5
        bob delete #1 5
        ann delete #1 6
        bob delete #1 6
        bob edit #1 6 v0 three
        bob delete #1 7
        ",
        "
        eve < denied: NOT_THE_AUTHOR
        bob < 1:7 bob deletes 5
        bob < done at 7
        bob < nothing to do
        bob < 1:8 ann deletes 6
        ann < done at 8
        bob < nothing to do
        bob < denied: MESSAGE_NOT_FOUND
        bob < denied: MESSAGE_NOT_FOUND
        ",
    );
}

#[test]
fn neither_the_message_nor_an_earlier_edit_is_told_again_as_it_was() {
    let mut world = World::default();
    let script = "
        ann register
        ann create lobby
        ann say #1 one
        ann edit #1 3 v0 two
        ann edit #1 3 v1 three
        ann delete #1 3
        ";
    lines(script).for_each(|line| world.act(line));
    let seqs: Vec<u64> = world.outdated.iter().map(|(_, seq)| seq.0).collect();
    assert_eq!(seqs, [3, 3, 4, 3, 5]);
}

#[test]
fn a_send_is_known_again_whatever_became_of_its_text() {
    check(
        "
        ann register
        ann create lobby
        ann say #1 id:1 one
        ann say #1 id:2 two
        ann edit #1 3 v0 won
        ann delete #1 4
        hush
        ann say #1 id:1 one
        ann say #1 id:1 other
        ann say #1 id:2 two
        restart
        ann resume
        ann edit #1 3 v0 won
        ann say #1 id:1 one
        ",
        "
        ann < sent 3 before
        ann < sent 3 before
        ann < sent 4 before
        ann < session 1 of ann, 45s
        ann < done at 5
        ann < sent 3 before
        ",
    );
}

#[test]
fn a_message_answers_another_or_belongs_to_its_thread() {
    check(
        "
        ann register
        ann create lobby
        ann sync
        ann say #1 question
        hush
        ann reply #1 3 answer
        ann thread #1 3 aside
        ann thread #1 5 aside of the aside
        ann reply #1 2 you came
        ann thread #1 99 nowhere
        ann delete #1 3
        ann reply #1 3 what was it
        ann thread #1 3 the thread goes on
        ",
        "
        ann < 1:4 ann to 3: answer
        ann < sent 4
        ann < 1:5 ann in thread 3: aside
        ann < sent 5
        ann < 1:6 ann in thread 3: aside of the aside
        ann < sent 6
        ann < denied: MESSAGE_NOT_FOUND
        ann < denied: MESSAGE_NOT_FOUND
        ann < 1:7 ann deletes 3
        ann < done at 7
        ann < denied: MESSAGE_NOT_FOUND
        ann < 1:8 ann in thread 3: the thread goes on
        ann < sent 8
        ",
    );
}

#[test]
fn a_thread_is_read_by_any_of_its_messages() {
    check(
        "
        ann register
        eve register
        ann create lobby
        ann say #1 question
        ann thread #1 3 aside
        hush
        ann read-thread #1 3
        ann read-thread #1 4
        ann read-thread #1 2
        eve read-thread #1 3
        ",
        "
        ann < may read thread 3 in 1:1-4
        ann < may read thread 3 in 1:1-4
        ann < denied: MESSAGE_NOT_FOUND
        eve < denied: NOT_A_MEMBER
        ",
    );
}

#[test]
fn reactions_are_states() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        ann say #1 well
        bob sync
        hush
        ann react #1 4 +1
        ann react #1 4 +1
        bob react #1 4 +1
        ann unreact #1 4 +1
        ann unreact #1 4 +1
        ann unreact #1 4 -1
        ann reactions #1 4
        eve react #1 4 +1
        eve reactions #1 4
        ann react #1 3 +1
        ann delete #1 4
        bob react #1 4 -1
        ann reactions #1 4
        ",
        "
        bob < 1:5 ann ++1 4, now 1
        ann < done at 5
        ann < nothing to do
        bob < 1:6 bob ++1 4, now 2
        bob < done at 6
        bob < 1:7 ann -+1 4, now 1
        ann < done at 7
        ann < nothing to do
        ann < nothing to do
        ann < may see reactions to 1:4
        eve < denied: NOT_A_MEMBER
        eve < denied: NOT_A_MEMBER
        ann < denied: MESSAGE_NOT_FOUND
        bob < 1:8 ann deletes 4
        ann < done at 8
        bob < denied: MESSAGE_NOT_FOUND
        ann < denied: MESSAGE_NOT_FOUND
        ",
    );
}

#[test]
fn a_message_has_so_many_different_reactions() {
    let react = |n| format!("ann react #1 4 :{n}:");
    let lines: Vec<String> = (0..REACTIONS_MAX).map(react).collect();
    let lines = lines.join("\n");
    let script = format!(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann say #1 well
        {lines}
        hush
        ann react #1 4 more
        bob react #1 4 :3:
        ann unreact #1 4 :7:
        bob react #1 4 more
        "
    );
    check(
        &script,
        "
        ann < denied: LIMIT_EXCEEDED
        bob < done at 25
        ann < done at 26
        bob < done at 27
        ",
    );
}

#[test]
fn who_writes_is_told_to_the_others_and_not_too_often() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        ann/2 resume
        ann sync
        ann/2 sync
        bob sync
        hush
        ann typing #1
        +1s
        ann typing #1
        ann typed #1
        ann typed #1
        +3s
        ann typing #1
        +3s
        ann typing #1
        +10s
        ann typed #1
        ann typed #1
        eve typing #1
        ",
        "
        bob < ann is writing in 1
        ann/2 < ann is writing in 1
        ann < done
        ann < done
        bob < ann stops writing in 1
        ann/2 < ann stops writing in 1
        ann < done
        ann < done
        bob < ann is writing in 1
        ann/2 < ann is writing in 1
        ann < done
        bob < ann is writing in 1
        ann/2 < ann is writing in 1
        ann < done
        bob < ann stops writing in 1
        ann/2 < ann stops writing in 1
        ann < done
        ann < done
        eve < denied: NOT_A_MEMBER
        ",
    );
}
