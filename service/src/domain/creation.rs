//! How a merged recipe becomes a feedstock: which merges are one, the steps in their order, and how far a creation has come.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{Login, PullNumber, RepoName, Sha};

/// The branch on which a new feedstock gets its files.
pub const BRANCH: &str = "create-feedstock";
/// The directory of a feedstock that holds its recipe.
pub const FEEDSTOCK_DIRECTORY: &str = "feedstock";
/// So many people at most are invited to one feedstock: commits can name anybody as their author, and GitHub sends each a letter.
pub const MAX_PEOPLE: usize = 20;
/// A file that is larger cannot be copied in one request.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// The branch on which staged-recipes loses the files again.
pub fn cleanup_branch(pull_request: PullNumber) -> String {
    format!("cleanup-{pull_request}")
}

/// The title of the pull request into the new feedstock.
pub fn create_title(feedstock: &RepoName) -> String {
    format!("Create {feedstock}")
}

/// The title of the pull request that removes the files from staged-recipes.
pub fn cleanup_title(feedstock: &RepoName) -> String {
    format!("Cleanup {feedstock}")
}

/// Whether a title is one of the two above. Whoever asks has to see to it that the pull request is by us.
pub fn is_our_title(title: &str) -> bool {
    let title = title.to_lowercase();
    title.starts_with("cleanup") || (title.starts_with("create ") && title.ends_with("-feedstock"))
}

/// The description of a new feedstock. It comes into being together with the repository, so that none is ever there without it, and
/// names the pull request: it is the mark by which we know a repository that we made, and for what.
pub fn description(directory: &str, staged: &RepoName, pull_request: PullNumber) -> String {
    format!("Pangeo Forge feedstock for {directory}, from {staged}#{pull_request}")
}

/// The name of the one directory below `recipes/` that every one of these paths lies in.
pub fn directory_of<'p>(paths: impl IntoIterator<Item = &'p str>) -> Option<&'p str> {
    let mut directories = paths.into_iter().map(|path| {
        let (name, rest) = path.strip_prefix("recipes/")?.split_once('/')?;
        (!name.is_empty() && !rest.is_empty()).then_some(name)
    });
    let first = directories.next()??;
    directories.all(|other| other == Some(first)).then_some(first)
}

/// One thing that is done on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The repository is made.
    Repository,
    /// The recipe's files are brought there, and a commit is made of them.
    Files,
    /// A branch points to the commit.
    Branch,
    /// The branch is proposed.
    PullRequest,
    /// The feedstock becomes known to this service, before any event of it has to be understood.
    Register,
    /// Who wrote the recipe may push to the feedstock.
    People,
    /// The proposal is merged, which starts production.
    Merge,
    /// The branch goes.
    DeleteBranch,
    /// A commit is made that removes the files from staged-recipes.
    CleanupFiles,
    /// A branch points to it.
    CleanupBranch,
    /// The branch is proposed.
    CleanupPullRequest,
    /// The proposal is merged.
    CleanupMerge,
    /// The branch goes.
    CleanupDeleteBranch,
}

impl Step {
    /// Whether it belongs to what is done in staged-recipes, and not to what is done in the feedstock.
    pub fn is_cleanup(self) -> bool {
        matches!(
            self,
            Self::CleanupFiles
                | Self::CleanupBranch
                | Self::CleanupPullRequest
                | Self::CleanupMerge
                | Self::CleanupDeleteBranch
        )
    }
}

