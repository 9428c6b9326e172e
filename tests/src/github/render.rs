//! The JSON that GitHub shows of accounts, repositories, pull requests and comments.
//!
//! One function per resource, shared by the REST answers and the webhooks so that the two can never disagree. Pure: reads the
//! world, changes nothing. What belongs to checks, Actions and deployments is in [`super::render_ci`].

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::git::Commit;
use super::records::{Installation, Permissions, Repository, Role};
use super::records_talk::{Comment, Issue, Pull, Reaction};
use super::world::World;

/// The home page of the App, where a check run leads that names no other.
pub(super) const HOMEPAGE: &str = "https://example.org";

/// A moment as GitHub writes it: UTC, whole seconds, a `Z`.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Permissions as GitHub lists them.
pub(super) fn permissions(permissions: &Permissions) -> Value {
    permissions.iter().map(|(name, access)| (name.clone(), json!(access.as_str()))).collect()
}

impl World {
    /// The address of a REST resource.
    pub(super) fn api_url(&self, rest: &str) -> String {
        format!("{}/{rest}", self.base_url)
    }

    pub(super) fn user_json(&self, login: &str) -> Value {
        let user = self.users.get(login);
        json!({
            "login": login,
            "id": user.map_or(0, |user| user.id),
            "node_id": format!("U_{login}"),
            "type": user.map_or("User", |user| user.kind),
            "site_admin": false,
            "url": self.api_url(&format!("users/{login}")),
            "html_url": format!("https://github.com/{login}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/{login}"),
        })
    }

    pub(super) fn app_json(&self) -> Value {
        let app = &self.app;
        json!({
            "id": app.id,
            "client_id": app.client_id,
            "slug": app.slug,
            "node_id": format!("A_{}", app.id),
            "name": app.slug,
            "owner": {"login": "pangeo-forge", "id": 1, "type": "Organization"},
            "description": null,
            "external_url": HOMEPAGE,
            "html_url": format!("https://github.com/apps/{}", app.slug),
            "permissions": permissions(&app.permissions),
            "events": app.events,
            "installations_count": self.installations.len(),
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        })
    }

    pub(super) fn installation_json(&self, installation: &Installation) -> Value {
        let id = installation.id;
        json!({
            "id": id,
            "account": self.user_json(&installation.account),
            "target_type": self.users.get(&installation.account).map_or("Organization", |user| user.kind),
            "target_id": self.users.get(&installation.account).map_or(0, |user| user.id),
            "app_id": self.app.id,
            "app_slug": self.app.slug,
            "repository_selection": "selected",
            "access_tokens_url": self.api_url(&format!("app/installations/{id}/access_tokens")),
            "repositories_url": self.api_url("installation/repositories"),
            "html_url": format!("https://github.com/organizations/{}/settings/installations/{id}", installation.account),
            "permissions": permissions(self.permissions_of(installation)),
            "events": self.app.events,
            "created_at": time(installation.created_at),
            "updated_at": time(installation.created_at),
            "single_file_name": null,
            "suspended_at": installation.suspended_at.map(time),
            "suspended_by": installation.suspended_at.map(|_| self.user_json(&installation.account)),
        })
    }

    /// A repository inside a workflow run: neither its default branch nor its times are told.
    pub(super) fn small_repository_json(&self, repo: &Repository) -> Value {
        let full_name = repo.full_name();
        json!({
            "id": repo.id,
            "node_id": format!("R_{}", repo.id),
            "name": repo.name,
            "full_name": full_name,
            "owner": self.user_json(&repo.owner),
            "private": repo.private,
            "fork": repo.fork_of.is_some(),
            "description": repo.description,
            "url": self.api_url(&format!("repos/{full_name}")),
            "html_url": format!("https://github.com/{full_name}"),
        })
    }

    pub(super) fn repository_json(&self, repo: &Repository) -> Value {
        let mut json = self.small_repository_json(repo);
        json["visibility"] = json!(if repo.private { "private" } else { "public" });
        json["default_branch"] = json!(repo.default_branch);
        json["archived"] = json!(false);
        json["disabled"] = json!(false);
        json["clone_url"] = json!(format!("https://github.com/{}.git", repo.full_name()));
        for field in ["created_at", "updated_at", "pushed_at"] {
            json[field] = json!(time(repo.created_at));
        }
        json
    }

