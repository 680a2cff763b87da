//! The task of a client.

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot, watch};

use super::{Account, Error, Event, Facts, Options, SignIn, SyncPlan};
use crate::v1::{self, client_frame, server_frame};

/// A request and where its answer goes.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) body: client_frame::Body,
    pub(super) reply: Reply<server_frame::Body>,
}

/// Calls that do not wait behind requests.
#[derive(Debug)]
pub(super) enum Control {
    SignIn(SignIn, Reply<Option<Account>>),
    Sync(SyncPlan, Reply<Vec<v1::RoomState>>),
    Close,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Everything that a user of the client may want.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) wishes: mpsc::Receiver<Wish>,
    pub(super) controls: mpsc::Receiver<Control>,
    pub(super) activity: watch::Receiver<bool>,
}

pub(super) struct Link {
    inbox: Inbox,
}

impl Link {
    pub(super) fn new(
        options: Options,
        inbox: Inbox,
        _events: mpsc::Sender<Event>,
        _facts: Arc<Mutex<Facts>>,
    ) -> Result<Self, Error> {
        drop(options);
        Ok(Self { inbox })
    }

    pub(super) async fn run(mut self) {
        self.inbox.wishes.close();
        drop(self.inbox.controls.recv().await);
    }
}
