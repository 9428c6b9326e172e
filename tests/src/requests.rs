//! Requests to the application, as its readers and writers make them.

use std::net::SocketAddr;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::app::TestApp;
use crate::leaks;
use crate::world::API_KEY;

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whatever it is.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl TestApp {
    /// Posts anything.
    pub async fn post(&self, path: &str, headers: &[(String, String)], body: Vec<u8>) -> (StatusCode, Value) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = self.ask(request.body(Body::from(body)).expect("a request")).await;
        (answer.status, answer.json())
    }

    /// Reads a page as anybody may.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Reads a page with the key that opens everything.
    pub async fn get_with_key(&self, path: &str) -> Answer {
        let request = Request::get(path).header("X-API-Key", API_KEY).body(Body::empty());
        self.ask(request.expect("a request")).await
    }

    /// Lets anybody on this machine make requests, for as long as the test lasts; answers where.
    pub async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// Makes any request.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.open(request).await.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let said = [body.as_ref(), format!("{:?}", head.headers).as_bytes()].concat();
        assert_eq!(leaks::around(&said), None, "a secret is in an answer");
        Answer { status: head.status, headers: head.headers, body }
    }

    /// Makes any request, and leaves the body of the answer to be read.
    pub async fn open(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router never fails")
    }
}
