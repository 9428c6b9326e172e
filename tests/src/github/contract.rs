//! Holds every request against GitHub's published `OpenAPI` description, so that neither the service nor the routes here can drift
//! from what GitHub really takes.
//!
//! The description is the file `api.github.com.json` of the npm package `@octokit/openapi`; the variable [`VARIABLE`] says where
//! it is. It is read once per process, and the schema of a body is compiled when it is first needed. Judged are: path and method,
//! query parameters, and bodies down to every field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contract_schema::compile;
use super::http::Request;

/// The environment variable with the path of the description.
const VARIABLE: &str = "GITHUB_OPENAPI";

static DESCRIPTION: OnceLock<Description> = OnceLock::new();
static VALIDATED: AtomicU64 = AtomicU64::new(0);

/// How many requests have been judged in this process, by all worlds together.
pub fn validated_in_process() -> u64 {
    VALIDATED.load(Ordering::Relaxed)
}

/// Reads the description, unless that is done.
///
/// # Panics
/// If it cannot be had: a suite that silently judged nothing would be worse than none.
pub(super) fn load() -> &'static Description {
    DESCRIPTION.get_or_init(|| match Description::read() {
        Ok(description) => description,
        Err(error) => panic!("{error}"),
    })
}

/// What is wrong with a request; one sentence each.
pub(super) fn violations(request: &Request) -> Vec<String> {
    VALIDATED.fetch_add(1, Ordering::Relaxed);
    let found = load().judge(request);
    found.into_iter().map(|what| format!("{} {}: {what}", request.method, request.path)).collect()
}

/// The part of an `OpenAPI` document that is used here; reading skips all else.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, OperationText>>,
    components: Components,
}

#[derive(Deserialize)]
struct Components {
    parameters: BTreeMap<String, Parameter>,
    schemas: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct OperationText {
    #[serde(default)]
    parameters: Vec<ParameterText>,
    #[serde(rename = "requestBody")]
    body: Option<BodyText>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ParameterText {
    Named {
        #[serde(rename = "$ref")]
        reference: String,
    },
    Inline(Parameter),
}

#[derive(Debug, Clone, Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    place: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    schema: Value,
    #[serde(default, rename = "x-multi-segment")]
    many_segments: bool,
}

#[derive(Deserialize)]
struct BodyText {
    #[serde(default)]
    required: bool,
    content: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    schema: Value,
}

/// The description, ready to judge.
#[derive(Debug)]
pub(super) struct Description {
    /// Those with most literal parts first: the first that fits is the one that is meant.
    operations: Vec<Operation>,
    schemas: BTreeMap<String, Value>,
}

#[derive(Debug)]
struct Operation {
    method: String,
    template: Vec<Part>,
    query: Vec<Parameter>,
    body: Option<BodyRule>,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    One,
    Many,
}

#[derive(Debug)]
struct BodyRule {
    required: bool,
    schema: Value,
    validator: OnceLock<Result<Validator, String>>,
}

impl Description {
    fn read() -> Result<Self, String> {
        let path = std::env::var_os(VARIABLE).ok_or_else(|| {
            format!(
                "{VARIABLE} is not set: it names GitHub's API description, against which the stand-in judges every request; \
                 `cargo xtask test` fetches the file and sets it"
            )
        })?;
        let shown = path.display();
        let text = std::fs::read(&path).map_err(|error| format!("{VARIABLE} names {shown}: {error}"))?;
        let document: Document = serde_json::from_slice(&text)
            .map_err(|error| format!("{VARIABLE} names {shown}, which is no OpenAPI document: {error}"))?;
        let Document { paths, components } = document;
        let mut operations = Vec::new();
        for (path, methods) in paths {
            for (method, text) in methods {
                operations.push(Operation::read(&path, &method, text, &components.parameters));
            }
        }
        operations.sort_by_key(|operation| std::cmp::Reverse(operation.literals()));
        Ok(Self { operations, schemas: components.schemas })
    }

