//! What chunks go through on their way to the store, in words.

use serde_json::{Map, Value};

/// `blosc (clevel: 5, cname: lz4)` of `{"id": "blosc", …}`, as the second format has it.
pub(super) fn second(codec: &Value) -> String {
    let Some(object) = codec.as_object() else { return codec.to_string() };
    let name = object.get("id").and_then(Value::as_str).unwrap_or("unnamed");
    words(name, object.iter().filter(|(key, _)| *key != "id"))
}

/// The same of `{"name": "blosc", "configuration": {…}}`, as the third format has it; a name alone is allowed too.
pub(super) fn third(codec: &Value) -> String {
    let empty = Map::new();
    let configuration = codec.get("configuration").and_then(Value::as_object).unwrap_or(&empty);
    words(name(codec), configuration.iter())
}

/// The name of a codec, a data type or a grid in the third format.
pub(super) fn name(extension: &Value) -> &str {
    extension.as_str().or_else(|| extension.get("name")?.as_str()).unwrap_or("unnamed")
}

fn words<'a>(name: &str, settings: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let settings: Vec<String> = settings
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key}: {text}"),
            other => format!("{key}: {other}"),
        })
        .collect();
    if settings.is_empty() { name.to_owned() } else { format!("{name} ({})", settings.join(", ")) }
}
