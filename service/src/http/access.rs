//! Who may use a route, and who is asking.

use axum::http::HeaderMap;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::problem::Problem;
use crate::app::App;
use crate::domain::api_key;
pub use crate::domain::api_key::Scope;
use crate::domain::id::{BakeryId, FeedstockId};
use crate::store::{self, StoreError};

/// The header that a key comes in.
pub(super) const KEY_HEADER: &str = "X-API-Key";

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Who has a key with one of these scopes.
    Key(&'static [Scope]),
    /// GitHub, by its signature over the body.
    Signature,
    /// Google, by a token of its own.
    Token,
    /// An operator, by the token of the figures.
    Operator,
}

/// Who has shown a good key.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The key's name, for the record.
    pub(super) name: String,
    /// The one bakery whose runs the key is for; none for all.
    bakery: Option<BakeryId>,
    /// The one feedstock whose runs the key is for; none for all.
    feedstock: Option<FeedstockId>,
}

impl Caller {
    /// Whether the key is for runs of that feedstock on that bakery.
    pub(super) fn may_touch(&self, bakery: BakeryId, feedstock: FeedstockId) -> bool {
        self.bakery.is_none_or(|only| only == bakery) && self.feedstock.is_none_or(|only| only == feedstock)
    }
}

/// Who is asking. Nothing is said about why a key is no good; a good one that is not for this is told so.
pub(super) async fn identify(app: &App, headers: &HeaderMap, scopes: &[Scope]) -> Result<Caller, Problem> {
    let shown = headers.get(KEY_HEADER).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
    if shown.is_empty() {
        return Err(Problem::NotAuthenticated);
    }
    let ours = app.config.api_key.as_ref().map(|key| key.expose_secret().as_bytes());
    if ours.is_some_and(|ours| !ours.is_empty() && bool::from(ours.ct_eq(shown))) {
        return Ok(Caller { name: "PANGEO_FORGE_API_KEY".into(), bakery: None, feedstock: None });
    }
    let shown = std::str::from_utf8(shown).ok().filter(|shown| api_key::is_well_formed(shown));
    let Some(shown) = shown else { return Err(Problem::BadKey) };
    by_row(app, shown, scopes).await.map_err(|error| Problem::database(&error))?
}

/// The key in the database. The index is walked by the hash: how long that takes tells nothing of a key.
async fn by_row(app: &App, shown: &str, scopes: &[Scope]) -> Result<Result<Caller, Problem>, StoreError> {
    let now = app.clock.now();
    let found = store::api_key::find(&mut app.store.glance().await?, &api_key::hash(shown)).await?;
    let Some(key) = found.filter(|key| key.is_good(now)) else { return Ok(Err(Problem::BadKey)) };
    if key.is_use_news(now) {
        let mut tx = app.store.write().await?;
        store::api_key::set_used(&mut tx, key.id, now).await?;
        tx.commit().await?;
    }
    if !key.scopes().iter().any(|scope| scopes.contains(scope)) {
        return Ok(Err(Problem::NotAllowed("This key's scopes do not include this.")));
    }
    Ok(Ok(Caller { name: key.name, bakery: key.bakery_id, feedstock: key.feedstock_id }))
}
