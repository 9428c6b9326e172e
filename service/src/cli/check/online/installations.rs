//! Where the App is installed, and whether each account let it do what it asks for.

use super::Said;
use crate::domain::id::InstallationId;
use crate::github::call::app_permissions;
use crate::github::{AsApp, Registration, Terms};

/// Answers the installations that can be spoken through.
pub(super) async fn check(
    said: &mut Said,
    app: AsApp<'_>,
    registration: &Registration,
) -> Vec<InstallationId> {
    let all = match app.terms().await {
        Ok(all) => all,
        Err(error) => {
            said.unanswered("installations", &error);
            return Vec::new();
        }
    };
    if all.is_empty() {
        said.error(
            "installations",
            "there is none: the App sees no repository",
            format!(
                "install it on the organisation of the recipes: {}/installations/new",
                registration.html_url
            ),
        );
    }
    let mut open = Vec::new();
    for terms in &all {
        let subject = format!("installation on {}", terms.account.login);
        if let Some(since) = terms.suspended_at {
            said.error(
                &subject,
                format!("is suspended since {}", since.format("%Y-%m-%d")),
                format!("an owner of {} takes that back: {}", terms.account.login, terms.html_url),
            );
            continue;
        }
        open.push(terms.id);
        let missing = not_accepted(terms, registration);
        if !missing.is_empty() {
            said.error(
                &subject,
                format!("did not accept {} yet", missing.join(", ")),
                format!("an owner of {} accepts it: {}", terms.account.login, terms.html_url),
            );
        }
    }
    open
}

/// What is needed and asked for, and not agreed to. What the App does not even ask for is said elsewhere.
fn not_accepted(terms: &Terms, registration: &Registration) -> Vec<String> {
    let holds = |held: Option<&String>, level: &str| {
        held.is_some_and(|held| held == level || held == "write" || held == "admin")
    };
    let needed = app_permissions().into_iter();
    let missing = needed.filter(|(name, level)| {
        holds(registration.permissions.get(name), level) && !holds(terms.permissions.get(name), level)
    });
    missing.map(|(name, level)| format!("`{name}: {level}`")).collect()
}
