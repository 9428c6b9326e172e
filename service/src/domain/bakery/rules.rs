//! What the values of a bakery's file must be, each rule on its own. The file is public, so values are repeated, but for secrets that
//! should not be there.

use crate::domain::naming::PRODUCTION_FIELDS;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::{Form, Told};
use crate::domain::yaml::node::{Entry, Node};

/// The field in a path that stands for the place of one run; see [`crate::domain::naming::test_subpath`].
pub(super) const SUBPATH: &str = "{subpath}";
/// The field in a path that the runner fills with the job's name.
pub(super) const JOB_NAME: &str = "{job_name}";
/// The field in a public address that stands for the storage path.
pub(super) const ROOT_PATH: &str = "{root_path}";
/// Arguments that are secret wherever they appear.
const SECRET_ARGUMENTS: [&str; 5] = ["key", "secret", "password", "connection_string", "account_key"];
/// Values of the argument `token` that only say how credentials are found.
const TOKEN_METHODS: [&str; 4] = ["anon", "cache", "cloud", "google_default"];

pub(super) fn production_path(layout: &Told<&str>, said: &mut Findings) {
    if !fields(layout, &PRODUCTION_FIELDS, said) {
        return;
    }
    let text = layout.value;
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    let tells_apart = text.contains("{feedstock}") && text.contains("{recipe_id}");
    if !(tells_apart && text.split('/').all(is_part) && !text.contains(['\\', ' '])) {
        let problem = format!(
            "is {text:?}; it must be a relative path that contains `{{feedstock}}` and `{{recipe_id}}`, or two recipes would write to one place"
        );
        layout.is_wrong(problem, said);
    }
}

pub(super) fn target_root(root: &Told<&str>, said: &mut Findings) {
    if !root.value.contains(SUBPATH) {
        let problem =
            format!("is {:?}; it must contain `{SUBPATH}`, or all runs would write to one place", root.value);
        root.is_wrong(problem, said);
    }
    if root.value.contains(JOB_NAME) {
        let problem = format!(
            "is {:?}; a dataset's address cannot depend on `{JOB_NAME}`; use `{SUBPATH}` alone",
            root.value
        );
        root.is_wrong(problem, said);
    }
}

/// The runner fills templates with Python's `format`, which stops at any field that it does not know. Tells whether all are known.
pub(super) fn fields(template: &Told<&str>, allowed: &[&str], said: &mut Findings) -> bool {
    let rest = allowed.iter().fold(template.value.to_owned(), |rest, field| rest.replace(field, ""));
    let is_known = !rest.contains(['{', '}']);
    if !is_known {
        let problem =
            format!("is {:?}; between braces only {} may stand", template.value, allowed.join(" and "));
        template.is_wrong(problem, said);
    }
    is_known
}

pub(super) fn public_url(url: &Told<&str>, said: &mut Findings) {
    if !fields(url, &[ROOT_PATH], said) {
        return;
    }
    let is_web = url.value.starts_with("https://") || url.value.starts_with("http://");
    if !(is_web && url.value.contains(ROOT_PATH)) {
        let problem = format!("is {:?}; it must start with `https://` and contain `{ROOT_PATH}`", url.value);
        url.is_wrong(problem, said);
    }
}

pub(super) fn class_name(class: &Told<&str>, said: &mut Findings) {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
            && part.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    if !(class.value.contains('.') && class.value.split('.').all(is_name)) {
        let problem =
            format!("is {:?}; it must be a class with its module, such as `s3fs.S3FileSystem`", class.value);
        class.is_wrong(problem, said);
    }
}

/// Looks into mappings such as `client_kwargs` too; the reader of the file has bounded their depth.
pub(super) fn no_secret(bakery: &str, arguments: &Form<'_>, said: &mut Findings) {
    let Some((path, node)) = secret_argument(arguments.entries()) else { return };
    let told = Told { value: (), place: node.place, path: arguments.path_of(&path) };
    let problem = format!(
        "is a secret, and this file is public; put it into `secrets/bakery-args.{bakery}.yaml`, and change it where it came from"
    );
    told.is_wrong(problem, said);
}

/// The dotted path of the first argument that must not stand in a public file.
fn secret_argument(arguments: &[Entry]) -> Option<(String, &Node)> {
    arguments.iter().find_map(|Entry { key, value }| {
        let name = key.text()?;
        if value.is_null() {
            return None;
        }
        if SECRET_ARGUMENTS.contains(&name) {
            return Some((name.to_owned(), value));
        }
        // A token is a credential, or the name of a way to find one.
        if name == "token" {
            let is_method = value.text().is_some_and(|method| TOKEN_METHODS.contains(&method));
            return (!is_method).then(|| (name.to_owned(), value));
        }
        secret_argument(value.entries()?).map(|(path, node)| (format!("{name}.{path}"), node))
    })
}
