//! The keys that describe a dataset: `title`, `description`, `provenance`, `maintainers`. All are optional.
//!
//! The types are those that `pangeo-forge-runner` insists on. Keys that it does not know are no error in these mappings, so only
//! one that looks like a typing mistake is mentioned.

use super::super::nearest::nearest;
use super::super::yaml::finding::{Findings, quoted};
use super::super::yaml::node::{Entry, Kind, Node, find};

const PROVIDER: [(&str, &str); 3] = [
    ("name", "NASA JPL"),
    ("description", "Agency that produced the data"),
    ("url", "https://example.org/data"),
];
const MAINTAINER: [(&str, &str); 3] =
    [("name", "Jane Doe"), ("orcid", "0000-0002-1825-0097"), ("github", "janedoe")];

/// Checks the four keys, and answers the title.
pub(super) fn check(root: &[Entry], findings: &mut Findings) -> Option<String> {
    for (key, example) in
        [("title", "Global precipitation, daily"), ("description", "Daily means on a 1 degree grid")]
    {
        if let Some(entry) = find(root, key).filter(|entry| !entry.value.is_null()) {
            text(key, &entry.value, example, findings);
        }
    }
    if let Some(entry) = find(root, "provenance").filter(|entry| !entry.value.is_null()) {
        provenance(&entry.value, findings);
    }
    if let Some(entry) = find(root, "maintainers").filter(|entry| !entry.value.is_null()) {
        let example =
            "maintainers:\n  - name: Jane Doe\n    orcid: \"0000-0002-1825-0097\"\n    github: janedoe";
        people("maintainers", &entry.value, &MAINTAINER, example, findings);
    }
    find(root, "title").and_then(|entry| entry.value.text()).map(ToOwned::to_owned)
}

fn provenance(value: &Node, findings: &mut Findings) {
    let example = "provenance:\n  providers:\n    - name: NASA JPL\n      description: Agency that produced the data\n      roles: \
                   [producer]\n      url: https://example.org/data\n  license: CC-BY-4.0";
    let Some(entries) = value.entries() else {
        let message = format!(
            "`provenance` is {}; it must be a mapping with `providers` and `license`. For example:\n{example}",
            value.described()
        );
        return findings.failure(value.place, "`provenance` must be a mapping", message);
    };
    misspelt("provenance", entries, &["providers", "license"], findings);
    if let Some(license) = find(entries, "license") {
        text("license", &license.value, "CC-BY-4.0", findings);
    }
    let Some(providers) = find(entries, "providers") else { return };
    for provider in people("providers", &providers.value, &PROVIDER, example, findings) {
        let Some(roles) = find(provider, "roles").filter(|roles| roles.value.items().is_none()) else {
            continue;
        };
        let message = format!(
            "`roles` is {}; it must be a list, also with one role only. For example `roles: [producer]`.",
            roles.value.described()
        );
        findings.failure(roles.value.place, "`roles` must be a list", message);
    }
}

/// A list of mappings whose named keys, where given, are texts. Answers the mappings.
fn people<'n>(
    key: &str,
    value: &'n Node,
    fields: &[(&str, &str)],
    example: &str,
    findings: &mut Findings,
) -> Vec<&'n [Entry]> {
    let Some(items) = value.items() else {
        let message = format!("`{key}` is {}; it must be a list. For example:\n{example}", value.described());
        findings.failure(value.place, format!("`{key}` must be a list"), message);
        return Vec::new();
    };
    let mut people = Vec::new();
    for item in items {
        let Some(entries) = item.entries() else {
            let message = format!(
                "This entry of `{key}` is {}; it must be a mapping. For example:\n{example}",
                item.described()
            );
            findings.failure(item.place, format!("An entry of `{key}` must be a mapping"), message);
            continue;
        };
        for (field, example) in fields {
            if let Some(entry) = find(entries, field) {
                text(field, &entry.value, example, findings);
            }
        }
        let mut known: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
        if key == "providers" {
            known.push("roles");
        }
        misspelt(key, entries, &known, findings);
        people.push(entries);
    }
    people
}

/// Keys that nobody reads, if they look like one that is read and is not there.
fn misspelt(parent: &str, entries: &[Entry], known: &[&str], findings: &mut Findings) {
    for Entry { key, .. } in entries {
        let name = key.text().unwrap_or_default();
        if known.contains(&name) {
            continue;
        }
        if let Some(word) = nearest(name, known).filter(|word| find(entries, word).is_none()) {
            let message =
                format!("Nobody reads the key {} in `{parent}`. Did you mean `{word}`?", quoted(name));
            findings.warning(key.place, "Unknown key", message);
        }
    }
}

fn text(key: &str, value: &Node, example: &str, findings: &mut Findings) {
    if value.text().is_none() {
        not_a_text(key, value, example, findings);
    }
}

/// Reports that `value` should be a text, and shows how it becomes one.
pub(super) fn not_a_text(key: &str, value: &Node, example: &str, findings: &mut Findings) {
    let fix = match &value.kind {
        Kind::Other(_, raw) if !value.is_null() => {
            format!("Put it between quotes: `{key}: {}`.", as_quoted_yaml(raw))
        }
        _ => format!("For example `{key}: \"{example}\"`."),
    };
    let message = format!("`{key}` is {}; it must be a text. {fix}", value.described());
    findings.failure(value.place, format!("`{key}` must be a text"), message);
}

/// A raw scalar is short and has no special characters, or it would have been a text; quoting may only have cut it.
fn as_quoted_yaml(raw: &str) -> String {
    quoted(raw).replace('`', "\"")
}
