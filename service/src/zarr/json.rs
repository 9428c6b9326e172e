//! JSON objects whose order counts: attributes are shown in the order in which somebody wrote them.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Error, Result};
use crate::domain::dataset::stored::Attributes;

/// An object as a list.
#[derive(Debug, Default)]
pub(super) struct Ordered(pub(super) Attributes);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Ordered, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry::<String, Value>()? {
                    all.push(entry);
                }
                Ok(Ordered(all))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Reads a file. Zarr writes a number that is none as `NaN` into attributes, which JSON does not know.
pub(super) fn read<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T> {
    match serde_json::from_slice(bytes) {
        Ok(read) => Ok(read),
        Err(_) if has_bare_word(bytes) => {
            serde_json::from_slice(&quoted(bytes)).map_err(|error| Error::unreadable(file, &error))
        }
        Err(error) => Err(Error::unreadable(file, &error)),
    }
}

const BARE: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];

fn has_bare_word(bytes: &[u8]) -> bool {
    BARE.iter().any(|word| bytes.windows(word.len()).any(|part| part == *word))
}

/// The same with Python's words for such numbers as texts. What stands within a text is left alone.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest, mut within) = (Vec::with_capacity(bytes.len()), bytes, false);
    while let [first, others @ ..] = rest {
        let word = BARE.iter().find(|word| !within && rest.starts_with(word));
        if let Some(word) = word {
            out.push(b'"');
            out.extend_from_slice(word);
            out.push(b'"');
            rest = &rest[word.len()..];
            continue;
        }
        out.push(*first);
        rest = others;
        match first {
            b'"' => within = !within,
            // The next one is part of the text, whatever it is.
            b'\\' if within => {
                out.extend(rest.first());
                rest = rest.get(1..).unwrap_or_default();
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_is_kept() {
        let read: Ordered = read("x", br#"{"title": 1, "author": {"b": 1, "a": 2}}"#).unwrap();
        assert_eq!(read.0, [("title".to_owned(), json!(1)), ("author".to_owned(), json!({"a": 2, "b": 1}))]);
    }

    #[test]
    fn numbers_that_are_none_are_read() {
        let text = br#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" NaN", "d\\": NaN}"#;
        let found: Value = read("x", text).unwrap();
        assert_eq!(
            found,
            json!({"a": "NaN", "b": ["-Infinity", "Infinity"], "c": "NaN \" NaN", "d\\": "NaN"})
        );
        for broken in ["{\"a\": NaN", "NaNNaN", "\"\\", "{\"NaN"] {
            assert!(read::<Value>("x", broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
