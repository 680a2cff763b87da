//! `chat`: a conversation, line by line: a line that is read is sent, what comes is shown.
//!
//! Lines are sent one at a time and in order, each until it is stored, over lost connections;
//! meanwhile typing goes on. On a terminal the line that is being typed stays below what comes,
//! and others are told that somebody types. What is shown to somebody who is there counts as
//! read. Data and talk are kept apart as everywhere.

use std::pin::Pin;
use std::time::{Duration, Instant};

use parlor_proto::client::{Client, Error, Event, Retry};
use parlor_proto::ids::Seq;
use parlor_proto::limits::IDLE_AFTER;
use parlor_proto::v1::{RoomState, SendResponse, room_event};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use self::company::{Marked, OwnTyping, Writers};
use self::editor::width;
use self::lines::{Input, Line, Lines};
use self::pending::Pending;
use super::{Found, enter, who};
use crate::args::RoomArg;
use crate::connect::{Context, GOODBYE, Stay, account, ignoring_events, interrupt, with};
use crate::escape;
use crate::failure::{Exit, Failure, Result};
use crate::feed::{Feed, Start};
use crate::out::Out;
use crate::record::{Member, Record};
use crate::terminal::{Keys, columns};

mod company;
mod editor;
mod lines;
mod pending;
mod sending;

/// What is shown of the past.
const ROWS: u32 = 20;

/// The server is told how far one has read at most this often.
const MARK_INTERVAL: Duration = Duration::from_millis(500);

/// On a narrower terminal all of the row is for what is typed.
const COLUMNS_MIN: usize = 60;

const HELP: &str = "a line is a message; //x sends /x; /who shows who is there; /quit or Ctrl-D \
                    sends what is left and ends";

pub(super) async fn run(context: &mut Context<'_>, room: &RoomArg) -> Result<()> {
    context.needs_connection()?;
    let (client, keeper) = context.resume_and_keep(Stay::Stay).await?;
    let out = &mut *context.out;
    out.with_room(false);
    let talked = with(client, async |client| {
        let (found, state) = ignoring_events(client, enter(client, room)).await?;
        tell_unread(out, room, &state);
        let feed = Feed::new((client, keeper), vec![state], |_| Start::Last(ROWS), false);
        Box::pin(Chat::new(client, found, feed)?.run(out)).await
    });
    talked.await
}

/// What was missed before the part that is shown.
fn tell_unread(out: &mut Out, room: &RoomArg, state: &RoomState) {
    if state.unread_count > ROWS {
        let (unread, read) = (state.unread_count, state.read_seq);
        out.say(&format!("{unread} are unread: parlor tail {room} --since {read} --no-follow"));
    }
}

struct Chat<'a> {
    client: &'a Client,
    me: u64,
    room: Found,
    feed: Feed<'a>,
    pending: Pending,
    sending: Option<UnderWay<'a, SendResponse>>,
    asking: Option<UnderWay<'a, Vec<Member>>>,
    marked: Marked,
    marking: Option<UnderWay<'a, Seq>>,
    writers: Writers,
    typing: OwnTyping,
    telling: Option<UnderWay<'a, ()>>,
    /// Somebody is at the keys, as far as one can tell.
    is_here: bool,
    /// Why a line was not sent, if nobody was there to see it.
    refused: Option<Failure>,
    /// The last of our own lines that the server has stored.
    stored: Seq,
    ending: bool,
}

type UnderWay<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

impl<'a> Chat<'a> {
    fn new(client: &'a Client, room: Found, feed: Feed<'a>) -> Result<Self> {
        Ok(Self {
            client,
            me: account(client)?.user.user_id,
            room,
            feed,
            pending: Pending::default(),
            sending: None,
            asking: None,
            marked: Marked::default(),
            marking: None,
            writers: Writers::default(),
            typing: OwnTyping::default(),
            telling: None,
            is_here: true,
            refused: None,
            stored: Seq(0),
            ending: false,
        })
    }

