//! A connection's own task: it takes in what its client sends, waits for the socket, and
//! sees the connection off. What is sent to the client mostly leaves without it.

use std::rc::Rc;

use parlor_proto::v1::GoAwayCode;
use tokio::io::Interest;
use tokio::task::yield_now;

use super::connection::{Awaits, Connection};
use super::deadlines::Phase;
use super::reader::{self, Pause};
use super::shard::Shard;
use super::stream::{Flow, Got};
use crate::chat::{Ending, Input};
use crate::engine::EngineGone;

/// Reads of what a leaving client still sends, after which the others have their turn.
const READS_PER_TURN_MAX: usize = 32;

pub(super) async fn live(conn: Rc<Connection>, shard: Rc<Shard>) -> Result<(), EngineGone> {
    let ending = converse(&conn, &shard).await?;
    tracing::debug!(conn = %conn.id, address = %conn.address, ?ending, "connection closed");
    if conn.is_known.take() {
        let heard = conn.pulse.get().heard;
        shard.tell(vec![Input::Closed { conn: conn.id, heard, ending }]).await?;
    }
    if matches!(conn.phase.get(), Phase::Leaving(_)) {
        see_off(&conn).await;
    }
    shard.forget(&conn);
    Ok(())
}

/// All of a connection's life in which it takes part.
async fn converse(conn: &Connection, shard: &Shard) -> Result<Ending, EngineGone> {
    let mut is_good = true;
    loop {
        let pause = reader::take_in(conn, shard).await?;
        // From here to the wait nothing else runs, so nothing is missed.
        if shard.is_draining() && conn.intake.borrow().in_flight() == 0 {
            conn.turn_away(GoAwayCode::Draining, "the server is stopping", shard.now().moment);
        }
        let flow = shard.settle(conn);
        let reads = match pause {
            Pause::End(ending) => {
                // They have gone; whether our good-bye reaches them does not matter.
                let _unheard = conn.stream.finish().is_err();
                conn.phase.set(Phase::Broken);
                return Ok(ending);
            }
            _ if !is_good || !conn.is_open() => return Ok(Ending::Lost),
            Pause::More => None,
            Pause::Read => Some(true),
            // What has just left may have made it their turn.
            Pause::Wait => (!shard.may_ask(conn)).then_some(false),
        };
        if let Some(from) = conn.take_missed_presence() {
            shard.tell(vec![Input::PresenceMissed { conn: conn.id, from }]).await?;
        } else if let Some(bytes) = reads {
            is_good = wait(conn, Awaits { bytes, room: flow == Flow::Blocked }).await;
        } else {
            yield_now().await;
        }
    }
}

/// Waits until there is something to do. Says whether the socket is still good; if it is
/// not, what has come through it may still be read.
async fn wait(conn: &Connection, awaits: Awaits) -> bool {
    let mut interest = Interest::ERROR;
    if awaits.bytes {
        interest |= Interest::READABLE;
    }
    if awaits.room {
        interest |= Interest::WRITABLE;
    }
    conn.awaits.set(awaits);
    let is_good = tokio::select! {
        ready = conn.stream.ready(interest) => ready.is_ok_and(|ready| !ready.is_error()),
        () = conn.woken() => true,
    };
    conn.awaits.set(Awaits::default());
    is_good
}

/// Sends what waits, says good-bye, and listens until the client has heard it: closing a
/// socket with unread bytes in it would destroy our last words on their way.
async fn see_off(conn: &Connection) {
    let mut finished = false;
    while conn.phase.get() != Phase::Broken {
        let mut flow = conn.flush();
        if flow == Flow::Free && !finished {
            match conn.stream.finish() {
                Ok(finish) => flow = finish,
                Err(_) => return,
            }
            finished = flow == Flow::Free;
        }
        match discard(conn) {
            Got::Some => yield_now().await,
            Got::End(_) => return,
            Got::Nothing => {
                let awaits = Awaits { bytes: true, room: flow == Flow::Blocked };
                if !wait(conn, awaits).await {
                    return;
                }
            }
        }
    }
}

fn discard(conn: &Connection) -> Got {
    let read = || conn.stream.read(&mut |_| {});
    let reads = std::iter::repeat_with(read).take(READS_PER_TURN_MAX);
    reads.into_iter().find(|got| *got != Got::Some).unwrap_or(Got::Some)
}
