//! Every REST route on one screen: the path, the permission it needs, the function that answers.
//!
//! Paths, statuses and limits are GitHub's. What is not listed here is a 501, and is remembered for the test to fail on.

mod actions;
mod app;
mod checks;
mod comments;
mod contents;
mod deployments;
mod git;
mod manifests;
mod pulls;
mod refs;
mod repos;

use axum::http::Method;
use serde_json::Value;

use super::auth::{Actor, authorize};
use super::git::Commit;
use super::http::{Answer, Reply, Request, bare, page};
use super::records::{Access, Repository};
use super::world::World;
use Access::{Read, Write};

/// A request on its way through a route.
pub(super) struct Call<'a> {
    pub(super) world: &'a mut World,
    pub(super) actor: &'a Actor,
    pub(super) request: &'a Request,
}

/// A call about a repository that the caller may see.
struct RepoCall<'a> {
    world: &'a mut World,
    request: &'a Request,
    /// The full name.
    repo: String,
    /// The account that does it.
    login: String,
}

/// Answers a request, or none if there is no such route.
pub(super) fn answer(mut call: Call<'_>) -> Option<Reply> {
    let segments: Vec<&str> = call.request.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["app", ..] | ["repos", _, _, "installation"] => app::answer(&mut call, &segments),
        ["installation", "repositories"] if call.request.method == Method::GET => {
            Some(repos::of_installation(&call))
        }
        ["orgs", org, "repos"] if call.request.method == Method::POST => Some(repos::create(&mut call, org)),
        ["organizations", org, "settings", "apps", "new"] if call.request.method == Method::POST => {
            Some(manifests::confirm(&mut call, org))
        }
        ["app-manifests", code, "conversions"] if call.request.method == Method::POST => {
            Some(manifests::convert(&mut call, code))
        }
        ["blob", token] => Some(actions::blob(&call, token)),
        ["repos", owner, name, rest @ ..] => in_repository(call, owner, name, rest),
        _ => None,
    }
}

/// Who may comment on a pull request: GitHub takes either permission.
const COMMENT_WRITE: &[(&str, Access)] = &[("issues", Write), ("pull_requests", Write)];
const COMMENT_READ: &[(&str, Access)] = &[("issues", Read), ("pull_requests", Read)];

