//! What is kept, for how long, and what goes.

use std::time::Duration;

use crate::chat::Rules;
use crate::chat::tests::world::World;
use crate::chat::tests::{check, check_in};

#[test]
fn what_nobody_needs_goes_and_what_is_in_a_message_stays() {
    let day = Duration::from_secs(100);
    check_in(
        World::new(Rules { unsent_files_keep: day, ..Rules::default() }),
        "
        ann register
        ann create lobby
        hush
        ann upload kept 1 aa
        ann finish 1
        ann upload loose 1 bb
        ann finish 2
        ann upload coming 1 cc
        ann post #1 f1
        ann post #1 f1
        collect
        +101s
        ann login
        hush
        collect
        ann uploads
        ann delete #1 3
        collect
        ann delete #1 4
        ann get #1 4 f1
        collect
        ann uploads
        ",
        "
        sift bb
        discard 3
        ann < uploads, 4096 used
        ann < done at 5
        ann < done at 6
        ann < denied: MESSAGE_NOT_FOUND
        sift aa
        ann < uploads, 0 used
        ",
    );
}

#[test]
fn uploads_and_what_files_take_outlive_a_restart() {
    check(
        "
        ann register
        ann create lobby
        ann upload a 5000 aa
        ann finish 1
        ann upload b 6000 bb
        restart
        ann login
        hush
        ann uploads
        ann upload b 6000 bb
        ann upload c 1 cc
        ann finish 2
        ann post #1 f1,f2
        ",
        "
        ann < uploads 2:b, 11000 used
        go on with 2
        ann < upload 3 from 0
        check 2
        ann < f2 b 6000 text/plain
        discard 2
        ann < sent 3
        ",
    );
}

#[test]
fn an_upload_is_given_its_time_anew_after_a_restart() {
    let keep = Duration::from_secs(100);
    check_in(
        World::new(Rules { unsent_files_keep: keep, ..Rules::default() }),
        "
        ann register
        ann upload a 1 aa
        +90s
        restart
        +90s
        collect
        ann login
        hush
        ann uploads
        +11s
        collect
        ann uploads
        ",
        "
        ann < uploads 1:a, 4096 used
        discard 1
        ann < uploads, 0 used
        ",
    );
}