    fn judge(&self, request: &Request) -> Vec<String> {
        let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        let method = request.method.as_str().to_ascii_lowercase();
        let mut fitting = self.operations.iter().filter(|operation| operation.method == method);
        let Some(operation) = fitting.find(|operation| fits(&operation.template, &segments)) else {
            return vec!["GitHub has no such method and path".to_owned()];
        };
        let mut found = operation.judge_query(request);
        match &operation.body {
            Some(rule) => found.extend(rule.judge(request, &self.schemas)),
            None if request.body.is_empty() || request.json() == json!({}) => {}
            None => found.push("this operation takes no body".to_owned()),
        }
        found
    }
}

/// Whether the parts of a path fit a template.
fn fits(template: &[Part], segments: &[&str]) -> bool {
    match (template, segments) {
        ([], []) => true,
        ([Part::Literal(literal), template @ ..], [segment, segments @ ..]) => {
            literal == segment && fits(template, segments)
        }
        ([Part::One, template @ ..], [_, segments @ ..]) => fits(template, segments),
        ([Part::Many, rest @ ..], [_, segments @ ..]) => fits(rest, segments) || fits(template, segments),
        _ => false,
    }
}

impl Operation {
    fn read(path: &str, method: &str, text: OperationText, named: &BTreeMap<String, Parameter>) -> Self {
        let parameters = text.parameters.into_iter().filter_map(|parameter| match parameter {
            ParameterText::Inline(parameter) => Some(parameter),
            ParameterText::Named { reference } => named.get(reference.rsplit('/').next()?).cloned(),
        });
        let (query, others): (Vec<_>, Vec<_>) = parameters.partition(|parameter| parameter.place == "query");
        let many: BTreeSet<_> =
            others.into_iter().filter(|other| other.many_segments).map(|other| other.name).collect();
        let parts = path.split('/').filter(|part| !part.is_empty());
        let template =
            parts.map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                None => Part::Literal(part.to_owned()),
                Some(name) if many.contains(name) => Part::Many,
                Some(_) => Part::One,
            });
        let body = text.body.and_then(|mut body| {
            let content = body.content.remove("application/json")?;
            Some(BodyRule { required: body.required, schema: content.schema, validator: OnceLock::new() })
        });
        Self { method: method.to_owned(), template: template.collect(), query, body }
    }

    fn literals(&self) -> usize {
        self.template.iter().filter(|part| matches!(part, Part::Literal(_))).count()
    }

    fn judge_query(&self, request: &Request) -> Vec<String> {
        let mut found = Vec::new();
        for (name, value) in &request.query {
            match self.query.iter().find(|parameter| parameter.name == *name) {
                None => {
                    let known: Vec<_> = self.query.iter().map(|parameter| parameter.name.as_str()).collect();
                    found.push(format!("query parameter {name} is unknown; known are {known:?}"));
                }
                Some(parameter) => found.extend(parameter.judge(value)),
            }
        }
        let missing = self.query.iter().filter(|parameter| parameter.required);
        let missing = missing.filter(|parameter| request.query(&parameter.name).is_none());
        found.extend(missing.map(|parameter| format!("query parameter {} is missing", parameter.name)));
        found
    }
}

impl Parameter {
    fn judge(&self, value: &str) -> Option<String> {
        let name = &self.name;
        let allowed = self.schema.get("enum").and_then(Value::as_array);
        if let Some(allowed) =
            allowed.filter(|allowed| allowed.iter().all(|word| word.as_str() != Some(value)))
        {
            return Some(format!("query parameter {name} is {value:?}; allowed are {}", json!(allowed)));
        }
        let fits = match self.schema.get("type").and_then(Value::as_str) {
            Some("integer") => value.parse::<i64>().is_ok(),
            Some("boolean") => value.parse::<bool>().is_ok(),
            _ => true,
        };
        (!fits).then(|| format!("query parameter {name} is {value:?}, which is no {}", self.schema["type"]))
    }
}

impl BodyRule {
    fn judge(&self, request: &Request, schemas: &BTreeMap<String, Value>) -> Vec<String> {
        if request.body.is_empty() {
            return self.required.then(|| "the body is missing".to_owned()).into_iter().collect();
        }
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return vec!["the body is no JSON".to_owned()];
        };
        let validator = match self.validator.get_or_init(|| compile(&self.schema, schemas)) {
            Ok(validator) => validator,
            Err(error) => return vec![format!("the schema of the body cannot be used: {error}")],
        };
        let errors = validator.iter_errors(&body);
        let errors = errors.map(|error| format!("body at {:?}: {error}", error.instance_path().to_string()));
        errors.chain(self.unknown_fields(&body)).collect()
    }

    /// GitHub overlooks fields that it does not know, which is how a misspelt one stays unnoticed.
    fn unknown_fields(&self, body: &Value) -> Vec<String> {
        let known = self.schema.get("properties").and_then(Value::as_object);
        let open = self.schema.get("additionalProperties").is_some_and(|rule| *rule != json!(false));
        let (Some(known), Some(fields), false) = (known, body.as_object(), open) else { return Vec::new() };
        let unknown = fields.keys().filter(|name| !known.contains_key(*name));
        unknown.map(|name| format!("body field {name:?} is unknown to GitHub")).collect()
    }
}
