//! The making of a feedstock, as the merged pull request shows it: one comment with a checklist, kept current.

use std::fmt::Write as _;

use super::markdown::{MAX_TEXT, cut, sentence, span};
use crate::domain::creation::{BRANCH, Change, MAX_PEOPLE, Progress, cleanup_branch};
use crate::domain::id::{FeedstockCreationId, PullNumber, RepoName};
use crate::domain::naming::DirectoryNameError;

/// The most files that are named one by one.
const MAX_NAMED: usize = 20;

/// The key of the comment on a merged pull request.
pub fn key(repository: &RepoName, pull_request: PullNumber) -> String {
    format!("feedstock-creation/{repository}#{pull_request}")
}

/// A creation, as far as its sentences need it.
#[derive(Debug, Clone)]
pub struct Creation<'a> {
    /// Its number here.
    pub id: FeedstockCreationId,
    /// Where the recipe was merged.
    pub repository: &'a RepoName,
    /// By which pull request.
    pub pull_request: PullNumber,
    /// The recipe's directory, without `recipes/`.
    pub directory: &'a str,
    /// The repository that it becomes.
    pub feedstock: &'a RepoName,
    /// `open`, `blocked`, `done` or `abandoned`.
    pub state: &'a str,
    /// How far it has come.
    pub progress: &'a Progress,
    /// Why it cannot go on.
    pub problem: Option<&'a str>,
}

/// The checklist.
pub fn comment(creation: &Creation<'_>) -> String {
    let directory = span(&format!("recipes/{}", creation.directory));
    let feedstock = creation.feedstock;
    let mut text = match creation.state {
        "done" => format!("{directory} has become the feedstock {}.\n", link_to(creation)),
        "abandoned" => {
            format!(
                "An operator ended the making of `{feedstock}` from {directory}. What was made stays as it is.\n"
            )
        }
        "blocked" => {
            format!("The making of `{feedstock}` from {directory} has stopped and needs somebody.\n")
        }
        _ => format!("{directory} becomes the feedstock `{feedstock}`.\n"),
    };
    for (is_done, line) in lines(creation) {
        _ = write!(text, "\n- [{}] {line}", if is_done { "x" } else { " " });
    }
    if let (Some(problem), "blocked") = (creation.problem, creation.state) {
        let id = creation.id;
        _ = write!(
            text,
            "\n\n:warning: {problem}\n\nThen an operator lets it go on with `pfo feedstock-creation resume {id}`, or ends it with \
             `pfo feedstock-creation abandon {id}`."
        );
    }
    cut(&text, MAX_TEXT)
}

fn link_to(creation: &Creation<'_>) -> String {
    match &creation.progress.repository {
        Some(made) => format!("[{}]({})", creation.feedstock, made.url),
        None => format!("`{}`", creation.feedstock),
    }
}

fn lines(creation: &Creation<'_>) -> Vec<(bool, String)> {
    let progress = creation.progress;
    let feedstock = &progress.feedstock;
    let mut lines = vec![
        (progress.repository.is_some(), format!("repository {}", link_to(creation))),
        (feedstock.is_on_branch, files(progress)),
        (feedstock.pull_request.is_some(), proposal(creation.feedstock, feedstock, "with the recipe")),
        (progress.registered, "known to Pangeo Forge".into()),
        (progress.people_asked, people(progress)),
        (feedstock.is_merged, "recipe merged, which starts its production there".into()),
    ];
    let cleanup = &progress.cleanup;
    if progress.nothing_to_clean {
        lines.push((true, format!("nothing to remove from {}{}", creation.repository, kept(progress))));
    } else {
        let what = format!("which removes the files here{}", kept(progress));
        lines.push((cleanup.is_merged, proposal(creation.repository, cleanup, &what)));
    }
    let branches_gone = feedstock.is_branch_gone && (cleanup.is_branch_gone || progress.nothing_to_clean);
    lines.push((branches_gone, "branches of this work removed".into()));
    lines
}

/// GitHub makes a link of it by itself.
fn proposal(repository: &RepoName, change: &Change, what: &str) -> String {
    match change.pull_request {
        Some(number) => format!("pull request {repository}#{number}, {what}"),
        None => format!("pull request in {repository}, {what}"),
    }
}

