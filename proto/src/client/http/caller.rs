//! Calls with a deadline, made again where that does no harm: on a new connection, after a pause.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::exchange::{Exchange, Lost};
use crate::client::{Error, Options, Token};
use crate::rest::Call;

/// How long one attempt may take: longer than a bridge takes to give up.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The first pause before a call is made again; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);

/// A call that is safe to repeat is given up after so many attempts: some 6 s of pauses.
const ATTEMPTS_MAX: u32 = 7;

/// See the module.
pub(super) struct Caller {
    exchange: Exchange,
    /// Whether to come back by itself when the connection is lost.
    comes_back: bool,
}

impl Caller {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self { exchange: Exchange::new(options)?, comes_back: options.reconnect })
    }

    /// Who asks from now on.
    pub(super) fn authorize(&mut self, token: &Token) {
        self.exchange.authorize(token);
    }

    /// What a stream of the same caller comes by.
    pub(super) fn exchange(&self) -> Exchange {
        self.exchange.another()
    }

    /// The body of the answer. `may_repeat`: the call does no harm if it is made twice.
    pub(super) async fn call(&mut self, call: &Call, may_repeat: bool) -> Result<Vec<u8>, Error> {
        let mut pause = PAUSE;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let was_used = self.exchange.is_open();
            let Lost { error, was_sent } = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(lost) => lost,
            };
            let is_lost = matches!(error, Error::Unreachable(_));
            if is_lost && was_used && !was_sent {
                // It was closed since the last call, which is no failure of this one.
                continue;
            }
            if !(is_lost && may_repeat && self.comes_back) || attempts >= ATTEMPTS_MAX {
                return Err(error);
            }
            sleep(pause).await;
            pause *= 2;
        }
    }

    async fn attempt(&mut self, call: &Call) -> Result<Vec<u8>, Lost> {
        let late = Lost { error: Error::TimedOut, was_sent: true };
        timeout(CALL_TIMEOUT, self.exchange.call(call)).await.unwrap_or(Err(late))
    }
}
