//! Repositories themselves, and who may do what in them.

use serde::Deserialize;
use serde_json::json;

use super::super::auth::Actor;
use super::super::history::Change;
use super::super::http::{Answer, Reply};
use super::super::records::{Access, Role};
use super::{Call, RepoCall};

pub(super) fn get(call: &RepoCall<'_>) -> Answer {
    Answer::json(200, call.world.repository_json(call.repo()))
}

/// GitHub knows no such answer for accounts that do not exist; all others have at least `none`.
pub(super) fn permission(call: &RepoCall<'_>, login: &str) -> Reply {
    if !call.world.users.contains_key(login) {
        return Err(Answer::refusal(404, &format!("{login} is not a user")));
    }
    let role = call.repo().role(login);
    let user = call.world.user_json(login);
    Ok(Answer::json(200, json!({"permission": role.legacy(), "role_name": role.as_str(), "user": user})))
}

#[derive(Deserialize)]
struct Collaborator {
    permission: Option<String>,
}

pub(super) fn add_collaborator(call: &mut RepoCall<'_>, login: &str) -> Reply {
    let wanted: Collaborator = call.request.fields()?;
    let role = match wanted.permission.as_deref().unwrap_or("push") {
        "pull" => Role::Read,
        "triage" => Role::Triage,
        "push" => Role::Write,
        "maintain" => Role::Maintain,
        "admin" => Role::Admin,
        _ => {
            return Err(Answer::invalid(
                "Repository",
                "permission",
                "permission is not included in the list",
            ));
        }
    };
    if !call.world.users.contains_key(login) {
        return Err(Answer::not_found());
    }
    let known = call.repo_mut().roles.insert(login.to_owned(), role).is_some();
    if known {
        return Ok(Answer::empty(204));
    }
    let body = json!({
        "id": 1,
        "repository": call.world.repository_json(call.repo()),
        "invitee": call.world.user_json(login),
        "inviter": call.world.user_json(&call.login),
        "permissions": role.legacy(),
    });
    Ok(Answer::json(201, body))
}

#[derive(Deserialize)]
struct NewRepository {
    name: String,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    auto_init: bool,
}

/// Makes a repository in an organization; an App may where it is installed with `administration: write`.
pub(super) fn create(call: &mut Call<'_>, org: &str) -> Reply {
    let wanted: NewRepository = call.request.fields()?;
    let Actor::Installation(grant) = call.actor else {
        return Err(Answer::refusal(401, "Requires authentication"));
    };
    let installation = call.world.installations.get(&grant.installation);
    let installation = installation.filter(|installation| installation.account.eq_ignore_ascii_case(org));
    let id = installation.ok_or_else(Answer::not_found)?.id;
    if grant.permissions.get("administration") != Some(&Access::Write) {
        return Err(Answer::refusal(403, "Resource not accessible by integration"));
    }
    let full_name = format!("{org}/{}", wanted.name);
    if call.world.repositories.contains_key(&full_name) {
        return Err(Answer::invalid("Repository", "name", "name already exists on this account"));
    }
    call.world.add_repository(&full_name, None);
    call.world.repo_mut(&full_name).private = wanted.private;
    // The App may go on with what it made.
    if let Some(installation) = call.world.installations.get_mut(&id) {
        installation.repositories.insert(full_name.clone());
    }
    if wanted.auto_init {
        let (bot, branch) = (call.world.bot(), call.world.repo(&full_name).default_branch.clone());
        let readme = Change::from(("README.md", format!("# {}\n", wanted.name)));
        let sha = call.world.add_commit(&full_name, &bot, "Initial commit", None, [readme]);
        call.world.move_branch(&full_name, &branch, &sha, &bot);
    }
    Ok(Answer::json(201, call.world.repository_json(call.world.repo(&full_name))))
}
