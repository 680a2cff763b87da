//! Files: what may come, what is sent, who reads it, and what becomes of it.

mod keeping;

use std::time::Duration;

use super::world::World;
use super::{check, check_in};
use crate::chat::{Rate, Rules};

#[test]
fn a_file_is_uploaded_and_sent_and_read_by_who_may_read_the_message() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        bob sync
        hush
        ann upload a.txt 100 aa
        ann write 1 0 60
        ann far 1
        ann upload a.txt 100 aa
        ann write 1 60 40
        ann uploads
        ann finish 1
        ann post #1 f1 look
        bob get #1 4 f1
        bob get #1 4 f2
        bob get #1 3 f1
        eve get #1 4 f1
        ann uploads
        ",
        "
        ann < upload 1 from 0
        write 1 at 0: 60 bytes
        tell of 1
        go on with 1
        write 1 at 60: 40 bytes
        ann < uploads 1:a.txt, 4096 used
        check 1
        ann < f1 a.txt 100 text/plain
        discard 1
        bob < 1:4 ann: look [f1 a.txt 100 text/plain]
        ann < sent 4
        read aa from 0, 1024
        bob < denied: FILE_NOT_FOUND
        bob < denied: MESSAGE_NOT_FOUND
        eve < denied: NOT_A_MEMBER
        ann < uploads, 4096 used
        ",
    );
}

#[test]
fn nobody_touches_the_uploads_and_files_of_others() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        hush
        stranger upload a.txt 1 aa
        ann upload a.txt 1 aa
        bob write 1 0 1
        bob far 1
        bob finish 1
        bob cancel 1
        ann write 1 0 2
        ann finish 1
        bob post #1 f1 mine
        bob post @ann f1 mine
        ann post #1 f1,f9 one of them
        ann far 1
        bob uploads
        ",
        "
        stranger < denied: NOT_SIGNED_IN
        ann < upload 1 from 0
        bob < denied: UPLOAD_NOT_FOUND
        bob < denied: UPLOAD_NOT_FOUND
        bob < denied: UPLOAD_NOT_FOUND
        bob < denied: UPLOAD_NOT_FOUND
        ann < denied: BAD_FIELD
        check 1
        ann < f1 a.txt 1 text/plain
        discard 1
        bob < denied: FILE_NOT_FOUND
        bob < denied: FILE_NOT_FOUND
        ann < denied: FILE_NOT_FOUND
        ann < denied: UPLOAD_NOT_FOUND
        bob < uploads, 0 used
        ",
    );
}

#[test]
fn what_one_may_read_need_not_be_sent_again_and_what_others_have_is_not_told() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        ann upload a.txt 100 aa
        ann finish 1
        hush
        bob upload b.txt 100 aa
        bob cancel 2
        ann post #1 f1 look
        bob upload b.txt 100 aa
        bob upload b.txt 100 aa
        bob upload b.txt 101 aa
        eve upload e.txt 100 aa
        ann delete #1 4
        collect
        ann upload c.txt 100 aa
        bob upload c.txt 100 aa
        ",
        "
        bob < upload 2 from 0
        bob < done
        discard 2
        ann < sent 4
        bob < is there: f2 b.txt 100 text/plain
        bob < is there: f2 b.txt 100 text/plain
        bob < upload 3 from 0
        eve < upload 4 from 0
        ann < done at 5
        sift aa
        ann < upload 5 from 0
        bob < is there: f3 c.txt 100 text/plain
        ",
    );
}

#[test]
fn another_content_than_was_told_is_thrown_away() {
    check(
        "
        ann register
        hush
        ann upload a.txt 100 ff
        ann finish 1
        ann finish 1
        ann uploads
        ",
        "
        ann < upload 1 from 0
        check 1
        ann < denied: WRONG_HASH
        discard 1
        ann < denied: UPLOAD_NOT_FOUND
        ann < uploads, 0 used
        ",
    );
}

