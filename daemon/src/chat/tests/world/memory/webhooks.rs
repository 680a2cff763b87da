//! What is remembered of webhooks.

use std::collections::BTreeMap;

use parlor_proto::ids::{RoomId, UserId};

use super::Memory;
use crate::chat::*;

/// Those that were removed too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Webhooks(BTreeMap<UserId, Remembered>);

#[derive(Clone, Debug)]
struct Remembered {
    row: WebhookRow,
    removed: bool,
}

impl Webhooks {
    pub(super) fn room_of(&self, user: UserId) -> Option<RoomId> {
        self.0.get(&user).map(|known| known.row.room)
    }

    pub(super) fn rows(&self) -> Vec<WebhookRow> {
        self.0.values().filter(|known| !known.removed).map(|known| known.row.clone()).collect()
    }
}

impl Memory {
    pub(super) fn change_webhook(&mut self, change: WebhookChange) {
        let known = &mut self.webhooks.0;
        match change {
            WebhookChange::Made { bot, room, owner, url, at } => {
                let deliveries = Deliveries::default();
                let row = WebhookRow { bot, room, created: at, url, deliveries };
                if let Some(before) = known.insert(bot, Remembered { row, removed: false }) {
                    assert!(before.removed && before.row.room == room, "it begins anew");
                }
                self.server.standings.get_mut(&bot).expect("it has an account").owner = Some(owner);
                self.readings.cursors.retain(|(user, ..), _| *user != bot);
            }
            WebhookChange::Removed { bot } => {
                let removed = &mut known.get_mut(&bot).expect("it is known").removed;
                assert!(!std::mem::replace(removed, true), "a webhook is removed once");
            }
            WebhookChange::Reported { bot, deliveries } => {
                let known = known.get_mut(&bot).expect("it is known");
                assert!(!known.removed && known.row.url.is_some(), "it delivers");
                known.row.deliveries = deliveries;
            }
        }
    }
}
