//! What is told about the GitHub App: who it is, its secrets, and whom it serves. No value is repeated but names and labels.

use jsonwebtoken::EncodingKey;
use secrecy::SecretString;

use crate::domain::audience::Audience;
use crate::domain::yaml::finding::Findings;
use crate::domain::yaml::form::{Form, Told, mismatch};
use crate::domain::yaml::node::Kind;

/// The section `github_app`.
#[derive(Debug)]
pub(super) struct GithubApp {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) webhook_secrets: Vec<SecretString>,
    pub(super) private_key: SecretString,
    pub(super) audience: Audience,
}

pub(super) fn read(form: Form<'_>, said: &mut Findings) -> Option<GithubApp> {
    if form.value("id").is_none() {
        form.missing("id", "the App's number, which its settings page shows", said);
    }
    let id = form.number::<u64>("id", said);
    if let Some(told) = id.as_ref().filter(|told| told.value == 0) {
        told.is_wrong("is 0; the App's settings page shows its number", said);
    }
    let name = form.required_text("app_name", said);
    if let Some(told) = name.as_ref().filter(|told| !is_slug(told.value)) {
        told.is_wrong(
            format!(
                "is {:?}; it must be letters, digits, `-`, `_` and `.`: it begins every storage path",
                told.value
            ),
            said,
        );
    }
    let webhook_secrets = webhook_secrets(&form, said);
    let private_key = form.required_text("private_key", said);
    if let Some(told) =
        private_key.as_ref().filter(|told| EncodingKey::from_rsa_pem(told.value.as_bytes()).is_err())
    {
        told.is_wrong(
            "is not an RSA key in PEM form; write it below `private_key: |`, each line indented",
            said,
        );
    }
    let audience = audience(&form, said);
    form.close(said);
    Some(GithubApp {
        id: id?.value,
        name: name?.value.to_owned(),
        webhook_secrets: webhook_secrets?,
        private_key: SecretString::from(private_key?.value),
        audience: audience?,
    })
}

fn is_slug(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// One text, or a list of two.
fn webhook_secrets(form: &Form<'_>, said: &mut Findings) -> Option<Vec<SecretString>> {
    const KEY: &str = "webhook_secret";
    const WANTED: &str = "a text, or a list of two during a rotation";
    let Some(node) = form.value(KEY) else {
        form.missing(KEY, WANTED, said);
        return None;
    };
    let path = form.path_of(KEY);
    let nodes = match &node.kind {
        Kind::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let told = Told { value: nodes.len(), place: node.place, path: path.clone() };
    if !(1..=2).contains(&told.value) {
        told.is_wrong(format!("has {} secrets; one or two are allowed", told.value), said);
        return None;
    }
    let mut secrets = Vec::new();
    for node in nodes {
        match node.text() {
            None => mismatch(&path, node, WANTED, said),
            Some("") => Told { value: (), place: node.place, path: path.clone() }
                .is_wrong("is empty, and an empty secret would let anybody in", said),
            Some(secret) => secrets.push(SecretString::from(secret)),
        }
    }
    (secrets.len() == nodes.len()).then_some(secrets)
}

fn audience(form: &Form<'_>, said: &mut Findings) -> Option<Audience> {
    let plain = |told: Option<Told<Vec<Told<&str>>>>| -> Option<Vec<String>> {
        Some(told?.value.into_iter().map(|item| item.value.to_owned()).collect())
    };
    let only_on = plain(form.texts("run_only_on", said)).unwrap_or_default();
    let not_on = plain(form.texts("not_on", said)).unwrap_or_default();
    let repositories = plain(form.texts("repositories", said));
    match Audience::new(only_on, not_on, repositories.as_deref()) {
        Ok(audience) => Some(audience),
        Err(why) => {
            let keys = ["repositories", "not_on", "run_only_on"];
            let place = keys.iter().find_map(|key| form.value(key)).map_or(form.place(), |node| node.place);
            Told { value: (), place, path: "github_app".to_owned() }
                .is_wrong(format!("cannot say whom it serves: {why}"), said);
            None
        }
    }
}
