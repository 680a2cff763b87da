//! What follows from requests about webhooks.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use crate::chat::input::{FreshSecret, Stamp};

/// What the store must remember of webhooks besides their accounts and tokens.
#[derive(Clone, Debug)]
pub(crate) enum WebhookChange {
    /// The account is there: a new one, or that of a webhook which was removed from this room.
    Made {
        bot: UserId,
        room: RoomId,
        owner: UserId,
        url: Option<Arc<str>>,
        at: Stamp,
    },
    Removed {
        bot: UserId,
    },
    /// Of one that delivers.
    Reported {
        bot: UserId,
        deliveries: Deliveries,
    },
}

/// The answers to these requests.
#[derive(Clone, Debug)]
pub(crate) enum WebhookAnswer {
    Made { secret: FreshSecret, webhook: WebhookFacts },
    List(Vec<WebhookFacts>),
}

/// A webhook as those see it who may.
#[derive(Clone, Debug)]
pub(crate) struct WebhookFacts {
    pub(crate) bot: UserId,
    pub(crate) name: Name,
    pub(crate) room: RoomId,
    pub(crate) creator: UserId,
    pub(crate) creator_name: Name,
    pub(crate) created: Stamp,
    /// Of one that delivers: where to, for who may know, and how it goes.
    pub(crate) out: Option<(Option<Arc<str>>, Deliveries)>,
}

/// How deliveries go, as told by who makes them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Deliveries {
    pub(crate) attempted: Option<Stamp>,
    pub(crate) succeeded: Option<Stamp>,
    /// What the last attempt was answered; 0: nothing.
    pub(crate) status: u16,
    /// Since the last that succeeded.
    pub(crate) failures: u32,
    pub(crate) paused: bool,
    pub(crate) problem: Arc<str>,
}
