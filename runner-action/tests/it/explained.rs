//! Messages that no captured output holds, and whose side they are put down to.

use std::path::Path;

use runner_action::explain::{Clues, explain};
use runner_action::traceback;
use runner_contract::FailureClass::{self, Bakery, DataSource, Recipe, Requirements, Service};

const FEEDSTOCK: &str = "/w/checkout/feedstock";

/// A traceback with these frames (file, function) above its error.
fn traceback_of(frames: &[(&str, &str)], error: &str) -> String {
    let frames: Vec<String> = frames
        .iter()
        .map(|(file, function)| format!("  File \"{file}\", line 5, in {function}\n    x()\n"))
        .collect();
    let frames = frames.concat();
    format!("Traceback (most recent call last):\n{frames}{error}\n")
}

fn told(text: &str, siblings: &[String]) -> (FailureClass, String) {
    let finding = traceback::read(text, Path::new(FEEDSTOCK)).unwrap();
    let located = finding.location.is_some();
    let (class, sentence) = explain(Clues { error: &finding.error, text, located, siblings });
    (class, sentence.unwrap_or_default())
}

#[test]
fn each_side_is_found_by_the_error_and_by_where_it_comes_from() {
    let recipe = ("/w/checkout/feedstock/recipe.py", "f");
    let library = ("/opt/pfr/lib/python3.11/site-packages/xarray/core.py", "merge");
    for (frames, error, class, said) in [
        (
            vec![library],
            "TypeError: unsupported operand type(s) for /: 'RequiredAtRuntimeDefault' and 'str'",
            Recipe,
            "with_resource_hints",
        ),
        (vec![recipe], "TypeError: 'NoneType' object is not iterable", Recipe, ""),
        (
            vec![recipe, library],
            "xarray.MergeError: conflicting values [while running 'StoreToZarr']",
            Recipe,
            "",
        ),
        (vec![library], "xarray.MergeError: conflicting values [while running 'StoreToZarr']", Recipe, ""),
        (
            vec![recipe],
            "aiohttp.client_exceptions.ClientResponseError: 503, message='x'",
            DataSource,
            "its source",
        ),
        (vec![library], "FileNotFoundError: https://example.org/day-1.nc", DataSource, "its source"),
        (vec![library], "ImportError: cannot import name 'x' from 'numpy'", Requirements, ""),
        (
            vec![library],
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
            Bakery,
            "keys",
        ),
        (vec![library], "OSError: [Errno 28] No space left on device", Service, "disk"),
        (vec![library], "RuntimeError: nobody knows", Service, ""),
    ] {
        let (found, sentence) = told(&traceback_of(&frames, error), &[]);
        assert_eq!(found, class, "{error}");
        assert!(sentence.contains(said) && sentence.is_empty() == said.is_empty(), "{error}: {sentence}");
    }
}

#[test]
fn a_missing_module_is_the_recipes_when_it_lies_beside_it() {
    let text = traceback_of(
        &[("/w/checkout/feedstock/recipe.py", "<module>")],
        "ModuleNotFoundError: No module named 'util.x'",
    );
    assert_eq!(told(&text, &["util".into()]).0, Recipe);
    assert_eq!(told(&text, &["recipe".into()]).0, Requirements);
}

#[test]
fn the_error_with_a_frame_in_the_feedstock_is_the_first_real_one() {
    let inner = traceback_of(&[("/lib/socket.py", "connect")], "OSError: refused");
    let outer = traceback_of(
        &[("/w/checkout/feedstock/recipe.py", "open_it")],
        "FileNotFoundError: https://x.example/1.nc",
    );
    let wrapper = traceback_of(&[("/lib/beam.py", "run")], "RuntimeError: the wrapper");
    let chain = "\nDuring handling of the above exception, another exception occurred:\n\n";
    let finding =
        traceback::read(&format!("{inner}{chain}{outer}{chain}{wrapper}"), Path::new(FEEDSTOCK)).unwrap();
    assert_eq!(finding.error, "FileNotFoundError: https://x.example/1.nc");
    let finding = traceback::read(&format!("{inner}{chain}{wrapper}"), Path::new(FEEDSTOCK)).unwrap();
    assert_eq!(finding.error, "RuntimeError: the wrapper");
}
