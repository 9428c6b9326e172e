//! The second format: `.zgroup`, `.zarray` and `.zattrs`, and `.zmetadata` with all of them.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::future;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::fetch::Fetch;
use super::json::{self, Ordered};
use super::{Error, Node, Result, codec};
use crate::domain::dataset::stored::{self, Attributes, DataType, StoredArray};

/// The attribute in which xarray keeps the names of dimensions.
const DIMENSIONS: &str = "_ARRAY_DIMENSIONS";

#[derive(Deserialize)]
struct Array {
    shape: Vec<u64>,
    chunks: Vec<u64>,
    dtype: Value,
    compressor: Option<Value>,
    fill_value: Option<Value>,
    filters: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(rename = "zarr_format")]
    _format: u8,
}

/// The root's attributes and the nodes below it, from `.zmetadata`.
pub(super) fn consolidated(file: &[u8]) -> Result<(Attributes, BTreeMap<String, Node>)> {
    #[derive(Deserialize)]
    struct Consolidated {
        metadata: Files,
    }
    let Consolidated { metadata: Files { arrays, groups, mut attributes } } = json::read(".zmetadata", file)?;
    let mut nodes = BTreeMap::new();
    for path in groups.into_iter().filter(|path| !path.is_empty()) {
        let attributes = attributes.remove(&path).unwrap_or_default();
        nodes.insert(path, Node::Group(attributes));
    }
    for (path, found) in arrays {
        if path.is_empty() {
            return Err(Error::NotFound);
        }
        let attributes = attributes.remove(&path).unwrap_or_default();
        nodes.insert(path, Node::Array(Box::new(array(found, attributes))));
    }
    Ok((attributes.remove("").unwrap_or_default(), nodes))
}

/// What the store says at a path; none when there is nothing.
pub(super) async fn node(fetch: &Fetch<'_>, path: &str) -> Result<Option<Node>> {
    let file = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    let (of_array, of_group, of_both) = (file(".zarray"), file(".zgroup"), file(".zattrs"));
    // Below the root most nodes are arrays, and at the root hardly any.
    let (found, attributes) = future::join(fetch.get(&of_array), fetch.get(&of_both)).await;
    if let Some(found) = found? {
        let (found, attributes) = (json::read(&of_array, &found)?, read_attributes(&of_both, attributes?)?);
        return Ok(Some(Node::Array(Box::new(array(found, attributes)))));
    }
    let Some(found) = fetch.get(&of_group).await? else { return Ok(None) };
    json::read::<Group>(&of_group, &found)?;
    Ok(Some(Node::Group(read_attributes(&of_both, attributes?)?)))
}

fn read_attributes(file: &str, text: Option<Vec<u8>>) -> Result<Attributes> {
    text.map_or(Ok(Attributes::new()), |text| Ok(json::read::<Ordered>(file, &text)?.0))
}

fn array(found: Array, mut attributes: Attributes) -> StoredArray {
    let names = stored::take(&mut attributes, DIMENSIONS);
    let names = names.as_ref().and_then(Value::as_array);
    let dimensions = names.map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    let filters = found.filters.iter().flatten();
    StoredArray {
        shape: found.shape,
        dimensions,
        data_type: data_type(&found.dtype),
        chunks: Some(found.chunks),
        shards: None,
        codecs: filters.chain(&found.compressor).map(codec::second).collect(),
        fill_value: found.fill_value,
        fill_is_missing: true,
        attributes,
    }
}

/// `<f4`, `|S3`, `<M8[ns]`, `|O`: <https://numpy.org/doc/stable/reference/arrays.interface.html>. A list is a record of several.
fn data_type(found: &Value) -> DataType {
    let other = || DataType::Other(found.as_str().map_or_else(|| found.to_string(), str::to_owned));
    let text = found.as_str().unwrap_or_default().trim_start_matches(['<', '>', '|', '=']);
    let Some(kind) = text.chars().next() else { return other() };
    let (size, unit) = text[kind.len_utf8()..].split_once('[').unwrap_or((&text[kind.len_utf8()..], ""));
    let unit = unit.trim_end_matches(']').to_owned();
    match (kind, size.parse::<u64>()) {
        ('b', Ok(1)) => DataType::Bool,
        ('i', Ok(size)) => DataType::Int(size),
        ('u', Ok(size)) => DataType::UInt(size),
        ('f', Ok(size)) => DataType::Float(size),
        ('c', Ok(size)) => DataType::Complex(size),
        ('M', Ok(8)) => DataType::DateTime(unit),
        ('m', Ok(8)) => DataType::TimeDelta(unit),
        ('U', Ok(size)) => DataType::Text(size),
        ('S', Ok(size)) => DataType::Bytes(size),
        ('O', _) => DataType::Object,
        _ => other(),
    }
}

/// The files of `.zmetadata` by the path of what they describe.
#[derive(Default)]
struct Files {
    arrays: BTreeMap<String, Array>,
    groups: Vec<String>,
    attributes: BTreeMap<String, Attributes>,
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Files;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Files, A::Error> {
                let mut files = Files::default();
                while let Some(file) = map.next_key::<String>()? {
                    let (path, name) = file.rsplit_once('/').unwrap_or(("", &file));
                    let path = path.trim_matches('/').to_owned();
                    match name {
                        ".zarray" => _ = files.arrays.insert(path, map.next_value()?),
                        ".zattrs" => _ = files.attributes.insert(path, map.next_value::<Ordered>()?.0),
                        ".zgroup" => {
                            map.next_value::<Group>()?;
                            files.groups.push(path);
                        }
                        _ => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(files)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_have_the_names_that_people_know() {
        for (found, expected) in [
            (json!("<f4"), "float32"),
            (json!(">i2"), "int16"),
            (json!("|u1"), "uint8"),
            (json!("|b1"), "bool"),
            (json!("<c16"), "complex128"),
            (json!("<M8[ns]"), "datetime64[ns]"),
            (json!("<m8[D]"), "timedelta64[D]"),
            (json!("<U3"), "<U3"),
            (json!("|S12"), "|S12"),
            (json!("|O"), "object"),
            (json!("|V8"), "|V8"),
            (json!([["a", "<f4"]]), r#"[["a","<f4"]]"#),
            (json!(""), ""),
            (json!("é"), "é"),
            (json!("<f99999999999999999999"), "<f99999999999999999999"),
        ] {
            assert_eq!(data_type(&found).to_string(), expected, "{found}");
        }
    }
}
