//! Whether a merge is one of a recipe. Most are not, and nothing is said about them.

use chrono::TimeDelta;

use super::super::{Context, Error, Result, publish, show_creation};
use crate::domain::command::PullRequest;
use crate::domain::creation::{self, Progress};
use crate::domain::id::RepoName;
use crate::domain::meta::META_YAML;
use crate::domain::naming;
use crate::domain::report::{Content, creation as report};
use crate::github::{Pull, Repository};
use crate::store;
use crate::store::feedstock_creation::FeedstockCreation;

/// So often an open pull request is looked at that should be a merged one.
const LOOKS: i64 = 5;
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(15);

/// The creation that a merge asks for, if it asks for one and that is to go on.
pub(super) async fn begin(job: Context<'_>, merged: &PullRequest) -> Result<Option<FeedstockCreation>> {
    let mut tx = job.write().await?;
    if let Some(known) = store::feedstock_creation::find(&mut tx, &merged.repository, merged.number).await? {
        if !known.is_open() {
            return Ok(None);
        }
        // Somebody sees to it: the timer need not.
        store::feedstock_creation::set_progress(&mut tx, known.id, &known.progress, job.now()).await?;
        job.hold(tx).await?;
        return Ok(Some(known));
    }
    drop(tx);

    let repository = job.github(merged.installation, &merged.repository);
    let pull = repository.pull(merged.number).await?;
    let Some(progress) = judge(job, &pull).await? else { return Ok(None) };
    let Some(directory) = recipe(&repository, merged, &progress).await? else { return Ok(None) };
    let name = match naming::feedstock_repository(&directory) {
        Ok(name) => RepoName::parse(&format!("{}/{name}", merged.repository.owner())),
        Err(error) => {
            let body = report::impossible_name(&directory, error);
            let content = Content::Comment { pull_request: merged.number, body };
            let key = report::key(&merged.repository, merged.number);
            let place = (&merged.repository, merged.installation);
            let mut tx = job.write().await?;
            publish(&mut tx, &key, place, &content, job.now()).await?;
            job.hold(tx).await?;
            return Ok(None);
        }
    };
    let Some(feedstock) = name else { return Ok(None) };
    let mut tx = job.write().await?;
    store::feedstock_creation::insert(&mut tx, merged, &directory, &feedstock, &progress, job.now()).await?;
    let creation = store::feedstock_creation::find(&mut tx, &merged.repository, merged.number).await?;
    if let Some(creation) = &creation {
        show_creation::show(&mut tx, creation, job.now()).await?;
    }
    job.hold(tx).await?;
    Ok(creation.filter(FeedstockCreation::is_open))
}

/// The beginning of a creation, if the pull request was merged into the default branch and is not one by which we clean up.
async fn judge(job: Context<'_>, pull: &Pull) -> Result<Option<Progress>> {
    let Some(merge_commit) = &pull.merge_commit else {
        if pull.is_open && job.claim.attempt < LOOKS {
            // We were told of a merge: GitHub does not show everywhere at once what it has told.
            return Err(Error::look_again("the merge does not show yet", LOOK_EVERY));
        }
        return Ok(None);
    };
    if pull.base_ref != pull.default_branch {
        return Ok(None);
    }
    if creation::is_our_title(&pull.title) && pull.author == *job.app.bot_login().await? {
        return Ok(None);
    }
    Ok(Some(Progress {
        merge_commit: Some(merge_commit.clone()),
        base: pull.default_branch.clone(),
        author: Some(pull.author.clone()),
        ..Progress::default()
    }))
}

/// The directory of the one recipe that the pull request is about, if the merge commit has a recipe there.
async fn recipe(
    repository: &Repository<'_>,
    merged: &PullRequest,
    progress: &Progress,
) -> Result<Option<String>> {
    let Some(merge_commit) = &progress.merge_commit else { return Ok(None) };
    let files = repository.changed_files(merged.number).await?;
    let Some(directory) = creation::directory_of(files.iter().map(|file| file.filename.as_str())) else {
        return Ok(None);
    };
    let meta = repository.file(&format!("recipes/{directory}/{META_YAML}"), merge_commit).await?;
    Ok(meta.map(|_| directory.to_owned()))
}