fn files(progress: &Progress) -> String {
    let count = match progress.files {
        0 => "files".to_owned(),
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    let mut text = format!("{count} on the branch `{BRANCH}`");
    if progress.copied > 0 && progress.copied < progress.files {
        _ = write!(text, ", {} copied so far", progress.copied);
    }
    if !progress.left_out.is_empty() {
        _ = write!(
            text,
            " (left out, because they are links to other repositories: {})",
            named(&progress.left_out)
        );
    }
    text
}

fn people(progress: &Progress) -> String {
    let (refused, joined): (Vec<_>, Vec<_>) =
        progress.people.iter().partition(|person| person.refused.is_some());
    let mut text = String::from("write access for who wrote the recipe");
    if !joined.is_empty() {
        // In code, so that nobody gets a letter for each change of this list; GitHub has sent its invitation.
        let names: Vec<String> = joined.iter().map(|person| span(person.login.as_str())).collect();
        _ = write!(text, ": {}", names.join(", "));
    }
    for person in refused {
        let why = person.refused.as_deref().unwrap_or_default();
        _ = write!(
            text,
            "\n  - not for {}, a maintainer can add them by hand: {}",
            span(person.login.as_str()),
            sentence(why)
        );
    }
    if progress.people_left_out > 0 {
        _ = write!(
            text,
            "\n  - not for {} more: at most {MAX_PEOPLE} are asked, a maintainer can add the others by hand",
            progress.people_left_out
        );
    }
    text
}

fn kept(progress: &Progress) -> String {
    if progress.kept.is_empty() {
        return String::new();
    }
    format!(
        ", but for what was changed there since the merge and stays until somebody has looked at it: {}",
        named(&progress.kept)
    )
}

fn named(paths: &[String]) -> String {
    let shown: Vec<String> = paths.iter().take(MAX_NAMED).map(|path| span(path)).collect();
    match paths.len().saturating_sub(MAX_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The text of the pull request into the new feedstock.
pub fn create_text(repository: &RepoName, pull_request: PullNumber) -> String {
    format!("The recipe of {repository}#{pull_request}. This pull request is merged automatically.")
}

/// The text of the pull request that removes the files from staged-recipes.
pub fn cleanup_text(feedstock: &RepoName, pull_request: PullNumber) -> String {
    format!(
        "The recipe of #{pull_request} lives in {feedstock} by now. This pull request is merged automatically."
    )
}

/// The message of the commit in the new feedstock.
pub fn create_message(repository: &RepoName, pull_request: PullNumber, directory: &str) -> String {
    format!("Add the recipe {directory} from {repository}#{pull_request}")
}

/// The message of the commit in staged-recipes.
pub fn cleanup_message(feedstock: &RepoName, directory: &str) -> String {
    format!("Remove the recipe {directory}, which is in {feedstock} by now")
}

/// A recipe was merged that cannot become a repository.
pub fn impossible_name(directory: &str, error: DirectoryNameError) -> String {
    format!(
        "No feedstock was made of this recipe: its directory {} {error}. The name of the directory becomes the name of a repository, \
         `<name>-feedstock`. A pull request that renames the directory, for example to `recipes/my-dataset`, makes the feedstock when it is \
         merged.",
        span(directory)
    )
}

/// What an operator who ends a creation has to know was made.
pub fn made(creation: &Creation<'_>) -> Vec<String> {
    let progress = creation.progress;
    let mut made = Vec::new();
    if let Some(repository) = &progress.repository {
        made.push(format!("the repository {}", repository.url));
    } else if progress.attempted_at.is_some() {
        made.push(format!("perhaps the repository {}", creation.feedstock));
    }
    let cleanup = cleanup_branch(creation.pull_request);
    for (repository, branch, change) in [
        (creation.feedstock, BRANCH, &progress.feedstock),
        (creation.repository, cleanup.as_str(), &progress.cleanup),
    ] {
        if change.is_on_branch && !change.is_branch_gone {
            made.push(format!("the branch {branch} of {repository}"));
        }
        if let Some(number) = change.pull_request {
            let state = if change.is_merged { "merged" } else { "open, or closed by somebody" };
            made.push(format!("the pull request {repository}#{number} ({state})"));
        }
    }
    if progress.registered {
        made.push(format!("the registration of {}", creation.feedstock));
    }
    for person in progress.people.iter().filter(|person| person.refused.is_none()) {
        made.push(format!("write access for {}", person.login));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::creation::Person;

    fn with(progress: &Progress, state: &str, problem: Option<&str>) -> String {
        let name = |text| RepoName::parse(text).expect("a name");
        let (repository, feedstock) = (name("o/staged-recipes"), name("o/a-feedstock"));
        comment(&Creation {
            id: FeedstockCreationId(3),
            repository: &repository,
            pull_request: PullNumber(7),
            directory: "a",
            feedstock: &feedstock,
            state,
            progress,
            problem,
        })
    }

    #[test]
    fn u11_the_checklist_says_what_is_done_and_who_has_to_act() {
        let mut progress = Progress { files: 1, ..Progress::default() };
        let text = with(&progress, "open", None);
        assert!(!text.contains("[x]") && text.contains("- [ ] 1 file on the branch"), "{text}");
        let text = with(&progress, "blocked", Some("Why."));
        assert!(
            text.contains(":warning: Why.") && text.contains("resume 3") && text.contains("abandon 3"),
            "{text}"
        );
        progress.feedstock.pull_request = Some(PullNumber(1));
        progress.kept = vec!["b`c.py".into()];
        let text = with(&progress, "open", None);
        assert!(text.contains("- [x] pull request o/a-feedstock#1") && text.contains("``b`c.py``"), "{text}");
    }

    #[test]
    fn s18_what_github_says_of_a_person_stays_text() {
        let why = Some("@everyone <img>".into());
        let people = vec![Person { login: "ada".into(), refused: why }];
        let text = with(&Progress { people, ..Progress::default() }, "open", None);
        assert!(text.contains("not for `ada`") && text.contains("`@everyone <img>`"), "{text}");
    }
}
