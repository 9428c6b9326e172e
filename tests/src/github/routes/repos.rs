//! Repositories themselves, and who may do what in them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::auth::Actor;
use super::super::history::Change;
use super::super::http::{Answer, Body, Reply, page};
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

/// What the caller's installation covers, as far as its token reaches.
pub(super) fn of_installation(call: &Call<'_>) -> Reply {
    let Actor::Installation(grant) = call.actor else {
        return Err(Answer::refusal(401, "Requires authentication"));
    };
    let installation = call.world.installations.get(&grant.installation).ok_or_else(Answer::not_found)?;
    if installation.suspended_at.is_some() {
        return Err(Answer::refusal(403, "This installation has been suspended"));
    }
    let names = installation.repositories.iter().filter(|name| grant.repositories.contains(*name));
    let all: Vec<_> = names.map(|name| call.world.repository_json(call.world.repo(name))).collect();
    let wrap = |items, total| json!({"total_count": total, "repository_selection": "selected", "repositories": Value::Array(items)});
    Ok(page(call.request, &call.world.base_url, all, wrap))
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
    if call.world.barred.contains(login) {
        return Err(Answer::invalid(
            "Repository",
            "collaborator",
            "The organization does not allow outside collaborators",
        ));
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
    description: Option<String>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    auto_init: bool,
    gitignore_template: Option<String>,
    license_template: Option<String>,
}

/// Makes a repository in an organization; an App may where it is installed with `administration: write`. A person's account is no
/// organization.
pub(super) fn create(call: &mut Call<'_>, org: &str) -> Reply {
    let wanted: NewRepository = call.request.fields()?;
    let Actor::Installation(grant) = call.actor else {
        return Err(Answer::refusal(401, "Requires authentication"));
    };
    let installation = call.world.installations.get(&grant.installation);
    let installation = installation.filter(|installation| installation.account.eq_ignore_ascii_case(org));
    let id = installation.ok_or_else(Answer::not_found)?.id;
    if call.world.users.get(org).is_none_or(|account| account.kind != "Organization") {
        return Err(Answer::not_found());
    }
    let is_wide_enough = grant.is_whole || !call.world.making_needs_whole_installation;
    if grant.permissions.get("administration") != Some(&Access::Write) || !is_wide_enough {
        return Err(Answer::refusal(403, "Resource not accessible by integration"));
    }
    let full_name = format!("{org}/{}", wanted.name);
    if call.world.repositories.keys().any(|known| known.eq_ignore_ascii_case(&full_name)) {
        let mut refusal = Answer::invalid("Repository", "name", "name already exists on this account");
        if let Body::Json(body) = &mut refusal.body {
            body["message"] = json!("Repository creation failed.");
        }
        return Err(refusal);
    }
    call.world.moved.remove(&full_name);
    call.world.add_repository(&full_name, None);
    let branch = call.world.new_default_branch.clone();
    let repo = call.world.repo_mut(&full_name);
    (repo.private, repo.description, repo.made_with) =
        (wanted.private, wanted.description, call.request.json());
    repo.default_branch.clone_from(&branch);
    if call.world.covers_what_it_makes
        && let Some(installation) = call.world.installations.get_mut(&id)
    {
        installation.repositories.insert(full_name.clone());
    }
    if wanted.auto_init {
        let bot = call.world.bot();
        let readme = Change::from(("README.md", format!("# {}\n", wanted.name)));
        let ignored = wanted.gitignore_template.map(|_| Change::from((".gitignore", "__pycache__/\n")));
        let licence = wanted.license_template.map(|name| Change::from(("LICENSE", name)));
        let changes = [readme].into_iter().chain(ignored).chain(licence);
        let sha = call.world.add_commit(&full_name, &bot, "Initial commit", None, changes);
        call.world.move_branch(&full_name, &branch, &sha, &bot);
    }
    Ok(Answer::json(201, call.world.repository_json(call.world.repo(&full_name))))
}