#[rustfmt::skip] // a table
fn in_repository(call: Call<'_>, owner: &str, name: &str, rest: &[&str]) -> Option<Reply> {
    type Route<'r> = Box<dyn FnOnce(&mut RepoCall<'_>) -> Reply + 'r>;
    let method = call.request.method.clone();
    let (needs, route): (&[(&str, Access)], Route<'_>) = match (method.as_str(), rest) {
        ("GET", []) => (&[("metadata", Read)], Box::new(|c| Ok(repos::get(c)))),
        ("GET", ["collaborators", user, "permission"]) => (&[("metadata", Read)], Box::new(|c| repos::permission(c, user))),
        ("PUT", ["collaborators", user]) => (&[("administration", Write)], Box::new(|c| repos::add_collaborator(c, user))),

        ("GET", ["contents", path @ ..]) => (&[("contents", Read)], Box::new(|c| contents::get(c, &path.join("/")))),
        ("PUT", ["contents", path @ ..]) => (&[("contents", Write)], Box::new(|c| contents::put(c, &path.join("/")))),
        ("DELETE", ["contents", path @ ..]) => (&[("contents", Write)], Box::new(|c| contents::delete(c, &path.join("/")))),
        ("GET", ["branches", branch @ ..]) => (&[("contents", Read)], Box::new(|c| refs::branch(c, &branch.join("/")))),
        ("GET", ["git", "ref", name @ ..]) => (&[("contents", Read)], Box::new(|c| refs::get(c, &name.join("/")))),
        ("POST", ["git", "refs"]) => (&[("contents", Write)], Box::new(refs::create)),
        ("PATCH", ["git", "refs", name @ ..]) => (&[("contents", Write)], Box::new(|c| refs::update(c, &name.join("/")))),
        ("GET", ["git", "blobs", sha]) => (&[("contents", Read)], Box::new(|c| git::blob(c, sha))),
        ("POST", ["git", "blobs"]) => (&[("contents", Write)], Box::new(git::create_blob)),
        ("GET", ["git", "trees", name @ ..]) => (&[("contents", Read)], Box::new(|c| git::tree(c, &name.join("/")))),
        ("POST", ["git", "trees"]) => (&[("contents", Write)], Box::new(git::create_tree)),
        ("GET", ["git", "commits", sha]) => (&[("contents", Read)], Box::new(|c| git::commit(c, sha))),
        ("POST", ["git", "commits"]) => (&[("contents", Write)], Box::new(git::create_commit)),
        ("DELETE", ["git", "refs", name @ ..]) => (&[("contents", Write)], Box::new(|c| refs::delete(c, &name.join("/")))),

        ("GET", ["commits", name @ .., "check-runs"]) => (&[("checks", Read)], Box::new(|c| checks::list(c, &name.join("/")))),
        ("GET", ["commits", name @ ..]) => (&[("contents", Read)], Box::new(|c| refs::commit(c, &name.join("/")))),
        ("POST", ["check-runs"]) => (&[("checks", Write)], Box::new(checks::create)),
        ("GET", ["check-runs", id]) => (&[("checks", Read)], Box::new(|c| checks::get(c, id))),
        ("GET", ["check-runs", id, "annotations"]) => (&[("checks", Read)], Box::new(|c| checks::annotations(c, id))),
        ("PATCH", ["check-runs", id]) => (&[("checks", Write)], Box::new(|c| checks::update(c, id))),

        ("GET", ["pulls"]) => (&[("pull_requests", Read)], Box::new(|c| Ok(pulls::list(c)))),
        ("POST", ["pulls"]) => (&[("pull_requests", Write)], Box::new(pulls::create)),
        ("GET", ["pulls", number]) => (&[("pull_requests", Read)], Box::new(|c| pulls::get(c, number))),
        ("PATCH", ["pulls", number]) => (&[("pull_requests", Write)], Box::new(|c| pulls::update(c, number))),
        ("GET", ["pulls", number, "commits"]) => (&[("pull_requests", Read)], Box::new(|c| pulls::commits(c, number))),
        ("GET", ["pulls", number, "files"]) => (&[("pull_requests", Read)], Box::new(|c| pulls::files(c, number))),
        ("PUT", ["pulls", number, "merge"]) => (&[("contents", Write)], Box::new(|c| pulls::merge(c, number))),

        ("GET", ["issues", number]) if *number != "comments" => (COMMENT_READ, Box::new(|c| pulls::issue(c, number))),
        ("GET", ["issues", "comments"]) => (COMMENT_READ, Box::new(|c| comments::list_all(c))),
        ("GET", ["issues", number, "comments"]) => (COMMENT_READ, Box::new(|c| comments::list(c, number))),
        ("POST", ["issues", number, "comments"]) => (COMMENT_WRITE, Box::new(|c| comments::create(c, number))),
        ("GET", ["issues", "comments", id]) => (COMMENT_READ, Box::new(|c| comments::get(c, id))),
        ("PATCH", ["issues", "comments", id]) => (COMMENT_WRITE, Box::new(|c| comments::update(c, id))),
        ("DELETE", ["issues", "comments", id]) => (COMMENT_WRITE, Box::new(|c| comments::delete(c, id))),
        ("GET", ["issues", "comments", id, "reactions"]) => (COMMENT_READ, Box::new(|c| comments::reactions(c, id))),
        ("POST", ["issues", "comments", id, "reactions"]) => (COMMENT_WRITE, Box::new(|c| comments::react(c, id))),

        ("POST", ["actions", "workflows", file, "dispatches"]) => (&[("actions", Write)], Box::new(|c| actions::dispatch(c, file))),
        ("GET", ["actions", "workflows", file]) => (&[("actions", Read)], Box::new(|c| actions::workflow(c, file))),
        ("GET", ["actions", "workflows", file, "runs"]) => (&[("actions", Read)], Box::new(|c| actions::list(c, file))),
        ("GET", ["actions", "runs", id]) => (&[("actions", Read)], Box::new(|c| actions::get(c, id))),
        ("GET", ["actions", "runs", id, "jobs"]) => (&[("actions", Read)], Box::new(|c| actions::jobs(c, id))),
        ("GET", ["actions", "runs", id, "artifacts"]) => (&[("actions", Read)], Box::new(|c| actions::artifacts(c, id))),
        ("POST", ["actions", "runs", id, "cancel"]) => (&[("actions", Write)], Box::new(|c| actions::cancel(c, id))),
        ("GET", ["actions", "jobs", id, "logs"]) => (&[("actions", Read)], Box::new(|c| actions::job_log(c, id))),
        ("GET", ["actions", "artifacts", id, "zip"]) => (&[("actions", Read)], Box::new(|c| actions::download(c, id))),

        ("GET", ["deployments"]) => (&[("deployments", Read)], Box::new(|c| Ok(deployments::list(c)))),
        ("POST", ["deployments"]) => (&[("deployments", Write)], Box::new(deployments::create)),
        ("GET", ["deployments", id]) => (&[("deployments", Read)], Box::new(|c| deployments::get(c, id))),
        ("GET", ["deployments", id, "statuses"]) => (&[("deployments", Read)], Box::new(|c| deployments::statuses(c, id))),
        ("POST", ["deployments", id, "statuses"]) => (&[("deployments", Write)], Box::new(|c| deployments::create_status(c, id))),
        _ => return None,
    };
    Some(call.within(owner, name, needs).and_then(|mut call| route(&mut call)))
}