#[test]
fn files_have_their_bounds() {
    let world = World::new(Rules {
        file_bytes_max: 100_000,
        files_per_user_bytes_max: 200_000,
        files_bytes_max: 250_000,
        uploads_per_user_max: 3,
        uploads: None,
        ..Rules::default()
    });
    check_in(
        world,
        "
        ann register
        bob register
        hush
        ann upload big 100001 aa
        ann upload one 100000 aa
        ann upload two 95000 bb
        ann upload three 6000 cc
        ann upload three 4000 cc
        ann upload four 1 dd
        bob upload one 51000 aa
        bob upload one 46000 aa
        ann cancel 2
        ann upload four 1 dd
        bob upload two 4000 bb
        ",
        "
        ann < denied: FILE_TOO_LARGE
        ann < upload 1 from 0
        ann < upload 2 from 0
        ann < denied: QUOTA_EXCEEDED
        ann < upload 3 from 0
        ann < denied: QUOTA_EXCEEDED
        bob < denied: QUOTA_EXCEEDED
        bob < upload 4 from 0
        ann < done
        discard 2
        ann < upload 5 from 0
        bob < upload 6 from 0
        ",
    );
}

#[test]
fn one_user_has_so_many_uploads() {
    let world = World::new(Rules { uploads_per_user_max: 2, uploads_max: 3, ..Rules::default() });
    check_in(
        world,
        "
        ann register
        bob register
        hush
        ann upload one 1 01
        ann upload two 1 02
        ann upload three 1 03
        ann upload one 1 01
        bob upload one 1 01
        bob upload two 1 02
        ",
        "
        ann < upload 1 from 0
        ann < upload 2 from 0
        ann < denied: LIMIT_EXCEEDED
        go on with 1
        bob < upload 3 from 0
        bob < denied: LIMIT_EXCEEDED
        ",
    );
}

#[test]
fn pieces_are_limited_by_their_bytes() {
    let world = World::new(Rules {
        upload_kib: Some(Rate { burst: 64, interval: Duration::from_millis(1) }),
        download_kib: Some(Rate { burst: 1, interval: Duration::from_secs(1) }),
        ..Rules::default()
    });
    check_in(
        world,
        "
        ann register
        ann create lobby
        hush
        ann upload a 100000 aa
        ann write 1 0 32768
        ann write 1 32768 32768
        ann write 1 65536 32768
        +32ms
        ann write 1 65536 32768
        ann finish 1
        ann post #1 f1
        ann get #1 3 f1
        ann get #1 3 f1
        ",
        "
        ann < upload 1 from 0
        write 1 at 0: 32768 bytes
        write 1 at 32768: 32768 bytes
        ann < denied: RATE_LIMITED, again in 32ms
        write 1 at 65536: 32768 bytes
        check 1
        ann < f1 a 100000 text/plain
        discard 1
        ann < sent 3
        read aa from 0, 1024
        ann < denied: RATE_LIMITED, again in 1s
        ",
    );
}

#[test]
fn while_the_disk_is_full_nothing_comes_and_everything_can_be_read() {
    check(
        "
        ann register
        ann create lobby
        ann upload a 1 aa
        ann finish 1
        ann post #1 f1
        ann upload b 1 bb
        hush
        disk full
        ann upload c 1 cc
        ann write 2 0 1
        ann finish 2
        ann cancel 2
        collect
        ann get #1 3 f1
        disk free
        ann finish 2
        ",
        "
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        read aa from 0, 1024
        check 2
        ann < f2 b 1 text/plain
        discard 2
        ",
    );
}

#[test]
fn who_comes_late_reads_no_file_of_what_was_said_before() {
    check(
        "
        ann register
        bob register
        ann create lobby
        ann rules #1 since-join
        ann upload a 100 aa
        ann finish 1
        ann post #1 f1
        bob join lobby
        hush
        bob get #1 4 f1
        bob upload b 100 aa
        ",
        "
        bob < denied: MESSAGE_NOT_FOUND
        bob < upload 2 from 0
        ",
    );
}