    async fn run(mut self, out: &mut Out) -> Result<()> {
        let talked = self.talk(out).await;
        out.set_row(None);
        let unsent = self.pending.len();
        if talked.is_err() && unsent > 0 {
            let lines =
                if unsent == 1 { "1 line was".to_owned() } else { format!("{unsent} lines were") };
            out.say(&format!("{lines} not sent, or not known to be"));
        }
        talked.and_then(|()| self.refused.map_or(Ok(()), Err))
    }

    async fn talk(&mut self, out: &mut Out) -> Result<()> {
        self.feed.catch_up(out).await?;
        let keys = if out.is_for_people() { Keys::listen() } else { None };
        let mut lines = if keys.is_some() { Lines::of_keys() } else { Lines::of_stdin() };
        let mut signals = Signals::new()?;
        let idle_after = self.idle_after();
        let mut idle = Box::pin(sleep(idle_after));
        while !(self.ending && self.pending.is_empty() && self.asking.is_none()) {
            self.send_next();
            self.mark();
            if keys.is_some() {
                self.show_row(out, &lines);
            }
            let may_read = !self.ending && !self.pending.is_full();
            tokio::select! {
                interrupt = interrupt() => return Err(interrupt),
                _ = signals.terminate.recv() => return Err(Failure::interrupted()),
                _ = signals.go_on.recv() => {
                    keys.iter().for_each(Keys::listen_again);
                    out.redraw_row();
                }
                answer = next(&mut self.sending) => {
                    self.sending = None;
                    self.sent(out, answer)?;
                }
                members = next(&mut self.asking) => {
                    self.asking = None;
                    show_members(out, members)?;
                }
                marked = next(&mut self.marking) => {
                    self.marking = None;
                    self.was_marked(marked);
                }
                // Whether they have heard it is of no consequence.
                _ = next(&mut self.telling) => self.telling = None,
                event = self.client.next_event() => self.heard(out, event, keys.is_some()).await?,
                input = lines.next(), if may_read => {
                    self.is_here = true;
                    self.client.set_activity(true);
                    idle.set(sleep(idle_after));
                    self.read(out, input, &lines);
                }
                () = forget(self.writers.until()) => self.writers.forget_old(now()),
                () = &mut idle, if !idle.is_elapsed() => {
                    self.is_here = false;
                    self.client.set_activity(false);
                }
            }
        }
        // What was sent is shown too, even if it was stored a moment ago.
        self.feed.show_to(out, self.room.id, self.stored).await?;
        self.mark_last().await;
        Ok(())
    }

    fn idle_after(&self) -> Duration {
        match self.client.hello().keep_alive.map_or(0, |policy| policy.idle_after_ms) {
            0 => IDLE_AFTER,
            ms => Duration::from_millis(ms.into()),
        }
    }

    async fn heard(&mut self, out: &mut Out, event: Option<Event>, has_row: bool) -> Result<()> {
        if let Some(Event::Typist(typist)) = &event
            && typist.room_id == self.room.id.0
            && typist.user_id != self.me
        {
            let has_begun = self.writers.heard(now(), typist.clone());
            if has_begun && !has_row && out.is_for_people() {
                out.say(&format!("{} is writing", typist.user_name));
            }
        }
        if let Some(Event::Room(event)) = &event
            && let Some(room_event::Kind::Message(_)) = event.kind
        {
            self.writers.stopped(event.actor_id);
        }
        self.feed.handle(out, event).await?;
        if !self.feed.has(self.room.id) {
            return Err(Failure::new(Exit::NotAllowed, "you are in the room no more"));
        }
        Ok(())
    }

