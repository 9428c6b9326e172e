//! The page about a dataset: may it be read, is it known, fetch it, write it.

mod pages;

use sha2::{Digest, Sha256};
use std::sync::Arc;

use url::Url;

use crate::app::App;
use crate::config::Bakeries;
use crate::domain::dataset::address::{Address, PublicPrefix};
use crate::domain::dataset::{Dataset, DatasetError, html};
use crate::store::{self, StoreError};
use crate::zarr;
pub use pages::Pages;

/// A longer page helps nobody, and would push out the others that are kept.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Why there is no page. The sentences are for whoever asked.
#[derive(Debug)]
pub enum Refusal {
    /// The address is none of ours, and nobody was asked about it.
    NotOurs(String),
    /// The store may not be read.
    Denied(String),
    /// There is no store, or none that can be read over HTTP.
    Missing(String),
    /// Its host failed, or what it says makes no dataset.
    Failed(String),
    /// The database failed.
    Database(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Database(error)
    }
}

/// Why a store became no page.
#[derive(Debug, Clone, thiserror::Error)]
enum Failure {
    #[error("The store could not be read: {0}.")]
    Store(#[from] zarr::Error),
    #[error("The store is no dataset: {0}.")]
    Dataset(#[from] DatasetError),
    #[error("The page about it would have more than {MAX_PAGE_BYTES} bytes.")]
    TooLong,
}

/// The page about the dataset at an address. `asked` is the address as it was asked for, `url` what it says.
pub async fn page(app: &App, asked: &str, url: &Url) -> Result<Arc<str>, Refusal> {
    let address = Address::new(url)
        .map_err(|why| Refusal::NotOurs(format!("This address is not read: {why}. Found: {asked}")))?;
    if !is_ours(app, &address, asked).await? {
        return Err(Refusal::NotOurs(format!(
            "Only datasets of this service are read: the address must be the dataset_public_url of a recipe run, or lie below the \
             public address of a bakery. Found: {asked}"
        )));
    }
    let key = address.to_string();
    let outcome = app.pages.get_or_make(&key, app.clock.now(), make(app, &address)).await;
    outcome.map_err(|failure| refusal(asked, &failure))
}

/// Whether a run has published this address, or a bakery publishes below it.
async fn is_ours(app: &App, address: &Address, asked: &str) -> Result<bool, StoreError> {
    if prefixes(&app.config.bakeries).any(|prefix| prefix.covers(address)) {
        return Ok(true);
    }
    let mut tx = app.store.read().await?;
    store::recipe_run::published::exists(&mut tx, &address.spellings(asked)).await
}

fn prefixes(bakeries: &Bakeries) -> impl Iterator<Item = PublicPrefix> {
    let names = bakeries.names();
    names.into_iter().filter_map(|name| PublicPrefix::of(bakeries.get(name.as_str())?))
}

async fn make(app: &App, address: &Address) -> Result<Arc<str>, Failure> {
    let made = async {
        let dataset = Dataset::read(app.zarr.read(address).await?)?;
        let page = html::page(&dataset, &id(address));
        if page.len() > MAX_PAGE_BYTES { Err(Failure::TooLong) } else { Ok(page.into()) }
    };
    let made = made.await;
    if let Err(error) = &made {
        tracing::info!(%address, %error, "no page about a dataset");
    }
    made
}

/// What tells the parts of this page from those of another.
fn id(address: &Address) -> String {
    let hash = Sha256::digest(address.to_string());
    hash.iter().take(4).fold("dataset".to_owned(), |id, byte| format!("{id}-{byte:02x}"))
}

fn refusal(asked: &str, failure: &Failure) -> Refusal {
    let told = format!("An error occurred while fetching the data from URL: {asked}.");
    match failure {
        Failure::Store(zarr::Error::NotFound) => Refusal::Missing(format!("{told} Dataset not found.")),
        Failure::Store(zarr::Error::Denied) => Refusal::Denied(format!("{told} Permission denied.")),
        Failure::Store(zarr::Error::NotConsolidated) => Refusal::Missing(format!(
            "{told} The store has no consolidated metadata, and its host does not list its arrays. `zarr.consolidate_metadata` writes it."
        )),
        other => Refusal::Failed(format!("{told} {other}")),
    }
}
