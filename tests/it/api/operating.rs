//! What operators look at, and what is around every request.

mod figures;
mod limits;
mod log;
mod probes;

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use harness::app::TestApp;
use harness::requests::Answer;

/// A page that anybody may read.
const PAGE: &str = "/stats/feedstocks";

/// A request for a page as it comes from an address, with these headers.
fn request(peer: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
    request
}

/// The answer to it.
async fn ask_from(app: &TestApp, peer: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    app.ask(request(peer, path, headers)).await
}
