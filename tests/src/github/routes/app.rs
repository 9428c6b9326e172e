//! The App about itself: installations, tokens, its webhook and what was delivered. Asked with the App's own token.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::auth::{Actor, create_token};
use super::super::hooks::Delivery;
use super::super::http::{Answer, Reply, bare, page};
use super::super::render::time;
use super::{Call, number};

/// Answers what only the App itself may ask, or none if there is no such route.
pub(super) fn answer(call: &mut Call<'_>, segments: &[&str]) -> Option<Reply> {
    let route: fn(&mut Call<'_>, &[&str]) -> Reply = match (call.request.method.as_str(), segments) {
        ("GET", ["app"]) => |call, _| Ok(Answer::json(200, call.world.app_json())),
        ("GET", ["app", "installations"]) => |call, _| Ok(installations(call)),
        ("GET", ["app", "installations", _]) => |call, path| installation(call, path[2]),
        ("POST", ["app", "installations", _, "access_tokens"]) => {
            |call, path| create_token(call.world, call.request, number(path[2])?)
        }
        ("GET", ["repos", _, _, "installation"]) => |call, path| installation_of(call, path[1], path[2]),
        ("GET", ["app", "hook", "config"]) => |call, _| Ok(Answer::json(200, hook_config(call))),
        ("PATCH", ["app", "hook", "config"]) => |call, _| set_hook_config(call),
        ("GET", ["app", "hook", "deliveries"]) => |call, _| deliveries(call),
        ("GET", ["app", "hook", "deliveries", _]) => |call, path| delivery(call, path[3]),
        ("POST", ["app", "hook", "deliveries", _, "attempts"]) => |call, path| redeliver(call, path[3]),
        _ => return None,
    };
    if !matches!(call.actor, Actor::App) {
        return Some(Err(Answer::refusal(401, "A JSON web token could not be decoded")));
    }
    Some(route(call, segments))
}

fn installations(call: &Call<'_>) -> Answer {
    let all =
        call.world.installations.values().map(|installation| call.world.installation_json(installation));
    page(call.request, &call.world.base_url, all.collect(), bare)
}

fn installation(call: &Call<'_>, id: &str) -> Reply {
    let installation = call.world.installations.get(&number(id)?).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, call.world.installation_json(installation)))
}

fn installation_of(call: &Call<'_>, owner: &str, name: &str) -> Reply {
    let installation =
        call.world.installation_of(&format!("{owner}/{name}")).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, call.world.installation_json(installation)))
}

fn hook_config(call: &Call<'_>) -> Value {
    let hook = &call.world.app.hook;
    let mut shown = json!({"insecure_ssl": if hook.insecure_ssl { "1" } else { "0" }});
    let told = [("url", hook.url.clone()), ("content_type", hook.content_type.clone())];
    let secret = ("secret", hook.has_secret.then(|| "********".to_owned()));
    for (field, value) in told.into_iter().chain([secret]) {
        if let Some(value) = value {
            shown[field] = json!(value);
        }
    }
    shown
}

/// Changes what is named and nothing else.
fn set_hook_config(call: &mut Call<'_>) -> Reply {
    #[derive(Deserialize)]
    struct Change {
        url: Option<String>,
        content_type: Option<String>,
        secret: Option<String>,
        insecure_ssl: Option<Value>,
    }
    let change: Change = call.request.fields()?;
    let hook = &mut call.world.app.hook;
    hook.url = change.url.or(hook.url.take());
    hook.content_type = change.content_type.or(hook.content_type.take());
    hook.has_secret |= change.secret.is_some();
    if let Some(insecure) = change.insecure_ssl {
        hook.insecure_ssl = insecure == "1" || insecure == 1;
    }
    Ok(Answer::json(200, hook_config(call)))
}

/// The log, newest first. GitHub pages it by a cursor, for which the id of an attempt does here.
fn deliveries(call: &mut Call<'_>) -> Reply {
    let before: u64 = match call.request.query("cursor") {
        Some(cursor) => {
            let uses = &mut call.world.cursor_uses;
            let is_over = *uses == Some(0);
            *uses = if is_over { None } else { uses.map(|left| left - 1) };
            let cursor = cursor.parse().ok().filter(|_| !is_over);
            cursor.ok_or_else(|| Answer::refusal(422, "Invalid cursor"))?
        }
        None => u64::MAX,
    };
    let per_page =
        call.request.query("per_page").and_then(|text| text.parse().ok()).unwrap_or(30).clamp(1, 100);
    let wanted = call.request.query("status").map(|word| word == "success");
    let older = call.world.log().filter(|entry| entry.id < before);
    let is_good = |entry: &Delivery| entry.status.is_some_and(|status| status < 400);
    let mut older = older.filter(|entry| wanted.is_none_or(|wanted| wanted == is_good(entry))).peekable();
    let shown: Vec<&Delivery> = older.by_ref().take(per_page).collect();
    let last = shown.last().map(|entry| entry.id);
    let answer = Answer::json(200, shown.into_iter().map(summary).collect());
    Ok(match (older.peek(), last) {
        (Some(_), Some(cursor)) => {
            let url = call.world.api_url(&format!("app/hook/deliveries?per_page={per_page}&cursor={cursor}"));
            answer.header("link", format!("<{url}>; rel=\"next\""))
        }
        _ => answer,
    })
}

fn delivery(call: &Call<'_>, id: &str) -> Reply {
    let id = number(id)?;
    let entry = call.world.log().find(|entry| entry.id == id).ok_or_else(Answer::not_found)?;
    let signed = entry.hook.signed_headers("a secret that only the receiver knows");
    let headers: Value = signed.into_iter().map(|(name, value)| (name, json!(value))).collect();
    let mut body = summary(entry);
    body["url"] = json!(call.world.app.hook.url);
    body["request"] = json!({"headers": headers, "payload": entry.hook.json()});
    body["response"] = json!({"headers": {}, "payload": ""});
    Ok(Answer::json(200, body))
}

fn redeliver(call: &mut Call<'_>, id: &str) -> Reply {
    let id = number(id)?;
    if call.world.redeliver(id) { Ok(Answer::json(202, json!({}))) } else { Err(Answer::not_found()) }
}

fn summary(entry: &Delivery) -> Value {
    let word = match entry.status {
        None if entry.throttled_at.is_some() => "throttled",
        None => "failed to connect to host",
        Some(..400) => "OK",
        Some(_) => "Invalid HTTP Response",
    };
    json!({
        "id": entry.id,
        "guid": entry.hook.delivery,
        "delivered_at": time(entry.at),
        "redelivery": entry.redelivery,
        "duration": 0.1,
        "status": word,
        "status_code": entry.status.unwrap_or(0),
        "event": entry.hook.event,
        "action": (!entry.hook.action.is_empty()).then_some(&entry.hook.action),
        "installation_id": entry.about.0,
        "repository_id": entry.about.1,
        "throttled_at": entry.throttled_at.map(time),
    })
}
