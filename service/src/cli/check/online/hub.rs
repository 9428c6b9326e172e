//! The hub: the repository whose workflow runs the recipes.

use chrono::{DateTime, Utc};

use super::{Finding, Said};
use crate::cli::check::finding::Level;
use crate::config::{Config, Hub};
use crate::domain::hub_workflow;
use crate::domain::id::{InstallationId, RepoName, Sha};
use crate::github::{Github, Repository};

pub(super) async fn check(
    said: &mut Said,
    config: &Config,
    github: &Github,
    covered: &[InstallationId],
    now: DateTime<Utc>,
) {
    let hub = &config.hub;
    let subject = format!("hub {}", hub.repository);
    let installation = match github.installation_of(&hub.repository).await {
        Ok(installation) => installation,
        Err(error) if error.is_not_found() => {
            not_covered(said, &subject, hub, github, covered, now).await;
            return;
        }
        Err(error) => return said.unanswered(&subject, &error),
    };
    if !covered.contains(&installation) {
        // Suspended, which was said.
        return;
    }
    workflow(said, &subject, hub, github.repository(installation, &hub.repository, now)).await;
}

/// GitHub tells the same of a repository that is not there and of one that the App is not installed on; what is public can be looked up.
async fn not_covered(
    said: &mut Said,
    subject: &str,
    hub: &Hub,
    github: &Github,
    covered: &[InstallationId],
    now: DateTime<Utc>,
) {
    let seen = match any_repository(github, covered, now).await {
        Some((installation, ours)) => {
            github.repository(installation, &ours, now).look_up(&hub.repository).await.ok().flatten()
        }
        None => None,
    };
    if seen.is_some() {
        said.error(
            subject,
            "is there, but the App is not installed on it: no recipe can run",
            format!(
                "give the App access to it: its installation on {}, *Repository access*",
                hub.repository.owner()
            ),
        );
    } else {
        said.error(
            subject,
            "is no public repository, and none that the App may see",
            "correct `hub.repository`, or install the App there",
        );
    }
}

async fn any_repository(
    github: &Github,
    covered: &[InstallationId],
    now: DateTime<Utc>,
) -> Option<(InstallationId, RepoName)> {
    for installation in covered {
        let listed = github.repositories(*installation, now).await.unwrap_or_default();
        if let Some(first) = listed.into_iter().next() {
            return Some((*installation, first));
        }
    }
    None
}

async fn workflow(said: &mut Said, subject: &str, hub: &Hub, repository: Repository<'_>) {
    let path = format!(".github/workflows/{}", hub.workflow);
    match repository.workflow(&hub.workflow).await {
        Ok(None) => said.error(
            subject,
            format!("has no workflow `{path}` on its default branch, where GitHub looks for it"),
            "put it there (this project's own is in `.github/workflows`), or correct `hub.workflow`",
        ),
        Ok(Some(known)) if known.state != "active" => said.error(
            subject,
            format!("has switched off the workflow `{}`: `{}`", known.path, known.state),
            format!("switch it on under *Actions*: {}", known.html_url),
        ),
        Ok(Some(_)) => {}
        Err(error) => return said.unanswered(subject, &error),
    }
    let tip = match repository.branch_tip(&hub.git_ref).await {
        Ok(Some(tip)) => tip,
        Ok(None) => {
            return said.error(
                subject,
                format!("has no branch `{}`, whose workflow is to run", hub.git_ref),
                "correct `hub.ref`",
            );
        }
        Err(error) => return said.unanswered(subject, &error),
    };
    text(said, subject, hub, &path, &tip, repository).await;
}

async fn text(said: &mut Said, subject: &str, hub: &Hub, path: &str, tip: &Sha, repository: Repository<'_>) {
    let bytes = match repository.file(path, tip).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            return said.error(
                subject,
                format!("has no `{path}` on the branch `{}`", hub.git_ref),
                "put it there, or correct `hub.ref`",
            );
        }
        Err(error) => return said.unanswered(subject, &error),
    };
    for flaw in hub_workflow::flaws(&String::from_utf8_lossy(&bytes)) {
        said.0.push(Finding {
            level: if flaw.is_fatal { Level::Error } else { Level::Warning },
            subject: format!("{}@{}:{path}", hub.repository, hub.git_ref),
            line: Some(flaw.line),
            column: None,
            problem: flaw.what,
            fix: Some("take the workflow of this project's release".to_owned()),
        });
    }
}
