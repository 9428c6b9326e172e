//! The App as it is registered: whether it is ours, asks for what is needed, and is told what is read.

use chrono::{DateTime, Utc};

use super::{Said, skew};
use crate::config::Config;
use crate::github::call::{EVENTS, app_permissions};
use crate::github::{Error, Registration};

const SUBJECT: &str = "GitHub App";

/// GitHub does not answer the App at all.
pub(super) fn refused(said: &mut Said, config: &Config, error: &Error, now: DateTime<Utc>) {
    let id = config.github.app_id;
    if !error.is_unauthorized() && !error.is_not_found() {
        said.unanswered(SUBJECT, error);
        return;
    }
    if let Some(skew) = skew(error.told_at(), now) {
        said.error(
            "clock",
            format!(
                "is {skew} GitHub's, and GitHub refuses what the App signs: {}",
                error.message().unwrap_or_default()
            ),
            "let this machine keep time with NTP",
        );
        return;
    }
    said.error(
        SUBJECT,
        format!("GitHub does not know the App {id} by this private key: {}", error.message().unwrap_or_default()),
        "compare `github_app.id` with the App's settings page, and make a new private key there if the old one was deleted",
    );
}

pub(super) fn check(said: &mut Said, config: &Config, app: &Registration, now: DateTime<Utc>) {
    let settings = format!("on the App's settings page ({})", app.html_url);
    if let Some(skew) = skew(app.told_at, now) {
        said.warn("clock", format!("is {skew} GitHub's"), "let this machine keep time with NTP");
    }
    if app.slug != config.github.app_name {
        said.warn(
            SUBJECT,
            format!("is called `{}` on GitHub, and `github_app.app_name` is `{}`", app.slug, config.github.app_name),
            "if it is the right App, leave it: `app_name` begins every storage path, and data would be looked for elsewhere; else correct `github_app.id` and the key",
        );
    }
    let needed = app_permissions();
    for (name, level) in &needed {
        let held = app.permissions.get(name).map(String::as_str);
        match held {
            Some(held) if held == level || held == "write" || held == "admin" => {}
            _ => said.error(
                SUBJECT,
                format!("asks for `{name}: {}`; `{name}: {level}` is needed", held.unwrap_or("none")),
                format!("change it {settings}, *Permissions & events*; every account then has to accept it"),
            ),
        }
    }
    for (name, level) in &app.permissions {
        let most = needed.iter().find(|(needed, _)| needed == name).map(|(_, level)| level.as_str());
        if most.is_none() || (most == Some("read") && level != "read") {
            said.warn(
                SUBJECT,
                format!("asks for `{name}: {level}`; `{name}: {}` is enough", most.unwrap_or("none")),
                format!("take it away {settings}, *Permissions & events*"),
            );
        }
    }
    for event in EVENTS {
        if !app.events.iter().any(|subscribed| subscribed == event) {
            said.error(
                SUBJECT,
                format!("does not subscribe to the event `{event}`"),
                format!("subscribe {settings}, *Permissions & events*"),
            );
        }
    }
    for event in app.events.iter().filter(|event| !EVENTS.contains(&event.as_str())) {
        said.warn(
            SUBJECT,
            format!("subscribes to the event `{event}`, which nobody reads"),
            format!("take it away {settings}, *Permissions & events*"),
        );
    }
}
