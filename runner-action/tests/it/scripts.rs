//! Our own Python scripts, in the real environment.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::world::real_environment;

fn ask(script: &str, args: &[&str], input: &str) -> Value {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let mut child = Command::new(real_environment().join("bin/python"))
        .arg("-I")
        .arg(file)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn requirements_are_installed_only_when_something_is_missing() {
    for (text, answer) in [
        ("# a comment only\n\n", "empty"),
        ("pangeo-forge-recipes==0.10.8\napache-beam\nzarr<3  # why\n", "satisfied"),
        ("Pangeo_Forge.Recipes>=0.10", "satisfied"),
        ("zarr==2.0.0", "install"),
        ("a-package-that-is-not-here", "install"),
        ("pywin32; sys_platform == 'win32'", "satisfied"),
        ("apache-beam[gcp]==2.67.0", "install"),
        ("-r other.txt", "install"),
        ("git+https://example.org/x.git", "install"),
    ] {
        assert_eq!(ask("requirements.py", &[], text), answer, "{text}");
    }
}

#[test]
fn the_stores_of_a_recipe_are_read_from_its_text() {
    let zarr = |path: &str| json!([{"path": path, "dataset_type": "zarr"}]);
    let two = "base = Create(p.items()) | StoreToZarr(store_name='a.zarr')\nother = X() | StoreToZarr(store_name='b.zarr')\nc = base\n";
    for (object, text, answer) in [
        ("base", two, zarr("a.zarr")),
        ("other", two, zarr("b.zarr")),
        ("c", two, zarr("a.zarr")),
        ("recipes", two, json!([])),
        (
            "recipes",
            "recipes = {}\nfor k in v:\n    recipes[k] = t.StoreToZarr(store_name='only.zarr')\n",
            zarr("only.zarr"),
        ),
        ("r", "r = StoreToZarr(store_name=f'{x}.zarr')", json!([])),
        (
            "r",
            "r = WriteReference(store_name='k')",
            json!([{"path": "k/reference.json", "dataset_type": "kerchunk"}]),
        ),
        (
            "r",
            "r: object = WriteCombinedReference(store_name='k', output_file_name='r.parquet')",
            json!([{"path": "k/r.parquet", "dataset_type": "kerchunk"}]),
        ),
        ("r", "r = (", json!([])),
    ] {
        assert_eq!(ask("store_names.py", &[object], text), answer, "{object}: {text}");
    }
}

#[test]
fn each_kind_of_dataset_is_found_in_a_target_and_changes_when_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let list = || {
        let target = json!({
            "fsspec_class": "fsspec.implementations.local.LocalFileSystem",
            "root_path": folder.path().join("root").display().to_string(),
        });
        ask("list_target.py", &[], &target.to_string())
    };
    assert_eq!(list(), json!([]), "a root that does not exist is empty");
    write("root/v2.zarr/.zgroup", "{}");
    write("root/v2.zarr/inner/.zgroup", "{}");
    write("root/deep/v3.zarr/zarr.json", "{}");
    write("root/k/reference.json", r#"{"version": 1, "refs": {}}"#);
    write("root/k/other.json", "{}");
    write("root/lazy.parquet/.zmetadata", "{}");
    write("root/table.parquet/part-0.parquet", "x");
    write("root/single.parquet", "x");
    let found = list();
    let mut kinds: Vec<(&str, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|store| (store["path"].as_str().unwrap(), store["dataset_type"].as_str().unwrap()))
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            ("deep/v3.zarr", "zarr"),
            ("k/reference.json", "kerchunk"),
            ("lazy.parquet", "kerchunk"),
            ("single.parquet", "parquet"),
            ("table.parquet", "parquet"),
            ("v2.zarr", "zarr"),
        ]
    );
    write("root/v2.zarr/.zgroup", "{ }");
    let changed: Vec<Value> = list()
        .as_array()
        .unwrap()
        .iter()
        .filter(|store| !found.as_array().unwrap().contains(store))
        .cloned()
        .collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["path"], "v2.zarr");
}
