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
