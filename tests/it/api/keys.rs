//! API keys: what each opens, and that nothing else does.
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use harness::world::{self, API_KEY};
use orchestrator::domain::api_key::{self, Scope};
use orchestrator::http::access::Access;
use orchestrator::http::list_routes;
use orchestrator::store;
use orchestrator::store::api_key::NewApiKey;
use serde_json::{Value, json};

use super::writes::{a_bakery, a_feedstock, a_run, write_with};

/// Keeps a key with these scopes, and answers it.
async fn key(app: &TestApp, seed: u8, scopes: &[Scope], days: i64) -> String {
    let key = api_key::make(&[seed; 64]).unwrap();
    keep(app, &key, scopes, None, days).await;
    key
}

async fn keep(app: &TestApp, key: &str, scopes: &[Scope], feedstock: Option<i64>, days: i64) -> i64 {
    insert(app, key, scopes, (None, feedstock), days).await
}

/// Keeps a key for one bakery, or for all.
async fn keep_limited(app: &TestApp, key: &str, scopes: &[Scope], bakery: Option<i64>) -> i64 {
    insert(app, key, scopes, (bakery, None), 1).await
}

async fn insert(
    app: &TestApp,
    key: &str,
    scopes: &[Scope],
    (bakery, feedstock): (Option<i64>, Option<i64>),
    days: i64,
) -> i64 {
    let now = app.github.now();
    let mut tx = app.app.store.write().await.unwrap();
    let row = NewApiKey {
        name: "of a story",
        hint: api_key::hint(key),
        hash: &api_key::hash(key),
        scopes,
        bakery: bakery.map(orchestrator::domain::id::BakeryId),
        feedstock: feedstock.map(orchestrator::domain::id::FeedstockId),
        expires_at: Some(now + TimeDelta::days(days)),
    };
    let id = store::api_key::insert(&mut tx, row, now).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn status(app: &TestApp, method: &Method, path: &str, key: &str) -> StatusCode {
    let mut request = Request::builder().method(method.clone()).uri(path);
    if !key.is_empty() {
        request = request.header("X-API-Key", key);
    }
    app.ask(request.body(Body::from("{}")).unwrap()).await.status
}

/// A path of a route, with something in the place of each parameter.
fn example(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.trim_matches(['{', '}']) {
        name if name == part => name.to_owned(),
        "id" => "999999".into(),
        _ => "x".into(),
    });
    parts.collect::<Vec<_>>().join("/")
}

