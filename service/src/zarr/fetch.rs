//! One file and its answer: limits, and what "not there" looks like.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::{Client, Url};

use super::{Error, Limits, Result};
use crate::domain::dataset::address::Address;

/// What is read of one store.
pub(super) struct Fetch<'a> {
    http: &'a Client,
    pub(super) limits: &'a Limits,
    pub(super) store: &'a Address,
    /// Bytes that may still be read.
    left: AtomicUsize,
    denied: AtomicBool,
}

impl<'a> Fetch<'a> {
    pub(super) fn new(http: &'a Client, limits: &'a Limits, store: &'a Address) -> Self {
        Self { http, limits, store, left: AtomicUsize::new(limits.bytes), denied: AtomicBool::new(false) }
    }

    /// Whether the host said that a file may not be read.
    pub(super) fn was_denied(&self) -> bool {
        self.denied.load(Ordering::Relaxed)
    }

    /// A file of the store; none when there is no such file, as far as we may know.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.get_at(self.store.file(path)).await
    }

    /// What lies at an address of the store's host.
    pub(super) async fn get_at(&self, url: Url) -> Result<Option<Vec<u8>>> {
        let mut response = self.http.get(url).send().await.map_err(Error::lost)?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            401 | 403 => {
                self.denied.store(true, Ordering::Relaxed);
                return Ok(None);
            }
            moved @ 300..=399 => return Err(Error::Moved(moved)),
            status => return Err(Error::Answered(status)),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Error::lost)? {
            let taken = self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(chunk.len()));
            if taken.is_err() {
                return Err(Error::TooLarge(format!("more than {} bytes", self.limits.bytes)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }
}
