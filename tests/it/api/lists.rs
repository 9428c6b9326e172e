//! Lists: filters, order, pages.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use harness::app::TestApp;
use harness::stories;
use serde_json::{Value, json};

use super::contract::next_page;
use super::writes::{a_bakery, a_feedstock, a_run};

/// Runs whose columns agree, differ and are empty in many ways.
async fn some_runs(app: &TestApp) -> Vec<Value> {
    let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/one-feedstock").await);
    let other = a_feedstock(app, "a/other-feedstock").await;
    let mut runs = Vec::new();
    for number in 0..23_i64 {
        let is_completed = number % 3 == 0;
        let more = json!({
            "recipe_id": format!("recipe-{}", number % 5),
            "feedstock_id": if number % 4 == 0 { other } else { feedstock },
            "started_at": format!("2022-09-{:02}T00:00:00", 1 + (number * 7) % 23),
            "completed_at": if is_completed { json!(format!("2022-10-{:02}T00:00:00.5", 1 + number % 7)) } else { Value::Null },
            "status": if is_completed { "completed" } else { "queued" },
            "conclusion": match number % 6 { 0 => json!("success"), 3 => json!("failure"), _ => Value::Null },
            "is_test": number % 2 == 0,
            "message": if number % 8 == 0 { json!(format!("{{\"n\": {number}}}")) } else { Value::Null },
        });
        runs.push(a_run(app, bakery, feedstock, &more).await);
    }
    runs
}

/// Every row of a list, page by page along the links.
async fn walk(app: &TestApp, first: &str) -> Vec<Value> {
    let (mut rows, mut path) = (Vec::new(), Some(first.to_owned()));
    while let Some(page) = path {
        let answer = app.get(&page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.text());
        rows.extend(answer.json().as_array().unwrap().clone());
        path = next_page(answer.header("link"));
    }
    rows
}

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// The page that a `Link` header calls so.
fn link(links: &str, rel: &str) -> Option<String> {
    let end = format!("rel=\"{rel}\"");
    let link = links.split(", ").find(|link| link.ends_with(&end))?;
    Some(link.trim_start_matches('<').split('>').next().unwrap().to_owned())
}

/// The rows as a list in that order has them: nothing comes last, upwards, and rows that agree go by their ids.
fn sorted(mut rows: Vec<Value>, column: &str, descending: bool) -> Vec<i64> {
    rows.sort_by(|one, other| {
        let key = |row: &Value| (row[column].is_null(), row[column].to_string());
        let order = match (&one[column], &other[column]) {
            (Value::Number(one), Value::Number(other)) => one.as_i64().cmp(&other.as_i64()),
            _ => key(one).cmp(&key(other)),
        };
        order.then(one["id"].as_i64().cmp(&other["id"].as_i64()))
    });
    if descending {
        rows.reverse();
    }
    ids(&rows)
}

const COLUMNS: [&str; 14] = [
    "recipe_id",
    "bakery_id",
    "feedstock_id",
    "head_sha",
    "version",
    "started_at",
    "completed_at",
    "conclusion",
    "status",
    "is_test",
    "dataset_type",
    "dataset_public_url",
    "message",
    "id",
];

