//! The check as its callers see it: whole files in, findings out.

mod broken;
mod fixtures;
mod garbage;
mod layout;

use std::collections::BTreeMap;

use super::*;

/// The names of the bakeries that the tests know.
fn bakeries(names: &[&str]) -> Vec<BakeryName> {
    names.iter().filter_map(|name| BakeryName::parse(name)).collect()
}

/// Checks a file with a `recipe.py` and a `requirements.txt` beside it.
fn check_text(meta_yaml: &str) -> Checked {
    check_bytes(meta_yaml.as_bytes())
}

fn check_bytes(meta_yaml: &[u8]) -> Checked {
    let modules = BTreeMap::from([(
        "recipe.py".to_owned(),
        "import apache_beam as beam\nrecipe = beam.Create([])\nrecipes = {'a': recipe}\ndaily = monthly = recipe\n".to_owned(),
    )]);
    check_with(
        meta_yaml,
        &["meta.yaml", "recipe.py", "other.py", "requirements.txt"],
        &modules,
        &["local-direct", "osn"],
    )
}

fn check_with(
    meta_yaml: &[u8],
    names: &[&str],
    modules: &BTreeMap<String, String>,
    known: &[&str],
) -> Checked {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let files = FeedstockFiles { directory: "feedstock", meta_yaml, names: &names, modules };
    let checked = check(&files, &bakeries(known));
    let failed = checked.findings.iter().any(|finding| finding.level == Level::Failure);
    assert_eq!(checked.meta.is_some(), !failed, "a result exactly without failures: {checked:?}");
    for finding in &checked.findings {
        assert!(finding.line >= 1 && finding.end_line >= finding.line, "{finding:?}");
        assert_eq!(finding.column.is_some(), finding.line == finding.end_line, "{finding:?}");
        assert!(!finding.title.is_empty() && !finding.message.is_empty(), "{finding:?}");
    }
    checked
}

const MINIMAL: &str = "recipes:\n  - id: a\n    object: \"recipe:recipe\"\nbakery:\n  id: osn\n";

#[test]
fn a_minimal_file_is_understood() {
    let checked = check_text(MINIMAL);
    assert_eq!(checked.findings, []);
    let meta = checked.meta.map(|meta| (meta.title, meta.bakery.to_string(), meta.recipes));
    let object = ObjectRef { module: "recipe".into(), name: "recipe".into() };
    let entry = RecipeId::parse("a").map(|id| RecipeEntry { id, object });
    assert_eq!(meta, entry.ok().map(|entry| (None, "osn".into(), Recipes::Listed(vec![entry]))));
}

#[test]
fn what_the_runner_accepts_is_accepted() {
    for text in [
        "title: null\ndescription: ~\nprovenance:\nmaintainers:\n",
        "title: yes\ndescription: 12:30\n",
        "title: \"42\"\ndescription: |\n  Two\n  lines: with a colon\n",
        "title: >-\n  folded\n  text\n",
        "provenance: {}\nmaintainers: []\n",
        "provenance: {providers: [{roles: [1, x], anything: 3}, {}], licence-note: 1, license: MIT}\n",
        "maintainers: [{name: A, orcid: 0000-0002-1825-0097, github: a, affiliation: 7}]\n",
        "pangeo_forge_version: \"0.9.4\"\npangeo_notebook_version: \"2021.07.17\"\n",
        "# a comment\n---\n",
        "\u{feff}title: with a byte order mark\n",
        "? title\n: t\n",
        "title: \"a\tb\" # c\td\n# e\tf\n",
        "title: 'it''s\ta' # 'b\tc\ndescription: \"a\\\"\tb\" # \"\t\"\n",
        "description: |\n  a\tb\n\n  \tc\ntitle: >\n  d\te\n",
    ] {
        let checked = check_text(&format!("{text}{MINIMAL}"));
        assert_eq!(checked.findings, [], "{text}");
    }
    assert_eq!(check_text(&MINIMAL.replace('\n', "\r\n")).findings, []);
}

#[test]
fn anchors_and_aliases_are_understood() {
    let text = "title: &t Same text\ndescription: *t\nrecipes:\n  - &first {id: a, object: \"recipe:recipe\"}\n  - {id: b, object: \
                \"recipe:daily\"}\nbakery: &b {id: osn}\n";
    let checked = check_text(text);
    assert_eq!(checked.findings, []);
    assert_eq!(checked.meta.and_then(|meta| meta.title).as_deref(), Some("Same text"));
    let twice = check_text(
        &text
            .replace("recipes:\n", "recipes:\n  - {id: x, object: \"recipe:daily\"}\n")
            .replace("{id: b,", "{id: a,"),
    );
    assert_eq!(twice.findings.len(), 1, "{twice:?}");
    let merged = "recipes:\n  - &a {id: a, object: \"recipe:recipe\"}\n  - {<<: *a, id: b}\nbakery: {<<: [{id: osn}, {id: x}]}\n";
    assert_eq!(check_text(merged).findings, []);
}

#[test]
fn dictionaries_of_recipes_are_understood() {
    let checked = check_text(
        "recipes:\n  - dict_object: recipe:recipes\n  - dict_object: other:more\nbakery: {id: osn}\n",
    );
    assert_eq!(checked.findings, []);
    let names = checked.meta.map(|meta| match meta.recipes {
        Recipes::Dict(dicts) => dicts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        Recipes::Listed(_) => Vec::new(),
    });
    assert_eq!(names, Some(vec!["recipe:recipes".to_owned(), "other:more".to_owned()]));
}

#[test]
fn the_only_bakery_needs_no_mention() {
    let text = MINIMAL.replace("bakery:\n  id: osn\n", "");
    let names = ["recipe.py", "requirements.txt"];
    let one = check_with(text.as_bytes(), &names, &BTreeMap::new(), &["local-direct"]);
    assert_eq!(one.meta.map(|meta| meta.bakery.to_string()).as_deref(), Some("local-direct"));
    let several = check_with(text.as_bytes(), &names, &BTreeMap::new(), &["local-direct", "osn"]);
    let message = several.findings.first().map(|finding| finding.message.as_str()).unwrap_or_default();
    assert!(message.contains("`local-direct`, `osn`"), "{message}");
    let none = check_with(text.as_bytes(), &names, &BTreeMap::new(), &[]);
    assert!(none.findings.iter().any(|finding| finding.message.contains("has no bakery")), "{none:?}");
}

#[test]
fn a_thousand_recipes_are_allowed_and_one_more_is_not() {
    let recipe = |number: usize| format!("  - id: r{number}\n    object: \"recipe:recipe\"\n");
    let list = |count: usize| {
        format!("recipes:\n{}bakery: {{id: osn}}\n", (0..count).map(recipe).collect::<String>())
    };
    assert_eq!(check_text(&list(1000)).findings, []);
    let titles: Vec<_> =
        check_text(&list(1001)).findings.into_iter().map(|finding| (finding.line, finding.title)).collect();
    assert_eq!(titles, [(2, "Too many recipes".to_owned())]);
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_file() {
    let text = "title: 42\nrecipes:\n  - id: 7\n    object: recipe\n  - id: b c\n    objct: recipe:recipe\nbakery:\n  id: osm\nlicence: x\n";
    let lines: Vec<_> = check_text(text).findings.iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [1, 3, 4, 5, 6, 8, 9]);
}
