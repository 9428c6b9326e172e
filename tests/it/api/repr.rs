//! What a dataset looks like: the same as xarray says, for datasets of this service and no other address.

mod agreement;
mod failures;
mod limits;
mod whose;

use harness::app::TestApp;
use harness::objects::{FakeObjects, Listing};
use harness::requests::Answer;

use crate::store::execute;

/// A host, and the application that knows one of its stores as a run's dataset.
async fn host(app: &TestApp, listing: Listing, store: &str) -> (FakeObjects, String) {
    let objects = FakeObjects::start(listing).await.expect("a free port");
    let address = objects.address(store);
    publish(app, &address).await;
    (objects, address)
}

/// Makes an address the dataset of a run.
async fn publish(app: &TestApp, address: &str) {
    let address = address.replace('\'', "''");
    let rows = format!(
        "INSERT INTO bakery (region, name, description) SELECT 'x', 'x', 'x' WHERE NOT EXISTS (SELECT 1 FROM bakery WHERE name = 'x'); \
         INSERT INTO feedstock (spec, provider) SELECT 'a/b', 'github' WHERE NOT EXISTS (SELECT 1 FROM feedstock WHERE spec = 'a/b'); \
         INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, \
         is_test, dataset_type, dataset_public_url) SELECT 'r', bakery.id, feedstock.id, '0123456789abcdef0123456789abcdef01234567', '', \
         '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', 'success', 'completed', TRUE, 'zarr', '{address}' \
         FROM bakery, feedstock WHERE bakery.name = 'x' AND feedstock.spec = 'a/b'"
    );
    execute(&app.app.store, &rows).await;
}

/// Asks for a page with the address as it is, as front ends do.
async fn ask(app: &TestApp, address: &str) -> Answer {
    app.get(&format!("/repr/xarray/?url={address}")).await
}

/// The sentence of an error.
fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap_or_default().to_owned()
}
