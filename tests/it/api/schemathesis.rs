//! Requests that a program made from the documents, ours and the old service's: <https://schemathesis.readthedocs.io>. None may meet a
//! mistake of ours, nor an answer that our document does not have.

use std::path::PathBuf;

use harness::app::TestApp;
use harness::db::Engine;
use harness::objects::{FakeObjects, Listing};
use harness::world::{self, API_KEY};
use tokio::process::Command;

use crate::store::execute;

/// The documents are pages long: enough requests to meet every parameter in many forms, and few enough for every run of the tests.
const EXAMPLES: &str = "12";
/// What the old document did not say, such as null for a field without a value, is not held against us; nor is what it called an error.
const OF_THE_OLD: &str = "not_a_server_error";
const OF_OURS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

async fn explore(document: &str, checks: &str, more: &[&str]) {
    let program = std::env::var_os("SCHEMATHESIS_BIN").expect("`cargo xtask test` names the program");
    let mut app = TestApp::start_imported(Engine::Sqlite).await;
    app.reconfigure(|config| config.operating.rate_limit = None).await;
    // Datasets are read, and their host is not to be had from here.
    let objects = FakeObjects::start(Listing::Bucket).await.unwrap();
    let moved = format!(
        "UPDATE recipe_run SET dataset_public_url = replace(dataset_public_url, 'https://ncsa.osn.xsede.org', '{}')",
        objects.url()
    );
    execute(&app.app.store, &moved).await;
    let address = app.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(PathBuf::from(program))
        .current_dir(folder.path())
        .arg("run")
        .arg(world::root().join(document))
        .args(["--url", &format!("http://{address}"), "--header", &format!("X-API-Key: {API_KEY}")])
        .args([
            "--checks",
            checks,
            "--max-examples",
            EXAMPLES,
            "--seed",
            "1",
            "--generation-database",
            "none",
        ])
        .arg("--no-color")
        .args(more)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    // Who is refused at the door has met nothing.
    assert!(!said.contains("Rate limited"), "{said}");
    app.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u17_no_request_made_from_our_document_meets_an_answer_outside_of_it() {
    explore("docs/openapi.json", OF_OURS, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u18_no_request_made_from_the_old_document_meets_a_mistake_of_ours() {
    // Deliveries are GitHub's, and come with its signature.
    explore("tests/contract/openapi.json", OF_THE_OLD, &["--exclude-path", "/github/hooks/"]).await;
}
