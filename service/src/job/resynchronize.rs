//! The same as `synchronize`, because somebody asked for it again: the check is opened anew, and recipes that could not be listed
//! are listed once more. Runs that are there stay.

use super::synchronize::{self, Manner};
use super::{Context, Result};
use crate::domain::command::PullRequest;

pub(super) async fn run(job: Context<'_>, pull_request: &PullRequest) -> Result<()> {
    synchronize::look(job, pull_request, Manner::Anew).await
}
