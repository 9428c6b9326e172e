//! `pfo api-key create|list|revoke`

use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use serde_json::json;

use super::print;
use crate::clock::{Clock, SystemClock};
use crate::domain::api_key::{self, Scope};
use crate::domain::id::{BakeryId, FeedstockId};
use crate::store::api_key::{ApiKey, NewApiKey};
use crate::store::{self, Store, Tx};

/// Make, show and take back the keys of the API.
#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Make a key. It is shown once, and kept nowhere: only its hash is.
    Create(Create),
    /// Show what is known of every key.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Take keys back, at once and for good.
    Revoke {
        /// Their numbers, as `list` shows them.
        #[arg(required = true)]
        ids: Vec<i64>,
        /// One JSON object a line, with what became of each.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Whose it is or what it is for; stands in the record of what was read with it.
    #[arg(long)]
    name: String,
    /// What it may be used for: admin (everything), runs (making, changing and removing recipe runs) or logs; several are allowed.
    #[arg(long = "scope", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// Only for runs on the bakery of this name.
    #[arg(long)]
    bakery: Option<String>,
    /// Only for runs of this feedstock, `owner/name`.
    #[arg(long)]
    feedstock: Option<String>,
    /// After how many days it is refused.
    #[arg(long, value_name = "DAYS", default_value_t = 90, conflicts_with = "never_expires")]
    expires_in: i64,
    /// It is good until it is taken back.
    #[arg(long)]
    never_expires: bool,
    /// As a JSON object.
    #[arg(long)]
    json: bool,
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::parse(word).ok_or_else(|| {
        let all = Scope::ALL.map(Scope::as_str).join(", ");
        format!("there is no such scope; there are {all}")
    })
}

impl ApiKeyCommand {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => create.run(store).await,
            Self::List { json } => list(store, json).await,
            Self::Revoke { ids, json } => revoke(store, &ids, json).await,
        }
    }
}

impl Create {
    async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        let is_limited = self.bakery.is_some() || self.feedstock.is_some();
        if is_limited && self.scopes.contains(&Scope::Admin) {
            bail!(
                "a key with the scope admin is for everything; leave out --bakery and --feedstock, or choose runs and logs"
            );
        }
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            bail!("a name has 1 to 100 visible characters");
        }
        let now = SystemClock.now();
        let expires_at = if self.never_expires { None } else { Some(expiry(self.expires_in, now)?) };
        let random = SystemClock.secret_bytes().context("the machine has no random numbers")?;
        let key = api_key::make(&random).context("the random numbers do not suffice; try again")?;
        let mut tx = store.write().await?;
        let (bakery, feedstock) = self.limits(&mut tx).await?;
        let mut scopes = self.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        let row = NewApiKey {
            name,
            hint: api_key::hint(&key),
            hash: &api_key::hash(&key),
            scopes: &scopes,
            bakery,
            feedstock,
            expires_at,
        };
        let id = store::api_key::insert(&mut tx, row, now).await?;
        tx.commit().await?;
        if self.json {
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            print(json!({
                "id": id, "name": name, "key": key, "scopes": scopes, "bakery": self.bakery, "feedstock": self.feedstock,
                "expires_at": expires_at,
            }));
        } else {
            print(key);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The rows of the places that the key is limited to.
    async fn limits(&self, tx: &mut Tx) -> anyhow::Result<(Option<BakeryId>, Option<FeedstockId>)> {
        let bakery = match &self.bakery {
            None => None,
            Some(name) => {
                let found = store::bakery::find_by_name(tx, name).await?;
                Some(found.with_context(|| format!("no bakery is named {name}"))?)
            }
        };
        let feedstock = match &self.feedstock {
            None => None,
            Some(spec) => {
                let found = store::feedstock::find_by_spec(tx, spec).await?;
                Some(found.with_context(|| format!("no feedstock has the spec {spec}"))?)
            }
        };
        Ok((bakery, feedstock))
    }
}

fn expiry(days: i64, now: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
    if days < 1 {
        bail!("a key is good for a day at least");
    }
    TimeDelta::try_days(days)
        .and_then(|time| now.checked_add_signed(time))
        .context("so many days are more than time has")
}

async fn list(store: &Store, as_json: bool) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    let mut tx = store.read().await?;
    for key in store::api_key::list(&mut tx).await? {
        let scopes: Vec<&str> = key.scopes().iter().map(|scope| scope.as_str()).collect();
        if as_json {
            print(json!({
                "id": key.id, "name": key.name, "hint": key.hint, "scopes": scopes, "bakery_id": key.bakery_id,
                "feedstock_id": key.feedstock_id, "created_at": key.created_at, "expires_at": key.expires_at,
                "revoked_at": key.revoked_at, "last_used_at": key.last_used_at, "is_good": key.is_good(now),
            }));
        } else {
            let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
            print(format!(
                "{:>5}  {}…  {:<24} {:<16} {:<28} {used}",
                key.id,
                key.hint,
                key.name,
                scopes.join(" ") + &places(&key),
                standing(&key, now)
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a key is limited to.
fn places(key: &ApiKey) -> String {
    let bakery = key.bakery_id.map(|id| format!(", bakery {id}"));
    let feedstock = key.feedstock_id.map(|id| format!(", feedstock {id}"));
    bakery.unwrap_or_default() + &feedstock.unwrap_or_default()
}

fn standing(key: &ApiKey, now: DateTime<Utc>) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", at.date_naive()),
        (None, Some(end)) if end <= now => format!("expired {}", end.date_naive()),
        (None, Some(end)) => format!("good until {}", end.date_naive()),
        (None, None) => "good".into(),
    }
}

async fn revoke(store: &Store, ids: &[i64], as_json: bool) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let mut tx = store.write().await?;
    for id in ids {
        let is_revoked = store::api_key::revoke(&mut tx, *id, SystemClock.now()).await?;
        if as_json {
            print(json!({ "id": id, "revoked": is_revoked }));
        } else if is_revoked {
            print(format!("key {id} opens nothing any more"));
        } else {
            print(format!("there is no key {id}, or it was revoked before: nothing was changed"));
        }
        if !is_revoked {
            code = ExitCode::FAILURE;
        }
    }
    tx.commit().await?;
    Ok(code)
}
