//! One variable: a line, and what folds out of it.

use super::{Escaped, Page, shown};
use crate::domain::dataset::size::human;
use crate::domain::dataset::stored::DataType;
use crate::domain::dataset::{Group, Variable};

/// A sheet with lines on it.
const SHEET: &str = "<svg class='icon xr-icon-file-text2' viewBox='0 0 16 16' aria-hidden='true'>\
    <path d='M3 1h7l3 3v11H3zM5 6h6M5 9h6M5 12h4'/></svg>";
/// A stack of discs.
const DISCS: &str = "<svg class='icon xr-icon-database' viewBox='0 0 16 16' aria-hidden='true'>\
    <path d='M2 4c0-3 12-3 12 0v8c0 3-12 3-12 0zM2 4c0 3 12 3 12 0M2 8c0 3 12 3 12 0'/></svg>";

impl Page<'_> {
    pub(super) fn variable(&mut self, variable: &Variable, group: &Group) {
        let (attributes_id, data_id) = (self.fresh_id(), self.fresh_id());
        let is_index = group.dimensions.iter().any(|one| one.is_labelled && one.name == variable.name);
        let class = if is_index { " class='xr-has-index'" } else { "" };
        let (name, dimensions) = (Escaped(&variable.name), variable.dimensions.join(", "));
        let data_type = variable.data_type.to_string();
        let (dimensions, data_type) = (Escaped(&dimensions), Escaped(&data_type));
        self.put(format_args!(
            "<li class='xr-var-item'><div class='xr-var-name'><span{class}>{name}</span></div>\
             <div class='xr-var-dims'>({dimensions})</div><div class='xr-var-dtype'>{data_type}</div>"
        ));
        self.put(format_args!("<div class='xr-var-preview xr-preview'>{}</div>", preview(variable)));
        let none = if variable.attributes.is_empty() { " disabled" } else { "" };
        self.put(format_args!(
            "<input id='{attributes_id}' class='xr-var-attrs-in' type='checkbox'{none}>\
             <label for='{attributes_id}' title='Show/Hide attributes'>{SHEET}</label>\
             <input id='{data_id}' class='xr-var-data-in' type='checkbox'>\
             <label for='{data_id}' title='Show/Hide how it is stored'>{DISCS}</label><div class='xr-var-attrs'>"
        ));
        self.attributes(&variable.attributes);
        self.put(format_args!("</div><div class='xr-var-data'><table>"));
        for (name, value) in rows(variable) {
            let (name, value) = (Escaped(&name), Escaped(&value));
            self.put(format_args!("<tr><th>{name}</th><td>{value}</td></tr>"));
        }
        self.put(format_args!("</table></div></li>"));
    }
}

/// What stands on the line itself: there are no values, so it is what one asks next.
fn preview(variable: &Variable) -> String {
    let mut parts = Vec::new();
    if let Some(chunks) = &variable.array.chunks
        && !chunks.is_empty()
    {
        parts.push(format!("chunks ({})", list(chunks)));
    }
    if let Some(bytes) = variable.bytes() {
        parts.push(human(bytes));
    }
    parts.join(" · ")
}

fn rows(variable: &Variable) -> Vec<(String, String)> {
    let array = &variable.array;
    let mut rows = vec![("Shape".to_owned(), format!("({})", list(&array.shape)))];
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    if let Some(bytes) = variable.bytes() {
        row("Size", format!("{} uncompressed", human(bytes)));
    }
    let pieces =
        [("Shard", &array.shards, array.shard_count()), ("Chunk", &array.chunks, array.chunk_count())];
    for (name, lengths, count) in pieces {
        let Some(lengths) = lengths else { continue };
        let mut value = format!("({})", list(lengths));
        if let Some(bytes) = bytes(&array.data_type, lengths) {
            value = format!("{value}, {} uncompressed", human(bytes));
        }
        row(&format!("{name} shape"), value);
        if let Some(count) = count {
            row(&format!("{name}s"), count.to_string());
        }
    }
    row("Stored data type", array.data_type.to_string());
    let codecs = if array.codecs.is_empty() { "none".to_owned() } else { array.codecs.join(", ") };
    row("Compression and filters", codecs);
    if let Some(fill) = &array.fill_value {
        row("Fill value", shown(fill));
    }
    for (name, value) in &variable.encoding {
        row(name, shown(value));
    }
    rows
}

fn bytes(data_type: &DataType, lengths: &[u64]) -> Option<u64> {
    lengths.iter().try_fold(data_type.size()?, |product, length| product.checked_mul(*length))
}

/// `50, 18, 36`, and `3,` for one, as Python writes a tuple.
fn list(lengths: &[u64]) -> String {
    match lengths {
        [one] => format!("{one},"),
        all => all.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}
