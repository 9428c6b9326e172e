//! The HTTP side: the key server, the token server, the Dataflow API and Cloud Logging, as strict as Google about who asks and what for.

use std::sync::{Arc, MutexGuard};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State as Shares};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::issuer::ACCOUNT_PUBLIC_KEY;
use super::{API_ACCOUNT, Shared, State};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
/// Jobs on a page of a list: few, so that there is a second one.
const PER_PAGE: usize = 2;

/// Answers requests for ever.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let jobs = "/v1b3/projects/{project}/locations/{location}/jobs";
    let app = axum::Router::new()
        .route("/oauth2/v3/certs", get(keys))
        .route("/token", post(token))
        .route("/computeMetadata/v1/instance/service-accounts/default/token", get(machine_token))
        .route("/v2/entries:list", post(super::logs::list))
        .route(jobs, get(list))
        .route(&format!("{jobs}/{{id}}"), get(read).put(update))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), note))
        .with_state(shared);
    // It only ends by being aborted; an error of one connection is not one of the server.
    _ = axum::serve(listener, app).await;
}

async fn note(Shares(shared): Shares<Arc<Shared>>, request: Request, next: Next) -> Response {
    shared.lock().requests.push(format!("{} {}", request.method(), request.uri()));
    next.run(request).await
}

async fn keys(Shares(shared): Shares<Arc<Shared>>) -> Response {
    let mut held = shared.held.subscribe();
    _ = held.wait_for(|held| !held).await;
    let state = shared.lock();
    if state.keys_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let keys: Vec<Value> = state.published.iter().map(|signer| signer.jwk()).collect();
    let mut response = Json(json!({ "keys": keys })).into_response();
    if let Some(value) = &state.cache_control {
        response.headers_mut().insert(header::CACHE_CONTROL, value.parse().expect("a header"));
    }
    response
}

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
}

async fn token(Shares(shared): Shares<Arc<Shared>>, body: String) -> Response {
    let refuse = |why: &str| {
        let body = json!({"error": "invalid_grant", "error_description": why});
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let Some(assertion) = body.strip_prefix(GRANT) else { return refuse("Invalid grant") };
    let key = DecodingKey::from_rsa_pem(ACCOUNT_PUBLIC_KEY.as_bytes()).expect("the tests' own key");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_aud) = (false, false);
    let Ok(read) = jsonwebtoken::decode::<Assertion>(assertion, &key, &rules) else {
        return refuse("Invalid JWT Signature.");
    };
    let (claims, now) = (read.claims, (shared.now)().timestamp());
    let is_right = claims.iss == API_ACCOUNT
        && claims.scope == SCOPE
        && claims.aud == format!("{}/token", shared.url)
        && claims.iat <= now
        && (now..=now + 3600).contains(&claims.exp)
        && read.header.kid.as_deref() == Some("account-key");
    if is_right { grant(&shared) } else { refuse("Invalid JWT") }
}

async fn machine_token(Shares(shared): Shares<Arc<Shared>>, headers: HeaderMap) -> Response {
    if headers.get("metadata-flavor").is_none_or(|flavor| flavor != "Google") {
        return StatusCode::FORBIDDEN.into_response();
    }
    grant(&shared)
}

fn grant(shared: &Shared) -> Response {
    let now = (shared.now)();
    let mut state = shared.lock();
    let token = format!("ya29.test-{}", state.tokens.len() + state.requests.len());
    state.tokens.insert(token.clone(), now + TOKEN_LIFE);
    let body = json!({"access_token": token, "expires_in": TOKEN_LIFE.num_seconds(), "token_type": "Bearer"});
    Json(body).into_response()
}

/// Google's way to say no.
pub(super) type Refusal = (StatusCode, Json<Value>);

pub(super) fn refusal(status: StatusCode, message: &str) -> Refusal {
    let body = json!({"error": {"code": status.as_u16(), "message": message, "status": "REFUSED"}});
    (status, Json(body))
}

/// Opens the state to whoever may call the API, unless the test wants the call to fail.
pub(super) fn enter<'a>(
    shared: &'a Shared,
    method: &str,
    headers: &HeaderMap,
) -> Result<MutexGuard<'a, State>, Refusal> {
    let mut state = shared.lock();
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token.and_then(|token| state.tokens.get(token)).is_none_or(|end| *end <= (shared.now)()) {
        return Err(refusal(StatusCode::UNAUTHORIZED, "Request had invalid authentication credentials."));
    }
    let Some(next) = state.api_failures.iter().position(|failure| failure.0 == method) else {
        return Ok(state);
    };
    let (_, status, message) = state.api_failures.remove(next);
    Err(refusal(StatusCode::from_u16(status).expect("a status"), message))
}

#[derive(Deserialize)]
struct Listing {
    filter: String,
    view: String,
    name: Option<String>,
    #[serde(rename = "pageToken")]
    page_token: Option<usize>,
}

async fn list(
    Shares(shared): Shares<Arc<Shared>>,
    Path((project, location)): Path<(String, String)>,
    Query(asked): Query<Listing>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let state = enter(&shared, "GET", &headers)?;
    if (asked.filter.as_str(), asked.view.as_str()) != ("ALL", "JOB_VIEW_SUMMARY") {
        return Err(refusal(StatusCode::BAD_REQUEST, "the service asks for all jobs and their summaries"));
    }
    let here = state.jobs.iter().filter(|job| job.project == project && job.location == location);
    let named = here.filter(|job| asked.name.as_ref().is_none_or(|name| job.name == *name));
    let all: Vec<Value> = named.map(super::jobs::Job::json).collect();
    let from = asked.page_token.unwrap_or(0);
    let mut page = json!({ "jobs": all.iter().skip(from).take(PER_PAGE).collect::<Vec<_>>() });
    if all.len() > from + PER_PAGE {
        page["nextPageToken"] = json!((from + PER_PAGE).to_string());
    }
    Ok(Json(page).into_response())
}

type JobPath = Path<(String, String, String)>;

async fn read(
    Shares(shared): Shares<Arc<Shared>>,
    Path((project, location, id)): JobPath,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut state = enter(&shared, "GET", &headers)?;
    let job = find(&mut state, &project, &location, &id)?;
    Ok(Json(job.json()).into_response())
}

async fn update(
    Shares(shared): Shares<Arc<Shared>>,
    Path((project, location, id)): JobPath,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut state = enter(&shared, "PUT", &headers)?;
    let job = find(&mut state, &project, &location, &id)?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if asked != json!({"requestedState": "JOB_STATE_CANCELLED"}) {
        return Err(refusal(StatusCode::BAD_REQUEST, "only the end of a job may be asked for"));
    }
    if job.has_ended() {
        return Err(refusal(StatusCode::BAD_REQUEST, "The job has terminated, so it cannot be cancelled."));
    }
    (job.state, job.state_at) = ("JOB_STATE_CANCELLING".into(), (shared.now)());
    Ok(Json(job.json()).into_response())
}

fn find<'a>(
    state: &'a mut State,
    project: &str,
    location: &str,
    id: &str,
) -> Result<&'a mut super::jobs::Job, Refusal> {
    let is_it =
        |job: &&mut super::jobs::Job| job.project == project && job.location == location && job.id == id;
    let found = state.jobs.iter_mut().find(is_it);
    found.ok_or_else(|| refusal(StatusCode::NOT_FOUND, "Information about the job could not be found."))
}
