//! Webhooks: accounts that can do one thing in one room. One that was removed is only an account.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};

use super::State;
use crate::chat::effects::{Deliveries, WebhookFacts};
use crate::chat::input::Stamp;
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::WebhookRow;

const FIRST: UserId = UserId(0);
const LAST: UserId = UserId(u64::MAX);

/// All that there are, by their account and by their room.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Webhooks {
    by_bot: Ledger<UserId, Webhook>,
    of_room: Ledger<(RoomId, UserId), ()>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Webhook {
    pub(in crate::chat) room: RoomId,
    pub(in crate::chat) created: Stamp,
    /// `None`: it says something.
    pub(in crate::chat) out: Option<Out>,
}

/// Where events are delivered to, and how it goes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Out {
    pub(in crate::chat) url: Arc<str>,
    pub(in crate::chat) deliveries: Deliveries,
}

impl Webhooks {
    pub(super) fn new(rows: Vec<WebhookRow>) -> Self {
        let mut webhooks = Self::default();
        for WebhookRow { bot, room, created, url, deliveries } in rows {
            let out = url.map(|url| Out { url, deliveries });
            webhooks.add(bot, Webhook { room, created, out });
        }
        webhooks
    }

    pub(in crate::chat) fn add(&mut self, bot: UserId, webhook: Webhook) {
        self.of_room.insert((webhook.room, bot), ());
        self.by_bot.insert(bot, webhook);
    }

    pub(in crate::chat) fn remove(&mut self, bot: UserId) -> Option<Webhook> {
        let webhook = self.by_bot.remove(&bot)?;
        self.of_room.remove(&(webhook.room, bot));
        Some(webhook)
    }

    pub(in crate::chat) fn get(&self, bot: UserId) -> Option<&Webhook> {
        self.by_bot.get(&bot)
    }

    pub(in crate::chat) fn deliveries_mut(&mut self, bot: UserId) -> Option<&mut Deliveries> {
        self.by_bot.get_mut(&bot)?.out.as_mut().map(|out| &mut out.deliveries)
    }

    pub(in crate::chat) fn of_room(&self, room: RoomId) -> impl Iterator<Item = UserId> {
        self.of_room.range((room, FIRST)..=(room, LAST)).map(|((_, bot), ())| *bot)
    }

    pub(super) fn keep(&mut self) {
        self.by_bot.keep();
        self.of_room.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_bot.undo();
        self.of_room.undo();
    }
}

impl State {
    /// Whether an account is for one thing in one room, or was.
    pub(in crate::chat) fn is_webhook(&self, user: UserId) -> bool {
        self.users.get(user).is_some_and(|user| user.webhook.is_some())
    }

    /// The members of a room without its webhooks.
    pub(in crate::chat) fn people_in(&self, room: RoomId) -> u32 {
        let webhooks = u32::try_from(self.webhooks.of_room(room).count()).unwrap_or(u32::MAX);
        self.rooms.get(room).map_or(0, |room| room.members.saturating_sub(webhooks))
    }

    /// `url`: whether its URL may be told.
    pub(in crate::chat) fn webhook_facts(&self, bot: UserId, url: bool) -> Option<WebhookFacts> {
        let Webhook { room, created, out } = self.webhooks.get(bot)?;
        let account = self.users.get(bot)?;
        let creator = account.owner?;
        let shown = |out: &Out| (url.then(|| Arc::clone(&out.url)), out.deliveries.clone());
        Some(WebhookFacts {
            bot,
            name: account.name.clone(),
            room: *room,
            creator,
            creator_name: self.users.name(creator)?,
            created: *created,
            out: out.as_ref().map(shown),
        })
    }
}
