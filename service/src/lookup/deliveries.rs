//! GitHub's log of what it delivered to the App. The list says when, what and how it was answered; what was sent is in the single entry.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::place::{not_installed, of};
use super::{Error, Result};
use crate::app::App;
use crate::domain::id::HookAttemptId;

/// GitHub keeps three days, of which the newest are read: ten pages, so that a reader who asks again and again costs the App no more than
/// an eighth of what it may ask in an hour.
const MOST: usize = 1000;
/// What an entry of the list shows: GitHub's own fields, and no other that it may come to have.
/// <https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook>
const SHOWN: [&str; 12] = [
    "id",
    "guid",
    "delivered_at",
    "redelivery",
    "duration",
    "status",
    "status_code",
    "event",
    "action",
    "installation_id",
    "repository_id",
    "throttled_at",
];

/// Every delivery, newest first.
pub async fn all(app: &App) -> Result<Arc<Vec<Value>>> {
    let ask = async || {
        let now = app.clock.now();
        app.lookups.budget.take(now)?;
        let log = app.github.as_app(now).delivery_log(MOST).await;
        let log = log.map_err(|error| Error::github("the deliveries", &error, now))?;
        Ok(Arc::new(log.into_iter().map(shown).collect()))
    };
    app.lookups.lists.get("deliveries", app.clock.now(), ask).await
}

/// Those that are about a feedstock, whose repository `spec` is.
pub async fn of_feedstock(app: &App, spec: &str) -> Result<Vec<Value>> {
    let ask = async || {
        let now = app.clock.now();
        app.lookups.budget.take(now)?;
        let (repository, installation) = of(app, spec).await?;
        match app.github.repository(installation, &repository, now).id().await {
            Ok(id) => Ok(Arc::new(vec![Value::from(id)])),
            Err(error) if error.is_no_token() || error.is_forbidden() || error.is_not_found() => {
                Err(not_installed(spec))
            }
            Err(error) => Err(Error::github("the repository", &error, now)),
        }
    };
    let id = app.lookups.lists.get(&format!("number {spec}"), app.clock.now(), ask).await?;
    let all = all(app).await?;
    let is_about = |entry: &&Value| entry.get("repository_id").is_some_and(|about| Some(about) == id.first());
    Ok(all.iter().filter(is_about).cloned().collect())
}

/// One delivery with everything, but for its signatures and secrets; with `response_only` what was answered to it.
pub async fn one(app: &App, attempt: HookAttemptId, response_only: bool) -> Result<Value> {
    let now = app.clock.now();
    let found = app.github.as_app(now).delivery(attempt).await;
    let found = found.map_err(|error| Error::github("the delivery", &error, now))?;
    let missing =
        || Error::Missing(format!("GitHub has no delivery {attempt}; it keeps them for three days."));
    let mut found = found.ok_or_else(missing)?;
    if response_only {
        found = found.get_mut("response").map(Value::take).unwrap_or_default();
    }
    app.redactor.mask_json(&mut found);
    Ok(found)
}

fn shown(entry: Value) -> Value {
    let Value::Object(fields) = entry else { return Value::Null };
    Value::Object(
        fields.into_iter().filter(|(name, _)| SHOWN.contains(&name.as_str())).collect::<Map<_, _>>(),
    )
}
