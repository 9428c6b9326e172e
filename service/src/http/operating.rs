//! What is around every request: its id, its line in the log, its figures, and for public pages the limit of how often somebody may ask.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tracing::{Instrument, Span, field};

use super::Shared;
use super::access::Access;
use super::cors;
use super::problem::Problem;
use super::routes::{self, Route};
use crate::app::App;
use crate::domain::network;
use crate::metrics::RouteMetrics;
use crate::telemetry;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: &str = "x-forwarded-for";
const LONGEST_ID: usize = 64;
/// What supervisors ask, as often as they like.
const PROBES: [&str; 4] = ["/", "/livez", "/readyz", "/version"];
/// The methods that have figures of their own; HEAD goes with GET.
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];
/// The route of what no route matches.
const UNMATCHED: &str = "unmatched";

/// What the layer knows of the routes.
struct Operating {
    app: Arc<App>,
    routes: HashMap<String, Known>,
    unmatched: Known,
    /// Ids of requests: when this router was made, and a number.
    begun: i64,
    number: AtomicU64,
}

/// One path.
struct Known {
    template: String,
    /// Whether somebody who reads it is limited by address.
    is_limited: bool,
    figures: [OnceLock<RouteMetrics>; METHODS.len() + 1],
}

impl Known {
    fn new(template: String) -> Self {
        Self { template, is_limited: false, figures: Default::default() }
    }

    /// The figures of a method, found once.
    fn figures(&self, app: &App, method: &Method) -> &RouteMetrics {
        let name = if *method == Method::HEAD { "GET" } else { method.as_str() };
        let number = METHODS.iter().position(|known| *known == name).unwrap_or(METHODS.len());
        let name = METHODS.get(number).copied().unwrap_or("other");
        self.figures[number].get_or_init(|| app.metrics.route(&self.template, name))
    }
}

/// Puts the layer around every route of the router, and around what it answers where there is none.
pub(super) fn layers(router: Router<Shared>, shared: &Shared, table: &[Route]) -> Router<Shared> {
    let mut known: HashMap<String, Known> = HashMap::new();
    for route in table {
        let template = routes::router_path(&route.path);
        let entry = known.entry(template.clone()).or_insert_with(|| Known::new(template));
        entry.is_limited |= route.method == Method::GET
            && route.access == Access::Public
            && !PROBES.contains(&route.path.as_str());
    }
    let operating = Operating {
        app: Arc::clone(&shared.app),
        routes: known,
        unmatched: Known::new(UNMATCHED.to_owned()),
        begun: shared.app.clock.now().timestamp_micros(),
        number: AtomicU64::new(0),
    };
    router.layer(from_fn_with_state(Arc::new(operating), operate))
}

async fn operate(State(operating): State<Arc<Operating>>, request: Request, next: Next) -> Response {
    let app = &operating.app;
    let began = app.clock.ticks();
    let known =
        request.extensions().get::<MatchedPath>().and_then(|path| operating.routes.get(path.as_str()));
    let known = known.unwrap_or(&operating.unmatched);
    let method = request.method().clone();
    let id = operating.id_of(&request);
    // At the level of errors, so that whatever line is written has the id.
    let span = tracing::error_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method = method.as_str(),
        route = known.template,
        delivery = field::Empty,
    );
    telemetry::adopt(&span, request.headers());
    let is_limited = known.is_limited && matches!(method, Method::GET | Method::HEAD);
    let admitted = if is_limited { admit_stranger(app, &request) } else { Ok(()) };
    let mut response = match admitted {
        Ok(()) => next.run(request).instrument(span.clone()).await,
        Err(problem) => refuse(problem),
    };
    response.headers_mut().insert(REQUEST_ID, id);
    let (status, took) = (response.status().as_u16(), app.clock.ticks().saturating_sub(began));
    known.figures(app, &method).answered(status, took);
    log(&span, status, took.as_millis());
    response
}

/// Pages of other sites are to see how long they have to wait.
fn refuse(problem: Problem) -> Response {
    let mut response = problem.into_response();
    cors::show_to_all(&mut response);
    response
}

/// One line for each request. What stands behind the `?` of its address is never in it.
fn log(span: &Span, status: u16, ms: u128) {
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, %ms, "answered");
        } else {
            tracing::debug!(status, %ms, "answered");
        }
    });
}

impl Operating {
    /// The id that a trusted proxy gave the request, or a fresh one.
    fn id_of(&self, request: &Request) -> HeaderValue {
        let told = request.headers().get(REQUEST_ID);
        if let Some(told) = told.filter(|told| is_sane(told))
            && peer(request).is_some_and(|peer| {
                self.app.config.operating.trusted_proxies.iter().any(|network| network.contains(peer))
            })
        {
            return told.clone();
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        HeaderValue::try_from(format!("{:x}-{number}", self.begun))
            .unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    }
}

/// Whether an id can be written into a log and an answer without harm.
fn is_sane(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// Counts one request against the address that it comes from. One that comes from no network is not limited.
pub(super) fn admit_stranger(app: &App, request: &Request) -> Result<(), Problem> {
    let Some(peer) = peer(request) else { return Ok(()) };
    let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
    // A value that is no text ends what can be believed, as any other nonsense does.
    let forwarded = forwarded.map(|value| value.to_str().unwrap_or_default());
    let client = network::client(peer, forwarded, &app.config.operating.trusted_proxies);
    app.limits.admit_address(client, app.clock.ticks()).map_err(|wait| {
        app.metrics.rate_limited("address");
        Problem::TooMany(wait)
    })
}

/// Counts one request against a key that was shown.
pub(super) fn admit_key(app: &App, name: &str) -> Result<(), Problem> {
    app.limits.admit_key(name, app.clock.ticks()).map_err(|wait| {
        app.metrics.rate_limited("key");
        Problem::TooMany(wait)
    })
}

fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}
