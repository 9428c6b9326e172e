//! The page about a dataset: the elements and class names of xarray's own, so that pages which style one style the other, with a style of
//! its own and nothing from anywhere else.
//!
//! Every text of a store is hostile until `Escaped` has had it. There is no script: what folds is a checkbox.

mod variable;

use std::fmt::{self, Display, Write as _};

use serde_json::Value;

use super::size::human;
use super::stored::Attributes;
use super::{Dataset, Dimension, Group, Variable};

const STYLE: &str = include_str!("html/style.css");
/// Longer lists are folded at first.
const OPEN_COORDINATES: usize = 25;
const OPEN_VARIABLES: usize = 15;
const OPEN_ATTRIBUTES: usize = 10;
/// Characters of one attribute that are shown: the rest of a licence helps nobody to know a dataset.
const SHOWN: usize = 10_000;

/// The page. `id` tells its foldable parts from those of other pages that are shown beside it: letters, digits and `-`.
pub fn page(dataset: &Dataset, id: &str) -> String {
    let mut page = Page { html: String::new(), id, parts: 0 };
    page.put(format_args!("<div><style>{STYLE}</style><div class='xr-wrap'><div class='xr-header'>"));
    page.put(format_args!("<div class='xr-obj-type'>xarray.Dataset</div>"));
    let (format, size) = (dataset.stored.zarr_format, human(dataset.bytes()));
    page.put(format_args!("<div class='xr-obj-name'>Zarr v{format} · {size} uncompressed</div></div>"));
    if !dataset.stored.is_complete {
        page.put(format_args!(
            "<p class='xr-note'>The store has no consolidated metadata and its host lists no files: only variables that are named by \
             others are shown.</p>"
        ));
    }
    page.group(&dataset.root);
    if !dataset.groups.is_empty() {
        page.groups(dataset);
    }
    page.put(format_args!("</div></div>"));
    page.html
}

/// What is written, and how many foldable parts it has.
struct Page<'a> {
    html: String,
    id: &'a str,
    parts: usize,
}

/// One foldable part of a group.
struct Section<'a> {
    name: &'a str,
    count: usize,
    is_open: bool,
}

impl Page<'_> {
    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        _ = self.html.write_fmt(text);
    }

    fn fresh_id(&mut self) -> String {
        self.parts += 1;
        format!("{}-{}", self.id, self.parts)
    }

    fn group(&mut self, group: &Group) {
        self.put(format_args!("<ul class='xr-sections'>"));
        self.dimensions(&group.dimensions);
        let (coordinates, variables) = (&group.coordinates, &group.variables);
        self.variables("Coordinates", coordinates, group, OPEN_COORDINATES);
        self.variables("Data variables", variables, group, OPEN_VARIABLES);
        let attributes = &group.attributes;
        let open = attributes.len() <= OPEN_ATTRIBUTES;
        let section = Section { name: "Attributes", count: attributes.len(), is_open: open };
        self.section(&section, |page| page.attributes(attributes));
        self.put(format_args!("</ul>"));
    }

    fn dimensions(&mut self, dimensions: &[Dimension]) {
        let id = self.fresh_id();
        self.put(format_args!(
            "<li class='xr-section-item'><input id='{id}' class='xr-section-summary-in' type='checkbox' disabled>\
             <label for='{id}' class='xr-section-summary'>Dimensions:</label>\
             <div class='xr-section-inline-details'><ul class='xr-dim-list'>"
        ));
        for dimension in dimensions {
            let class = if dimension.is_labelled { " class='xr-has-index'" } else { "" };
            let (name, size) = (Escaped(&dimension.name), dimension.size);
            self.put(format_args!("<li><span{class}>{name}</span>: {size}</li>"));
        }
        self.put(format_args!("</ul></div><div class='xr-section-details'></div></li>"));
    }

    fn variables(&mut self, name: &str, variables: &[Variable], group: &Group, open: usize) {
        let section = Section { name, count: variables.len(), is_open: variables.len() <= open };
        self.section(&section, |page| {
            page.put(format_args!("<ul class='xr-var-list'>"));
            for variable in variables {
                page.variable(variable, group);
            }
            page.put(format_args!("</ul>"));
        });
    }

    fn groups(&mut self, dataset: &Dataset) {
        let section = Section { name: "Groups", count: dataset.groups.len(), is_open: false };
        self.put(format_args!("<ul class='xr-sections'>"));
        self.section(&section, |page| {
            for (path, group) in &dataset.groups {
                page.put(format_args!("<div class='xr-group-name'>/{}</div>", Escaped(path)));
                page.group(group);
            }
        });
        self.put(format_args!("</ul>"));
    }

    fn section(&mut self, section: &Section<'_>, details: impl FnOnce(&mut Self)) {
        let id = self.fresh_id();
        let Section { name, count, is_open } = section;
        let state = match (count, is_open) {
            (0, _) => " disabled",
            (_, true) => " checked",
            (_, false) => "",
        };
        self.put(format_args!(
            "<li class='xr-section-item'><input id='{id}' class='xr-section-summary-in' type='checkbox'{state}>\
             <label for='{id}' class='xr-section-summary'>{name}: <span>({count})</span></label>\
             <div class='xr-section-inline-details'></div><div class='xr-section-details'>"
        ));
        if *count > 0 {
            details(self);
        }
        self.put(format_args!("</div></li>"));
    }

    fn attributes(&mut self, attributes: &Attributes) {
        self.put(format_args!("<dl class='xr-attrs'>"));
        for (name, value) in attributes {
            let (name, value) = (Escaped(name), Escaped(&shown(value)).to_string());
            self.put(format_args!("<dt><span>{name} :</span></dt><dd>{value}</dd>"));
        }
        self.put(format_args!("</dl>"));
    }
}

/// An attribute's value as text: a text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} … ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

/// A text that is nothing but text, between tags and within a quoted attribute.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // What turns the direction of the text around it.
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                other if other.is_control() && !"\n\t".contains(other) => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
