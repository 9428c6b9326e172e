//! Broken files, and for each the line and the words that a contributor must be told.

use super::*;

/// A complete entry and bakery, for files whose fault lies elsewhere.
const REST: &str = "recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery: {id: osn}\n";
const BAKERY: &str = "bakery: {id: osn}\n";

/// Text, rest of the file, line of the first finding, words of its message. The first finding must be a failure.
const SYNTAX: &[(&str, &str, u32, &str)] = &[
    ("title: a\n\tdescription: b\n", REST, 2, "A tab character"),
    ("bakery:\n\tid: osn\n", "", 2, "A tab character"),
    ("title:\ta\n", REST, 1, "A tab character"),
    ("recipes:\n  - id: a\n\t  object: x\n", "", 3, "A tab character"),
    ("title: a\t\n", REST, 1, "A tab character"),
    ("title: \"a\"\ndescription: b\tc\n", REST, 2, "A tab character"),
    ("? [title]\n: a\n", REST, 1, "Keys must be words"),
    ("maintainers: [{affi\n  liation: x}]\n", REST, 1, "Keys must be words"),
    ("title: \"a\"\t# b\n", REST, 1, "A tab character"),
    ("title: a\n\t\n", REST, 2, "A tab character"),
    ("maintainers: [{name: |a}]\n", REST, 1, "cannot start with `|`"),
    ("title: [a\n", REST, 1, "`[` that opens on line 1 is not closed before line 2"),
    ("title: {a: b\n", REST, 1, "`{` that opens on line 1"),
    ("title: a]\ndescription: ]\n", REST, 2, "closing bracket"),
    ("title: \"a\n", REST, 1, "quotes and brackets come in pairs"),
    ("title: 'it's'\n", REST, 1, "closing quote"),
    ("title: \"a\\qb\"\n", REST, 1, "backslash"),
    ("title: Rain: daily\n", REST, 1, "`title: \"Rain: daily\"`"),
    ("title: a\n description: b\n", REST, 2, "indented more"),
    ("title: @home\n", REST, 1, "cannot start with this character"),
    ("title: `code`\n", REST, 1, "cannot start with this character"),
    ("title: %a\n", REST, 1, "cannot start with this character"),
    ("title: *a\n", REST, 1, "no anchor"),
    ("title: &a [*a]\n", REST, 1, "itself part of"),
    ("title: a\nrecipes\n  - id: x\n", "", 2, "`recipes` has no colon"),
    ("recipes:\n  - id: a\n - id: b\n", "", 3, "same column"),
    ("- a\ntitle: b\n", "", 2, "same column"),
    ("title: a\n---\n", REST, 2, "second YAML document"),
    ("", "recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery: {id: osn}\n...\n", 3, "end mark"),
    ("title: a\ntitle: b\n", REST, 2, "the first is on line 1"),
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery:\n  <<: osn\n", "", 3, "must refer to a mapping"),
    ("title: !!str 42\n", REST, 1, "YAML tag"),
];

const SHAPE: &[(&str, &str, u32, &str)] = &[
    ("", "", 1, "holds nothing"),
    ("# only a comment\n", "", 1, "holds nothing"),
    ("just text\n", "", 1, "must be a mapping"),
    ("- id: a\n", "", 1, "is a list"),
    ("1: a\n", REST, 1, "the number `1`; keys must be texts"),
    ("title: 42\n", REST, 1, "`title: \"42\"`"),
    ("title: 2024-01-01\n", REST, 1, "the date `2024-01-01`"),
    ("title: true\n", REST, 1, "the value `true`"),
    ("title: [a]\n", REST, 1, "is a list; it must be a text"),
    ("description: {a: b}\n", REST, 1, "is a mapping of keys to values; it must be a text"),
    ("provenance: []\n", REST, 1, "it must be a mapping with `providers`"),
    ("provenance:\n  providers: NASA\n", REST, 2, "the text `NASA`; it must be a list"),
    ("provenance:\n  providers:\n", REST, 2, "`providers` is nothing"),
    ("provenance:\n  providers:\n    - NASA\n", REST, 3, "it must be a mapping"),
    ("provenance:\n  providers:\n    - name: 1\n", REST, 3, "`name: \"1\"`"),
    ("provenance:\n  providers:\n    - name: a\n      roles: producer\n", REST, 4, "`roles: [producer]`"),
    ("provenance:\n  license: 3\n", REST, 2, "`license: \"3\"`"),
    ("maintainers:\n  name: a\n", REST, 2, "`maintainers` is a mapping of keys to values; it must be a list"),
    ("maintainers:\n  - a\n", REST, 2, "it must be a mapping"),
    ("maintainers:\n  - name: a\n    orcid: 0000000218250097\n", REST, 3, "`orcid: \"0000000218250097\"`"),
    ("maintainers:\n  - github:\n", REST, 2, "`github` is nothing"),
];

