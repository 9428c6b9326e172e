//! The page on this machine that leads to GitHub, and takes the code that the browser brings back.
//! <https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, HOST, REFERRER_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::github::Manifest;

/// Where GitHub sends the browser back to.
pub(super) const BACK: &str = "/created";

/// The page.
pub(super) struct Page {
    html: String,
    state: String,
    address: SocketAddr,
}

struct Shared {
    page: Page,
    codes: mpsc::Sender<String>,
}

#[derive(Deserialize)]
struct Back {
    code: String,
    state: String,
}

impl Page {
    /// A form that brings the manifest to GitHub. The state, made of random bytes, comes back with the code: who does not know it has not
    /// been on this page.
    pub(super) fn new(
        github: &Url,
        organisation: &str,
        manifest: &Manifest,
        random: &[u8],
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        let state: String =
            random.iter().take(32).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let mut action = github.clone();
        action
            .path_segments_mut()
            .map_err(|()| anyhow::anyhow!("{github} is no address of a site"))?
            .pop_if_empty()
            .extend(["organizations", organisation, "settings", "apps", "new"]);
        action.query_pairs_mut().append_pair("state", &state);
        let manifest = serde_json::to_string(manifest).context("the manifest cannot be written")?;
        let (action, manifest, organisation) =
            (escape(action.as_str()), escape(&manifest), escape(organisation));
        let html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Make a GitHub App</title>\
             <form action=\"{action}\" method=\"post\"><input type=\"hidden\" name=\"manifest\" value=\"{manifest}\">\
             <p>The App will belong to {organisation}. GitHub shows what it asks for.</p>\
             <button>Go on to GitHub</button></form></html>"
        );
        Ok(Self { html, state, address })
    }

    /// Serves the page until the browser has come back, and answers the code.
    pub(super) async fn serve(self, listener: TcpListener) -> anyhow::Result<String> {
        let (codes, mut received) = mpsc::channel(1);
        let shared = Arc::new(Shared { page: self, codes });
        let router = Router::new().route("/", get(show)).route(BACK, get(back)).with_state(shared);
        let stop = CancellationToken::new();
        let serving = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let told = async {
            let code = received.recv().await;
            stop.cancel();
            code
        };
        let (served, code) = tokio::join!(serving.into_future(), told);
        served?;
        code.context("the page ended before the browser came back")
    }
}

async fn show(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    // Another site's name that leads to this machine would let that site read the state.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    if host != Some(&shared.page.address.to_string()) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let headers = [(CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer"), (X_FRAME_OPTIONS, "DENY")];
    (headers, Html(shared.page.html.clone())).into_response()
}

async fn back(State(shared): State<Arc<Shared>>, Query(back): Query<Back>) -> Response {
    if !bool::from(back.state.as_bytes().ct_eq(shared.page.state.as_bytes())) {
        return (StatusCode::BAD_REQUEST, "This does not come from the page that was opened here.\n")
            .into_response();
    }
    // A second answer than the first says nothing new.
    _ = shared.codes.try_send(back.code);
    "GitHub has made the App. How it goes on stands in the terminal.\n".into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
