//! From the schemas of GitHub's description, which are in the dialect of `OpenAPI` 3.0, to validators.

use std::collections::BTreeMap;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// Makes a validator of a schema of the description, with the schemas it refers to.
pub(super) fn compile(schema: &Value, schemas: &BTreeMap<String, Value>) -> Result<Validator, String> {
    let mut needed: BTreeMap<String, Value> = BTreeMap::new();
    let mut root = schema.clone();
    let mut names = adapt(&mut root);
    while let Some(name) = names.pop() {
        if let (false, Some(schema)) = (needed.contains_key(&name), schemas.get(&name)) {
            let mut schema = schema.clone();
            names.extend(adapt(&mut schema));
            needed.insert(name, schema);
        }
    }
    let whole = json!({"allOf": [root], "components": {"schemas": needed}});
    // OpenAPI 3.0 schemas are draft 4 but for `nullable`; an exclusive bound is a flag in both.
    let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true);
    options.build(&whole).map_err(|error| error.to_string())
}

/// Writes `nullable` in the words of JSON Schema, everywhere below; returns the names of the schemas that are referred to.
fn adapt(schema: &mut Value) -> Vec<String> {
    let mut names = Vec::new();
    match schema {
        Value::Array(items) => names.extend(items.iter_mut().flat_map(adapt)),
        Value::Object(fields) => {
            names.extend(fields.values_mut().flat_map(adapt));
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                names.extend(reference.strip_prefix("#/components/schemas/").map(str::to_owned));
            }
            if fields.get("nullable") == Some(&json!(true)) {
                fields.remove("nullable");
                let inner = std::mem::take(fields);
                *schema = json!({"anyOf": [inner, {"type": "null"}]});
            }
        }
        _ => {}
    }
    names
}
