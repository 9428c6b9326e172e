//! What is told of installations: where the App may no longer work, or may work again. Each is a hint; whoever acts on it asks GitHub.

use super::Interpretation;
use super::payload::Payload;
use crate::domain::command::{Command, InstallationNews};
use crate::domain::id::RepoName;

/// The whole of it.
pub(super) fn changed(payload: &Payload) -> Interpretation {
    let (stopped, note) = match payload.action() {
        word @ ("deleted" | "suspend") => (Some(word.to_owned()), "an installation that may have ended"),
        "created" | "unsuspend" | "new_permissions_accepted" => (None, "an installation that may go on"),
        _ => return Interpretation::nothing("an action on an installation that changes nothing for us"),
    };
    news(payload, Vec::new(), stopped, note)
}

/// What it covers.
pub(super) fn repositories_changed(payload: &Payload) -> Interpretation {
    let (told, stopped, note) = match payload.action() {
        "removed" => {
            (&payload.repositories_removed, Some("removed".to_owned()), "repositories that may be gone")
        }
        "added" => (&payload.repositories_added, None, "repositories that may have come"),
        _ => return Interpretation::nothing("an action on repositories that changes nothing for us"),
    };
    let names = told.iter().filter_map(|repository| RepoName::parse(repository.full_name.as_deref()?));
    let repositories: Vec<RepoName> = names.collect();
    if repositories.is_empty() {
        return Interpretation::nothing("no repositories");
    }
    news(payload, repositories, stopped, note)
}

fn news(
    payload: &Payload,
    repositories: Vec<RepoName>,
    stopped: Option<String>,
    note: &'static str,
) -> Interpretation {
    match payload.installation.as_ref().and_then(|installation| installation.id) {
        Some(installation) => {
            let news = InstallationNews { installation, repositories, stopped };
            Interpretation::one(Command::Installation(news), note)
        }
        None => Interpretation::nothing("no installation"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::interpret;
    use super::*;
    use crate::domain::audience::Audience;

    #[test]
    fn s41_an_installation_stops_and_goes_on() {
        let news = |event: &str, body: &serde_json::Value| match interpret(
            event,
            body.to_string().as_bytes(),
            &Audience::default(),
        )
        .commands
        .as_slice()
        {
            [Command::Installation(news)] => Some((news.stopped.clone(), news.repositories.len())),
            _ => None,
        };
        let mut body = serde_json::json!({ "installation": { "id": 3 } });
        for (action, expected) in [
            ("created", Some((None, 0))),
            ("deleted", Some((Some("deleted".to_owned()), 0))),
            ("suspend", Some((Some("suspend".to_owned()), 0))),
            ("unsuspend", Some((None, 0))),
            ("new_permissions_accepted", Some((None, 0))),
            ("something_new", None),
        ] {
            body["action"] = action.into();
            assert_eq!(news("installation", &body), expected, "{action}");
        }
        let some = serde_json::json!([{ "full_name": "o/a-feedstock" }, { "full_name": "o/b" }, {}]);
        body["action"] = "removed".into();
        body["repositories_removed"] = some.clone();
        assert_eq!(news("installation_repositories", &body), Some((Some("removed".to_owned()), 2)));
        body["action"] = "added".into();
        assert_eq!(news("installation_repositories", &body), None, "nothing was added");
        body["repositories_added"] = some;
        assert_eq!(news("installation_repositories", &body), Some((None, 2)));
    }
}
