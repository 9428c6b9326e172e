//! A stand-in for the hosts of datasets: a bucket that holds the Zarr stores beside the tests and whatever a story puts beside them.
//!
//! The production client talks to it unchanged, over HTTP on loopback. It says what was asked of it, can refuse, fail, send elsewhere or
//! keep its answers back, and lists what it has in the way of S3, of a web server, or not at all. Nothing of the service may be imported
//! here.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State as Shares};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::world;

/// The bucket.
pub const BUCKET: &str = "bucket";
/// Folders on one page of a list: few, so that there is a second one.
const PER_PAGE: usize = 5;

/// How a host lists what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Not at all.
    None,
    /// As S3 does.
    Bucket,
    /// As a web server does.
    Directory,
}

/// A running stand-in. It ends when it is dropped.
pub struct FakeObjects {
    shared: Arc<Shared>,
    url: String,
    /// Held for its `Drop`, which ends the server.
    _server: AbortOnDropHandle<()>,
}

struct Shared {
    state: Mutex<State>,
    /// Whether answers are kept back.
    held: watch::Sender<bool>,
}

struct State {
    files: BTreeMap<String, Vec<u8>>,
    answers: BTreeMap<String, (u16, Option<String>)>,
    listing: Listing,
    /// What a file that is not there is answered.
    missing: u16,
    requests: Vec<String>,
}

impl FakeObjects {
    /// Opens a port and starts to answer.
    pub async fn start(listing: Listing) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let folder = world::root().join("tests/zarr");
        let mut files = BTreeMap::new();
        collect(&folder, &format!("/{BUCKET}"), &mut files)?;
        let state = State { files, answers: BTreeMap::new(), listing, missing: 404, requests: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), held: watch::Sender::new(false) });
        let app = axum::Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // It only ends by being aborted; an error of one connection is not one of the server.
            _ = axum::serve(listener, app).await;
        });
        Ok(Self { shared, url, _server: AbortOnDropHandle::new(task) })
    }

    /// Where it answers, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of a store in the bucket.
    pub fn address(&self, store: &str) -> String {
        format!("{}/{BUCKET}/{store}", self.url)
    }

    /// Puts a file at a path of the host.
    pub fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.lock().files.insert(path.to_owned(), body.into());
    }

    /// Answers a path of the host so from now on, with this address to go to.
    pub fn answer_with(&self, path: &str, status: u16, location: Option<String>) {
        self.lock().answers.insert(path.to_owned(), (status, location));
    }

    /// Answers so for what is not there, as S3 says 403 to those who may not list.
    pub fn answer_missing_with(&self, status: u16) {
        self.lock().missing = status;
    }

    /// Keeps answers back, or sends them.
    pub fn hold(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// Waits until so many requests have come.
    pub async fn asked(&self, count: usize) {
        while self.requests().len() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Every request so far: path and query.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Shared {
    /// The state, also after a test has panicked while holding it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn collect(folder: &Path, at: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{at}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else {
            files.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

async fn answer(Shares(shared): Shares<Arc<Shared>>, request: Request) -> Response {
    let uri = request.uri();
    let line = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    shared.lock().requests.push(line);
    let mut held = shared.held.subscribe();
    _ = held.wait_for(|held| !held).await;
    let state = shared.lock();
    let path = uri.path();
    if let Some((status, location)) = state.answers.get(path) {
        let status = StatusCode::from_u16(*status).expect("a status");
        let location = location.clone().map(|to| [(header::LOCATION, to)]);
        return (status, location.map(IntoResponse::into_response).unwrap_or_default()).into_response();
    }
    let query = uri.query().unwrap_or_default();
    if state.listing == Listing::Bucket && path == format!("/{BUCKET}") && query.contains("list-type=2") {
        return list_bucket(&state, query).into_response();
    }
    if state.listing == Listing::Directory && path.ends_with('/') {
        let links =
            state.folders(path).into_iter().map(|name| format!("<li><a href=\"{name}/\">{name}/</a></li>"));
        return axum::response::Html(links.collect::<String>()).into_response();
    }
    match state.files.get(path) {
        Some(body) => body.clone().into_response(),
        None => StatusCode::from_u16(state.missing).expect("a status").into_response(),
    }
}

impl State {
    /// The folders directly below a path that ends with a slash.
    fn folders(&self, below: &str) -> BTreeSet<String> {
        let rest = self.files.keys().filter_map(|path| path.strip_prefix(below)?.split_once('/'));
        rest.map(|(folder, _)| folder.to_owned()).collect()
    }
}

fn list_bucket(state: &State, query: &str) -> String {
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let prefix = parameter("prefix").unwrap_or_default().replace("%2F", "/");
    assert_eq!(parameter("delimiter"), Some("%2F"), "whoever lists all keys lists every chunk");
    let from: usize =
        parameter("continuation-token").map_or(0, |token| token.parse().expect("a token of ours"));
    let all = state.folders(&format!("/{BUCKET}/{prefix}"));
    let page = all.iter().skip(from).take(PER_PAGE);
    let page = page.map(|name| format!("<CommonPrefixes><Prefix>{prefix}{name}/</Prefix></CommonPrefixes>"));
    let page: String = page.collect();
    let next = from + PER_PAGE;
    let token = if next < all.len() {
        format!("<NextContinuationToken>{next}</NextContinuationToken>")
    } else {
        String::new()
    };
    format!(
        "<?xml version=\"1.0\"?><ListBucketResult><Prefix>{prefix}</Prefix>{page}{token}</ListBucketResult>"
    )
}