    fn read(&mut self, out: &mut Out, input: Option<Input>, lines: &Lines) {
        match input {
            None | Some(Input::Line(Line::Quit)) => self.ending = true,
            Some(Input::Typed) => self.tell_typing(lines.typed().text()),
            Some(Input::Line(Line::Text(text))) => {
                self.typing.sent();
                if self.feed.is_offline() {
                    out.say(&format!("waits to be sent: {text}"));
                }
                self.pending.push(text);
                if self.pending.is_full() && self.feed.is_offline() {
                    out.say("many lines wait to be sent; no more are read until some are");
                }
            }
            Some(Input::Line(Line::Nothing)) => {}
            Some(Input::Line(Line::Help)) => out.say(HELP),
            Some(Input::Line(Line::Who)) if self.asking.is_some() => {
                out.say("the server has not answered yet");
            }
            Some(Input::Line(Line::Who)) => {
                let (client, room) = (self.client, self.room.clone());
                self.asking = Some(Box::pin(async move { who::members(client, &room).await }));
            }
            Some(Input::Line(Line::Refused(why))) => {
                self.refuse(out, Failure::usage(format!("not sent: {why}")));
            }
        }
    }

    fn tell_typing(&mut self, line: &str) {
        // The last word is still under way, or nobody is there to hear it.
        if self.telling.is_some() || self.feed.is_offline() {
            return;
        }
        let (client, room) = (self.client, self.room.id);
        if let Some(has_stopped) = self.typing.changed(now(), line) {
            self.telling = Some(Box::pin(client.typing(room, has_stopped)));
        }
    }

    /// Tells how far has been read, if somebody is there to read it.
    fn mark(&mut self) {
        let shown = self.marked.behind(self.feed.shown(self.room.id));
        if let (None, true, Some(shown)) = (&self.marking, self.is_here, shown) {
            let (client, room) = (self.client, self.room.id);
            self.marking = Some(Box::pin(async move {
                let marked = client.mark_read(room, shown).await;
                sleep(MARK_INTERVAL).await;
                marked.map(|()| shown)
            }));
        }
    }

    fn was_marked(&mut self, marked: Result<Seq, Error>) {
        match marked {
            Ok(seq) => self.marked = Marked(seq),
            // A server that does not want to know is not asked again and again.
            Err(error) if error.retry() == Retry::Never => self.marked = Marked(Seq(u64::MAX)),
            Err(_) => {}
        }
    }

    async fn mark_last(&self) {
        let shown = self.marked.behind(self.feed.shown(self.room.id)).filter(|_| self.is_here);
        if let Some(shown) = shown {
            let mark = ignoring_events(self.client, self.client.mark_read(self.room.id, shown));
            drop(timeout(GOODBYE, mark).await);
        }
    }

    fn show_row(&self, out: &mut Out, lines: &Lines) {
        let columns = columns().saturating_sub("> ".len() + 1);
        let about = escape::line(&self.writers.sentence());
        let left = columns.saturating_sub(width(&about) + 1);
        if about.is_empty() || columns < COLUMNS_MIN || left < columns / 2 {
            return out.set_row(Some(("", &lines.typed().view(columns))));
        }
        out.set_row(Some((&about, &lines.typed().view(left))));
    }
}

/// What a terminal's owner does to processes.
struct Signals {
    terminate: Signal,
    /// After it was stopped.
    go_on: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let failed = |error| Failure::new(Exit::Failure, format!("waiting for signals: {error}"));
        let go_on = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            go_on: signal(go_on).map_err(failed)?,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge: a person types")]
fn now() -> Instant {
    Instant::now()
}

async fn forget(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// What comes of it, if anything is under way.
async fn next<T>(under_way: &mut Option<Pin<Box<dyn Future<Output = T> + '_>>>) -> T {
    match under_way {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

fn show_members(out: &mut Out, members: Result<Vec<Member>, Error>) -> Result<()> {
    match members {
        Ok(members) => {
            members.into_iter().try_for_each(|member| out.record(&Record::Member(member)))
        }
        Err(error @ Error::Refused(_)) => {
            out.say(&error.to_string());
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
