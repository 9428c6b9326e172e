//! How an App comes out of a manifest: a person confirms it on a page, and the code that the browser brings back is good for one question.
//! <https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::auth::PRIVATE_KEY;
use super::super::http::{Answer, Reply};
use super::super::records::{Access, AppRecord, HookSettings};
use super::Call;
use crate::github::APP_ID;

/// How long a code is good for.
const CODE_LIFE: TimeDelta = TimeDelta::hours(1);
/// The longest name of an App.
const MAX_NAME: usize = 34;

/// The page on which a person confirms, who does so at once: the browser is sent back with the code and the state that it came with.
pub(super) fn confirm(call: &mut Call<'_>, _org: &str) -> Reply {
    let form: Vec<(String, String)> = call.request.form();
    let manifest = form.iter().find(|(name, _)| name == "manifest");
    let manifest: Option<Value> = manifest.and_then(|(_, text)| serde_json::from_str(text).ok());
    let manifest = manifest.ok_or_else(|| Answer::refusal(422, "Error Manifest could not be parsed"))?;
    let text =
        |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("/name");
    if name.is_empty() || name.chars().count() > MAX_NAME || text("/url").is_empty() {
        return Err(Answer::refusal(422, "Error name or url is wrong"));
    }
    if manifest.get("hook_attributes").is_some() && text("/hook_attributes/url").is_empty() {
        return Err(Answer::refusal(422, "Error Hook url cannot be blank"));
    }
    let state = call.request.query("state").unwrap_or_default().to_owned();
    let now = call.world.now();
    let code = format!("{:040x}", call.world.ids.next("token"));
    let mut back = reqwest::Url::parse(&text("/redirect_url"))
        .map_err(|_| Answer::refusal(422, "Error Redirect url must be a valid URL"))?;
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", &state);
    call.world.manifests.insert(code, (manifest, now));
    Ok(Answer::empty(302).header("location", back.to_string()))
}

/// The App behind a code: from then on it is the one of this world. Its key is the one that all tests have.
pub(super) fn convert(call: &mut Call<'_>, code: &str) -> Reply {
    #[derive(Deserialize)]
    struct Manifest {
        name: String,
        hook_attributes: Hook,
        default_permissions: std::collections::BTreeMap<String, String>,
        default_events: std::collections::BTreeSet<String>,
    }
    #[derive(Deserialize)]
    struct Hook {
        url: String,
        active: bool,
    }
    let now = call.world.now();
    let known = call.world.manifests.remove(code).filter(|(_, made)| now - *made < CODE_LIFE);
    let (manifest, _) = known.ok_or_else(Answer::not_found)?;
    let manifest: Manifest =
        serde_json::from_value(manifest).map_err(|error| Answer::refusal(422, &format!("Error {error}")))?;
    let permissions = manifest.default_permissions.into_iter();
    call.world.app = AppRecord {
        id: APP_ID,
        client_id: format!("Iv23test{APP_ID}"),
        slug: manifest.name.to_lowercase().replace(' ', "-"),
        permissions: permissions.filter_map(|(name, word)| Some((name, Access::parse(&word)?))).collect(),
        events: manifest.default_events,
        hook: HookSettings {
            url: Some(manifest.hook_attributes.url),
            content_type: Some("json".to_owned()),
            insecure_ssl: false,
            has_secret: manifest.hook_attributes.active,
        },
    };
    let mut body = call.world.app_json();
    body["client_secret"] = json!("canary-client-secret");
    body["webhook_secret"] = json!(manifest.hook_attributes.active.then_some("canary-webhook-secret"));
    body["pem"] = json!(PRIVATE_KEY);
    Ok(Answer::json(201, body))
}
