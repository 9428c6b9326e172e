//! The lists: filters, order and pages from a query, and the links from one page to the others.
//!
//! A page can be found by its offset, as the old service had it, or by a cursor, which costs the same at any depth and neither skips nor
//! repeats a row when others are added. Links lead along cursors.

use std::fmt::Write;

use axum::Json;
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use super::values;
use crate::http::Shared;
use crate::http::problem::Problem;
use crate::store::page::{self, Column, From, Is, Kind, Page, Rows, Table};

/// How many rows a page has at most, and without a word about it.
pub(in crate::http) const LIMIT: i64 = 100;
/// How many values the filters of one request have, all together.
const MOST_FILTERS: usize = 50;
/// How many rows there are in all.
pub(in crate::http) const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// The parameters of every list, for the document. Each column of the list is a filter besides.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it is in the document; a query is read parameter by parameter, to tell everything that is wrong"
)]
pub(in crate::http) struct Parameters {
    /// How many rows are passed over.
    #[param(default = 0, minimum = 0, nullable = false)]
    offset: Option<i64>,
    /// How many rows there are at most.
    #[param(default = 100, minimum = 1, maximum = 100, nullable = false)]
    limit: Option<i64>,
    /// By which column; without it, by id. Rows that agree are in the order of their ids, and rows without a value come last.
    #[param(nullable = false)]
    order_by: Option<String>,
    /// Upwards or downwards.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
    /// From where another page ended, as the links of that page tell; `offset` does not count then.
    #[param(nullable = false)]
    cursor: Option<String>,
    /// Whether to count all rows, for `X-Total-Count`; a list that fits a page tells it without.
    #[param(default = false, nullable = false)]
    count: Option<bool>,
}

/// Upwards or downwards.
#[derive(Debug, Default, ToSchema)]
#[schema(rename_all = "lowercase", default)]
#[expect(dead_code, reason = "as above")]
pub(in crate::http) enum Sort {
    /// Upwards.
    #[default]
    Asc,
    /// Downwards.
    Desc,
}

/// Answers a list of rows of a table. `path` is where it is found.
pub(in crate::http) async fn answer<R>(
    shared: &Shared,
    table: &'static Table,
    path: &str,
    pairs: Vec<(String, String)>,
) -> Result<Response, Problem>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Serialize + Send + Unpin,
{
    let mut params = Params::new(pairs);
    let page = read(&mut params, table);
    let count = params.truth("count", false);
    let kept: Vec<(String, String)> = kept(&params, table);
    params.finish()?;
    let (rows, total) = async {
        let mut tx = shared.app.store.glance().await?;
        let rows: Rows<R> = table.list(&mut tx, &page).await?;
        let total = match known_total(&page, &rows) {
            None if count => Some(table.count(&mut tx, &page).await?),
            known => known,
        };
        Ok((rows, total))
    }
    .await
    .map_err(|error| Problem::database(&error))?;
    let mut headers = HeaderMap::new();
    if let Some(total) = total {
        headers.insert(TOTAL, total.into());
    }
    let links = links(path, &kept, &page, &rows);
    if let Ok(links) = HeaderValue::try_from(links) {
        headers.insert(LINK, links);
    }
    Ok((headers, Json(rows.rows)).into_response())
}

/// The last page of a list tells by itself how many rows there are; others are counted when somebody asks.
fn known_total<R>(page: &Page, rows: &Rows<R>) -> Option<i64> {
    match page.from {
        From::Offset(offset) if !rows.more && (offset == 0 || !rows.rows.is_empty()) => {
            Some(offset.saturating_add(i64::try_from(rows.rows.len()).ok()?))
        }
        _ => None,
    }
}

fn read(params: &mut Params, table: &'static Table) -> Page {
    let offset = params.integer("offset", 0, 0, i64::MAX);
    let limit = params.integer("limit", LIMIT, 1, LIMIT);
    let order = order(params, table);
    let descending = params.constant("sort", &["asc", "desc"]) == "desc" && params.last("order_by").is_some();
    let filters = filters(params, table);
    let from = match params.last("cursor").map(|text| read_cursor(text, order, descending)) {
        None => From::Offset(offset),
        Some(Some(from)) => from,
        Some(None) => {
            params.refuse("cursor", values::not_a_cursor());
            From::Offset(offset)
        }
    };
    Page { filters, order, descending, from, limit }
}

