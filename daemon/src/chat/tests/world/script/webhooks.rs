//! What is asked about webhooks: `ann hook ci #1`, `ann hook ops #1 https://there`, `ann pause ops`,
//! `ops report 500 3`.

use parlor_proto::name::Name;

use super::super::World;
use super::room;
use crate::chat::*;

impl World {
    /// `None` if the verb is none of these.
    pub(super) fn webhook_request(&self, verb: &str, words: &[&str]) -> Option<WebhookRequest> {
        let word = |i: usize| words.get(i).copied().unwrap_or_default();
        let webhook = || self.user_id(word(0));
        Some(match verb {
            "hook" => WebhookRequest::Create {
                room: room(word(1)),
                name: Name::parse(word(0)).unwrap(),
                url: words.get(2).map(|url| (*url).into()),
            },
            "hooks" => WebhookRequest::List { room: room(word(0)) },
            "unhook" => WebhookRequest::Remove { webhook: webhook() },
            "pause" => WebhookRequest::Pause { webhook: webhook(), paused: true },
            "unpause" => WebhookRequest::Pause { webhook: webhook(), paused: false },
            "report" => WebhookRequest::Report(Deliveries {
                attempted: Some(self.now.stamp),
                succeeded: None,
                status: word(0).parse().unwrap(),
                failures: word(1).parse().unwrap_or_default(),
                paused: word(2) == "paused",
                problem: "".into(),
            }),
            _ => return None,
        })
    }
}
