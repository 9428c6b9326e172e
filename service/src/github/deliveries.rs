//! GitHub's log of what it delivered to the App: <https://docs.github.com/rest/apps/webhooks>

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::Result;
use super::app::AsApp;
use super::call::{GET_DELIVERY, LIST_DELIVERIES, REDELIVER};
use crate::domain::id::{DeliveryId, HookAttemptId};
use crate::domain::missed::Attempt;

/// GitHub gives no more at once.
const PER_PAGE: usize = 100;

/// Some entries of the log, newest first.
#[derive(Debug)]
pub struct DeliveryPage {
    /// The entries.
    pub attempts: Vec<Attempt>,
    /// GitHub's mark of the next page; none on the last.
    pub next: Option<String>,
}

impl AsApp<'_> {
    /// A page of the log: the newest one, or the one that a mark stands for. GitHub refuses a mark that has become too old as invalid.
    pub async fn deliveries(&self, cursor: Option<&str>) -> Result<DeliveryPage> {
        #[derive(Deserialize)]
        struct Entry {
            id: HookAttemptId,
            guid: DeliveryId,
            delivered_at: DateTime<Utc>,
            /// GitHub leaves it out, or writes 0, where nothing was answered: a throttled delivery has not even been sent.
            status_code: Option<i64>,
            event: String,
        }
        let mut path = format!("{}?per_page={PER_PAGE}", LIST_DELIVERIES.path);
        if let Some(cursor) = cursor {
            path = format!("{path}&cursor={cursor}");
        }
        let answer = self.send(LIST_DELIVERIES, &path).await?;
        let entries: Vec<Entry> = answer.json(LIST_DELIVERIES)?;
        let attempts = entries.into_iter().map(|entry| Attempt {
            id: entry.id,
            delivery: entry.guid,
            at: entry.delivered_at,
            status: entry.status_code.unwrap_or_default(),
            event: entry.event,
        });
        Ok(DeliveryPage { attempts: attempts.collect(), next: answer.next_cursor().map(str::to_owned) })
    }

    /// The whole log in GitHub's own words, newest first, `most` entries at most.
    pub async fn delivery_log(&self, most: usize) -> Result<Vec<Value>> {
        let mut all: Vec<Value> = Vec::new();
        let mut path = format!("{}?per_page={PER_PAGE}", LIST_DELIVERIES.path);
        // Pages are counted, not entries: one may come empty, and lead on.
        for _ in 0..most.div_ceil(PER_PAGE) {
            let answer = self.send(LIST_DELIVERIES, &path).await?;
            all.extend(answer.json::<Vec<Value>>(LIST_DELIVERIES)?);
            let Some(cursor) = answer.next_cursor() else { break };
            path = format!("{}?per_page={PER_PAGE}&cursor={cursor}", LIST_DELIVERIES.path);
        }
        all.truncate(most);
        Ok(all)
    }

    /// One entry with what was sent and what was answered, in GitHub's own words; none when GitHub no longer has it.
    pub async fn delivery(&self, attempt: HookAttemptId) -> Result<Option<Value>> {
        match self.get(GET_DELIVERY, &format!("/app/hook/deliveries/{attempt}")).await {
            Ok(delivery) => Ok(Some(delivery)),
            Err(error) if error.is_not_found() || error.is_invalid() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks for a delivery once more. Answers false when GitHub no longer has it.
    pub async fn redeliver(&self, attempt: HookAttemptId) -> Result<bool> {
        match self.send(REDELIVER, &format!("/app/hook/deliveries/{attempt}/attempts")).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() || error.is_invalid() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
