//! What xarray says of the stores beside the tests, read out of the pages.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use harness::objects::Listing;
use harness::{stories, world};
use serde_json::Value;

use super::{ask, host};

/// Everything between two marks, from the first one on.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

/// The part of a page from the heading of one section of the root group to the next heading.
fn section<'a>(page: &'a str, name: &str) -> &'a str {
    let page = page.split_once("class='xr-group-name'").map_or(page, |(root, _)| root);
    let (_, rest) =
        page.split_once(&format!(">{name}: <span>")).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split_once("<li class='xr-section-item'>").map_or(rest, |(section, _)| section)
}

/// Name, dimensions, type, size and chunks of every variable of a section.
fn variables(section: &str) -> BTreeMap<String, [String; 4]> {
    section
        .split("<li class='xr-var-item'>")
        .skip(1)
        .map(|item| {
            let name = between(item, "<div class='xr-var-name'><span", "</span>").unwrap();
            let name = name.split_once('>').unwrap().1.to_owned();
            let of = |class: &str| plain(between(item, &format!("<div class='{class}'>"), "</div>").unwrap());
            let row = |name: &str| {
                between(item, &format!("<th>{name}</th><td>"), "</td>").unwrap_or_default().to_owned()
            };
            let chunks = row("Chunk shape").split_once(')').unwrap_or_default().0.to_owned() + ")";
            (name, [of("xr-var-dims"), of("xr-var-dtype"), row("Shape"), chunks])
        })
        .collect()
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn attributes(section: &str) -> Vec<String> {
    let mut names: Vec<String> = section
        .split("<dt><span>")
        .skip(1)
        .map(|rest| rest.split_once(" :</span>").unwrap().0.to_owned())
        .collect();
    names.sort();
    names
}

/// A tuple as Python writes it.
fn tuple(lengths: &Value) -> String {
    match &lengths.as_array().unwrap()[..] {
        [one] => format!("({one},)"),
        all => format!("({})", all.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
    }
}

fn expected(of: &Value) -> BTreeMap<String, [String; 4]> {
    let variables = of.as_object().unwrap().iter();
    variables
        .map(|(name, one)| {
            let dimensions: Vec<&str> =
                one["dims"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let dimensions = format!("({})", dimensions.join(", "));
            let data_type = one["dtype"].as_str().unwrap().to_owned();
            (name.clone(), [dimensions, data_type, tuple(&one["shape"]), tuple(&one["chunks"])])
        })
        .collect()
}

fn described() -> BTreeMap<String, Value> {
    let read = |name: &str| -> BTreeMap<String, Value> {
        let path = world::root().join("tests/zarr").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut all = read("described-v2.json");
    all.extend(read("described-v3.json"));
    all
}

/// Demands that a page says what xarray says.
fn compare(name: &str, page: &str, xarray: &Value) {
    for (section_name, of) in [("Coordinates", "coords"), ("Data variables", "data_vars")] {
        assert_eq!(variables(section(page, section_name)), expected(&xarray[of]), "{name}, {section_name}");
    }
    assert_eq!(attributes(section(page, "Attributes")), names(&xarray["attrs"]), "{name}");
    for (variable, one) in
        xarray["data_vars"].as_object().unwrap().iter().chain(xarray["coords"].as_object().unwrap())
    {
        let item = page
            .split("<li class='xr-var-item'>")
            .find(|item| item.contains(&format!(">{variable}</span></div>")));
        let item = item.unwrap().split_once("xr-var-data'>").unwrap().0;
        assert_eq!(attributes(item), names(&one["attrs"]), "{name}, {variable}");
    }
    let list = between(page, "<ul class='xr-dim-list'>", "</ul>").unwrap();
    let mut sizes: Vec<String> = list.split("<li>").skip(1).map(|one| one.replace("</li>", "")).collect();
    sizes.sort_by_key(|one| one.split_once('>').unwrap().1.to_owned());
    let labels = |dimension: &str| xarray["coords"].get(dimension).is_some();
    let of_xarray = xarray["dims"].as_object().unwrap().iter().map(|(dimension, size)| {
        let class = if labels(dimension) { " class='xr-has-index'" } else { "" };
        format!("<span{class}>{dimension}</span>: {size}")
    });
    assert_eq!(sizes, of_xarray.collect::<Vec<_>>(), "{name}");
}

fn names(of: &Value) -> Vec<String> {
    of.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

stories! {
    async fn a_page_says_what_xarray_says(app: &mut TestApp) {
        for listing in [Listing::Bucket, Listing::Directory] {
            let mut pages = 0;
            for (name, xarray) in described() {
                let (objects, address) = host(app, listing, &name).await;
                let answer = ask(app, &address).await;
                assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
                assert_eq!(answer.json()["dataset"], address.as_str());
                let json = answer.json();
                let page = json["html"].as_str().unwrap();
                compare(&name, page, &xarray);
                let asked = objects.requests();
                let is_alone = !name.contains("plain");
                assert_eq!(asked.len() <= 2, is_alone, "{name}: {asked:?}");
                assert!(asked.iter().all(|line| line.ends_with("zarr.json") || line.contains("/.z") || line.contains("list-type") || line.ends_with('/')), "no chunk is read: {asked:?}");
                assert!(page.contains(&format!("Zarr {}", &name[..2])), "{name}");
                pages += 1;
            }
            assert_eq!(pages, 7);
        }
    }

    async fn figures_and_storage_are_told_for_each_variable(app: &mut TestApp) {
        let (_objects, address) = host(app, Listing::None, "v3-sharded.zarr").await;
        let json = ask(app, &address).await.json();
        let page = json["html"].as_str().unwrap();
        for words in [
            "chunks (10, 100) · 390 KiB",
            "<tr><th>Shape</th><td>(100, 1000)</td></tr>",
            "<tr><th>Shard shape</th><td>(50, 1000), 195 KiB uncompressed</td></tr><tr><th>Shards</th><td>2</td></tr>",
            "<tr><th>Chunk shape</th><td>(10, 100), 3.90 KiB uncompressed</td></tr><tr><th>Chunks</th><td>100</td></tr>",
            "blosc (blocksize: 0, clevel: 5, cname: zstd, shuffle: shuffle, typesize: 4)",
            "<dt><span>units :</span></dt><dd>m s-1</dd>",
        ] {
            assert!(page.contains(words), "{words} is missing in\n{page}");
        }
        let (_objects, address) = host(app, Listing::None, "v2-tree.zarr").await;
        let json = ask(app, &address).await.json();
        let page = json["html"].as_str().unwrap();
        for words in ["Groups: <span>(3)</span>", "<div class='xr-group-name'>/coarse/monthly</div>", "<div class='xr-group-name'>/fine</div>"] {
            assert!(page.contains(words), "{words} is missing in\n{page}");
        }
    }

    async fn a_store_that_nobody_lists_shows_what_is_named_and_says_so(app: &mut TestApp) {
        let (objects, address) = host(app, Listing::None, "named.zarr").await;
        let copy = |from: &str, to: &str| {
            let text = std::fs::read(world::root().join("tests/zarr/v2-plain.zarr").join(from)).unwrap();
            objects.put(&format!("/bucket/named.zarr/{to}"), text);
        };
        for file in [".zgroup", "month/.zarray", "month/.zattrs", "time/.zarray", "time/.zattrs", "sst/.zarray", "sst/.zattrs"] {
            copy(file, file);
        }
        objects.put("/bucket/named.zarr/.zattrs", r#"{"coordinates": "month"}"#);
        let json = ask(app, &address).await.json();
        let page = json["html"].as_str().unwrap();
        assert!(page.contains("no consolidated metadata and its host lists no files"), "{page}");
        let found: Vec<String> = variables(section(page, "Coordinates")).into_keys().collect();
        assert_eq!(found, ["month", "time"]);
    }
}
