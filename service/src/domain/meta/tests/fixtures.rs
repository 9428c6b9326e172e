//! The feedstocks that the whole project tests with: what the check must say about each broken one, and that it passes the others.

use super::*;

macro_rules! feedstock {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../../../tests/feedstocks/", $name, "/feedstock/meta.yaml")),
            include_str!(concat!("../../../../../tests/feedstocks/", $name, "/feedstock/recipe.py")),
        )
    };
}

fn look((_, meta_yaml, recipe): (&str, &str, &str), names: &[&str]) -> Vec<(u32, Level, String)> {
    let modules = BTreeMap::from([("recipe.py".to_owned(), recipe.to_owned())]);
    let checked = check_with(meta_yaml.as_bytes(), names, &modules, &["local-direct"]);
    checked.findings.into_iter().map(|finding| (finding.line, finding.level, finding.message)).collect()
}

const NAMES: [&str; 3] = ["meta.yaml", "recipe.py", "requirements.txt"];

#[test]
fn each_broken_fixture_is_explained_on_its_line() {
    for (feedstock, expected) in [
        (feedstock!("bad-meta"), vec![(3, "no `object`")]),
        (feedstock!("bad-meta-duplicate-id"), vec![(5, "On lines 3 and 5 stands the id `tiny-daily`")]),
        (feedstock!("bad-meta-empty-file"), vec![(1, "holds nothing")]),
        (feedstock!("bad-meta-empty-recipes"), vec![(2, "an empty list")]),
        (feedstock!("bad-meta-extra-key"), vec![(5, "the key `bakery`")]),
        (feedstock!("bad-meta-no-recipes"), vec![(1, "no key `recipes`")]),
        (feedstock!("bad-meta-wrong-type"), vec![(1, "the number `42`"), (3, "the number `7`")]),
        (feedstock!("bad-meta-yaml"), vec![(3, "`[` that opens on line 3 is not closed before line 4")]),
    ] {
        let name = feedstock.0;
        let found = look(feedstock, &NAMES);
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for ((line, level, message), (expected_line, words)) in found.iter().zip(expected) {
            assert_eq!((*line, *level), (expected_line, Level::Failure), "{name}: {message}");
            assert!(message.contains(words), "{name}: {message}\nshould contain\n{words}");
        }
    }
}

#[test]
fn a_name_that_the_module_lacks_and_a_missing_file_are_seen() {
    let found = look(feedstock!("missing-object"), &NAMES);
    assert!(
        matches!(found.as_slice(), [(4, Level::Warning, text)] if text.contains("`no_such_name`")),
        "{found:?}"
    );
    let found = look(feedstock!("tiny-success"), &["meta.yaml", "recipe.py"]);
    assert!(
        matches!(found.as_slice(), [(1, Level::Failure, text)] if text.contains("`requirements.txt`")),
        "{found:?}"
    );
}

#[test]
fn every_other_fixture_passes() {
    for feedstock in [
        feedstock!("bad-requirements"),
        feedstock!("create-list"),
        feedstock!("dict-object"),
        feedstock!("dict-object-light"),
        feedstock!("import-error"),
        feedstock!("import-error-dict"),
        feedstock!("no-requirements"),
        feedstock!("not-a-transform"),
        feedstock!("pinned-requirements"),
        feedstock!("pipeline-error"),
        feedstock!("tiny-success"),
        feedstock!("two-recipes"),
        feedstock!("unpinned-requirements"),
    ] {
        let name = feedstock.0;
        let found = look(feedstock, &NAMES);
        let expected_warning =
            name == "import-error-dict" && found.iter().all(|(_, level, _)| *level == Level::Warning);
        assert!(found.is_empty() || expected_warning, "{name}: {found:?}");
    }
}
