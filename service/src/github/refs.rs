//! Branches: <https://docs.github.com/rest/git/refs>

use serde::Deserialize;
use serde_json::json;

use super::call::{CREATE_REF, DELETE_REF, GET_REF, UPDATE_REF};
use super::{Repository, Result, encode};
use crate::domain::id::Sha;

impl Repository<'_> {
    /// The commit that a branch points to; none if there is no such branch.
    pub async fn branch_tip(&self, branch: &str) -> Result<Option<Sha>> {
        #[derive(Deserialize)]
        struct Body {
            object: Object,
        }
        #[derive(Deserialize)]
        struct Object {
            sha: Sha,
        }
        let body: Result<Body> = self.get(GET_REF, &format!("/git/ref/heads/{}", encode(branch))).await;
        match body {
            Ok(body) => Ok(Some(body.object.sha)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a branch. GitHub refuses one that is there.
    pub async fn create_branch(&self, branch: &str, commit: &Sha) -> Result<()> {
        let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": commit });
        self.send(CREATE_REF, "/git/refs", Some(&body)).await.map(drop)
    }

    /// Lets a branch point to another commit, whatever it points to.
    pub async fn move_branch(&self, branch: &str, commit: &Sha) -> Result<()> {
        let path = format!("/git/refs/heads/{}", encode(branch));
        self.send(UPDATE_REF, &path, Some(&json!({ "sha": commit, "force": true }))).await.map(drop)
    }

    /// Removes a branch; one that is gone is gone.
    pub async fn delete_branch(&self, branch: &str) -> Result<()> {
        let path = format!("/git/refs/heads/{}", encode(branch));
        match self.send(DELETE_REF, &path, None::<&()>).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() || error.is_unprocessable() => Ok(()),
            Err(error) => Err(error),
        }
    }
}
