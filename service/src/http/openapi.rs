//! The OpenAPI document: what stands at the handlers, and what is true of all of them.

use axum::http::Method;
use serde::Serialize;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Array, Components, Contact, Content, ContentBuilder, HeaderBuilder, Info, KnownFormat, License,
    ObjectBuilder, OpenApi, PathItem, Paths, Ref, RefOr, Required, ResponseBuilder, Schema, SchemaFormat,
    Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::access::{Access, KEY_HEADER};
use super::routes::Route;
use crate::domain::public::NaiveTime;
use crate::store::page::{Column, Kind, Table};
use crate::store::{bakery, feedstock, recipe_run};

const KEY: &str = "APIKeyHeader";
/// What is answered before a request is read, without a body.
const UNREAD: [&str; 2] = ["414", "431"];
const DESCRIPTION: &str = "Reads need no key. What is written, and logs, need one in the header `X-API-Key`.\n\n\
    Times are UTC and have no zone. Lists are paged by `offset` or along the `Link` header, and every column filters them.";

/// The document without its routes.
pub(super) fn begin() -> OpenApi {
    let mut info = Info::new("Pangeo Forge Cloud API", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.into());
    let mut contact = Contact::new();
    contact.name = Some("Pangeo Forge API Team".into());
    contact.url = Some("https://github.com/pangeo-forge/pangeo-forge-orchestrator/issues".into());
    info.contact = Some(contact);
    let mut license = License::new("Apache 2.0");
    license.url = Some("https://www.apache.org/licenses/LICENSE-2.0.html".into());
    info.license = Some(license);
    let mut document = OpenApi::new(info, Paths::new());
    let mut components = Components::new();
    components.add_security_scheme(KEY, SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(KEY_HEADER))));
    let mut schemas = vec![
        (HttpError::name().into_owned(), HttpError::schema()),
        (HttpValidationError::name().into_owned(), HttpValidationError::schema()),
    ];
    HttpValidationError::schemas(&mut schemas);
    components.schemas.extend(schemas);
    document.components = Some(components);
    document
}

/// Adds to the operations what follows from their method, their parameters and who may use them.
pub(super) fn finish(document: &mut OpenApi, routes: &[Route]) {
    for route in routes {
        let Some(item) = document.paths.paths.get_mut(&route.path) else { continue };
        if let Some(operation) = operation(item, &route.method) {
            let lists: [(&str, &Table); 3] = [
                ("/recipe_runs/", &recipe_run::public::TABLE),
                ("/bakeries/", &bakery::TABLE),
                ("/feedstocks/", &feedstock::TABLE),
            ];
            let table = lists.iter().find(|(path, _)| *path == route.path && route.method == Method::GET);
            if let Some((_, table)) = table {
                complete_list(operation, table);
            }
            complete(operation, route);
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &Method) -> Option<&'a mut Operation> {
    match *method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::PATCH => item.patch.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    }
}

fn complete(operation: &mut Operation, route: &Route) {
    let has_key = matches!(route.access, Access::Key(_));
    let is_read = route.method == Method::GET;
    let has_body = operation.request_body.is_some();
    if has_key {
        operation.security = Some(vec![SecurityRequirement::new(KEY, Vec::<String>::new())]);
    }
    let said: [(&str, bool, &str); 9] = [
        ("304", is_read && !has_key, "It is what `If-None-Match` names"),
        ("401", has_key, "The key is not good"),
        ("403", has_key, "A key is needed, or another one"),
        ("404", route.path.contains('{'), "There is no such thing"),
        ("408", has_body, "The body did not arrive in time"),
        ("409", has_key && !is_read, "Other rows stand against it"),
        ("413", has_body, "The body is too large"),
        ("429", true, "Too many requests from one address; `Retry-After` says when to come again"),
        ("503", true, "The database does not answer"),
    ];
    for (status, applies, description) in said {
        if applies && !operation.responses.responses.contains_key(status) {
            let body = (status != "304").then_some("HTTPError");
            add_response(operation, status, description, body);
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
            && !UNREAD.contains(&status.as_str())
        {
            let body = if status == "422" { "HTTPValidationError" } else { "HTTPError" };
            response.content.insert("application/json".to_owned(), content_of(body).into());
        }
    }
    let takes_something = has_body || operation.parameters.as_ref().is_some_and(|all| !all.is_empty());
    if takes_something && !operation.responses.responses.contains_key("422") {
        add_response(operation, "422", "Validation Error", Some("HTTPValidationError"));
    }
}

fn add_response(operation: &mut Operation, status: &str, description: &str, body: Option<&str>) {
    let mut response = ResponseBuilder::new().description(description);
    if let Some(schema) = body {
        response = response.content("application/json", content_of(schema));
    }
    operation.responses.responses.insert(status.to_owned(), response.build().into());
}

fn content_of(schema: &str) -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
}

