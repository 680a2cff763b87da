//! Events go when their age is over.

use std::time::Duration;

use super::check_in;
use super::world::World;
use crate::chat::Rules;

fn keeping(retention: Duration) -> World {
    let sends = None;
    World::new(Rules { sends, retention: Some(retention), ..Rules::default() })
}

const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn what_is_too_old_is_read_by_nobody_and_resets_are_honest() {
    check_in(
        keeping(HOUR),
        "
        ann register
        ann create lobby
        ann say #1 old
        +2400s
        ann/2 login
        ann/2 say #1 young
        hush
        age
        +1260s
        age
        age
        ann/3 login
        ann/3 read #1
        ann/3 sync #1:2
        ann/4 resume
        ann/4 sync #1:3
        restart
        ann/5 login
        ann/5 read #1
        +9000s
        age
        ann/6 login
        ann/6 read #1
        ",
        "
        ann/2 < go away: TimedOut
        1 begins with 4
        ann/3 < session 3 of ann, 45s
        ann/3 < may read 1:4-4
        ann/3 < synced lobby:4 reset
        ann/3 < from 1:5, head 4
        ann/4 < session 3 of ann, 45s
        ann/4 < synced lobby:4
        ann/4 < from 1:4, head 4
        ann/5 < session 4 of ann, 45s
        ann/5 < may read 1:4-4
        ann/5 < go away: TimedOut
        ann/6 < session 5 of ann, 45s
        ann/6 < may read 1:4-4
        ",
    );
}

#[test]
fn what_goes_by_its_age_is_unread_by_nobody_and_its_last_edit_goes_with_it() {
    check_in(
        keeping(HOUR),
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        bob/2 login
        bob say #1 one @ann
        ann say #1 mine
        bob say #1 two
        +2400s
        ann/2 login
        bob/3 login
        bob/3 edit #1 4 v0 once @ann
        bob/3 say #1 three @ann
        hush
        tell counts
        ann/2 sync
        +1260s
        age
        ann/3 login
        ann/3 sync
        ann/3 mark #1 7
        restart
        ann/4 resume
        ann/4 sync
        ",
        "
        ann/2 < synced lobby:8, 3 unread, 2 mentions
        ann/2 < from 1:9, head 8
        ann/2 < go away: TimedOut
        bob/3 < go away: TimedOut
        1 begins with 7
        ann/3 < session 6 of ann, 45s
        ann/3 < synced lobby:8, 1 unread, 1 mentions
        ann/3 < from 1:9, head 8
        ann/3 < read 1:7, 1 unread, 1 mentions
        ann/3 < done
        ann/4 < session 6 of ann, 45s
        ann/4 < synced lobby:8, 1 unread, 1 mentions
        ann/4 < from 1:9, head 8
        ",
    );
}
