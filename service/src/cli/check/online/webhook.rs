//! The App's webhook, and what became of the deliveries of the last day.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::Said;
use crate::config::Config;
use crate::domain::missed::{self, Attempt};
use crate::github::{AsApp, HookConfig};

const SUBJECT: &str = "webhook";
/// Where the service takes deliveries.
const PATH: &str = "/github/hooks";
/// What is older may have been set right since.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// A page has a hundred entries; a busy day has more, of which these tell enough.
const PAGES: usize = 3;

pub(super) async fn check(said: &mut Said, config: &Config, app: AsApp<'_>, now: DateTime<Utc>) {
    match app.hook_config().await {
        Ok(hook) => settings(said, config, &hook),
        Err(error) => said.unanswered(SUBJECT, &error),
    }
    match recent(app, now).await {
        Ok(attempts) => deliveries(said, &attempts),
        Err(error) => said.unanswered("deliveries", &error),
    }
}

fn settings(said: &mut Said, config: &Config, hook: &HookConfig) {
    let wanted = config.host().map(|host| format!("https://{host}{PATH}/"));
    let shown = wanted.as_deref().filter(|_| config.deployment.is_public()).unwrap_or("URL");
    let fix = format!("`pfo github-app hook-url {shown}`");
    if hook.url.is_empty() {
        said.error(SUBJECT, "has no address: nothing is delivered", fix);
        return;
    }
    address(said, config, &hook.url, wanted.as_deref(), &fix);
    if hook.content_type != "json" {
        said.error(
            SUBJECT,
            format!("sends `{}`; only `json` is read", hook.content_type),
            "`pfo github-app call PATCH /app/hook/config -f content_type=json`",
        );
    }
    if !hook.has_secret {
        said.error(
            SUBJECT,
            "has no secret: deliveries are not signed, and refused",
            "set *Webhook secret* on the App's settings page to the one of `github_app.webhook_secret`",
        );
    }
    if !hook.verifies_tls {
        said.error(
            SUBJECT,
            "does not look at our certificate: anybody in between can read and change deliveries",
            "`pfo github-app call PATCH /app/hook/config -f insecure_ssl=0`",
        );
    }
}

fn address(said: &mut Said, config: &Config, url: &str, wanted: Option<&str>, fix: &str) {
    let Ok(parsed) = Url::parse(url) else {
        said.error(SUBJECT, format!("has the address {url:?}, which is none"), fix);
        return;
    };
    if !config.deployment.is_public() {
        // A channel that is forwarded has any path; only what GitHub cannot reach is certainly wrong.
        let host = parsed.host_str().unwrap_or_default();
        if matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "[::1]") || host.ends_with(".invalid") {
            said.error(
                SUBJECT,
                format!("goes to {url}, which GitHub cannot reach"),
                "take a channel of a forwarding service, `pfo github-app hook-url CHANNEL` and `pfo forward CHANNEL`",
            );
        }
        return;
    }
    if parsed.scheme() != "https" {
        said.error(SUBJECT, format!("goes to {url}, unencrypted; only https:// is allowed"), fix);
    }
    let differs = wanted.is_some_and(|wanted| {
        let host = wanted.split("://").nth(1).and_then(|rest| rest.split('/').next());
        host != Some(&host_of(&parsed))
    });
    if differs {
        let wanted = wanted.unwrap_or_default();
        said.error(SUBJECT, format!("goes to {url}; this deployment is at {wanted}"), fix);
    } else if parsed.path().trim_end_matches('/') != PATH {
        said.error(SUBJECT, format!("goes to {url}; deliveries are taken at `{PATH}/`"), fix);
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

async fn recent(app: AsApp<'_>, now: DateTime<Utc>) -> crate::github::Result<Vec<Attempt>> {
    let mut attempts = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let page = app.deliveries(cursor.as_deref()).await?;
        let is_over = page.attempts.last().is_none_or(|oldest| now - oldest.at > RECENT);
        attempts.extend(page.attempts.into_iter().filter(|attempt| now - attempt.at <= RECENT));
        cursor = page.next;
        if is_over || cursor.is_none() {
            break;
        }
    }
    Ok(attempts)
}

fn deliveries(said: &mut Said, attempts: &[Attempt]) {
    let missed = missed::missed(attempts);
    if missed.is_empty() {
        return;
    }
    let mut answers: BTreeMap<i64, usize> = BTreeMap::new();
    for one in &missed {
        let attempt = attempts.iter().find(|attempt| attempt.id == one.attempt);
        *answers.entry(attempt.map_or(0, |attempt| attempt.status)).or_default() += 1;
    }
    let told: Vec<String> = answers
        .iter()
        .map(|(status, count)| match status {
            0 => format!("{count} not answered"),
            status => format!("{count} answered {status}"),
        })
        .collect();
    let why = match answers.iter().max_by_key(|(_, count)| **count).map_or(0, |(status, _)| *status) {
        0 => {
            "GitHub reaches nobody at the webhook's address in ten seconds: look whether the service, and what forwards to it, runs"
        }
        400 => "what comes is not what GitHub sent: look at what lies in between",
        401 | 403 => {
            "the signature does not fit: compare the App's webhook secret with `github_app.webhook_secret`"
        }
        404 | 405 => "nobody takes deliveries at that path: `pfo github-app hook-url` shows it",
        300..400 => "the webhook's address leads elsewhere, where GitHub does not follow: set the final one",
        500.. => "the service, or what stands before it, fails: look into its log",
        _ => "look at one with `pfo github-app deliveries --failed`",
    };
    said.error(
        "deliveries",
        format!("of the last 24 hours {} did not arrive: {}", missed.len(), told.join(", ")),
        format!("{why}; the service asks for what it missed when it starts"),
    );
}