stories! {
    async fn u19_every_order_is_walked_along_cursors_to_the_same_rows_as_in_one_page(app: &mut TestApp) {
        let runs = some_runs(app).await;
        for column in COLUMNS {
            for sort in ["asc", "desc"] {
                let expected = sorted(runs.clone(), column, sort == "desc");
                let whole = app.get(&format!("/recipe_runs/?order_by={column}&sort={sort}")).await;
                assert_eq!(ids(whole.json().as_array().unwrap()), expected, "{column} {sort}");
                let walked = walk(app, &format!("/recipe_runs/?order_by={column}&sort={sort}&limit=4")).await;
                assert_eq!(ids(&walked), expected, "{column} {sort}");
            }
        }
    }

    async fn u19_a_walk_back_meets_the_same_pages(app: &mut TestApp) {
        some_runs(app).await;
        for (column, sort) in [("id", "asc"), ("completed_at", "asc"), ("completed_at", "desc"), ("is_test", "desc"), ("message", "asc")] {
            let mut pages = Vec::new();
            let mut path = Some(format!("/recipe_runs/?order_by={column}&sort={sort}&limit=5"));
            let mut back = None;
            while let Some(page) = path {
                let answer = app.get(&page).await;
                pages.push(ids(answer.json().as_array().unwrap()));
                back = link(answer.header("link"), "prev");
                path = next_page(answer.header("link"));
            }
            assert_eq!(pages.len(), 5);
            let mut earlier = Vec::new();
            while let Some(page) = back {
                let answer = app.get(&page).await;
                earlier.insert(0, ids(answer.json().as_array().unwrap()));
                back = link(answer.header("link"), "prev");
            }
            assert_eq!(earlier, pages[..4], "{column} {sort}");
        }
    }

    async fn u19_rows_that_are_added_meanwhile_neither_hide_a_row_nor_show_it_twice(app: &mut TestApp) {
        let runs = some_runs(app).await;
        let answer = app.get("/recipe_runs/?order_by=started_at&sort=desc&limit=10").await;
        let mut seen = ids(answer.json().as_array().unwrap());
        let (bakery, feedstock) = (runs[0]["bakery_id"].as_i64().unwrap(), runs[0]["feedstock_id"].as_i64().unwrap());
        a_run(app, bakery, feedstock, &json!({ "started_at": "2023-01-01T00:00:00" })).await;
        seen.extend(ids(&walk(app, &next_page(answer.header("link")).unwrap()).await));
        assert_eq!(seen, sorted(runs, "started_at", true));
    }

    async fn u19_every_column_filters(app: &mut TestApp) {
        let runs = some_runs(app).await;
        for column in COLUMNS {
            let written = |run: &Value| run[column].to_string();
            let values: BTreeSet<String> = runs.iter().map(written).collect();
            for value in values {
                let text = value.trim_matches('"').replace("\\\"", "\"");
                let encoded = text.replace('{', "%7B").replace('"', "%22").replace('}', "%7D").replace(' ', "+");
                let found = app.get(&format!("/recipe_runs/?{column}={encoded}")).await.json();
                let expected: Vec<&Value> = runs.iter().filter(|run| written(run) == value).collect();
                assert_eq!(found.as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{column}={text}");
            }
        }
        let both = app.get("/recipe_runs/?recipe_id=recipe-1&recipe_id=recipe-2&status=queued&is_test=no").await.json();
        let expected: Vec<&Value> = runs
            .iter()
            .filter(|run| ["recipe-1", "recipe-2"].contains(&run["recipe_id"].as_str().unwrap()) && run["status"] == "queued")
            .filter(|run| run["is_test"] == false)
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(both.as_array().unwrap().iter().collect::<Vec<_>>(), expected);
        let within = app.get("/recipe_runs/?started_at_since=2022-09-05T00:00:00Z&started_at_before=2022-09-08T00:00:00").await.json();
        assert_eq!(within.as_array().unwrap().len(), 3, "{within}");
        assert_eq!(app.get("/feedstocks/?spec=a/other-feedstock").await.json().as_array().unwrap().len(), 1);
        assert_eq!(app.get("/bakeries/?name=nobody").await.json(), json!([]));
    }

    async fn u19_the_total_is_told_where_it_is_known_and_where_it_is_asked_for(app: &mut TestApp) {
        some_runs(app).await;
        for (path, total) in [
            ("/recipe_runs/", "23"),
            ("/recipe_runs/?limit=5", ""),
            ("/recipe_runs/?limit=5&count=true", "23"),
            ("/recipe_runs/?limit=5&offset=20", "23"),
            ("/recipe_runs/?limit=5&offset=100&count=true", "23"),
            ("/recipe_runs/?limit=1&count=true&status=completed", "8"),
            ("/recipe_runs/?conclusion=null&count=true&limit=2", "15"),
            ("/feedstocks/", "2"),
        ] {
            assert_eq!(app.get(path).await.header("x-total-count"), total, "{path}");
        }
    }

    async fn s27_what_a_list_cannot_do_is_refused_with_what_it_can(app: &mut TestApp) {
        let most = vec!["id=1"; 50].join("&");
        assert_eq!(app.get(&format!("/recipe_runs/?{most}")).await.status, StatusCode::OK);
        let many = vec!["id=1"; 2000].join("&");
        for (query, name, kind) in [
            ("limit=0", "limit", "value_error.number.not_ge"),
            ("limit=-1", "limit", "value_error.number.not_ge"),
            ("limit=101", "limit", "value_error.number.not_le"),
            ("limit=1000000000", "limit", "value_error.number.not_le"),
            ("limit=x", "limit", "type_error.integer"),
            ("offset=-1", "offset", "value_error.number.not_ge"),
            ("offset=99999999999999999999", "offset", "value_error.number.not_le"),
            ("order_by=recipe_runs", "order_by", "value_error.const"),
            (many.as_str(), "id", "value_error.too_many"),
            ("order_by=id;DROP", "order_by", "value_error.const"),
            ("sort=up", "sort", "value_error.const"),
            ("status=done", "status", "type_error.enum"),
            ("started_at=yesterday", "started_at", "value_error.datetime"),
            ("is_test=maybe", "is_test", "type_error.bool"),
            ("recipe_id=a%00b", "recipe_id", "value_error.any_str.nul"),
            ("cursor=x", "cursor", "value_error.cursor"),
            ("count=maybe", "count", "type_error.bool"),
        ] {
            let answer = app.get(&format!("/recipe_runs/?{query}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            let issue = &answer.json()["detail"][0];
            assert_eq!((&issue["loc"], &issue["type"]), (&json!(["query", name]), &json!(kind)), "{query}");
        }
        let all = app.get("/recipe_runs/?limit=0&offset=-1&order_by=x&sort=y").await.json();
        assert_eq!(all["detail"].as_array().unwrap().len(), 4, "everything is told at once: {all}");
        let permitted = app.get("/feedstocks/?order_by=x").await.json();
        assert_eq!(permitted["detail"][0]["ctx"]["permitted"], json!(["spec", "provider", "id"]));
    }

    async fn a_cursor_is_good_for_the_list_and_the_order_that_it_came_from(app: &mut TestApp) {
        some_runs(app).await;
        let first = app.get("/recipe_runs/?order_by=started_at&limit=3").await;
        let next = next_page(first.header("link")).unwrap();
        assert_eq!(app.get(&next).await.status, StatusCode::OK);
        for other in [
            next.replace("started_at", "completed_at"),
            format!("{next}&sort=desc"),
            next.replace("/recipe_runs/", "/feedstocks/").replace("started_at", "spec"),
        ] {
            assert_eq!(app.get(&other).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{other}");
        }
    }
}