const BAKERIES: &[(&str, &str, u32, &str)] = &[
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\n", "", 1, "no key `bakery`"),
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery: osn\n", "", 2, "bakery:\n  id: local-direct"),
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery:\n", "", 2, "`bakery` is nothing"),
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery: {}\n", "", 2, "has no `id`"),
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery:\n  id: osm\n", "", 3, "Did you mean `osn`?"),
    (
        "recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery:\n  id: elsewhere\n",
        "",
        3,
        "are `local-direct`, `osn`",
    ),
    ("recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery:\n  id: 3\n", "", 3, "the number `3`"),
];

const RECIPES: &[(&str, &str, u32, &str)] = &[
    ("title: a\n", BAKERY, 1, "no key `recipes`"),
    ("recipe:\n  - id: a\n    object: \"recipe:recipe\"\n", BAKERY, 1, "under the key `recipes`"),
    ("recipes:\n", BAKERY, 1, "`recipes` is nothing"),
    ("recipes: []\n", BAKERY, 1, "at least one is needed"),
    ("recipes: recipe:recipe\n", BAKERY, 1, "must be a list"),
    ("recipes:\n  id: a\n  object: recipe:recipe\n", BAKERY, 2, "is a mapping of keys to values"),
    ("recipes:\n  dict_object: recipe:recipes\n", BAKERY, 2, "the form of older runners"),
    ("recipes:\n  - recipe:recipe\n", BAKERY, 2, "must be a mapping with `id` and `object`"),
    ("recipes:\n  -\n", BAKERY, 2, "This recipe is nothing"),
    ("recipes:\n  - object: recipe:recipe\n", BAKERY, 2, "has no `id`"),
    ("recipes:\n  - id: a\n", BAKERY, 2, "has no `object`"),
    ("recipes:\n  - id: a\n    objct: recipe:recipe\n", BAKERY, 3, "Did you mean `object`?"),
    ("recipes:\n  - dict_objects: recipe:recipes\n", BAKERY, 2, "Did you mean `dict_object`?"),
    (
        "recipes:\n  - id: a\n    object: recipe:recipe\n    bakery: osn\n",
        BAKERY,
        4,
        "stops at any other key",
    ),
    ("recipes:\n  - id: a\n    dict_object: recipe:recipes\n", BAKERY, 2, "the keys of the dictionary"),
    (
        "recipes:\n  - id: a\n    object: recipe:recipe\n    dict_object: recipe:recipes\n",
        BAKERY,
        2,
        "only one is allowed",
    ),
    (
        "recipes:\n  - id: a\n    object: recipe:recipe\n  - dict_object: recipe:recipes\n",
        BAKERY,
        4,
        "must keep to one",
    ),
    ("recipes:\n  - id: 7\n    object: recipe:recipe\n", BAKERY, 2, "`id: \"7\"`"),
    ("recipes:\n  - id:\n    object: recipe:recipe\n", BAKERY, 2, "`id` is nothing"),
    ("recipes:\n  - id: a b\n    object: recipe:recipe\n", BAKERY, 2, "contains a space"),
    ("recipes:\n  - id: ../a\n    object: recipe:recipe\n", BAKERY, 2, "which no path may have"),
    ("recipes:\n  - id: all\n    object: recipe:recipe\n", BAKERY, 2, "`/run all`"),
    ("recipes:\n  - id: \"\"\n    object: recipe:recipe\n", BAKERY, 2, "is empty"),
    (
        "recipes:\n- {id: a, object: recipe:daily}\n- {id: b, object: recipe:recipe}\n- {id: a, object: recipe:recipe}\n",
        BAKERY,
        4,
        "On lines 2 and 4 stands the id `a`",
    ),
    (
        "recipes:\n- dict_object: recipe:recipes\n- dict_object: recipe:recipes\n",
        BAKERY,
        3,
        "stands the dictionary",
    ),
    ("recipes:\n  - id: a\n    object: recipe\n", BAKERY, 3, "has no colon"),
    ("recipes:\n  - id: a\n    object: recipe.py:recipe\n", BAKERY, 3, "leave out `.py`"),
    ("recipes:\n  - id: a\n    object: recipes/recipe:recipe\n", BAKERY, 3, "is a path"),
    ("recipes:\n  - id: a\n    object: \"recipe:\"\n", BAKERY, 3, "no name after the colon"),
    ("recipes:\n  - id: a\n    object: recipe:recipe()\n", BAKERY, 3, "not a plain Python name"),
    ("recipes:\n  - id: a\n    object: 3\n", BAKERY, 3, "`object: \"3\"`"),
    ("recipes:\n  - id: a\n    object: recip:recipe\n", BAKERY, 3, "Did you mean `recipe`?"),
    ("recipes:\n  - dict_object: [recipe:recipes]\n", BAKERY, 2, "is a list; it must be a text"),
];

