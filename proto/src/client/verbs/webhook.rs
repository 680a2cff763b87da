//! Webhooks of rooms: accounts that can do one thing in one room.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::{RoomId, UserId};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, CreateWebhookResponse, DeliveryState, Webhook};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Makes a webhook: with a `url` one whose bridge delivers events to there, else one that says
    /// something.
    pub async fn create_webhook(
        &self,
        room: RoomId,
        user_name: impl Into<String>,
        url: impl Into<String>,
    ) -> Result<CreateWebhookResponse, Error> {
        let (user_name, url) = (user_name.into(), url.into());
        let create = v1::CreateWebhookRequest { room_id: room.0, user_name, url };
        expect_answer!(self.request(Ask::CreateWebhook(create)).await, CreateWebhook)
    }

    /// The webhooks of a room, by name.
    pub async fn list_webhooks(&self, room: RoomId) -> Result<Vec<Webhook>, Error> {
        let list = v1::ListWebhooksRequest { room_id: room.0 };
        let answer = expect_answer!(self.request(Ask::ListWebhooks(list)).await, ListWebhooks)?;
        Ok(answer.webhooks)
    }

    /// Removes a webhook, which is known by the number of its account.
    pub async fn remove_webhook(&self, webhook: UserId) -> Result<(), Error> {
        let remove = v1::RemoveWebhookRequest { webhook_id: webhook.0 };
        expect_answer!(self.request(Ask::RemoveWebhook(remove)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Has a webhook deliver nothing for now, or go on.
    pub async fn pause_webhook(&self, webhook: UserId, paused: bool) -> Result<(), Error> {
        let pause = v1::PauseWebhookRequest { webhook_id: webhook.0, paused };
        expect_answer!(self.request(Ask::PauseWebhook(pause)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Says, as a webhook, how its deliveries go.
    pub async fn report_deliveries(&self, deliveries: DeliveryState) -> Result<(), Error> {
        let report = v1::ReportDeliveriesRequest { deliveries: Some(deliveries) };
        expect_answer!(self.request(Ask::ReportDeliveries(report)).await, Ack).map(|v1::Ack {}| ())
    }
}
