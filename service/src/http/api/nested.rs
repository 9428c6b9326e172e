//! One row with all rows that belong to it: `{…, "recipe_runs": […]}`. There may be very many, so each is written into the answer as soon
//! as it is read, and none is held besides.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::public::RecipeRun;
use crate::http::problem::Problem;
use crate::store::StoreError;

/// The answer as it is written.
pub(super) struct Nested {
    json: Vec<u8>,
    is_empty: bool,
}

impl Nested {
    /// Begins with the fields of a row that the runs belong to.
    pub(super) fn new(row: &impl Serialize) -> Self {
        let mut json = serde_json::to_vec(row).unwrap_or_else(|_| unreachable!("a row is plain data"));
        json.pop();
        json.extend_from_slice(b",\"recipe_runs\":[");
        Self { json, is_empty: true }
    }

    /// Adds a run.
    pub(super) fn push(&mut self, run: &RecipeRun) {
        if !self.is_empty {
            self.json.push(b',');
        }
        self.is_empty = false;
        serde_json::to_writer(&mut self.json, run).unwrap_or_else(|_| unreachable!("a run is plain data"));
    }

    /// The whole answer.
    pub(super) fn answer(mut self) -> Response {
        self.json.extend_from_slice(b"]}");
        ([(CONTENT_TYPE, "application/json")], self.json).into_response()
    }
}

/// The answer for what was found, if anything was.
pub(super) fn answer(
    found: Result<Option<Nested>, StoreError>,
    missing: Problem,
) -> Result<Response, Problem> {
    found.map_err(|error| Problem::database(&error))?.map(Nested::answer).ok_or(missing)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::public::{Feedstock, NaiveTime};

    #[tokio::test]
    async fn rows_that_are_written_one_by_one_are_an_array() {
        let run = RecipeRun {
            recipe_id: "a \"quoted\" recipe".into(),
            bakery_id: 1,
            feedstock_id: 2,
            head_sha: "0".repeat(40),
            version: String::new(),
            started_at: NaiveTime(chrono::DateTime::UNIX_EPOCH),
            completed_at: None,
            conclusion: None,
            status: "queued".into(),
            is_test: false,
            dataset_type: None,
            dataset_public_url: None,
            message: Some("two\nlines".into()),
            id: 3,
        };
        let feedstock = Feedstock { spec: "a/b-feedstock".into(), provider: "github".into(), id: 2 };
        for count in 0..3 {
            let mut nested = Nested::new(&feedstock);
            for _ in 0..count {
                nested.push(&run);
            }
            let body = to_bytes(nested.answer().into_body(), usize::MAX).await.expect("a body");
            let read: Value = serde_json::from_slice(&body).expect("JSON");
            let runs = vec![&run; count];
            assert_eq!(
                read,
                json!({ "spec": "a/b-feedstock", "provider": "github", "id": 2, "recipe_runs": runs })
            );
        }
    }
}