/// The filters of a list, the names that it can be ordered by, and its headers.
fn complete_list(operation: &mut Operation, table: &Table) {
    let parameters = operation.parameters.get_or_insert_with(Vec::new);
    let known = parameters.iter_mut().filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.name == "order_by" => Some(parameter),
        _ => None,
    });
    for parameter in known {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        parameter.schema =
            Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into());
    }
    for column in table.columns {
        let mut add = |name: String, description: &str, schema: RefOr<Schema>| {
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema));
            parameters.push(parameter.build().into());
        };
        let several = Array::new(schema_of(column));
        add(column.name.to_owned(), "Only rows with one of these values.", several.into());
        if column.kind == Kind::Time || column.name == "id" {
            add(
                format!("{}_since", column.name),
                "Only rows with this value or a later one.",
                schema_of(column),
            );
            add(format!("{}_before", column.name), "Only rows with an earlier value.", schema_of(column));
        }
    }
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
        for (name, schema_type, description) in [
            ("Link", Type::String, "The first, the next and the previous page (RFC 8288)"),
            (
                "X-Total-Count",
                Type::Integer,
                "How many rows there are in all, where that is known or was asked for",
            ),
        ] {
            let schema = ObjectBuilder::new().schema_type(schema_type);
            let header = HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build();
            response.headers.insert(name.into(), header.into());
        }
    }
}

fn schema_of(column: &Column) -> RefOr<Schema> {
    match column.kind {
        Kind::Integer => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .into(),
        Kind::Text | Kind::LongText => ObjectBuilder::new().schema_type(Type::String).into(),
        Kind::Word(words) => {
            let null = column.nullable.then_some("null");
            let words: Vec<&str> = words.iter().copied().chain(null).collect();
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
        }
        Kind::Bool => ObjectBuilder::new().schema_type(Type::Boolean).into(),
        Kind::Time => NaiveTime::schema(),
    }
}

/// What is wrong, in a sentence.
#[derive(ToSchema)]
#[schema(as = HTTPError)]
#[expect(dead_code, reason = "it is in the document; `Problem` writes it")]
struct HttpError {
    detail: String,
}

/// What is wrong, each with its place.
#[derive(ToSchema)]
#[schema(as = HTTPValidationError)]
#[expect(dead_code, reason = "it is in the document; `Problem` writes it")]
struct HttpValidationError {
    detail: Vec<ValidationError>,
}

/// One thing that is wrong.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is in the document; `Issue` writes it")]
struct ValidationError {
    /// Where: the part of the request, the name, and for a body that is no JSON the position.
    loc: Vec<Place>,
    /// What is wrong, for people.
    msg: String,
    /// What is wrong, for programs.
    #[schema(rename = "type")]
    kind: String,
    /// The figures of the message.
    #[schema(nullable = false)]
    ctx: Option<std::collections::BTreeMap<String, serde_json::Value>>,
}

/// A name or a position.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is in the document; `Issue` writes it")]
enum Place {
    Name(String),
    Position(u64),
}
