//! The HTTP side: one request in, judged, carried out, noted down, one answer out.
//!
//! All of it but the waiting happens under one lock, so the order of the log is the order of the effects.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Request as HttpRequest, State as Shares};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{Full, Limited};
use tokio::net::TcpListener;

use super::auth::{Actor, identify};
use super::contract;
use super::faults::{Failure, Moment};
use super::http::{Answer, Body, Request};
use super::routes::{self, Call};
use super::transcript::Exchange;
use super::world::World;
use super::{Shared, State};
use crate::leaks;

/// The largest body that is read, which is more than GitHub takes.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// How a moment of UTC is written in a header.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// What the client gets to see.
enum Verdict {
    Answer(Answer),
    /// The connection is closed after a while.
    Silence(Duration),
    /// Nothing, until the client goes away.
    Held,
}

/// Answers requests for ever.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let app = axum::Router::new().fallback(receive).with_state(shared);
    // It only ends by being aborted; an error of one connection is not one of the server.
    _ = axum::serve(listener, app).await;
}

async fn receive(Shares(shared): Shares<Arc<Shared>>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let verdict = shared.lock().carry_out(parts, body.into());
    shared.hook_queued.notify_waiters();
    match verdict {
        Verdict::Answer(answer) => answer.into_response(),
        Verdict::Silence(wait) => {
            tokio::time::sleep(wait).await;
            closed_connection()
        }
        Verdict::Held => std::future::pending().await,
    }
}

/// An answer that cannot be sent: its body breaks before its head is out, and the server closes the connection.
fn closed_connection() -> Response {
    Response::new(HttpBody::new(Limited::new(Full::new(Bytes::from_static(b"..")), 1)))
}

impl State {
    fn carry_out(&mut self, parts: Parts, body: Vec<u8>) -> Verdict {
        self.requests += 1;
        let request = Request::read(self.requests, parts, body);
        self.judge(&request);
        let actor = identify(&self.world, &request);
        let label = actor.as_ref().map_or_else(|_| "unknown".to_owned(), Actor::label);
        let (verdict, done) = if self.stops_at(&request, Moment::Before) {
            (Verdict::Held, false)
        } else {
            self.work(&request, actor)
        };
        let verdict = match verdict {
            Verdict::Answer(answer) => Verdict::Answer(self.with_usual_headers(request.number, answer)),
            silent => silent,
        };
        let status = match &verdict {
            Verdict::Answer(answer) => Some(answer.status.as_u16()),
            Verdict::Silence(_) | Verdict::Held => None,
        };
        self.log.push(Exchange { request, actor: label, status, done });
        verdict
    }

    /// Carries a request out, unless a fault comes in between. Also tells whether the world has done it.
    fn work(&mut self, request: &Request, actor: Result<Actor, Answer>) -> (Verdict, bool) {
        let fault = self.faults.take(&request.method, &request.path);
        match fault {
            Some((Moment::Before, Failure::Answer(answer))) => return (Verdict::Answer(answer), false),
            Some((Moment::Before, Failure::Silence(wait))) => return (Verdict::Silence(wait), false),
            _ => {}
        }
        let reply = match (actor, &fault) {
            (Err(refusal), _) => Some(Err(refusal)),
            (Ok(actor), Some((_, Failure::Stale(past)))) => {
                let mut past = World::clone(past);
                // Only what can be listed lags behind; who may ask is known at once.
                past.tokens.clone_from(&self.world.tokens);
                past.clock = self.world.clock;
                routes::answer(Call { world: &mut past, actor: &actor, request })
            }
            (Ok(actor), _) => routes::answer(Call { world: &mut self.world, actor: &actor, request }),
        };
        let answer = if let Some(Ok(answer) | Err(answer)) = reply {
            answer
        } else {
            let body = String::from_utf8_lossy(&request.body);
            self.unhandled.push(format!("{} {} {body}", request.method, request.path));
            Answer::refusal(501, "The stand-in for GitHub has no such route")
        };
        let done = answer.status.is_success();
        if self.stops_at(request, Moment::After) {
            return (Verdict::Held, done);
        }
        match fault {
            Some((Moment::After, Failure::Answer(instead))) => (Verdict::Answer(instead), done),
            Some((Moment::After, Failure::Silence(wait))) => (Verdict::Silence(wait), done),
            _ => (Verdict::Answer(answer), done),
        }
    }

    /// The headers that every answer of GitHub bears; those of a fault stay as they are.
    fn with_usual_headers(&self, number: usize, answer: Answer) -> Answer {
        let reset = self.world.now().timestamp() + 3600;
        let usual = [
            ("date", self.world.jwt_clock.unwrap_or(self.world.clock).now().format(HTTP_DATE).to_string()),
            ("x-github-request-id", format!("TEST:{number}")),
            ("x-ratelimit-limit", "5000".to_owned()),
            ("x-ratelimit-remaining", "4999".to_owned()),
            ("x-ratelimit-reset", reset.to_string()),
        ];
        usual.into_iter().fold(answer, |answer, (name, value)| {
            let present = answer.headers.iter().any(|(known, _)| *known == name);
            if present { answer } else { answer.header(name, value) }
        })
    }

    /// Whether a kill point holds this request; whoever waits for it is told.
    fn stops_at(&self, request: &Request, moment: Moment) -> bool {
        self.stops.iter().any(|stop| stop.holds(request, moment))
    }

    /// Holds a request against GitHub's published description.
    fn judge(&mut self, request: &Request) {
        if self.check_contract && request.is_of_the_api() {
            self.validated += 1;
            self.violations.extend(contract::violations(request));
            let leak = leaks::around(&request.body);
            self.violations.extend(leak.map(|around| format!("a secret is in a request: {around}")));
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let (media_type, bytes) = match self.body {
            Body::Empty => (None, Vec::new()),
            Body::Json(value) => (Some("application/json; charset=utf-8"), value.to_string().into_bytes()),
            Body::Bytes(media_type, bytes) => (Some(media_type), bytes),
        };
        let mut response = (self.status, bytes).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        let typed = media_type.map(|media_type| ("content-type", media_type.to_owned()));
        for (name, value) in self.headers.into_iter().chain(typed) {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
