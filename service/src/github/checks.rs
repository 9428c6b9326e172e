//! Check runs: <https://docs.github.com/rest/checks/runs>

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{CREATE_CHECK_RUN, GET_CHECK_RUN, LIST_CHECK_RUNS, UPDATE_CHECK_RUN};
use super::{Repository, Result, encode};
use crate::domain::id::{GithubObjectId, Sha};
use crate::domain::report::Annotation;

/// What a check run should say. GitHub keeps what an update leaves out.
#[derive(Debug, Clone, Serialize)]
pub struct CheckRun<'a> {
    /// The name shown in the list of checks.
    pub name: &'a str,
    /// The commit; only a create may name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_sha: Option<&'a Sha>,
    /// Our own key, by which the run is found again.
    pub external_id: &'a str,
    /// The page behind "Details".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details_url: Option<&'a str>,
    /// `queued`, `in_progress` or `completed`.
    pub status: &'a str,
    /// With `completed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<&'a str>,
    /// When the work began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
    /// The text.
    pub output: CheckOutput<'a>,
}

/// The text of a check run.
#[derive(Debug, Clone, Serialize)]
pub struct CheckOutput<'a> {
    /// One line.
    pub title: &'a str,
    /// Markdown, 65,535 characters at most.
    pub summary: &'a str,
    /// More Markdown, 65,535 characters at most.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub text: &'a str,
    /// 50 at most in one call; an update adds to those that are there.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub annotations: &'a [Annotation],
}

#[derive(Deserialize)]
struct Created {
    id: GithubObjectId,
}

impl Repository<'_> {
    /// Makes a check run. GitHub makes another one each time it is asked.
    pub async fn create_check_run(&self, run: &CheckRun<'_>) -> Result<GithubObjectId> {
        let created: Created =
            self.send(CREATE_CHECK_RUN, "/check-runs", Some(run)).await?.json(CREATE_CHECK_RUN)?;
        Ok(created.id)
    }

    /// Changes a check run.
    pub async fn update_check_run(&self, id: GithubObjectId, run: &CheckRun<'_>) -> Result<()> {
        self.send(UPDATE_CHECK_RUN, &format!("/check-runs/{id}"), Some(run)).await.map(drop)
    }

    /// How many annotations a check run has.
    pub async fn count_annotations(&self, id: GithubObjectId) -> Result<usize> {
        #[derive(Deserialize)]
        struct Body {
            output: Output,
        }
        #[derive(Deserialize)]
        struct Output {
            annotations_count: usize,
        }
        let body: Body = self.get(GET_CHECK_RUN, &format!("/check-runs/{id}")).await?;
        Ok(body.output.annotations_count)
    }

    /// The check run of a commit that carries our key.
    pub async fn find_check_run(&self, sha: &Sha, external_id: &str) -> Result<Option<GithubObjectId>> {
        #[derive(Deserialize)]
        struct Page {
            check_runs: Vec<Found>,
        }
        #[derive(Deserialize)]
        struct Found {
            id: GithubObjectId,
            external_id: Option<String>,
        }
        let path = format!("/commits/{sha}/check-runs?filter=all");
        let all = self.get_all(LIST_CHECK_RUNS, &path, |page: Page| page.check_runs).await?;
        Ok(all.into_iter().find(|run| run.external_id.as_deref() == Some(external_id)).map(|run| run.id))
    }

    /// The newest check runs of a commit, by its sha or by a name that stands for it, in GitHub's own words.
    pub async fn check_runs(&self, commit: &str) -> Result<Vec<Value>> {
        #[derive(Deserialize)]
        struct Page {
            check_runs: Vec<Value>,
        }
        let path = format!("/commits/{}/check-runs?filter=latest", encode(commit));
        self.get_all(LIST_CHECK_RUNS, &path, |page: Page| page.check_runs).await
    }
}
