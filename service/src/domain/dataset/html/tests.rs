//! Nothing of a store becomes more than text.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::domain::dataset::stored::{DataType, Stored, StoredArray};

const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" onmouseover=\"alert(1)",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "</li></ul></div><iframe src=//evil.example>",
    "<!--",
    "]]><svg onload=alert(1)>",
    "a\u{0}b\u{202E}c\u{1b}[31m",
    "<a href=//evil.example>&#x3c;",
];

/// A store in which everything that can be a text is this one.
fn store(text: &str) -> Stored {
    let attributes = vec![(text.to_owned(), json!(text)), ("list".to_owned(), json!([text, {text: text}]))];
    let array = StoredArray {
        shape: vec![2],
        dimensions: Some(vec![Some(text.to_owned())]),
        data_type: DataType::Other(text.to_owned()),
        chunks: Some(vec![1]),
        shards: Some(vec![2]),
        codecs: vec![text.to_owned()],
        fill_value: Some(json!(text)),
        fill_is_missing: true,
        attributes: attributes.clone(),
    };
    // Not the dimension's name, or some would be coordinates and others not.
    let name = format!("n{}", text.replace('/', ""));
    let names = [name.clone(), format!("{name}/a")];
    let arrays = names.into_iter().map(|name| (name, array.clone())).collect();
    Stored {
        zarr_format: 2,
        is_complete: false,
        groups: BTreeMap::from([(String::new(), attributes)]),
        arrays,
    }
}

fn page_of(text: &str) -> String {
    page(&Dataset::read(store(text)).unwrap(), "id")
}

/// The tags of a page without what is between them, and without the style.
fn tags(page: &str) -> Vec<&str> {
    let (_, page) = page.split_once("</style>").unwrap();
    page.split('<').skip(1).map(|part| part.split_once('>').unwrap().0).collect()
}

#[test]
fn s19_hostile_texts_stay_texts() {
    let plain = page_of("plain");
    for text in HOSTILE {
        let page = page_of(text);
        assert_eq!(tags(&page), tags(&plain), "{text}");
        assert!(!page.contains('\u{0}') && !page.contains('\u{202E}') && !page.contains('\u{1b}'), "{text}");
        let escaped = Escaped(text).to_string();
        assert!(page.matches(&escaped).count() >= 10, "{text} is shown where it stands");
    }
}

#[test]
fn a_page_brings_nothing_from_elsewhere_and_runs_nothing() {
    let page = page_of("plain");
    for word in ["<script", "http:", "https:", "url(", "@import", "src=", "href="] {
        let (_, body) = page.split_once("</style>").unwrap();
        assert!(!body.contains(word), "{word}");
        assert!(!STYLE.contains(word), "{word}");
    }
    assert!(tags(&page).iter().all(|tag| !tag.contains(" on")), "nothing happens on anything");
}

#[test]
fn every_folding_part_has_a_name_of_its_own() {
    let page = page_of("plain");
    let ids: Vec<&str> = page.split(" id='").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
    let labels: Vec<&str> = page.split(" for='").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
    assert_eq!(ids, labels);
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert!(ids.len() > 10 && different.len() == ids.len(), "{ids:?}");
    assert!(ids.iter().all(|id| id.starts_with("id-")));
}

#[test]
fn a_very_long_attribute_is_cut() {
    let text = "é".repeat(SHOWN + 5);
    let found = shown(&json!(text));
    assert!(found.ends_with(" … (10005 characters)") && found.starts_with('é'));
    assert_eq!(shown(&json!({"a": [1, null]})), r#"{"a":[1,null]}"#);
}
