//! Jobs on Dataflow: <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs>
//!
//! | call | page |
//! | --- | --- |
//! | `jobs.get` | <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs/get> |
//! | `jobs.list` | <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs/list> |
//! | `jobs.update` | <https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs/update> |
//!
//! The three need `dataflow.jobs.get`, `dataflow.jobs.list` and `dataflow.jobs.cancel`, which `roles/dataflow.developer` has.

use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder, Url};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

use super::error::{Error, Result};
use super::transport::{self, Answer};
use super::{Google, error};
use crate::domain::dataflow::JobRecord;

const GET: &str = "jobs.get";
const LIST: &str = "jobs.list";
const UPDATE: &str = "jobs.update";
/// Jobs of one name are few; whoever has more of them is not us.
const MAX_PAGES: usize = 5;

/// Where a job is.
#[derive(Debug, Clone, Copy)]
pub struct JobPlace<'a> {
    /// The project.
    pub project: &'a str,
    /// The region.
    pub location: &'a str,
}

impl Google {
    /// The job of that id.
    pub async fn job(&self, place: JobPlace<'_>, id: &str, now: DateTime<Utc>) -> Result<JobRecord> {
        let mut url = self.url(GET, place, Some(id))?;
        url.query_pairs_mut().append_pair("view", "JOB_VIEW_SUMMARY");
        self.call(GET, Method::GET, url, now, |request| request).await?.json(GET)
    }

    /// The newest job of that name, of whatever state.
    pub async fn find_job(
        &self,
        place: JobPlace<'_>,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<JobRecord>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            #[serde(default)]
            jobs: Vec<JobRecord>,
            next_page_token: Option<String>,
        }
        let mut found: Option<JobRecord> = None;
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut url = self.url(LIST, place, None)?;
            url.query_pairs_mut()
                .append_pair("filter", "ALL")
                .append_pair("view", "JOB_VIEW_SUMMARY")
                .append_pair("name", name)
                .extend_pairs(token.as_deref().map(|token| ("pageToken", token)));
            let page: Page = self.call(LIST, Method::GET, url, now, |request| request).await?.json(LIST)?;
            let named = page.jobs.into_iter().filter(|job| job.name == name);
            found = found.into_iter().chain(named).max_by_key(|job| job.create_time);
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// Asks for the end of a job. It takes Dataflow some minutes.
    pub async fn cancel_job(&self, place: JobPlace<'_>, id: &str, now: DateTime<Utc>) -> Result<()> {
        let url = self.url(UPDATE, place, Some(id))?;
        let body = json!({ "requestedState": "JOB_STATE_CANCELLED" });
        self.call(UPDATE, Method::PUT, url, now, |request| request.json(&body)).await.map(drop)
    }

    /// The address of a job, or of all jobs of a region. The parts come from a bakery's file, from Google and from a workflow run that
    /// also runs the recipe's code: one that could mean another path is refused.
    fn url(&self, what: &'static str, place: JobPlace<'_>, id: Option<&str>) -> Result<Url> {
        let parts = [place.project, place.location];
        if let Some(bad) = parts.into_iter().chain(id).find(|part| !is_plain(part)) {
            return Err(Error::unsent(what, format!("{bad:?} cannot be a part of a job's address")));
        }
        let base =
            format!("{}/v1b3/projects/{}/locations/{}/jobs", self.api_url, place.project, place.location);
        let whole = id.map_or_else(|| base.clone(), |id| format!("{base}/{id}"));
        Url::parse(&whole).map_err(|error| Error::unsent(what, error::chain(&error)))
    }

    pub(super) async fn call(
        &self,
        what: &'static str,
        method: Method,
        url: Url,
        now: DateTime<Utc>,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer> {
        let token = self.access_token(now).await?;
        let request = self.http.request(method, url).bearer_auth(token.expose_secret());
        let answer = transport::send(what, complete(request)).await;
        if answer.as_ref().is_err_and(Error::is_unauthorized) {
            self.forget_token();
        }
        answer
    }
}

/// Whether a text can only be one part of a path, or of a name in it.
pub(super) fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && !part.bytes().all(|b| b == b'.')
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}