/// How far a creation has come. A later version adds fields; what an older one wrote has to be read for as long as a creation can be
/// open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The commit that merged the recipe; its files are the ones that count.
    pub merge_commit: Option<Sha>,
    /// The default branch of staged-recipes.
    pub base: String,
    /// Who opened the pull request.
    pub author: Option<Login>,
    /// When GitHub was first asked to make the repository.
    pub attempted_at: Option<DateTime<Utc>>,
    /// The repository, once it is there and ours.
    pub repository: Option<Made>,
    /// How many files there are to copy, once that is known.
    pub files: usize,
    /// How many of them the new repository has.
    pub copied: usize,
    /// Parts of the recipe that are no files and were left out.
    pub left_out: Vec<String>,
    /// The change to the feedstock.
    pub feedstock: Change,
    /// Whether the feedstock is registered.
    pub registered: bool,
    /// Who was asked to join, and what came of it.
    pub people: Vec<Person>,
    /// Whether everybody was.
    pub people_asked: bool,
    /// How many more there were than may be asked.
    pub people_left_out: usize,
    /// The change to staged-recipes.
    pub cleanup: Change,
    /// Files that stay in staged-recipes, because they are not what was merged.
    pub kept: Vec<String>,
    /// Nothing was left in staged-recipes that is to be removed.
    pub nothing_to_clean: bool,
}

/// The new repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its page.
    pub url: String,
    /// Its default branch, whatever the organisation calls it.
    pub default_branch: String,
    /// When it was known to be there.
    pub at: DateTime<Utc>,
}

/// A commit on a branch of its own, proposed and merged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// The commit that it stands on.
    pub onto: Option<Sha>,
    /// The commit.
    pub commit: Option<Sha>,
    /// Commits that it took the place of; the branch may still point to one of them.
    pub earlier: Vec<Sha>,
    /// Whether the branch points to the commit.
    pub is_on_branch: bool,
    /// The pull request.
    pub pull_request: Option<PullNumber>,
    /// Whether it is merged.
    pub is_merged: bool,
    /// Whether the branch is gone.
    pub is_branch_gone: bool,
}

impl Change {
    /// The commit has to be made anew, on another one.
    pub fn start_again(&mut self) {
        self.earlier.extend(self.commit.take());
        self.onto = None;
        self.is_on_branch = false;
    }

    /// What comes next of `steps`: commit, branch, pull request, merge, removal of the branch.
    fn next(&self, [files, branch, pull_request, merge, delete]: [Step; 5]) -> Option<Step> {
        let done = [
            (self.commit.is_some(), files),
            (self.is_on_branch, branch),
            (self.pull_request.is_some(), pull_request),
            (self.is_merged, merge),
            (self.is_branch_gone, delete),
        ];
        done.into_iter().find(|(is_done, _)| !is_done).map(|(_, step)| step)
    }
}

/// Somebody who wrote the recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub login: Login,
    /// Why they cannot join, in GitHub's words; none when they can.
    pub refused: Option<String>,
}

impl Progress {
    /// What is to be done next; none when all is done.
    pub fn next(&self) -> Option<Step> {
        if self.repository.is_none() {
            return Some(Step::Repository);
        }
        let feedstock = self.feedstock.next([
            Step::Files,
            Step::Branch,
            Step::PullRequest,
            Step::Merge,
            Step::DeleteBranch,
        ]);
        // What the merge sets off must find the feedstock registered and its people in it.
        match feedstock {
            Some(Step::Merge) if !self.registered => return Some(Step::Register),
            Some(Step::Merge) if !self.people_asked => return Some(Step::People),
            Some(step) => return Some(step),
            None if self.nothing_to_clean => return None,
            None => {}
        }
        self.cleanup.next([
            Step::CleanupFiles,
            Step::CleanupBranch,
            Step::CleanupPullRequest,
            Step::CleanupMerge,
            Step::CleanupDeleteBranch,
        ])
    }
}

/// Whom to ask: people with an account, each once. `None` is an author whom GitHub knows no account of; the second field tells bots.
pub fn people(author: Option<&Login>, authors: &[Option<(Login, bool)>]) -> Vec<Login> {
    let is_person = |login: &str| login != "ghost" && !login.ends_with("[bot]");
    let of_commits = authors.iter().flatten().filter(|(_, is_bot)| !is_bot).map(|(login, _)| login);
    let mut people: Vec<Login> = Vec::new();
    for login in author.into_iter().chain(of_commits).filter(|login| is_person(login.as_str())) {
        if people.iter().all(|known| !known.as_str().eq_ignore_ascii_case(login.as_str())) {
            people.push(login.clone());
        }
    }
    people
}

#[cfg(test)]
mod tests;
