//! Lines on their way: one at a time and in order, each until it is stored.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use parlor_proto::client::{Error, Retry};
use parlor_proto::ids::{ClientMessageId, Seq};
use parlor_proto::v1::SendResponse;
use tokio::time::sleep;

use super::{Chat, UnderWay};
use crate::failure::{Failure, Result};
use crate::out::Out;

/// Before a line is sent again, if the server does not say how long.
const PAUSE: Duration = Duration::from_millis(500);

impl<'a> Chat<'a> {
    /// A line is not sent. A person sees that; a script sees it from the exit code.
    pub(super) fn refuse(&mut self, out: &mut Out, failure: Failure) {
        if io::stdin().is_terminal() {
            out.say(&failure.sentence);
        } else {
            out.failure(&failure);
            self.refused = Some(Failure { sentence: String::new(), ..failure });
        }
    }

    /// Sends the first line that waits, unless one is on its way.
    pub(super) fn send_next(&mut self) {
        if self.sending.is_none()
            && let Some((id, text)) = self.pending.first()
        {
            self.sending = Some(self.send(id, text.to_owned(), Duration::ZERO));
        }
    }

    fn send(
        &self,
        id: ClientMessageId,
        text: String,
        pause: Duration,
    ) -> UnderWay<'a, SendResponse> {
        let (client, room) = (self.client, self.room.id);
        Box::pin(async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            client.send(room, id, text).await
        })
    }

    pub(super) fn sent(
        &mut self,
        out: &mut Out,
        answer: Result<SendResponse, Error>,
    ) -> Result<()> {
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
