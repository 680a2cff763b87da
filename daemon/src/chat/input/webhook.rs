//! What can be asked about webhooks.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::verb::Verb;
use crate::chat::effects::Deliveries;

#[derive(Clone, Debug)]
pub(crate) enum WebhookRequest {
    /// With a URL it delivers, else it says something.
    Create {
        room: RoomId,
        name: Name,
        url: Option<Arc<str>>,
    },
    List {
        room: RoomId,
    },
    Remove {
        webhook: UserId,
    },
    Pause {
        webhook: UserId,
        paused: bool,
    },
    /// By the webhook itself.
    Report(Deliveries),
}

impl WebhookRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Create { .. } => Verb::CreateWebhook,
            Self::List { .. } => Verb::ListWebhooks,
            Self::Remove { .. } => Verb::RemoveWebhook,
            Self::Pause { .. } => Verb::PauseWebhook,
            Self::Report(_) => Verb::ReportDeliveries,
        }
    }
}
