//! What is true of every public read: tags, HEAD, compression, other sites, slashes.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use harness::app::TestApp;
use harness::requests::Answer;
use harness::stories;
use serde_json::json;

use super::writes::{a_bakery, a_feedstock, a_run, write};

async fn ask(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(Request::builder().method(method).uri(path), |request, (name, value)| {
            request.header(*name, *value)
        });
    app.ask(request.body(Body::empty()).unwrap()).await
}

stories! {
    async fn u20_a_read_is_tagged_and_not_sent_twice(app: &mut TestApp) {
        let feedstock = a_feedstock(app, "a/b-feedstock").await;
        let path = format!("/feedstocks/{feedstock}");
        let first = app.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && first.header("cache-control") == "no-cache");
        for known in [tag.clone(), format!("\"x\", {tag}"), "*".into(), tag.trim_start_matches("W/").into()] {
            let again = ask(app, Method::GET, &path, &[("if-none-match", &known)]).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            assert_eq!(again.header("etag"), tag);
        }
        assert_eq!(ask(app, Method::GET, &path, &[("if-none-match", "\"x\"")]).await.status, StatusCode::OK);
        write(app, Method::PATCH, &path, &json!({ "spec": "a/c-feedstock" })).await;
        let changed = ask(app, Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(changed.status, StatusCode::OK);
        assert_ne!(changed.header("etag"), tag);
        assert_eq!(app.get("/feedstocks/99").await.header("etag"), "", "what is not there has no tag");
    }

    async fn head_tells_what_get_would_without_a_body(app: &mut TestApp) {
        a_feedstock(app, "a/b-feedstock").await;
        for path in ["/", "/feedstocks/", "/feedstocks/1", "/stats/feedstocks", "/openapi.json"] {
            let (get, head) = (app.get(path).await, ask(app, Method::HEAD, path, &[]).await);
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
            assert_eq!(head.header("etag"), get.header("etag"), "{path}");
        }
    }

    async fn a_long_answer_is_compressed_for_who_can_read_it(app: &mut TestApp) {
        let (bakery, feedstock) = (a_bakery(app, "one").await, a_feedstock(app, "a/b-feedstock").await);
        for _ in 0..10 {
            a_run(app, bakery, feedstock, &json!({})).await;
        }
        let plain = app.get("/recipe_runs/").await;
        for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"), ("identity", "")] {
            let answer = ask(app, Method::GET, "/recipe_runs/", &[("accept-encoding", accepted)]).await;
            assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
            assert!(encoding.is_empty() || answer.body.len() * 3 < plain.body.len());
            assert_eq!(answer.header("etag"), plain.header("etag"), "the tag is weak: it stands for all encodings");
        }
    }

    async fn s27_a_path_that_is_no_text_is_refused_as_any_other_nonsense(app: &mut TestApp) {
        for path in [
            "/recipe_runs/%FF",
            "/recipe_runs/%FF/logs/trace",
            "/bakeries/%FF",
            "/feedstocks/%FF",
            "/feedstocks/%FF/datasets",
            "/feedstocks/1/commits/%FF/check-runs",
        ] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(answer.json()["detail"][0]["loc"][0], "path", "{path}: {}", answer.text());
        }
    }

    async fn s28_other_sites_read_what_is_public_and_nothing_else(app: &mut TestApp) {
        let site = ("origin", "https://pangeo-forge.org");
        for path in ["/feedstocks/", "/feedstocks/99", "/feedstocks/?limit=0"] {
            let answer = ask(app, Method::GET, path, &[site, ("cookie", "a=b")]).await;
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
            assert!(answer.header("access-control-expose-headers").contains("Link"));
        }
        assert_eq!(app.get("/feedstocks/").await.header("access-control-allow-origin"), "", "nobody asked");
        let led = ask(app, Method::GET, "/feedstocks", &[site]).await;
        assert_eq!((led.status, led.header("location")), (StatusCode::TEMPORARY_REDIRECT, "/feedstocks/"));
        assert_eq!(led.header("access-control-allow-origin"), "*", "a browser follows no other redirect");
        let preflight = async |app: &TestApp, origin: &str, method: &str, headers: &str| {
            let told = [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", headers)];
            ask(app, Method::OPTIONS, "/feedstocks/", &told).await.header("access-control-allow-origin").to_owned()
        };
        app.reconfigure(|config| config.origins = vec!["https://admin.example.org".into()]).await;
        for (origin, method, headers, allowed) in [
            (site.1, "GET", "if-none-match, Accept", "*"),
            ("null", "GET", "accept", "*"),
            (site.1, "GET", "x-api-key", ""),
            (site.1, "POST", "x-api-key", ""),
            ("null", "POST", "x-api-key", ""),
            ("https://admin.example.org", "POST", "x-api-key", "https://admin.example.org"),
            ("https://admin.example.org.evil.tld", "POST", "x-api-key", ""),
            ("https://evil.tld/https://admin.example.org", "DELETE", "x-api-key", ""),
            ("http://admin.example.org", "PATCH", "x-api-key", ""),
        ] {
            assert_eq!(preflight(app, origin, method, headers).await, allowed, "{origin} {method} {headers}");
        }
        let refused = ask(app, Method::POST, "/feedstocks/", &[site]).await;
        assert_eq!(refused.header("access-control-allow-origin"), "");
        let admin = ask(app, Method::POST, "/feedstocks/", &[("origin", "https://admin.example.org")]).await;
        assert_eq!(admin.header("access-control-allow-origin"), "https://admin.example.org");
        assert!(admin.header("vary").contains("Origin"));
    }

    async fn u18_a_slash_too_many_or_too_few_leads_to_the_right_page(app: &mut TestApp) {
        for (from, to) in [
            ("/feedstocks", "/feedstocks/"),
            ("/recipe_runs/1/?a=b", "/recipe_runs/1?a=b"),
            ("/stats/datasets/", "/stats/datasets"),
            ("/feedstocks/1/datasets/", "/feedstocks/1/datasets"),
            ("/docs", "/docs/"),
        ] {
            let answer = app.get(from).await;
            assert_eq!((answer.status, answer.header("location")), (StatusCode::TEMPORARY_REDIRECT, to), "{from}");
        }
        for nowhere in ["/nowhere", "/nowhere/", "//feedstocks", "//evil.example/"] {
            let answer = app.get(nowhere).await;
            assert_eq!((answer.status, answer.json()), (StatusCode::NOT_FOUND, json!({ "detail": "Not Found" })), "{nowhere}");
        }
        assert_eq!(app.get("/redoc").await.header("location"), "/docs/");
    }
}