stories! {
    async fn s23_s25_each_route_opens_to_the_scopes_of_the_table_and_to_no_other(app: &mut TestApp) {
        let keys = [
            (None, String::new()),
            (None, "wrong".into()),
            (None, api_key::make(&[9; 64]).unwrap()),
            (Some(Scope::Admin), key(app, 1, &[Scope::Admin], 1).await),
            (Some(Scope::Runs), key(app, 2, &[Scope::Runs], 1).await),
            (Some(Scope::Logs), key(app, 3, &[Scope::Logs], 1).await),
        ];
        let mut keyed = 0;
        for route in list_routes() {
            let Access::Key(scopes) = route.access else { continue };
            keyed += 1;
            for (scope, key) in &keys {
                let found = status(app, &route.method, &example(&route.path), key).await;
                let context = format!("{} {} with {scope:?}", route.method, route.path);
                match (scope, key.as_str()) {
                    (None, "") => assert_eq!(found, StatusCode::FORBIDDEN, "{context}"),
                    (None, _) => assert_eq!(found, StatusCode::UNAUTHORIZED, "{context}"),
                    (Some(scope), _) if scopes.contains(scope) => {
                        assert!(![StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&found), "{context}: {found}");
                        assert!(!found.is_server_error() || found == StatusCode::BAD_GATEWAY, "{context}: {found}");
                    }
                    (Some(_), _) => assert_eq!(found, StatusCode::FORBIDDEN, "{context}"),
                }
            }
        }
        assert!(keyed >= 9, "{keyed} routes need a key");
    }

    async fn s23_a_key_that_is_expired_revoked_or_unknown_opens_nothing_and_nobody_learns_which(app: &mut TestApp) {
        let good = api_key::make(&[1; 64]).unwrap();
        let id = keep(app, &good, &[Scope::Admin], None, 1).await;
        let body = json!({ "spec": "a/b-feedstock" });
        assert_eq!(write_with(app, &good, Method::POST, "/feedstocks/", &body).await.status, StatusCode::OK);
        let unknown = api_key::make(&[2; 64]).unwrap();
        let refused = (StatusCode::UNAUTHORIZED, json!({ "detail": "Invalid API Key" }));
        let old = api_key::make(&[3; 64]).unwrap();
        keep(app, &old, &[Scope::Admin], None, 0).await;
        for key in [unknown.as_str(), &old, &good[..49], "\u{e9}", " "] {
            let answer = write_with(app, key, Method::DELETE, "/feedstocks/1", &Value::Null).await;
            assert!([refused.clone(), (StatusCode::FORBIDDEN, json!({ "detail": "Not authenticated" }))].contains(&(answer.status, answer.json())), "{key}");
        }
        let mut tx = app.app.store.write().await.unwrap();
        assert!(store::api_key::revoke(&mut tx, id, app.github.now()).await.unwrap());
        assert!(!store::api_key::revoke(&mut tx, id, app.github.now()).await.unwrap(), "once is enough");
        tx.commit().await.unwrap();
        let answer = write_with(app, &good, Method::DELETE, "/feedstocks/1", &Value::Null).await;
        assert_eq!((answer.status, answer.json()), refused);
        let mut tx = app.app.store.read().await.unwrap();
        let kept = store::api_key::list(&mut tx).await.unwrap();
        assert!(kept[0].last_used_at.is_some() && kept[1].last_used_at.is_none());
        assert!(!format!("{kept:?}").contains(&good[10..]), "the key itself is kept nowhere");
    }

    async fn s25_a_key_for_one_feedstock_touches_no_other(app: &mut TestApp) {
        let bakery = a_bakery(app, "one").await;
        let (its, other) = (a_feedstock(app, "a/its-feedstock").await, a_feedstock(app, "a/other-feedstock").await);
        let key = api_key::make(&[1; 64]).unwrap();
        keep(app, &key, &[Scope::Runs], Some(its), 1).await;
        let (mine, foreign) = (a_run(app, bakery, its, &json!({})).await, a_run(app, bakery, other, &json!({})).await);
        let path = |run: &Value| format!("/recipe_runs/{}", run["id"]);
        for (method, path, body, expected) in [
            (Method::PATCH, path(&mine), json!({ "version": "1" }), StatusCode::OK),
            (Method::PATCH, path(&foreign), json!({ "version": "1" }), StatusCode::FORBIDDEN),
            (Method::PATCH, path(&mine), json!({ "feedstock_id": other }), StatusCode::FORBIDDEN),
            (Method::DELETE, path(&foreign), Value::Null, StatusCode::FORBIDDEN),
            (Method::DELETE, path(&mine), Value::Null, StatusCode::OK),
        ] {
            assert_eq!(write_with(app, &key, method, &path, &body).await.status, expected, "{path} {body}");
        }
        assert_eq!(app.get(&path(&foreign)).await.json()["version"], "");
    }

    async fn s25_a_key_for_one_bakery_touches_no_other_and_reads_no_other_log(app: &mut TestApp) {
        let (its, other) = (a_bakery(app, "its").await, a_bakery(app, "other").await);
        let feedstock = a_feedstock(app, "a/b-feedstock").await;
        let of = async |app: &TestApp, bakery: i64, recipe: &str| {
            a_run(app, bakery, feedstock, &json!({ "recipe_id": recipe })).await
        };
        let (mine, foreign) = (of(app, its, "mine").await, of(app, other, "foreign").await);
        let key = api_key::make(&[2; 64]).unwrap();
        keep_limited(app, &key, &[Scope::Runs, Scope::Logs], Some(its)).await;
        let path = |run: &Value, rest: &str| format!("/recipe_runs/{}{rest}", run["id"]);
        let by_recipe = |run: &Value| {
            format!("/feedstocks/a/b-feedstock/{}/{}/logs", run["head_sha"].as_str().unwrap(), run["recipe_id"].as_str().unwrap())
        };
        for (method, path, body, expected) in [
            (Method::PATCH, path(&mine, ""), json!({ "version": "1" }), (StatusCode::OK, "")),
            (Method::PATCH, path(&foreign, ""), json!({ "version": "1" }), (StatusCode::FORBIDDEN, "another bakery")),
            (Method::PATCH, path(&mine, ""), json!({ "bakery_id": other }), (StatusCode::FORBIDDEN, "another bakery")),
            (Method::DELETE, path(&foreign, ""), Value::Null, (StatusCode::FORBIDDEN, "another bakery")),
            // It may know of its own that it has no log yet, and of the other's not even that it is there.
            (Method::GET, path(&mine, "/logs"), Value::Null, (StatusCode::NOT_FOUND, "")),
            (Method::GET, path(&foreign, "/logs"), Value::Null, (StatusCode::NOT_FOUND, "recipe run not found")),
            (Method::GET, by_recipe(&foreign), Value::Null, (StatusCode::NOT_FOUND, "There is no run of recipe")),
        ] {
            let answer = write_with(app, &key, method, &path, &body).await;
            assert_eq!(answer.status, expected.0, "{path} {body}");
            assert!(answer.text().contains(expected.1), "{path}: {}", answer.text());
        }
        let own = write_with(app, &key, Method::GET, &path(&mine, "/logs"), &Value::Null).await;
        assert!(!own.text().contains("recipe run not found"), "{}", own.text());
    }

    async fn the_command_makes_a_key_that_works_and_takes_it_back(app: &mut TestApp) {
        let spec = "a/b-feedstock";
        a_feedstock(app, spec).await;
        let pfo = |arguments: &[&str]| {
            let output = crate::command_line::pfo().arg("api-key").args(arguments).env("DATABASE_URL", app.database_url()).output().unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
        };
        let (ok, made, _) = pfo(&["create", "--name", "ci", "--scope", "admin", "--json"]);
        let made: Value = serde_json::from_str(&made).unwrap();
        assert!(ok && made["expires_at"].is_string());
        let key = made["key"].as_str().unwrap();
        assert_eq!(write_with(app, key, Method::PATCH, "/feedstocks/1", &json!({})).await.status, StatusCode::OK);
        let (ok, listed, _) = pfo(&["list", "--json"]);
        assert!(ok && listed.contains("\"name\":\"ci\"") && !listed.contains(key), "{listed}");
        let (ok, said, _) = pfo(&["revoke", &made["id"].to_string()]);
        assert!(ok && said.contains("opens nothing any more"), "{said}");
        assert_eq!(write_with(app, key, Method::PATCH, "/feedstocks/1", &json!({})).await.status, StatusCode::UNAUTHORIZED);
        let (ok, said, _) = pfo(&["revoke", "--json", "99"]);
        assert!(!ok && said == "{\"id\":99,\"revoked\":false}\n", "{said}");
        for (arguments, word) in [
            (vec!["create", "--name", "x", "--scope", "everything"], "there are admin, runs, logs"),
            (vec!["create", "--name", "x", "--scope", "admin", "--feedstock", spec], "is for everything"),
            (vec!["create", "--name", "x", "--scope", "logs", "--feedstock", "a/nobodys"], "no feedstock has the spec"),
            (vec!["create", "--name", " ", "--scope", "logs"], "1 to 100 visible characters"),
            (vec!["create", "--name", "x", "--scope", "logs", "--expires-in", "0"], "a day at least"),
        ] {
            let (ok, _, said) = pfo(&arguments);
            assert!(!ok && said.contains(word), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn s23_the_key_of_the_file_is_no_key_of_the_database() {
    assert!(!api_key::is_well_formed(API_KEY));
    assert!(world::root().join("docs/api.md").exists());
}