fn order(params: &mut Params, table: &'static Table) -> &'static Column {
    let Some(name) = params.last("order_by") else { return table.id() };
    if let Some(column) = table.column(name) {
        return column;
    }
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let wrong = values::not_permitted(name, &names);
    params.refuse("order_by", wrong);
    table.id()
}

/// The names by which a column is filtered, and how each compares.
fn names(column: &Column) -> Vec<(String, Is)> {
    let mut names = vec![(column.name.to_owned(), Is::Equal)];
    if column.kind == Kind::Time || column.name == "id" {
        names.push((format!("{}_since", column.name), Is::Since));
        names.push((format!("{}_before", column.name), Is::Before));
    }
    names
}

fn filters(params: &mut Params, table: &'static Table) -> Vec<(&'static Column, Is, page::Value)> {
    let mut filters = Vec::new();
    for column in table.columns {
        for (name, is) in names(column) {
            for text in params.all(&name) {
                if column.nullable && is == Is::Equal && text == "null" {
                    filters.push((column, is, page::Value::Null));
                    continue;
                }
                match values::of_column(column.kind, &text) {
                    Ok(value) => filters.push((column, is, value)),
                    Err(wrong) => params.refuse(&name, wrong),
                }
                if filters.len() > MOST_FILTERS {
                    params.refuse(&name, values::too_many(MOST_FILTERS));
                    return filters;
                }
            }
        }
    }
    filters
}

/// The parameters that every link of a list repeats.
fn kept(params: &Params, table: &'static Table) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    let filters = table.columns.iter().flat_map(names).map(|(name, _)| name);
    for name in filters.chain(["order_by", "sort", "limit"].map(str::to_owned)) {
        kept.extend(params.all(&name).into_iter().map(|value| (name.clone(), value)));
    }
    kept
}

/// The links to the first, the next and the previous page, as RFC 8288 has them.
fn links<R: Serialize>(path: &str, kept: &[(String, String)], page: &Page, rows: &Rows<R>) -> String {
    let mut links = String::new();
    let mut link = |rel: &str, more: &[(&str, &str)]| {
        let pairs =
            kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more.iter().copied());
        let query = encode(pairs);
        let separator = if links.is_empty() { "" } else { ", " };
        let mark = if query.is_empty() { "" } else { "?" };
        // Writing to a String cannot fail.
        let _ = write!(links, "{separator}<{path}{mark}{query}>; rel=\"{rel}\"");
    };
    link("first", &[]);
    if page.order.kind == Kind::LongText {
        // A cursor would hold the value, and links longer than proxies pass on.
        let From::Offset(offset) = page.from else { return links };
        if rows.more {
            link("next", &[("offset", &offset.saturating_add(page.limit).to_string())]);
        }
        if offset > 0 {
            link("prev", &[("offset", &(offset - page.limit).max(0).to_string())]);
        }
        return links;
    }
    let backwards = matches!(page.from, From::UpTo(..));
    // A page that was read backwards has rows behind it: those that it was read from.
    if let Some(last) = rows.rows.last().filter(|_| rows.more || backwards) {
        link("next", &[("cursor", &write_cursor(page, last, "next"))]);
    }
    let begins = match page.from {
        From::Offset(offset) => offset == 0,
        From::After(..) => false,
        From::UpTo(..) => !rows.more,
    };
    if let Some(first) = rows.rows.first().filter(|_| !begins) {
        link("prev", &[("cursor", &write_cursor(page, first, "prev"))]);
    }
    links
}

fn write_cursor<R: Serialize>(page: &Page, row: &R, way: &str) -> String {
    let row = serde_json::to_value(row).unwrap_or_default();
    let cursor = json!([page.order.name, page.descending, way, row[page.order.name], row["id"]]);
    URL_SAFE_NO_PAD.encode(cursor.to_string())
}

/// Where a cursor leads, when it belongs to a list in this order.
fn read_cursor(text: &str, order: &Column, descending: bool) -> Option<From> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (column, down, way, value, id): (String, bool, String, Value, i64) =
        serde_json::from_slice(&bytes).ok()?;
    if column != order.name || down != descending {
        return None;
    }
    let value = match (&value, order.kind) {
        (Value::Null, _) if order.nullable => page::Value::Null,
        (Value::String(text), kind @ (Kind::Text | Kind::Word(_) | Kind::Time)) => {
            values::of_column(kind, text).ok()?
        }
        (Value::Number(number), Kind::Integer) => page::Value::Integer(number.as_i64()?),
        (Value::Bool(truth), Kind::Bool) => page::Value::Bool(*truth),
        _ => return None,
    };
    match way.as_str() {
        "next" => Some(From::After(value, id)),
        "prev" => Some(From::UpTo(value, id)),
        _ => None,
    }
}

fn encode<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