impl<'a> Call<'a> {
    /// Goes on inside a repository, if the caller may do one of `needs` there.
    fn within(self, owner: &str, name: &str, needs: &[(&str, Access)]) -> Result<RepoCall<'a>, Answer> {
        let Call { world, actor, request } = self;
        if let Some(moved) =
            world.moved.get(&format!("{owner}/{name}")).and_then(|to| world.repositories.get(to))
        {
            let url = world.api_url(&format!("repositories/{}", moved.id));
            let status = if request.method == Method::GET { 301 } else { 307 };
            let body = serde_json::json!({"message": "Moved Permanently", "url": url});
            return Err(Answer::json(status, body).header("location", url));
        }
        let repo = authorize(world, actor, owner, name, needs)?;
        let login = match actor {
            Actor::User(login) => login.clone(),
            Actor::Nobody | Actor::App | Actor::Installation(_) => world.bot(),
        };
        Ok(RepoCall { world, request, repo, login })
    }
}

impl RepoCall<'_> {
    fn repo(&self) -> &Repository {
        self.world.repo(&self.repo)
    }

    fn repo_mut(&mut self) -> &mut Repository {
        self.world.repo_mut(&self.repo)
    }

    /// The caller is the App and not a person.
    fn is_app(&self) -> bool {
        self.login == self.world.bot()
    }

    /// The commit that a branch or a sha names.
    fn commit(&self, name: &str) -> Option<&Commit> {
        self.world.resolve(&self.repo, name)
    }

    /// A page of a list that is a bare array.
    fn list(&self, items: Vec<Value>) -> Answer {
        page(self.request, &self.world.base_url, items, bare)
    }

    /// A page of a list that stands in the field `name` beside its length.
    fn counted(&self, name: &str, items: Vec<Value>) -> Answer {
        let wrap = |items, total| serde_json::json!({"total_count": total, name: items});
        page(self.request, &self.world.base_url, items, wrap)
    }
}

/// A number in a path; what is no number is not there.
fn number(text: &str) -> Result<u64, Answer> {
    text.parse().map_err(|_| Answer::not_found())
}