/// Things that run, but hardly as meant.
const WARNINGS: &[(&str, &str, u32, &str)] = &[
    ("titel: a\n", REST, 1, "Did you mean `title`?"),
    ("licence: MIT\n", REST, 1, "Nobody reads the key `licence`"),
    ("maintainers:\n  - nam: a\n", REST, 2, "Did you mean `name`?"),
    ("provenance:\n  provider: []\n", REST, 2, "Did you mean `providers`?"),
    ("provenance:\n  providers:\n    - role: []\n", REST, 3, "Did you mean `roles`?"),
    (
        "recipes: [{id: a, object: \"recipe:recipe\"}]\nbakery:\n  id: osn\n  target: x\n",
        "",
        4,
        "only `id` is read",
    ),
    ("recipes:\n  - id: a\n    object: recipe:recipee\n", BAKERY, 3, "Did you mean `recipe`?"),
];

fn first_finding((text, rest, line, words): &(&str, &str, u32, &str), level: Level) {
    let file = format!("{text}{rest}");
    let findings = check_text(&file).findings;
    let first = findings.first().map(|finding| (finding.line, finding.level));
    assert_eq!(first, Some((*line, level)), "{file}\n{findings:?}");
    let message = findings.first().map(|finding| finding.message.as_str()).unwrap_or_default();
    assert!(message.contains(words), "{file}\n{message}\nshould contain\n{words}");
    assert_eq!(findings.len(), 1, "one fault, one finding: {file}\n{findings:?}");
}

#[test]
fn each_broken_file_is_explained_on_its_line() {
    for case in [SYNTAX, SHAPE, BAKERIES, RECIPES].into_iter().flatten() {
        first_finding(case, Level::Failure);
    }
}

#[test]
fn each_doubtful_file_is_mentioned_and_passes() {
    for case in WARNINGS {
        first_finding(case, Level::Warning);
    }
}

#[test]
fn a_missing_module_names_the_modules_there_are() {
    let files = ["meta.yaml", "requirements.txt"];
    let text = format!("recipes:\n  - id: a\n    object: recipe:recipe\n{BAKERY}");
    let none = check_with(text.as_bytes(), &files, &BTreeMap::new(), &["osn"]).findings;
    assert!(none.first().is_some_and(|finding| finding.message.contains("no `.py` file beside")), "{none:?}");
}

#[test]
fn a_similar_name_of_the_requirements_is_pointed_out() {
    let files = ["meta.yaml", "recipe.py", "requirement.txt"];
    let text = format!("recipes:\n  - id: a\n    object: recipe:recipe\n{BAKERY}");
    let findings = check_with(text.as_bytes(), &files, &BTreeMap::new(), &["osn"]).findings;
    assert!(
        findings.first().is_some_and(|finding| finding.message.contains("There is `requirement.txt`")),
        "{findings:?}"
    );
}

#[test]
fn bytes_that_are_no_text_are_found_on_their_line() {
    let findings = check_bytes(b"title: a\ndescription: caf\xe9\n").findings;
    let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.title.as_str())).collect();
    assert_eq!(found, [(2, "Not UTF-8")]);
    let findings = check_bytes(&vec![b'#'; MAX_BYTES + 1]).findings;
    assert!(
        findings.first().is_some_and(|finding| finding.title == "meta.yaml is too large"),
        "{findings:?}"
    );
}

#[test]
fn columns_point_at_the_value() {
    let findings =
        check_text("title: é\nrecipes:\n  - {id: é, object: \"recipe:recipe\"}\nbakery: {id: osn}\n")
            .findings;
    let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.column)).collect();
    assert_eq!(found, [(3, Some(10))]);
}
