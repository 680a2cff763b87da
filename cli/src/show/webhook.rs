//! How people see what is about webhooks.

use super::Look;
use super::place::titled;
use crate::escape::line;
use crate::record::webhook::{Deliveries, WebhookFacts, WebhookRecord};

impl Look {
    pub(super) fn webhook(&self, record: &WebhookRecord) -> String {
        match record {
            WebhookRecord::Webhook(facts) => self.webhook_facts(facts),
            // Alone on its line, so that a script may take it.
            WebhookRecord::WebhookCreated(made) => {
                line(made.url.as_ref().or(made.key.as_ref()).map_or("", String::as_str))
            }
            WebhookRecord::WebhookDone { room, webhook, action, .. } => {
                format!("{}: {} {action}", titled(room), line(webhook))
            }
        }
    }

    fn webhook_facts(&self, facts: &WebhookFacts) -> String {
        let WebhookFacts { webhook, direction, creator, deliveries, .. } = facts;
        let goes = deliveries.as_ref().map_or_else(String::new, |told| self.deliveries(told));
        format!("{:<16} {direction:<3} by {}{goes}", line(webhook), line(creator))
    }

    fn deliveries(&self, told: &Deliveries) -> String {
        let to = told.to.as_deref().map_or_else(String::new, |to| format!(" to {}", line(to)));
        let paused = if told.paused { ", paused" } else { "" };
        let how = match (told.failures, told.succeeded_at) {
            (0, None) => ", nothing delivered yet".to_owned(),
            (0, Some(at)) => format!(", last delivered {}", self.clock.show(at)),
            (failures, _) => {
                let status = told.status.map_or_else(String::new, |status| format!(" {status}"));
                let why = if told.problem.is_empty() { String::new() } else { line(&told.problem) };
                format!(", failed {failures} times:{status} {why}").trim_end().to_owned()
            }
        };
        format!("{to}{paused}{how}")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use parlor_proto::v1::{self, WebhookDirection};

    use super::super::tests::check;
    use super::*;
    use crate::record::Record;
    use crate::record::webhook::Made;

    fn facts(user_name: &str, url: &str, deliveries: Option<v1::DeliveryState>) -> WebhookFacts {
        let out = deliveries.is_some();
        let direction = if out { WebhookDirection::Out } else { WebhookDirection::In };
        let webhook = v1::Webhook {
            user_name: user_name.into(),
            creator_name: "ann".into(),
            url: url.into(),
            direction: direction.into(),
            deliveries,
            ..Default::default()
        };
        WebhookFacts::new("lobby".into(), webhook)
    }

    #[test]
    fn how_deliveries_go_is_on_one_line_and_the_secret_stands_alone() {
        let failing = v1::DeliveryState {
            failures: 3,
            status: 503,
            paused: true,
            problem: "busy\u{1b}[2J".into(),
            ..Default::default()
        };
        let (url, key) = (Some("/v1/hooks/plr_1".to_owned()), None);
        let records = [
            WebhookRecord::Webhook(facts("ci", "", None)),
            WebhookRecord::Webhook(facts("ops", "https://there/", Some(failing))),
            WebhookRecord::Webhook(facts("new", "", Some(v1::DeliveryState::default()))),
            WebhookRecord::WebhookCreated(Made { webhook: facts("ci", "", None), url, key }),
        ];
        let records: Vec<_> = records.into_iter().map(Record::Webhook).collect();
        check(
            &records,
            expect![[r#"
            ci               in  by ann
            ops              out by ann to https://there/, paused, failed 3 times: 503 busy\x1b[2J
            new              out by ann, nothing delivered yet
            /v1/hooks/plr_1"#]],
        );
    }
}
