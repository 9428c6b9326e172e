//! The OpenAPI document and the pages that show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use axum::http::StatusCode;
use harness::{stories, world};
use orchestrator::http::access::Access;
use orchestrator::http::{document, list_routes};
use serde_json::Value;

fn file(path: &str) -> String {
    let path = world::root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn u17_the_document_is_the_one_that_is_checked_in() {
    let ours: Value = serde_json::from_str(&document().to_json().unwrap()).unwrap();
    let checked_in: Value = serde_json::from_str(&file("docs/openapi.json")).unwrap();
    assert_eq!(ours, checked_in, "write it anew: cargo run --bin pfo -- openapi > docs/openapi.json");
}

/// Operations by path and method: their ids and whether they need a key.
fn operations(document: &Value) -> BTreeMap<(String, String), (String, bool)> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            all.insert((path.clone(), method.clone()), (id, !operation["security"].is_null()));
        }
    }
    all
}

#[test]
fn u18_every_operation_of_the_old_document_is_there_by_its_old_id() {
    let old = operations(&serde_json::from_str(&file("tests/contract/openapi.json")).unwrap());
    let ours = operations(&serde_json::from_str(&document().to_json().unwrap()).unwrap());
    for (place, (id, _)) in &old {
        // GitHub is no reader of the document.
        if place.0 != "/github/hooks/" {
            assert_eq!(ours.get(place).map(|(id, _)| id), Some(id), "{place:?}");
        }
    }
    let ids: BTreeSet<&String> = ours.values().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), ours.len(), "an operation's id is its own");
}

#[test]
fn s23_the_table_of_routes_is_the_one_that_is_built() {
    let mut table = String::from("| method | path | who |\n| --- | --- | --- |\n");
    for route in list_routes() {
        let who = match route.access {
            Access::Public => "anybody".to_owned(),
            Access::Signature => "GitHub, by its signature".to_owned(),
            Access::Token => "Google, by its token".to_owned(),
            Access::Operator => "who has the metrics token".to_owned(),
            Access::Key(scopes) => {
                let scopes: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
                format!("a key with {}", scopes.join(" or "))
            }
        };
        writeln!(table, "| {} | `{}` | {who} |", route.method, route.path).unwrap();
    }
    assert!(file("docs/api.md").contains(&table), "docs/api.md must hold this table:\n{table}");
    let keyed = operations(&serde_json::from_str(&document().to_json().unwrap()).unwrap());
    for route in list_routes() {
        let place = (route.path.clone(), route.method.as_str().to_ascii_lowercase());
        if let Some((id, needs_key)) = keyed.get(&place) {
            assert_eq!(*needs_key, matches!(route.access, Access::Key(_)), "{id}");
        }
    }
}

stories! {
    async fn u17_the_pages_load_nothing_from_elsewhere(app: &mut TestApp) {
        let page = app.get("/docs/").await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        let text = page.text();
        let mut files: Vec<&str> = text.split(['"', '\'']).filter(|part| part.starts_with("./") || [Some("js"), Some("css")].contains(&part.rsplit('.').next())).collect();
        files.sort_unstable();
        files.dedup();
        assert!(files.len() >= 4, "{files:?}");
        for file in files {
            assert!(!file.contains("://"), "{file}");
            assert_eq!(app.get(&format!("/docs/{}", file.trim_start_matches("./"))).await.status, StatusCode::OK, "{file}");
        }
        assert!(!text.contains("<script>"), "no script is written into the page");
        assert!(app.get("/docs/swagger-initializer.js").await.text().contains("/openapi.json"));
        assert_eq!(app.get("/docs/nothing.js").await.status, StatusCode::NOT_FOUND);
        let document = app.get("/openapi.json").await.json();
        assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    }
}
