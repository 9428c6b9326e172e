//! Stores that cannot be shown, and pages that are kept.

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::objects::Listing;
use harness::stories;

use super::{ask, detail, host, publish};

stories! {
    async fn what_is_not_there_or_not_for_us_is_told_in_the_old_words(app: &mut TestApp) {
        let (objects, address) = host(app, Listing::None, "nothing.zarr").await;
        let prefix = format!("An error occurred while fetching the data from URL: {address}.");
        let answer = ask(app, &address).await;
        assert_eq!((answer.status, detail(&answer)), (StatusCode::NOT_FOUND, format!("{prefix} Dataset not found.")));
        // An array by itself is no dataset either.
        let array = objects.address("v3-plain.zarr/sst");
        publish(app, &array).await;
        assert_eq!(ask(app, &array).await.status, StatusCode::NOT_FOUND);
        objects.answer_missing_with(403);
        app.github.advance(TimeDelta::minutes(1));
        let answer = ask(app, &address).await;
        assert_eq!((answer.status, detail(&answer)), (StatusCode::FORBIDDEN, format!("{prefix} Permission denied.")));
        // Who may not list is told 403 of the one file that is not there, and reads the others.
        let known = objects.address("v2-consolidated.zarr");
        publish(app, &known).await;
        assert_eq!(ask(app, &known).await.status, StatusCode::OK);
    }

    async fn a_store_whose_arrays_nobody_can_name_says_what_is_missing(app: &mut TestApp) {
        for store in ["v2-plain.zarr", "v3-plain.zarr"] {
            let (_objects, address) = host(app, Listing::None, store).await;
            let answer = ask(app, &address).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{store}");
            assert!(detail(&answer).contains("The store has no consolidated metadata"), "{}", detail(&answer));
        }
    }

    async fn a_host_that_fails_and_a_store_that_lies_are_not_our_failure(app: &mut TestApp) {
        let broken = [
            "", "{", "[]", "null", "<html>not here</html>", r#"{"metadata": 5}"#, r#"{"metadata": {"a/.zarray": {}}}"#,
            r#"{"metadata": {"a/.zarray": {"shape": [-1], "chunks": [1], "dtype": "<f4"}}}"#,
            r#"{"metadata": {"a/.zarray": {"shape": [1], "chunks": [1], "dtype": "<f4"}, "a/.zattrs": {"_ARRAY_DIMENSIONS": ["x", "y"]}}}"#,
        ];
        for (number, text) in broken.into_iter().enumerate() {
            let (objects, address) = host(app, Listing::None, &format!("broken-{number}.zarr")).await;
            objects.put(&format!("/bucket/broken-{number}.zarr/.zmetadata"), text);
            let answer = ask(app, &address).await;
            assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{text}: {}", answer.text());
            assert!(detail(&answer).starts_with(&format!("An error occurred while fetching the data from URL: {address}. The store ")), "{text}: {}", detail(&answer));
        }
        let (objects, address) = host(app, Listing::None, "v2-consolidated.zarr").await;
        objects.answer_with("/bucket/v2-consolidated.zarr/.zmetadata", 500, None);
        let answer = ask(app, &address).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert!(detail(&answer).ends_with("The store could not be read: its host answered 500."), "{}", detail(&answer));
        drop(objects);
        app.github.advance(TimeDelta::minutes(1));
        let answer = ask(app, &address).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert!(detail(&answer).contains("its host gave no whole answer"), "{}", detail(&answer));
    }

    async fn a_page_is_made_once_for_all_who_ask_and_again_after_a_while(app: &mut TestApp) {
        let (objects, address) = host(app, Listing::None, "v2-consolidated.zarr").await;
        objects.hold(true);
        let release = async {
            objects.asked(2).await;
            objects.hold(false);
        };
        let (one, two, three, ()) = tokio::join!(ask(app, &address), ask(app, &address), ask(app, &address), release);
        for answer in [&one, &two, &three] {
            assert_eq!((answer.status, &answer.body), (StatusCode::OK, &one.body));
        }
        assert_eq!(objects.requests().len(), 2);
        app.github.advance(TimeDelta::minutes(9));
        ask(app, &address).await;
        assert_eq!(objects.requests().len(), 2);
        app.github.advance(TimeDelta::minutes(1));
        ask(app, &address).await;
        assert_eq!(objects.requests().len(), 4);
    }

    async fn a_failure_is_remembered_for_a_moment(app: &mut TestApp) {
        let (objects, address) = host(app, Listing::None, "late.zarr").await;
        assert_eq!(ask(app, &address).await.status, StatusCode::NOT_FOUND);
        let asked = objects.requests().len();
        objects.put("/bucket/late.zarr/.zmetadata", r#"{"metadata": {".zgroup": {"zarr_format": 2}}}"#);
        app.github.advance(TimeDelta::seconds(29));
        assert_eq!(ask(app, &address).await.status, StatusCode::NOT_FOUND);
        assert_eq!(objects.requests().len(), asked);
        app.github.advance(TimeDelta::seconds(1));
        assert_eq!(ask(app, &address).await.status, StatusCode::OK);
    }
}
