//! Zarr stores on object stores and web servers, as far as we use them: the metadata of one, read over HTTP without a credential.
//!
//! No call follows a redirect, leaves the store's host or, where others reach the service, enters its own network, and a store has limits for its
//! time, its bytes and its arrays. Which stores may be read is decided before. No database, no page and no sentence for a user may enter.
//!
//! Formats: <https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html>, <https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html>.

mod codec;
mod crawl;
mod error;
mod fetch;
mod json;
mod listing;
mod reach;
mod v2;
mod v3;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use reqwest::redirect;
use tokio::sync::Semaphore;
use tokio::time;

pub use error::{Error, Result};
pub use reach::Reach;

use crate::domain::dataset::address::Address;
use crate::domain::dataset::stored::{Attributes, Stored, StoredArray};
use crawl::Format;
use fetch::Fetch;
use reach::PublicResolver;
use v3::Consolidated;

/// What one store may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until one file is read.
    pub file: Duration,
    /// Until the whole metadata is read, with the time that it waited for its turn.
    pub whole: Duration,
    /// Bytes of all metadata.
    pub bytes: usize,
    /// Arrays and groups of a store with consolidated metadata.
    pub nodes: usize,
    /// The same where each has files of its own.
    pub nodes_apart: usize,
    /// Groups within groups.
    pub depth: usize,
    /// Stores that are read at one time.
    pub stores_at_once: usize,
    /// Files of a store that are read at one time.
    pub files_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            file: Duration::from_secs(8),
            whole: Duration::from_secs(20),
            bytes: 4 * 1024 * 1024,
            nodes: 2000,
            nodes_apart: 300,
            depth: 6,
            stores_at_once: 6,
            files_at_once: 8,
        }
    }
}

/// The client.
pub struct Zarr {
    http: reqwest::Client,
    limits: Limits,
    reach: Reach,
    turns: Semaphore,
}

/// The client could not be made: TLS or the connector could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for object stores could not be set up: {0}")]
pub struct SetupError(#[from] reqwest::Error);

/// What lies at one path of a store.
enum Node {
    Group(Attributes),
    Array(Box<StoredArray>),
}

impl Zarr {
    /// A client with these limits, for stores in that reach. Nothing is asked yet.
    pub fn new(limits: Limits, reach: Reach) -> std::result::Result<Self, SetupError> {
        let mut http = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.file)
            .redirect(redirect::Policy::none())
            .referer(false)
            .user_agent(concat!("pangeo-forge-orchestrator/", env!("CARGO_PKG_VERSION")));
        if reach == Reach::Public {
            // A proxy would look names up for itself, and not as we do.
            http = http.no_proxy().dns_resolver(Arc::new(PublicResolver));
        }
        let http = http.build()?;
        Ok(Self { http, limits, reach, turns: Semaphore::new(limits.stores_at_once) })
    }

    /// The metadata of a store.
    pub async fn read(&self, store: &Address) -> Result<Stored> {
        if !self.reach.covers(store) {
            return Err(Error::NotPublic);
        }
        let whole = async {
            let _turn = self.turns.acquire().await;
            let fetch = Fetch::new(&self.http, &self.limits, store);
            match self.read_whole(&fetch).await {
                // A store that lets nobody list it says "forbidden" for what is not there; with nothing found, it may be either.
                Err(Error::NotFound) if fetch.was_denied() => Err(Error::Denied),
                other => other,
            }
        };
        time::timeout(self.limits.whole, whole).await.unwrap_or(Err(Error::TooSlow))
    }

    async fn read_whole(&self, fetch: &Fetch<'_>) -> Result<Stored> {
        let (third, second) = future::join(fetch.get("zarr.json"), fetch.get(".zmetadata")).await;
        // Where a store has both formats, zarr and xarray take the newer one.
        let stored = if let Some(file) = third? {
            match v3::root(&file)? {
                (Node::Array(_), _) => return Err(Error::NotFound),
                (Node::Group(attributes), Consolidated::Yes(nodes)) => stored(3, true, attributes, nodes),
                (Node::Group(attributes), Consolidated::No) => {
                    let found = crawl::crawl(fetch, Format::Third, &attributes).await?;
                    stored(3, found.is_complete, attributes, found.nodes)
                }
            }
        } else if let Some(file) = second? {
            let (attributes, nodes) = v2::consolidated(&file)?;
            stored(2, true, attributes, nodes)
        } else {
            let Some(Node::Group(attributes)) = v2::node(fetch, "").await? else {
                return Err(Error::NotFound);
            };
            let found = crawl::crawl(fetch, Format::Second, &attributes).await?;
            stored(2, found.is_complete, attributes, found.nodes)
        };
        if stored.arrays.len() + stored.groups.len() > self.limits.nodes {
            return Err(Error::TooLarge(format!("more than {} arrays and groups", self.limits.nodes)));
        }
        Ok(stored)
    }
}

fn stored(zarr_format: u8, is_complete: bool, root: Attributes, nodes: BTreeMap<String, Node>) -> Stored {
    let (mut groups, mut arrays) = (BTreeMap::from([(String::new(), root)]), BTreeMap::new());
    for (path, node) in nodes {
        match node {
            Node::Group(attributes) => _ = groups.insert(path, attributes),
            Node::Array(array) => _ = arrays.insert(path, *array),
        }
    }
    Stored { zarr_format, is_complete, groups, arrays }
}
