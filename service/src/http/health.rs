//! What a supervisor asks: is the process there, can it work, and which one is it. GitHub is not asked: nothing that is wrong there is made
//! better by another process.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::FromRef;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::Shared;
use super::problem::Problem;
use crate::app::App;
use crate::metrics;
use crate::store::StoreError;

/// Below what probes wait for.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// The whole of what the pages here and the figures need, whichever router they are in.
impl FromRef<Shared> for Arc<App> {
    fn from_ref(shared: &Shared) -> Self {
        Self::clone(&shared.app)
    }
}

/// That the process answers.
pub(super) async fn live() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// That work can be taken in: the process is not about to end, and the database answers and has the schema that this program needs. The keys
/// were read at the start, or there would be no process.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    if app.draining.load(Ordering::Relaxed) {
        return Err(Problem::NotReady("The service is stopping."));
    }
    match tokio::time::timeout(ANSWERS_WITHIN, app.store.check_schema()).await {
        Ok(Ok(())) => Ok(Json(json!({ "status": "ok" })).into_response()),
        Ok(Err(error @ (StoreError::Newer { .. } | StoreError::Pending { .. }))) => {
            tracing::warn!(%error, "not ready");
            Err(Problem::NotReady("The database has another schema than this program needs."))
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err(Problem::NotReady("The database does not answer."))
        }
        Err(_) => {
            tracing::warn!("not ready: the database did not answer in time");
            Err(Problem::NotReady("The database does not answer."))
        }
    }
}

/// Which program this is.
#[derive(Serialize)]
pub(super) struct Program {
    /// The program's version.
    version: &'static str,
    /// The commit that it was built from, where whoever built it has said so.
    commit: Option<&'static str>,
    /// The version of the database's schema that it needs.
    schema: i64,
}

/// Which program this is.
pub(super) async fn version(State(app): State<Arc<App>>) -> Json<Program> {
    let schema = app.store.schema_version();
    Json(Program { version: env!("CARGO_PKG_VERSION"), commit: metrics::COMMIT, schema })
}