    /// One side of a pull request: `full_name` may name a repository that is gone, then GitHub shows null.
    fn side_json(&self, full_name: &str, branch: &str, sha: &str) -> Value {
        let repo = self.repositories.get(full_name);
        let owner = full_name.split('/').next().unwrap_or_default();
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": self.user_json(owner),
            "repo": repo.map(|repo| self.repository_json(repo)),
        })
    }

    /// A pull request by itself, and in webhooks.
    pub(super) fn pull_json(&self, repo: &Repository, pull: &Pull) -> Value {
        let mut json = self.pull_summary_json(repo, pull);
        json["merged"] = json!(pull.merge_commit.is_some());
        json["mergeable"] = json!(pull.open.then_some(true));
        json["mergeable_state"] = json!(if pull.open { "clean" } else { "unknown" });
        json
    }

    /// A pull request in a list, where GitHub does not tell whether it is merged but by `merged_at`.
    pub(super) fn pull_summary_json(&self, repo: &Repository, pull: &Pull) -> Value {
        let full_name = repo.full_name();
        let number = pull.number;
        let closed_at = (!pull.open).then(|| time(pull.updated_at));
        json!({
            "id": pull.id,
            "node_id": format!("PR_{}", pull.id),
            "number": number,
            "state": if pull.open { "open" } else { "closed" },
            "locked": pull.locked,
            "title": pull.title,
            "body": pull.body,
            "user": self.user_json(&pull.author),
            "draft": pull.draft,
            "merge_commit_sha": pull.merge_commit,
            "merged_at": pull.merge_commit.as_ref().map(|_| time(pull.updated_at)),
            "closed_at": closed_at,
            "created_at": time(pull.created_at),
            "updated_at": time(pull.updated_at),
            "labels": pull.labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
            "author_association": association(repo.role(&pull.author)),
            "head": self.side_json(&pull.head_repo, &pull.head_branch, &pull.head_sha),
            "base": self.side_json(&full_name, &pull.base_branch, &pull.base_sha),
            "url": self.api_url(&format!("repos/{full_name}/pulls/{number}")),
            "issue_url": self.api_url(&format!("repos/{full_name}/issues/{number}")),
            "html_url": format!("https://github.com/{full_name}/pull/{number}"),
        })
    }

    /// A pull request as the issue that it is too.
    pub(super) fn pull_as_issue_json(&self, repo: &Repository, pull: &Pull) -> Value {
        let full_name = repo.full_name();
        let number = pull.number;
        let html_url = format!("https://github.com/{full_name}/pull/{number}");
        json!({
            "id": pull.id + 100_000,
            "number": number,
            "title": pull.title,
            "body": pull.body,
            "user": self.user_json(&pull.author),
            "state": if pull.open { "open" } else { "closed" },
            "locked": pull.locked,
            "draft": pull.draft,
            "labels": pull.labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
            "author_association": association(repo.role(&pull.author)),
            "comments": repo.comments.values().filter(|comment| comment.number == number).count(),
            "created_at": time(pull.created_at),
            "updated_at": time(pull.updated_at),
            "closed_at": (!pull.open).then(|| time(pull.updated_at)),
            "url": self.api_url(&format!("repos/{full_name}/issues/{number}")),
            "html_url": html_url,
            "pull_request": {
                "url": self.api_url(&format!("repos/{full_name}/pulls/{number}")),
                "html_url": html_url,
                "merged_at": pull.merge_commit.as_ref().map(|_| time(pull.updated_at)),
            },
        })
    }

    /// An issue that is no pull request, and has no field that says it were one.
    pub(super) fn issue_json(&self, repo: &Repository, issue: &Issue) -> Value {
        let (full_name, number) = (repo.full_name(), issue.number);
        json!({
            "id": issue.id,
            "number": number,
            "title": issue.title,
            "body": null,
            "user": self.user_json(&issue.author),
            "state": "open",
            "locked": false,
            "labels": [],
            "author_association": association(repo.role(&issue.author)),
            "comments": repo.comments.values().filter(|comment| comment.number == number).count(),
            "created_at": time(issue.created_at),
            "updated_at": time(issue.created_at),
            "closed_at": null,
            "url": self.api_url(&format!("repos/{full_name}/issues/{number}")),
            "html_url": format!("https://github.com/{full_name}/issues/{number}"),
        })
    }

    pub(super) fn comment_json(&self, repo: &Repository, comment: &Comment) -> Value {
        let full_name = repo.full_name();
        let (id, number) = (comment.id, comment.number);
        let kind = if repo.issues.contains_key(&number) { "issues" } else { "pull" };
        json!({
            "id": id,
            "node_id": format!("IC_{id}"),
            "body": comment.body,
            "user": self.user_json(&comment.author),
            "created_at": time(comment.created_at),
            "updated_at": time(comment.updated_at),
            "author_association": association(repo.role(&comment.author)),
            "performed_via_github_app": comment.by_app.then(|| self.app_json()),
            "url": self.api_url(&format!("repos/{full_name}/issues/comments/{id}")),
            "issue_url": self.api_url(&format!("repos/{full_name}/issues/{number}")),
            "html_url": format!("https://github.com/{full_name}/{kind}/{number}#issuecomment-{id}"),
        })
    }

    pub(super) fn reaction_json(&self, reaction: &Reaction) -> Value {
        json!({
            "id": reaction.id,
            "node_id": format!("REA_{}", reaction.id),
            "user": self.user_json(&reaction.user),
            "content": reaction.content,
            "created_at": time(reaction.created_at),
        })
    }

    pub(super) fn commit_json(&self, full_name: &str, commit: &Commit) -> Value {
        let signature = json!({
            "name": commit.author,
            "email": format!("{}@users.noreply.github.com", commit.author),
            "date": time(commit.at),
        });
        let parents = commit
            .parents
            .iter()
            .map(|sha| json!({"sha": sha, "url": self.api_url(&format!("repos/{full_name}/commits/{sha}"))}));
        json!({
            "sha": commit.sha,
            "node_id": format!("C_{}", commit.sha),
            "url": self.api_url(&format!("repos/{full_name}/commits/{}", commit.sha)),
            "html_url": format!("https://github.com/{full_name}/commit/{}", commit.sha),
            "author": self.users.get(&commit.author).map(|_| self.user_json(&commit.author)),
            "committer": self.users.get(&commit.author).map(|_| self.user_json(&commit.author)),
            "commit": {
                "message": commit.message,
                "author": signature,
                "committer": signature,
                "tree": {"sha": commit.tree_sha},
            },
            "parents": parents.collect::<Vec<_>>(),
        })
    }
}

/// How GitHub describes a person's tie to a repository.
fn association(role: Role) -> &'static str {
    match role {
        Role::None | Role::Read => "NONE",
        Role::Triage | Role::Write | Role::Maintain => "COLLABORATOR",
        Role::Admin => "MEMBER",
    }
}
