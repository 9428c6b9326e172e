//! Whose datasets are shown: ours, and nobody is asked about any other.

use axum::http::StatusCode;
use harness::objects::{FakeObjects, Listing};
use harness::stories;
use serde_json::json;

use super::{ask, detail, host, publish};

stories! {
    async fn s9_no_other_address_is_ever_asked(app: &mut TestApp) {
        let (objects, known) = host(app, Listing::Bucket, "v2-consolidated.zarr").await;
        let other = objects.address("v2-plain.zarr");
        let host = objects.url().strip_prefix("http://").unwrap();
        for address in [
            other.as_str(),
            &objects.address(""),
            &format!("{known}/sst"),
            &format!("{known}/../v2-plain.zarr"),
            &format!("{known}/%2e%2e/v2-plain.zarr"),
            &format!("{known}/..%252fv2-plain.zarr"),
            &format!("{known}%3Fx=1"),
            &format!("{known}%23x"),
            &format!("http://user:password@{host}/bucket/v2-consolidated.zarr"),
            &known.replace("http:", "https:"),
            &known.replace("127.0.0.1", "localhost"),
            &known.replace("127.0.0.1", "127.0.0.2"),
            "http://169.254.169.254/computeMetadata/v1",
            "http://[::1]/x.zarr",
            "file:///etc/passwd",
            "ftp://host/x.zarr",
            "gs://bucket/x.zarr",
            "s3://bucket/x.zarr",
        ] {
            let answer = ask(app, address).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}: {}", answer.text());
            let detail = detail(&answer);
            assert!(detail.starts_with("Only datasets of this service are read") || detail.starts_with("This address is not read"), "{detail}");
        }
        assert_eq!(objects.requests(), Vec::<String>::new());
        for same in [known.clone(), format!("{known}/"), format!("{known}/sst/.."), known.replace(':', "%3A").replace('/', "%2F")] {
            assert_eq!(ask(app, &same).await.status, StatusCode::OK, "{same}");
        }
        assert_eq!(objects.requests().len(), 2, "one page, however it was asked for");
    }

    async fn what_lies_below_a_bakerys_public_address_is_shown(app: &mut TestApp) {
        let objects = FakeObjects::start(Listing::None).await.unwrap();
        let data = app.publish_at(objects.url()).await;
        objects.put(&format!("{data}/a/new.zarr/.zmetadata"), r#"{"metadata": {".zgroup": {"zarr_format": 2}}}"#);
        objects.put("/other/new.zarr/.zmetadata", r#"{"metadata": {".zgroup": {"zarr_format": 2}}}"#);
        let address = format!("{}{data}/a/new.zarr", objects.url());
        assert_eq!(ask(app, &address).await.status, StatusCode::OK);
        let asked = objects.requests().len();
        for other in [format!("{}/other/new.zarr", objects.url()), format!("{}{data}/../new.zarr", objects.url()), format!("{}{data}", objects.url())] {
            assert_eq!(ask(app, &other).await.status, StatusCode::FORBIDDEN, "{other}");
        }
        assert_eq!(objects.requests().len(), asked);
    }

    async fn a_redirect_leads_nowhere(app: &mut TestApp) {
        let elsewhere = FakeObjects::start(Listing::None).await.unwrap();
        let (objects, address) = host(app, Listing::None, "v2-consolidated.zarr").await;
        for file in [".zmetadata", "zarr.json"] {
            let to = elsewhere.address(&format!("v2-consolidated.zarr/{file}"));
            objects.answer_with(&format!("/bucket/v2-consolidated.zarr/{file}"), 302, Some(to));
        }
        let answer = ask(app, &address).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert!(detail(&answer).ends_with("its host answered 302, a redirect, which is not followed."), "{}", detail(&answer));
        assert_eq!(elsewhere.requests(), Vec::<String>::new());
    }

    async fn a_dataset_that_a_run_names_by_another_scheme_is_read_where_the_web_has_it(app: &mut TestApp) {
        publish(app, "ftp://host/x.zarr").await;
        let answer = ask(app, "ftp://host/x.zarr").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let expected = "This address is not read: it must begin with https://, http://, gs:// or s3://. Found: ftp://host/x.zarr";
        assert_eq!(detail(&answer), expected);
    }

    async fn addresses_that_are_none_are_refused_as_the_old_service_did(app: &mut TestApp) {
        let at = |msg: &str, kind: &str| json!({"detail": [{"loc": ["query", "url"], "msg": msg, "type": kind}]});
        let mut empty = at("ensure this value has at least 1 characters", "value_error.any_str.min_length");
        empty["detail"][0]["ctx"] = json!({"limit_value": 1});
        for (path, expected) in [
            ("/repr/xarray/", at("field required", "value_error.missing")),
            ("/repr/xarray/?url=", empty.clone()),
            ("/repr/xarray/?url=%20", empty),
            ("/repr/xarray/?url=x", at("invalid or missing URL scheme", "value_error.url.scheme")),
            ("/repr/xarray/?url=https://", at("URL host invalid", "value_error.url.host")),
        ] {
            let answer = app.get(path).await;
            assert_eq!((answer.status, answer.json()), (StatusCode::UNPROCESSABLE_ENTITY, expected), "{path}");
        }
    }
}
