//! `chat`: a conversation, line by line: a line that is read is sent, what comes is shown.
//!
//! Lines are sent one at a time and in order, each until it is stored, over lost connections;
//! meanwhile typing goes on. Data and talk are kept apart as everywhere.

use std::io::{self, IsTerminal as _};
use std::pin::Pin;
use std::time::Duration;

use parlor_proto::client::{Client, Error, Retry};
use parlor_proto::ids::{ClientMessageId, Seq};
use parlor_proto::limits::IDLE_AFTER;
use parlor_proto::v1::SendResponse;
use tokio::time::{Sleep, sleep};

use self::lines::{Line, Lines};
use self::pending::Pending;
use super::{Found, enter, who};
use crate::args::RoomArg;
use crate::connect::{Context, Stay, ignoring_events, interrupt, with};
use crate::failure::{Exit, Failure, Result};
use crate::feed::{Feed, Start};
use crate::out::Out;
use crate::record::{Member, Record};
use crate::terminal;

mod lines;
mod pending;

/// What is shown of the past.
const ROWS: u32 = 20;

/// Before a line is sent again, if the server does not say how long.
const PAUSE: Duration = Duration::from_millis(500);

const HELP: &str = "a line is a message; //x sends /x; /who shows who is there; /quit or Ctrl-D \
                    sends what is left and ends";

pub(super) async fn run(context: &mut Context<'_>, room: &RoomArg) -> Result<()> {
    let (client, keeper) = context.resume_and_keep(Stay::Stay).await?;
    let out = &mut *context.out;
    out.with_room(false);
    let talked = with(client, async |client| {
        let (found, state) = ignoring_events(client, enter(client, room)).await?;
        let feed = Feed::new((client, keeper), vec![state], |_| Start::Last(ROWS), false);
        let idle_after = match client.hello().keep_alive.map_or(0, |policy| policy.idle_after_ms) {
            0 => IDLE_AFTER,
            ms => Duration::from_millis(ms.into()),
        };
        Box::pin(Chat::new(client, found, feed, idle_after).run(out)).await
    });
    talked.await
}

struct Chat<'a> {
    client: &'a Client,
    room: Found,
    feed: Feed<'a>,
    pending: Pending,
    sending: Option<Sending<'a>>,
    asking: Option<Asking<'a>>,
    idle_after: Duration,
    /// Why a line was not sent, if nobody was there to see it.
    refused: Option<Failure>,
    /// The last of our own lines that the server has stored.
    stored: Seq,
    ending: bool,
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<SendResponse, Error>> + 'a>>;
type Asking<'a> = Pin<Box<dyn Future<Output = Result<Vec<Member>, Error>> + 'a>>;

impl<'a> Chat<'a> {
    fn new(client: &'a Client, room: Found, feed: Feed<'a>, idle_after: Duration) -> Self {
        Self {
            client,
            room,
            feed,
            pending: Pending::default(),
            sending: None,
            asking: None,
            idle_after,
            refused: None,
            stored: Seq(0),
            ending: false,
        }
    }

    async fn run(mut self, out: &mut Out) -> Result<()> {
        let talked = self.talk(out).await;
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
        let mut lines = Lines::of_stdin(out.printed());
        let shows_typing = out.is_for_people() && terminal::shows_typing();
        let mut idle = Box::pin(sleep(self.idle_after));
        while !(self.ending && self.pending.is_empty() && self.asking.is_none()) {
            self.send_next();
            let may_read = !self.ending && !self.pending.is_full();
            tokio::select! {
                interrupt = interrupt() => return Err(interrupt),
                answer = next(&mut self.sending) => {
                    self.sending = None;
                    self.sent(out, answer)?;
                }
                members = next(&mut self.asking) => {
                    self.asking = None;
                    show_members(out, members)?;
                }
                event = self.client.next_event() => {
                    self.feed.handle(out, event).await?;
                    if !self.feed.has(self.room.id) {
                        return Err(Failure::new(Exit::NotAllowed, "you are in the room no more"));
                    }
                }
                line = lines.next(), if may_read => {
                    self.awake(&mut idle);
                    let typed_at = line.as_ref().filter(|_| shows_typing).map(|(_, printed)| *printed);
                    self.read(out, line.map(|(line, _)| line), typed_at);
                }
                () = &mut idle, if !idle.is_elapsed() => self.client.set_activity(false),
            }
        }
        // What was sent is shown too, even if it was stored a moment ago.
        self.feed.show_to(out, self.room.id, self.stored).await
    }

    fn awake(&self, idle: &mut Pin<Box<Sleep>>) {
        self.client.set_activity(true);
        idle.set(sleep(self.idle_after));
    }

    /// `typed_at`: how much had been printed, if the line stands on the screen.
    fn read(&mut self, out: &mut Out, line: Option<Line>, typed_at: Option<u64>) {
        match line {
            None | Some(Line::Quit) => self.ending = true,
            Some(Line::Text(text)) => {
                let id = self.pending.push(text);
                if let Some(printed) = typed_at {
                    self.feed.is_typed(id, printed);
                }
                if self.pending.is_full() && self.feed.is_offline() {
                    out.say("many lines wait to be sent; no more are read until some are");
                }
            }
            Some(Line::Nothing) => {}
            Some(Line::Help) => out.say(HELP),
            Some(Line::Who) if self.asking.is_some() => out.say("the server has not answered yet"),
            Some(Line::Who) => {
                let (client, room) = (self.client, self.room.clone());
                self.asking = Some(Box::pin(async move { who::members(client, &room).await }));
            }
            Some(Line::Refused(why)) => {
                self.refuse(out, Failure::usage(format!("not sent: {why}")));
            }
        }
    }

    /// A line is not sent. A person sees that; a script sees it from the exit code.
    fn refuse(&mut self, out: &mut Out, failure: Failure) {
        if io::stdin().is_terminal() {
            out.say(&failure.sentence);
        } else {
            out.failure(&failure);
            self.refused = Some(Failure { sentence: String::new(), ..failure });
        }
    }

    /// Sends the first line that waits, unless one is on its way.
    fn send_next(&mut self) {
        if self.sending.is_none()
            && let Some((id, text)) = self.pending.first()
        {
            self.sending = Some(self.send(id, text.to_owned(), Duration::ZERO));
        }
    }

    fn send(&self, id: ClientMessageId, text: String, pause: Duration) -> Sending<'a> {
        let (client, room) = (self.client, self.room.id);
        Box::pin(async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            client.send(room, id, text).await
        })
    }

    fn sent(&mut self, out: &mut Out, answer: Result<SendResponse, Error>) -> Result<()> {
        let error = match answer {
            Ok(stored) => {
                self.stored = Seq(stored.seq);
                self.pending.pop();
                return Ok(());
            }
            Err(error) => error,
        };
        match (&error, error.retry(), self.pending.first()) {
            (Error::Refused(_), Retry::Never, _) => {
                self.pending.pop();
                let failure = Failure::from(error);
                let sentence = format!("not sent: {}", failure.sentence);
                self.refuse(out, Failure { sentence, ..failure });
                Ok(())
            }
            (_, Retry::After(pause), Some((id, text))) => {
                self.sending = Some(self.send(id, text.to_owned(), pause));
                Ok(())
            }
            (_, Retry::Now, Some((id, text))) => {
                self.sending = Some(self.send(id, text.to_owned(), PAUSE));
                Ok(())
            }
            (_, _, _) => Err(error.into()),
        }
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
