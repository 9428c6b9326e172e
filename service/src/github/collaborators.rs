//! Who may do what in a repository: <https://docs.github.com/rest/collaborators/collaborators>

use serde::Deserialize;
use serde_json::json;

use super::call::{ADD_COLLABORATOR, GET_PERMISSION};
use super::{Repository, Result};
use crate::domain::id::Login;

impl Repository<'_> {
    /// A user's role now: `admin`, `maintain`, `write`, `triage`, `read` or `none`. Somebody GitHub does not know has none.
    ///
    /// `permission` is the older field of the same answer: it has no `maintain` and no `triage`, and stands in on servers that do not
    /// send `role_name`.
    pub async fn role(&self, user: &Login) -> Result<String> {
        #[derive(Deserialize)]
        struct Body {
            permission: String,
            role_name: Option<String>,
        }
        let body: Result<Body> = self.get(GET_PERMISSION, &format!("/collaborators/{user}/permission")).await;
        match body {
            Ok(body) => Ok(body.role_name.unwrap_or(body.permission)),
            Err(error) if error.is_not_found() => Ok("none".into()),
            Err(error) => Err(error),
        }
    }

    /// Lets a user push, by an invitation where GitHub wants one. Whoever may already still may.
    pub async fn let_push(&self, user: &Login) -> Result<()> {
        let path = format!("/collaborators/{user}");
        self.send(ADD_COLLABORATOR, &path, Some(&json!({ "permission": "push" }))).await.map(drop)
    }
}
