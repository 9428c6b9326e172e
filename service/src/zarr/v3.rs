//! The third format: one `zarr.json` for each node, in that of the root those of all others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::json::{self, Ordered};
use super::{Error, Node, Result, codec};
use crate::domain::dataset::stored::{DataType, StoredArray};

const SHARDING: &str = "sharding_indexed";
/// The codec that only says in which order the bytes of a number lie.
const BYTES: &str = "bytes";

#[derive(Deserialize)]
struct File {
    node_type: Kind,
    #[serde(default)]
    attributes: Option<Ordered>,
    consolidated_metadata: Option<Inline>,
    #[serde(default)]
    shape: Vec<u64>,
    #[serde(default)]
    data_type: Value,
    #[serde(default)]
    chunk_grid: Value,
    #[serde(default)]
    codecs: Vec<Value>,
    #[serde(default)]
    fill_value: Option<Value>,
    dimension_names: Option<Vec<Option<String>>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Array,
    Group,
}

#[derive(Deserialize)]
struct Inline {
    #[serde(default)]
    metadata: Option<BTreeMap<String, File>>,
}

/// Whether the root's file has all others.
pub(super) enum Consolidated {
    Yes(BTreeMap<String, Node>),
    No,
}

/// The root of a store, and the nodes below it where its file has them.
pub(super) fn root(file: &[u8]) -> Result<(Node, Consolidated)> {
    let mut root: File = json::read("zarr.json", file)?;
    let inline = root.consolidated_metadata.take().and_then(|inline| inline.metadata);
    let Some(inline) = inline else { return Ok((read(root)?, Consolidated::No)) };
    let mut nodes = BTreeMap::new();
    for (path, file) in inline {
        nodes.insert(path.trim_matches('/').to_owned(), read(file)?);
    }
    Ok((read(root)?, Consolidated::Yes(nodes)))
}

/// What a file below the root says.
pub(super) fn node(path: &str, file: &[u8]) -> Result<Node> {
    read(json::read(&format!("{path}/zarr.json"), file)?)
}

fn read(file: File) -> Result<Node> {
    let attributes = file.attributes.unwrap_or_default().0;
    if file.node_type == Kind::Group {
        return Ok(Node::Group(attributes));
    }
    let lengths = |of: &Value| -> Option<Vec<u64>> {
        of.get("chunk_shape")?.as_array()?.iter().map(Value::as_u64).collect()
    };
    let outer = file.chunk_grid.get("configuration").and_then(lengths);
    let sharding = file.codecs.iter().find(|codec| codec::name(codec) == SHARDING);
    let sharding = sharding.and_then(|codec| codec.get("configuration"));
    let inner_codecs = sharding.and_then(|sharding| sharding.get("codecs")?.as_array());
    let (chunks, shards) = match sharding {
        Some(sharding) => (lengths(sharding), outer),
        None => (outer, None),
    };
    let codecs = file
        .codecs
        .iter()
        .filter(|codec| codec::name(codec) != SHARDING)
        .chain(inner_codecs.into_iter().flatten());
    if file.data_type.is_null() {
        return Err(Error::unreadable("zarr.json", &"an array without a data type"));
    }
    Ok(Node::Array(Box::new(StoredArray {
        dimensions: file.dimension_names,
        data_type: data_type(&file.data_type),
        chunks,
        shards,
        codecs: codecs.filter(|codec| codec::name(codec) != BYTES).map(codec::third).collect(),
        shape: file.shape,
        fill_value: file.fill_value,
        fill_is_missing: false,
        attributes,
    })))
}

/// <https://zarr-specs.readthedocs.io/en/latest/v3/data-types/index.html>, and the names that zarr-python adds to them.
fn data_type(found: &Value) -> DataType {
    let name = codec::name(found);
    let setting = |name: &str| found.get("configuration").and_then(|settings| settings.get(name));
    let length = || setting("length_bytes").and_then(Value::as_u64);
    let unit = || setting("unit").and_then(Value::as_str).unwrap_or("generic").to_owned();
    let bytes = |prefix: &str| name.strip_prefix(prefix)?.parse::<u64>().ok().map(|bits| bits / 8);
    match name {
        "bool" => return DataType::Bool,
        "string" | "variable_length_utf8" | "variable_length_bytes" | "bytes" => return DataType::Object,
        "numpy.datetime64" => return DataType::DateTime(unit()),
        "numpy.timedelta64" => return DataType::TimeDelta(unit()),
        _ => {}
    }
    let number = bytes("int").map(DataType::Int).or_else(|| bytes("uint").map(DataType::UInt));
    let number = number.or_else(|| bytes("float").map(DataType::Float));
    let number = number.or_else(|| bytes("complex").map(DataType::Complex));
    let text = || match (name, length()) {
        ("fixed_length_utf32", Some(length)) => Some(DataType::Text(length / 4)),
        ("null_terminated_bytes", Some(length)) => Some(DataType::Bytes(length)),
        _ => None,
    };
    number.or_else(text).unwrap_or_else(|| DataType::Other(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_have_the_names_that_people_know() {
        let with = |name: &str, settings: Value| json!({"name": name, "configuration": settings});
        for (found, expected) in [
            (json!("float32"), "float32"),
            (json!("uint8"), "uint8"),
            (json!("complex128"), "complex128"),
            (json!("string"), "object"),
            (with("fixed_length_utf32", json!({"length_bytes": 12})), "<U3"),
            (with("null_terminated_bytes", json!({"length_bytes": 12})), "|S12"),
            (with("numpy.datetime64", json!({"unit": "ns", "scale_factor": 1})), "datetime64[ns]"),
            (json!("r16"), "r16"),
            (json!({"name": 1}), "unnamed"),
            (json!("int99999999999999999999"), "int99999999999999999999"),
        ] {
            assert_eq!(data_type(&found).to_string(), expected, "{found}");
        }
    }
}
