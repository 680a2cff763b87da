//! From bytes to wishes, and with these to the engine. What needs no decision is answered
//! here: `Hello`, signs of life, and what is not well formed.

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::RequestId;
use parlor_proto::limits::REQUESTS_IN_FLIGHT_MAX;
use parlor_proto::v1::{self, GoAwayCode};

use super::caller::Caller;
use super::connection::{Connection, Errand};
use super::deadlines::Phase;
use super::greeting;
use super::intake::Next;
use super::shard::Shard;
use super::stream::Got;
use super::tally::many;
use crate::chat::{Denial, Ending, Found, Input, Request, Verb};
use crate::engine::EngineGone;
use crate::hub::READ_RETRY;
use crate::outbox::NoRoom;
use crate::wire::encode;
use crate::wire::parse::Wish;

/// Frames and reads after which the others have their turn: all requests that may be in flight
/// have come to the engine together, if they have come to us so.
const STEPS_PER_TURN_MAX: usize = 2 * REQUESTS_IN_FLIGHT_MAX as usize;

/// Bytes after which the others have their turn: while the inbox is full, what each connection
/// has read waits with it, and they may be many.
const TURN_BYTES_MAX: usize = 64 * 1024;

/// Why a connection stops reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pause {
    /// The client has sent nothing more.
    Read,
    /// It is not its turn before something else has happened.
    Wait,
    /// There is more, but others are to have their turn too.
    More,
    End(Ending),
}

/// Takes in what the client has sent, as far as its limits go.
pub(super) async fn take_in(conn: &Connection, shard: &Shard) -> Result<Pause, EngineGone> {
    let errand = conn.errand.replace(Errand::Nothing);
    let mut inputs = Vec::new();
    let pause = steps(conn, shard, errand != Errand::Nothing, &mut inputs);
    match pause {
        Pause::Read => {
            let mid_frame = conn.intake.borrow().is_mid_frame();
            let now = shard.now().moment;
            conn.update_pulse(|pulse| pulse.rest(mid_frame, now));
        }
        // What is not read cannot be late.
        Pause::Wait => conn.update_pulse(|pulse| pulse.frame_begun = None),
        Pause::More | Pause::End(_) => {}
    }
    if errand == Errand::Answer {
        inputs.push(Input::Heard { conn: conn.id, at: conn.pulse.get().heard });
    }
    if !inputs.is_empty() {
        // Waits while the engine's inbox is full, and so does the client.
        shard.tell(inputs).await?;
    }
    Ok(pause)
}

fn steps(conn: &Connection, shard: &Shard, peek: bool, inputs: &mut Vec<Input>) -> Pause {
    let mut now = shard.now();
    let mut read = 0;
    for _ in 0..STEPS_PER_TURN_MAX {
        if !conn.is_open() || shard.is_draining() {
            return Pause::Wait;
        }
        let next = conn.intake.borrow_mut().next(conn.is_slow(), peek);
        match next {
            Ok(Next::Wish(wish)) => {
                conn.update_pulse(|pulse| pulse.hear(now.moment));
                shard.tally.frames_in.add(1);
                inputs.extend(see_to(conn, shard, wish));
            }
            Ok(Next::Parked) => conn.update_pulse(|pulse| pulse.hear(now.moment)),
            Ok(Next::Wait) => return Pause::Wait,
            Ok(Next::Read) if read >= TURN_BYTES_MAX => return Pause::More,
            Ok(Next::Read) => {
                let mut take = |bytes: &[u8]| {
                    read += bytes.len();
                    shard.tally.bytes_in.add(many(bytes.len()));
                    conn.intake.borrow_mut().extend(bytes);
                };
                match conn.stream.read(&mut take) {
                    Got::Some => now = shard.now(),
                    Got::Nothing => return Pause::Read,
                    // Nobody says good-bye in the middle of a frame.
                    Got::End(_) if conn.intake.borrow().is_mid_frame() => {
                        return Pause::End(Ending::Lost);
                    }
                    Got::End(ending) => return Pause::End(ending),
                }
            }
            Err(why) => conn.turn_away(GoAwayCode::ProtocolError, &why, now.moment),
        }
    }
    Pause::More
}

