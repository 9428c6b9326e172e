//! Every call we make, with the permission that GitHub's REST pages ask for it. The App's manifest and the table in the
//! documentation are made from this list: a call that is not here cannot be sent.

mod find;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Value, json};

pub use find::find;

/// One operation of the REST API.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, as GitHub's REST pages write it.
    pub path: &'static str,
    /// The repository permission it needs, and how much of it.
    pub permission: Option<(&'static str, &'static str)>,
    /// The token it goes out with.
    pub grant: Grant,
}

/// What one installation token allows. A token is asked for a group of calls that are made together, and holds no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grant {
    /// None: the App speaks as itself.
    App,
    /// None, and nobody speaks: what the request names is secret enough.
    Nobody,
    /// Listing what an installation covers; the only one that is not narrowed to a repository.
    Survey,
    /// Reading a pull request and its files.
    Read,
    /// Writing check runs, comments and reactions.
    Report,
    /// Writing deployments and their statuses.
    Deploy,
    /// Starting, reading and stopping workflow runs.
    Run,
    /// Making commits, branches and pull requests of our own, and merging them.
    Write,
    /// Making a repository, and letting people in.
    Administer,
}

impl Grant {
    /// The permissions of the token, in the form of GitHub's request.
    pub fn permissions(self) -> Value {
        match self {
            Self::App | Self::Nobody => json!({}),
            Self::Survey => json!({ "metadata": "read" }),
            Self::Read => {
                json!({ "contents": "read", "issues": "read", "metadata": "read", "pull_requests": "read" })
            }
            Self::Report => json!({ "checks": "write", "issues": "write", "pull_requests": "write" }),
            Self::Deploy => json!({ "deployments": "write" }),
            Self::Run => json!({ "actions": "write" }),
            Self::Write => json!({ "contents": "write", "pull_requests": "write" }),
            Self::Administer => json!({ "administration": "write" }),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permissions = self.permissions();
        let levels = permissions.as_object().into_iter().flatten();
        let words: Vec<_> =
            levels.map(|(name, level)| format!("{name}: {}", level.as_str().unwrap_or_default())).collect();
        f.write_str(&words.join(", "))
    }
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident = $method:literal $path:literal, $permission:expr, $grant:ident;)*) => {
        $($(#[$doc])* pub const $name: &Call =
            &Call { method: $method, path: $path, permission: $permission, grant: Grant::$grant };)*

        /// All of them.
        pub const ALL: &[&Call] = &[$($name),*];
    };
}

