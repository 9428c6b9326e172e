//! `/repr/xarray/`: what a dataset looks like, as HTML.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::domain::dataset::address::{self, MAX_LENGTH, Malformed};
use crate::http::Shared;
use crate::http::problem::{Issue, Problem};
use crate::lookup::repr::{self, Refusal};

/// A page about a dataset.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Repr {
    /// The page: one element with a style of its own and no script.
    html: String,
    /// The address that was asked for.
    dataset: String,
}

/// What a dataset looks like, as xarray shows it: dimensions, coordinates, variables and attributes.
///
/// Read are datasets of this service only: the address must be the `dataset_public_url` of a recipe run, or lie below the public address
/// of a bakery. `gs://bucket/path` stands for `https://storage.googleapis.com/bucket/path`, `s3://bucket/path` for
/// `https://bucket.s3.amazonaws.com/path`.
#[utoipa::path(get, path = "/repr/xarray/", operation_id = "xarray_repr_xarray__get", tag = "repr",
    params(("url" = String, Query, description = "URL to a zarr store", min_length = 1, max_length = 8000, format = "uri",
        example = "https://ncsa.osn.xsede.org/Pangeo/pangeo-forge/HadISST-feedstock/hadisst.zarr")),
    responses(
        (status = 200, body = Repr),
        (status = 403, description = "Not a dataset of this service, or one that may not be read"),
        (status = 404, description = "No dataset there"),
        (status = 414, description = "A request's address is longer than any server reads"),
        (status = 422, description = "Not an address"),
        (status = 431, description = "A request's head is longer than any server reads"),
        (status = 502, description = "The dataset's host failed, or what it says makes no dataset")))]
pub(in crate::http) async fn xarray(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
) -> Result<Json<Repr>, Problem> {
    let asked = asked(query.as_deref().unwrap_or_default())?;
    let url = address::parse(&asked).map_err(malformed)?;
    let html = repr::page(&shared.app, &asked, &url).await.map_err(problem)?;
    Ok(Json(Repr { html: html.to_string(), dataset: asked }))
}

/// The last one counts. Front ends write the address as it is, so its own `?` and `&` would end it, which no address of a dataset has.
fn asked(query: &str) -> Result<String, Problem> {
    let all = form_urlencoded::parse(query.as_bytes());
    let Some((_, url)) = all.filter(|(name, _)| name == "url").last() else {
        return Err(invalid("field required", "value_error.missing", None));
    };
    Ok(url.trim_matches(|c: char| c <= ' ').to_owned())
}

fn malformed(why: Malformed) -> Problem {
    let (msg, kind, ctx) = match why {
        Malformed::Empty => {
            let ctx = json!({ "limit_value": 1 });
            (
                "ensure this value has at least 1 characters".to_owned(),
                "value_error.any_str.min_length",
                Some(ctx),
            )
        }
        Malformed::TooLong => {
            let ctx = json!({ "limit_value": MAX_LENGTH });
            let msg = format!("ensure this value has at most {MAX_LENGTH} characters");
            (msg, "value_error.any_str.max_length", Some(ctx))
        }
        Malformed::Scheme => ("invalid or missing URL scheme".to_owned(), "value_error.url.scheme", None),
        Malformed::Host => ("URL host invalid".to_owned(), "value_error.url.host", None),
        Malformed::Port => {
            ("URL port invalid, port cannot exceed 65535".to_owned(), "value_error.url.port", None)
        }
    };
    invalid(&msg, kind, ctx)
}

fn invalid(msg: &str, kind: &'static str, ctx: Option<serde_json::Value>) -> Problem {
    Problem::Invalid(vec![Issue { ctx, ..Issue::new(["query", "url"], msg, kind) }])
}

fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotOurs(why) | Refusal::Denied(why) => Problem::Refused(why),
        Refusal::Missing(why) => Problem::Missing(why),
        Refusal::Failed(why) => Problem::Upstream(why),
        Refusal::Database(error) => Problem::database(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_come_as_it_is_or_encoded() {
        for (query, expected) in [
            ("url=https://host/a/b.zarr", "https://host/a/b.zarr"),
            ("url=https%3A%2F%2Fhost%2Fa%2Fb.zarr", "https://host/a/b.zarr"),
            ("x=1&url=a&url=https://host/a%20b.zarr&y", "https://host/a b.zarr"),
            ("url=%00%20", ""),
        ] {
            assert_eq!(asked(query).unwrap(), expected, "{query}");
        }
        assert!(asked("").is_err() && asked("URL=x").is_err());
    }
}