/// Answers what can be answered here; the rest is for the engine.
fn see_to(conn: &Connection, shard: &Shard, wish: Wish) -> Option<Input> {
    let now = shard.now();
    let greeted = conn.intake.borrow().is_greeted();
    match wish {
        Wish::Hello { .. } if greeted => {
            conn.turn_away(GoAwayCode::ProtocolError, "hello is said once", now.moment);
        }
        Wish::Hello { id, hello } => welcome(conn, shard, id, &hello),
        Wish::KeepAlive { id: RequestId(0), .. }
        | Wish::Request { id: RequestId(0), .. }
        | Wish::Nothing
            if !greeted => {}
        Wish::KeepAlive { id, .. } | Wish::Request { id, .. } | Wish::Refused { id, .. }
            if !greeted =>
        {
            let denial = Denial::new(Reason::HelloRequired, "the first request is hello");
            refuse(conn, shard, id, &denial);
        }
        Wish::KeepAlive { id, activity, token } => {
            // A slow reader has enough to read to see that the server is there.
            conn.offer(encode::keep_alive_ack(id, token, now.stamp));
            let active = activity.filter(|_| conn.phase.get() == Phase::SignedIn)?;
            return Some(Input::Activity { conn: conn.id, active });
        }
        Wish::Request { id, request } => return ask(conn, shard, id, request),
        Wish::Refused { id, needs_session: true, .. } if conn.phase.get() == Phase::Stranger => {
            refuse(conn, shard, id, &Denial::new(Reason::NotSignedIn, "sign in first"));
        }
        Wish::Refused { id, denial, .. } => refuse(conn, shard, id, &denial),
        Wish::Nothing => {}
    }
    None
}

fn welcome(conn: &Connection, shard: &Shard, id: RequestId, hello: &v1::HelloRequest) {
    let now = shard.now();
    match greeting::answer(&shard.settings, hello, now.stamp) {
        Ok(mut answer) => {
            conn.intake.borrow_mut().greet();
            let caller = Caller::new(hello);
            answer.nonce = Bytes::copy_from_slice(&caller.nonce());
            conn.caller.replace(Some(Box::new(caller)));
            conn.push(encode::hello(id, answer), now.moment);
        }
        Err(denial) => refuse(conn, shard, id, &denial),
    }
}

fn refuse(conn: &Connection, shard: &Shard, id: RequestId, denial: &Denial) {
    shard.tally.refusals.add(denial.reason);
    conn.push(encode::error(id, denial), shard.now().moment);
}

/// A request is for the engine, unless too many passwords come from this address, or there is
/// no room for the answer.
fn ask(conn: &Connection, shard: &Shard, id: RequestId, mut request: Request) -> Option<Input> {
    let now = shard.now().moment;
    let mut requests = conn.requests.get();
    // Pieces of files are limited by their bytes.
    if let Some(rate) = shard.settings.requests.filter(|_| !request.verb().is_piece())
        && let Err(retry_after) = requests.take_many(now, rate, 1)
    {
        let message = "too many requests on this connection in too short a time";
        let denial = Denial { retry_after, ..Denial::new(Reason::RateLimited, message) };
        refuse(conn, shard, id, &denial);
        return None;
    }
    conn.requests.set(requests);
    if let Some(caller) = &mut *conn.caller.borrow_mut() {
        caller.complete(conn.address, &mut request);
    }
    if request.verb().is_login()
        && let Err(retry_after) = shard.seams.admission.login(conn.address, now)
    {
        let message = "too many passwords from this address: wait before the next";
        let denial = Denial { retry_after, ..Denial::new(Reason::RateLimited, message) };
        refuse(conn, shard, id, &denial);
        return None;
    }
    if request.verb() == Verb::Register
        && let Err(retry_after) = shard.seams.admission.register(conn.address, now)
    {
        let message = "too many accounts have been made in too short a time";
        let denial = Denial { retry_after, ..Denial::new(Reason::RateLimited, message) };
        refuse(conn, shard, id, &denial);
        return None;
    }
    if let Err(NoRoom) = conn.ask(&request) {
        let denial = Denial::new(Reason::Overloaded, "too much is waiting to be read by others");
        refuse(conn, shard, id, &Denial { retry_after: READ_RETRY, ..denial });
        return None;
    }
    Some(Input::Asked { conn: conn.id, id, request, found: Found::Nothing })
}