calls! {
    /// Who the App is: <https://docs.github.com/rest/apps/apps#get-the-authenticated-app>
    GET_APP = "GET" "/app", None, App;
    /// The installation that covers a repository.
    GET_INSTALLATION = "GET" "/repos/{owner}/{repo}/installation", None, App;
    /// A token for one installation.
    CREATE_TOKEN = "POST" "/app/installations/{installation_id}/access_tokens", None, App;
    /// Where the App is installed.
    LIST_INSTALLATIONS = "GET" "/app/installations", None, App;
    /// One of them.
    GET_INSTALLATION_BY_ID = "GET" "/app/installations/{installation_id}", None, App;
    /// What was delivered to the App, and what was answered: <https://docs.github.com/rest/apps/webhooks>
    LIST_DELIVERIES = "GET" "/app/hook/deliveries", None, App;
    /// One delivery with what was sent and what was answered.
    GET_DELIVERY = "GET" "/app/hook/deliveries/{delivery_id}", None, App;
    /// The same delivery once more.
    REDELIVER = "POST" "/app/hook/deliveries/{delivery_id}/attempts", None, App;

    /// Where deliveries go, and how: <https://docs.github.com/rest/apps/webhooks#get-a-webhook-configuration-for-an-app>
    GET_HOOK_CONFIG = "GET" "/app/hook/config", None, App;
    /// The same, changed: <https://docs.github.com/rest/apps/webhooks#update-a-webhook-configuration-for-an-app>
    UPDATE_HOOK_CONFIG = "PATCH" "/app/hook/config", None, App;
    /// A new App's secrets, once, for the code that GitHub sent the browser back with:
    /// <https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest>
    CONVERT_MANIFEST = "POST" "/app-manifests/{code}/conversions", None, Nobody;

    /// <https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation>
    LIST_REPOSITORIES = "GET" "/installation/repositories", Some(("metadata", "read")), Survey;

    /// <https://docs.github.com/rest/pulls/pulls#get-a-pull-request>
    GET_PULL = "GET" "/repos/{owner}/{repo}/pulls/{pull_number}", Some(("pull_requests", "read")), Read;
    /// <https://docs.github.com/rest/pulls/pulls#list-pull-requests-files>
    LIST_FILES = "GET" "/repos/{owner}/{repo}/pulls/{pull_number}/files", Some(("pull_requests", "read")), Read;
    /// <https://docs.github.com/rest/repos/contents#get-repository-content>
    GET_CONTENT = "GET" "/repos/{owner}/{repo}/contents/{path}", Some(("contents", "read")), Read;
    /// <https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user>
    GET_PERMISSION = "GET" "/repos/{owner}/{repo}/collaborators/{username}/permission", Some(("metadata", "read")), Read;
    /// <https://docs.github.com/rest/issues/comments#get-an-issue-comment>
    GET_COMMENT = "GET" "/repos/{owner}/{repo}/issues/comments/{comment_id}", Some(("issues", "read")), Read;
    /// <https://docs.github.com/rest/issues/issues#get-an-issue>
    GET_ISSUE = "GET" "/repos/{owner}/{repo}/issues/{issue_number}", Some(("issues", "read")), Read;
    /// <https://docs.github.com/rest/pulls/pulls#list-pull-requests>
    LIST_PULLS = "GET" "/repos/{owner}/{repo}/pulls", Some(("pull_requests", "read")), Read;
    /// <https://docs.github.com/rest/issues/comments#list-issue-comments-for-a-repository>
    LIST_ALL_COMMENTS = "GET" "/repos/{owner}/{repo}/issues/comments", Some(("issues", "read")), Read;

    /// <https://docs.github.com/rest/checks/runs#create-a-check-run>
    CREATE_CHECK_RUN = "POST" "/repos/{owner}/{repo}/check-runs", Some(("checks", "write")), Report;
    /// <https://docs.github.com/rest/checks/runs#update-a-check-run>
    UPDATE_CHECK_RUN = "PATCH" "/repos/{owner}/{repo}/check-runs/{check_run_id}", Some(("checks", "write")), Report;
    /// <https://docs.github.com/rest/checks/runs#get-a-check-run>
    GET_CHECK_RUN = "GET" "/repos/{owner}/{repo}/check-runs/{check_run_id}", Some(("checks", "read")), Report;
    /// <https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference>
    LIST_CHECK_RUNS = "GET" "/repos/{owner}/{repo}/commits/{ref}/check-runs", Some(("checks", "read")), Report;
    /// <https://docs.github.com/rest/issues/comments#create-an-issue-comment>
    CREATE_COMMENT = "POST" "/repos/{owner}/{repo}/issues/{issue_number}/comments", Some(("issues", "write")), Report;
    /// <https://docs.github.com/rest/issues/comments#update-an-issue-comment>
    UPDATE_COMMENT = "PATCH" "/repos/{owner}/{repo}/issues/comments/{comment_id}", Some(("issues", "write")), Report;
    /// <https://docs.github.com/rest/issues/comments#delete-an-issue-comment>
    DELETE_COMMENT = "DELETE" "/repos/{owner}/{repo}/issues/comments/{comment_id}", Some(("issues", "write")), Report;
    /// <https://docs.github.com/rest/issues/comments#list-issue-comments>
    LIST_COMMENTS = "GET" "/repos/{owner}/{repo}/issues/{issue_number}/comments", Some(("issues", "read")), Report;
    /// <https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment>
    CREATE_REACTION = "POST" "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", Some(("issues", "write")), Report;

    /// <https://docs.github.com/rest/deployments/deployments#create-a-deployment>
    CREATE_DEPLOYMENT = "POST" "/repos/{owner}/{repo}/deployments", Some(("deployments", "write")), Deploy;
    /// <https://docs.github.com/rest/deployments/deployments#list-deployments>
    LIST_DEPLOYMENTS = "GET" "/repos/{owner}/{repo}/deployments", Some(("deployments", "read")), Deploy;
    /// <https://docs.github.com/rest/deployments/statuses#list-deployment-statuses>
    LIST_DEPLOYMENT_STATUSES = "GET" "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", Some(("deployments", "read")), Deploy;
    /// <https://docs.github.com/rest/deployments/statuses#create-a-deployment-status>
    CREATE_DEPLOYMENT_STATUS = "POST" "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", Some(("deployments", "write")), Deploy;

    /// <https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event>
    DISPATCH = "POST" "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", Some(("actions", "write")), Run;
    /// <https://docs.github.com/rest/actions/workflows#get-a-workflow>
    GET_WORKFLOW = "GET" "/repos/{owner}/{repo}/actions/workflows/{workflow_id}", Some(("actions", "read")), Run;
    /// <https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow>
    LIST_RUNS = "GET" "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", Some(("actions", "read")), Run;
    /// <https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run>
    GET_RUN = "GET" "/repos/{owner}/{repo}/actions/runs/{run_id}", Some(("actions", "read")), Run;
    /// <https://docs.github.com/rest/actions/workflow-runs#cancel-a-workflow-run>
    CANCEL_RUN = "POST" "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel", Some(("actions", "write")), Run;
    /// <https://docs.github.com/rest/actions/artifacts#list-workflow-run-artifacts>
    LIST_ARTIFACTS = "GET" "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts", Some(("actions", "read")), Run;
    /// <https://docs.github.com/rest/actions/artifacts#download-an-artifact>
    GET_ARTIFACT = "GET" "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}", Some(("actions", "read")), Run;

    /// <https://docs.github.com/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run>
    LIST_JOBS = "GET" "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", Some(("actions", "read")), Run;
    /// <https://docs.github.com/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run>
    GET_JOB_LOG = "GET" "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs", Some(("actions", "read")), Run;

    /// <https://docs.github.com/rest/repos/repos#get-a-repository>
    GET_REPOSITORY = "GET" "/repos/{owner}/{repo}", Some(("metadata", "read")), Read;
    /// <https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request>
    LIST_COMMITS = "GET" "/repos/{owner}/{repo}/pulls/{pull_number}/commits", Some(("pull_requests", "read")), Read;
    /// <https://docs.github.com/rest/git/commits#get-a-commit-object>
    GET_COMMIT = "GET" "/repos/{owner}/{repo}/git/commits/{commit_sha}", Some(("contents", "read")), Read;
    /// <https://docs.github.com/rest/git/trees#get-a-tree>
    GET_TREE = "GET" "/repos/{owner}/{repo}/git/trees/{tree_sha}", Some(("contents", "read")), Read;
    /// <https://docs.github.com/rest/git/blobs#get-a-blob>
    GET_BLOB = "GET" "/repos/{owner}/{repo}/git/blobs/{file_sha}", Some(("contents", "read")), Read;
    /// <https://docs.github.com/rest/git/refs#get-a-reference>
    GET_REF = "GET" "/repos/{owner}/{repo}/git/ref/{ref}", Some(("contents", "read")), Read;

    /// <https://docs.github.com/rest/git/blobs#create-a-blob>
    CREATE_BLOB = "POST" "/repos/{owner}/{repo}/git/blobs", Some(("contents", "write")), Write;
    /// <https://docs.github.com/rest/git/trees#create-a-tree>
    CREATE_TREE = "POST" "/repos/{owner}/{repo}/git/trees", Some(("contents", "write")), Write;
    /// <https://docs.github.com/rest/git/commits#create-a-commit>
    CREATE_COMMIT = "POST" "/repos/{owner}/{repo}/git/commits", Some(("contents", "write")), Write;
    /// <https://docs.github.com/rest/git/refs#create-a-reference>
    CREATE_REF = "POST" "/repos/{owner}/{repo}/git/refs", Some(("contents", "write")), Write;
    /// <https://docs.github.com/rest/git/refs#update-a-reference>
    UPDATE_REF = "PATCH" "/repos/{owner}/{repo}/git/refs/{ref}", Some(("contents", "write")), Write;
    /// <https://docs.github.com/rest/git/refs#delete-a-reference>
    DELETE_REF = "DELETE" "/repos/{owner}/{repo}/git/refs/{ref}", Some(("contents", "write")), Write;
    /// <https://docs.github.com/rest/pulls/pulls#create-a-pull-request>
    CREATE_PULL = "POST" "/repos/{owner}/{repo}/pulls", Some(("pull_requests", "write")), Write;
    /// <https://docs.github.com/rest/pulls/pulls#merge-a-pull-request>
    MERGE_PULL = "PUT" "/repos/{owner}/{repo}/pulls/{pull_number}/merge", Some(("contents", "write")), Write;

    /// <https://docs.github.com/rest/repos/repos#create-an-organization-repository>
    CREATE_REPOSITORY = "POST" "/orgs/{org}/repos", Some(("administration", "write")), Administer;
    /// <https://docs.github.com/rest/collaborators/collaborators#add-a-repository-collaborator>
    ADD_COLLABORATOR = "PUT" "/repos/{owner}/{repo}/collaborators/{username}", Some(("administration", "write")), Administer;
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The webhook events that the App subscribes to. What happens to its installations GitHub tells every App, unasked.
pub const EVENTS: [&str; 5] = ["check_run", "check_suite", "issue_comment", "pull_request", "workflow_run"];

/// The permissions the App must be installed with: for each, the most that any call or any token asks for.
pub fn app_permissions() -> Vec<(String, String)> {
    let mut all = std::collections::BTreeMap::new();
    for call in ALL {
        if let Value::Object(grant) = call.grant.permissions() {
            for (name, level) in grant {
                let level = level.as_str().unwrap_or_default().to_owned();
                let known: &mut String = all.entry(name).or_default();
                if known.is_empty() || level == "write" {
                    *known = level;
                }
            }
        }
    }
    all.into_iter().collect()
}
